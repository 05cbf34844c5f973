"""Saving on a full desk: an autosave and a new line, beside the same bytes written by plain sqlite3 on the same disk.

`run()` measures both idle, while a heavy job runs in a spawned process, and while another thread applies received
changes. Run alone with  python -m bench saving
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sqlalchemy import func, select, text

from bench import full_desk
from bench.measuring import Figures, Line, heavy_job, spread, times_of, took
from kanto_desk.db import local
from kanto_desk.db.apply import Change
from kanto_desk.db.schema import SCHEMA_VERSION, new_uid
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.services import consultations, timeline
from kanto_desk.services.desk import Desk

SENTENCE = "来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。面粗さの測定手段がない。"
SLICE = 50
"""Received changes are applied in slices of this many rows, so that a save never waits for a whole sync."""

LINES = (
    Line("Autosave commit, idle", "autosave idle median ms", "ms", "plain update and insert median ms",
         "plain sqlite3, same bytes, same disk"),
    Line("— 95th percentile", "autosave idle p95 ms", "ms"),
    Line("— worst", "autosave idle worst ms", "ms"),
    Line("Autosave commit beside a heavy process", "autosave beside a heavy job median ms", "ms",
         "plain update and insert median ms", "plain sqlite3, idle"),
    Line("— worst", "autosave beside a heavy job worst ms", "ms"),
    Line("Autosave while received changes are applied", "autosave beside receiving median ms", "ms",
         "received slice median ms", "one slice of 50 received rows"),
    Line("— worst wait", "autosave beside receiving worst ms", "ms"),
    Line("Add a line, idle", "add a line idle median ms", "ms", "plain update and insert median ms",
         "plain sqlite3, same bytes, same disk"),
    Line("— 95th percentile", "add a line idle p95 ms", "ms"),
    Line("— worst", "add a line idle worst ms", "ms"),
    Line("Add a line beside a heavy process", "add a line beside a heavy job median ms", "ms",
         "plain update and insert median ms", "plain sqlite3, idle"),
    Line("— worst", "add a line beside a heavy job worst ms", "ms"),
)


@dataclass(slots=True)
class _Typing:
    """A record being written: every call makes the text longer and saves it."""

    desk: Desk
    uid: str
    written: str = ""

    def autosave(self, n: int) -> None:
        """One autosave of a text of about 300 characters (900 bytes)."""
        self.written = f"{n} " + SENTENCE * (4 + n % 3)
        consultations.edit(self.desk.store, self.uid, {"situation": self.written}, part="situation")

    def line(self, n: int) -> None:
        """One line added to the timeline."""
        timeline.add(self.desk.store, self.uid, "said", f"{n} {SENTENCE}")


def run(home: Path, rounds: int = 300) -> Figures:
    """Measure on the desk in `home`, which is written to; milliseconds."""
    desk = full_desk.opened(home)
    try:
        with desk.store.read() as conn:
            company = conn.execute(text("SELECT uid FROM organization ORDER BY uid LIMIT 1")).scalar_one()
        typing = _Typing(desk, consultations.create(desk.store, company))
        _warm(typing)
        figures = _floor(home, desk, rounds)
        figures |= _both(typing, "idle", rounds)
        with heavy_job():
            figures |= _both(typing, "beside a heavy job", rounds)
        with _receiving(desk) as slices:
            figures |= spread(times_of(typing.autosave, rounds // 3), "autosave beside receiving")
        figures |= spread(slices, "received slice")
        figures["received rows per s"] = SLICE * 1000 / figures["received slice median ms"]
        return figures
    finally:
        desk.close()


def _warm(typing: _Typing) -> None:
    for n in range(20):
        typing.autosave(n)
        typing.line(n)


def _both(typing: _Typing, when: str, rounds: int) -> Figures:
    return (spread(times_of(typing.autosave, rounds), f"autosave {when}")
            | spread(times_of(typing.line, rounds), f"add a line {when}"))


def _floor(home: Path, desk: Desk, rounds: int) -> Figures:
    """The bytes of one autosave as one UPDATE of its row and one INSERT of its change, durable, without encryption."""
    row = [SENTENCE * 5, "x" * 900, "20"]
    change = SENTENCE * 5 + "x" * 600
    path = home / "floor.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE row(uid TEXT PRIMARY KEY, situation TEXT, stamps TEXT, form TEXT)")
        connection.execute("CREATE TABLE change(id INTEGER PRIMARY KEY, body TEXT)")
        connection.executemany("INSERT INTO row VALUES (?, ?, ?, ?)",
                               [(new_uid(desk.clock()), *row) for _ in range(5000)])
        uids = [r[0] for r in connection.execute("SELECT uid FROM row")]

        def write(n: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE row SET situation=?, stamps=? WHERE uid=?",
                               (f"{n}{row[0]}", row[1], uids[n * 7 % len(uids)]))
            connection.execute("INSERT INTO change(body) VALUES (?)", (change,))
            connection.execute("COMMIT")

        times_of(write, 20)
        return spread(times_of(write, rounds), "plain update and insert")
    finally:
        connection.close()
        for part in home.glob("floor.db*"):
            part.unlink()


@contextmanager
def _receiving(desk: Desk) -> Iterator[list[float]]:
    """A thread that applies slices of changes from another laptop, one after the other; gives their times in ms."""
    stop, times = threading.Event(), [0.0]
    times.clear()

    def receive() -> None:
        n = 0
        while not stop.is_set():
            changes = [_received(desk, n * SLICE + k) for k in range(SLICE)]
            times.append(took(lambda changes=changes: desk.store.apply(changes, "merge")))  # type: ignore[misc]
            n += 1

    worker = threading.Thread(target=receive, name="receiving")
    worker.start()
    try:
        began = perf_counter()
        while not times and perf_counter() - began < 30:
            stop.wait(0.01)
        yield times
    finally:
        stop.set()
        worker.join()


def _received(desk: Desk, n: int) -> Change:
    moment = int(desk.clock().timestamp() * 1000) + n
    return Change(0xBE9C, n + 1, moment << COUNTER_BITS, SCHEMA_VERSION, f"{n // SLICE:032x}", "entry",
                  new_uid(desk.clock()), {"consultation": f"{n // 12:032x}", "kind": "said", "text": f"{n} {SENTENCE}",
                                          "place": f"a{n % 12}"}, {}, "他のパソコン", desk.clock().isoformat())


def journal_rows(desk: Desk) -> int:
    """How many changes the journal holds, to see that nothing measured went around it."""
    with desk.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(local.change)).scalar_one())
