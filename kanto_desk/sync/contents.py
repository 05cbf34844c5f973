"""Photos and files after the records: thumbnails first, then what the hub lacks, chunk by chunk; others on demand.

A cut costs the chunk that was under way. Nothing here decides who may have what; the hub does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from kanto_desk.db import content_parts as parts
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.content_parts import NAMED
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.sync import withdrawn
from kanto_desk.sync.client import WANTED, Exchange, NotAnswered, Stopped
from kanto_desk.sync.content_wire import (
    MOST_CONTENT,
    MOST_NAMED,
    MOST_THUMB,
    MOST_THUMBS,
    PATH,
    Ask,
    Lack,
    Offer,
    Part,
    Told,
    Wanted,
    length_of,
)
from kanto_desk.sync.wire import VERSION, Garbled

_OTHER_MIME = {"version": "application/pdf", "confirmation": "image/jpeg"}
TOLD = "files_told"
"""Setting: how many files the hub believes to lie on this laptop alone, and their bytes."""
_WAITS = ("unnamed", "absent", "size", "hash")   # said of one file; the others go on


@dataclass(slots=True)
class Carried:
    """What became of files: how many went and came, bytes of their chunks, and why some did not (reason → how many).

    `refused`: file → reason, for those of this laptop that the hub does not take.
    """

    sent: int = 0
    got: int = 0
    thumbs_sent: int = 0
    thumbs_got: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    not_taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    left: int = 0
    complete: bool = False


Progress = Callable[[Carried], bool]
"""Called after each message; gives False to stop there."""


def named(store: Store) -> dict[str, str]:
    """File → format, for every file that a present record of this desk names; sample data aside."""
    out: dict[str, str] = {}
    with store.read() as conn:
        for type_name, name in NAMED:
            c = wire_table(type_name).c
            mime = c.mime if type_name == "attachment" else None
            for row in conn.execute(select(c[name], *([mime] if mime is not None else [])).where(
                    c.deleted_at.is_(None), c[name].is_not(None), c["_sample"].is_(None))):
                kind = row[1] if mime is not None else None
                out.setdefault(str(row[0]), str(kind or _OTHER_MIME.get(type_name, "image/jpeg")))
    return out


def to_send(store: Store, blobs: Blobs, epoch: str) -> dict[str, int]:
    """Files of this desk that the hub does not have as far as is known, with their bytes; the smallest first."""
    there = parts.at_hub(blobs, epoch)
    here = parts.sizes(blobs)
    return dict(sorted(((d, here[d]) for d in named(store) if d in here and d not in there), key=lambda x: x[1]))


def undelivered(store: Store, blobs: Blobs, epoch: str) -> dict[str, int]:
    """As `to_send`, with those of rows that had to be forgotten before their files went: here may be the only one."""
    there, here = parts.at_hub(blobs, epoch), parts.sizes(blobs)
    with store.read() as conn:
        left = [d for d in withdrawn.files(conn) if d in here and d not in there]
    found = to_send(store, blobs, epoch) | {d: here[d] for d in left}
    return dict(sorted(found.items(), key=lambda x: x[1]))


class Carrying:
    """Files going and coming within one sync; `px` is the size of the thumbnails of this program."""

    def __init__(self, exchange: Exchange, blobs: Blobs, px: int, progress: Progress = lambda _carried: True) -> None:
        self.exchange = exchange
        self.store = exchange.store
        self.blobs = blobs
        self.px = px
        self.carried = Carried()
        self._progress = progress
        self._told: list[int] = []

    def run(self) -> Carried:
        """Send what the hub lacks, fetch the thumbnails that are missing here; or as much as there is time for.

        Raises NotAnswered (also `full`: the hub has no room), Garbled, OSError, Trouble of the disk.
        """
        self._offer_again()
        mimes = named(self.store)
        parts.drop_unnamed(self.blobs, mimes)
        try:
            waiting = list(undelivered(self.store, self.blobs, self._epoch).items())
            lacking = self._offered(waiting)
            self._send_thumbs([x.hash for x in lacking if x.thumb])
            parts.note_at_hub(self.blobs, [x.hash for x in lacking if not x.chunks], self._epoch)
            self._fetch_thumbs(mimes)
            rest = undelivered(self.store, self.blobs, self._epoch)
            for lack in lacking:
                self._send(lack, dict(waiting)[lack.hash], rest)
            self._tell_left()
            self.carried.complete = True
        except Stopped:
            pass
        self.carried.left = len(to_send(self.store, self.blobs, self._epoch))
        return self.carried

    def fetch(self, digests: Iterable[str]) -> Carried:
        """Get these files whole. Those that the hub has not are counted in `not_taken`. Raises as `run`."""
        mimes = named(self.store)
        here = parts.sizes(self.blobs)
        try:
            for digest in digests:
                if digest not in here and digest in mimes:
                    self._fetch(digest, mimes[digest])
            self.carried.complete = True
        except Stopped:
            pass
        return self.carried

    @property
    def _epoch(self) -> str:
        return self.exchange.known.epoch

    def _ask(self, message: Ask) -> Told:
        told = self.exchange.ask(PATH, message, Told)
        if not self._progress(self.carried):
            raise Stopped
        return told

    def _offer_again(self) -> None:
        wanted = self.store.setting(WANTED)
        if wanted:
            parts.note_lost(self.blobs, [str(d) for d in wanted])
            self.store.set_setting(WANTED, [])

    def _offered(self, waiting: list[tuple[str, int]]) -> list[Lack]:
        """What the hub lacks of these; what it has is noted."""
        with_thumbs = parts.with_thumbs(self.blobs, self.px) if waiting else set()
        if waiting:   # before it is said: whoever is cut off corrects it with the next sync
            self.store.set_setting(TOLD, self._counted(dict(waiting)))
        lacking: list[Lack] = []
        for i in range(0, len(waiting), MOST_NAMED):
            some = waiting[i:i + MOST_NAMED]
            told = self._ask(Ask(VERSION, [Offer(d, size, d in with_thumbs) for d, size in some],
                                 left=self._counted(dict(waiting))))
            for digest, reason in told.refused.items():
                self._count(reason)
                self.carried.refused[digest] = reason
            lacks = {x.hash for x in told.lacks}
            parts.note_at_hub(self.blobs, [d for d, _ in some if d not in told.refused and d not in lacks], self._epoch)
            lacking += told.lacks
        order = {d: i for i, (d, _) in enumerate(waiting)}
        return sorted((x for x in lacking if x.hash in order), key=lambda x: order[x.hash])

    def _send_thumbs(self, digests: list[str]) -> None:
        batch: dict[str, bytes] = {}
        size = 0
        for digest in [*digests, ""]:
            content = self.blobs.get_thumb(digest, self.px) if digest else None
            if batch and (not digest or size + len(content or b"") > MOST_THUMBS or len(batch) == MOST_NAMED):
                self._ask(Ask(VERSION, thumbs=batch))
                self.carried.thumbs_sent += len(batch)
                batch, size = {}, 0
            if content is not None and len(content) <= MOST_THUMB:
                batch[digest] = content
                size += len(content)

    def _counted(self, files: Mapping[str, int]) -> list[int]:
        self._told = [len(files), sum(files.values())]
        return self._told

    def _tell_left(self) -> None:
        """Where the hub believes something else of what lies on this laptop alone."""
        before, left = self._told or self.store.setting(TOLD, [0, 0]), undelivered(self.store, self.blobs, self._epoch)
        if self._counted(left) != before:
            self._ask(Ask(VERSION, left=self._told))
        if self._told != self.store.setting(TOLD, [0, 0]):
            self.store.set_setting(TOLD, self._told)

    def _send(self, lack: Lack, size: int, rest: dict[str, int]) -> None:
        """Send what is lacking of a file; `rest` are all that lie here alone, without it afterwards."""
        try:
            for n in lack.chunks:
                content = parts.part(self.blobs, lack.hash, n)
                if content is None:   # deleted here meanwhile
                    return
                others = {d: size for d, size in rest.items() if d != lack.hash} if n == lack.chunks[-1] else {}
                told = self._ask(Ask(VERSION, part=Part(lack.hash, size, n, content),
                                     left=self._counted(others) if n == lack.chunks[-1] else []))
                self.carried.bytes_up += len(content)
                if told.whole:
                    parts.note_at_hub(self.blobs, [lack.hash], self._epoch)
                    self.carried.sent += 1
                    rest.pop(lack.hash, None)
                    return
        except NotAnswered as no:
            self._passed_over(no)
            self.carried.refused[lack.hash] = no.problem.reason

    def _fetch_thumbs(self, mimes: dict[str, str]) -> None:
        """Small pictures of what is not here, so that a record shows its photos before they come."""
        here = set(parts.sizes(self.blobs)) | parts.with_thumbs(self.blobs, self.px)
        missing = sorted(d for d, mime in mimes.items() if mime.startswith("image/") and d not in here)
        for i in range(0, len(missing), MOST_NAMED):
            rest = missing[i:i + MOST_NAMED]
            while rest:
                told = self._ask(Ask(VERSION, want_thumbs=rest))
                got = {d: picture for d, picture in told.thumbs.items() if d in rest and len(picture) <= MOST_THUMB}
                for digest, picture in got.items():
                    self.blobs.put_thumb(digest, self.px, picture)
                self.carried.thumbs_got += len(got)
                rest = [d for d in rest if d not in got and got and d > max(got)]

    def _fetch(self, digest: str, mime: str) -> None:
        here = parts.parts_here(self.blobs, digest)
        n, last = 0, 0
        try:
            while n <= last:
                if n in here and n != 0:
                    n += 1
                    continue
                part = self._ask(Ask(VERSION, want=Wanted(digest, n))).part
                if part is None or part.hash != digest or part.n != n or not 0 <= part.size <= MOST_CONTENT or len(
                        part.content) != length_of(part.size, n):
                    raise Garbled("chunk")
                last = parts.count(part.size) - 1
                parts.keep_part(self.blobs, digest, n, part.content)
                self.carried.bytes_down += len(part.content)
                n += 1
        except NotAnswered as no:
            self._passed_over(no)
            return
        if parts.join(self.blobs, digest, mime, self.store.clock().isoformat()):
            parts.note_at_hub(self.blobs, [digest], self._epoch)
            self.carried.got += 1
        else:
            self._ask(Ask(VERSION, damaged=digest))
            self._count("hash")

    def _passed_over(self, no: NotAnswered) -> None:
        if no.problem.reason not in _WAITS:
            raise no
        self._count(no.problem.reason)

    def _count(self, reason: str) -> None:
        self.carried.not_taken[reason] = self.carried.not_taken.get(reason, 0) + 1
