"""What a killed process left beside the file it was writing: temporary files and folders, dropped by the next one."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

OLD_SECONDS: Final = 86_400
"""Younger ones may be under way in another process, or on another computer that writes into the same folder."""


def drop_leftovers(folder: Path, pattern: str, now: float | None = None) -> int:
    """Remove files and folders of a name pattern untouched for a day; gives how many.

    `now` is in seconds since 1970. Never fails: what cannot be removed stays for the next time.
    """
    moment, gone = time.time() if now is None else now, 0
    with suppress(OSError):
        for left in list(folder.glob(pattern)):
            with suppress(OSError):
                if moment - left.lstat().st_mtime < OLD_SECONDS:
                    continue
                if left.is_dir() and not left.is_symlink():
                    shutil.rmtree(left)
                else:
                    left.unlink()
                gone += 1
    return gone
