"""The hub's side of bundles: taking in what a laptop wrote onto a stick, and writing the answer that goes back.

The same acceptance and the same giving as by network; only that no question is answered at once. What the laptop said
it has read is kept, so that the answer begins there, whenever it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyrage
from sqlalchemy import Connection, select, update

from kanto_desk.hub import accounts, contents, giving, going_back, late, losing, resending, vouching
from kanto_desk.hub import tables as t
from kanto_desk.hub.accepting import Cloned, Gap, accept
from kanto_desk.hub.accounts import Laptop
from kanto_desk.hub.bundle_keys import keys_of
from kanto_desk.hub.opening import Hub, last_number, put_value, value_of
from kanto_desk.rules.access import device_scope, scopes_read
from kanto_desk.sync import bundle_file, wire
from kanto_desk.sync.again_wire import Again
from kanto_desk.sync.bundle import (
    ABOUT,
    BACK,
    LAST,
    ORDER,
    PAGE,
    PUSH,
    REPLY,
    VOUCHES,
    About,
    Count,
    Ordered,
    Page,
    Vouches,
    counted,
    frame,
    message,
)
from kanto_desk.sync.bundle_contents import CHUNK, MISSED, Names, Packed
from kanto_desk.sync.bundle_file import TO_DESK, TO_HUB, Frame, Head, Unusable
from kanto_desk.sync.content_wire import MOST_NAMED, Part

ROWS = 1000
"""Rows a page of a first fill."""
MOST_GROUPS = 400
"""Codes kept for an answer: one for each 5,000 changes or 4 MiB that came."""


class Missing(Exception):
    """The bundle begins behind what this hub holds: changes before it are missing. What the hub has stays."""


@dataclass(slots=True)
class Taken:
    """What became of a bundle: whose it was, how many changes were in it, and how many of them were new here."""

    dev: str
    person: str
    changes: int = 0
    new: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    chunks: int = 0
    files: int = 0
    """Photos and files that are whole here now, by chunks of this bundle or by what was here before."""
    files_not_whole: int = 0
    """Those of which something came, and that are not: not let in, or their rest comes in another bundle."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an answer holds: events, photos and files, and how many of these did not fit and go into the next one.

    `order`: it is for a laptop that was stopped, and holds nothing but the order to forget.
    """

    events: int
    files: int = 0
    files_left: int = 0
    order: bool = False


def take(hub: Hub, path: Path, *, of_stopped: bool = False) -> Taken:
    """Take in a laptop's bundle; the same one again changes nothing. `of_stopped`: also of a laptop that was stopped.

    Raises Unusable (also `unknown`, `revoked`, `cloned`, `desk`), Missing, OSError. A failure keeps the batches before
    it, each of them whole.
    """
    head = bundle_file.read_head(path)
    keys = keys_of(hub)
    if head.kind != TO_HUB:
        raise Unusable("desk")
    if head.receiver != keys.name:
        raise Unusable("other")
    with hub.read() as conn:
        laptop = accounts.laptop_of(conn, head.sender, hub.clock().date())
    if laptop is None:
        raise Unusable("unknown")
    bundle_file.check(path, laptop.signing)
    if laptop.state != "active" and not (of_stopped and laptop.state == "revoked"):
        raise Unusable(laptop.state)
    taking = _Taking(hub, laptop, head.made)
    try:
        bundle_file.read(path, keys.sealing, taking.take)
    except wire.Garbled as error:
        raise Unusable("shape") from error
    return taking.finish()


class _Taking:
    """One laptop's bundle being taken in."""

    def __init__(self, hub: Hub, laptop: Laptop, made: int) -> None:
        self.hub = hub
        self.laptop = laptop
        self._made = made
        self._sent: list[str] = []
        self._missed: list[str] = []
        self._came_whole: set[str] = set()
        self.taken = Taken(laptop.dev, laptop.reader.person)
        self._about: About | None = None
        self._frames = 0
        self._whole = False
        self._cloned = False

    def take(self, part: Frame) -> None:
        """One frame."""
        if self._whole or (self._about is None) != (part.kind == ABOUT):
            raise Unusable("shape")
        if part.kind == ABOUT:
            self._about = message(part.body, About)
            scopes = scopes_read(self.laptop.reader) | {device_scope(self.laptop.dev)}
            with self.hub.write() as conn:   # noted before anything of it is taken, as by network
                accounts.note_scopes(conn, self.laptop.dev, scopes)
        elif part.kind == PUSH:
            self._push(message(part.body, wire.Request))
        elif self._cloned:
            pass   # of a copied laptop nothing is taken; what it wrote waits in quarantine
        elif part.kind == BACK:
            with self.hub.write() as conn:
                self.taken.new += late.take(self.hub, conn, self.laptop, message(part.body, Again))
        elif part.kind == CHUNK:
            chunk = message(part.body, Part)
            if contents.take_part(self.hub, self.laptop, chunk):
                self._came_whole.add(chunk.hash)
            self.taken.chunks += 1
            if not self._sent or self._sent[-1] != chunk.hash:
                self._sent.append(chunk.hash)
        elif part.kind == MISSED:
            self._missed = message(part.body, Names).hashes[:MOST_NAMED]
        elif part.kind == LAST:
            self._whole = message(part.body, Count).frames == self._frames
        self._frames += 1

    def _push(self, request: wire.Request) -> None:
        hub, laptop, now = self.hub, self.laptop, self.hub.clock()
        if self._cloned:   # the file may be all that is left of it: each batch is kept, not the first alone
            losing.quarantine(hub, laptop.dev, wire.packed(request))
            return
        try:
            with hub.write() as conn:
                held = _held(conn, laptop.dev)
                if request.epoch != laptop.epoch:
                    going_back.need_from(conn, laptop.dev, request.epoch, request.first)
                    if request.push:   # this very stick may have been taken in before the hub went back
                        resending.note_late(conn, laptop.dev, request.push[-1].seq)
                resending.note_told(conn, laptop.dev, request, laptop.epoch)
                vouched = vouching.proven(conn, laptop.dev, laptop.body, request.push, request.vouched)
                told = accept(conn, laptop.dev, laptop.reader, laptop.body, request.first, request.push,
                              now.isoformat(), hub.steps, vouched, resending.resent_upto(conn, laptop.dev))
                self._vouch(conn, request, [v.seq for v in told.verdicts])
        except Gap as gap:
            with hub.write() as conn:
                resending.note_gap(conn, laptop.dev, request.first, request.epoch)
            raise Missing(gap.acked) from gap
        except Cloned:
            losing.quarantine(hub, laptop.dev, wire.packed(request))
            with hub.write() as conn:
                conn.execute(update(t.device).where(t.device.c.dev == laptop.dev, t.device.c.state == "active").values(
                    state="cloned"))   # one that was stopped stays so: its order to wipe goes on
                accounts.note(conn, laptop.dev, "cloned", now)
            self._cloned = True
            return
        self.taken.changes += len(request.push)
        self.taken.new += sum(1 for c in request.push if c.seq > held)
        for verdict in told.verdicts:
            self.taken.verdicts[verdict.state] = self.taken.verdicts.get(verdict.state, 0) + 1

    def _vouch(self, conn: Connection, request: wire.Request, without: list[int]) -> None:
        """Keep the code for what was taken in just now, with that of the same bundle, for the answer that goes back.

        What the laptop has confirmed by beginning its bundle there needs none any more.
        """
        code = vouching.code_of(conn, self.laptop.dev, self.laptop.body, request.first, request.push)
        if not code or self._about is None:
            return
        name, about, last = _codes(self.laptop.dev), self._about, request.push[-1].seq
        held = [g for g in value_of(conn, name) or [] if about.first < g[1] and (g[0], g[1]) != (request.first, last)]
        put_value(conn, name, [*held, [request.first, last, code, sorted(without)]][-MOST_GROUPS:])

    def finish(self) -> Taken:
        """Note what the laptop said, for the answer. Raises Unusable where the last frame did not come, or `cloned`."""
        if self._cloned:
            raise Unusable("cloned")
        if not self._whole or self._about is None:
            raise Unusable("shape")
        self.taken.files = len(self._came_whole)
        self.taken.files_not_whole = len(set(self._sent) - self._came_whole)
        with self.hub.write() as conn:
            before: dict[str, Any] = value_of(conn, _asked(self.laptop.dev)) or {"last": -1, "made": 0}
            if (self._about.last, self._made) >= (before["last"], before["made"]):
                put_value(conn, _asked(self.laptop.dev), {
                    "epoch": self._about.epoch, "cursors": self._about.cursors, "first": self._about.first,
                    "last": self._about.last, "sv": self._about.sv, "made": self._made})
                put_value(conn, _files(self.laptop.dev), {"sent": self._sent[:MOST_NAMED], "missed": self._missed})
            accounts.note(conn, self.laptop.dev, "bundle taken", self.hub.clock(), changes=self.taken.changes,
                          new=self.taken.new)
        return self.taken


