"""The newest consultations that hold given words, without looking at all of them.

The index gives hits in the order of days (`db.index_places`). Where a term is rare, its visits are few and the other
terms are looked for among them; where all are frequent, the list is walked from its newest end until it is long enough.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kanto_desk.db import at_once, index_places, local, search
from kanto_desk.db.index_places import LINE_BITS, VISITS_END
from kanto_desk.db.records.consultations import Consultation

RARE = 500
"""So many lines at most are read of a term to see whether it is rare."""
ALONE = 200
"""So many of a term that stands alone: where it is frequent, the newest are all that is wanted."""
_PART = 64
"""In so many visits of a rare term, the newest, the frequent ones are looked for; then in twice as many."""
_PROBE = 80
"""What it costs to look for a term in one visit, in lines read in one go."""


@dataclass(frozen=True, slots=True)
class Walked:
    """Numbers of visits, newest first, and whether there are no others."""

    numbers: list[int]
    whole: bool


@dataclass(slots=True)
class Term:
    """A term; `lines` are the newest that hold it."""

    words: str
    lines: list[int]
    most: int

    @property
    def rare(self) -> bool:
        """Whether `lines` are all that hold it."""
        return len(self.lines) < self.most

    def visits(self) -> set[int]:
        """The visits of a rare term."""
        return {line >> LINE_BITS for line in self.lines}


def term(conn: Connection, words: str, low: int, high: int, most: int = RARE) -> Term:
    """A term, asked for its newest lines; `most` of them make it a frequent one."""
    return Term(words, search.newest(conn, words, low, high, most), most)


def walk(conn: Connection, terms: Sequence[Term], unwanted: Sequence[Term], low: int, high: int, least: int,
         allowed: Collection[int] | None = None) -> Walked:
    """Visits with parts from id `low` to below `high` in which every term stands and no unwanted one.

    At least `least` of the newest, and all of the oldest day among them; `allowed`: no others than these.
    """
    rare = [one for one in terms if one.rare]
    if rare:
        found = _meant(min(rare, key=lambda one: len(one.lines)).visits(), low, high, allowed)
        for one in rare:
            found &= one.visits()
        for one in unwanted:
            found -= one.visits() if one.rare else set()
        return _picked(conn, sorted(found, reverse=True), [one for one in terms if not one.rare],
                       [one for one in unwanted if not one.rare], least)
    fewest = max(terms, key=lambda one: one.lines[0] - one.lines[-1])
    kept: list[int] = []
    step, top = fewest.most, high
    while len(kept) < least and top > low:
        known = top == high and step == fewest.most
        lines = fewest.lines if known else search.newest(conn, fewest.words, low, top, step)
        floor = index_places.next_day(lines[-1]) if len(lines) == step else low
        if floor >= top:   # all of one day
            step *= 4
            continue
        found = {line >> LINE_BITS for line in lines if line >= floor}
        found = _meant(found, floor, top, allowed)
        for other in terms:
            if other is not fewest and found:
                found &= search.numbers(conn, other.words, floor, top)
        for other in unwanted:
            if found:
                found -= _among(conn, other, found)
        kept += sorted(found, reverse=True)
        top, step = floor, step * 2
    return Walked(kept, top <= low)


def _picked(conn: Connection, found: list[int], frequent: Sequence[Term], unwanted: Sequence[Term],
            least: int) -> Walked:
    """Of these visits, newest first, at least `least` in which the frequent terms stand and no unwanted one."""
    if not frequent and not unwanted:
        return Walked(found, True)
    kept: list[int] = []
    at, size = 0, _PART
    while at < len(found) and len(kept) < least:
        end = min(at + size, len(found))
        while end < len(found) and index_places.same_day(found[end], found[end - 1]):
            end += 1
        part = set(found[at:end])
        for one in frequent:
            part &= _among(conn, one, part)
        for one in unwanted:
            part -= _among(conn, one, part)
        kept += sorted(part, reverse=True)
        at, size = end, size * 2
    return Walked(kept, at >= len(found))


def numbers_of(conn: Connection, visits: Collection[str]) -> frozenset[int]:
    """The numbers of these visits."""
    return frozenset(row[0] for row in at_once.unpacked(conn, _NUMBERS_OF, uids=visits)) if visits else frozenset()


def uids_of(conn: Connection, numbers: Collection[int]) -> set[str]:
    """The visits of these numbers."""
    return {row[0] for row in at_once.unpacked(conn, _UIDS_OF, numbers=numbers)} if numbers else set()


def live(conn: Connection, numbers: Collection[int]) -> list[tuple[str, str]]:
    """Day and uid of these visits, as far as they are here and not in the bin; newest first."""
    rows = at_once.unpacked(conn, _LIVE, numbers=numbers) if numbers else ()
    return sorted(((day or "", uid) for day, uid in rows), reverse=True)


_visit = Consultation.__table__
_v, _c = local.visit_number.c, _visit.c
_NUMBERS_OF = at_once.packed(select(_v.number).where(at_once.one_of(_v.uid, "uids")))
_UIDS_OF = at_once.packed(select(_v.uid).where(at_once.one_of_numbers(_v.number, "numbers")))
_LIVE = at_once.packed(select(_c.held_on, _c.uid).join_from(local.visit_number, _visit, _c.uid == _v.uid).where(
    at_once.one_of_numbers(_v.number, "numbers"), _c.deleted_at.is_(None)))


def _among(conn: Connection, one: Term, visits: Collection[int]) -> set[int]:
    """Which of these visits hold a term."""
    if not visits:
        return set()
    if one.rare:
        return one.visits()
    low, high = min(visits) << LINE_BITS, (max(visits) + 1) << LINE_BITS
    between_them = len(one.lines) * (high - low) / (one.lines[0] - one.lines[-1] + 1)   # as they lie among its newest
    if between_them > _PROBE * len(visits):
        return {n for n in visits if search.newest(conn, one.words, n << LINE_BITS, (n + 1) << LINE_BITS, 1)}
    return search.numbers(conn, one.words, low, high)


def _meant(visits: set[int], low: int, high: int, allowed: Collection[int] | None) -> set[int]:
    if allowed is not None:
        visits = visits.intersection(allowed)
    if low or high < VISITS_END:
        visits = {n for n in visits if low <= n << LINE_BITS < high}
    return visits


def between(visits: Collection[int], low: int, high: int) -> set[int]:
    """Those of these visits whose parts stand from one id to below another."""
    return {n for n in visits if low <= n << LINE_BITS < high}


