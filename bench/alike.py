"""Companies that look alike: processor time of finding every pair, by a plain scan of the same fields in one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from sqlalchemy import select

from bench import full_desk
from bench.measuring import Figures, Line
from kanto_desk.db import at_once
from kanto_desk.db.schema import wire_table
from kanto_desk.services import duplicates, prefectures

_SCAN = ("alike scan ms", "a plain scan of these fields")

LINES = (
    Line("Every pair that may be one, median", "alike pairs ms", "ms", *_SCAN, limit=1500),
    Line("— companies compared", "alike companies", ""),
    Line("— pairs found", "alike found", ""),
    Line("Numbers of the map: visits by prefecture, median", "alike map ms", "ms", *_SCAN, limit=200),
)


def run(home: Path, rounds: int = 5) -> Figures:
    """Measure on the desk in this folder; milliseconds of the processor."""
    desk = full_desk.opened(home)
    store = desk.store
    table = wire_table(duplicates.TYPE)
    every = select(table.c.uid, *(table.c[name] for name in duplicates.READ)).where(table.c.deleted_at.is_(None))

    def scan() -> int:
        with store.read() as conn:
            return len(at_once.rows(conn, every))
    try:
        return {"alike scan ms": _took(scan, rounds),
                "alike pairs ms": _took(lambda: duplicates.probable(store), rounds),
                "alike map ms": _took(lambda: prefectures.counts(store, "visits"), rounds),
                "alike companies": scan(), "alike found": len(duplicates.probable(store))}
    finally:
        desk.close()


def _took(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = process_time()
        work()
        times.append((process_time() - start) * 1000)
    return median(times)
