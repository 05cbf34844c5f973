"""A hub in a process of its own whose clock is days off or whose files may not grow; prints its address, ends on SIGTERM."""

from __future__ import annotations

import argparse
import resource
from datetime import datetime, timedelta
from pathlib import Path

from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.serving import serve

if __name__ == "__main__":
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--days", type=float, default=0.0)
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--file-bytes", type=int, default=0)
    chosen = words.parse_args()

    def clock() -> datetime:
        """Now, so many days off."""
        return system_clock() + timedelta(days=chosen.days)

    hub = open_hub(chosen.folder, clock)
    if chosen.file_bytes:   # Python ignores SIGXFSZ: a write that would pass it fails as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (chosen.file_bytes, resource.RLIM_INFINITY))
    serve(hub, "127.0.0.1", chosen.port, ["127.0.0.1", "localhost"], lambda url: print(url, flush=True))
    hub.close()
