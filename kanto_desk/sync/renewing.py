"""Joining once more: under another device id where a folder was used on two laptops, under its own at an empty hub.

A hub knows (device, number) once; what both copies wrote under one name has to travel under two. A hub that does not
know this laptop at all has nothing of it, and gets everything that was written here.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, bindparam, delete, func, select, update

from kanto_desk.db import local
from kanto_desk.db.schema import records, wire_table
from kanto_desk.db.store import Store, new_device, put_setting
from kanto_desk.sync import filling, taking_in
from kanto_desk.sync.client import HUB, known_hub
from kanto_desk.sync.contact import LEASE
from kanto_desk.sync.outbox import unsent


def renew(store: Store, acked: int | None = None, *, new_part: bool = False,
          also: Callable[[Connection], None] = lambda _conn: None) -> int:
    """Leave the hub and give this desk a new device id, all or nothing; gives how many unsent changes go under it.

    The rows stay; every scope is read anew after the next enrolment: what the other copy sent counted as our own.
    `acked`: up to which number the hub has the old line, where the caller knows better than this store. With
    `new_part` numbers for people get another device part, too: those given out since a backup are not known here. The
    lease stays, under the name by which the hub gave it. `also` is written in the same transaction, last.
    """
    known = known_hub(store)
    if acked is None:
        acked = known.acked if known else 0
    lease = store.setting(LEASE)
    old = f"{store.device()[0]:016x}"
    with store.write() as conn:
        mine = unsent(conn, old, acked)
        hlc = conn.execute(select(local.device.c.hlc)).scalar_one()
        part = conn.execute(select(local.device.c.part)).scalar_one()
        new_device(conn, store.clock)
        if new_part:
            part = conn.execute(select(local.device.c.part)).scalar_one()
        dev = conn.execute(select(local.device.c.dev)).scalar_one()
        c = local.change.c
        for n, change in enumerate(mine, 1):
            conn.execute(update(local.change).where(c.dev == old, c.seq == change.seq).values(dev=dev, seq=n))
            _restamp(conn, change.type, change.uid, change.stamp, change.stamp[:16] + dev)
        conn.execute(update(local.device).values(seq=len(mine), hlc=hlc, part=part))
        forget_reading(conn)
        conn.execute(delete(local.setting).where(local.setting.c.key == HUB))
        if lease:
            put_setting(conn, LEASE, {**lease, "dev": lease.get("dev", old),
                                      "heard": max(lease.get("heard", 0), known.heard if known else 0)})
        conn.execute(update(local.counter).where(local.counter.c.name == "unsent").values(value=_unsent(conn, dev)))
        also(conn)
    return len(mine)


def forget_reading(conn: Connection) -> None:
    """Read every scope anew: the numbers of another hub mean nothing at the next one. In the caller's transaction.

    What was read until now is remembered: whatever left those scopes meanwhile has to be asked for.
    """
    filling.note_former(conn)
    conn.execute(delete(local.scope_cursor))
    taking_in.forget_filled(conn)
    conn.execute(delete(local.setting).where(local.setting.c.key == filling.FILLING))


def rename(store: Store, also: Callable[[Connection], None] = lambda _conn: None) -> None:
    """Give a desk that never joined a hub another device id and number part: everything it wrote goes under it.

    By whole tables, because nothing of it was ever sent. `also` is written in the same transaction, last.
    """
    old = f"{store.device()[0]:016x}"
    with store.write() as conn:
        seq = conn.execute(select(local.device.c.seq)).scalar_one()
        new_device(conn, store.clock)
        dev = conn.execute(select(local.device.c.dev)).scalar_one()
        conn.execute(update(local.device).values(seq=seq))
        for table in (*(wire_table(name) for name in records()), local.strange):
            named = table.c["_stamps"]
            conn.execute(update(table).where(named.contains(old)).values(_stamps=func.replace(named, old, dev)))
        for other in (local.head, local.gone):
            conn.execute(update(other).where(other.c.stamp.contains(old)).values(
                stamp=func.replace(other.c.stamp, old, dev)))
        c = local.change.c
        conn.execute(update(local.change).where(c.base.contains(old)).values(base=func.replace(c.base, old, dev)))
        conn.execute(update(local.change).where(c.dev == old).values(dev=dev))
        conn.execute(update(local.counter).where(local.counter.c.name == "unsent").values(value=_unsent(conn, dev)))
        also(conn)


def _unsent(conn: Connection, dev: str) -> int:
    c = local.change.c
    return int(conn.execute(select(func.count()).select_from(
        select(c.type, c.uid).where(c.dev == dev, c.sample.is_(None)).distinct().subquery())).scalar_one())


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
