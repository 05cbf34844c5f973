"""One sync of a desk: sends what is unsent, takes in what is new, batch by batch; can be stopped between two batches.

Holds no connection of its own: `link` carries bytes, so that tests cut, double and delay what they like.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects import sqlite

from kanto_desk.clock import Clock
from kanto_desk.db import local, settled
from kanto_desk.db.apply import Key
from kanto_desk.db.local import HUB as HUB
from kanto_desk.db.operation import Touched, frozen_upto
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.db.store import Store, put_setting
from kanto_desk.sync import (
    again,
    again_wire,
    authorities,
    contact,
    filling,
    held_deletions,
    mass_deletion,
    signing,
    taking_in,
    vouched,
)
from kanto_desk.sync.ahead import Ahead
from kanto_desk.sync.answers import BUSY, halved, problem_of
from kanto_desk.sync.outbox import count_after, next_batch
from kanto_desk.sync.wire import (
    MOST_BYTES,
    MOST_CHANGES,
    VERSION,
    Event,
    Fill,
    Filled,
    Problem,
    Reply,
    Request,
    StoredChange,
    T,
    WireChange,
    packed,
    unpacked,
)

WANTED = "hub_wanted"
"""Setting: files that the hub misses; offered again by `kanto_desk.sync.contents`."""

FIRST_BYTES = MOST_BYTES // 4
"""The first batch is a small one: while the hub works on it, the next is made (`kanto_desk.sync.ahead`)."""

LONGEST_WAIT = 60.0
MOST_WAITS = 3
"""A hub that says when to come again is asked again after so many seconds at most, so many times."""


class Link(Protocol):
    """Carries one request to the hub: path, headers and body in; status and body out. Raises OSError when it cannot."""

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]: ...


Wait = Callable[[float], bool | None]
"""Lets so many seconds pass before a busy hub is asked again; gives False when nobody wants to wait any more."""


class Stopped(Exception):
    """Somebody asked to stop; what went and came stays."""


class NotAnswered(Exception):
    """The hub said no. `problem` says why; nothing of the desk's was changed by the request."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{status} {problem.reason}")
        self.status = status
        self.problem = problem


@dataclass(slots=True)
class Known:
    """What a desk keeps about its hub, in its encrypted store. `ahead` is hub time less this laptop's, in ms."""

    url: str
    epoch: str
    key: str
    person: str
    body: str
    acked: int = 0
    ahead: int = 0
    backed_up: int = 0
    ca: str = ""
    hub: str = ""
    sealing: str = ""
    signing: str = ""
    heard: int = 0
    """Hub time of its newest answer, in ms: an older answer, on a stick, says nothing new."""
    owes: bool = True
    """Whether this hub may lack what no push sends any more (`kanto_desk.sync.again`)."""
    again: int = 0
    """Up to this number changes had left before the epoch began: others may have read them, answered or not."""


@dataclass(slots=True)
class Receipt:
    """What one sync did."""

    sent: int = 0
    not_taken: int = 0
    came: set[Key] = field(default_factory=set)
    new: set[Key] = field(default_factory=set)
    """Those of them that came whole and were not here; their journal does not come with them."""
    gone: set[Key] = field(default_factory=set)
    left: int = 0
    complete: bool = False
    trips: int = 0


Progress = Callable[[Receipt], bool]
"""Called after each batch; gives False to stop there."""


def known_hub(store: Store) -> Known | None:
    """What this desk knows of its hub; None before enrolment."""
    found = store.setting(HUB)
    return Known(**found) if found else None


def keep_known(conn: Connection, known: Known) -> None:
    """Keep what is known of the hub, in the caller's transaction."""
    put_setting(conn, HUB, {name: getattr(known, name) for name in Known.__slots__})


def left_before(known: Known, tried: int) -> tuple[int, int]:
    """What a push says of its changes that left before, up to number `tried` (`Request.tried`, `Request.again`)."""
    return tried if tried > known.acked else 0, known.again if known.again > known.acked else 0


