"""What the next sync will send: by kind, by record, since when, and by when it should be with the secretariat."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, LargeBinary, cast, func, select

from kanto_desk.clock import JST, today
from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.operation import count_unsent
from kanto_desk.db.schema import records
from kanto_desk.db.store import Store
from kanto_desk.services.belonging import belonging, type_words

WITHIN_DAYS = 5
"""So many days after it was written a record should be with the secretariat: the day of a 日報 (DOMAIN 0.4)."""
MOST_NAMED = 2_000
RECEIPTS = "sync_receipts"
"""Setting: the last receipts (`receipts.Noted`), newest first."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record with parts that were not sent: how many changes of it wait."""

    root: Key
    title: str
    changes: int


@dataclass(frozen=True, slots=True)
class Due:
    """The first day of what is unsent, the last day on which it should go, and how many days are left (< 0: over)."""

    since: date
    last: date
    left: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """What waits: rows by kind, records by title with the most changed first, and the deadline. Empty: nothing.

    `size`: bytes of what was changed, before they are packed.
    """

    kinds: tuple[tuple[str, int], ...] = ()
    records: tuple[Record, ...] = ()
    changes: int = 0
    due: Due | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the top bar tells: records unsent, their deadline (None before enrolment), whether a hub is known."""

    unsent: int
    due: Due | None
    enrolled: bool


def standing(store: Store) -> Standing:
    """The numbers of the top bar, read cheaply: it asks after every save."""
    with store.read() as conn:
        unsent = count_unsent(conn)
    enrolled = store.setting(local.HUB) is not None
    return Standing(unsent, due(store) if enrolled and unsent else None, enrolled)


def last_success(store: Store) -> datetime | None:
    """When the hub was reached last; None if never, or not lately."""
    return next((datetime.fromisoformat(one["at"]) for one in store.setting(RECEIPTS, []) if not one["trouble"]), None)


def due(store: Store) -> Due | None:
    """The deadline of what was not sent; None where nothing waits."""
    dev, acked = _own(store)
    c = local.change.c
    with store.read() as conn:
        wall = conn.execute(select(c.wall).where(c.dev == dev, c.seq > acked, c.sample.is_(None))
                            .order_by(c.seq).limit(1)).scalar()
    if wall is None:
        return None
    since = datetime.fromisoformat(wall).astimezone(JST).date()
    last = since + timedelta(days=WITHIN_DAYS)
    return Due(since, last, (last - today(store.clock)).days)


def unsent(store: Store) -> Unsent:
    """What the next sync will send. Records are named up to a bound; the kinds count all."""
    dev, acked = _own(store)
    c = local.change.c
    own = (c.dev == dev, c.seq > acked, c.sample.is_(None))
    kinds: Counter[str] = Counter()
    by_root: Counter[Key] = Counter()
    titles: dict[Key, str] = {}
    with store.read() as conn:
        rows = conn.execute(select(
            c.type, c.uid, func.count(), func.sum(_bytes(c.set) + _bytes(c.base))).where(*own).group_by(c.type, c.uid)
                            .order_by(func.max(c.seq).desc())).all()
        for n, (type_name, uid, changes, _size) in enumerate(rows):
            kinds[type_words(type_name)] += 1
            if n < MOST_NAMED and type_name in records():
                where = belonging(conn, (type_name, uid))
                titles[where.root] = where.title
                by_root[where.root] += changes
    return Unsent(tuple(kinds.most_common()), tuple(Record(root, titles[root], n) for root, n in by_root.most_common()),
                  sum(row[2] for row in rows), due(store), sum(row[3] for row in rows))


def _bytes(text: ColumnElement[str]) -> ColumnElement[int]:
    return func.length(cast(text, LargeBinary))


def _own(store: Store) -> tuple[str, int]:
    known = store.setting(local.HUB)
    return f"{store.device()[0]:016x}", int(known["acked"]) if known is not None else 0
