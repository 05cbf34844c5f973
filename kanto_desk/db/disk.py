"""Writing a small file so that a power cut leaves either the old or the new one. Knows nothing of what is in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def make_private(path: Path) -> None:
    """Make a file that its owner alone may read, or an existing one so; SQLite gives its -wal and -shm the same mode.

    Raises OSError.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE_FILE))
    path.chmod(PRIVATE_FILE)


def sync_folder(folder: Path) -> None:
    """Make renames in the folder survive a power cut (Windows does it by itself and cannot open a folder)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make the content of a file survive a power cut."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file as a whole: temporary file, fsync, rename, fsync of the folder. Raises OSError."""
    write_together([path], content)


def write_together(paths: Iterable[Path], content: bytes) -> None:
    """Replace several files by the same content, in their order: all are written and flushed before the first changes.

    So a full disk changes none of them. A crash between two renames leaves the later ones as they were. Raises OSError.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for path in paths:
            temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
            staged.append((temporary, path))
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for temporary, path in staged:
            os.replace(temporary, path)
    except BaseException:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        raise
    for folder in dict.fromkeys(path.parent for _, path in staged):
        sync_folder(folder)
