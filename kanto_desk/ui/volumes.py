"""Which USB sticks and cards are plugged in: an edge to the system. Tests pass folders of their own instead."""

from __future__ import annotations

import os
import string
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from kanto_desk.ui.page import Volume

_REMOVABLE = 2   # DRIVE_REMOVABLE of GetDriveTypeW
_ROOT_OF_MAC = "Macintosh HD"


def removable() -> Sequence[Volume]:
    """What is plugged in now. May wait for a slow card: ask on a worker thread."""
    if sys.platform == "win32":
        return _of_windows()
    if sys.platform == "darwin":
        return [one for one in mounted([Path("/Volumes")]) if one.name != _ROOT_OF_MAC]
    user = os.environ.get("USER", "")
    tops = ("/media", "/run/media")
    return mounted([*map(Path, tops), *(Path(top) / user for top in tops if user)])


def mounted(tops: Iterable[Path]) -> list[Volume]:
    """The file systems mounted right below some folders."""
    found = {}
    for top in tops:
        try:
            below = sorted(top.iterdir())
        except OSError:
            continue
        for folder in below:
            if os.path.ismount(folder):
                found[folder] = Volume(folder, folder.name)
    return list(found.values())


def _of_windows() -> Sequence[Volume]:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - absent elsewhere, and so unknown to the type checker
    letters, found = kernel.GetLogicalDrives(), []
    for n, letter in enumerate(string.ascii_uppercase):
        root = f"{letter}:\\"
        if letters >> n & 1 and kernel.GetDriveTypeW(root) == _REMOVABLE:
            name = ctypes.create_unicode_buffer(261)
            if kernel.GetVolumeInformationW(root, name, 261, None, None, None, None, 0):   # an empty slot has none
                found.append(Volume(Path(root), name.value or root[:2]))
    return found
