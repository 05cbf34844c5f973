"""A server that speaks S3 for the tests: moto's own, in a process of its own on loopback, with users and signatures."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import urlencode

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
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
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
