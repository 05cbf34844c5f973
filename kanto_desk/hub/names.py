"""Names under which laptops sign: where one is not the name of the laptop's person, the audit log says so, once.

Nothing is refused for it: a name may be spelled in many ways, and what was written before joining keeps its own.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import put_value, value_of
from kanto_desk.rules.spelling import same_name

MOST: Final = 20
"""Names noted for one laptop; one that writes more is told by those."""

_NAME: Final = select(t.person.c.name).where(t.person.c.uid == bindparam("at_person"))


def note(conn: Connection, dev: str, person: str, signed: Set[str], now: datetime) -> None:
    """Note names new to this laptop that its person does not bear, at the end of the caller's transaction."""
    own = conn.execute(_NAME, {"at_person": person}).scalar() or ""
    others = sorted(name for name in signed if name and not same_name(name, own))
    if not others:
        return
    key = f"signed {dev}"
    noted: list[str] = value_of(conn, key, [])
    new = [name for name in others if name not in noted][:max(MOST - len(noted), 0)]
    if not new:
        return
    put_value(conn, key, noted + new)
    for name in new:
        accounts.note(conn, dev, "signed otherwise", now, person=person, signed=name)
