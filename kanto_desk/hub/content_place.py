"""Where the hub keeps photos and files: a folder, behind an interface small enough for a store of objects.

A file appears when all its chunks are there and its SHA-256 is its name; before that nobody can meet it. Any number of
processes may write at once: each writes beside and renames.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from kanto_desk.db.attachments import CHUNK
from kanto_desk.db.disk import sync_folder
from kanto_desk.db.leftovers import drop_leftovers
from kanto_desk.sync.content_wire import length_of

FOLDER = "contents"


class WrongContent(Exception):
    """All chunks are there and make another file than their name says; they were dropped."""


class Place(Protocol):
    """What a store of files can do. Every method may raise OSError."""

    def size(self, digest: str) -> int | None:
        """Bytes of a file that is whole; None if it is not here."""

    def lacks(self, digest: str, size: int) -> list[int]:
        """The chunks that are still to come."""

    def keep(self, digest: str, size: int, n: int, content: bytes) -> bool:
        """Keep a chunk; gives whether the file is whole now. Raises WrongContent."""

    def chunk(self, digest: str, n: int) -> tuple[int, bytes] | None:
        """The bytes of the whole file, and of one chunk; None if it is not here. Raises Garbled for none of its."""

    def thumb(self, digest: str) -> bytes | None:
        """The thumbnail of a file."""

    def keep_thumb(self, digest: str, content: bytes) -> None:
        """Keep a thumbnail, where there is none yet."""

    def check(self, digest: str) -> bool:
        """Whether a file is still what its name says; one that is not is put aside and counts as not here."""

    def want(self, digest: str) -> None:
        """Note that somebody asked for a file that is not here."""

    def wanted(self) -> list[str]:
        """Files that somebody asked for and that have not come."""

    def tidy(self, days: int) -> int:
        """Drop chunks of files that never became whole and got nothing for so many days; gives how many files."""


class FolderPlace:
    """Files in a folder of the hub: `ab/<hash>`, thumbnails beside them, chunks below `partial`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / FOLDER

    def size(self, digest: str) -> int | None:
        try:
            return self._file(digest).stat().st_size
        except FileNotFoundError:
            return None

    def lacks(self, digest: str, size: int) -> list[int]:
        if self.size(digest) is not None:
            return []
        # all are there and the file is not: whoever wrote the last one died, or found no room, before joining them
        return self._missing(digest, size) or [max(1, -(-size // CHUNK)) - 1]

    def keep(self, digest: str, size: int, n: int, content: bytes) -> bool:
        if self.size(digest) is not None:
            return True
        there = self._partial(digest, size)
        self._write(there / str(n), content)
        if self._missing(digest, size):
            return False
        self._join(there, digest, size)
        return True

    def chunk(self, digest: str, n: int) -> tuple[int, bytes] | None:
        try:
            with self._file(digest).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                length = length_of(size, n)
                file.seek(n * CHUNK)
                return size, file.read(length)
        except FileNotFoundError:
            return None

    def thumb(self, digest: str) -> bytes | None:
        try:
            return self._file(digest).with_suffix(".thumb").read_bytes()
        except FileNotFoundError:
            return None

    def keep_thumb(self, digest: str, content: bytes) -> None:
        path = self._file(digest).with_suffix(".thumb")
        if not path.exists():
            self._write(path, content)

    def check(self, digest: str) -> bool:
        path = self._file(digest)
        try:
            with path.open("rb") as file:
                good = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except FileNotFoundError:
            return False
        if not good:
            aside = self.root / "damaged" / f"{digest}.{secrets.token_hex(4)}"
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):   # another process was quicker
                os.replace(path, aside)
        return good

    def want(self, digest: str) -> None:
        path = self.root / "wanted" / digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)

    def wanted(self) -> list[str]:
        try:
            return sorted(os.listdir(self.root / "wanted"))
        except FileNotFoundError:
            return []

    def tidy(self, days: int) -> int:
        old, count = time.time() - days * 86_400, 0
        with suppress(FileNotFoundError):
            for there in list((self.root / "partial").iterdir()):
                if there.stat().st_mtime < old:
                    shutil.rmtree(there, ignore_errors=True)
                    count += 1
        drop_leftovers(self.root, "*/.*.new")   # of a process that was killed while it joined chunks
        return count

    def _file(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def _partial(self, digest: str, size: int) -> Path:
        return self.root / "partial" / f"{digest}.{size}"

    def _missing(self, digest: str, size: int) -> list[int]:
        there = self._partial(digest, size)
        return [n for n in range(max(1, -(-size // CHUNK))) if not (there / str(n)).exists()]

    def _join(self, there: Path, digest: str, size: int) -> None:
        """Make the file of its chunks. Raises WrongContent."""
        target = self._file(digest)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = target.with_name(f".{digest}.{secrets.token_hex(4)}.new")
        hashed = hashlib.sha256()
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for n in range(max(1, -(-size // CHUNK))):
                    content = (there / str(n)).read_bytes()
                    hashed.update(content)
                    out.write(content)
                out.flush()
                os.fsync(out.fileno())
            if hashed.hexdigest() == digest:
                os.replace(new, target)
                sync_folder(target.parent)
        except FileNotFoundError:   # another process has joined it and taken the chunks away
            if self.size(digest) is None:
                raise
        finally:
            new.unlink(missing_ok=True)
        shutil.rmtree(there, ignore_errors=True)
        if self.size(digest) is None:
            raise WrongContent
        (self.root / "wanted" / digest).unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes) -> None:
        """A file whole or not at all, and on disk: what was acknowledged is not sent again."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            os.replace(new, path)
        finally:
            new.unlink(missing_ok=True)
