"""Organizations: make, edit, list, look up, star; the profile with its story; duplicates as a list, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, or_, select

from kanto_desk.clock import today
from kanto_desk.db import at_once, local, search
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization, OrganizationName, Site
from kanto_desk.db.records.people import Affiliation, Person
from kanto_desk.db.schema import fields_of
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Field
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold
from kanto_desk.japanese.numbers import corporate_number_warning
from kanto_desk.rules import company_size
from kanto_desk.rules.company_size import Proposal
from kanto_desk.services import duplicates as duplicates_
from kanto_desk.services import merging, outcomes, uniting
from kanto_desk.services.consultations import Listed
from kanto_desk.services.consultations import listing as consultations_listing
from kanto_desk.services.promises import Agreed, of_organization

TYPE = "organization"
_PLACEHOLDER = re.compile(r"-0+-0000$")   # 0266-00-0000 says that no number is known, not that two are one


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list of organizations."""

    uid: str
    name: str
    kana: str
    prefecture: str
    city: str
    jsic_division: str
    products: str
    certificates: str
    kind: str
    employees: int | None
    last_on: date | None
    starred: bool
    strengths: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at an organization."""

    affiliation: str
    person: str
    name: str
    kana: str
    role: str
    phone: str
    email: str
    is_contact: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything about one organization that its page shows."""

    record: Organization
    names: tuple[OrganizationName, ...]
    sites: tuple[Site, ...]
    contacts: tuple[Contact, ...]
    consultations: tuple[Listed, ...]
    promises: tuple[Agreed, ...]
    starred: bool
    duplicates: tuple[Row, ...]
    outcomes: Mapping[str, Sequence[str]]
    """What became of a visit, in words, by its uid."""
    proposed_size: Proposal | None
    united: tuple[uniting.United, ...] = ()


def fields() -> tuple[Field, ...]:
    """The fields of an organization."""
    return fields_of(Organization)


def contact_fields() -> tuple[Field, ...]:
    """The fields of a contact: those of the person, then title and whether it is the contact."""
    person = {f.name: f for f in fields_of(Person)}
    place = {f.name: f for f in fields_of(Affiliation)}
    return (person["name"], person["kana"], place["role"], person["phone"], person["email"], place["is_contact"])


def site_fields() -> tuple[Field, ...]:
    """The fields of a site."""
    return tuple(f for f in fields_of(Site) if f.name != "organization")


def create(store: Store, values: Mapping[str, Any]) -> str:
    """Make an organization; gives its uid. Only the name is required. Raises Refused without one."""
    _need_name(values)
    with store.operation(tr("企業を追加")) as op:
        uid = op.add(TYPE, values)
        op.root = (TYPE, uid)
    return uid


def edit(store: Store, uid: str, values: Mapping[str, Any], *, part: str = "form") -> None:
    """Save fields; a corrected name is no change of name (see `rename`). Raises Refused for an empty name."""
    if "name" in values:
        _need_name(values)
    with store.operation(tr("企業の編集"), (TYPE, uid), extend=f"{uid}:{part}") as op:
        op.put(TYPE, uid, values)


def rename(store: Store, uid: str, name: str, kana: str, on: date, reason: str) -> None:
    """改称: the old name goes into 名称履歴 with its last day, and stays searchable.

    Raises Refused for no name, the name it has, or a day that is still to come: the new name is valid at once.
    """
    _need_name({"name": name})
    if on > today(store.clock):
        raise Refused(tr("まだ来ていない日です。改称した日になってから書きます。"), "on")
    with store.operation(tr("改称"), (TYPE, uid)) as op:
        old = read_one(op.conn, Organization, uid)
        if old is None:
            raise Refused(tr("このパソコンに無い企業です。"))
        if name.strip() == old.name:
            raise Refused(tr("いまの名称と同じです。"), "name")
        op.add("organization_name", {"organization": uid, "name": old.name, "kana": old.kana, "valid_to": on,
                                     "reason": reason})
        op.put(TYPE, uid, {"name": name, "kana": kana or None})


