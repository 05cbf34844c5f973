"""How many corporations have each of the frequent words of an index: counted once, when a file is filled.

Estimates only, to choose what the index is asked (`planning`); small changes in place leave them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from kanto_desk.db import driver

TABLE = "CREATE TABLE often(word TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID"
PARTS = 2000
"""A word that fewer than one in so many has is rare, and not counted."""


def note(conn: driver.Connection, rows: int) -> None:
    """Count the words of a file that has just been filled with so many rows. Half a second for a million."""
    conn.begin("IMMEDIATE")
    conn.execute("CREATE VIRTUAL TABLE temp.counted USING fts5vocab(main, words, row)")
    conn.execute("DELETE FROM often")
    conn.execute("INSERT INTO often(word, count) SELECT term, doc FROM temp.counted WHERE doc >= ?",
                 (max(1, rows // PARTS),))
    conn.execute("DROP TABLE temp.counted")
    conn.commit()


def read(conn: driver.Connection) -> Mapping[str, int]:
    """The frequent words and how many corporations have them; none in a file that did not count."""
    if not conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'often'").fetchall():
        return {}
    return {row[0]: row[1] for row in conn.execute("SELECT word, count FROM often").fetchall()}
