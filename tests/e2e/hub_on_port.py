"""A hub in a process of its own on a port that stays the same, so that it can be killed and started again."""

from __future__ import annotations

import sys
from pathlib import Path

from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.serving import serve

if __name__ == "__main__":
    hub = open_hub(Path(sys.argv[1]), system_clock, None)
    serve(hub, "127.0.0.1", int(sys.argv[2]), ["127.0.0.1", "localhost"], lambda url: print(url, flush=True))
    hub.close()
