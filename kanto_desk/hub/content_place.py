"""Where the hub keeps photos and files: a folder, behind an interface small enough for a store of objects.

`content_objects.py` has the same over S3.

A file appears when all its chunks are there and its SHA-256 is its name; before that nobody can meet it. Any number of
processes may write at once: each writes beside and renames.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from kanto_desk.db.attachments import CHUNK
from kanto_desk.db.content_parts import count
from kanto_desk.db.disk import sync_folder
from kanto_desk.db.leftovers import drop_leftovers
from kanto_desk.sync.content_wire import is_name, length_of

FOLDER = "contents"
THUMB: Final = ".thumb"


class WrongContent(Exception):
    """All chunks are there and make another file than their name says; they were dropped."""


class PlaceAway(OSError):
    """A store of objects does not answer, or not as it should; `refused` where it does not take the credentials.

    `detail` is a status or a class of error, never what the store wrote: it repeats names of keys.
    """

    def __init__(self, detail: str, *, refused: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.refused = refused


class Place(Protocol):
    """What a store of files can do. Every method may raise OSError."""

    def size(self, digest: str) -> int | None:
        """Bytes of a file that is whole; None if it is not here."""

    def lacks(self, digest: str, size: int, side: str = "") -> list[int]:
        """The chunks that are still to come; for a `side` those that it has not sent, whatever is here of others."""

    def keep(self, digest: str, size: int, n: int, content: bytes, side: str = "") -> bool:
        """Keep a chunk; gives whether the file is whole now, for a `side` of its own chunks. Raises WrongContent."""

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

    def names(self) -> Iterator[tuple[str, int]]:
        """Every file that is whole, with its bytes."""

    def thumbs(self) -> Iterator[str]:
        """Every file of which a thumbnail is here."""

    def pieces(self, digest: str) -> Iterator[bytes]:
        """A file piece by piece. Raises FileNotFoundError."""

    def put(self, digest: str, pieces: Iterable[bytes]) -> None:
        """Keep a whole file, or nothing. Raises WrongContent."""

    def drop(self, digest: str) -> None:
        """Remove a file, if it is here; its thumbnail stays."""

    def drop_thumb(self, digest: str) -> None:
        """Remove a thumbnail, if it is here."""


class FolderPlace:
    """Files in a folder of the hub: `ab/<hash>`, thumbnails beside them, chunks below `partial`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / FOLDER

    def size(self, digest: str) -> int | None:
        try:
            return self._file(digest).stat().st_size
        except FileNotFoundError:
            return None

    def lacks(self, digest: str, size: int, side: str = "") -> list[int]:
        if not side and self.size(digest) is not None:
            return []
        # All chunks and no file: the joining was cut. One of them comes again, so that it is joined then.
        return self._missing(self._partial(digest, size, side), size) or [count(size) - 1]

    def keep(self, digest: str, size: int, n: int, content: bytes, side: str = "") -> bool:
        if not side and self.size(digest) is not None:
            return True
        there = self._partial(digest, size, side)
        self._write(there / str(n), content)
        if self._missing(there, size):
            return False
        self._join(there, digest, size, side)
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
            return self._file(digest).with_suffix(THUMB).read_bytes()
        except FileNotFoundError:
            return None

    def keep_thumb(self, digest: str, content: bytes) -> None:
        path = self._file(digest).with_suffix(THUMB)
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
        old, many = time.time() - days * 86_400, 0
        with suppress(FileNotFoundError):
            for there in list((self.root / "partial").iterdir()):
                if there.stat().st_mtime < old:
                    shutil.rmtree(there, ignore_errors=True)
                    many += 1
        for pattern in (".*.new", "*/.*.new"):   # of a process that was killed over chunks, or over a thumbnail
            drop_leftovers(self.root, pattern)
        return many

    def names(self) -> Iterator[tuple[str, int]]:
        for path in self._files():
            if is_name(path.name):
                yield path.name, path.stat().st_size

    def thumbs(self) -> Iterator[str]:
        for path in self._files():
            if path.suffix == THUMB and is_name(path.stem):
                yield path.stem

    def pieces(self, digest: str) -> Iterator[bytes]:
        with self._file(digest).open("rb") as file:
            while piece := file.read(CHUNK):
                yield piece

    def put(self, digest: str, pieces: Iterable[bytes]) -> None:
        new = self.root / f".{digest}.{secrets.token_hex(4)}.new"
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        hashed = hashlib.sha256()
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for content in pieces:
                    hashed.update(content)
                    out.write(content)
                out.flush()
                os.fsync(out.fileno())
            if hashed.hexdigest() != digest:
                raise WrongContent
            self._place(new, digest)
        finally:
            new.unlink(missing_ok=True)

    def drop(self, digest: str) -> None:
        self._file(digest).unlink(missing_ok=True)

    def drop_thumb(self, digest: str) -> None:
        self._file(digest).with_suffix(THUMB).unlink(missing_ok=True)

    def _files(self) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            for folder in sorted(self.root.iterdir()):
                if len(folder.name) == 2:
                    yield from sorted(p for p in folder.iterdir() if not p.name.startswith("."))

    def _file(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def _partial(self, digest: str, size: int, side: str) -> Path:
        return self.root / "partial" / ".".join([digest, str(size), *([side] if side else [])])

    @staticmethod
    def _missing(there: Path, size: int) -> list[int]:
        return [n for n in range(count(size)) if not (there / str(n)).exists()]

    def _place(self, new: Path, digest: str) -> None:
        """Let a file that was checked appear under its name."""
        target = self._file(digest)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(new, target)
        sync_folder(target.parent)

    def _join(self, there: Path, digest: str, size: int, side: str) -> None:
        """Make the file of its chunks. Raises WrongContent; after OSError the chunks are still there."""
        try:
            self.put(digest, ((there / str(n)).read_bytes() for n in range(count(size))))
        except FileNotFoundError as error:   # another process has joined it and taken the chunks away
            if side:   # or dropped them: that the file is here says nothing about these
                raise WrongContent from error
            if self.size(digest) is None:
                raise
        except WrongContent:   # of the chunks of one side: whoever else has the file makes them no better
            shutil.rmtree(there, ignore_errors=True)
            raise
        shutil.rmtree(there, ignore_errors=True)
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
