"""Photos and files of a hub in a store that speaks S3: `ab/<hash>` below the prefix, thumbnails beside them.

Chunks wait in the hub's folder until a file is whole; then it goes to the store in one request, a large one in
several, whose signatures cover what they carry. So nobody can meet half a file there, and a store that is away costs no
chunk that was acknowledged.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO, Final, TypeVar

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from kanto_desk.db.attachments import CHUNK
from kanto_desk.hub.content_address import Credentials, S3Address
from kanto_desk.hub.content_place import THUMB, FolderPlace, PlaceAway
from kanto_desk.sync.content_wire import is_name, length_of

_T = TypeVar("_T")
_PIECE: Final = 4 << 20
_STATUS: Final = re.compile(r"status[ :]+(\d{3})")
_AT_ONCE: Final = 64 << 20
"""A larger file goes in several requests, each of this size and signed."""
_WAIT: Final = {"connect_timeout": "5s", "timeout": "120s"}   # 64 MiB at 5 Mbit/s take 110 s
_AGAIN: Final = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}


class ObjectPlace(FolderPlace):
    """Whole files and thumbnails in a bucket; chunks on their way and what is asked for stay in the hub's folder."""

    def __init__(self, folder: Path, address: S3Address, credentials: Credentials) -> None:
        super().__init__(folder)
        endpoint = {"endpoint": address.endpoint} if address.endpoint else {}
        self._store = S3Store(
            address.bucket, prefix=address.prefix or None, region=address.region, **endpoint,
            access_key_id=credentials.key, secret_access_key=credentials.secret,
            **({"session_token": credentials.token} if credentials.token else {}),
            client_options={**_WAIT, "allow_http": address.endpoint.startswith("http://")},
            retry_config=_AGAIN)

    def answers(self) -> None:
        """Ask the store whether it can be read and written. Raises PlaceAway."""
        probe = f"probe/{secrets.token_hex(8)}"
        self._put(probe, b"")
        self._delete(probe)

    def size(self, digest: str) -> int | None:
        return self._size(_key(digest))

    def chunk(self, digest: str, n: int) -> tuple[int, bytes] | None:
        length_of(1 << 62, n)   # a number below 0 is none; the size of the file tells the rest
        try:
            found = _asked(lambda: _ranged(self._store, _key(digest), n * CHUNK))
        except FileNotFoundError:
            return None
        except PlaceAway as away:   # an empty file, and a start behind the end, are no range: 416
            size = self.size(digest) if away.detail == "416" else None
            if size is None:
                raise
            if length_of(size, n):
                raise
            return size, b""
        size, content = found
        if len(content) != length_of(size, n):
            raise PlaceAway("short")
        return found

    def thumb(self, digest: str) -> bytes | None:
        try:
            return _asked(lambda: bytes(obstore.get(self._store, _key(digest) + THUMB).bytes()))
        except FileNotFoundError:
            return None

    def keep_thumb(self, digest: str, content: bytes) -> None:
        key = _key(digest) + THUMB
        if self._size(key) is None:
            self._put(key, content)

    def check(self, digest: str) -> bool:
        hashed = hashlib.sha256()
        try:
            for piece in self.pieces(digest):
                hashed.update(piece)
        except FileNotFoundError:
            return False
        if hashed.hexdigest() == digest:
            return True
        with suppress(FileNotFoundError):   # another process was quicker
            _asked(lambda: obstore.rename(self._store, _key(digest), f"damaged/{digest}.{secrets.token_hex(4)}"))
        return False

    def names(self) -> Iterator[tuple[str, int]]:
        for path, size in self._listed():
            if is_name(path.rpartition("/")[2]):
                yield path.rpartition("/")[2], size

    def thumbs(self) -> Iterator[str]:
        for path, _ in self._listed():
            name = path.rpartition("/")[2].removesuffix(THUMB)
            if path.endswith(THUMB) and is_name(name):
                yield name

    def pieces(self, digest: str) -> Iterator[bytes]:
        stream = iter(_asked(lambda: obstore.get(self._store, _key(digest)).stream(min_chunk_size=_PIECE)))
        while (piece := _asked(lambda: next(stream, None))) is not None:
            yield bytes(piece)

    def drop(self, digest: str) -> None:
        self._delete(_key(digest))

    def drop_thumb(self, digest: str) -> None:
        self._delete(_key(digest) + THUMB)

    def _place(self, new: Path, digest: str) -> None:
        if new.stat().st_size <= _AT_ONCE:
            self._put(_key(digest), new.read_bytes())
            return
        with new.open("rb") as content:   # one part at a time is in memory; the object appears with the last one
            self._put(_key(digest), content)

    def _put(self, key: str, content: bytes | IO[bytes]) -> None:
        try:
            _asked(lambda: obstore.put(self._store, key, content, use_multipart=not isinstance(content, bytes),
                                       chunk_size=_AT_ONCE, max_concurrency=1))
        except FileNotFoundError:
            raise PlaceAway("no bucket") from None

    def _size(self, key: str) -> int | None:
        try:
            return int(_asked(lambda: obstore.head(self._store, key))["size"])
        except FileNotFoundError:
            return None

    def _delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            _asked(lambda: obstore.delete(self._store, key))

    def _listed(self) -> Iterator[tuple[str, int]]:
        """Every object below a folder of two letters, with its bytes."""
        stream = iter(obstore.list(self._store))
        while (some := _asked(lambda: next(stream, None))) is not None:
            for each in some:
                if each["path"].find("/") == 2:
                    yield each["path"], int(each["size"])


def _ranged(store: S3Store, key: str, start: int) -> tuple[int, bytes]:
    found = obstore.get(store, key, options={"range": (start, start + CHUNK)})
    return int(found.meta["size"]), bytes(found.bytes())


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _asked(work: Callable[[], _T]) -> _T:
    """Ask the store. Raises FileNotFoundError for what is not there, PlaceAway for every other failure."""
    try:
        return work()
    except FileNotFoundError:
        raise FileNotFoundError from None
    except (BaseError, OSError, ValueError) as error:
        status = _STATUS.search(str(error))
        refused = (isinstance(error, PermissionDeniedError | UnauthenticatedError)   # a list has no class for it
                   or (status is not None and status[1] in ("401", "403")))
        raise PlaceAway(status[1] if status else type(error).__name__, refused=refused) from None
