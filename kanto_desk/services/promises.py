"""Promises: who does what by when; kept, overdue, moved. Made from lines in `timeline` or written in まとめ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select

from kanto_desk.clock import today
from kanto_desk.db import at_once
from kanto_desk.db.records.consultations import Consultation, Promise
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store, read_one
from kanto_desk.i18n import tr
from kanto_desk.services import merging
from kanto_desk.services.consultations import TYPE, need_editable, save_part
from kanto_desk.services.timeline import side_of

COUNTED = 1000
"""Counts on きょう end here: nobody works through more, and counting tens of thousands costs more than the page."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A promise as lists show it."""

    uid: str
    consultation: str
    organization_uid: str
    organization: str
    text: str
    who: str
    side: str
    due_on: date | None
    state: str
    done_on: date | None
    overdue: bool


def of_consultation(store: Store, consultation: str) -> list[Agreed]:
    """The promises of a consultation in order."""
    return _select(store, Promise.consultation == consultation, order=(Promise.place, Promise.uid))


def count(store: Store, consultation: str) -> int:
    """How many promises a consultation has."""
    with store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(Promise).where(
            Promise.consultation == consultation, Promise.deleted_at.is_(None))).scalar_one())


def of_organization(store: Store, organization: str, *, limit: int = 100) -> list[Agreed]:
    """The promises with an organization, open ones first, then by due day."""
    with store.read() as conn:
        own = merging.members(conn, organization)
    return _select(store, Promise.organization.in_(own),
                   order=(Promise.state == "done", Promise.due_on, Promise.uid), limit=limit)


def those(store: Store, uids: Sequence[str]) -> list[Agreed]:
    """These promises in the order given; those that are gone are left out."""
    found = {one.uid: one for one in _select(store, at_once.among(Promise.uid, uids), order=(Promise.uid,),
                                             limit=len(uids))}
    return [found[uid] for uid in uids if uid in found]


def overdue(store: Store, *, limit: int = 50) -> list[Agreed]:
    """Open promises whose day has passed, the oldest first."""
    return _select(store, and_(Promise.state == "open", Promise.due_on < today(store.clock)),
                   order=(Promise.due_on, Promise.uid), limit=limit)


def overdue_uids(store: Store) -> tuple[str, ...]:
    """Uids of all open promises whose day has passed, the oldest first."""
    p, c = Promise, Consultation
    late = (select(p.uid).outerjoin(c, c.uid == p.consultation)
            .where(p.deleted_at.is_(None), c.deleted_at.is_(None), p.state == "open", p.due_on < today(store.clock))
            .order_by(p.due_on, p.uid))
    with store.read() as conn:
        return tuple(at_once.uids(conn, late))


def count_overdue(store: Store) -> int:
    """How many open promises are past their day; COUNTED where there are as many or more."""
    some = select(Promise.uid).where(Promise.deleted_at.is_(None), Promise.state == "open",
                                     Promise.due_on < today(store.clock)).limit(COUNTED).subquery()
    with store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(some)).scalar_one())


def edit(store: Store, consultation: str, uid: str, values: Mapping[str, Any]) -> None:
    """Change what, who, by when or state. With another who the side follows, unless it is given too.

    Whether it was kept is no change of the signed sheet; what was agreed is.
    Raises Refused for that on a signed record.
    """
    with store.operation(tr("約束の編集"), (TYPE, consultation), extend=f"{uid}:promise") as op:
        if not values.keys() <= {"state", "done_on"}:
            need_editable(op.conn, consultation)
        op.put("promise", uid, _with_side(op.conn, consultation, values))


def add(store: Store, consultation: str, values: Mapping[str, Any]) -> str:
    """Make a promise that no line made; it is open and the consultation's company's. Gives its uid."""
    with store.read() as conn:
        record = read_one(conn, Consultation, consultation)
        given = _with_side(conn, consultation, values)
    company = record.organization if record else None
    return save_part(store, consultation, "promise", None, {"organization": company, "state": "open", **given})


def set_done(store: Store, consultation: str, uid: str, done: bool) -> None:
    """Mark a promise as kept today, or open again."""
    with store.operation(tr("約束が済んだ") if done else tr("約束を戻す"), (TYPE, consultation)) as op:
        op.put("promise", uid, {"state": "done" if done else "open", "done_on": today(store.clock) if done else None})


def _with_side(conn: Connection, consultation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    if "who" not in values or "side" in values:
        return values
    return {**values, "side": side_of(conn, consultation, values["who"])}


def _select(store: Store, where: Any, *, order: tuple[Any, ...], limit: int = 500) -> list[Agreed]:
    p, o, c = Promise, Organization, Consultation
    now = today(store.clock)
    statement = (select(p.uid, p.consultation, p.organization, o.name, p.text, p.who, p.side, p.due_on, p.state,
                        p.done_on).outerjoin(o, o.uid == p.organization).outerjoin(c, c.uid == p.consultation)
                 .where(where, p.deleted_at.is_(None), c.deleted_at.is_(None)).order_by(*order).limit(limit))
    with store.read() as conn:
        return [Agreed(r.uid, r.consultation or "", r.organization or "", r.name or "", r.text or "", r.who or "",
                       r.side or "", r.due_on, r.state or "open", r.done_on,
                       bool((r.state or "open") == "open" and r.due_on and r.due_on < now))
                for r in conn.execute(statement)]