def make(hub: Hub, dev: str, path: Path) -> Given:
    """Write what a laptop lacks, with the receipt for what it sent; for a stopped one, the order to forget alone.

    Raises Unusable for a laptop that is unknown, copied or without a key (`key`), OSError; no file is left then.
    """
    keys = keys_of(hub)
    with hub.read() as conn:
        laptop = accounts.laptop_of(conn, dev, hub.clock().date())
        recipient = conn.execute(select(t.device.c.sealing).where(t.device.c.dev == dev)).scalar()
    if laptop is None:
        raise Unusable("unknown")
    if laptop.state not in ("active", "revoked"):
        raise Unusable(laptop.state)
    if not _is_recipient(str(recipient)):
        raise Unusable("key")
    now_ms = int(hub.clock().timestamp() * 1000)
    head = Head(bundle_file.VERSION, TO_DESK, keys.name, dev, now_ms)
    if laptop.state == "revoked":
        with hub.write() as conn:
            accounts.note(conn, dev, "bundle made", hub.clock())
            about = About(bundle_file.VERSION, str(value_of(conn, "epoch")), last=_held(conn, dev))
        order = Ordered(losing.order_to_wipe(hub, dev, now_ms))
        frames = counted([frame(ABOUT, about), frame(ORDER, order)])
        bundle_file.write(path, head, [str(recipient)], keys.signing, frames)
        return Given(0, order=True)
    scopes = scopes_read(laptop.reader) | {device_scope(dev)}
    with hub.write() as conn:
        lost = accounts.note_scopes(conn, dev, scopes)
        accounts.note(conn, dev, "bundle made", hub.clock())
    with hub.read() as conn:
        giver = _Giving(hub, conn, laptop, frozenset(scopes), lost)
        bundle_file.write(path, head, [str(recipient)], keys.signing,
                          counted(giver.frames(keys.recipients, keys.public)))
    return Given(giver.events, giver.packed.files, giver.packed.left)


