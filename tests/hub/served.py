"""The real `kanto-desk hub serve` in a process of its own, its log, and plain requests to it."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kanto_desk.hub.own_ca import CA_FILE

ROOT = Path(__file__).parents[2]


@dataclass
class Served:
    """A hub that answers at `url`; after its end `log` holds what it logged."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    log_file: Path
    log: list[dict] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname, parts.port

    def context(self) -> ssl.SSLContext:
        """Trust in this hub's authority alone."""
        return ssl.create_default_context(cafile=str(self.folder / CA_FILE))

    def ask(self, path: str, method: str = "GET", body: bytes | None = None,
            headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """One request: status, headers, body."""
        connection = http.client.HTTPSConnection(*self.address, context=self.context(), timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()


@contextmanager
def served(folder: Path, database: str | None = None, host: str = "127.0.0.1", *more: str) -> Iterator[Served]:
    """Serve the hub of a folder on a free port until the end of the block; `more` goes to the command."""
    log_file = Path(tempfile.mkdtemp(prefix="kd-log")) / "log"
    words = ["hub", "serve", "--host", host, "--port", "0", "--folder", str(folder), "--json", *(["--database", database] if database else []),
             *more]
    with log_file.open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "kanto_desk", *words], stdout=subprocess.PIPE, stderr=log,
                                   text=True, cwd=ROOT)
    try:
        first = process.stdout.readline()
        assert first, log_file.read_text()
        made = Served(json.loads(first)["url"], folder, process, log_file)
        yield made
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        process.stdout.close()
    made.log = [json.loads(line) for line in log_file.read_text().splitlines()]
