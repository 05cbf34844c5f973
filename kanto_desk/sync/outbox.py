"""What this laptop has to send: its own changes that no hub has acknowledged, in the order in which they were made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select, update

from kanto_desk.db import local
from kanto_desk.db.apply import Change

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
    wanted = sorted(numbers)
    if wanted:
        c = local.change.c
        conn.execute(update(local.change).where(c.dev == dev, c.seq.between(wanted[0], wanted[-1])).values(frozen=1))
