"""Full-text search over what people wrote: one encrypted FTS5 table of folded bigrams, in step with every save.

Bigrams with positions find any part of a word exactly as a phrase, two-character words included; single characters
stand in a column of their own (STORE.md, Search in records). The directory of all corporations has its own index.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects import sqlite

from kanto_desk import masters
from kanto_desk.db import at_once, index_places, local, visit_names
from kanto_desk.db.apply import Key, Row
from kanto_desk.db.index_places import END, LINE_BITS, NAMED_FROM, NAMES_LINE, VISITS_END
from kanto_desk.db.index_words import GAP, match, tokens
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.japanese.folding import FOLD_VERSION
from kanto_desk.japanese.queries import parse

CREATE = (
    "CREATE VIRTUAL TABLE record_index USING fts5(g, u, content='', contentless_delete=1, "
    "tokenize=\"ascii tokenchars '&'\")"
)

NAMED = ("organization", "organization_name", "site", "affiliation", "person")
"""Types that name a company or person. Their ids stand above all others, so that a search for companies never walks
through the millions of lines that hold the same character."""

VISIT = "consultation"
VERSION = FOLD_VERSION * 1000 + 2
"""How the index is made. Raised with every change of it: an index made otherwise is made anew (`rebuild`)."""

_AT_ONCE = 5000
_IN_BULK, _AS_EVER = (("hashsize", 64 << 20), ("automerge", 0)), (("hashsize", 1 << 20), ("automerge", 4))
"""What FTS5 gathers before it writes, in bytes, and whether it merges what it wrote: all at once, merging is waste."""

Told = Callable[[int, int], None]
"""Hears how much is done, and of how much."""


def untold(_done: int, _total: int) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found; `root` is the record it is part of (itself, if none)."""

    type: str
    uid: str
    root_type: str
    root: str


def index_rows(conn: Connection, rows: Mapping[Key, Row]) -> None:
    """Projection of `apply`: bring the index rows of these records in step."""
    wanted: dict[Key, str] = {}
    for (type_name, uid), row in rows.items():
        names = _searched(type_name)
        if names:
            wanted[type_name, uid] = "" if row.get("deleted_at") else _shown(names, row)
    if not wanted:
        return
    called = visit_names.called_so_far(conn, rows)
    days = {uid: index_places.day_of(row.get("held_on")) for (name, uid), row in rows.items() if name == VISIT}
    if days:
        _move(conn, days, wanted)
        _numbers(conn, days, days)   # a visit without a word of its own is found by the name of its company
    known = _ids(conn, wanted)
    gone = [known[key] for key in wanted if key in known]
    if gone:
        conn.execute(_DROP_LINE, [{"id": i} for i in gone])
    fresh = [key for key, shown in wanted.items() if shown and key not in known]
    if fresh:
        roots_of = {key: _root(key, rows[key]) for key in fresh}
        numbers = _numbers(conn, {uid for name, uid in roots_of.values() if name == VISIT}, days)
        free = index_places.Lines(conn)
        for key in fresh:
            root = roots_of[key]
            known[key] = (free.of_visit(numbers[root[1]]) if root[0] == VISIT
                          else free.of_other(named=key[0] in NAMED))
        conn.execute(_NOTE_FOUND, [
            {"id": known[t, u], "type": t, "uid": u, "root_type": roots_of[t, u][0], "root": roots_of[t, u][1]}
            for t, u in fresh])
    lines = [{"id": known[key], **tokens(shown)} for key, shown in wanted.items() if shown]
    if lines:   # in order: FTS5 writes out what it gathered at each id that is lower than the last
        conn.execute(_ADD_LINE, sorted(lines, key=itemgetter("id")))
    dropped = [known[key] for key, shown in wanted.items() if not shown and key in known]
    if dropped:
        forget(conn, dropped)
    visit_names.follow(conn, rows, called)


def _numbers(conn: Connection, visits: Collection[str], days: Mapping[str, int]) -> dict[str, int]:
    """The numbers of these visits; those without one get one by their day."""
    numbers = index_places.numbered(conn, visits)
    fresh = [uid for uid in visits if uid not in numbers]
    if fresh:
        told = index_places.days_of(conn, [uid for uid in fresh if uid not in days])
        numbers |= index_places.number(conn, {uid: days.get(uid, told.get(uid, 0)) for uid in sorted(fresh)})
    return numbers


