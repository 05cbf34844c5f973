"""What a bundle carries between a desk and its hub, and the desk's side of it: made from what is unsent, taken in as
replies are. The same messages as by network; the hub's side is `kanto_desk.hub.bundles`.

A bundle of a desk begins at the last receipt, one of the hub at what the desk said it has read, so each holds what an
earlier, lost one held: order and repeats do not matter.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import delete, func, select

from kanto_desk.db import local
from kanto_desk.db.operation import frozen_upto
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.db.store import Store
from kanto_desk.sync import bundle_file, signing, taking_in, vouched
from kanto_desk.sync.again import messages
from kanto_desk.sync.bundle_contents import CHUNK, WHOLE
from kanto_desk.sync.bundle_file import TO_DESK, TO_HUB, Frame, Head, Unusable
from kanto_desk.sync.client import Exchange, Known, Receipt, left_before, millis
from kanto_desk.sync.outbox import freeze, sent_of, unsent
from kanto_desk.sync.wire import MOST_CHANGES, VERSION, Filled, Garbled, Reply, Request, T, Vouched, in_batches

ABOUT: Final = b"H"
PUSH: Final = b"Q"
REPLY: Final = b"R"
PAGE: Final = b"F"
VOUCHES: Final = b"V"
BACK: Final = b"A"
ORDER: Final = b"O"
LAST: Final = b"E"


OVERHEAD: Final = 300
"""Bytes of a change beside its values, at most: whose, when, of what."""

TAKEN: Final = "bundles_taken"
"""Setting: SHA-256 of the bundles taken in last, and up to which number of the hub the newest of them went."""
_REMEMBERED: Final = 100


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first frame. `cursors` is how far the desk has read: as it says itself, or as the hub began from.

    `first` and `last` are the range of the desk's changes that are in it, or up to which they are acknowledged.
    """

    v: int
    epoch: str
    cursors: dict[str, int] = {}
    first: int = 0
    last: int = 0
    upto: int = 0
    sv: int = 0
    sealing: str = ""
    signing: str = ""


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of a scope that the desk had not filled, or orders to forget one that it lost."""

    scope: str
    page: Filled
    lost: bool = False


class Vouches(msgspec.Struct, frozen=True):
    """Codes of the hub for what it took from a stick, as in its answers by network; older desks pass them over."""

    groups: list[Vouched]


class Ordered(msgspec.Struct, frozen=True):
    """The hub's signed order to a stopped laptop to forget (`kanto_desk.sync.orders`); older desks pass it over."""

    order: str


class Count(msgspec.Struct, frozen=True):
    """The last frame: how many there were before it."""

    frames: int


@dataclass(slots=True)
class Made:
    """What a bundle holds: changes of this laptop, of how many records, and the size of the file."""

    changes: int
    records: int
    size: int = 0
    back: int = 0
    """Messages of what no push sends any more (`kanto_desk.sync.again`)."""


@dataclass(slots=True)
class Arrived:
    """What a bundle brought. `sent` changes need no sending any more; `known` says that nothing in it was new.

    `order`: the hub's order to forget, where there was one; whoever holds the desk looks whether it is genuine.
    """

    receipt: Receipt
    known: bool = False
    order: str = ""


def hub_name(public: str) -> str:
    """How a hub is named in the open head of a bundle, by its public signing key (base64)."""
    return hashlib.sha256(base64.b64decode(public)).hexdigest()[:16]


