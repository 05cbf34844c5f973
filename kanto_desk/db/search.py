"""Full-text search over what people wrote: one encrypted FTS5 table of folded bigrams, in step with every save.

Bigrams with positions find any part of a word exactly as a phrase, two-character words included; single characters
stand in a column of their own (STORE.md, Search in records). The directory of all corporations has its own index.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count as count_from
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects import sqlite

from kanto_desk import masters
from kanto_desk.db import at_once, local
from kanto_desk.db.apply import Key, Row
from kanto_desk.db.schema import fields_of, records
from kanto_desk.japanese.folding import bigrams, fold
from kanto_desk.japanese.queries import parse

CREATE = (
    "CREATE VIRTUAL TABLE record_index USING fts5(g, u, content='', contentless_delete=1, "
    "tokenize=\"ascii tokenchars '&'\")"
)

_GAP = " | "   # a token no query has: phrases do not reach from one field into the next

NAMED = ("organization", "organization_name", "site", "affiliation", "person")
"""Types that name a company or person. Their ids stand above all others, so that a search for companies never walks
through the millions of lines that hold the same character."""

_NAMED_FROM, _END = 1 << 40, 1 << 62


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
    known = _ids(conn, wanted)
    gone = [known[key] for key in wanted if key in known]
    if gone:
        conn.execute(_DROP_LINE, [{"id": i} for i in gone])
    fresh = [key for key, shown in wanted.items() if shown and key not in known]
    if fresh:
        numbers = {named: count_from(_last_id(conn, named) + 1) for named in (False, True)}
        known.update((key, next(numbers[key[0] in NAMED])) for key in fresh)
        conn.execute(_NOTE_FOUND, [
            {"id": known[t, u], "type": t, "uid": u, "root_type": root[0], "root": root[1]}
            for t, u in fresh for root in [_root((t, u), rows[t, u])]])
        fresh_ids = json.dumps([known[key] for key in fresh])
        conn.execute(_NUMBER_VISITS, {"ids": fresh_ids})
        conn.execute(_NOTE_VISITS, {"ids": fresh_ids})
    lines = [{"id": known[key], **_tokens(shown)} for key, shown in wanted.items() if shown]
    if lines:
        conn.execute(_ADD_LINE, lines)
    dropped = [known[key] for key, shown in wanted.items() if not shown and key in known]
    if dropped:
        forget(conn, dropped)


def forget(conn: Connection, ids: Collection[int]) -> None:
    """Nothing stands behind these rows of the index any more."""
    for table in (local.found, local.found_visit):
        conn.execute(delete(table).where(table.c.id == bindparam("row")), [{"row": i} for i in ids])


def visits(conn: Connection, query: str) -> set[str]:
    """Uids of consultations that hold every term in one place: `roots` for the type that has millions of lines."""
    match = _match(query)
    if not match:
        return set()
    return set(json.loads(conn.execute(_VISITS, {"match": match, "high": _NAMED_FROM}).scalar_one()))


def find(conn: Connection, query: str, types: Iterable[str] | None = None, limit: int = 200) -> list[Hit]:
    """Records whose text holds every term of the query, newest first; those of NAMED types after all others.

    Terms are parts of words, in any order, or phrases in quotation marks; a record with an unwanted one is left out.
    Kana kind, width, case, old and new kanji, long marks and spaces do not matter; an empty query finds nothing.
    """
    match = _match(query)
    if not match:
        return []
    kinds = frozenset(types) if types is not None else None
    hits: list[Hit] = []
    for named, low, high in ((False, 0, _NAMED_FROM), (True, _NAMED_FROM, _END)):
        wanted = None if kinds is None else kinds & _NAMED if named else kinds - _NAMED
        if len(hits) >= limit or wanted == frozenset():
            continue
        every = wanted is None or (named and wanted == _NAMED)
        values: dict[str, Any] = {"match": match, "low": low, "high": high, "limit": limit - len(hits)}
        if not every:
            values["types"] = sorted(wanted or ())
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
    match = _match(query)
    if not match:
        return []
    kinds = None if types is None else sorted(types)
    low, high = _NAMED_FROM if kinds is not None and _NAMED.issuperset(kinds) else 0, _END
    values: dict[str, Any] = {"match": match, "low": low, "high": high, "root_type": root_type, "limit": limit}
    if kinds is not None:
        values["types"] = kinds
    found: list[str] = json.loads(conn.execute(_ROOTS if kinds is None else _ROOTS_TYPED, values).scalar_one())
    return found


def roots_among(conn: Connection, term: str, wanted: Collection[str]) -> set[str]:
    """Which of these roots hold a term themselves or in a part; what it costs depends on them, not on the term."""
    match = _match(term)
    if not match or not wanted:
        return set()
    rows = at_once.rows(conn, select(local.found.c.id, local.found.c.root).where(
        at_once.among(local.found.c.root, wanted)))
    hits = set(json.loads(conn.execute(_NUMBERS, {"match": match}).scalar_one()))
    return {root for number, root in rows if number in hits}


def terms(query: str) -> list[str]:
    """The terms that must stand, phrases among them without blanks; marks alone say nothing (`japanese.queries`)."""
    return list(parse(query).wanted)


def unwanted(query: str) -> list[str]:
    """The terms that may not stand: -見積."""
    return list(parse(query).unwanted)


def count(conn: Connection, query: str) -> int:
    """How many records `find` would give without limit."""
    match = _match(query)
    if not match:
        return 0
    found = conn.execute(text("SELECT count(*) FROM record_index WHERE record_index MATCH :match"), {"match": match})
    return int(found.scalar_one())


_NAMED = frozenset(NAMED)
def without(conn: Connection, query: str, type_name: str, known: Sequence[str]) -> int:
    """How many of these records of a type do not hold every term of the query themselves."""
    own = roots(conn, query, type_name, (type_name,)) if known else set()
    return len(set(known) - own)


_OF_VISITS = "FROM found f {} WHERE f.id IN (SELECT value FROM json_each(:ids)) AND f.root_type = 'consultation'"
_NUMBER_VISITS = text(f"INSERT OR IGNORE INTO visit_number(uid) SELECT f.root {_OF_VISITS.format('')}")
_NOTE_VISITS = text("INSERT INTO found_visit(id, visit) SELECT f.id, v.number "
                    f"{_OF_VISITS.format('JOIN visit_number v ON v.uid = f.root')}")
_VISITS = text("SELECT json_group_array(v.uid) FROM visit_number v WHERE v.number IN (SELECT f.visit FROM record_index "
               "JOIN found_visit f ON f.id = record_index.rowid "
               "WHERE record_index MATCH :match AND record_index.rowid < :high)")
_FIND_SQL = ("SELECT f.type, f.uid, f.root_type, f.root FROM record_index JOIN found f ON f.id = record_index.rowid "
             "WHERE record_index MATCH :match AND record_index.rowid >= :low AND record_index.rowid < :high{} "
             "ORDER BY record_index.rowid DESC LIMIT :limit")
_FIND = text(_FIND_SQL.format(""))
_FIND_TYPED = text(_FIND_SQL.format(" AND f.type IN :types")).bindparams(bindparam("types", expanding=True))
_ROOTS_SQL = ("SELECT json_group_array(root) FROM (SELECT f.root FROM record_index JOIN found f "
              "ON f.id = record_index.rowid WHERE record_index MATCH :match AND record_index.rowid >= :low "
              "AND record_index.rowid < :high AND f.root_type = :root_type{} "
              "ORDER BY record_index.rowid DESC LIMIT :limit)")
_NUMBERS = text("SELECT json_group_array(rowid) FROM record_index WHERE record_index MATCH :match")
_ROOTS = text(_ROOTS_SQL.format(""))
_ROOTS_TYPED = text(_ROOTS_SQL.format(" AND f.type IN :types")).bindparams(bindparam("types", expanding=True))


def _match(query: str) -> str:
    parsed = parse(query)
    if not parsed.wanted:
        return ""
    wanted = " AND ".join(map(_phrase, parsed.wanted))
    return f"({wanted}) NOT ({' OR '.join(map(_phrase, parsed.unwanted))})" if parsed.unwanted else wanted


def _phrase(term: str) -> str:
    folded = fold(term)
    return f'u:"{folded}"' if len(folded) == 1 else f'g:"{" ".join(bigrams(folded))}"'


def _tokens(shown: str) -> dict[str, str]:
    parts = [fold(part) for part in shown.split(_GAP)]
    grams = _GAP.join(" ".join(bigrams(part)) for part in parts)
    return {"g": grams, "u": " ".join(sorted(set("".join(parts))))}


def _shown(names: Sequence[str], row: Row) -> str:
    """What is searched of a record: its texts, and how its place is read (すわ finds 諏訪市 before conversion)."""
    texts = [str(row.values[n]) for n in names if row.values.get(n)]
    reading = _place_readings().get(str(row.values.get("city")))
    return _GAP.join([*texts, reading] if reading else texts)


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
    target = next((f.target for f in fields_of(records()[key[0]]) if f.name == parent), None)
    return (target, value) if target and isinstance(value, str) else key


def _last_id(conn: Connection, named: bool) -> int:
    low, high = (_NAMED_FROM, _END) if named else (0, _NAMED_FROM)
    last = conn.execute(_SELECT_LAST, {"low": low, "high": high}).scalar()
    return low if last is None else int(last)


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
_SELECT_LAST = select(func.max(local.found.c.id)).where(
    local.found.c.id >= bindparam("low"), local.found.c.id < bindparam("high"))
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
