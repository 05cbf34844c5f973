"""A real PostgreSQL started by the tests as a user that is not root, and ended by its own command."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg


def programs() -> Path | None:
    """Where PostgreSQL's programs lie; None where it is not installed."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


@dataclass
class Server:
    """A running server: makes empty databases, and copies of one that nobody has open."""

    home: Path
    made: int = 0

    def address(self, name: str) -> str:
        return f"postgresql://kanto@/{name}?host={self.home}"

    def empty(self) -> str:
        """The name of a new database without anything in it."""
        return self._make("template0")

    def copy(self, name: str) -> str:
        """The name of a new database with what another one holds."""
        return self._make(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever has it open."""
        self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def run(self, command: str) -> list[tuple[object, ...]]:
        """One command outside of any transaction; gives its rows."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as conn:
            done = conn.execute(command.encode())
            return done.fetchall() if done.description else []

    def _make(self, template: str) -> str:
        self.made += 1
        name = f"hub{self.made}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name


@contextmanager
def running(*settings: str, folder: str | None = None) -> Iterator[Server]:
    """A server of its own below a folder, with settings like fsync=off. Raises FileNotFoundError where none is installed."""
    found = programs()
    if found is None:
        raise FileNotFoundError("PostgreSQL is not installed (Debian: postgresql)")
    home = Path(tempfile.mkdtemp(prefix="kd-pg", dir=folder))
    other = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []   # it refuses root
    if other:
        shutil.chown(home, "nobody")

    def run(*command: str) -> None:
        subprocess.run([*other, *command], check=True, cwd=home, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    run(str(found / "initdb"), "-D", str(home / "data"), "--locale=C", "--encoding=UTF8", "-A", "trust", "-U", "kanto")
    given = " ".join(f"-c {s}" for s in ("listen_addresses=", f"unix_socket_directories={home}", *settings))
    run(str(found / "pg_ctl"), "-D", str(home / "data"), "-l", str(home / "log"), "-w", "-o", given, "start")
    try:
        yield Server(home)
    finally:
        run(str(found / "pg_ctl"), "-D", str(home / "data"), "-m", "fast", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)
