"""What a search knows of a directory file without reading in it: frequent words, and place and state of every row.

The index's ids go through a function of this before their rows are fetched: a row that was given already, or that the
filters do not want, is not read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from kanto_desk.db import driver
from kanto_desk.directory import schema, sizes, traits
from kanto_desk.directory.asking import Filters
from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, OPEN
from kanto_desk.directory.conditions import Costs, Planner
from kanto_desk.directory.words import Place

_NAME = "wanted"
_WANTED = f" AND {_NAME}(words.rowid)"
_ALL = b"\1" * (1 << 16)


class Sieve:
    """Of one connection."""

    def __init__(self, conn: driver.Connection, costs: Costs) -> None:
        self._conn, self._costs = conn, costs
        self._traits = traits.Traits(conn)
        self._told = False
        self._places: Mapping[int, Place] = {}
        self._seen: Collection[int] = ()
        self._table: bytes = _ALL
        self.planner = Planner({}, 0, sizes.PARTS, costs)
        self._tables = lru_cache(maxsize=64)(self._made)
        conn.raw.create_scalar_function(_NAME, self._wants, 1)

    def follow(self, places: Mapping[int, Place]) -> None:
        """Learn what the file holds now. Within a reading."""
        self._places = places
        self._tables.cache_clear()
        self._traits.forget()
        self._told = traits.exist(self._conn)
        total = self._conn.execute("SELECT coalesce(sum(count), 0) FROM tally").fetchall()[0][0]
        self.planner = Planner(sizes.read(self._conn) if self._told else {}, total, sizes.PARTS, self._costs)

    def set(self, filters: Filters, seen: Collection[int] = ()) -> str:
        """Set it for one statement; gives what the statement needs for it, behind the words."""
        self._table = self._tables(filters) if self._told and filters.told() else _ALL
        self._seen = seen
        return _WANTED if seen or self._table is not _ALL else ""

    def _wants(self, *ids: Any) -> bool:
        n: int = ids[0] & schema.RUNNING
        return n not in self._seen and (self._table is _ALL or self._table[self._traits.of(n)] > 0)

    def _made(self, filters: Filters) -> bytes:
        """For each value of a trait whether it is wanted; of a place that is not told, it is."""
        table = bytearray(1 << 16)
        for state in (OPEN, CLOSED, MERGED, HIDDEN):
            table[traits.value(traits.PLACES, state)] = 1
            for number, place in self._places.items():
                if number < traits.PLACES and filters.hold(place, state):
                    table[traits.value(number, state)] = 1
        return bytes(table)
