"""The list of organizations: which ones fit the conditions, in which order, and their rows in blocks.

What fits is found once, as uids in order; rows are then read by uid, so that a block deep in a long list costs no more
than the first one. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, and_, func, or_, select

from kanto_desk import masters
from kanto_desk.clock import today
from kanto_desk.db import at_once, local, search
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.records.people import Affiliation
from kanto_desk.db.store import Store
from kanto_desk.japanese.folding import fold
from kanto_desk.services import merging
from kanto_desk.services.organizations import TYPE, Row, rows_of

NOT_VISITED_DAYS = 90
_FEW = 2000
"""Up to so many uids are looked up one by one; more are picked out of the list of all."""

_ALWAYS = 2   # conditions of every list (`_listed`)

Order = Literal["kana", "last"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. Several prefectures or industries mean any of them; everything else must all be so."""

    query: str = ""
    prefectures: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    starred: bool = False
    not_visited: bool = False
    order: Order = "kana"

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.query.strip() or self.prefectures or self.industries or self.starred or self.not_visited)


@dataclass(frozen=True, slots=True)
class Facets:
    """Prefectures (CL10) and industries (CL12, divisions) that occur, the most frequent first."""

    prefectures: tuple[str, ...]
    industries: tuple[str, ...]


def conditions(wanted: Wanted) -> dict[str, Any]:
    """What a named view keeps: conditions that are set, by name."""
    kept: dict[str, Any] = {
        "query": wanted.query.strip(), "prefectures": sorted(wanted.prefectures),
        "industries": sorted(wanted.industries), "starred": wanted.starred, "not_visited": wanted.not_visited,
        "order": "" if wanted.order == "kana" else wanted.order}
    return {name: value for name, value in kept.items() if value}


def wanted_of(kept: Mapping[str, Any]) -> Wanted:
    """The conditions of a view as far as this program understands them; anything else is left out."""
    def known(name: str, list_id: str) -> tuple[str, ...]:
        given, items = kept.get(name), masters.code_lists()[list_id]
        listed = given if isinstance(given, list) else []
        return tuple(one for one in listed if isinstance(one, str) and items.item(one))
    query = kept.get("query")
    return Wanted(query if isinstance(query, str) else "", known("prefectures", "CL10"), known("industries", "CL12"),
                  kept.get("starred") is True, kept.get("not_visited") is True,
                  "last" if kept.get("order") == "last" else "kana")


def find(store: Store, wanted: Wanted) -> tuple[str, ...]:
    """Uids of all organizations that fit, in order.

    Each term of the query is a part of a word in any spelling: of the organization itself, a former name, a site, a
    person there, or the reading of its municipality (すわ finds 諏訪).
    """
    with store.read() as conn:
        where = _where(conn, wanted, today(store.clock))
        if wanted.query.strip():
            fits = _fitting(conn, wanted.query)
            if len(fits) <= _FEW:
                where.append(at_once.among(Organization.uid, fits))
                return tuple(_ordered(conn, wanted.order, where))
            return tuple(uid for uid in _ordered(conn, wanted.order, where) if uid in fits)
        return tuple(_ordered(conn, wanted.order, where))


def total(store: Store) -> int:
    """How many organizations this laptop has."""
    with store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(Organization).where(
            *_listed(conn))).scalar_one())


def rows(store: Store, wanted: Sequence[str]) -> list[Row]:
    """The rows of these organizations in the order given; those that are gone are left out."""
    found: dict[str, Row] = {}
    with store.read() as conn:
        for i in range(0, len(wanted), 400):
            part = wanted[i:i + 400]
            found |= {row.uid: row for row in rows_of(conn, Organization.uid.in_(part), limit=len(part))}
    return [found[uid] for uid in wanted if uid in found]


def facets(store: Store) -> Facets:
    """What filters are worth offering on this laptop."""
    o = Organization
    with store.read() as conn:
        def frequent(column: Any) -> tuple[str, ...]:
            return tuple(conn.execute(select(column).where(
                column.is_not(None), *_listed(conn))
                .group_by(column).order_by(func.count().desc(), column)).scalars())
        return Facets(frequent(o.prefecture), frequent(o.jsic_division))


