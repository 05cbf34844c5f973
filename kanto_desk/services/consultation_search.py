"""Rows of the list of consultations that hold given words: in the record, its lines and promises, or its company."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.orm import aliased

from kanto_desk.db import search
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.i18n import tr
from kanto_desk.services import consultations
from kanto_desk.services.consultations import Listed

MOST_HITS = 5000
_COMPANY = ("organization", "organization_name")


def listing(store: Store, query: str = "", *, year: int | None = None, limit: int = 100,
            offset: int = 0) -> list[Listed]:
    """Rows newest first; without words those of `consultations.listing`."""
    if not query.strip():
        return consultations.listing(store, year=year, limit=limit, offset=offset)
    c, o = Consultation, aliased(Organization)
    with store.read() as conn:
        rows = conn.execute(
            select(c.uid, c.organization, o.name, c.reference, c.theme, c.held_on, c.nth, c.planned_at, c.started_at,
                   c.ended_at, c.expert).outerjoin(o, o.uid == c.organization).where(_fits(conn, query, year))
            .order_by(c.held_on.desc(), c.uid.desc()).limit(limit).offset(offset)).all()
        states = consultations.states_of(conn, [r.uid for r in rows])
    return [Listed(r.uid, r.organization or "", r.name or tr("このパソコンに無い記録"), r.reference or "",
                   r.theme or "", r.held_on, r.nth, r.planned_at, r.started_at, r.ended_at, states[r.uid],
                   r.expert or "")
            for r in rows]


def count(store: Store, query: str = "", *, year: int | None = None) -> int:
    """How many rows `listing` would give without limit."""
    if not query.strip():
        return consultations.count(store, year=year)
    with store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(Consultation)
                                .where(_fits(conn, query, year))).scalar_one())


def _fits(conn: Connection, query: str, year: int | None) -> Any:
    c = Consultation
    hits = search.find(conn, query, limit=MOST_HITS)
    roots = sorted({h.root for h in hits if h.root_type == consultations.TYPE})
    companies = sorted({h.root for h in search.find(conn, query, _COMPANY, limit=MOST_HITS)})
    wanted = and_(c.deleted_at.is_(None), or_(c.uid.in_(roots), c.organization.in_(companies)))
    return wanted if year is None else and_(wanted, c.fiscal_year == year)
