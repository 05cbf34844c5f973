"""Visits of one company that bear the same number: two laptops that start a visit apart both count from what they know.

A number is a field that people see on paper, so nothing changes it by itself; it is told, and the next free is offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.store import Store
from kanto_desk.services import merging
from kanto_desk.services.consultations import edit


@dataclass(frozen=True, slots=True)
class Twice:
    """The number of a visit that another visit of its company bears, that one's day and subject, and a free number."""

    nth: int
    held_on: date | None
    theme: str
    free: int


def twice(store: Store, uid: str) -> Twice | None:
    """Which other visit bears the number of this one; None where it is the only one, has none, or is not here."""
    c = Consultation
    with store.read() as conn:
        mine = conn.execute(select(c.organization, c.nth).where(c.uid == uid, c.deleted_at.is_(None))).one_or_none()
        if mine is None or mine.nth is None or mine.organization is None:
            return None
        end = merging.roots(conn).get(mine.organization, mine.organization)
        rows = conn.execute(select(c.uid, c.nth, c.held_on, c.theme).where(
            c.organization.in_(merging.members(conn, end)), c.deleted_at.is_(None), c.uid != uid)
            .order_by(c.held_on, c.uid)).all()
    other = next((r for r in rows if r.nth == mine.nth), None)
    if other is None:
        return None
    used = {r.nth for r in rows}
    free = next(n for n in range(mine.nth + 1, mine.nth + len(rows) + 2) if n not in used)
    return Twice(mine.nth, other.held_on, other.theme or "", free)


def standing_twice(store: Store, uids: Sequence[str]) -> frozenset[str]:
    """Those of these visits, at most some hundred, whose number another visit of their company bears."""
    c = Consultation
    with store.read() as conn:
        ends = merging.roots(conn)
        asked = {r.organization for r in conn.execute(select(c.organization).where(c.uid.in_(uids))) if r.organization}
        companies = {ends.get(one, one) for one in asked}
        every = companies | {one for one, end in ends.items() if end in companies}
        bearing: dict[tuple[str, int], list[str]] = {}
        for r in conn.execute(select(c.uid, c.organization, c.nth).where(
                c.organization.in_(every), c.nth.is_not(None), c.deleted_at.is_(None))):
            bearing.setdefault((ends.get(r.organization, r.organization), r.nth), []).append(r.uid)
    return frozenset(uid for found in bearing.values() if found[1:] for uid in found).intersection(uids)


def renumber(store: Store, uid: str, nth: int) -> None:
    """Give a visit this number, in a step that can be undone. Raises Refused when the record is signed."""
    edit(store, uid, {"nth": nth}, part="number")
