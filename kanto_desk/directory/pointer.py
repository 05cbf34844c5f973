"""Which file is the directory in use, under which key: directory.json, replaced as a whole when an import is complete.

Each file has a random key, kept sealed by the data folder's key, so that a new data key seals it anew and rewrites no
file. A file that is no longer in use is removed as soon as nobody has it open (Windows refuses until then).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kanto_desk.db.disk import make_private, write_atomically
from kanto_desk.db.driver import KEY_BYTES
from kanto_desk.db.keys import DataKey

SUBKEY = "directory.db"
"""The name under which the data key gives the key that seals."""
POINTER = "directory.json"
WORK = "directory-work"
"""Folder of an import that is under way or was cut off."""
_FILE = re.compile(r"directory-(\d+)\.db")


@dataclass(frozen=True, slots=True)
class InUse:
    """A directory file and its key."""

    path: Path
    key: bytes

    def __repr__(self) -> str:
        return f"<InUse {self.path.name}>"


class Pointer:
    """The directory of one data folder. `sealing`: 32 bytes, the subkey of the data key."""

    def __init__(self, home: Path, sealing: bytes) -> None:
        self.home, self._sealing = home, sealing
        self.work = home / WORK

    def current(self) -> InUse | None:
        """The directory in use; None when there is none that this key opens."""
        return self._read(self.home / POINTER)

    def unfinished(self) -> InUse | None:
        """The file that an import was filling when it was cut off."""
        return self._read(self.work / POINTER)

    def begin(self) -> InUse:
        """Choose a new file with a key of its own for an import to fill, and note it."""
        taken = [int(found[1]) for file in self.home.iterdir() if (found := _FILE.match(file.name))]
        fresh = InUse(self.home / f"directory-{max(taken, default=0) + 1}.db", secrets.token_bytes(KEY_BYTES))
        make_private(fresh.path)
        self._write(self.work / POINTER, fresh)
        return fresh

    def switch(self, finished: InUse) -> None:
        """Make a file the directory in use, at one stroke. Raises OSError; then the former one stays."""
        self._write(self.home / POINTER, finished)
        (self.work / POINTER).unlink(missing_ok=True)
        self.sweep()

    def sweep(self) -> None:
        """Remove files that are neither in use nor being filled, as far as the system lets them go."""
        kept = {one.path.name for one in (self.current(), self.unfinished()) if one is not None}
        if (self.home / POINTER).exists() and self.current() is None:
            return   # of a key that is not this one: nothing is known of these files
        for file in list(self.home.iterdir()):
            found = _FILE.match(file.name)
            if found and found[0] not in kept:
                with contextlib.suppress(OSError):
                    file.unlink()

    def drop_unfinished(self) -> None:
        """Forget the file that an import was filling."""
        unfinished = self.unfinished()
        (self.work / POINTER).unlink(missing_ok=True)
        current = self.current()
        if unfinished is not None and (current is None or current.path != unfinished.path):
            _remove(unfinished.path)

    def reseal(self, sealing: bytes) -> None:
        """Seal the keys under another key of the data folder. Raises OSError."""
        other = Pointer(self.home, sealing)
        for file in (self.home / POINTER, self.work / POINTER):
            found = self._read(file)
            if found is not None:
                other._write(file, found)
        self._sealing = sealing

    def _write(self, file: Path, one: InUse) -> None:
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self._sealing).encrypt(nonce, one.key, one.path.name.encode())
        write_atomically(file, json.dumps(
            {"format": 1, "file": one.path.name, "nonce": nonce.hex(), "sealed": sealed.hex()}).encode())

    def _read(self, file: Path) -> InUse | None:
        try:
            noted = json.loads(file.read_bytes())
            name = str(noted["file"])
            if not _FILE.fullmatch(name):
                return None
            key = AESGCM(self._sealing).decrypt(
                bytes.fromhex(noted["nonce"]), bytes.fromhex(noted["sealed"]), name.encode())
        except (OSError, ValueError, KeyError, TypeError, InvalidTag):
            return None
        path = self.home / name
        return InUse(path, key) if path.exists() else None


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            os.unlink(f"{path}{ending}")


def of_folder(home: Path, key: DataKey) -> Pointer:
    """The pointer of a data folder under its data key."""
    return Pointer(home, key.subkey(SUBKEY))


def follow_key(home: Path, former: DataKey, key: DataKey) -> None:
    """The data folder gets another data key. Without room on the disk the directory has to be imported anew."""
    with contextlib.suppress(OSError):
        of_folder(home, former).reseal(key.subkey(SUBKEY))


def remove(home: Path) -> None:
    """Erase every directory of a data folder and what imports left there, the pointer with the keys first.

    Raises OSError.
    """
    (home / POINTER).unlink(missing_ok=True)
    if (home / WORK).exists():
        shutil.rmtree(home / WORK)
    for file in list(home.iterdir()):
        if _FILE.match(file.name):
            file.unlink()