def counted(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Frames with the last one, which says how many there were."""
    n = 0
    for frame in frames:
        n += 1
        yield frame
    yield Frame(LAST, msgspec.json.encode(Count(n)))


def frame(kind: bytes, message: msgspec.Struct) -> Frame:
    """A message as a frame."""
    return Frame(kind, msgspec.json.encode(message))


def make(store: Store, known: Known, path: Path, chunks: Iterable[Frame] = ()) -> Made:
    """Write what is unsent into a bundle for the hub, and a question for what is new. Raises OSError; no file is left.

    Nothing counts as sent by this. The changes are frozen before a byte of them leaves (DECISIONS 5).
    """
    dev = f"{store.device()[0]:016x}"
    c = local.change.c
    mine = (c.dev == dev, c.seq > known.acked, c.sample.is_(None))
    with store.write() as conn:
        last = int(conn.execute(select(func.max(c.seq)).where(*mine)).scalar() or known.acked)
        before = left_before(known, frozen_upto(conn, dev))
        if last > known.acked:
            freeze(conn, dev, (known.acked + 1, last))
    with store.read() as conn:
        cursors = taking_in.cursors_of(conn)
        changes = int(conn.execute(select(func.count()).where(*mine, c.seq <= last)).scalar_one())
        records = int(conn.execute(select(func.count()).select_from(
            select(c.type, c.uid).where(*mine, c.seq <= last).distinct().subquery())).scalar_one())
        about = About(bundle_file.VERSION, known.epoch, cursors, known.acked, last, sv=SCHEMA_VERSION)

        back = 0

        def frames() -> Iterator[Frame]:
            nonlocal back
            yield frame(ABOUT, about)
            after = known.acked
            while batch := next(iter(in_batches(x for x in unsent(conn, dev, after, MOST_CHANGES) if x.seq <= last)),
                                []):
                with store.read() as again:
                    batch, groups = vouched.shown_with(again, dev, batch)
                yield frame(PUSH, Request(VERSION, known.epoch, cursors, batch, after, SCHEMA_VERSION,
                                          vouched=groups, tried=before[0], again=before[1]))
                after = batch[-1].seq
            for told in messages(store, 0 if known.owes else known.acked, former=known.owes):
                back += 1
                yield frame(BACK, told)
            yield from chunks

        head = Head(bundle_file.VERSION, TO_HUB, dev, hub_name(known.signing), millis(store.clock) + known.ahead)
        bundle_file.write(path, head, known.sealing.split(), signing.key_of(known.key), counted(frames()))
    return Made(changes, records, path.stat().st_size, back)


def weight(store: Store, known: Known) -> tuple[int, int, int]:
    """What a bundle would hold of records: changes, records, and bytes before anything is packed."""
    c = local.change.c
    mine = (c.dev == f"{store.device()[0]:016x}", c.seq > known.acked, c.sample.is_(None))
    with store.read() as conn:
        changes, size = conn.execute(select(func.count(), func.coalesce(func.sum(
            func.octet_length(c.set) + func.octet_length(c.base)), 0)).where(*mine)).one()
        records = conn.execute(select(func.count()).select_from(
            select(c.type, c.uid).where(*mine).distinct().subquery())).scalar_one()
    return int(changes), int(records), int(size) + OVERHEAD * int(changes)


def take(store: Store, known: Known, identity: str, path: Path,
         files: Callable[[Frame], None] = lambda _frame: None) -> Arrived:
    """Take in a bundle that the hub made for this laptop; the same bundle again changes nothing.

    `files` is given the frames of photos and files.

    Raises Unusable (also `own`: made by this laptop, `desk`: made by another one for the hub) with nothing taken in,
    OSError, Trouble of the disk; what was taken in before a failure stays, and the same bundle goes on from there.
    """
    head = bundle_file.read_head(path)
    dev = f"{store.device()[0]:016x}"
    if head.kind == TO_HUB:
        raise Unusable("own" if head.sender == dev else "desk")
    if head.kind != TO_DESK or head.receiver != dev or head.sender != hub_name(known.signing):
        raise Unusable("other")
    digest = bundle_file.check(path, base64.b64decode(known.signing))
    taken: dict[str, Any] = store.setting(TAKEN, {"digests": [], "epoch": "", "upto": 0})
    if digest in taken["digests"]:
        return Arrived(Receipt(), known=True)
    arrival = _Arrival(store, known, taken, files)
    try:
        bundle_file.read(path, [identity], arrival.take)
    except Garbled as error:
        raise Unusable("shape") from error
    arrived = arrival.finish()
    store.set_setting(TAKEN, {**arrival.newest, "digests": [*taken["digests"], digest][-_REMEMBERED:]})
    return arrived


def message(body: bytes, kind: type[T]) -> T:
    """The message in a frame. Raises Unusable for what is none."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unusable("shape") from error


def _no_link(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:   # noqa: ARG001 - a `Link`
    raise OSError("a bundle has no way back")


class _Arrival(Exchange):
    """A bundle being taken in: its replies go the way of replies by network."""

    def __init__(self, store: Store, known: Known, taken: Mapping[str, Any],
                 files: Callable[[Frame], None]) -> None:
        super().__init__(store, _no_link, known)
        self.newest: dict[str, Any] = {"epoch": taken["epoch"], "upto": taken["upto"]}
        self._files = files
        self._about: About | None = None
        self._frames = 0
        self._had: dict[str, int] = {}
        self._filled: dict[str, int] = {}
        self._ahead = False
        self._again = False
        self._whole = False
        self._order = ""

    def take(self, part: Frame) -> None:
        """One frame."""
        if self._whole or (self._about is None) != (part.kind == ABOUT):
            raise Unusable("shape")
        if part.kind == ABOUT:
            self._begin(message(part.body, About))
        elif part.kind == REPLY:
            self._reply(message(part.body, Reply))
        elif part.kind == PAGE:
            self._page(message(part.body, Page))
        elif part.kind == VOUCHES:
            with self.store.write() as conn:
                vouched.keep_groups(conn, self.dev, message(part.body, Vouches).groups, self.known.acked,
                                    self.store.clock())
        elif part.kind == ORDER:
            self._order = message(part.body, Ordered).order
        elif part.kind in (CHUNK, WHOLE) and self._about is not None and self._about.epoch == self.known.epoch:
            self._files(part)
        elif part.kind == LAST:
            self._whole = message(part.body, Count).frames == self._frames
        self._frames += 1

    def finish(self) -> Arrived:
        """What came of it. Raises Unusable where the last frame did not come."""
        if not self._whole:
            raise Unusable("shape")
        self.receipt.complete = True
        nothing = not (self.receipt.sent or self.receipt.came or self.receipt.gone)
        return Arrived(self.receipt, nothing and (self._ahead or self._again), self._order)

    def _begin(self, about: About) -> None:
        self._about = about
        if about.epoch != self.known.epoch:   # of a hub restored since: what was read of it before means nothing
            return
        with self.store.read() as conn:
            self._had = taking_in.cursors_of(conn)
        # rows in it would be older than those here, and whatever was read or taken in further holds them
        known = self.newest["upto"] if self.newest["epoch"] == about.epoch else 0
        self._ahead = max(known, *self._had.values()) > about.upto if self._had else known > about.upto
        self._again = bool(about.cursors) and all(self._had.get(s, -1) >= about.upto for s in about.cursors)

    def _reply(self, reply: Reply) -> None:
        assert self._about is not None
        if reply.epoch != self.known.epoch and reply.time < self.known.heard:
            self._ahead = True   # from before the hub was restored
            return
        if reply.epoch == self.known.epoch:
            reply = replace(reply, acked=max(reply.acked, self.known.acked),
                            backed_up=max(reply.backed_up, self.known.backed_up))
        if not self._ahead:
            self.newest = {"epoch": reply.epoch, "upto": self._about.upto}
        start = self._about.cursors
        cursors = {s: n for s, n in reply.cursors.items() if self._had.get(s, -1) >= start.get(s, 0)}
        skips = self._ahead or self._again
        with self.store.read() as conn:
            own = sent_of(conn, self.dev, self.known.acked, reply.acked)
        self._take(replace(reply, events=[] if skips else reply.events, cursors={} if skips else cursors,
                           sealing=self._about.sealing, signing=self._about.signing), own)

    def _page(self, page: Page) -> None:
        if self._ahead:
            return
        if page.lost:   # first: a scope given back in the middle of it is then filled anew
            with self.store.write() as conn:
                conn.execute(delete(local.scope_cursor).where(local.scope_cursor.c.scope == page.scope))
        first = self._filled.setdefault(page.scope, page.page.upto)
        self._apply(page.page.events, {}, self._now_ms())
        if not page.page.more and not page.lost and page.scope not in self._had:
            with self.store.write() as conn:
                taking_in.keep_cursors(conn, {page.scope: first})
