"""The attachments of backups: one encrypted file beside them that grows by what is new and drops what none names.

Works on any table with a `hash` column; which rows of the records name a hash is told by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path

from kanto_desk.db import driver
from kanto_desk.db.copying import quoted
from kanto_desk.db.disk import make_private

PAGE_SIZE = 16384
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_MOST_MISSING = 1000


def add(source: Path, target: Path, key: bytes) -> int:
    """Copy to the store every row that it has not yet, each hash in a transaction of its own; returns how many hashes.

    A new thumbnail of a known photo comes along. A killed run is simply continued by the next. Raises driver.Error.
    """
    added = 0
    make_private(target)
    with (closing(driver.connect(source, key=key, create=False)) as old,
          closing(driver.connect(target, key=key, page_size=PAGE_SIZE)) as new):
        tables = _tables(old)
        known = {name for (name,) in new.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()}
        for name, (sql, _) in tables.items():
            if name not in known:
                new.execute(sql)
        if not known:   # a restored file must not be taken for an empty one when it is opened
            version = int(old.execute("PRAGMA user_version").fetchall()[0][0])
            new.execute(f"PRAGMA user_version = {version}").fetchall()
        wanted: dict[str, list[tuple[str, tuple[object, ...]]]] = {}
        for name, (_, columns) in tables.items():
            statement = f'SELECT hash, {columns} FROM "{quoted(name)}"'
            there = {row[1:] for row in new.execute(statement).fetchall()}
            for digest, *row in old.execute(statement).fetchall():
                if tuple(row) not in there:
                    wanted.setdefault(digest, []).append((name, tuple(row)))
        for rows in wanted.values():
            new.begin("IMMEDIATE")
            for name, values in rows:
                _copy_row(old, new, name, tables[name][1], values)
            new.commit()
            added += 1
        findings = new.execute("PRAGMA quick_check(1)").fetchall()
        if findings != [("ok",)]:
            raise driver.damaged(str(findings[0][0]))
    return added


def _tables(connection: driver.Connection) -> dict[str, tuple[str, str]]:
    """Every table with a hash: its SQL, and the columns that tell its rows apart."""
    found = {}
    for name, sql in connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall():
        columns = connection.execute(f'PRAGMA table_info("{quoted(name)}")').fetchall()
        if any(column[1] == "hash" for column in columns):
            keys = [f'"{quoted(column[1])}"' for column in columns if column[5]] or ["hash"]
            found[name] = (sql, ", ".join(keys))
    return found


def _copy_row(old: driver.Connection, new: driver.Connection, name: str, columns: str,
              values: tuple[object, ...]) -> None:
    where = f'({columns}) = ({",".join("?" * len(values))})'
    for row in old.execute(f'SELECT * FROM "{quoted(name)}" WHERE {where}', values):
        new.execute(f'INSERT INTO "{quoted(name)}" VALUES ({",".join("?" * len(row))})', row)


def hashes(path: Path, key: bytes) -> set[str]:
    """Every hash in a file of attachments; empty when there is no file. Raises driver.Error."""
    if not path.exists():
        return set()
    with closing(driver.connect(path, key=key, readonly=True, create=False)) as connection:
        return {digest for name in _tables(connection)
                for (digest,) in connection.execute(f'SELECT DISTINCT hash FROM "{quoted(name)}"')}


def named(path: Path, key: bytes, queries: Iterable[tuple[str, str]]) -> set[str]:
    """Every SHA-256 in the texts that the queries give; each query with the table it needs. Raises driver.Error."""
    found: set[str] = set()
    with closing(driver.connect(path, key=key, readonly=True, create=False)) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        for table, query in queries:
            if table in known:   # an old backup may lack a table
                for row in connection.execute(query):
                    found.update(digest for text in row if text for digest in _HASH.findall(str(text)))
    return found


def drop(store: Path, key: bytes, keep: Collection[str]) -> int:
    """Remove from the store every hash not to be kept, each whole or not at all; returns how many. Raises driver.Error.

    The freed pages are overwritten and used again; the file does not get smaller.
    """
    if not store.exists():
        return 0
    gone = sorted(hashes(store, key) - set(keep))
    with closing(driver.connect(store, key=key, page_size=PAGE_SIZE, create=False)) as connection:
        connection.execute("PRAGMA secure_delete=ON").fetchall()   # FAST leaves the pages of a large photo as they are
        tables = _tables(connection)
        for start in range(0, len(gone), _MOST_MISSING):
            connection.begin("IMMEDIATE")
            for name in tables:
                connection.executemany(f'DELETE FROM "{quoted(name)}" WHERE hash = ?',
                                       [(digest,) for digest in gone[start:start + _MOST_MISSING]])
            connection.commit()
    return len(gone)
