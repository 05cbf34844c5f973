"""Consultations: make, start, edit, list, open. Lines, summary, signing and paper have modules of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk.clock import JST, today
from kanto_desk.db import at_once, local, search
from kanto_desk.db.records.consultations import Consultation, Entry, Issue, Participant, Referral
from kanto_desk.db.records.dossier import Version
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import fields_of, wire_table
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Field
from kanto_desk.i18n import tr
from kanto_desk.japanese.calendar import fiscal_year
from kanto_desk.rules import consultation_state
from kanto_desk.rules.ordering import between
from kanto_desk.services import merging, visit_steps
from kanto_desk.services.references import new_reference

TYPE = "consultation"

FORM_VISIT = "20"       # CL01 巡回（訪問）: what a desk on a laptop is for
CATEGORY_NEW, CATEGORY_CONTINUED = "1", "2"   # CL02
RESPONSE_ADVICE, RESPONSE_REFERRED = "10", "21"   # CL04 助言, 他機関紹介
RESULT_GOES_ON = "2"    # CL05 継続


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list of consultations."""

    uid: str
    organization_uid: str
    organization: str
    reference: str
    theme: str
    held_on: date | None
    nth: int | None
    planned_at: time | None
    started_at: datetime | None
    ended_at: datetime | None
    state: str
    expert: str


@dataclass(frozen=True, slots=True)
class Opened:
    """An open consultation: its record, its organization and its state."""

    record: Consultation
    organization: Organization | None
    state: str
    reading: bool = False   # the desk is open for reading only

    @property
    def draft(self) -> bool:
        """Whether it is still written (draft, or being corrected), wherever the disk stands."""
        return self.state in consultation_state.EDITABLE

    @property
    def editable(self) -> bool:
        """Whether it may be changed now: a draft on a disk that takes it."""
        return self.draft and not self.reading


def fields() -> tuple[Field, ...]:
    """The fields of a consultation."""
    return fields_of(Consultation)


def create(store: Store, organization: str, values: Mapping[str, Any] | None = None) -> str:
    """Make a consultation with an organization; number, visit number and defaults are filled in. Gives its uid.

    Raises Refused when this laptop has no such organization.
    """
    given = dict(values or {})
    with store.operation(tr("相談をつくる"), undoable=False) as op:
        company = read_one(op.conn, Organization, organization)
        if company is None:
            raise Refused(tr("このパソコンに無い企業です。"), "organization")
        held_on = given.get("held_on") or op.now.astimezone(JST).date()
        earlier = _of_organization(op.conn, organization)
        year = fiscal_year(held_on)
        defaults: dict[str, Any] = {
            "organization": organization, "held_on": held_on, "fiscal_year": year,
            "reference": new_reference(op.conn, year),
            "form": FORM_VISIT, "category": CATEGORY_CONTINUED if earlier else CATEGORY_NEW,
            "nth": len(earlier) + 1, "previous": earlier[-1] if earlier else None,
            "place": " ".join(filter(None, (company.city, company.address))) or None,
            "expert": store.person or None, "expert_organization": _setting(op.conn, "organization", "") or None,
        }
        uid = op.add(TYPE, {**defaults, **given})
        op.root = (TYPE, uid)
    return uid


def start(store: Store, uid: str) -> None:
    """Start the clock of a visit on its day; once started it keeps its first time.

    A visit of another day gets no time: written up later, it did not begin now.
    """
    with store.read() as conn:
        record = _need(conn, uid)
    if record.started_at is None and on_its_day(record, store.clock()):
        with store.operation(tr("相談をはじめる"), (TYPE, uid), undoable=False) as op:
            op.put(TYPE, uid, {"started_at": op.now.replace(second=0, microsecond=0)})


def on_its_day(record: Consultation, now: datetime) -> bool:
    """Whether it is the day of the visit in Japan; true while no day is given."""
    return record.held_on is None or record.held_on == now.astimezone(JST).date()


def edit(store: Store, uid: str, values: Mapping[str, Any], *, part: str = "form") -> None:
    """Save fields of a consultation; consecutive saves of the same `part` of the screen are one undo step.

    Raises Refused when the record is signed.
    """
    values = {**values, **derived(values)}
    with store.operation(tr("相談の編集"), (TYPE, uid), extend=f"{uid}:{part}") as op:
        need_editable(op.conn, uid)
        op.put(TYPE, uid, values)


