"""What this laptop has to send: its own changes that no hub has acknowledged, in the order in which they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, func, select

from kanto_desk.db import local
from kanto_desk.db.apply import Change
from kanto_desk.db.operation import frozen_upto, note_frozen
from kanto_desk.db.store import Store
from kanto_desk.sync.wire import MOST_BYTES, MOST_CHANGES, StoredChange

_AROUND: Final = 320
"""Bytes of a change on the wire besides what it sets and saw."""

SENT = "hub_acked"
"""Setting: the highest number of this laptop that the hub has committed."""


def change_of(row: Any) -> Change:
    """A line of the journal as a change."""
    return Change(int(row.dev, 16), row.seq, int(row.hlc, 16), row.sv, row.tx, row.type, row.uid, json.loads(row.set),
                  json.loads(row.base), row.by, row.wall)


def unsent(conn: Connection, dev: str, after: int, most: int = -1) -> list[Change]:
    """Changes of this laptop after number `after`, oldest first; sample data is never among them."""
    c = local.change.c
    query = select(local.change).where(c.dev == dev, c.seq > after, c.sample.is_(None)).order_by(c.seq)
    return [change_of(row) for row in conn.execute(query.limit(most) if most >= 0 else query)]


def freeze(conn: Connection, dev: str, numbers: Iterable[int]) -> None:
    """Let no autosave extend these changes any more: committed before a byte of them leaves (DECISIONS 5)."""
    wanted = max(numbers, default=0)
    if wanted:
        note_frozen(conn, dev, wanted)


def next_batch(store: Store, dev: str, after: int) -> list[StoredChange]:
    """The oldest changes not sent yet, frozen, as many as one request carries; an operation is not cut.

    Everything written so far is frozen at once: what waits for a later batch would otherwise be read twice.
    """
    c = local.change.c
    query = select(local.change).where(c.dev == dev, c.seq > after, c.sample.is_(None)).order_by(c.seq)
    with store.read() as conn:
        if conn.execute(query.limit(1)).first() is None:
            return []
    with store.write() as conn:
        note_frozen(conn, dev, conn.execute(select(local.device.c.seq)).scalar_one())
    with store.read() as conn:
        return _first_batch(conn, query.where(c.seq <= frozen_upto(conn, dev)))


def count_after(conn: Connection, dev: str, after: int) -> int:
    """How many changes of this laptop wait behind one number."""
    c = local.change.c
    return int(conn.execute(select(func.count()).where(c.dev == dev, c.seq > after, c.sample.is_(None))).scalar_one())


def sent_of(conn: Connection, dev: str, after: int, upto: int) -> list[StoredChange]:
    """Changes of this laptop after one number and up to another, as they were sent, oldest first."""
    c = local.change.c
    return [_stored(row) for row in conn.execute(select(local.change).where(
        c.dev == dev, c.seq > after, c.seq <= upto, c.sample.is_(None)).order_by(c.seq))]


def _stored(row: Any) -> StoredChange:
    return StoredChange(row.dev, row.seq, row.hlc, row.sv, row.tx, row.type, row.uid, row.by, row.wall,
                        msgspec.Raw(row.set.encode()), msgspec.Raw(row.base.encode()))


def _first_batch(conn: Connection, query: Select[Any]) -> list[StoredChange]:
    batch: list[StoredChange] = []
    size, whole = 0, 0   # `whole`: so many of them end with an operation
    for part in conn.execute(query).partitions(400):
        for row in part:
            if batch and row.tx != batch[-1].tx:
                whole = len(batch)
            change = _stored(row)
            size += len(bytes(change.set)) + len(bytes(change.base)) + _AROUND
            if whole and (size > MOST_BYTES or len(batch) == MOST_CHANGES):
                return batch[:whole]
            batch.append(change)
    return batch
