"""A server that speaks S3 for the tests: moto's own, in a process of its own on loopback, with users and signatures."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlencode

_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


@dataclass
class S3Server:
    """One server: its port, and the key of a user who may do everything."""

    process: subprocess.Popen[bytes]
    port: int
    key: str = ""
    secret: str = ""
    buckets: int = 0

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes = b"", service: str = "s3") -> bytes:
        """A request of ours; the server is told not to look at its signature."""
        kind = "application/x-www-form-urlencoded" if service == "iam" else "text/plain"
        sign = f"AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, {"Authorization": sign, "Content-Type": kind})
            answer = connection.getresponse()
            content = answer.read()
        assert answer.status < 300, content
        return content

    def iam(self, action: str, **values: str) -> str:
        """Something about users."""
        return self.ask("POST", "/", urlencode({"Action": action, "UserName": "hub", "Version": "2010-05-08", **values})
                        .encode(), "iam").decode()

    def bucket(self) -> str:
        """A new empty bucket, as an address of contents."""
        self.buckets += 1
        self.ask("PUT", f"/bucket{self.buckets}")
        return f"s3://bucket{self.buckets}/hub/files?endpoint={self.endpoint}"

    def look_at_signatures(self, wanted: bool) -> None:
        """Whether requests must be signed by a known user from now on."""
        self.ask("POST", "/moto-api/reset-auth", b"0" if wanted else b"inf")

    def end(self) -> None:
        """End it, as a server that fails does."""
        self.process.kill()
        self.process.wait(timeout=30)


def start(port: int = 0) -> S3Server:
    """Start a server; on a port that was in use before, where it says so."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": "3"})   # so that every list has pages
    while True:
        assert process.poll() is None, "the server that speaks S3 ended"
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            break
        time.sleep(0.05)
    server = S3Server(process, port)
    server.iam("CreateUser")
    server.iam("PutUserPolicy", PolicyName="all", PolicyDocument=_ALL)
    made = server.iam("CreateAccessKey")
    server.key, server.secret = (made.split(f"<{name}>")[1].split("<")[0] for name in ("AccessKeyId", "SecretAccessKey"))
    return server


class CuttingProxy:
    """Passes connections on to a server and cuts each once so many bytes went up in it, or came down."""

    def __init__(self, port: int, up: int, down: int = 1 << 40) -> None:
        self._to, self._most = port, (up, down)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.cuts = 0
        self._all: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._all += [near, far]
                for source, target, most in ((near, far, self._most[0]), (far, near, self._most[1])):
                    threading.Thread(target=self._pass, args=(source, target, most), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, most: int) -> None:
        passed = 0
        with suppress(OSError):
            while piece := source.recv(65536):
                passed += len(piece)
                if passed > most:
                    self.cuts += 1
                    break
                target.sendall(piece)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Close everything."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        for each in [self._listening, *self._all]:
            each.close()


def signature_of(secret: str, method: str, target: str, headers: dict[str, str]) -> str:
    """What AWS's signature version 4 of a request for S3 must be; `target` as it was sent, header names in small letters.

    Written from the published description (Authenticating Requests: Using the Authorization Header), not from a program.
    """
    words = dict(part.strip().split("=", 1) for part in headers["authorization"].split(" ", 1)[1].split(","))
    day, region, service, end = words["Credential"].split("/")[1:]
    path, _, query = target.partition("?")
    pairs = sorted(tuple(_encoded(unquote(x)) for x in (*pair.split("=", 1), "")[:2]) for pair in query.split("&") if pair)
    names = words["SignedHeaders"].split(";")
    request = "\n".join([method, "/".join(_encoded(unquote(x)) for x in path.split("/")), "&".join(f"{k}={v}" for k, v in pairs),
                         *(f"{n}:{' '.join(headers[n].split())}" for n in names), "", ";".join(names),
                         headers["x-amz-content-sha256"]])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], f"{day}/{region}/{service}/{end}",
                         hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for word in (day, region, service, end, to_sign):
        key = hmac.digest(key, word.encode(), "sha256")
    return key.hex()


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")


class StrictFront:
    """Stands before a server and lets nothing through that is not signed as S3 itself wants it; `seen` are (method, target).

    The server's own look is lenient, and off in most tests; this one knows nothing but the published description.
    """

    def __init__(self, server: S3Server) -> None:
        self.seen: list[tuple[str, str]] = []
        self.refused: list[str] = []
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                front.seen.append((self.command, self.path))
                whole = headers.get("x-amz-content-sha256") == hashlib.sha256(body).hexdigest()
                signed = headers.get("authorization", "").endswith(
                    "Signature=" + signature_of(server.secret, self.command, self.path, headers)) if whole else False
                if not signed:
                    front.refused.append(self.path)
                    self.answer(403, {"Content-Length": "0"}, b"")
                    return
                with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
                    connection.request(self.command, self.path, body or None, dict(self.headers.items()))
                    got = connection.getresponse()
                    content = got.read()
                kept = {k: v for k, v in got.getheaders() if k.lower() not in ("transfer-encoding", "connection", "content-length")}
                size = got.getheader("Content-Length") if self.command == "HEAD" else None
                self.answer(got.status, {**kept, "Content-Length": size or str(len(content))}, content)

            def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def end(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