def derived(values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from these fields of a consultation and is written with them: the fiscal year of its day."""
    held_on = values.get("held_on")
    return {"fiscal_year": fiscal_year(held_on)} if isinstance(held_on, date) else {}


def open_record(store: Store, uid: str) -> Opened:
    """Open a consultation and remember that it was opened. Raises Refused when this laptop has none such."""
    if store.read_only is None:
        with store.write() as conn:
            search.mark_opened(conn, (TYPE, uid), store.clock().isoformat())
    return get(store, uid)


def get(store: Store, uid: str) -> Opened:
    """A consultation with its organization and state. Raises Refused when this laptop has none such."""
    with store.read() as conn:
        record = _need(conn, uid)
        company = read_one(conn, Organization, record.organization) if record.organization else None
        return Opened(record, company, state_of(conn, uid), reading=store.read_only is not None)


def last_change(store: Store) -> int:
    """The number of the newest change of any record: while it stays, nothing that was read has changed."""
    with store.read() as conn:
        return int(conn.exec_driver_sql("SELECT max(id) FROM change").scalar() or 0)


def listing(store: Store, *, organization: str | None = None, year: int | None = None, on: date | None = None,
            limit: int = 100, offset: int = 0) -> list[Listed]:
    """Rows of the list, newest first; with `on`, the day's visits by planned time."""
    c = Consultation
    wanted = select(c.uid).where(c.deleted_at.is_(None))
    if year is not None:
        wanted = wanted.where(c.fiscal_year == year)
    if on is not None:
        wanted = wanted.where(c.held_on == on).order_by(c.planned_at, c.started_at, c.uid)
    else:
        wanted = wanted.order_by(c.held_on.desc(), c.uid.desc())
    with store.read() as conn:
        if organization is not None:
            wanted = wanted.where(c.organization.in_(merging.members(conn, organization)))
        # Two steps: the uids come from an index alone, however deep the block; whole rows are read for the block only.
        return rows_of(conn, conn.execute(wanted.limit(limit).offset(offset)).scalars().all())


def last_held(store: Store, organization: str) -> str | None:
    """The uid of an organization's last visit: the newest of today or before; None when it had none."""
    c = Consultation
    with store.read() as conn:
        return conn.execute(select(c.uid).where(
            c.deleted_at.is_(None), c.organization.in_(merging.members(conn, organization)),
            c.held_on <= today(store.clock)).order_by(c.held_on.desc(), c.uid.desc()).limit(1)).scalar()


def rows_of(conn: Connection, uids: Sequence[str]) -> list[Listed]:
    """The rows of these consultations in the order given; those that are gone are left out."""
    found = {r.uid: r for r in conn.execute(_ROWS, {"uids": uids})} if uids else {}
    rows = [found[uid] for uid in uids if uid in found]
    states = states_of(conn, [r.uid for r in rows])
    return [Listed(r.uid, r.organization or "", r.name or tr("このパソコンに無い記録"), r.reference or "",
                   r.theme or "", r.held_on, r.nth, r.planned_at, r.started_at, r.ended_at, states[r.uid],
                   r.expert or "")
            for r in rows]


_c, _o = Consultation.__table__.c, Organization.__table__.c
_ROWS = select(_c.uid, _c.organization, _o.name, _c.reference, _c.theme, _c.held_on, _c.nth, _c.planned_at,
               _c.started_at, _c.ended_at, _c.expert).join_from(
    Consultation.__table__, Organization.__table__, _o.uid == _c.organization, isouter=True).where(
    at_once.one_of(_c.uid, "uids"))


def count(store: Store, *, organization: str | None = None, year: int | None = None) -> int:
    """How many rows `listing` would give without limit."""
    statement = select(func.count()).select_from(Consultation).where(Consultation.deleted_at.is_(None))
    if year is not None:
        statement = statement.where(Consultation.fiscal_year == year)
    with store.read() as conn:
        if organization is not None:
            statement = statement.where(Consultation.organization.in_(merging.members(conn, organization)))
        return int(conn.execute(statement).scalar_one())


def states_of(conn: Connection, uids: Sequence[str]) -> dict[str, str]:
    """The replayed state of each of these consultations."""
    return {uid: consultation_state.replay(own.steps).state for uid, own in visit_steps.resolved(conn, uids).items()}



def state_of(conn: Connection, uid: str) -> str:
    """The replayed state of one consultation."""
    return states_of(conn, [uid])[uid]


def need_editable(conn: Connection, uid: str) -> None:
    """Raises Refused when the record is signed or cancelled: it is changed by a correction with a reason only."""
    if state_of(conn, uid) not in consultation_state.EDITABLE:
        raise Refused(tr("署名済みの版です。直すときは「新しい版をつくる」から理由を書きます。"))


def delete(store: Store, uid: str) -> None:
    """Move a draft to the bin; its parts go and come back with it. Raises Refused for one that was ever signed."""
    with store.operation(tr("相談をごみ箱へ"), (TYPE, uid)) as op:
        if _need(op.conn, uid).deleted_at is not None:
            raise Refused(tr("このパソコンに無い記録です。"))
        if op.conn.execute(select(Version.uid).where(Version.record == uid).limit(1)).scalar() is not None:
            raise Refused(tr("署名して渡した相談は消せません。渡した紙と同じ記録が、手もとに要るためです。"))
        op.delete(TYPE, uid)


def issues(store: Store, uid: str) -> list[Issue]:
    """The classified issues, the primary one first."""
    with store.read() as conn:
        return issues_in(conn, uid)


def issues_in(conn: Connection, uid: str) -> list[Issue]:
    """`issues` inside a snapshot of the caller's; what two laptops named apart has two rows and stands here once."""
    found = read_all(conn, Issue, Issue.consultation == uid, order_by=(Issue.place, Issue.uid))
    first: dict[str | None, Issue] = {}
    for issue in sorted(found, key=lambda i: not i.primary):
        first.setdefault(issue.code, issue)
    return list(first.values())


def set_issues(store: Store, uid: str, codes: Sequence[str], shown: Sequence[str] | None = None) -> None:
    """The issues of a consultation as CL03 codes; the first is the primary one. What was kept keeps its state.

    With what was on the screen (`shown`), issues that came since stay behind the others.
    """
    with store.operation(tr("課題分類"), (TYPE, uid)) as op:
        need_editable(op.conn, uid)
        known = {i.code: i for i in issues_in(op.conn, uid)}
        if shown is not None:
            codes = [*codes, *(c for c in known if c and c not in shown)]
        last: str | None = None
        for n, code in enumerate(dict.fromkeys(codes)):
            last = between(last, None)
            values: dict[str, Any] = {"place": last, "primary": n == 0}
            if code in known:
                op.put("issue", known[code].uid, values)
            else:
                op.add("issue", {"consultation": uid, "code": code, "state": "open", **values})
        kept = {known[code].uid for code in codes if code in known}
        for issue in read_all(op.conn, Issue, Issue.consultation == uid):
            if issue.uid not in kept:
                op.delete("issue", issue.uid)


def participants(store: Store, uid: str) -> list[Participant]:
    """Who took part, in order."""
    with store.read() as conn:
        return read_all(conn, Participant, Participant.consultation == uid,
                        order_by=(Participant.place, Participant.uid))


def referrals(store: Store, uid: str) -> list[Referral]:
    """The institutions referred to, in order."""
    with store.read() as conn:
        return read_all(conn, Referral, Referral.consultation == uid, order_by=(Referral.place, Referral.uid))


def save_part(store: Store, uid: str, type_name: str, part_uid: str | None, values: Mapping[str, Any]) -> str:
    """Make or change one part of a consultation (participant, referral, promise, consent). Gives its uid."""
    with store.operation(tr("相談の編集"), (TYPE, uid), extend=f"{part_uid}:part" if part_uid else None) as op:
        need_editable(op.conn, uid)
        if part_uid is None:
            own = {"consultation": uid, **({"place": _end_place(op.conn, type_name, uid)}
                                           if type_name in ("participant", "referral", "promise") else {})}
            return op.add(type_name, {**own, **values})
        op.put(type_name, part_uid, values)
        return part_uid


def delete_part(store: Store, uid: str, type_name: str, part_uid: str) -> None:
    """Remove one part of a consultation."""
    with store.operation(tr("相談の編集"), (TYPE, uid)) as op:
        need_editable(op.conn, uid)
        op.delete(type_name, part_uid)


def save_draft(store: Store, uid: str, kind: str, text: str) -> None:
    """Keep what stands in the capture box, composing text included; an empty text removes it."""
    with store.write() as conn:
        conn.execute(local.draft.delete().where(local.draft.c.uid == uid))
        if text:
            conn.execute(local.draft.insert().values(uid=uid, kind=kind, text=text, at=store.clock().isoformat()))


def draft(store: Store, uid: str) -> tuple[str, str] | None:
    """Kind and text last kept for the capture box of a consultation."""
    with store.read() as conn:
        row = conn.execute(select(local.draft).where(local.draft.c.uid == uid)).one_or_none()
    return (row.kind, row.text) if row else None


def line_count(conn: Connection, uid: str) -> int:
    """How many timeline lines a consultation has."""
    return int(conn.execute(select(func.count()).select_from(Entry).where(
        Entry.consultation == uid, Entry.deleted_at.is_(None))).scalar_one())


def _need(conn: Connection, uid: str) -> Consultation:
    record = read_one(conn, Consultation, uid)
    if record is None:
        raise Refused(tr("このパソコンに無い記録です。"))
    return record


def _of_organization(conn: Connection, organization: str) -> list[str]:
    c = Consultation
    own = merging.members(conn, organization)
    return list(conn.execute(select(c.uid).where(c.organization.in_(own), c.deleted_at.is_(None))
                             .order_by(c.held_on, c.uid)).scalars())


def _end_place(conn: Connection, type_name: str, uid: str) -> str:
    table = wire_table(type_name)
    last = conn.execute(select(func.max(table.c.place)).where(table.c.consultation == uid)).scalar()
    return between(last, None)


def _setting(conn: Connection, key: str, default: str) -> str:
    value = conn.execute(select(local.setting.c.value).where(local.setting.c.key == key)).scalar()
    return default if value is None else str(json.loads(value))
