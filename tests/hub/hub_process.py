"""A hub in a process of its own, as the tests need it: serves, prints its address, ends on SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.serving import serve

ROOT = Path(__file__).parents[2]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Such a process on a folder: its URL."""
    process = subprocess.Popen([sys.executable, "-m", "tests.hub.hub_process", str(folder)], stdout=subprocess.PIPE,
                               text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        process.stdout.close()


if __name__ == "__main__":
    hub = open_hub(Path(sys.argv[1]), system_clock, sys.argv[2] if len(sys.argv) > 2 else None)
    serve(hub, "127.0.0.1", 0, ["127.0.0.1", "localhost"], lambda url: print(url, flush=True))
    hub.close()
