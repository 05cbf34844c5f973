"""A real PostgreSQL for the tests of the hub: started once as a user that is not root, ended by its own command."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_NUMBERS = itertools.count(1)


def _folder() -> Path | None:
    """Where PostgreSQL's programs lie; None where it is not installed."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((p for p in places if (p / "initdb").exists() and (p / "pg_ctl").exists()), None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Gives a function that makes an empty database and returns its address."""
    programs = _folder()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    home = Path(tempfile.mkdtemp(prefix="kd-pg"))
    other = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []   # it refuses root
    if other:
        shutil.chown(home, "nobody")

    def run(*command: str) -> None:
        subprocess.run([*other, *command], check=True, cwd=home, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    run(str(programs / "initdb"), "-D", str(home / "data"), "--locale=C", "--encoding=UTF8", "-A", "trust", "-U", "kanto")
    run(str(programs / "pg_ctl"), "-D", str(home / "data"), "-l", str(home / "log"), "-w", "-o",
        f"-c listen_addresses= -c unix_socket_directories={home}", "start")
    try:
        def database() -> str:
            name = f"hub{next(_NUMBERS)}"
            run(str(programs / "createdb"), "-h", str(home), "-U", "kanto", "--template=template0", name)
            return f"postgresql://kanto@/{name}?host={home}"

        yield database
    finally:
        run(str(programs / "pg_ctl"), "-D", str(home / "data"), "-m", "fast", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)
