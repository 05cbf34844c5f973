"""The tables of a directory file, and opening one. Every file is encrypted; each has a key of its own (pointer.py)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kanto_desk.db import driver
from kanto_desk.directory import facts, sizes, traits
from kanto_desk.directory.spooling import Plain
from kanto_desk.directory.words import WORDS_VERSION, Place
from kanto_desk.japanese.folding import FOLD_VERSION

FORMAT = 1
BLOCK: Final = 32
"""Every so many corporations, in the order of their numbers, one is noted in `spot`: the index by number."""
LENGTH_SHIFT: Final = 40
"""The id in the index is the length of the name above the running number: short names come first."""
RUNNING: Final = (1 << LENGTH_SHIFT) - 1
READ_CACHE_MB, WRITE_CACHE_MB = 32, 64

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE place(id INTEGER PRIMARY KEY, code TEXT NOT NULL, prefecture TEXT NOT NULL, city TEXT NOT NULL,
    UNIQUE (code, prefecture, city));
CREATE TABLE corp(n INTEGER PRIMARY KEY, num INTEGER NOT NULL, version INTEGER NOT NULL, changed INTEGER NOT NULL,
    assigned INTEGER NOT NULL, kind INTEGER NOT NULL, process INTEGER NOT NULL, state INTEGER NOT NULL,
    name TEXT NOT NULL, kana TEXT, place INTEGER NOT NULL, street TEXT, post INTEGER, industry TEXT, rest TEXT);
CREATE TABLE spot(num INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE late(num INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE tally(place INTEGER NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (place, kind, state)) WITHOUT ROWID;
CREATE TABLE source(digest TEXT PRIMARY KEY, name TEXT NOT NULL, rows INTEGER NOT NULL, refused INTEGER NOT NULL,
    newest TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID;
""" + f"{traits.TABLE};\n{sizes.TABLE};\n"
_INDEX = (
    "CREATE VIRTUAL TABLE words USING fts5(g, content='', detail=none, columnsize=0, tokenize='ascii')",
    "INSERT INTO words(words, rank) VALUES ('pgsz', 3900)",   # one leaf of the index is one page of the file
    "INSERT INTO words(words, rank) VALUES ('hashsize', 67108864)",
    "INSERT INTO words(words, rank) VALUES ('crisismerge', 200)",   # the default froze one commit for seconds
)

_NAMES = ("n, num, version, changed, assigned, kind, process, state, name, kana, place, street, post, industry, rest")
ADD = f"INSERT INTO corp({_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
REPLACE = ADD.replace("INSERT", "REPLACE", 1)
ADD_WORDS = "INSERT INTO words(rowid, g) VALUES (?, ?)"
DROP_WORDS = "INSERT INTO words(words, rowid, g) VALUES ('delete', ?, ?)"
PUT_TALLY = ("INSERT INTO tally(place, kind, state, count) VALUES (?, ?, ?, ?) "
             "ON CONFLICT (place, kind, state) DO UPDATE SET count = count + excluded.count")
PUT_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


def indexed_as() -> str:
    """Names the words that this program makes of a row; a file that was made with others is indexed anew."""
    return f"{FORMAT}.{FOLD_VERSION}.{WORDS_VERSION}"


def create(path: Path, key: bytes) -> driver.Connection:
    """Make an empty directory file, to be filled at one go: it has a rollback journal until `finish`."""
    conn = driver.connect(path, key=key, cache_mb=WRITE_CACHE_MB, wal=False)
    conn.execute("PRAGMA encoding='UTF-16le'")   # two bytes a character of Japanese instead of three
    conn.execute("PRAGMA journal_mode=TRUNCATE").fetchall()
    conn.execute("PRAGMA synchronous=NORMAL")
    conn.begin("IMMEDIATE")
    for statement in filter(str.strip, _TABLES.split(";")):
        conn.execute(statement)
    for statement in (facts.TABLE, *_INDEX):
        conn.execute(statement)
    conn.execute("INSERT INTO words(words, rank) VALUES ('automerge', 0)")
    conn.execute(PUT_META, ("indexed_as", indexed_as()))
    conn.commit()
    return conn


def reopen(path: Path, key: bytes) -> driver.Connection:
    """Open a file whose filling was cut off."""
    conn = driver.connect(path, key=key, cache_mb=WRITE_CACHE_MB, wal=False, create=False)
    conn.execute("PRAGMA synchronous=NORMAL")
    return conn


def finish(conn: driver.Connection) -> None:
    """After the filling: from now on small changes in place, while others read."""
    conn.execute("INSERT INTO words(words, rank) VALUES ('automerge', 4)")
    conn.execute("PRAGMA journal_mode=WAL").fetchall()


def open_to_read(path: Path, key: bytes, *, immutable: bool = False) -> driver.Connection:
    """Open a finished file for searching. Raises DatabaseError when the key does not fit, OperationalError."""
    return driver.connect(path, key=key, cache_mb=READ_CACHE_MB, readonly=True, immutable=immutable)


def open_to_write(path: Path, key: bytes) -> driver.Connection:
    """Open a finished file for changes in place."""
    return driver.connect(path, key=key, cache_mb=WRITE_CACHE_MB, create=False)


def meta(conn: driver.Connection, name: str, default: str = "") -> str:
    """One noted fact as text."""
    found = conn.execute("SELECT value FROM meta WHERE key = ?", (name,)).fetchall()
    return str(found[0][0]) if found else default


def places(conn: driver.Connection) -> dict[int, Place]:
    """All municipalities by their ids."""
    rows = conn.execute("SELECT id, code, prefecture, city FROM place")
    return {row[0]: Place(row[1], row[2], row[3]) for row in rows}


def stored(n: int, row: Plain, place: int) -> tuple[Any, ...]:
    """The values of `ADD`: what is empty is not stored."""
    base, version, changed, assigned, kind, process, state, name, kana, _, _, _, street, post, rest, industry = row
    return (n, base, version, changed, assigned, kind, process, state, name, kana or None, place, street or None,
            int(post) if len(post) == 7 and post.isdecimal() else post or None, industry or None, rest or None)


def postcode(stored: int | str | None) -> str:
    """A postcode of a stored row: kept as a number where it is one."""
    return f"{stored:07d}" if isinstance(stored, int) else stored or ""


def plain(row: tuple[Any, ...], known: Mapping[int, Place]) -> Plain:
    """The fields of a `columns.Row` of a stored row."""
    _, base, version, changed, assigned, kind, process, state, name, kana, place, street, post, industry, rest = row
    return (base, version, changed, assigned, kind, process, state, name, kana or "", *known[place], street or "",
            postcode(post), rest or "", industry or "")


def by_number(conn: driver.Connection) -> Iterator[Plain]:
    """Every row of a file in the order of numbers, as a source of a merge."""
    known = places(conn)
    filled = int(meta(conn, "filled", "0"))
    first = conn.execute(f"SELECT {_NAMES} FROM corp WHERE n <= ? ORDER BY n", (filled,))
    names = ", ".join(f"c.{name}" for name in _NAMES.split(", "))
    later = conn.execute(f"SELECT {names} FROM late l JOIN corp c ON c.n = l.n ORDER BY l.num")
    for row in heapq.merge(first, later, key=lambda row: row[1]):
        yield plain(row, known)