def delete(store: Store, uid: str) -> None:
    """Move to the bin. Its consultations stay where they are and go on naming it. Raises Refused for none such."""
    with store.operation(tr("企業をごみ箱へ"), (TYPE, uid)) as op:
        record = read_one(op.conn, Organization, uid)
        if record is None or record.deleted_at is not None:
            raise Refused(tr("このパソコンに無い企業です。"))
        op.delete(TYPE, uid)


def get(store: Store, uid: str) -> Organization:
    """One organization; a merged one resolves to the one it was merged into. Raises Refused if there is none."""
    with store.read() as conn:
        return _resolve(conn, uid)


def profile(store: Store, uid: str, *, opened: bool = True) -> Profile:
    """Everything of an organization; `opened` remembers it for 最近ひらいたもの. Raises Refused for none such."""
    if opened and store.read_only is None:
        with store.write() as conn:
            search.mark_opened(conn, (TYPE, uid), store.clock().isoformat())
    with store.read() as conn:
        record = _resolve(conn, uid)
        own = merging.members(conn, record.uid)
        names = read_all(conn, OrganizationName, OrganizationName.organization.in_(own),
                         order_by=OrganizationName.valid_to)
        sites = read_all(conn, Site, Site.organization.in_(own), order_by=(Site.place, Site.uid))
        contacts = _contacts(conn, record.uid)
        starred = _starred(conn, [record.uid])
        twins = _duplicates(conn, record)
        united = uniting.united_in(conn, record.uid)
    visits = tuple(consultations_listing(store, organization=record.uid))
    return Profile(record, tuple(names), tuple(sites), contacts, visits, tuple(of_organization(store, record.uid)),
                   bool(starred), tuple(twins), outcomes.words_by_visit(store, [visit.uid for visit in visits]),
                   proposed_size(record, today(store.clock)), united)


def proposed_size(record: Organization, on: date) -> Proposal | None:
    """規模判定: the size that industry, capital and people propose, and why. What a person chose is not looked at."""
    return company_size.proposed(
        section=record.jsic_section, division=record.jsic_division, capital_yen=record.capital_yen,
        employees=record.employees, regular=record.employees_regular, legal_form=record.legal_form, on=on)


def contacts(store: Store, uid: str) -> tuple[Contact, ...]:
    """The people at an organization, contacts first."""
    with store.read() as conn:
        return _contacts(conn, uid)


def save_contact(store: Store, uid: str, values: Mapping[str, Any], *, role: str | None = None,
                 is_contact: bool = True, affiliation: str | None = None) -> str:
    """Make or change a person at an organization; gives the affiliation's uid. Raises Refused for an empty name."""
    if "name" in values and not str(values["name"] or "").strip():
        raise Refused(tr("氏名を書きます。"), "name")
    with store.operation(tr("窓口の編集"), (TYPE, uid), extend=affiliation and f"{affiliation}:contact") as op:
        known = read_one(op.conn, Affiliation, affiliation) if affiliation else None
        if known is not None and known.person:
            op.put("person", known.person, values)
            op.put("affiliation", known.uid, {"role": role, "is_contact": is_contact})
            return known.uid
        person = op.add("person", {"kinds": ("contact",), **values})
        return op.add("affiliation", {"person": person, "organization": uid, "role": role, "is_contact": is_contact})


def remove_contact(store: Store, uid: str, affiliation: str) -> None:
    """Take a person off an organization's list; the person stays, because records may name it."""
    with store.operation(tr("窓口を外す"), (TYPE, uid)) as op:
        op.delete("affiliation", affiliation)


def save_site(store: Store, uid: str, values: Mapping[str, Any], *, site: str | None = None) -> str:
    """Make or change a site of an organization; gives its uid. Raises Refused for an empty name."""
    if (site is None or "name" in values) and not str(values.get("name") or "").strip():
        raise Refused(tr("事業所の名称を書きます。"), "name")
    with store.operation(tr("事業所の編集"), (TYPE, uid), extend=site and f"{site}:site") as op:
        if site is not None:
            op.put("site", site, values)
            return site
        return op.add("site", {"organization": uid, **values})


