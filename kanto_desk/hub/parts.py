"""The parts of reference numbers that a hub gives its laptops: P01, P02 and so on, each once (decision 15)."""

from __future__ import annotations

import re
import secrets
from typing import Final

from sqlalchemy import Connection, select, update

from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import put_value, value_of

MARK: Final = "part_mark"
"""Setting: three letters behind each part given from here on, new in each hub that was made anew from a backup."""

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_NUMBER: Final = re.compile(r"P(\d+)")


_LOCK = update(t.hub).where(t.hub.c.key == "epoch").values(value=t.hub.c.value)   # on PostgreSQL
_PARTS = select(t.device.c.part)


def new_part(conn: Connection) -> str:
    """A part that no laptop of this hub has, in the caller's transaction; who enrols meanwhile waits for its end."""
    conn.execute(_LOCK)
    given = conn.execute(_PARTS).scalars()
    last = max((int(m[1]) for m in map(_NUMBER.match, given) if m), default=0)
    return f"P{last + 1:02d}{value_of(conn, MARK, '')}"


def begin_anew(conn: Connection) -> None:
    """A hub made anew from a backup does not know which parts were given since: from now on they bear another mark."""
    before = value_of(conn, MARK, "")
    mark = before
    while mark == before:
        mark = "".join(secrets.choice(_LETTERS) for _ in range(3))
    put_value(conn, MARK, mark)
