"""Fills a new directory file from sorted rows: for a first import, and where a new file is quicker than many changes.

Everything is written in slices, each in one transaction that also notes how far it got, so that a build that was cut
off goes on there. Rows lie in the order of their numbers, which is roughly that of places: what is searched together
lies together.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from kanto_desk.db import driver
from kanto_desk.directory import schema, sizes, traits
from kanto_desk.directory.columns import HIDDEN, day_of
from kanto_desk.directory.crew import WORDS, Crew, Task
from kanto_desk.directory.pointer import InUse
from kanto_desk.directory.spooling import Plain
from kanto_desk.stopping import Stopped

CHUNK = 10_000
SLICE_CHUNKS = 10
"""Chunks of one transaction: their words go into the index in the order of its ids, as one segment."""
MERGE_PAGES = 1000   # what is freed on the way is used again: a larger step would leave its size as holes

Told = Callable[[int], bool]
"""Called with the rows done so far; False ends the work with Stopped."""


def fill(target: InUse, rows: Iterable[Plain], crew: Crew, told: Told, chunk: int = CHUNK) -> int:
    """Fill a file, or go on filling it; gives the number of corporations that are not hidden.

    `rows`: of each number one, in order; `chunk`: rows of one task of a worker. Raises Stopped, the driver's errors,
    OSError; filling can then go on later.
    """
    conn = _opened(target)
    try:
        builder = _Builder(conn)
        for part, found in builder.worded(rows, crew, chunk):
            builder.add(part, found)
            if not told(builder.n):
                raise Stopped
        builder.flush()
        builder.merge(told)
        return builder.finish()
    finally:
        conn.close()


def _opened(target: InUse) -> driver.Connection:
    if target.path.stat().st_size:
        try:
            conn = schema.reopen(target.path, target.key)
            if schema.meta(conn, "indexed_as") == schema.indexed_as() and traits.exist(conn):
                return conn
            conn.close()
        except driver.Error:   # cut off so early, or by a power cut: begun anew
            pass
        target.path.write_bytes(b"")
        target.path.with_name(target.path.name + "-journal").unlink(missing_ok=True)
    return schema.create(target.path, target.key)


class _Builder:
    """One file while it is filled."""

    def __init__(self, conn: driver.Connection) -> None:
        self._conn = conn
        self._places = {tuple(place): number for number, place in schema.places(conn).items()}
        self._noted = len(self._places)
        self.n = int(schema.meta(conn, "filled", "0"))
        self._done = int(schema.meta(conn, "done", "-1"))
        self._last = self._done
        self._version = int(schema.meta(conn, "version", "0"))
        self._tally: Counter[tuple[int, int, int]] = Counter()
        self._rows: list[tuple[Any, ...]] = []
        self._words: list[tuple[int, str]] = []
        self._chunks = 0

    def worded(self, rows: Iterable[Plain], crew: Crew,
               size: int) -> Iterator[tuple[list[Plain], list[tuple[int, str]]]]:
        """Chunks of rows with their words; what is in the file already is passed over."""
        waiting: deque[list[Plain]] = deque()
        fresh = (row for row in rows if row[0] > self._done)

        def tasks() -> Iterator[Task]:
            n = self.n
            while chunk := list(islice(fresh, size)):
                waiting.append(chunk)
                yield WORDS, [(n + place, row[7], row[8], row[9:12], row[12], row[6], row[15])
                              for place, row in enumerate(chunk, 1)]
                n += len(chunk)

        for words in crew.answers(tasks()):
            yield waiting.popleft(), words

    def add(self, chunk: list[Plain], words: list[tuple[int, str]]) -> None:
        """Take a chunk in; written with the others of its slice."""
        for row in chunk:
            self.n += 1
            key = row[9:12]
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = len(self._places) + 1
            self._rows.append(schema.stored(self.n, row, place))
            self._tally[place, row[4], row[6]] += 1
            if row[1] > self._version and row[6] != HIDDEN:
                self._version = row[1]
        self._last = chunk[-1][0]
        self._words += words
        self._chunks += 1
        if self._chunks >= SLICE_CHUNKS:
            self.flush()

    def flush(self) -> None:
        """Write the slice, durable when this returns."""
        if not self._rows:
            return
        conn = self._conn
        conn.begin("IMMEDIATE")
        new = [(number, *place) for place, number in self._places.items() if number > self._noted]
        conn.executemany("INSERT INTO place(id, code, prefecture, city) VALUES (?, ?, ?, ?)", new)
        conn.executemany(schema.ADD, self._rows)
        conn.executemany("INSERT INTO spot(num, n) VALUES (?, ?)",
                         [(row[1], row[0]) for row in self._rows if row[0] % schema.BLOCK == 1])
        traits.put(conn, ((row[0], traits.value(row[10], row[7])) for row in self._rows))
        self._words.sort()
        conn.executemany(schema.ADD_WORDS, self._words)
        conn.executemany(schema.PUT_TALLY, [(*key, count) for key, count in self._tally.items()])
        conn.executemany(schema.PUT_META, [("filled", self.n), ("done", self._last), ("version", self._version)])
        conn.commit()
        self._noted = len(self._places)
        self._rows, self._words, self._chunks = [], [], 0
        self._tally.clear()

    def merge(self, told: Told) -> None:
        """Make one segment of the index's many, a stretch at a time."""
        merging = -MERGE_PAGES   # negative at first: all segments into one
        while True:
            before = self._conn.raw.total_changes()
            self._conn.begin("IMMEDIATE")
            self._conn.execute("INSERT INTO words(words, rank) VALUES ('merge', ?)", (merging,))
            self._conn.commit()
            merging = MERGE_PAGES
            if self._conn.raw.total_changes() - before < 2:
                return
            if not told(self.n):
                raise Stopped

    def finish(self) -> int:
        """Note what the file is; give how many corporations can be found."""
        newest = day_of(self._version // 2).isoformat() if self.n else ""
        self._conn.execute(schema.PUT_META, ("newest", newest))
        sizes.note(self._conn, self.n)
        found = self._conn.execute("SELECT coalesce(sum(count), 0) FROM tally WHERE state <> ?", (HIDDEN,)).fetchall()
        schema.finish(self._conn)
        return int(found[0][0])
