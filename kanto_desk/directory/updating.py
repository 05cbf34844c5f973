"""Small changes in place: a daily diff of the tax agency, in one transaction, while others go on searching.

A corporation's former words are made again from its stored row and taken out of the index before the new ones go in: an
index without content forgets exactly what it is told, and other words would leave ghosts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import apsw

from kanto_desk.db import driver
from kanto_desk.directory import facts, schema, traits
from kanto_desk.directory.columns import HIDDEN, day_of
from kanto_desk.directory.searching import row_by_base
from kanto_desk.directory.spooling import INDUSTRY, Plain
from kanto_desk.directory.words import Place, words_of
from kanto_desk.stopping import Stopped

BREATH = 500
"""Rows between two calls of `told`."""


@dataclass(slots=True)
class Changes:
    """What an import changed: corporations that are new, others than before, and the same as before (or older)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


class _Known:
    """What is known of industries: those that changed with this import, and of a new corporation what waited for it."""

    def __init__(self, conn: driver.Connection, changed: Mapping[int, str]) -> None:
        self._conn, self._changed = conn, changed
        self._there = facts.there(conn)

    def industry(self, base: int, old: Plain | None) -> str:
        """The codes of a corporation's industries; `old`: its stored row."""
        if base in self._changed:
            return self._changed[base]
        if old is not None:
            return str(old[INDUSTRY])
        waiting = facts.of(self._conn, base) if self._there else None
        return facts.industry_of(waiting) if waiting else ""


@dataclass(slots=True)
class _Work:
    """What is written at the end, in the order that the index wants."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    late: list[tuple[int, int]] = field(default_factory=list)
    words: list[tuple[int, int, str]] = field(default_factory=list)   # id, 0 to drop or 1 to add, words
    tally: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    version: int = 0


def apply(conn: driver.Connection, rows: Iterable[Plain], told: Callable[[int], bool],
          industries: Mapping[int, str] = MappingProxyType({})) -> Changes:
    """Bring rows (of each number one) in, within the transaction of the caller.

    What is older than the stored row, or the same, changes nothing. `industries`: of numbers of which gBizINFO knows
    others now, whether a row of them comes or not. Raises Stopped, the driver's errors.
    """
    try:
        return _apply(conn, rows, told, industries)
    except apsw.Error as error:
        raise driver.translated(error) from error


def _apply(conn: driver.Connection, rows: Iterable[Plain], told: Callable[[int], bool],
           industries: Mapping[int, str]) -> Changes:
    done, work = Changes(), _Work()
    known_of = _Known(conn, industries)
    cursor = conn.raw.cursor()   # tens of thousands of statements, without the driver's steps in Python
    known = schema.places(conn)
    numbers: dict[tuple[str, ...], int] = {tuple(place): number for number, place in known.items()}
    fresh = _next_number(conn)
    waiting = dict.fromkeys(industries)
    for count, (base, came) in enumerate(_with_silent(rows, waiting), 1):
        if not count % BREATH and not told(count):
            raise Stopped
        stored = row_by_base(cursor, base)
        old = None if stored is None else schema.plain(stored, known)
        newer = old if came is None or (old is not None and came[:INDUSTRY] <= old[:INDUSTRY]) else came
        if newer is None:
            continue   # what is known of it waits for it
        row = (*newer[:INDUSTRY], known_of.industry(base, old))
        if row == old:
            done.unchanged += came is not None
            continue
        place = _place(conn, row[9:12], known, numbers)
        n = fresh if stored is None else stored[0]
        if stored is None or old is None:
            fresh += 1
            done.added += 1
            work.late.append((row[0], n))
        else:
            done.changed += 1
            work.tally[stored[10], old[4], old[6]] -= 1
        work.tally[place, row[4], row[6]] += 1
        work.rows.append(schema.stored(n, row, place))
        work.version = max(work.version, row[1])
        _reword(work.words, n, old, row)
    _write(conn, cursor, work)
    return done


def _with_silent(rows: Iterable[Plain], waiting: dict[int, None]) -> Iterator[tuple[int, Plain | None]]:
    """Numbers with their rows, then those of `waiting` that none came for, by number."""
    for row in rows:
        waiting.pop(row[0], None)
        yield row[0], row
    for base in sorted(waiting):
        yield base, None


def _reword(words: list[tuple[int, int, str]], n: int, old: Plain | None, new: Plain) -> None:
    before = None if old is None or old[6] == HIDDEN else _words(old)
    after = None if new[6] == HIDDEN else _words(new)
    if before is not None and after is not None and _same(before, after):
        return
    if before is not None:
        words.append((before[0] << schema.LENGTH_SHIFT | n, 0, before[1]))
    if after is not None:
        words.append((after[0] << schema.LENGTH_SHIFT | n, 1, after[1]))


def _same(one: tuple[int, str], other: tuple[int, str]) -> bool:
    return one[0] == other[0] and set(one[1].split(" ")) == set(other[1].split(" "))


def _words(row: Plain) -> tuple[int, str]:
    return words_of(row[7], row[8], Place(*row[9:12]), row[12], row[6], row[INDUSTRY])


def _next_number(conn: driver.Connection) -> int:
    last = conn.execute("SELECT coalesce(max(n), 0) FROM corp").fetchall()
    return int(last[0][0]) + 1


def _place(conn: driver.Connection, key: tuple[str, ...], known: dict[int, Place],
           numbers: dict[tuple[str, ...], int]) -> int:
    number = numbers.get(key)
    if number is None:
        number = numbers[key] = max(known, default=0) + 1
        known[number] = Place(*key)
        conn.execute("INSERT INTO place(id, code, prefecture, city) VALUES (?, ?, ?, ?)", (number, *key))
    return number


def _write(conn: driver.Connection, cursor: apsw.Cursor, work: _Work) -> None:
    conn.executemany(schema.REPLACE, work.rows)
    conn.executemany("INSERT INTO late(num, n) VALUES (?, ?)", work.late)
    if traits.exist(conn):
        traits.put(conn, sorted((row[0], traits.value(row[10], row[7])) for row in work.rows))
    work.words.sort()   # the index writes a piece of its own each time that an id is smaller than the one before
    for one, adds, words in work.words:
        cursor.execute(schema.ADD_WORDS if adds else schema.DROP_WORDS, (one, words))
    conn.executemany(schema.PUT_TALLY, [(*key, count) for key, count in work.tally.items() if count])
    if work.version > int(schema.meta(conn, "version", "0")):
        conn.executemany(schema.PUT_META, [
            ("version", work.version), ("newest", day_of(work.version // 2).isoformat())])
