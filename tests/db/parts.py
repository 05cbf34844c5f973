"""Builders for stores in tests: a real encrypted file, a clock one can set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from kanto_desk.clock import JST
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.migrations import RECORDS, migrate
from kanto_desk.db.store import Store, new_device


class SetClock:
    """A clock that stands still until told otherwise."""

    def __init__(self, start: datetime = datetime(2026, 11, 24, 13, 30, tzinfo=JST)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        """Move on by a timedelta's parts."""
        self.now += timedelta(**parts)


def a_store(folder: Path, clock: SetClock | None = None, person: str = "高橋 直子",
            key: bytes | None = None) -> Store:
    """A new store in an encrypted file; `key`: for who opens it once more."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = make_engine(folder / "records.db", key or os.urandom(32))
    migrate(engine, RECORDS)
    store = Store(engine, clock or SetClock(), person)
    with store.write() as conn:
        new_device(conn, store.clock)
    return store


NEVER = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000000) SELECT max(n) FROM c"
"""A statement that would run for days."""


@contextmanager
def never_ending(store: Store, table: str) -> Iterator[Callable[[], None]]:
    """While inside, who reads this table waits for days. Gives what makes it quick again for those who come later."""
    with store.write() as conn:
        conn.exec_driver_sql(f"ALTER TABLE {table} RENAME TO kept_{table}")
        conn.exec_driver_sql(f"CREATE VIEW {table} AS SELECT k.* FROM ({NEVER}) CROSS JOIN kept_{table} k")
    slow = [True]

    def quick() -> None:
        if slow:
            slow.clear()
            with store.write() as conn:
                conn.exec_driver_sql(f"SELECT rowid FROM kept_{table} LIMIT 1")   # DROP trusts the schema it knows
                conn.exec_driver_sql(f"DROP VIEW {table}")
                conn.exec_driver_sql(f"ALTER TABLE kept_{table} RENAME TO {table}")
    try:
        yield quick
    finally:
        quick()
