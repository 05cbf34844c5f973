"""An open directory: look-up by number, ranked search, counts. Reads only; a search nobody waits for is interrupted.

Ranked: the name itself, then what begins so, what holds it, what has it in its address; within these short names first,
then by number. The order is the same on every run, so that pages can be cut from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import apsw

from kanto_desk import stopping
from kanto_desk.db import driver
from kanto_desk.db.trouble import was_interrupted
from kanto_desk.directory import facts, schema
from kanto_desk.directory.asking import EXACT, NAME, Filters, Places, Question
from kanto_desk.directory.columns import HIDDEN, Unfit, base_of, day_of, whole_number
from kanto_desk.directory.conditions import AND, MEASURED, Asked, Condition, Costs, joined
from kanto_desk.directory.sifting import Sieve
from kanto_desk.directory.words import Place, Texts
from kanto_desk.japanese import places as written

FEW = 100
"""What several terms can mean is read at once up to so many."""
BREATH = 64
"""Rows between two looks at whether anybody still waits."""

Stored = tuple[Any, ...]
"""A row of `corp`."""
_COLUMNS = ", ".join(f"c.{one}" for one in ("n", "num", "version", "changed", "assigned", "kind", "process", "state",
                                             "name", "kana", "place", "street", "post", "industry", "rest"))
_FIND = (f"SELECT {_COLUMNS} FROM words JOIN corp c ON c.n = words.rowid & {schema.RUNNING} "
         "WHERE words MATCH ?{} ORDER BY words.rowid")
_OF_LENGTH = " AND words.rowid >= ? AND words.rowid < ?"
_IDS = "SELECT rowid FROM words WHERE words MATCH ?{} ORDER BY rowid LIMIT ?"
_BY_ID = f"SELECT {_COLUMNS} FROM corp c WHERE n = ?"
_BY_NUMBER = (f"SELECT {_COLUMNS} FROM corp c WHERE num = ? AND n >= ? AND n < ?")


class Corporation:
    """One corporation as the directory knows it. Dates are ISO texts; `facts`: what few have (closed, successor …).

    `state` and `kind` are those of `columns`; `city_code` has five digits and is empty abroad. What is not asked for is
    not made: of 50 hits a screen shows 20 names.
    """

    __slots__ = ("_place", "_row")

    def __init__(self, row: Stored, place: Place) -> None:
        self._row, self._place = row, place

    def __repr__(self) -> str:
        return f"<Corporation {self.number} {self.name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Corporation) and (self._row, self._place) == (other._row, other._place)

    def __hash__(self) -> int:
        return hash(self._row)

    @property
    def running(self) -> int:
        """Its running number in the file, which stays when it changes."""
        return int(self._row[0])

    @property
    def number(self) -> str:
        """13 digits."""
        return whole_number(self._row[1])

    @property
    def updated(self) -> str:
        """When the tax agency last touched it."""
        return _iso(self._row[2] // 2)

    @property
    def changed(self) -> str:
        """When what its process names happened."""
        return _iso(self._row[3])

    @property
    def assigned(self) -> str:
        """When it got its number."""
        return _iso(self._row[4])

    @property
    def kind(self) -> int:
        """法人種別."""
        return int(self._row[5])

    @property
    def process(self) -> int:
        """処理区分: what happened last."""
        return int(self._row[6])

    @property
    def state(self) -> int:
        """Open, closed, merged or hidden."""
        return int(self._row[7])

    @property
    def name(self) -> str:
        """Its name with its legal form."""
        return str(self._row[8])

    @property
    def kana(self) -> str:
        """Its reading; empty for most."""
        return self._row[9] or ""

    @property
    def city_code(self) -> str:
        """Five digits."""
        return self._place.code

    @property
    def prefecture(self) -> str:
        """The prefecture's name."""
        return self._place.prefecture

    @property
    def city(self) -> str:
        """The municipality's name."""
        return self._place.city

    @property
    def street(self) -> str:
        """The address behind the municipality."""
        return self._row[11] or ""

    @property
    def postcode(self) -> str:
        """Seven digits, or empty."""
        return schema.postcode(self._row[12])

    @property
    def industry(self) -> str:
        """Code of its industry (CL12), the narrowest; empty where gBizINFO knows none."""
        return next(iter(self.industries), "")

    @property
    def industries(self) -> tuple[str, ...]:
        """Codes of its industries (CL12): divisions, then sections."""
        return tuple((self._row[13] or "").split())

    @property
    def facts(self) -> dict[str, str]:
        """Rare facts by name (`columns`)."""
        return json.loads(self._row[14]) if self._row[14] else {}

    @property
    def address(self) -> str:
        """The whole address in one line; abroad as it was given."""
        return f"{self.prefecture}{self.city}{self.street}" or self.facts.get("abroad", "")


