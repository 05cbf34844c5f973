"""手を打つところ: what the figures show that one can act on now, whatever span is looked at. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, and_, func, select

from kanto_desk.clock import today
from kanto_desk.db import at_once
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.services import figures_sql as sql
from kanto_desk.services import merging
from kanto_desk.services.figures import Behind

Kind = Literal["overdue", "unsigned", "unseen", "planned"]
UNSEEN_MONTHS: Final = 6
UNSIGNED_DAYS: Final = 365
"""An older visit is not signed any more; the same limit as on きょう."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to act on: the records, the first companies concerned, and the oldest day."""

    kind: Kind
    behind: Behind
    names: tuple[str, ...]
    since: date | None

    @property
    def count(self) -> int:
        """How many records it is about."""
        return len(self.behind.uids)


def read(store: Store, *, own: bool) -> tuple[Task, ...]:
    """What there is to act on, the most pressing first; nothing that has no record behind it."""
    day = today(store.clock)
    with store.read() as conn:
        alive = _alive(conn, store.person if own else "")
        found = (_overdue(conn, alive, day), _planned(conn, alive, day), _unsigned(conn, alive, day),
                 _unseen(conn, alive, day))
    return tuple(task for task in found if task.count)


def _alive(conn: Connection, me: str) -> list[Any]:
    """Conditions on a visit that is neither in the bin nor called off, and mine if only mine are meant."""
    c = wire_table("consultation")
    called_off = sql.cancelled(conn)
    where: list[Any] = [c.c.deleted_at.is_(None)]
    if called_off:
        where.append(~at_once.among(c.c.uid, called_off))
    if me:
        where.append(sql.is_mine(c, me))
    return where


def _overdue(conn: Connection, alive: list[Any], day: date) -> Task:
    """Promises past their day, the oldest first."""
    c, p = wire_table("consultation"), wire_table("promise")
    late = [p.c.state == "open", p.c.deleted_at.is_(None), p.c.due_on < day.isoformat()]
    of = p.join(c, c.c.uid == p.c.consultation)
    uids = at_once.uids(conn, select(p.c.uid).select_from(of).where(*late, *alive).order_by(p.c.due_on, p.c.uid))
    first = select(p.c.organization, p.c.due_on).select_from(of).where(*late, *alive).order_by(p.c.due_on, p.c.uid)
    return _task(conn, "overdue", Behind("promise", tuple(uids)), first)


def _unsigned(conn: Connection, alive: list[Any], day: date) -> Task:
    """Visits made before today without a signature, the newest first."""
    c = wire_table("consultation")
    where = [c.c.held_on < day.isoformat(), c.c.held_on >= (day - timedelta(days=UNSIGNED_DAYS)).isoformat(),
             sql.took_place(c), ~sql.is_signed(c), *alive]
    return _visits(conn, "unsigned", where, c.c.held_on.desc())


def _planned(conn: Connection, alive: list[Any], day: date) -> Task:
    """Visits that were planned, whose day has passed, and of which nothing is written; the oldest first."""
    c = wire_table("consultation")
    return _visits(conn, "planned", [c.c.held_on < day.isoformat(), ~sql.took_place(c), *alive], c.c.held_on)


def _visits(conn: Connection, kind: Kind, where: list[Any], order: Any) -> Task:
    c = wire_table("consultation")
    uids = at_once.uids(conn, select(c.c.uid).where(*where).order_by(order, c.c.uid))
    first = select(c.c.organization, c.c.held_on).where(*where).order_by(order, c.c.uid)
    return _task(conn, kind, Behind("consultation", tuple(uids)), first)


def _unseen(conn: Connection, alive: list[Any], day: date) -> Task:
    """Organizations with an open promise that nobody saw for UNSEEN_MONTHS, those seen longest ago first."""
    c, p = wire_table("consultation"), wire_table("promise")
    into = sql.pairs(merging.roots(conn), "into")
    root = func.coalesce(into.c.value, c.c.organization)
    waiting = select(p.c.consultation).where(p.c.state == "open", p.c.deleted_at.is_(None))
    concerned = select(root).select_from(c.outerjoin(into, into.c.key == c.c.organization)).where(
        c.c.uid.in_(waiting), c.c.organization.is_not(None), *alive)
    last = func.max(c.c.held_on)
    seen = (select(root.label("root"), last.label("day"))
            .select_from(c.outerjoin(into, into.c.key == c.c.organization))
            .where(c.c.held_on <= day.isoformat(), sql.took_place(c), root.in_(concerned), *alive)
            .group_by(root).having(last < _months_ago(day, UNSEEN_MONTHS).isoformat()).order_by(last, root))
    rows = conn.execute(seen).all()
    first = [(row.root, row.day) for row in rows[:_NAMED]]
    names = _names(conn, [uid for uid, _ in first])
    return Task("unseen", Behind("organization", tuple(row.root for row in rows)), names,
                date.fromisoformat(first[0][1]) if first else None)


def _task(conn: Connection, kind: Kind, behind: Behind, first: Any) -> Task:
    """The task, with companies and days of its first records."""
    rows = conn.execute(first.limit(_NAMED * 4)).all() if behind.uids else []
    days = [date.fromisoformat(row[1]) for row in rows if row[1]]
    companies = list(dict.fromkeys(row[0] for row in rows if row[0]))[:_NAMED]
    return Task(kind, behind, _names(conn, companies), min(days, default=None))


def _names(conn: Connection, uids: list[str]) -> tuple[str, ...]:
    o = wire_table("organization")
    known: dict[str, str] = dict(map(tuple, conn.execute(select(o.c.uid, o.c.name).where(
        and_(o.c.uid.in_(uids), o.c.name.is_not(None))))))
    return tuple(known[uid] for uid in uids if uid in known)


def _months_ago(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 - months
    return date(at // 12, at % 12 + 1, min(day.day, 28))