def _move(conn: Connection, days: Mapping[str, int], wanted: Mapping[Key, str]) -> None:
    """Visits held on another day than their number says take all their parts to a new place in the index."""
    for uid, old in index_places.numbered(conn, days).items():
        if index_places.fits(conn, old, days[uid]):
            continue
        index_places.forget_visit(conn, old)
        visit_names.forget(conn, [old])
        fresh = index_places.number(conn, {uid: days[uid]})[uid]
        parts = conn.execute(_PARTS, {"root": uid}).all()
        if parts:
            conn.execute(_DROP_LINE, [{"id": part.id} for part in parts])
        places = {(part.type, part.uid): (fresh << LINE_BITS) + n for n, part in enumerate(parts)}
        for part in parts:
            conn.execute(_PLACE, {"old": part.id, "id": places[part.type, part.uid]})
        shown = _shown_now(conn, [key for key in places if key not in wanted])
        if shown:
            conn.execute(_ADD_LINE, sorted(({"id": places[key], **tokens(words)} for key, words in shown.items()),
                                           key=itemgetter("id")))


def _shown_now(conn: Connection, keys: Iterable[Key]) -> dict[Key, str]:
    """What is searched of records as they are kept."""
    by_type: dict[str, list[str]] = {}
    for name, uid in keys:
        by_type.setdefault(name, []).append(uid)
    found = {}
    for name, uids in by_type.items():
        table = wire_table(name)
        for row in conn.execute(select(table).where(at_once.one_of(table.c.uid, "uids")), {"uids": uids}).mappings():
            if row["deleted_at"] is None and (words := _shown(_searched(name), Row(True, dict(row), {}))):
                found[name, row["uid"]] = words
    return found


def is_current(conn: Connection) -> bool:
    """Whether the index was made as this program makes it."""
    return conn.execute(_MADE).scalar() == VERSION


def rebuild(conn: Connection, told: Told = untold) -> None:
    """Make the whole index anew from the records, visits in the order of their days.

    `told` hears of the records done and how many there are, every few thousand.
    """
    tables = {name: wire_table(name) for name in records() if _searched(name)}
    total = sum(conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables.values())
    done = 0
    told(done, total)
    conn.exec_driver_sql("INSERT INTO record_index(record_index) VALUES ('delete-all')")
    for setting, value in _IN_BULK:
        conn.exec_driver_sql("INSERT INTO record_index(record_index, rank) VALUES (?, ?)", (setting, value))
    for table in (local.found, local.visit_number, local.found_visit):
        conn.execute(delete(table))
    visits = wire_table(VISIT)
    numbers = conn.execute(select(visits.c.uid, visits.c.held_on).order_by(visits.c.held_on, visits.c.uid)).all()
    index_places.number(conn, {row.uid: index_places.day_of(row.held_on) for row in numbers})
    for name, table in tables.items():
        cls, names = records()[name], _searched(name)
        kept = [table.c.uid, table.c.deleted_at, *(table.c[n] for n in dict.fromkeys(
            (*names, *(n for n in (cls.parent, "owner_type", "city", "held_on") if n))) if n in table.c)]
        last = ""
        while part := conn.execute(select(*kept).where(table.c.uid > last).order_by(table.c.uid).limit(_AT_ONCE)
                                   ).mappings().all():
            index_rows(conn, {(name, row["uid"]): Row(True, dict(row), {}) for row in part})
            last = part[-1]["uid"]
            done += len(part)
            told(done, total)
    conn.exec_driver_sql("INSERT INTO record_index(record_index) VALUES ('optimize')")
    for setting, value in _AS_EVER:
        conn.exec_driver_sql("INSERT INTO record_index(record_index, rank) VALUES (?, ?)", (setting, value))
    conn.execute(delete(local.counter).where(local.counter.c.name == "search"))
    conn.execute(insert(local.counter).values(name="search", value=VERSION))


def forget(conn: Connection, ids: Collection[int]) -> None:
    """Nothing stands behind these rows of the index any more."""
    conn.execute(delete(local.found).where(local.found.c.id == bindparam("row")), [{"row": i} for i in ids])


def visits(conn: Connection, query: str) -> set[str]:
    """Uids of consultations that hold every term in one place: `roots` for the type that has millions of lines.

    The names of their companies are no such place.
    """
    asked = match(query)
    if not asked:
        return set()
    return set(json.loads(conn.execute(_VISITS, {"match": asked, "high": VISITS_END}).scalar_one()))


def newest(conn: Connection, term: str, low: int, high: int, limit: int) -> list[int]:
    """Ids of the newest `limit` parts of visits that hold a term, from `low` to below `high` (`index_places`).

    The names of a visit's company are one of its parts; no record stands behind that.
    """
    asked = match(term)
    if not asked:
        return []
    found: list[int] = json.loads(conn.execute(
        _NEWEST, {"match": asked, "low": low, "high": high, "limit": limit}).scalar_one())
    return found


def numbers(conn: Connection, term: str, low: int = 0, high: int = VISITS_END) -> set[int]:
    """Numbers of the visits that hold a term in a part with such an id, or in the names of their company."""
    asked = match(term)
    return set(json.loads(conn.execute(_NUMBERS, {"match": asked, "low": low, "high": high}).scalar_one())
               ) if asked else set()


