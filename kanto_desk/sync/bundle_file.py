"""The file `.kdx`: frames → zstd → age, with a head before and a signature behind. Knows nothing of what frames mean.

    kanto-desk kdx\\n | length, head (JSON) | frames → zstd → age | SHA-256, signature, length of all, kdx.end\\n

The signature is over the SHA-256 of everything before it and is checked before a byte is decrypted. Reading holds one
frame at a time, whatever a file unpacks to; writing leaves a whole file or none.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

import msgspec
import pyrage
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kanto_desk.db.disk import sync_folder
from kanto_desk.db.leftovers import drop_leftovers
from kanto_desk.sync.wire import MOST_UNPACKED

ENDING: Final = ".kdx"
VERSION: Final = 1
"""Version of the file; a program refuses what is above its own."""

MAGIC: Final = b"kanto-desk kdx\n"
END: Final = b"kdx.end\n"
_TRAILER: Final = struct.Struct(">32s64sQ8s")
_LENGTH: Final = struct.Struct(">I")
_FRAME: Final = struct.Struct(">cI")
_SAID: Final = b"kanto-desk kdx 1\n"
_PIECE: Final = 1 << 16
MOST_HEAD: Final = 1 << 16

MOST_IN_ALL: Final = 64 << 30
"""No bundle unpacks to more."""
FREE_OF_DOUBT: Final = 64 << 20
MOST_RATIO: Final = 500
"""Beyond FREE_OF_DOUBT nothing of ours packs so well: it was made to fill memory or time."""

TO_HUB: Final = "to hub"
TO_DESK: Final = "to desk"


class Unusable(Exception):
    """A file that is not taken. `reason` is one of: none, short, changed, newer, signature, other, size, shape."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands open in front: from whom, for whom, when (milliseconds of the maker's clock). No content."""

    v: int
    kind: str
    sender: str
    receiver: str
    made: int


class Frame(msgspec.Struct, frozen=True):
    """One part: what it is (one letter) and its bytes. Kinds that a program does not know are passed over."""

    kind: bytes
    body: bytes


def write(path: Path, head: Head, recipients: Sequence[str], key: Ed25519PrivateKey, frames: Iterable[Frame]) -> str:
    """Write a bundle whole or not at all; gives its SHA-256 (hexadecimal). Raises OSError when it cannot be written."""
    ready = [pyrage.x25519.Recipient.from_str(r) for r in recipients]
    drop_leftovers(path.parent, f".*{ENDING}.*.new")
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            out = _Summing(file)
            said = msgspec.json.encode(head)
            out.write(MAGIC + _LENGTH.pack(len(said)) + said)
            pyrage.encrypt_io(_Packing(frames), out, ready)
            digest = out.digest.digest()
            file.write(_TRAILER.pack(digest, key.sign(_SAID + digest), out.size + _TRAILER.size, END))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    with suppress(OSError):   # a stick's file system may not be able to
        sync_folder(path.parent)
    return digest.hex()


def read_head(path: Path) -> Head:
    """The open head of a bundle. Raises Unusable for what is none, is cut off, or is of a newer program; OSError."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Unusable("none")
        raw = file.read(_LENGTH.size)
        size = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else MOST_HEAD
        said = file.read(size) if size <= MOST_HEAD else b""
        file.seek(0, os.SEEK_END)
        trailer = _trailer(file)
    try:
        head = msgspec.json.decode(said, type=Head)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unusable("short" if trailer is None else "changed") from error
    if head.v > VERSION and (trailer is None or _digest(path) == trailer[0]):
        raise Unusable("newer")
    if trailer is None:
        raise Unusable("short")
    return head


def check(path: Path, public: bytes) -> str:
    """The SHA-256 of a file that is as its maker, with this public key, left it. Raises Unusable else; OSError."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        trailer = _trailer(file)
    if trailer is None:
        raise Unusable("short")
    digest, signature = trailer
    if _digest(path) != digest:
        raise Unusable("changed")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _SAID + digest)
    except (InvalidSignature, ValueError) as error:
        raise Unusable("signature") from error
    return digest.hex()


