"""Photos and files on a stick: chunks behind the messages, the smallest files first, up to a size; the rest next time.

A laptop sends what no hub has as far as it knows and names what it misses; the hub's answer names what has become whole
there and brings what was missed. Nothing is shown before its SHA-256 is its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from kanto_desk.db import content_parts as parts
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.store import Store
from kanto_desk.sync import contents
from kanto_desk.sync.bundle_file import Frame, Unusable
from kanto_desk.sync.content_wire import MOST_CONTENT, MOST_NAMED, Part, is_name, length_of

CHUNK: Final = b"C"
"""A `Part`: one chunk of a file, up to 1 MiB of it."""
MISSED: Final = b"D"
"""Files that the laptop names and has not; `Names`."""
WHOLE: Final = b"W"
"""Files that the hub has whole; `Names`."""

MOST_BYTES: Final = 512 << 20
"""Bytes of files in one bundle."""


class Names(msgspec.Struct, frozen=True):
    """Files by their SHA-256, at most MOST_NAMED."""

    hashes: list[str]


@dataclass(slots=True)
class Packed:
    """Files in a bundle, and how many are left for the next one."""

    files: int = 0
    left: int = 0


def chosen(sizes: Iterable[tuple[str, int]], most: int) -> tuple[list[tuple[str, int]], int]:
    """Files (name, bytes) that go into so many bytes, the smallest first, and how many do not."""
    out: list[tuple[str, int]] = []
    room, left = most, 0
    for digest, size in sorted(sizes, key=lambda x: (x[1], x[0])):
        if size > room or len(out) == MOST_NAMED:
            left += 1
            continue
        out.append((digest, size))
        room -= size
    return out, left


def frames_of_desk(store: Store, blobs: Blobs, epoch: str, packed: Packed, most: int = MOST_BYTES) -> Iterator[Frame]:
    """What a laptop adds to its bundle; `packed` is told how much it was. One chunk at a time is in memory."""
    named = contents.named(store)
    missed = sorted(named.keys() - parts.sizes(blobs))[:MOST_NAMED]
    yield Frame(MISSED, msgspec.json.encode(Names(missed)))
    going, packed.left = chosen(contents.undelivered(store, blobs, epoch).items(), most)
    for digest, size in going:
        for n in range(parts.count(size)):
            content = parts.part(blobs, digest, n)
            if content is None:   # deleted meanwhile
                break
            yield Frame(CHUNK, msgspec.json.encode(Part(digest, size, n, content)))
        else:
            packed.files += 1


class Unpacking:
    """Files of a hub's bundle being taken in; the same ones again change nothing."""

    def __init__(self, store: Store, blobs: Blobs, epoch: str) -> None:
        self.store, self.blobs, self.epoch = store, blobs, epoch
        self.files = 0
        self.damaged = 0
        self.came: list[str] = []
        self._mimes: dict[str, str] | None = None

    def take(self, frame: Frame) -> None:
        """One frame. Raises Unusable for what is none of ours."""
        try:
            if frame.kind == WHOLE:
                names = [d for d in msgspec.json.decode(frame.body, type=Names).hashes if is_name(d)]
                parts.note_at_hub(self.blobs, names, self.epoch)
            elif frame.kind == CHUNK:
                self._chunk(msgspec.json.decode(frame.body, type=Part))
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise Unusable("shape") from error

    def _chunk(self, part: Part) -> None:
        if not is_name(part.hash) or not 0 <= part.size <= MOST_CONTENT or len(part.content) != length_of(
                part.size, part.n):
            raise Unusable("shape")
        if self._mimes is None:   # the rows of this bundle are here by now
            self._mimes = contents.named(self.store)
        if part.hash not in self._mimes or part.hash in parts.sizes(self.blobs):
            return
        parts.keep_part(self.blobs, part.hash, part.n, part.content)
        if len(parts.parts_here(self.blobs, part.hash)) < parts.count(part.size):
            return
        if parts.join(self.blobs, part.hash, self._mimes[part.hash], self.store.clock().isoformat()):
            parts.note_at_hub(self.blobs, [part.hash], self.epoch)
            self.files += 1
            self.came.append(part.hash)
        else:
            self.damaged += 1
