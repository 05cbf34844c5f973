"""How this program starts itself again for work that must not hold the window: the installed executable, or Python."""

from __future__ import annotations

import os
import sys

FILL = "fill-for-window"
"""A word of the command line that no help names: the child of a first fill (`kanto_desk.services.filling_child`)."""

IMPORT = "import-directory-for-window"
"""The child that imports the company directory (`kanto_desk.services.directory_child`)."""
WORK = "work-for-import"
"""One of the processes that such a child starts (`kanto_desk.directory.crew`)."""


def command(word: str) -> list[str]:
    """The command that runs one word of this program's own command line."""
    if getattr(sys, "frozen", False):   # an installed package: its executable is the program, and starts no module
        return [sys.executable, word]
    return [sys.executable, "-m", "kanto_desk", word]


def environment() -> dict[str, str]:
    """What such a process gets: the modules of this one, and UTF-8 in its pipes."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
