"""The hub as docs/hub.md shows it for many computers: PostgreSQL, two processes, nginx in front with that very block."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kanto_desk.hub.own_ca import CA_FILE, SERVER_FILE, SERVER_KEY
from tests.hub import own_postgresql as servers
from tests.hub.served import ROOT, Served, served

_PLAIN = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
"""Before a command that runs as an ordinary user."""


def configuration(place: Path, listen: int, ports: list[int]) -> str:
    """The configuration that docs/hub.md shows, with these ports and certificates that lie in `place`."""
    text = (ROOT / "docs" / "hub.md").read_text("utf-8").split("```nginx\n")[1].split("```")[0]
    for old, new in (("/srv/kanto-desk-hub", str(place)), ("listen [::]:8443 ssl;", ""), ("8443", str(listen)),
                     ("127.0.0.1:8501", f"127.0.0.1:{ports[0]}"), ("127.0.0.1:8502", f"127.0.0.1:{ports[1]}"),
                     ("listen ", "listen 127.0.0.1:")):
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(f"{name}_temp_path {place}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (f"pid {place}/pid; error_log {place}/error.log; events {{}} daemon off;"
            f"http {{ access_log off; {temporary} {text} }}")


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[str]:
    """nginx before two processes of the hub in a folder, as an ordinary user; gives its address."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    place = Path(tempfile.mkdtemp(prefix="kd-nginx"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = free.getsockname()[1]
    for name in (CA_FILE, SERVER_FILE, SERVER_KEY):
        shutil.copy(folder / name, place / name)
    (place / "conf").write_text(configuration(place, listen, ports))
    if _PLAIN:
        for each in (place, *place.iterdir()):
            shutil.chown(each, "nobody")
    process = subprocess.Popen([*_PLAIN, program, "-p", str(place), "-c", str(place / "conf"), "-e", "stderr"],
                               stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", listen), timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.05)
        yield f"https://127.0.0.1:{listen}"
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)
        process.stderr.close()
        shutil.rmtree(place)


class Process:
    """One process of the hub, started again on the same port as often as wanted."""

    def __init__(self, folder: Path, database: str) -> None:
        self._folder, self._database = folder, database
        self._more: tuple[str, ...] = ()
        self._stack = ExitStack()
        self.start()

    def start(self) -> None:
        self.it = self._stack.enter_context(served(self._folder, self._database, "127.0.0.1", *self._more))
        self._more = ("--port", str(self.port))

    @property
    def port(self) -> int:
        return self.it.address[1]

    def stop(self) -> None:
        """As `systemctl stop` does; it ends with 0 after it has answered what was asked."""
        self.it.process.terminate()
        assert self.it.process.wait(timeout=60) == 0
        self.close()

    def kill(self) -> None:
        """As the kernel does when memory is out."""
        self.it.process.kill()
        self.it.process.wait(timeout=60)
        self.close()

    def close(self) -> None:
        self._stack.close()


@contextmanager
def in_front(folder: Path, database: str) -> Iterator[tuple[Served, list[Process]]]:
    """Two processes and nginx; what asks nginx, and the processes."""
    with ExitStack() as stack:
        its = []
        for _ in range(2):
            its.append(Process(folder, database))
            stack.callback(its[-1].close)
        url = stack.enter_context(nginx(folder, [it.port for it in its]))
        yield Served(url, folder, its[0].it.process, its[0].it.log_file), its


class PostgreSQL:
    """A database server of one test alone, which may be killed."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.home = Path(tempfile.mkdtemp(prefix="kd-pg"))
        if _PLAIN:
            shutil.chown(self.home, "nobody")
        self._numbers = itertools.count(1)
        self._run("initdb", "-D", str(self.home / "data"), "--locale=C", "--encoding=UTF8", "-A", "trust", "-U", "kanto")

    def start(self) -> None:
        self._run("pg_ctl", "-D", str(self.home / "data"), "-l", str(self.home / "log"), "-w", "-o",
                  f"-c listen_addresses= -c unix_socket_directories={self.home}", "start")

    def database(self) -> str:
        name = f"hub{next(self._numbers)}"
        self._run("createdb", "-h", str(self.home), "-U", "kanto", "--template=template0", name)
        return f"postgresql://kanto@/{name}?host={self.home}"

    def kill(self) -> None:
        """Kill the server; its children notice and end."""
        number = int((self.home / "data" / "postmaster.pid").read_text().split("\n")[0])
        children = _children(number)
        os.kill(number, signal.SIGKILL)
        for _ in range(600):
            if not any(Path(f"/proc/{n}/status").exists() for n in [number, *children]):
                return
            time.sleep(0.05)
        pytest.fail("PostgreSQL does not end")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.home / "data"), "-m", "fast", "-w", "stop")

    def _run(self, program: str, *words: str) -> None:
        subprocess.run([*_PLAIN, str(self._programs / program), *words], check=True, cwd=self.home,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)


def _children(number: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


@contextmanager
def own_postgresql() -> Iterator[PostgreSQL]:
    """A database server until the end of the block."""
    programs = servers.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    server = PostgreSQL(programs)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.home, ignore_errors=True)
