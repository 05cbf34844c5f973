"""A copy of the records in memory, in which an import is tried with exactly the code that would do it.

Copies what decides what becomes of a row; the journal and what is half typed stay behind. Must not write to the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import URL, create_engine
from sqlalchemy.pool import StaticPool

from kanto_desk.db import driver
from kanto_desk.db.store import Store

_LEFT = frozenset({"change", "operation", "draft", "opened"})
"""Tables that are made but stay empty: no decision of an import reads them."""

_INDEX = "record_index"   # the search index: a virtual table over tables of its own


@contextmanager
def trial_of(store: Store, *, searched: bool) -> Iterator[Store]:
    """A store in memory with the records of another as they are now; gone at the end.

    With `searched` the search index comes along and is kept up; needed by importers that look names up in it.
    The memory taken is about that of the records (and their index) in the file.
    """
    with closing(driver.connect(":memory:", key=None, wal=False)) as copy:
        _copy(store, copy, searched=searched)
        engine = create_engine(URL.create("sqlite+kanto", database=":memory:"), creator=lambda: copy,
                               poolclass=StaticPool, hide_parameters=True)
        found = Store(engine, store.clock, store.person)
        if not searched:
            found.projections = ()
        try:
            yield found
        finally:
            found.close()


def _copy(store: Store, copy: driver.Connection, *, searched: bool) -> None:
    """Tables, their rows and indexes, from one snapshot. Rows pass one by one: nothing is held twice."""
    with store.read() as conn:
        old = conn.connection.driver_connection
        assert isinstance(old, driver.Connection)
        schema = old.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND "
                             "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type = 'index'").fetchall()
        copy.begin("IMMEDIATE")
        for kind, name, sql in schema:
            if name.startswith(_INDEX) and (name == _INDEX or not searched):
                continue
            copy.execute(sql)
            if kind == "table" and name not in _LEFT:
                rows = old.execute(f'SELECT * FROM "{name}"')
                marks = ",".join("?" * len(rows.description or ()))
                copy.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        copy.commit()
        if searched:   # over the copied tables: making it anew would index every record again
            sql = next(sql for _, name, sql in schema if name == _INDEX)
            copy.execute("PRAGMA writable_schema=ON")
            copy.execute("INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', ?, ?, 0, ?)",
                         (_INDEX, _INDEX, sql))
            copy.execute("PRAGMA writable_schema=RESET")
