"""Whether the window before this one ended by itself, and whether keys were missing on the disk when it did not.

One small file of the data folder, without personal text. Must not decide what is shown.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal

FILE = "window.state"
_BOOT = Path("/proc/sys/kernel/random/boot_id")

Before = Literal["ended", "whole", "unknown"]
"""How the last window went: closed; gone with every key on disk; gone, and the last second of typing may be too."""


class Session:
    """The file of one window, from opening a desk to closing it.

    The state is written without waiting for the disk: it outlives the process, and a power cut is told by the boot.
    """

    def __init__(self, home: Path, boot: Path = _BOOT) -> None:
        self._path = home / FILE
        try:
            self._boot = boot.read_text("ascii").strip()
        except OSError:
            self._boot = ""   # not told by this system: then only a window that closed is known to be whole
        self.before: Before = self._read()
        self._handle: int | None = None
        with contextlib.suppress(OSError):   # no room, no right: the banner of the first save says so
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._whole: bool | None = None
        self.note(whole=True)

    def note(self, *, whole: bool) -> None:
        """Say whether every key typed so far is on disk."""
        if self._handle is None or whole == self._whole:
            return
        self._whole = whole
        try:
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, f"{'whole' if whole else 'typed'} {self._boot}\n".encode())
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, 0)   # an old word must not stand for the new one

    def close(self, *, ended: bool) -> None:
        """The window goes. With `ended` it was closed, so the next start has nothing to tell."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if ended:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _read(self) -> Before:
        try:
            word, _, boot = self._path.read_text("ascii").strip().partition(" ")
        except FileNotFoundError:
            return "ended"
        except (OSError, UnicodeDecodeError):
            return "unknown"
        return "whole" if word == "whole" and boot and boot == self._boot else "unknown"
