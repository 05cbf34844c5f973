"""A small disk of its own, mounted for one test, and what fills it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes at `place`; where nobody may mount one, the test is skipped and says why."""
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)], check=False,
                          capture_output=True, encoding="utf-8")
    if done.returncode:
        pytest.skip(f"no disk of its own can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path, spare: int = 0) -> None:
    """Fill a disk but for so many bytes."""
    room = os.statvfs(disk)
    with (disk / "fill").open("wb", buffering=0) as file:
        file.write(b"x" * max(0, room.f_bavail * room.f_bsize - spare))