def remove_site(store: Store, uid: str, site: str) -> None:
    """Move a site to the bin."""
    with store.operation(tr("事業所を消す"), (TYPE, uid)) as op:
        op.delete("site", site)


def listing(store: Store, *, query: str = "", prefectures: tuple[str, ...] = (), division: str | None = None,
            starred: bool = False, order: str = "kana", limit: int = 100, offset: int = 0) -> list[Row]:
    """Rows of the list. `query` matches parts of words in any order, in any spelling; `order` is kana or last."""
    with store.read() as conn:
        return rows_of(conn, *_conditions(conn, query, prefectures, division, starred), order=order, limit=limit,
                     offset=offset)


def count(store: Store, *, query: str = "", prefectures: tuple[str, ...] = (), division: str | None = None,
          starred: bool = False) -> int:
    """How many rows `listing` would give without limit."""
    with store.read() as conn:
        where = _conditions(conn, query, prefectures, division, starred)
        return int(conn.execute(select(func.count()).select_from(Organization).where(
            Organization.deleted_at.is_(None), merging.stands(conn, Organization), *where)).scalar_one())


def lookup(store: Store, query: str, limit: int = 20) -> list[Row]:
    """Organizations for a box one types into: those whose name or reading begins like it first."""
    folded = core_name(fold(query))
    rows = listing(store, query=query, limit=200)
    return sorted(rows, key=lambda r: (not core_name(fold(r.name)).startswith(folded)
                                       and not fold(r.kana).startswith(folded), not r.starred))[:limit]


def set_star(store: Store, uid: str, on: bool) -> None:
    """Star an organization for oneself."""
    with store.write() as conn:
        table = local.favourite
        conn.execute(table.delete().where(table.c.type == TYPE, table.c.uid == uid))
        if on:
            conn.execute(table.insert().values(type=TYPE, uid=uid))


def duplicates(store: Store, values: Mapping[str, Any], uid: str | None = None) -> list[Row]:
    """Organizations that may be the same as one being typed: corporate number, folded name, telephone.

    `uid`: the one it is written in already; those that are known to be others are left out.
    """
    with store.read() as conn:
        return _twins(conn, uid, values.get("corporate_number"), values.get("name"), values.get("phone"))


def _need_name(values: Mapping[str, Any]) -> None:
    if not str(values.get("name") or "").strip():
        raise Refused(tr("企業の名称を書きます。"), "name")


def _resolve(conn: Connection, uid: str) -> Organization:
    """Who stands for an organization after merging. Raises Refused where this computer does not know it."""
    def merged_into(one: str) -> str | None:
        record = read_one(conn, Organization, one)
        return record.merged_into if record is not None else None
    found = read_one(conn, Organization, merging.end_of(uid, merged_into))
    if found is None:
        raise Refused(tr("このパソコンに無い企業です。"))
    return found


def _conditions(conn: Connection, query: str, prefectures: tuple[str, ...], division: str | None,
                starred: bool) -> tuple[Any, ...]:
    where: list[Any] = []
    if query.strip():
        hits = search.find(conn, query, ("organization", "organization_name", "site"), limit=5000)
        where.append(Organization.uid.in_(sorted(merging.shown(conn, {h.root for h in hits}))))
    if prefectures:
        where.append(Organization.prefecture.in_(prefectures))
    if division:
        where.append(or_(Organization.jsic_division == division, Organization.jsic_section == division))
    if starred:
        where.append(Organization.uid.in_(select(local.favourite.c.uid).where(local.favourite.c.type == TYPE)))
    return tuple(where)


