"""What this laptop has to send: its own changes that no hub has acknowledged, in the order in which they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, LargeBinary, bindparam, cast, func, select

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


def next_batch(store: Store, dev: str, after: int, most_bytes: int = MOST_BYTES) -> list[StoredChange]:
    """The oldest changes not sent yet, frozen, as many as one request carries; an operation is not cut.

    Everything written so far is frozen at once: what waits for a later batch would otherwise be read twice.
    """
    with store.read() as conn:
        if conn.execute(_ANY, {"at_dev": dev, "after": after}).first() is None:
            return []
    with store.write() as conn:
        note_frozen(conn, dev, conn.execute(_WRITTEN).scalar_one())
    with store.read() as conn:
        return frozen_batch(conn, dev, after, most_bytes)


def frozen_batch(conn: Connection, dev: str, after: int, most_bytes: int = MOST_BYTES) -> list[StoredChange]:
    """The same of what is frozen already."""
    batch: list[StoredChange] = []
    size, whole, last = 0, 0, ""   # `whole`: so many of them end with an operation
    found = conn.execute(_SENT, {"at_dev": dev, "after": after, "upto": frozen_upto(conn, dev)})
    with found:   # left open it would keep its snapshot, and whoever writes on this connection next is refused
        for part in found.partitions(400):
            for row in part:
                change = _stored(*row)
                if batch and change.tx != last:
                    whole = len(batch)
                last = change.tx
                size += len(row[9]) + len(row[10]) + _AROUND
                if whole and (size > most_bytes or len(batch) == MOST_CHANGES):
                    return batch[:whole]
                batch.append(change)
    return batch


def count_after(conn: Connection, dev: str, after: int) -> int:
    """How many changes of this laptop wait behind one number."""
    return int(conn.execute(_COUNT, {"at_dev": dev, "after": after}).scalar_one())


def sent_of(conn: Connection, dev: str, after: int, upto: int) -> list[StoredChange]:
    """Changes of this laptop after one number and up to another, as they were sent, oldest first."""
    return [_stored(*row) for row in conn.execute(_SENT, {"at_dev": dev, "after": after, "upto": upto})]


def _stored(dev: str, seq: int, hlc: str, sv: int, tx: str, type_name: str, uid: str, by: str, wall: str,
            sets: bytes, base: bytes) -> StoredChange:
    return StoredChange(dev, seq, hlc, sv, tx, type_name, uid, by, wall, msgspec.Raw(sets), msgspec.Raw(base))


_C = local.change.c
_OWN = (_C.dev == bindparam("at_dev"), _C.seq > bindparam("after"), _C.sample.is_(None))
_ANY = select(_C.seq).where(*_OWN).limit(1)
_COUNT = select(func.count()).where(*_OWN)
_WRITTEN = select(local.device.c.seq)
_SENT = select(_C.dev, _C.seq, _C.hlc, _C.sv, _C.tx, _C.type, _C.uid, _C.by, _C.wall,
               cast(_C.set, LargeBinary), cast(_C.base, LargeBinary)   # as bytes: nobody reads them here
               ).where(*_OWN, _C.seq <= bindparam("upto")).order_by(_C.seq)