def find(conn: Connection, query: str, types: Iterable[str] | None = None, limit: int = 200) -> list[Hit]:
    """Records whose text holds every term of the query, newest first; those of NAMED types after all others.

    Terms are parts of words, in any order, or phrases in quotation marks; a record with an unwanted one is left out.
    Kana kind, width, case, old and new kanji, long marks and spaces do not matter; an empty query finds nothing.
    """
    asked = match(query)
    if not asked:
        return []
    kinds = frozenset(types) if types is not None else None
    hits: list[Hit] = []
    for named, low, high in ((False, 0, NAMED_FROM), (True, NAMED_FROM, END)):
        wanted = None if kinds is None else kinds & _NAMED if named else kinds - _NAMED
        if len(hits) >= limit or wanted == frozenset():
            continue
        every = wanted is None or (named and wanted == _NAMED)
        values: dict[str, Any] = {"match": asked, "low": low, "high": high, "limit": limit - len(hits)}
        if not every:
            values["types"] = json.dumps(sorted(wanted or ()))
        hits += [Hit(*row) for row in conn.execute(_FIND if every else _FIND_TYPED, values)]
    return hits


def roots(conn: Connection, query: str, root_type: str, types: Iterable[str] | None = None) -> set[str]:
    """Uids of records of a type that hold every term in one place, be it a part; with `types` only in these parts."""
    return set(root_rows(conn, query, root_type, types))


def root_rows(conn: Connection, query: str, root_type: str, types: Iterable[str] | None = None,
              limit: int = -1) -> list[str]:
    """The same, one uid for each place, the newest up to `limit`.

    Read in one piece, since a frequent term stands in tens of thousands of lines.
    """
    asked = match(query)
    if not asked:
        return []
    kinds = None if types is None else sorted(types)
    low, high = NAMED_FROM if kinds is not None and _NAMED.issuperset(kinds) else 0, END
    values: dict[str, Any] = {"match": asked, "low": low, "high": high, "root_type": root_type, "limit": limit}
    if kinds is not None:
        values["types"] = json.dumps(kinds)
    found: list[str] = json.loads(conn.execute(_ROOTS if kinds is None else _ROOTS_TYPED, values).scalar_one())
    return found


def roots_among(conn: Connection, term: str, wanted: Collection[str]) -> set[str]:
    """Which of these roots hold a term themselves or in a part; what it costs depends on them, not on the term."""
    asked = match(term)
    if not asked or not wanted:
        return set()
    rows = at_once.rows(conn, select(local.found.c.id, local.found.c.root).where(
        at_once.among(local.found.c.root, wanted)))
    hits = set(json.loads(conn.execute(_HITS, {"match": asked}).scalar_one()))
    return {root for number, root in rows if number in hits}


def terms(query: str) -> list[str]:
    """The terms that must stand, phrases among them without blanks; marks alone say nothing (`japanese.queries`)."""
    return list(parse(query).wanted)


def unwanted(query: str) -> list[str]:
    """The terms that may not stand: -見積."""
    return list(parse(query).unwanted)


def count(conn: Connection, query: str, types: Iterable[str] | None = None) -> int:
    """How many records `find` would give without limit."""
    asked = match(query)
    if not asked:
        return 0
    if types is not None:
        return int(conn.execute(_COUNT_TYPED, {"match": asked, "types": sorted(types)}).scalar_one())
    return int(conn.execute(_COUNT, {"match": asked}).scalar_one())


_NAMED = frozenset(NAMED)
def without(conn: Connection, query: str, type_name: str, known: Sequence[str]) -> int:
    """How many of these records of a type do not hold every term of the query themselves."""
    own = roots(conn, query, type_name, (type_name,)) if known else set()
    return len(set(known) - own)


_NO_NAMES = f" AND rowid & {NAMES_LINE} < {NAMES_LINE}"
_VISITS = text("SELECT json_group_array(v.uid) FROM visit_number v WHERE v.number IN (SELECT DISTINCT rowid >> 16 "
               f"FROM record_index WHERE record_index MATCH :match AND rowid < :high{_NO_NAMES})")
_NEWEST = text("SELECT json_group_array(id) FROM (SELECT rowid AS id FROM record_index WHERE record_index MATCH :match "
               "AND rowid >= :low AND rowid < :high ORDER BY rowid DESC LIMIT :limit)")
_NUMBERS = text("SELECT json_group_array(DISTINCT rowid >> 16) FROM record_index WHERE record_index MATCH :match "
                "AND rowid >= :low AND rowid < :high")
