"""What きょう shows: the next visit, today's visits, what was left undone, what was opened last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select

from kanto_desk.clock import JST, today
from kanto_desk.db import at_once, search
from kanto_desk.db.operation import count_unsent
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.dossier import Version
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store, read_one
from kanto_desk.services import escrow, finding, promises, sending_later
from kanto_desk.services.consultations import Listed, listing, states_of
from kanto_desk.services.figures import Behind
from kanto_desk.services.promises import Agreed

Undone = Literal["unsigned", "overdue", "to_send"]
"""A line of やり残し that may stand for several records."""
UNSIGNED_DAYS = 365
COUNTED = promises.COUNTED


@dataclass(frozen=True, slots=True)
class NextVisit:
    """The card of the next visit: the visit, its company in one line, the promises of last time."""

    visit: Listed
    starts_at: datetime | None
    portrait: str
    city: str
    previous: Listed | None
    promises: tuple[Agreed, ...]


@dataclass(frozen=True, slots=True)
class Recent:
    """A record opened lately."""

    type: str
    uid: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """The first screen after start."""

    day: date
    next_visit: NextVisit | None
    visits: tuple[Listed, ...]
    unsigned: tuple[Listed, ...]
    unsigned_count: int      # COUNTED: as many or more
    overdue: tuple[Agreed, ...]
    overdue_count: int       # the same
    unsent: int
    to_send: tuple[Listed, ...]
    recovery_key_noted: bool
    recent: tuple[Recent, ...]


def read(store: Store) -> Today:
    """きょう at this moment."""
    day = today(store.clock)
    visits = tuple(listing(store, on=day, limit=50))
    waiting = [v for v in visits if v.state == "draft" and v.ended_at is None]
    unsigned, count = _unsigned(store, day)
    return Today(day, _card(store, waiting[0]) if waiting else None, visits, unsigned, count,
                 tuple(promises.overdue(store, limit=5)), promises.count_overdue(store), unsent(store),
                 sending_later.waiting(store), bool(store.setting("recovery_key_noted", False))
                 or escrow.state(store).at is not None, _recent(store))


def undone(store: Store, which: Undone) -> Behind:
    """All that a line of やり残し stands for, in its order; the line counts and names no others."""
    if which == "overdue":
        return Behind("promise", promises.overdue_uids(store))
    if which == "to_send":
        return Behind("consultation", tuple(one.uid for one in sending_later.waiting(store)))
    c = Consultation
    with store.read() as conn:
        uids = at_once.uids(conn, select(c.uid).where(*_unsigned_at(today(store.clock)))
                            .order_by(c.held_on.desc(), c.uid.desc()))
    return Behind("consultation", tuple(uids))


def unsent(store: Store) -> int:
    """How many records hold changes that no hub has yet; sample data is never sent."""
    with store.read() as conn:
        return count_unsent(conn)


def _card(store: Store, visit: Listed) -> NextVisit:
    with store.read() as conn:
        company = read_one(conn, Organization, visit.organization_uid)
    earlier = [v for v in listing(store, organization=visit.organization_uid, limit=5) if v.uid != visit.uid]
    starts = datetime.combine(visit.held_on, visit.planned_at, JST) if visit.held_on and visit.planned_at else None
    portrait = ""
    if company is not None:
        portrait = (company.products or company.strengths or "").split("\n")[0]
    return NextVisit(visit, starts, portrait, (company.city or "") if company else "",
                     earlier[0] if earlier else None,
                     tuple(promises.of_consultation(store, earlier[0].uid)) if earlier else ())


def _unsigned_at(day: date) -> list[Any]:
    """Visits of the last year before today without an issued version."""
    c, v = Consultation, Version
    signed = select(v.record).where(v.record == c.uid)
    return [c.held_on < day, c.held_on >= day - timedelta(days=UNSIGNED_DAYS), c.deleted_at.is_(None), ~signed.exists()]


def _unsigned(store: Store, day: date) -> tuple[tuple[Listed, ...], int]:
    """The newest visits without a signature, and how many there are."""
    c = Consultation
    where = _unsigned_at(day)
    with store.read() as conn:
        some = select(c.uid).where(*where).limit(COUNTED).subquery()
        count = int(conn.execute(select(func.count()).select_from(some)).scalar_one())
        rows = conn.execute(select(c.uid, c.organization, Organization.name, c.reference, c.theme, c.held_on, c.nth,
                                   c.planned_at, c.started_at, c.ended_at, c.expert)
                            .outerjoin(Organization, Organization.uid == c.organization).where(*where)
                            .order_by(c.held_on.desc(), c.uid.desc()).limit(5)).all()
        states = states_of(conn, [r.uid for r in rows])
    return tuple(Listed(r.uid, r.organization or "", r.name or "", r.reference or "", r.theme or "", r.held_on, r.nth,
                        r.planned_at, r.started_at, r.ended_at, states[r.uid], r.expert or "") for r in rows), count


def _recent(store: Store) -> tuple[Recent, ...]:
    out = []
    with store.read() as conn:
        for type_name, uid, at in search.recently_opened(conn, 12):
            title = finding.title_of(conn, type_name, uid)
            if title:
                out.append(Recent(type_name, uid, title, datetime.fromisoformat(at)))
    return tuple(out[:6])
