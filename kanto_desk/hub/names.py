"""Names under which laptops sign: where one is not the name of the laptop's person, the audit log says so, once.

Nothing is refused for it: a name may be spelled in many ways, and what was written before joining keeps its own.
"""

from __future__ import annotations

import json
from collections.abc import Set
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select

from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import put_value
from kanto_desk.rules.spelling import same_name

MOST: Final = 20
"""Names noted for one laptop; one that writes more is told by those."""

_NAME: Final = select(
    t.person.c.name, select(t.hub.c.value).where(t.hub.c.key == bindparam("at_key")).scalar_subquery().label("noted")
    ).where(t.person.c.uid == bindparam("at_person"))


def note(conn: Connection, dev: str, person: str, signed: Set[str], now: datetime) -> None:
    """Note names new to this laptop that its person does not bear, at the end of the caller's transaction."""
    key = f"signed {dev}"
    known = conn.execute(_NAME, {"at_person": person, "at_key": key}).one_or_none()
    own = known.name if known is not None else ""
    others = sorted(name for name in signed if name and not same_name(name, own))
    if not others:
        return
    noted: list[str] = json.loads(known.noted) if known is not None and known.noted else []
    new = [name for name in others if name not in noted][:max(MOST - len(noted), 0)]
    if not new:
        return
    put_value(conn, key, noted + new)
    for name in new:
        accounts.note(conn, dev, "signed otherwise", now, person=person, signed=name)