class Exchange:
    """One sync in progress."""

    def __init__(self, store: Store, link: Link, known: Known, wait: Wait = time.sleep,
                 most: int = MOST_CHANGES) -> None:
        self._wait = wait
        self.store = store
        self.link = link
        self.known = known
        self.dev = f"{store.device()[0]:016x}"
        self.receipt = Receipt()
        self.page_bytes = 0   # of a first fill; 0: as much as the hub gives at once
        self.slice = taking_in.SLICE   # rows a transaction
        self._most = most   # changes of a batch; less after a server on the way refused more
        self._key = signing.key_of(known.key)
        self._short = True
        self._next = Ahead(store, self.dev)
        self._met: int | None = None   # hub time of the first answer; 0 once it is noted
        self._deleted = 0   # records that this sync has deleted here
        self._counted = (0, 0)   # the last number of the batch sent last, and how many changes were behind it
        with store.read() as conn:
            self._tried = frozen_upto(conn, self.dev)   # what left before, answered or not

    def run(self, progress: Progress = lambda _receipt: True) -> Receipt:
        """Everything there and back, or as much as there is time for. Raises NotAnswered, Garbled or OSError."""
        try:
            while True:
                reply, sent = self._one_batch()
                more = self._take(reply, sent)
                if not progress(self.receipt):
                    return self.receipt
                if not more and self.known.owes:
                    self._bring_back()
                if not more and not self._fill_scopes(reply, progress):
                    break
            self.receipt.complete = True
            self._drop_gone()
        except Stopped:
            pass
        finally:
            self._next.end()
        return self.receipt

    def _one_batch(self) -> tuple[Reply, list[StoredChange]]:
        """Send a batch; where a server on the way takes only smaller requests (413), half of it, to its end."""
        batch = self._next.batch(self.known.acked) or next_batch(
            self.store, self.dev, self.known.acked, MOST_BYTES if self.receipt.trips else FIRST_BYTES)
        while True:
            try:
                return self._asked_with(halved(batch, self._most))
            except NotAnswered as no:
                whole = halved(batch, self._most)
                if no.problem.reason != "size" or len(smaller := halved(batch, len(whole) // 2)) == len(whole):
                    raise
                self._most = len(smaller)

    def _asked_with(self, batch: list[StoredChange]) -> tuple[Reply, list[StoredChange]]:
        """Ask with a batch, or with as much of it as the codes that go with it cover; gives what was sent, too."""
        with self.store.read() as conn:
            batch, groups = vouched.shown_with(conn, self.dev, batch)
            cursors = taking_in.cursors_of(conn)
            behind = 0
            if batch:   # counted once, or a long queue would be read again with each of its batches
                last, left = self._counted
                goes_on = last == self.known.acked and left >= len(batch)
                behind = left - len(batch) if goes_on else count_after(conn, self.dev, batch[-1].seq)
                self._counted = (batch[-1].seq, behind)
        pushed = cast("list[WireChange]", batch)   # they look the same on the wire
        request = Request(VERSION, self.known.epoch, cursors, pushed, self.known.acked, SCHEMA_VERSION,
                          not self.known.signing, authorities.announced(self.known.ca), behind, groups,
                          *(left_before(self.known, self._tried) if batch else ()))
        begun = self._next.begun(batch)
        body = begun.finished(request) if begun else None
        if behind:
            self._next.begin(batch[-1].seq)
        reply = self._ask("/sync", request, Reply, body)
        self.known.heard = min(self.known.heard, reply.time)   # no answer is newer: the hub's clock was put back
        self._met = reply.time if self._met is None else self._met
        return reply, batch

    def _take(self, reply: Reply, sent: list[StoredChange]) -> bool:
        """Keep what the hub said. Gives whether there is more to send or to receive at once.

        Raises NotAnswered (`cloned`) where the hub has more of this laptop than was ever written here: another one
        uses a copy of the folder, and whatever is written here next would count as sent.
        """
        now_ms = self._now_ms()
        with self.store.read() as conn:
            written = int(conn.execute(_WRITTEN).scalar_one())
        if reply.acked > written:
            raise NotAnswered(409, Problem("cloned"))
        self.receipt.sent += sum(1 for c in sent if c.seq <= reply.acked)
        with self.store.write() as conn:
            if reply.epoch != self.known.epoch:   # another hub, or one restored: its numbers mean something else now
                filling.note_former(conn)   # a hub that went back may not know that they were read here
                conn.execute(delete(local.scope_cursor))
                taking_in.forget_filled(conn)
                self.known.again = max(self.known.again, self.known.acked, self._tried)
                self.known.epoch = reply.epoch
                self.known.sealing = self.known.signing = ""   # it may stand on other keys now, and tells them
                self.known.owes = True
            if reply.signing:
                self.known.sealing, self.known.signing = reply.sealing, reply.signing
            vouched.keep(conn, self.dev, self.known.acked, sent, reply, self.store.clock())
            self.known.heard = max(self.known.heard, reply.time)
            if self._met:   # a hub that answers; what comes on a stick may be old
                contact.note(conn, self._met, now_ms)
                self._met = 0
            self.known.acked, self.known.backed_up = reply.acked, reply.backed_up
            self._note_verdicts(conn, reply, sent)
            if reply.authority:
                self.known.ca = authorities.with_next(self.known.ca, reply.authority)
            keep_known(conn, self.known)
            if reply.wanted:
                put_setting(conn, WANTED, reply.wanted)
            self.receipt.left = self._count_unsent(conn)
            if not reply.events:   # nothing that a save would have to wait for: one commit
                taking_in.keep_cursors(conn, reply.cursors)
                self._forget_what_waited(conn)
        if reply.events:
            self._apply(reply.events, reply.cursors, now_ms)
            with self.store.write() as conn:
                self._forget_what_waited(conn)
        return reply.more or self.receipt.left > 0

    def _bring_back(self) -> None:
        """Bring a hub that went back what no push sends any more; an older one asks for none of it."""
        try:
            for message in again.messages(self.store):
                self._ask(again_wire.PATH, message, again_wire.Took)
        except NotAnswered as no:
            if no.status != 404:
                raise
            return
        self.known.owes = False
        with self.store.write() as conn:
            keep_known(conn, self.known)

    def _forget_what_waited(self, conn: Connection) -> None:
        self.receipt.gone |= taking_in.forget_what_waited(conn, self.dev, self.known.acked, self.store.projections)

    def _apply(self, events: list[Event], cursors: dict[str, int], now_ms: int,
               page: tuple[str, list[str], int] | None = None) -> None:
        """Take in events slice by slice; with the last the cursors, or the end of a page of a fill, are kept."""
        parts = list(taking_in.slices(self._without_held(events), self.slice)) or [[]]
        for i, part in enumerate(parts):
            with self.store.write() as conn:
                came = taking_in.take_in(conn, part, self.known.acked, now_ms, self.store.projections)
                if i == len(parts) - 1:
                    taking_in.keep_cursors(conn, cursors)
                    if page:
                        filling.note(conn, filling.marks(conn), page[0], self.known.epoch, page[1], page[2])
            self.receipt.came |= came.touched
            self.receipt.new |= came.new
            self.receipt.gone |= came.gone
            if came.touched or came.gone:
                self.store.announce(Touched(frozenset(came.touched | came.gone), "merge", "", ""))
        if parts != [[]]:
            self._let_go(now_ms)

    def _without_held(self, events: list[Event]) -> list[Event]:
        """These events without deletions of more records than may be deleted unasked (`sync.mass_deletion`)."""
        if not any(mass_deletion.concerns(event) for event in events):
            return events
        if not any(mass_deletion.deletes(event) for event in events):
            with self.store.read() as conn:   # a first fill: no write for it where nothing waits
                waits = held_deletions.is_any(conn)
            if not waits:
                return events
        with self.store.write() as conn:
            rest, deleted = mass_deletion.held_back(conn, events, self._deleted)
        self._deleted += deleted
        return rest

    def _let_go(self, now_ms: int) -> None:
        """What waits and has nothing to ask any more, because others decided, is taken in."""
        with self.store.read() as conn:
            events = mass_deletion.superfluous(conn) if held_deletions.is_any(conn) else []
        for part in mass_deletion.steps(events):
            with self.store.write() as conn:
                self.receipt.came |= mass_deletion.take_in(conn, part, self.known.acked, now_ms,
                                                           self.store.projections)

    def _drop_gone(self) -> None:
        now = self.store.clock()
        with self.store.read() as conn:
            due = settled.is_due(conn, now)
        if due:
            with self.store.write() as conn:
                settled.drop_gone(conn, now)

    def _note_verdicts(self, conn: Connection, reply: Reply, sent: list[StoredChange]) -> None:
        by_seq = {c.seq: c for c in sent}
        lines = [{"seq": v.seq, "state": v.state, "reason": v.reason, "type": by_seq[v.seq].type,
                  "uid": by_seq[v.seq].uid, "set": bytes(by_seq[v.seq].set).decode(),
                  "at": self.store.clock().isoformat()} for v in reply.verdicts if v.seq in by_seq]
        taking_in.note_verdicts(conn, self.dev, lines)
        self.receipt.not_taken += len(lines)

    def _count_unsent(self, conn: Connection) -> int:
        """Records with changes that no hub has; the number of the top bar is set to it."""
        left = int(conn.execute(_COUNT_UNSENT, {"at_dev": self.dev, "after": self.known.acked}).scalar_one())
        conn.execute(_PUT_COUNTER, {"name": "unsent", "value": left})
        return left

    def _fill_scopes(self, reply: Reply, progress: Progress) -> bool:
        """Fill scopes that are new and forget those that were taken away. Gives whether anything was done."""
        with self.store.read() as conn:
            have = taking_in.cursors_of(conn)
            former = filling.former(conn)
            noted = filling.marks(conn)
        new = sorted(set(reply.scopes) - set(have))
        # scopes read here and not to be read any more, too: where the folder was copied, the other laptop may have told
        # the hub that "this one" has forgotten them
        lost = sorted(set(reply.lost) | set(have) - set(reply.scopes))
        if lost:   # all at once: a scope given back in the middle of it is then filled anew
            with self.store.write() as conn:
                filling.note_former(conn)   # until they are forgotten: this laptop may get another name before that
                conn.execute(delete(local.scope_cursor).where(local.scope_cursor.c.scope.in_(lost)))
                filling.done(conn, noted, lost)
        for scope in new + lost:
            after, first = filling.begun(noted, scope, self.known.epoch) if scope in new else (None, None)
            paged = after is not None
            while True:
                page = self._ask("/fill", Fill(VERSION, scope, after, scope in lost, sv=SCHEMA_VERSION,
                                               most=self.page_bytes), Filled)
                first = page.upto if first is None else first
                mark = (scope, page.last, first) if scope in new and page.more and page.last else None
                paged = paged or mark is not None
                ends = {scope: first} if scope in new and not page.more else {}
                if page.events or mark or ends:
                    self._apply(page.events, ends, self._now_ms(), mark)
                if not progress(self.receipt):
                    raise Stopped   # what is left makes no complete receipt
                if not page.more:
                    break
                after = page.last
            if scope in new and paged:
                filling.end(self.store, scope)
            if scope in lost:
                self._ask("/fill", Fill(VERSION, scope, lost=True, done=True), Filled)
        if former:
            return self._forget_former({*former, *lost, *reply.scopes}, progress)
        if lost:
            self.store.set_setting(filling.FORMER, None)
        return bool(new or lost)

    def _forget_former(self, scopes: set[str], progress: Progress) -> bool:
        """A laptop that reads under another name than before asks what left its scopes meanwhile. Whether it did."""
        for scope in sorted(scopes):
            after: list[str] | None = None
            while True:
                page = self._ask("/fill", Fill(VERSION, scope, after, lost=True, sv=SCHEMA_VERSION), Filled)
                if page.events:
                    self._apply(page.events, {}, self._now_ms())
                if not progress(self.receipt):
                    raise Stopped   # what is left makes no complete receipt
                if not page.more:
                    break
                after = page.last
        self.store.set_setting(filling.FORMER, None)
        return True

    def ask(self, path: str, message: Struct, kind: type[T]) -> T:
        """One more message within this sync. Raises NotAnswered, Garbled, OSError, or Stopped while it waits."""
        return self._ask(path, message, kind)

    def _ask(self, path: str, message: Struct, kind: type[T], body: bytes | None = None) -> T:
        """One request; asked again with the hub's time if this laptop's clock is off, or when the hub was busy.

        A request that arrived twice is asked anew: whatever doubled it, its first answer went astray.
        """
        body = body or packed(message, short=self._short)
        once, waited = {"clock", "repeated"}, 0
        while True:
            headers = signing.headers_for(self._key, self.dev, path, self._now_ms() + self.known.ahead,
                                          self.known.epoch, body)
            status, answer = self.link(path, headers, body)
            self.receipt.trips += 1
            if status == 200:
                return unpacked(answer, kind)
            problem = problem_of(status, answer)
            if problem.reason == "frame" and self._short:   # a hub that knows plain frames alone
                self._short, body = False, packed(message)
                continue
            if problem.reason in once:
                once.discard(problem.reason)
                if problem.reason == "clock":
                    self.known.ahead = problem.time - self._now_ms()
                continue
            if status in BUSY and problem.retry_after > 0 and waited < MOST_WAITS:
                if self._wait(min(problem.retry_after, LONGEST_WAIT)) is False:
                    raise Stopped
                waited += 1
                continue
            raise NotAnswered(status, problem)

    def _now_ms(self) -> int:
        return millis(self.store.clock)


_WRITTEN = select(local.device.c.seq)
_COUNT_UNSENT = select(func.count()).select_from(select(local.change.c.type, local.change.c.uid).where(
    local.change.c.dev == bindparam("at_dev"), local.change.c.seq > bindparam("after"),
    local.change.c.sample.is_(None)).distinct().subquery())
_PUT_COUNTER = sqlite.insert(local.counter)
_PUT_COUNTER = _PUT_COUNTER.on_conflict_do_update(index_elements=["name"], set_={"value": _PUT_COUNTER.excluded.value})


def millis(clock: Clock) -> int:
    """Milliseconds since 1970 of a clock."""
    return int(clock().timestamp() * 1000)