class _Giving:
    """One answer being written, all of it of one snapshot."""

    def __init__(self, hub: Hub, conn: Connection, laptop: Laptop, scopes: frozenset[str], lost: list[str]) -> None:
        self.hub, self.conn, self.laptop, self.scopes, self.lost = hub, conn, laptop, scopes, lost
        self.own = None if laptop.forgot else laptop.dev   # what it wrote itself it has, unless it forgot rows once
        self.epoch = str(value_of(conn, "epoch"))
        asked: dict[str, Any] = value_of(conn, _asked(laptop.dev)) or {}
        same = asked.get("epoch") == self.epoch
        self.cursors = {s: n for s, n in (asked.get("cursors") or {}).items() if s in scopes} if same else {}
        self.first = int(asked.get("first", 0)) if same else 0
        self.sv = int(asked.get("sv", 0))
        back = None if same else going_back.back_to(conn, laptop.dev, str(asked.get("epoch", "")))
        held = _held(conn, laptop.dev)
        self.held = held if back is None else min(held, back)
        self.events = 0
        self.packed = Packed()
        self._forgets = False

    def frames(self, sealing: str, signing: str) -> Iterator[Frame]:
        """All frames but the last."""
        held = self.held
        yield frame(ABOUT, About(bundle_file.VERSION, self.epoch, self.cursors, self.first, held,
                                 last_number(self.conn, "n"), self.sv, sealing, signing))
        yield from self._replies(held)
        groups = [wire.Vouched(*g) for g in value_of(self.conn, _codes(self.laptop.dev)) or [] if g[1] <= held]
        if groups:
            yield frame(VOUCHES, Vouches(groups))
        for scope in sorted(self.scopes - set(self.cursors)):
            yield from self._pages(scope)
        for scope in self.lost:
            yield from self._orders(scope)
        asked = value_of(self.conn, _files(self.laptop.dev)) or {}
        yield from contents.frames_for(self.hub, self.conn, self.laptop, asked, self.packed)
        if self._forgets and not self.laptop.forgot:   # before the file is there: its own rows are no longer surely so
            with self.hub.write() as conn:
                accounts.note_forgetting(conn, self.laptop.dev)

    def _replies(self, held: int) -> Iterator[Frame]:
        cursors, more = dict(self.cursors), True
        verdicts = _verdicts(self.conn, self.laptop.dev, self.first)
        backed_up = value_of(self.conn, f"backed_up {self.laptop.dev}", 0)
        while more:
            given = giving.changes_since(self.conn, self.laptop.dev, self.scopes, cursors, wire.MOST_CHANGES,
                                         self.own)
            cursors, more = dict.fromkeys(cursors, given.upto), given.more
            now_ms = int(self.hub.clock().timestamp() * 1000)
            yield frame(REPLY, wire.Reply(wire.VERSION, self.epoch, now_ms, held, backed_up, sorted(self.scopes), [],
                                          cursors, self._words(given.events), verdicts))
            verdicts = []

    def _pages(self, scope: str) -> Iterator[Frame]:
        since = accounts.scope_since(self.conn, self.laptop.dev, scope)
        after, more = None, True
        while more:
            given = giving.rows_of(self.conn, scope, self.scopes, since, after, ROWS, self.own)
            after, more = given.last, given.more
            yield frame(PAGE, Page(scope, wire.Filled(wire.VERSION, self.epoch, given.upto, self._words(given.events),
                                                      more)))

    def _orders(self, scope: str) -> Iterator[Frame]:
        after, more = None, True
        while more:
            given = giving.lost_of(self.conn, scope, self.scopes, after, ROWS)
            after, more = given.last, given.more
            yield frame(PAGE, Page(scope, wire.Filled(wire.VERSION, self.epoch, given.upto, self._words(given.events),
                                                      more), lost=True))

    def _words(self, events: list[wire.Event]) -> list[wire.Event]:
        self.events += len(events)
        self._forgets = self._forgets or any(e.leave is not None for e in events)
        return giving.in_words_of(events, self.sv, self.hub.steps)


def _is_recipient(text: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def _asked(dev: str) -> str:
    return f"asked {dev}"


def _codes(dev: str) -> str:
    return f"asked codes {dev}"


def _files(dev: str) -> str:
    return f"asked files {dev}"


def _held(conn: Connection, dev: str) -> int:
    return int(conn.execute(select(t.device.c.seq).where(t.device.c.dev == dev)).scalar_one())


def _verdicts(conn: Connection, dev: str, after: int) -> list[wire.Verdict]:
    """What was said of this laptop's changes after a number and was not simply taking them in."""
    c = t.received.c
    return [wire.Verdict(r.seq, r.verdict, r.reason) for r in conn.execute(
        select(c.seq, c.verdict, c.reason).where(c.dev == dev, c.seq > after, c.verdict.is_not(None)).order_by(c.seq))]
