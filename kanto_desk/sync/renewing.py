"""Joining once more: under another device id where a folder was used on two laptops, under its own at an empty hub.

A hub knows (device, number) once; what both copies wrote under one name has to travel under two. A hub that does not
know this laptop at all has nothing of it, and gets everything that was written here.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, func, select, update

from kanto_desk.db import local
from kanto_desk.db.schema import records, wire_table
from kanto_desk.db.store import Store, new_device
from kanto_desk.sync.client import HUB, known_hub
from kanto_desk.sync.enrolling import LEASE
from kanto_desk.sync.filling import FILLING
from kanto_desk.sync.outbox import unsent


def renew(store: Store) -> int:
    """Leave the hub and give this desk a new device id, all or nothing; gives how many unsent changes go under it.

    The rows stay; every scope is read anew after the next enrolment: what the other copy sent counted as our own.
    """
    known = known_hub(store)
    acked = known.acked if known else 0
    old = f"{store.device()[0]:016x}"
    with store.write() as conn:
        mine = unsent(conn, old, acked)
        hlc = conn.execute(select(local.device.c.hlc)).scalar_one()
        part = conn.execute(select(local.device.c.part)).scalar_one()
        new_device(conn, store.clock)
        dev = conn.execute(select(local.device.c.dev)).scalar_one()
        c = local.change.c
        for n, change in enumerate(mine, 1):
            conn.execute(update(local.change).where(c.dev == old, c.seq == change.seq).values(dev=dev, seq=n))
            _restamp(conn, change.type, change.uid, change.stamp, change.stamp[:16] + dev)
        conn.execute(update(local.device).values(seq=len(mine), hlc=hlc, part=part))
        forget_reading(conn)
        conn.execute(delete(local.setting).where(local.setting.c.key.in_([HUB, LEASE])))
        conn.execute(update(local.counter).where(local.counter.c.name == "unsent").values(value=int(conn.execute(
            select(func.count()).select_from(select(c.type, c.uid).where(c.dev == dev).distinct().subquery())
        ).scalar_one())))
    return len(mine)


def forget_reading(conn: Connection) -> None:
    """Read every scope anew: the numbers of another hub mean nothing at the next one. In the caller's transaction."""
    conn.execute(delete(local.scope_cursor))
    conn.execute(delete(local.filled))
    conn.execute(delete(local.setting).where(local.setting.c.key == FILLING))


def _restamp(conn: Connection, type_name: str, uid: str, old: str, new: str) -> None:
    """Name what a change wrote by its new stamp, wherever the old one stands for this record."""
    table = wire_table(type_name) if type_name in records() else local.strange
    at = [table.c.uid == uid] + ([table.c.type == type_name] if type_name not in records() else [])
    conn.execute(update(table).where(*at).values(_stamps=func.replace(table.c["_stamps"], old, new)))
    for other in (local.head, local.gone):
        conn.execute(update(other).where(other.c.type == type_name, other.c.uid == uid, other.c.stamp == old)
                     .values(stamp=bindparam("to")), {"to": new})
    c = local.change.c
    conn.execute(update(local.change).where(c.type == type_name, c.uid == uid, c.base.contains(old))
                 .values(base=func.replace(c.base, old, new)))
