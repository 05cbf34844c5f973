"""The messages by which photos and files travel: what is offered and lacked, chunks of 1 MiB, thumbnails.

A file is named by its SHA-256 alone. Which laptop may send or have it, the rows decide that name it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kanto_desk.db.attachments import CHUNK
from kanto_desk.sync.wire import Garbled

PATH: Final = "/contents"
MOST_CONTENT: Final = 512 << 20
"""A file has no more bytes than this: twice an original that may be kept (200 MB), and as many as a bundle holds."""

MOST_THUMB: Final = 256 * 1024
MOST_THUMBS: Final = 2 * 1024 * 1024
"""Thumbnails of one message together."""

MOST_NAMED: Final = 500
"""Files named in one message."""


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that a laptop has: its SHA-256, its bytes, and whether a thumbnail could come along."""

    hash: str
    size: int
    thumb: bool = False


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """Chunk number `n` of a file of `size` bytes."""

    hash: str
    size: int
    n: int
    content: bytes


class Wanted(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chunk that a laptop asks for."""

    hash: str
    n: int


class Lack(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the hub lacks of a file that was offered."""

    hash: str
    chunks: list[int] = []
    thumb: bool = False


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a laptop says about files; one of the parts is set."""

    v: int
    offers: list[Offer] = []
    thumbs: dict[str, bytes] = {}
    part: Part | None = None
    want_thumbs: list[str] = []
    want: Wanted | None = None
    damaged: str = ""
    """What came under this name was something else."""
    left: list[int] = []
    """Files that lie on the laptop alone once this message is taken, and their bytes."""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """The hub's answer. `refused` says per file why it is not taken: `unnamed`, `size`."""

    v: int
    lacks: list[Lack] = []
    refused: dict[str, str] = {}
    whole: bool = False
    thumbs: dict[str, bytes] = {}
    part: Part | None = None


def is_name(digest: str) -> bool:
    """Whether a text is a SHA-256; it becomes the name of a file, so nothing else may pass."""
    return len(digest) == 64 and all(c in "0123456789abcdef" for c in digest)


def length_of(size: int, n: int) -> int:
    """The bytes of chunk `n`. Raises Garbled where a file of this size has no such chunk."""
    if n < 0 or n * CHUNK >= max(size, 1):
        raise Garbled("chunk")
    return min(CHUNK, size - n * CHUNK)
