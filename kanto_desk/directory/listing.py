"""The directory as one long list that can be entered anywhere: which corporation stands in which row, and its rows.

What was typed orders as a search does; without it the order is that of the corporate numbers, which is roughly that of
places, with those that were added since the last full import behind. A list is made in two steps: its first rows at
once, then the place of every row, four bytes each.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from kanto_desk import stopping
from kanto_desk.directory import schema
from kanto_desk.directory.asking import Filters, Question
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, OPEN
from kanto_desk.directory.searching import Corporation, Directory
from kanto_desk.directory.words import Place

FIRST = 200
"""Rows that are brought at once, while the places of the others are not known."""
MOST = 100_000
"""Hits of typed words that are put into a list; each is looked at in Python."""
AT_ONCE = 20_000
"""A list under conditions that is no longer than this comes whole at once."""
_GULP = 4096

_N = f"words.rowid & {schema.RUNNING}"
_MATCHING = "FROM words WHERE words MATCH ?"
_IN_STATE = f"FROM words JOIN corp c ON c.n = {_N} WHERE words MATCH ?"
_FROM = " AND words.rowid >= ? ORDER BY words.rowid LIMIT ?"
_ROW = ("SELECT n, num, version, changed, assigned, kind, process, state, name, kana, place, street, post, industry, "
        "rest FROM corp WHERE ")
_BY_ID = f"{_ROW}n = ?"
_FROM_ID = f"{_ROW}n >= ? AND state <> {HIDDEN} ORDER BY n LIMIT ?"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list shall hold. Codes of prefectures (2 digits), municipalities (5), industries; `states` of `columns`.

    Where municipalities are named, prefectures do not count. Nothing given: every corporation that is not hidden.
    """

    typed: str = ""
    prefectures: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    states: tuple[int, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether anything at all is asked for."""
        return bool(self.typed.strip() or self.prefectures or self.cities or self.industries or self.states)

    @property
    def shown(self) -> frozenset[int]:
        """The states that are wanted."""
        return frozenset(self.states) & _FINDABLE or _FINDABLE

    @property
    def filters(self) -> Filters:
        """The same for the index, which knows only whether a corporation is open."""
        exists = None if {OPEN} < self.shown else OPEN in self.shown
        return Filters(self.prefectures, self.cities, (), self.industries, exists)

    @property
    def unsure(self) -> bool:
        """Whether the index offers states that are not wanted, so that each corporation has to be looked at."""
        return self.shown not in (_FINDABLE, {OPEN}, {CLOSED, MERGED})


_FINDABLE = frozenset({OPEN, CLOSED, MERGED})


class _Some:
    """Running numbers one by one, in the order of the list."""

    def __init__(self, numbers: array[int], *, rising: bool) -> None:
        self._numbers, self._rising = numbers, rising

    def __len__(self) -> int:
        return len(self._numbers)

    def cut(self, offset: int, limit: int) -> Sequence[int]:
        return self._numbers[offset:offset + limit]

    def place(self, number: int) -> int | None:
        if self._rising:
            at = bisect_left(self._numbers, number)
            return at if at < len(self._numbers) and self._numbers[at] == number else None
        try:
            return self._numbers.index(number)
        except ValueError:
            return None


class _AllBut:
    """All running numbers from 1 to `last` but a few."""

    def __init__(self, last: int, missing: array[int]) -> None:
        self._last, self._missing = last, missing
        self._before = array("I", (number - 1 - count for count, number in enumerate(missing)))   # rows before each

    def __len__(self) -> int:
        return self._last - len(self._missing)

    def cut(self, offset: int, limit: int) -> Sequence[int]:
        found: list[int] = []
        end = min(offset + limit, len(self))
        at = bisect_right(self._before, offset)
        for row in range(offset, end):
            while at < len(self._before) and self._before[at] <= row:
                at += 1
            found.append(row + 1 + at)
        return found

    def place(self, number: int) -> int | None:
        at = bisect_left(self._missing, number)
        if number > self._last or (at < len(self._missing) and self._missing[at] == number):
            return None
        return number - 1 - at


class _Roughly:
    """All corporations while it is not known which are hidden: a row begins about where it will be."""

    def __init__(self, last: int, count: int) -> None:
        self._last, self._count = last, count

    def __len__(self) -> int:
        return self._count

    def cut(self, offset: int, limit: int) -> Sequence[int]:
        first = 1 + offset + (self._last - self._count) * offset // max(self._count, 1)
        return range(first, first + min(limit, self._count - offset))

    def place(self, number: int) -> int | None:
        return min(number - 1, self._count - 1) if self._count else None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a question brought, in order. `total`: how many, None while nobody knows; `more`: there are more than these.

    `known`: of so many rows, from the first, the place is known. `path`: the file it is a list of. `rough`: rows may
    stand a little beside their places until the whole is known.
    """

    wanted: Wanted
    path: Path
    total: int | None
    more: bool
    _rows: _Some | _AllBut | _Roughly

    @property
    def rough(self) -> bool:
        """Whether the places are only about right."""
        return isinstance(self._rows, _Roughly)

    @property
    def known(self) -> int:
        """Rows that can be read."""
        return len(self._rows)

    @property
    def complete(self) -> bool:
        """Whether every row can be read."""
        return self.total == self.known and not self.rough

    def numbers(self, offset: int, limit: int) -> Sequence[int]:
        """Running numbers of some rows; fewer where fewer are known."""
        return self._rows.cut(offset, limit)

    def place(self, running: int) -> int | None:
        """The row of a corporation, counted from 0; None where it is not among those known."""
        return self._rows.place(running)


class ListedDirectory(Directory):
    """A directory file that is read as a list."""

    def begin(self, wanted: Wanted, at_once: int = AT_ONCE) -> Listing:
        """The first rows of a list, in some milliseconds; all of one under conditions that is no longer than `at_once`.

        The list of all corporations can be entered anywhere by then, at places that are about right. Raises Stopped,
        the driver's errors.
        """
        question = Question(wanted.typed, wanted.filters)
        with self._reading():
            if question.terms:
                found = array("I", islice(self._hits(question, wanted), FIRST + 1))
                total = len(found) if len(found) <= FIRST else None
            elif not wanted.narrows:
                last = int(self._rows("SELECT coalesce(max(n), 0) FROM corp")[0][0])
                total = self._counted(wanted) or 0
                rows: _AllBut | _Roughly | _Some = _Roughly(last, total)
                if last == total or last <= at_once:
                    rows = self._in_states(wanted.shown)
                return Listing(wanted, self.path, total, False, rows)
            elif question.empty:
                states = ", ".join(str(state) for state in sorted(wanted.shown))
                found = self._gathered(f"SELECT n FROM corp WHERE state IN ({states}) ORDER BY n LIMIT ?", (FIRST,))
                total = self._counted(wanted)
            else:
                total = self._counted(wanted)
                if total is not None and total <= at_once:
                    rows = _Some(self._fitting_filters(question, wanted), rising=True)
                    return Listing(wanted, self.path, len(rows), False, rows)
                found = self._first_of(question, wanted)
                if len(found) < FIRST:
                    total = len(found)
        return Listing(wanted, self.path, total, False, _Some(found[:FIRST], rising=not question.terms))

    def whole(self, wanted: Wanted, most: int = MOST) -> Listing:
        """The place of every row, of typed words up to `most`; takes up to seconds and can be stopped.

        Raises Stopped, the driver's errors.
        """
        question = Question(wanted.typed, wanted.filters)
        rows: _Some | _AllBut
        more = False
        with self._reading():
            if question.terms:
                found = array("I", islice(self._hits(question, wanted), most + 1))
                more = len(found) > most
                rows = _Some(found[:most], rising=False)
            elif not (wanted.prefectures or wanted.cities or wanted.industries):
                rows = self._in_states(wanted.shown)
            else:
                rows = _Some(self._fitting_filters(question, wanted), rising=True)
        return Listing(wanted, self.path, len(rows), more, rows)

    def page(self, listing: Listing, offset: int, limit: int) -> list[Corporation | None]:
        """Some rows of a list of this file, as of `rows`."""
        numbers = listing.numbers(offset, limit)
        if not listing.rough or not numbers:
            return self.rows(numbers)
        with self._reading():
            found = self._cursor.execute(_FROM_ID, (numbers[0], len(numbers))).fetchall()
            return [self._corporation(row) for row in found]

    def rows(self, numbers: Iterable[int]) -> list[Corporation | None]:
        """The corporations of running numbers; None for one that is hidden now. Raises Stopped, the driver's errors."""
        found: list[Corporation | None] = []
        with self._reading():
            for number in numbers:
                row = self._cursor.execute(_BY_ID, (number,)).fetchone()
                found.append(None if row is None or row[7] == HIDDEN else self._corporation(row))
        return found

    def counts(self) -> list[tuple[Place, int]]:
        """Municipalities and how many corporations that can be found each has, most first."""
        found = Counter[Place]()
        for place, _, state, count in self.tally():
            if state != HIDDEN and place.code:
                found[place] += count
        return found.most_common()

    # Inside

    def _hits(self, question: Question, wanted: Wanted) -> Iterator[int]:
        """Running numbers of the hits of a search, best first."""
        if question.number:
            one = self._numbered(question.number)
            found: Iterable[Corporation] = () if one is None else (one,)
        else:
            found = (hit.corporation for hit in self._ranked(question))
        return (one.running for one in found if one.state in wanted.shown)

    def _counted(self, wanted: Wanted) -> int | None:
        """How many there are as far as the file keeps count: not of industries."""
        if wanted.industries:
            return None
        total = 0
        for place, state, count in self._rows("SELECT place, state, sum(count) FROM tally GROUP BY place, state"):
            code = self._places[place].code
            if state in wanted.shown and (code in wanted.cities if wanted.cities else
                                          not wanted.prefectures or code[:2] in wanted.prefectures):
                total += count
        return total

    def _statement(self, question: Question, wanted: Wanted) -> tuple[str, str]:
        """Where the index finds what fits filters, and its condition."""
        condition = " AND ".join(question.filters.condition())
        if not wanted.unsure:
            return _MATCHING, condition
        states = ", ".join(str(state) for state in sorted(wanted.shown))
        return f"{_IN_STATE} AND c.state IN ({states})", condition

    def _fitting_filters(self, question: Question, wanted: Wanted) -> array[int]:
        """Running numbers of all that fits filters, rising."""
        where, condition = self._statement(question, wanted)
        return self._gathered(f"SELECT {_N} AS n {where} ORDER BY n", (condition,))

    def _first_of(self, question: Question, wanted: Wanted) -> array[int]:
        """The lowest running numbers: the index goes by the lengths of names, and by number within each."""
        where, condition = self._statement(question, wanted)
        found: list[int] = []
        low = 0
        while True:
            rows = [one for one, in self._cursor.execute(f"SELECT words.rowid {where}{_FROM}", (condition, low, FIRST))]
            found += rows
            if len(rows) < FIRST:
                break
            first, last = rows[0] >> schema.LENGTH_SHIFT, rows[-1] >> schema.LENGTH_SHIFT
            low = (last + (first == last)) << schema.LENGTH_SHIFT   # a length that was begun late is read anew
            stopping.heed()
        return array("I", sorted({one & schema.RUNNING for one in found})[:FIRST])

    def _in_states(self, shown: frozenset[int]) -> _Some | _AllBut:
        """Every corporation of these states; of most of them it is noted which are not."""
        states = ", ".join(str(state) for state in sorted(shown))
        if OPEN not in shown:
            return _Some(self._gathered(f"SELECT n FROM corp WHERE state IN ({states}) ORDER BY n"), rising=True)
        last = int(self._rows("SELECT coalesce(max(n), 0) FROM corp")[0][0])
        if not self._rows(f"SELECT coalesce(sum(count), 0) FROM tally WHERE state NOT IN ({states})")[0][0]:
            return _AllBut(last, array("I"))
        return _AllBut(last, self._gathered(f"SELECT n FROM corp WHERE state NOT IN ({states}) ORDER BY n"))

    def _gathered(self, statement: str, values: tuple[Any, ...] = ()) -> array[int]:
        found = array("I")
        rows = (n for n, in self._cursor.execute(statement, values))
        while True:
            before = len(found)
            found.extend(islice(rows, _GULP))
            if len(found) - before < _GULP:
                return found
            stopping.heed()
