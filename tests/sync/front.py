"""A server in front of a hub, inside of TLS: with a certificate of the hub's authority it reads, changes, repeats and answers.

Each request takes the next fault of `script`; where none is left it goes to the hub as it came, and the answer back.
"""

from __future__ import annotations

import http.client
import shutil
import ssl
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kanto_desk.clock import system_clock
from kanto_desk.hub.own_ca import CA_FILE, CA_KEY, ready_server

NGINX = ("<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
         "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")


@dataclass(frozen=True)
class Message:
    """A request as it arrived: its bytes and headers are the desk's own."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What goes back; only the first `cut` bytes of the body where that is set, then the connection breaks."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Pass = Callable[[Message], Answer]
Fault = Callable[[Message, Pass], Answer | None]
"""Gives the answer to a request, None for none at all; may pass it on as often as it likes."""


def lost(message: Message, to_hub: Pass) -> None:
    """The hub does the work; its answer never comes back."""
    to_hub(message)


def cut(message: Message, to_hub: Pass) -> Answer:
    """Half of the answer comes back."""
    whole = to_hub(message)
    return Answer(whole.status, whole.body, whole.headers, len(whole.body) // 2)


def doubled(message: Message, to_hub: Pass) -> Answer:
    """The very same request reaches the hub twice; the second answer comes back."""
    to_hub(message)
    return to_hub(message)


def says(status: int, body: bytes = b"", **headers: str) -> Fault:
    """An answer that is not the hub's; without a body the page that nginx has for it."""
    page = body or NGINX.format(f"{status} {http.client.responses.get(status, '')}".strip()).encode()
    return lambda _message, _to_hub: Answer(status, page, {"Content-Type": "text/html", **headers})


def turned(change: Callable[[Message], Message]) -> Fault:
    """The request reaches the hub as somebody else made it."""
    return lambda message, to_hub: to_hub(change(message))


class Front:
    """Serves on loopback until it is closed; `seen` are the requests as they came."""

    def __init__(self, hub: Path, target: tuple[str, int]) -> None:
        self.target = target
        self.script: deque[Fault] = deque()
        self.seen: list[Message] = []
        self._ca = (hub / CA_FILE).read_text()
        place = Path(tempfile.mkdtemp(prefix="kd-front"))
        for name in (CA_FILE, CA_KEY):
            shutil.copy(hub / name, place / name)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*ready_server(place, ["127.0.0.1"], system_clock()))
        shutil.rmtree(place)
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                self.request = context.wrap_socket(self.request, server_side=True)
                self.request.settimeout(60)
                super().setup()

            def finish(self) -> None:
                super().finish()
                self.request.close()   # the server closes what it accepted, which TLS has taken over

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                front._answer(self, Message(self.path, {k.lower(): v for k, v in self.headers.items()}, body))

            def do_GET(self) -> None:
                front._answer(self, Message(self.path, {}, b""))

            def log_message(self, *_words: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="front", daemon=True)
        self._thread.start()

    def next(self, *faults: Fault) -> None:
        """What happens to the requests to come."""
        self.script.extend(faults)

    def to_hub(self, message: Message) -> Answer:
        """The message with its own bytes and headers, on a connection of its own."""
        connection = http.client.HTTPSConnection(*self.target, context=ssl.create_default_context(cadata=self._ca),
                                                 timeout=60)
        try:
            connection.request("POST" if message.body else "GET", message.path, message.body or None,
                               {k: v for k, v in message.headers.items() if k.startswith(("x-", "content-type"))})
            got = connection.getresponse()
            return Answer(got.status, got.read(), {k: v for k, v in got.getheaders() if k.lower() in (
                "content-type", "retry-after")})
        finally:
            connection.close()

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler, message: Message) -> None:
        self.seen.append(message)
        fault = self.script.popleft() if self.script else None
        answer = fault(message, self.to_hub) if fault else self.to_hub(message)
        handler.close_connection = answer is None or answer.cut is not None
        if answer is None:
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body if answer.cut is None else answer.body[:answer.cut])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_where: Any) -> None:
        """A desk that goes away in the middle is what these tests are about."""


@contextmanager
def fronted(hub: Path, target: tuple[str, int]) -> Iterator[Front]:
    """A server in front of the hub of a folder, until the end of the block."""
    front = Front(hub, target)
    try:
        yield front
    finally:
        front.close()
