"""Superseded stamps that nobody can bring here any more are dropped, daily (DECISIONS 22); never one that may come yet.

A stamp is kept because its change may arrive after what replaced it. Once the change stands in `received`, whatever
was said of it but `held`, it is never taken in again; and rows that come whole hold everything up to their number.
A change that has not come is waited for while its laptop may send it: one that was stopped, and one not heard of for
the days of the lease and 90 more, in which it keeps what it sent, holds nothing back. Should its change come after all
(from a kept file, or a drawer), it stands beside the other value and somebody is asked: nothing is lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, and_, delete, exists, func, or_, select, tuple_

from kanto_desk.db import local
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.hub import losing
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub
from kanto_desk.sync.vouched import DAYS as KEPT_DAYS

SLICE: Final = 1000
SHIPPED: Final = "0" * 16
"""The device of shipped data, which sends nothing."""


def drop_gone(hub: Hub) -> int:
    """Drop what is settled, slice by slice, so that no laptop waits long; gives how many stamps."""
    dropped = 0
    while True:
        with hub.write() as conn:
            found = _settled(conn, hub.clock())
            if found:
                g = local.gone.c
                conn.execute(delete(local.gone).where(tuple_(g.type, g.uid, g.field, g.stamp).in_(found)))
        dropped += len(found)
        if len(found) < SLICE:
            return dropped


def _settled(conn: Connection, now: datetime) -> list[tuple[str, str, str, str]]:
    g, r, d = local.gone.c, t.received.c, t.device.c
    dev, hlc = func.substr(g.stamp, 17), func.substr(g.stamp, 1, 16)
    came = exists().where(r.type == g.type, r.uid == g.uid, r.dev == dev, r.hlc == hlc,
                          or_(r.verdict.is_(None), r.verdict != "held"))
    days = losing.lease_of(conn, "")[0] + KEPT_DAYS
    since = now - timedelta(days=days)
    seen = {row.dev: (row.state, datetime.fromisoformat(row.seen_at or row.made_at))
            for row in conn.execute(select(d.dev, d.state, d.seen_at, d.made_at))}
    over = {one for one, (state, at) in seen.items() if at < since or (state != "active" and at < now)}
    # names that laptops had before, and laptops that never joined: the clock of the stamp is all that is known of them
    before = f"{int(since.timestamp() * 1000) << COUNTER_BITS:016x}"
    nobody = and_(~exists().where(d.dev == dev), hlc < before)
    return [(row.type, row.uid, row.field, row.stamp) for row in conn.execute(
        select(local.gone).where(or_(came, dev == SHIPPED, nobody, dev.in_(sorted(over)))).limit(SLICE)).all()]
