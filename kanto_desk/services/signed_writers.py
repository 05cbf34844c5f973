"""Who edited a record that was signed meanwhile: everybody, when last, and on which laptop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.fields import Json
from kanto_desk.services.contested_sides import Writer, part_of_device, writer_of

Standing = tuple[str, Key, str, Json]
"""A stamp, the record and field that it stands at, and the value that stands there."""


def writers_of(conn: Connection, standing: Iterable[Standing], own: str) -> tuple[Writer, ...]:
    """Everybody who wrote these values, once for each laptop, the newest first. `own` is this laptop."""
    found: dict[tuple[str, str], datetime] = {}
    known: set[str] = set()   # one operation stamps all its rows alike
    for stamp, key, name, wire in standing:
        if stamp in known:
            continue
        by, at, dev = writer_of(conn, key, name, stamp, wire)
        if not undoes(conn, key, stamp):   # what an undo brings back may be of several people
            known.add(stamp)
        found[by, dev] = max(at, found.get((by, dev), at))
    return tuple(Writer(by, at, dev == own, part_of_device(dev))
                 for (by, dev), at in sorted(found.items(), key=lambda one: one[1], reverse=True))


def undoes(conn: Connection, key: Key, stamp: str) -> bool:
    """Whether the change of this record that left the stamp was an undo."""
    c, op = local.change.c, local.operation
    return bool(conn.execute(select(op.c.undoes).join(local.change, op.c.tx == c.tx).where(
        c.type == key[0], c.uid == key[1], c.hlc == stamp[:16], c.dev == stamp[16:])).scalar())
