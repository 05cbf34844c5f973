"""Which consultations hold given words: in the record, its lines and promises, or in the name of its company.

What fits is found once, as uids; rows are then read by uid, so that a block deep in a long list costs no more than the
first one. Where much fits, the newest are there before all are in order, because putting 100,000 in order takes longer
than everything else. The names of its company, former ones too, are a part of each visit (`db.visit_names`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk.db import at_once, index_places, search
from kanto_desk.db.index_places import of_days
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.japanese.folding import fold
from kanto_desk.services import consultations, visit_filters, visit_walk
from kanto_desk.services.consultations import Listed
from kanto_desk.services.visit_filters import Only

Names = dict[str, tuple[str, ...]]
"""Uid of an organization → what it is called."""
_FEW = 2000
"""Up to so many uids are looked up one by one; more are picked out of the list of all."""
NEWEST = 50
"""So many are there at once where much fits."""

_FEW_LEFT = 500
_MANY_COMPANIES = 200
"""So many companies have a visit among the newest ones: walking those by day ends sooner than sorting all of theirs."""
ALL = Only()


@dataclass(slots=True)
class Hits:
    """What a query finds: the newest; `every` holds all in order once `complete` was called.

    `count` is how many, or with `more` how many at least.
    """

    query: str
    only: Only
    count: int
    more: bool
    newest: tuple[str, ...]
    every: tuple[str, ...] | None


def look(store: Store, query: str, *, year: int | None = None, only: Only = ALL, least: int = NEWEST,
         most: int | None = None) -> Hits:
    """The consultations that fit, in which every term stands somewhere, or in their company's names; newest first.

    A term is a part of a word in any spelling. Without any, all that fit the conditions, if there are conditions; a
    query of marks alone finds nothing. Where many fit, only the newest `least` are put in order (`complete`). A term in
    `most` lines is frequent (`visit_walk`).
    """
    only = _within(only, year)
    with store.read() as conn:
        if not search.terms(query):
            every = tuple(_fitting_alone(conn, only)) if only.narrows and not query.strip() else ()
            return Hits(query, only, len(every), False, every[:least], every)
        wanted = _Looked(conn, query, only, most)
        need = least
        while True:
            found = wanted.newest(need)
            rows = visit_walk.live(conn, found.numbers[:_whole_day(found.numbers, need)])
            if len(rows) >= least or (found.whole and len(found.numbers) <= need):
                break
            need *= 4   # many of them are in the bin, or only a part of them is on this laptop
        newest = tuple(uid for _, uid in rows[:least])
        if found.whole and len(found.numbers) <= least:
            return Hits(query, only, len(newest), False, newest, newest)
        binned = visit_walk.numbers_of(conn, _binned(conn)) if found.whole else ()
        count = len(set(found.numbers).difference(binned)) if found.whole else len(newest)
        return Hits(query, only, max(count, len(newest)), not found.whole, newest, None)


def complete(store: Store, hits: Hits) -> tuple[str, ...]:
    """Uids of everything found, newest first; `hits` knows them from then on."""
    if hits.every is None:
        with store.read() as conn:
            numbers = _Looked(conn, hits.query, hits.only).every()
            hits.every = tuple(_in_order(conn, visit_walk.uids_of(conn, numbers)))
        hits.count, hits.more = len(hits.every), False
    return hits.every


class _Looked:
    """A query taken apart, within days and conditions."""

    def __init__(self, conn: Connection, query: str, only: Only, most: int | None = None) -> None:
        self._conn, self._low, self._high = conn, *of_days(only.since, only.until)
        self._allowed = None if only.by_day_alone else visit_walk.numbers_of(conn, visit_filters.among(conn, only))
        self._words = search.terms(query), search.unwanted(query)
        alone = len(self._words[0]) == 1 and not self._words[1] and self._allowed is None
        self._most = most or (visit_walk.ALONE if alone else visit_walk.RARE)
        self._asked: tuple[list[visit_walk.Term], list[visit_walk.Term]] | None = None

    def newest(self, least: int) -> visit_walk.Walked:
        """The newest, at least so many."""
        if self._asked is None:
            self._asked = ([self._term(one) for one in self._words[0]], [self._term(one) for one in self._words[1]])
        terms, unwanted = self._asked
        return visit_walk.walk(self._conn, terms, unwanted, self._low, self._high, least, self._allowed)

    def every(self) -> set[int]:
        """The numbers of all."""
        terms, unwanted = self._words
        found: set[int] | None = None if self._allowed is None else set(self._allowed)
        for one in terms:
            own = search.numbers(self._conn, one, self._low, self._high)
            found = own if found is None else found & own
            if not found:
                return set()
        for one in unwanted:
            found = (found or set()) - search.numbers(self._conn, one, self._low, self._high)
        return visit_walk.between(found or set(), self._low, self._high)

    def _term(self, words: str) -> visit_walk.Term:
        return visit_walk.term(self._conn, words, self._low, self._high, self._most)


def _within(only: Only, year: int | None) -> Only:
    """Conditions with a fiscal year as days."""
    if year is None:
        return only
    since, until = date(year, 4, 1), date(year + 1, 3, 31)
    return replace(only, since=max(since, only.since or since), until=min(until, only.until or until))


def _whole_day(numbers: Sequence[int], least: int) -> int:
    """How many of these numbers to take to have all of the day of the one at `least`: a day is put in order whole."""
    if len(numbers) <= least:
        return len(numbers)
    end = least
    while end < len(numbers) and index_places.same_day(numbers[end], numbers[least - 1]):
        end += 1
    return end


def _binned(conn: Connection) -> list[str]:
    return [row[0] for row in at_once.unpacked(conn, _BINNED)]   # their lines are still found


def _fitting_alone(conn: Connection, only: Only) -> list[str]:
    c = Consultation
    return at_once.uids(conn, select(c.uid).where(c.deleted_at.is_(None), *visit_filters.where(only))
                        .order_by(c.held_on.desc(), c.uid.desc()))


def block(store: Store, hits: Hits, offset: int, limit: int) -> list[Listed]:
    """The rows of a part of what was found."""
    known = hits.newest if offset + limit <= len(hits.newest) else complete(store, hits)
    return rows(store, known[offset:offset + limit])


def find(store: Store, query: str, *, year: int | None = None, only: Only = ALL) -> tuple[str, ...]:
    """Uids of all that `look` finds, in order."""
    return complete(store, look(store, query, year=year, only=only))


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
    binned = _told(at_once.unpacked(conn, _BINNED_NAMES))
    return ((called(names_of(conn, hits), term) if hits else set()) | called(binned, term)
            | search.roots(conn, term, "organization", ("organization_name",)))


def names_of(conn: Connection, companies: Collection[str]) -> Names:
    """Name, reading, short and English name of these organizations; those deleted are not there."""
    return _told(at_once.unpacked(conn, _LIVE_NAMES, uids=companies))


def _told(rows: list[list[Any]]) -> Names:
    return {uid: tuple(name or "" for name in names) for uid, *names in rows}


_o, _c = wire_table("organization").c, wire_table(consultations.TYPE).c
_NAMES = select(_o.uid, _o.name, _o.kana, _o.short_name, _o.name_en)
_BINNED_NAMES = at_once.packed(_NAMES.where(_o.deleted_at.is_not(None)))
_LIVE_NAMES = at_once.packed(_NAMES.where(at_once.one_of(_o.uid, "uids"), _o.deleted_at.is_(None)))
_BINNED = at_once.packed(select(_c.uid).where(_c.deleted_at.is_not(None)))


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


def _holding(conn: Connection, term: str) -> set[str]:
    """Uids of consultations with a term anywhere in them or in the names of their company."""
    return search.visits(conn, term) | _visits_of(conn, companies_named(conn, term))


def holding_any(conn: Connection, terms: Sequence[str]) -> set[str]:
    """Uids of consultations with any of these terms anywhere in them or in the names of their company."""
    return set[str]().union(*(_holding(conn, term) for term in terms))


def _in_order(conn: Connection, fits: Collection[str]) -> list[str]:
    c = Consultation
    wanted = select(c.uid).where(c.deleted_at.is_(None))
    if len(fits) > _FEW:
        every = at_once.uids(conn, wanted.order_by(c.held_on.desc(), c.uid.desc()))
        return [uid for uid in every if uid in fits]
    found = at_once.rows(conn, wanted.add_columns(c.held_on).where(at_once.among(c.uid, fits)))
    return [uid for uid, _ in sorted(found, key=lambda row: (row[1] or "", row[0]), reverse=True)]
