"""A hub in a process of its own, as the tests need it: serves, prints its address, ends on SIGTERM."""

from __future__ import annotations

import sys
from pathlib import Path

from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.serving import serve

if __name__ == "__main__":
    hub = open_hub(Path(sys.argv[1]), system_clock, sys.argv[2] if len(sys.argv) > 2 else None)
    serve(hub, "127.0.0.1", 0, ["127.0.0.1", "localhost"], lambda url: print(url, flush=True))
    hub.close()
