"""Which consultations hold given words: in the record, its lines and promises, or in the name of its company.

What fits is found once, as uids; rows are then read by uid, so that a block deep in a long list costs no more than the
first one. Where much fits, the newest are there before all are in order, because putting 100,000 in order takes longer
than everything else. Names are compared when asked, so that a company found by a former name brings its visits, too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk.db import at_once, search
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.japanese.folding import fold
from kanto_desk.services import consultations
from kanto_desk.services.consultations import Listed

Names = dict[str, tuple[str, ...]]
"""Uid of an organization → what it is called."""
_FEW = 2000
"""Up to so many uids are looked up one by one; more are picked out of the list of all."""
NEWEST = 200
"""So many are there at once where much fits."""
_WALKED = (2500, 5000, 15_000, -1)
"""The newest are picked out of so many visits at a time, newest first."""

_FEW_LEFT = 500
_MANY_COMPANIES = 200
"""So many companies have a visit among the newest ones: walking those by day ends sooner than sorting all of theirs."""


@dataclass(slots=True)
class Hits:
    """What a query finds: how many, and the newest; `every` holds all in order once `complete` was called."""

    fits: frozenset[str]
    year: int | None
    count: int
    newest: tuple[str, ...]
    every: tuple[str, ...] | None


def look(store: Store, query: str, *, year: int | None = None, much: int = _FEW,
         steps: Sequence[int] = _WALKED) -> Hits:
    """The consultations in which every term stands somewhere, or in their company's names; newest first.

    A term is a part of a word in any spelling. A query without any finds nothing. Where more than `much` fits, only
    the newest are put in order, picked out of so many visits at a time as `steps` says.
    """
    with store.read() as conn:
        fits = _fitting(conn, query)
        if year is not None or len(fits) <= much:
            every = tuple(_in_order(conn, fits, year))
            return Hits(frozenset(fits), year, len(every), every[:NEWEST], every)
        c = Consultation
        fits -= set(at_once.uids(conn, select(c.uid).where(c.deleted_at.is_not(None))))   # their lines are still found
        return Hits(frozenset(fits), None, len(fits), tuple(_newest_among(conn, fits, steps)), None)


def complete(store: Store, hits: Hits) -> tuple[str, ...]:
    """Uids of everything found, newest first; `hits` knows them from then on."""
    if hits.every is None:
        with store.read() as conn:
            every = tuple(_in_order(conn, hits.fits, hits.year))
        hits.every, hits.count = every, len(every)
    return hits.every


def block(store: Store, hits: Hits, offset: int, limit: int) -> list[Listed]:
    """The rows of a part of what was found."""
    known = hits.newest if offset + limit <= len(hits.newest) else complete(store, hits)
    return rows(store, known[offset:offset + limit])


def find(store: Store, query: str, *, year: int | None = None) -> tuple[str, ...]:
    """Uids of all that `look` finds, in order."""
    return complete(store, look(store, query, year=year))


def rows(store: Store, wanted: Sequence[str]) -> list[Listed]:
    """The rows of these consultations in the order given; those that are gone are left out."""
    with store.read() as conn:
        return consultations.rows_of(conn, wanted)


def by_company(conn: Connection, query: str, limit: int | None = None) -> list[str]:
    """Uids of consultations found by the name of their company, newest first; the other terms stand in the record."""
    terms = search.terms(query)
    not_wanted = search.unwanted(query)
    if len(terms) == 1 and not not_wanted:
        return newest_of(conn, companies_named(conn, terms[0]), limit)
    if not terms:
        return []
    companies = [companies_named(conn, term) for term in terms]
    if not any(companies):
        return []
    visits = [_visits_of(conn, named) for named in companies]
    fits = set[str]().union(*visits)
    for term, own in zip(terms, visits, strict=True):
        if fits - own:
            left = fits - own
            fits &= own | (search.roots_among(conn, term, left) if len(left) <= _FEW_LEFT
                           else search.visits(conn, term))
    return _in_order(conn, fits - holding_any(conn, not_wanted))[:limit]


def companies_named(conn: Connection, term: str) -> set[str]:
    """Uids of organizations with this term in their name of today, in another name or in a reading of one.

    Those in the bin are compared one by one, because no index knows them: their visits stay and are looked for by name.
    """
    hits = search.roots(conn, term, "organization", ("organization",))
    return (called(names_of(conn, hits), term) | called(_names(conn, Organization.deleted_at.is_not(None)), term)
            | search.roots(conn, term, "organization", ("organization_name",)))


def names_of(conn: Connection, companies: Collection[str]) -> Names:
    """Name, reading, short and English name of these organizations; those deleted are not there."""
    o = Organization
    return _names(conn, at_once.among(o.uid, companies), o.deleted_at.is_(None))


def _names(conn: Connection, *where: Any) -> Names:
    o = Organization
    return {uid: tuple(name or "" for name in names) for uid, *names in at_once.rows(
        conn, select(o.uid, o.name, o.kana, o.short_name, o.name_en).where(*where))}


def called(names: Names, term: str) -> set[str]:
    """Which of these organizations have a term in one of these names."""
    wanted = fold(term)
    return {uid for uid, own in names.items() if term in own[0] or wanted in folded("|".join(own))}


@lru_cache(maxsize=1 << 15)
def folded(name: str) -> str:
    """A name as it is compared. Documented cache: the next letter of a word meets the same names again (≤ 10 MB)."""
    return fold(name)


def newest_of(conn: Connection, companies: Collection[str], limit: int | None) -> list[str]:
    """Uids of the consultations with these organizations, newest first."""
    c = Consultation
    walked = limit is not None and len(companies) > _MANY_COMPANIES
    company = func.coalesce(c.organization, "") if walked else c.organization   # an expression: no index on it is taken
    wanted = select(c.uid).where(at_once.among(company, companies), c.deleted_at.is_(None))
    return at_once.uids(conn, wanted.order_by(c.held_on.desc(), c.uid.desc()).limit(limit))


def _visits_of(conn: Connection, companies: set[str]) -> set[str]:
    if not companies:
        return set()
    c = Consultation
    return set(at_once.uids(conn, select(c.uid).where(at_once.among(c.organization, companies))))


def _fitting(conn: Connection, query: str) -> set[str]:
    fits: set[str] | None = None
    for term in search.terms(query):
        own = _holding(conn, term)
        fits = own if fits is None else fits & own
        if not fits:
            break
    return fits - holding_any(conn, search.unwanted(query)) if fits else set()


def _holding(conn: Connection, term: str) -> set[str]:
    """Uids of consultations with a term anywhere in them or in the names of their company."""
    return search.visits(conn, term) | _visits_of(conn, companies_named(conn, term))


def holding_any(conn: Connection, terms: Sequence[str]) -> set[str]:
    """Uids of consultations with any of these terms anywhere in them or in the names of their company."""
    return set[str]().union(*(_holding(conn, term) for term in terms))


def _newest_among(conn: Connection, fits: Collection[str], steps: Sequence[int]) -> list[str]:
    """The newest of many, from the beginning of the list of all."""
    c, found, walked = Consultation, list[str](), 0
    every = select(c.uid).where(c.deleted_at.is_(None)).order_by(c.held_on.desc(), c.uid.desc())
    for step in steps:
        part = at_once.uids(conn, every.limit(step).offset(walked))
        found += [uid for uid in part if uid in fits]
        walked += step
        if len(found) >= NEWEST:
            break
    return found[:NEWEST]


def _in_order(conn: Connection, fits: Collection[str], year: int | None = None) -> list[str]:
    c = Consultation
    wanted = select(c.uid).where(c.deleted_at.is_(None))
    if year is not None:
        wanted = wanted.where(c.fiscal_year == year)
    if len(fits) > _FEW:
        every = at_once.uids(conn, wanted.order_by(c.held_on.desc(), c.uid.desc()))
        return [uid for uid in every if uid in fits]
    found = at_once.rows(conn, wanted.add_columns(c.held_on).where(at_once.among(c.uid, fits)))
    return [uid for uid, _ in sorted(found, key=lambda row: (row[1] or "", row[0]), reverse=True)]
