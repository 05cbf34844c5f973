"""Superseded stamps whose change has come by now: a desk drops them once a day (DECISIONS 22).

A change that stands in the journal is not taken in a second time. This laptop's own are left out: what is unsent is
merged again into rows that come whole.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, exists, func, select

from kanto_desk.db import local
from kanto_desk.db.store import put_setting, setting_in

LAST: Final = "gone_dropped"
"""Setting: the day on which that was done last."""


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether it was not done on this day, and there is anything to drop."""
    return setting_in(conn, LAST) != now.date().isoformat() and (
        conn.execute(select(local.gone.c.uid).limit(1)).first() is not None)


def drop_gone(conn: Connection, now: datetime) -> int:
    """Drop what is settled, in the caller's transaction; gives how many stamps."""
    g, c = local.gone.c, local.change.c
    own = select(local.device.c.dev).scalar_subquery()
    dev, hlc = func.substr(g.stamp, 17), func.substr(g.stamp, 1, 16)
    came = exists().where(c.type == g.type, c.uid == g.uid, c.dev == dev, c.hlc == hlc)
    put_setting(conn, LAST, now.date().isoformat())
    return int(conn.execute(delete(local.gone).where(came, dev != own)).rowcount)