_FIND_SQL = ("SELECT f.type, f.uid, f.root_type, f.root FROM record_index JOIN found f ON f.id = record_index.rowid "
             "WHERE record_index MATCH :match AND record_index.rowid >= :low AND record_index.rowid < :high{} "
             "ORDER BY record_index.rowid DESC LIMIT :limit")
_FIND = text(_FIND_SQL.format(""))
_FIND_TYPED = text(_FIND_SQL.format(" AND f.type IN (SELECT value FROM json_each(:types))"))
_COUNT = text("SELECT count(*) FROM record_index WHERE record_index MATCH :match AND (rowid >= "
              f"{VISITS_END} OR rowid & {NAMES_LINE} < {NAMES_LINE})")
_COUNT_TYPED = text("SELECT count(*) FROM record_index JOIN found f ON f.id = record_index.rowid WHERE "
                    "record_index MATCH :match AND f.type IN :types").bindparams(bindparam("types", expanding=True))
_ROOTS_SQL = ("SELECT json_group_array(root) FROM (SELECT f.root FROM record_index JOIN found f "
              "ON f.id = record_index.rowid WHERE record_index MATCH :match AND record_index.rowid >= :low "
              "AND record_index.rowid < :high AND f.root_type = :root_type{} "
              "ORDER BY record_index.rowid DESC LIMIT :limit)")
_HITS = text("SELECT json_group_array(rowid) FROM record_index WHERE record_index MATCH :match")
_ROOTS = text(_ROOTS_SQL.format(""))
_ROOTS_TYPED = text(_ROOTS_SQL.format(" AND f.type IN (SELECT value FROM json_each(:types))"))


def _shown(names: Sequence[str], row: Row) -> str:
    """What is searched of a record: its texts, and how its place is read (すわ finds 諏訪市 before conversion)."""
    texts = [str(row.values[n]) for n in names if row.values.get(n)]
    reading = _place_readings().get(str(row.values.get("city")))
    return GAP.join([*texts, reading] if reading else texts)


@cache
def _place_readings() -> dict[str, str]:
    """Name of a municipality, with and without its county or city → reading."""
    found: dict[str, str] = {}
    for place in masters.municipalities():
        for before in ("", place.county, place.city or ""):
            found.setdefault(f"{before}{place.name}", place.kana)
    return found


@cache
def _searched(type_name: str) -> tuple[str, ...]:
    return tuple(f.name for f in fields_of(records()[type_name]) if f.searched)


def _root(key: Key, row: Row) -> Key:
    parent = records()[key[0]].parent
    value = row.values.get(parent) if parent else None
    target = _target(key[0]) or row.values.get("owner_type")   # a file says itself what it is attached to
    return (str(target), value) if target and isinstance(value, str) else key


@cache
def _target(type_name: str) -> str | None:
    cls = records()[type_name]
    return next((f.target for f in fields_of(cls) if f.name == cls.parent), None)


def _ids(conn: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    by_type: dict[str, list[str]] = {}
    for type_name, uid in keys:
        by_type.setdefault(type_name, []).append(uid)
    found: dict[Key, int] = {}
    for type_name, uids in by_type.items():
        for i in range(0, len(uids), 400):
            for row in conn.execute(_SELECT_IDS, {"type": type_name, "uids": uids[i:i + 400]}):
                found[type_name, row.uid] = row.id
    return found


_DROP_LINE = text("DELETE FROM record_index WHERE rowid = :id")
_ADD_LINE = text("INSERT INTO record_index(rowid, g, u) VALUES (:id, :g, :u)")
_NOTE_FOUND = insert(local.found)
_MADE = select(local.counter.c.value).where(local.counter.c.name == "search")
_PARTS = select(local.found.c.id, local.found.c.type, local.found.c.uid).where(
    local.found.c.root == bindparam("root"), local.found.c.id < VISITS_END).order_by(local.found.c.id)
_PLACE = text("UPDATE found SET id = :id WHERE id = :old")
_SELECT_IDS = select(local.found.c.id, local.found.c.uid).where(
    local.found.c.type == bindparam("type"), local.found.c.uid.in_(bindparam("uids", expanding=True)))


def mark_opened(conn: Connection, key: Key, at: str) -> None:
    """Remember that a record was opened, for 最近ひらいたもの."""
    conn.execute(sqlite.insert(local.opened).values(type=key[0], uid=key[1], at=at)
                 .on_conflict_do_update(index_elements=["type", "uid"], set_={"at": at}))


def recently_opened(conn: Connection, limit: int) -> Sequence[tuple[str, str, str]]:
    """Type, uid and ISO moment of the records opened last, newest first."""
    table = local.opened
    rows = conn.execute(select(table.c.type, table.c.uid, table.c.at).order_by(table.c.at.desc()).limit(limit))
    return [(r.type, r.uid, r.at) for r in rows]