@dataclass(frozen=True, slots=True)
class Hit:
    """One corporation found, and how well it fits (`asking.EXACT` to `ADDRESS`)."""

    corporation: Corporation
    rank: int


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the terms stand: begin and end in characters of name, reading and address."""

    name: tuple[written.Span, ...]
    kana: tuple[written.Span, ...]
    address: tuple[written.Span, ...]


class Directory:
    """One directory file, open for reading. Safe to use from several threads, one search at a time."""

    def __init__(self, path: Path, key: bytes, *, immutable: bool = False, costs: Costs = MEASURED) -> None:
        """Raises the driver's errors when it cannot be opened."""
        self.path = path
        self._conn = schema.open_to_read(path, key, immutable=immutable)
        self._cursor = self._conn.raw.cursor()   # rows of a search come without Python's steps of the driver's own
        self._lock = Lock()
        self._seen = -1
        self._places: dict[int, Place] = {}
        self._geography = Places(())
        self._sieve = Sieve(self._conn, costs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._conn.close()

    def search(self, typed: str, filters: Filters | None = None, limit: int | None = 50) -> list[Hit]:
        """The best hits, at most `limit` (None: all). An empty question finds nothing.

        Raises stopping.Stopped when the thread's reading is asked to stop, the driver's errors for a damaged file.
        """
        question = Question(typed, filters)
        if question.empty:
            return []
        with self._reading():
            if question.number:
                found = self._numbered(question.number)
                return [Hit(found, EXACT)] if found is not None and found.state != HIDDEN else []
            hits: list[Hit] = []
            for hit in self._ranked(question):
                hits.append(hit)
                if limit is not None and len(hits) >= limit:
                    break
            return hits

    def by_number(self, number: str) -> Corporation | None:
        """The corporation of 13 digits, hidden ones too; None if there is none, or the digits are no such number."""
        with self._reading():
            return self._numbered(number)

    def known(self, number: str) -> dict[str, Any]:
        """What gBizINFO knows of the corporation of 13 digits (`facts.told`); empty where it knows nothing."""
        try:
            base = base_of(number) if len(number) == 13 else -1
        except Unfit:
            return {}
        with self._reading():
            found = facts.of(self._conn, base) if facts.there(self._conn) else None
        return facts.told(found) if found else {}

    def count(self, filters: Filters | None = None) -> int:
        """How many corporations can be found under filters."""
        wanted = filters or Filters()
        with self._reading():
            if wanted.listed():
                condition = joined(wanted.condition(), AND)
                return int(self._rows("SELECT count(*) FROM words WHERE words MATCH ?", (condition,))[0][0])
            rows = self._rows("SELECT place, state, sum(count) FROM tally WHERE state <> ? GROUP BY place, state",
                              (HIDDEN,))
            return sum(count for place, state, count in rows if wanted.hold(self._places[place], state))

    def tally(self) -> list[tuple[Place, int, int, int]]:
        """Municipality, kind, state and how many of these there are."""
        with self._reading():
            rows = self._rows("SELECT place, kind, state, count FROM tally WHERE count > 0")
            return [(self._places[place], kind, state, count) for place, kind, state, count in rows]

    def facts(self) -> dict[str, str]:
        """What is noted of the file: `newest` (the latest update in it, ISO), `indexed_as` …"""
        with self._reading():
            return {key: str(value) for key, value in self._rows("SELECT key, value FROM meta")}

    def sources(self) -> list[tuple[str, int, int, str, str]]:
        """Files taken in: name, rows, refused lines, newest update in it (ISO), when (ISO); the last first."""
        with self._reading():
            rows = self._rows("SELECT name, rows, refused, newest, at FROM source ORDER BY at DESC, name")
            return [(name, count, refused, newest, at) for name, count, refused, newest, at in rows]

    # Inside

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One reading at a time, at one state of the file; interrupted when this thread is asked to stop."""
        stop = stopping.current()
        with self._lock, stop.stops(self._conn.interrupt) if stop is not None else nullcontext():
            try:
                self._conn.begin("DEFERRED")
                self._follow()
                yield
            except (driver.Error, apsw.Error) as error:
                if was_interrupted(error):
                    raise stopping.Stopped from error
                raise driver.translated(error) if isinstance(error, apsw.Error) else error from error
            finally:
                if not self._conn.closed:
                    self._cursor.execute("")   # ends what is half read
                    self._conn.rollback()

    def _follow(self) -> None:
        """Learn the municipalities anew when the file has changed."""
        version = int(self._rows("PRAGMA data_version")[0][0])
        if version != self._seen:
            self._places = schema.places(self._conn)
            self._geography = Places(self._places.values())
            self._sieve.follow(self._places)
            self._seen = version

    def _rows(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        cursor = self._conn.execute(statement, values)
        found = cursor.fetchall()
        cursor.close()
        return found

    def _numbered(self, number: str) -> Corporation | None:
        try:
            base = base_of(number) if len(number) == 13 else -1
        except Unfit:
            return None
        row = row_by_base(self._cursor, base)
        return None if row is None else self._corporation(row)

    def _ranked(self, question: Question) -> Iterator[Hit]:
        seen: set[int] = set()
        for length, condition in question.exact():
            low, high = length << schema.LENGTH_SHIFT, (length + 1) << schema.LENGTH_SHIFT
            yield from self._fitting(question, self._asked(question, condition), EXACT, seen, (low, high))
        if not question.terms:
            condition = joined(question.filters.condition(), AND)
            yield from self._fitting(question, Asked(condition, True), NAME, seen)
        conditions = question.conditions(self._geography)
        if len(question.terms) > 1 and conditions:
            few = self._few(question, conditions[-1][1])
            if few is not None:
                yield from self._sorted(question, few)
                return
        for rank, condition in conditions:
            yield from self._fitting(question, self._asked(question, condition), rank, seen)

    def _asked(self, question: Question, condition: Condition) -> Asked:
        """What the index is asked for a condition under the question's filters."""
        filters = question.filters
        return self._sieve.planner.asked(condition, filters.listed(), filters.told())

    def _few(self, question: Question, condition: Condition) -> list[int] | None:
        """The ids of all that several terms can mean, if they are so few that one look is less work than three."""
        statement = _IDS.format(self._sieve.set(question.filters))
        found = [one for one, in self._cursor.execute(statement, (self._asked(question, condition).text, FEW + 1))]
        return found if len(found) <= FEW else None

    def _sorted(self, question: Question, ids: list[int]) -> list[Hit]:
        """Those of these that fit, ranked."""
        hits = []
        for one in ids:
            for row in _all(self._cursor, _BY_ID, (one & schema.RUNNING,)):
                place = self._places[row[10]]
                rank = question.rank(Texts(row[8], row[9], place, row[11] or ""))
                if rank is not None and question.filters.hold(place, row[7]):
                    hits.append((rank, one, Hit(Corporation(row, place), rank)))
        return [hit for _, _, hit in sorted(hits, key=itemgetter(0, 1))]

    def _fitting(self, question: Question, asked: Asked, rank: int, seen: set[int],
                 between: tuple[int, ...] = ()) -> Iterator[Hit]:
        """Rows that fit so well and were not given before: what fits better was. `between`: ids from and below."""
        places, filters, certain = self._places, question.filters, asked.whole and question.certain(rank)
        statement = _FIND.format((_OF_LENGTH if between else "") + self._sieve.set(filters, seen))
        for count, row in enumerate(self._cursor.execute(statement, (asked.text, *between))):
            if not count % BREATH:
                stopping.heed()
            if row[0] in seen:
                continue
            place = places[row[10]]
            if (certain or question.fits(Texts(row[8], row[9], place, row[11] or ""), rank)) and filters.hold(
                    place, row[7]):
                seen.add(row[0])
                yield Hit(Corporation(row, place), rank)

    def _corporation(self, row: Stored) -> Corporation:
        return Corporation(row, self._places[row[10]])


def row_by_base(cursor: apsw.Cursor, base: int) -> Stored | None:
    """The stored row of a number without its check digit. Raises APSW's errors."""
    spots = _all(cursor, "SELECT n FROM spot WHERE num <= ? ORDER BY num DESC LIMIT 1", (base,))
    found = [row for n, in spots for row in _all(cursor, _BY_NUMBER, (base, n, n + schema.BLOCK))]
    if not found:
        late = _all(cursor, "SELECT n FROM late WHERE num = ?", (base,))
        found = [row for n, in late for row in _all(cursor, _BY_NUMBER, (base, n, n + 1))]
    return found[0] if found else None


def _all(cursor: apsw.Cursor, statement: str, values: tuple[int, ...]) -> list[Stored]:
    found: list[Stored] = cursor.execute(statement, values).fetchall()
    return found


def marks(typed: str, found: Corporation) -> Marks:
    """Where what was typed stands in a hit, for marking it on the screen."""
    terms = Question(typed).terms

    def of(text: str) -> tuple[written.Span, ...]:
        spans: list[written.Span] = []
        for start, end in sorted(span for term in terms for wanted in (term.typed, *(rest for _, rest in term.forms))
                                 for span in written.places(text, wanted)):
            if spans and start < spans[-1][1]:
                spans[-1] = spans[-1][0], max(end, spans[-1][1])
            else:
                spans.append((start, end))
        return tuple(spans)

    return Marks(of(found.name), of(found.kana), of(found.address))


def _iso(day: int) -> str:
    return day_of(day).isoformat()


