"""What lies on a disk, as a digest: taken at each place where a process may die, it tells which places leave the same.

Between two places at which it differs nothing was written, so whatever goes on from there goes on from the same bytes;
the `-shm` of SQLite is left out, since whoever opens a database that nobody has open makes it anew.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Final

_SETTLED_NS: Final = 100_000_000
"""So long after its last change a file's time tells whether it changed again: times are kept in steps."""


class Lying:
    """A folder looked at again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[tuple[int, int, int], bytes]] = {}

    def digest(self) -> bytes:
        """A hash over every name and every byte."""
        whole = hashlib.blake2b(digest_size=16)
        for name, stands in sorted(self._files(str(self.folder))):
            whole.update(name.encode())
            whole.update(self._of(name, stands))
        return whole.digest()

    def _files(self, folder: str) -> list[tuple[str, os.stat_result | None]]:
        found: list[tuple[str, os.stat_result | None]] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found += [(entry.path, None), *self._files(entry.path)]
                elif not entry.name.endswith("-shm"):
                    found.append((entry.path, entry.stat(follow_symlinks=False)))
        return found

    def _of(self, name: str, stands: os.stat_result | None) -> bytes:
        if stands is None:
            return b"folder"
        mark, now = (stands.st_ino, stands.st_size, stands.st_mtime_ns), time.time_ns()
        if name in self._known and self._known[name][0] == mark:
            return self._known[name][1]
        with open(name, "rb") as file:
            content = hashlib.blake2b(file.read(), digest_size=16).digest()
        if now - stands.st_mtime_ns > _SETTLED_NS:
            self._known[name] = (mark, content)
        return content