def _listed(conn: Connection) -> list[Any]:
    """The conditions of every list: neither in the bin nor merged into another one."""
    return [Organization.deleted_at.is_(None), merging.stands(conn, Organization)]


def _where(conn: Connection, wanted: Wanted, now: date) -> list[Any]:
    o, c = Organization, Consultation
    where: list[Any] = _listed(conn)
    if wanted.prefectures:
        where.append(o.prefecture.in_(wanted.prefectures))
    if wanted.industries:
        where.append(or_(o.jsic_division.in_(wanted.industries), o.jsic_section.in_(wanted.industries)))
    if wanted.starred:
        where.append(o.uid.in_(select(local.favourite.c.uid).where(local.favourite.c.type == TYPE)))
    if wanted.not_visited:
        lately = select(c.organization).where(
            c.held_on > now - timedelta(days=NOT_VISITED_DAYS), c.held_on <= now, c.deleted_at.is_(None),
            c.organization.is_not(None))
        ends = merging.roots(conn)   # a visit to one that was merged is one to who stands for it
        also = {ends[uid] for uid in at_once.uids(conn, lately.where(at_once.among(c.organization, ends)))
                } if ends else set()
        where.append(o.uid.not_in(lately))
        if also:
            where.append(o.uid.not_in(also))
    return where


def _ordered(conn: Connection, order: Order, where: Sequence[Any]) -> list[str]:
    """By reading, those without one after the others; with "last" by the day of the last visit, newest first."""
    if order == "last":
        return _by_last_visit(conn, where)
    o = Organization
    read = [o.kana.is_not(None), o.kana.is_(None)]   # one after the other, each in the order of its index
    return [uid for one in read
            for uid in at_once.uids(conn, select(o.uid).where(*where, one).order_by(o.kana, o.name, o.uid))]


def _by_last_visit(conn: Connection, where: Sequence[Any]) -> list[str]:
    """Newest first, equal days by reading; from an index alone, which already leaves out what no list shows."""
    v, o = local.last_visit.c, Organization
    ordered = select(v.organization).order_by(v.day.desc(), v.unread, v.kana, v.name, v.organization)
    if len(where) == _ALWAYS:
        return at_once.uids(conn, ordered)
    fits = set(at_once.uids(conn, select(o.uid).where(*where)))
    if len(fits) <= _FEW:
        return at_once.uids(conn, ordered.where(at_once.among(v.organization, fits)))
    return [uid for uid in at_once.uids(conn, ordered) if uid in fits]


def _fitting(conn: Connection, query: str) -> set[str]:
    fits: set[str] | None = None
    for term in search.terms(query):
        own = merging.shown(conn, _matching(conn, term))
        fits = own if fits is None else fits & own
        if not fits:
            break
    return (fits or set()).difference(*(_matching(conn, term) for term in search.unwanted(query) if fits))


def _matching(conn: Connection, term: str) -> set[str]:
    fits = search.roots(conn, term, TYPE, search.NAMED)
    fits |= _at(conn, search.roots(conn, term, "person", ("person",)))
    cities = _cities_read(fold(term))
    o = Organization
    for i in range(0, len(cities), 200):
        fits |= set(conn.execute(select(o.uid).where(or_(*(
            and_(o.prefecture == prefecture, o.city.startswith(city, autoescape=True) if wards else o.city == city)
            for prefecture, city, wards in cities[i:i + 200]
        )))).scalars())
    return fits


def _at(conn: Connection, people: set[str]) -> set[str]:
    a = Affiliation
    return set(at_once.uids(conn, select(a.organization).where(at_once.among(a.person, people),
                                                               a.deleted_at.is_(None))))


def _cities_read(reading: str) -> list[tuple[str, str, bool]]:
    """(prefecture, city as addresses write it, has wards) of municipalities read so; one kana says too little."""
    if len(reading) < 2:
        return []
    return [place for kana, place in _readings() if kana.startswith(reading)]


@cache
def _readings() -> tuple[tuple[str, tuple[str, str, bool]], ...]:
    """Folded reading → (prefecture, city, has wards). Documented cache: shipped data only."""
    return tuple((fold(m.kana), (m.prefecture, f"{m.county}{m.city or ''}{m.name}", m.designated))
                 for m in masters.municipalities() if m.kana)