def rows_of(conn: Connection, *where: Any, order: str = "kana", limit: int = 100, offset: int = 0) -> list[Row]:
    """Rows of the organizations that fit, inside a snapshot of the caller's."""
    o, c = Organization, Consultation
    last = (select(func.max(c.held_on)).where(c.organization == o.uid, c.deleted_at.is_(None))
            .correlate(o).scalar_subquery())
    ordering = (last.desc(), o.kana) if order == "last" else (o.kana.is_(None), o.kana, o.name, o.uid)
    # Two steps: sorting 20,000 uids is quick, sorting whole rows with the day of each one's last visit is not.
    uids = conn.execute(select(o.uid).where(o.deleted_at.is_(None), merging.stands(conn, o), *where)
                        .order_by(*ordering).limit(limit).offset(offset)).scalars().all()
    known: dict[str, Any] = {}
    for i in range(0, len(uids), 400):
        for r in conn.execute(
                select(o.uid, o.name, o.kana, o.prefecture, o.city, o.jsic_division, o.products, o.certificates, o.kind,
                       o.employees, o.strengths, last.label("last_on")).where(o.uid.in_(uids[i:i + 400]))):
            known[r.uid] = r
    rows = [known[uid] for uid in uids if uid in known]
    starred = _starred(conn, [r.uid for r in rows])
    also = _last_of_merged(conn, uids)
    return [Row(r.uid, r.name or "", r.kana or "", r.prefecture or "", r.city or "", r.jsic_division or "",
                r.products or "", r.certificates or "", r.kind or "", r.employees,
                max(filter(None, (_date(r.last_on), also.get(r.uid))), default=None),
                r.uid in starred, r.strengths or "") for r in rows]


def _last_of_merged(conn: Connection, uids: Sequence[str]) -> dict[str, date]:
    """The day of the last visit to one that was merged into one of these, by the uid of who stands for it."""
    wanted, c = set(uids), Consultation
    ends = {uid: end for uid, end in merging.roots(conn).items() if end in wanted}
    last: dict[str, date] = {}
    for uid, day in conn.execute(select(c.organization, func.max(c.held_on)).where(
            at_once.among(c.organization, ends), c.deleted_at.is_(None)).group_by(c.organization)) if ends else ():
        if uid in ends and (on := _date(day)) is not None:
            last[ends[uid]] = max(on, last.get(ends[uid], on))
    return last


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _starred(conn: Connection, uids: list[str]) -> set[str]:
    table = local.favourite
    found: set[str] = set()
    for i in range(0, len(uids), 400):
        found |= set(conn.execute(select(table.c.uid).where(table.c.type == TYPE,
                                                            table.c.uid.in_(uids[i:i + 400]))).scalars())
    return found


def _contacts(conn: Connection, organization: str) -> tuple[Contact, ...]:
    a, p = Affiliation, Person
    rows = conn.execute(select(a.uid, p.uid.label("person"), p.name, p.kana, a.role, p.phone, p.email, a.is_contact)
                        .join(p, p.uid == a.person).where(
            a.organization.in_(merging.members(conn, organization)), a.deleted_at.is_(None),
            p.deleted_at.is_(None)).order_by(a.place, a.uid)).all()
    found = [Contact(r.uid, r.person, r.name or "", r.kana or "", r.role or "", r.phone or "", r.email or "",
                     bool(r.is_contact)) for r in rows]
    return tuple(sorted(found, key=lambda c: not c.is_contact))


def _duplicates(conn: Connection, record: Organization) -> list[Row]:
    return _twins(conn, record.uid, record.corporate_number, record.name, record.phone)


def _twins(conn: Connection, uid: str | None, number: str | None, name: str | None, phone: str | None) -> list[Row]:
    o = Organization
    alike: list[Any] = []
    if number and corporate_number_warning(number) is None:   # a slip of the pen makes nobody a twin
        alike.append(o.corporate_number == number)
    if phone and not _PLACEHOLDER.search(phone):
        alike.append(o.phone == phone)
    core = core_name(fold(name or ""))
    if len(core) > 1:
        hits = search.find(conn, core, ("organization",), limit=50)
        same = [r.uid for r in conn.execute(select(o.uid, o.name).where(o.uid.in_([h.uid for h in hits])))
                if core_name(fold(r.name or "")) == core]
        alike.append(o.uid.in_(same))
    if not alike:
        return []
    apart = {one for pair in duplicates_.kept_apart(conn, uid) for one in pair} if uid else set()
    return [r for r in rows_of(conn, or_(*alike), limit=20) if r.uid != uid and r.uid not in apart]
