"""Where things lie: shipped resources and the user's data folder. Creates nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resources() -> Path:
    """The folder of shipped fonts, icons, translations and master data (checkout, wheel or frozen program)."""
    packaged = Path(__file__).parent / "resources"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "resources"


def default_home() -> Path:
    """The data folder when none is named: KANTO_DESK_HOME, else the platform's own place for program data."""
    named = os.environ.get("KANTO_DESK_HOME")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "KantoDesk"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "KantoDesk"
    return Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))) / "kanto-desk"
