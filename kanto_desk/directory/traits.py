"""Municipality and state of every corporation in two bytes each, kept in memory as far as they were asked for.

Most corporations exist and half of them sit in Tokyo: the index's lists of these are so long that reading them beside a
rare word costs more than all the rest. What the index offers is looked up here instead. Blocks of `PER_BLOCK` fill one
page of the file; a place beyond `PLACES` is not told, and its row has to be looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final

from kanto_desk.db import driver

PER_BLOCK: Final = 1952
PLACES: Final = (1 << 14) - 1
"""The largest place that is told; it stands for those beyond it."""
_STATE = 14
_EMPTY = bytes(2 * PER_BLOCK)

TABLE = "CREATE TABLE trait(block INTEGER PRIMARY KEY, data BLOB NOT NULL)"
_GET = "SELECT data FROM trait WHERE block = ?"
_PUT = "REPLACE INTO trait(block, data) VALUES (?, ?)"


def value(place: int, state: int) -> int:
    """Both in one number of 16 bits."""
    return min(place, PLACES) | state << _STATE


def exist(conn: driver.Connection) -> bool:
    """Whether a file has them: those of before 2026-11-29, noon, do not."""
    return bool(conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'trait'").fetchall())


def put(conn: driver.Connection, values: Iterable[tuple[int, int]]) -> None:
    """Write values by running numbers (from 1), in ascending order, within the transaction of the caller."""
    for block, found in groupby(values, key=lambda pair: (pair[0] - 1) // PER_BLOCK):
        held = conn.execute(_GET, (block,)).fetchall()
        data = array("H", held[0][0] if held else _EMPTY)
        for n, one in found:
            data[(n - 1) % PER_BLOCK] = one
        conn.execute(_PUT, (block, data.tobytes()))


class Traits:
    """The values of one connection, each block read when it is first asked for."""

    def __init__(self, conn: driver.Connection) -> None:
        self._cursor = conn.raw.cursor()
        self._blocks: dict[int, array[int]] = {}

    def forget(self) -> None:
        """The file has changed."""
        self._blocks.clear()

    def of(self, n: int) -> int:
        """The value of a running number. Raises APSW's errors."""
        block, place = divmod(n - 1, PER_BLOCK)
        data = self._blocks.get(block)
        if data is None:
            found: list[Any] = self._cursor.execute(_GET, (block,)).fetchall()
            data = self._blocks[block] = array("H", found[0][0] if found else _EMPTY)
        return data[place]