def read(path: Path, identities: Sequence[str], take: Callable[[Frame], None], most: int = MOST_IN_ALL) -> None:
    """Give every frame of a checked bundle to `take`, one at a time.

    Raises Unusable for what is for somebody else, unpacks to over `most` bytes or is no bundle inside; what `take`
    raises comes out as it is.
    """
    keys = [pyrage.x25519.Identity.from_str(i) for i in identities]
    with path.open("rb") as file:
        file.seek(len(MAGIC))
        start = len(MAGIC) + _LENGTH.size + _LENGTH.unpack(file.read(_LENGTH.size))[0]
        file.seek(start)
        source = _Part(file, path.stat().st_size - _TRAILER.size - start)
        frames = _Frames(take)
        limited = _Limited(frames, source, most)
        try:
            unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27)
            with unpacker.stream_writer(cast("IO[bytes]", limited), write_size=_PIECE) as out:
                pyrage.decrypt_io(source, _Out(out), keys)
        except pyrage.DecryptError as error:
            raise Unusable("other") from error
        except (zstandard.ZstdError, MemoryError) as error:
            raise Unusable("shape") from error
    frames.close()


def _trailer(file: BinaryIO) -> tuple[bytes, bytes] | None:
    """Digest and signature; None where the end of the file is not there."""
    size = file.tell()
    if size < len(MAGIC) + _LENGTH.size + _TRAILER.size:
        return None
    file.seek(size - _TRAILER.size)
    digest, signature, length, end = _TRAILER.unpack(file.read(_TRAILER.size))
    return (digest, signature) if end == END and length == size else None


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        part = _Part(file, path.stat().st_size - _TRAILER.size)
        while piece := part.read(_PIECE):
            digest.update(piece)
    return digest.digest()


class _Summing:
    """A file that keeps the SHA-256 of what goes into it."""

    def __init__(self, file: Any) -> None:
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, piece: bytes) -> int:
        self.digest.update(piece)
        self.size += len(piece)
        self.file.write(piece)
        return len(piece)

    def flush(self) -> None:
        self.file.flush()


class _Packing:
    """Frames as a file to read from, packed as they are asked for."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._pieces = self._packed(frames)
        self._waiting = b""

    @staticmethod
    def _packed(frames: Iterable[Frame]) -> Iterator[bytes]:
        packer = zstandard.ZstdCompressor(level=6).compressobj()
        for frame in frames:
            yield packer.compress(_FRAME.pack(frame.kind, len(frame.body)) + frame.body)
        yield packer.flush()

    def read(self, size: int = -1) -> bytes:
        while not self._waiting:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._waiting = piece
        size = len(self._waiting) if size < 0 else size
        out, self._waiting = self._waiting[:size], self._waiting[size:]
        return out


class _Part:
    """The next `left` bytes of a file."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file, self._left, self.given = file, max(left, 0), 0

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(min(self._left, size) if size >= 0 else self._left)
        self._left -= len(piece)
        self.given += len(piece)
        return piece


class _Out:
    """Hands decrypted bytes on; age wants to flush, the unpacker must not."""

    def __init__(self, out: Any) -> None:
        self._out = out

    def write(self, piece: bytes) -> int:
        self._out.write(piece)
        return len(piece)

    def flush(self) -> None:
        pass


class _Limited:
    """Counts what a file unpacks to and stops what was made to fill memory or time."""

    def __init__(self, frames: _Frames, source: _Part, most: int) -> None:
        self._frames, self._source, self._most, self._size = frames, source, most, 0

    def write(self, piece: bytes) -> int:
        self._size += len(piece)
        if self._size > self._most or (self._size > FREE_OF_DOUBT and self._size > MOST_RATIO * self._source.given):
            raise Unusable("size")
        self._frames.feed(piece)
        return len(piece)

    def flush(self) -> None:
        pass


class _Frames:
    """Cuts unpacked bytes into frames."""

    def __init__(self, take: Callable[[Frame], None]) -> None:
        self._take = take
        self._waiting = bytearray()
        self._needed = _FRAME.size

    def feed(self, piece: bytes) -> None:
        self._waiting += piece
        while len(self._waiting) >= self._needed:
            kind, length = _FRAME.unpack_from(self._waiting)
            if length > MOST_UNPACKED:
                raise Unusable("size")
            self._needed = _FRAME.size + length
            if len(self._waiting) < self._needed:
                return
            frame = Frame(kind, bytes(self._waiting[_FRAME.size:self._needed]))
            del self._waiting[:self._needed]
            self._needed = _FRAME.size
            self._take(frame)

    def close(self) -> None:
        if self._waiting:
            raise Unusable("shape")
