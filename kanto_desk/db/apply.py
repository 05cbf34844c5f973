"""The one write path: a change goes into its row, stamps, heads, superseded stamps, journal and projections.

`apply` is called for local saves, received changes, imports and shipped data alike, inside the caller's transaction.
Each field is a multi-value register: the values that no known change has superseded are alive, the one with the highest
stamp is shown, the others are kept as heads. The outcome does not depend on the order in which changes arrive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.dialects import sqlite

from kanto_desk.db import at_once, local
from kanto_desk.db.schema import TURNED_KINDS, canonical, kinds_of, records, stored, wire_table, wired
from kanto_desk.db.stamps import clock_of, millis_of, pack, stamp, unpack
from kanto_desk.fields import Json, Kind

Key = tuple[str, str]
"""Record type and uid."""


@dataclass(slots=True)   # written to by nobody; frozen, making one takes six times as long, and a push makes thousands
class Change:
    """What one operation did to one record, as it travels (SYNC.md, Change).

    `dev` is the writer's 64-bit device id, `seq` its running number, `hlc` its hybrid clock value; `base` names for
    each field the stamps the writer saw, also for fields not set when the record was deleted.
    """

    dev: int
    seq: int
    hlc: int
    sv: int
    tx: str
    type: str
    uid: str
    set: dict[str, Json]
    base: dict[str, list[str]]
    by: str
    wall: str

    @property
    def stamp(self) -> str:
        """The stamp of every value this change sets."""
        return stamp(self.hlc, self.dev)


@dataclass(slots=True)
class Row:
    """A record's row while changes are applied: wire values, stamps, and fields this version does not know."""

    exists: bool
    values: dict[str, Json]
    stamps: dict[str, str]
    unknown: dict[str, Json] = field(default_factory=dict)
    sample: bool = False

    def get(self, name: str) -> Json:
        """The shown value of a field, known or not."""
        return self.values.get(name, self.unknown.get(name))


Projection = Callable[[Connection, "Mapping[Key, Row]"], None]
"""Keeps derived rows (search index, figures, match index) in step; called once per apply with the touched rows."""

_SLICE = 400   # pairs per SELECT: well below SQLite's limit of bound parameters


def load(conn: Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """The rows of these records as they stand; absent ones come as empty rows."""
    by_type: dict[str, list[str]] = {}
    rows: dict[Key, Row] = {}
    for type_name, uid in dict.fromkeys(keys):
        by_type.setdefault(type_name, []).append(uid)
        rows[type_name, uid] = Row(False, {}, {})
    for type_name, uids in by_type.items():
        kinds = _kinds(type_name)
        for found in conn.execute(_select_rows(type_name), {"uids": uids}).mappings().all():
            rows[type_name, found["uid"]] = Row(
                True, {n: wired(k, found[n]) for n, k in kinds.items() if found[n] is not None},
                unpack(found["_stamps"]), json.loads(found["_unknown"]) if found["_unknown"] else {},
                bool(found["_sample"]))
    return rows


@cache
def _select_rows(type_name: str) -> Any:
    table = row_table(type_name)
    return select(table).where(at_once.one_of(table.c.uid, "uids"), *of_type(type_name))


def row_table(type_name: str) -> Table:
    """Where rows of a type lie; those of types that this program does not know share one table (`local.strange`)."""
    return wire_table(type_name) if type_name in records() else local.strange


def of_type(type_name: str) -> tuple[Any, ...]:
    """The conditions that tell rows of this type from others in their table."""
    return () if type_name in records() else (local.strange.c.type == type_name,)


def _kinds(type_name: str) -> dict[str, Kind]:
    return kinds_of(type_name) if type_name in records() else {}


def known_only(rows: Mapping[Key, Row]) -> dict[Key, Row]:
    """Rows of types that this program knows: indexes and lists are made of these alone."""
    return {key: row for key, row in rows.items() if key[0] in records()}


def delete_row(conn: Connection, key: Key) -> None:
    """Take a row out of its table."""
    table = row_table(key[0])
    conn.execute(delete(table).where(table.c.uid == key[1], *of_type(key[0])))


def apply(conn: Connection, changes: Sequence[Change], origin: str, *, rows: dict[Key, Row] | None = None,
          before: Mapping[int, Mapping[str, Json]] | None = None, projections: Sequence[Projection] = (),
          journal: bool = True, new: Set[Key] = frozenset()) -> dict[Key, Row]:
    """Apply changes in the caller's transaction; gives the touched rows.

    `origin` is "local", "merge", "import", "masters" or "sample"; the last two are never journalled and sample rows are
    tagged. `rows` are rows already loaded in this transaction; `before` maps seq to before-values of local changes.
    `new` are records of which nothing was ever written here: nobody looks for what they might be compared with.
    """
    if not changes:
        return {}
    keys = [(c.type, c.uid) for c in changes]
    rows = load(conn, keys) if rows is None else rows
    dirty: dict[Key, set[str]] = {}
    registers = _Registers(conn, [k for k in dict.fromkeys(keys) if k not in new], skip=origin in ("masters", "sample"))
    for c in changes:
        row = rows[c.type, c.uid]
        touched = dirty.setdefault((c.type, c.uid), set())
        row.sample = row.sample or origin == "sample"
        if not row.stamps and not c.base and registers.knows_nothing_of((c.type, c.uid)):
            _begin(row, c)   # nothing to compare it with: what `put` would do, field by field
            touched.update(c.set)
            continue
        for name, value in c.set.items():
            if registers.put(row, c, name, value):
                touched.add(name)
    registers.flush()
    _write_rows(conn, rows, dirty)
    if journal and origin not in ("masters", "sample"):
        _write_journal(conn, changes, rows, before or {})
    touched_rows = {key: rows[key] for key in dirty}
    known = known_only(touched_rows)
    for project in projections:
        project(conn, known)
    return touched_rows


def _begin(row: Row, c: Change) -> None:
    """The first change of a row about which nothing else is known."""
    kinds = _kinds(c.type)
    row.stamps = dict.fromkeys(c.set, c.stamp)
    if c.set.keys() <= kinds.keys():
        row.values = dict(c.set)
        return
    for name, value in c.set.items():
        (row.values if name in kinds else row.unknown)[name] = value


def fill(conn: Connection, rows: Mapping[Key, Mapping[str, Mapping[str, Json]]], unsent: Sequence[Change], *,
         gone: Mapping[Key, Mapping[str, Iterable[str]]] = MappingProxyType({}),
         projections: Sequence[Projection] = (), begun: set[Key] | None = None) -> dict[Key, Row]:
    """Take in rows whole: record → field → every value alive by stamp. Gives the rows that are new or not as before.

    Those that are new are added to `begun`.

    What stands here and is not in them was superseded where they come from, unless it is among `unsent`, the changes
    of this laptop that were not sent yet; those stay alive beside what they have not seen. `gone` are stamps that were
    superseded there, some before their values came.
    """
    found = load(conn, rows)
    registers = _Registers(conn, list(rows), skip=False)
    mine: dict[Key, dict[str, set[str]]] = {}
    seen: dict[Key, dict[str, set[str]]] = {}
    for c in unsent:
        for name in c.set:
            mine.setdefault((c.type, c.uid), {}).setdefault(name, set()).add(c.stamp)
        for name, stamps in c.base.items():
            seen.setdefault((c.type, c.uid), {}).setdefault(name, set()).update(stamps)
    dirty: dict[Key, set[str]] = {}
    for key, fields in rows.items():
        dirty[key] = {name for name, values in fields.items() if registers.replace(
            found[key], key, name, values, mine.get(key, {}).get(name, set()), seen.get(key, {}).get(name, set()))}
    registers.new_gone.update((*key, name, s) for key, names in gone.items() for name, stamps in names.items()
                              for s in stamps)
    new = {key for key in rows if not found[key].exists}
    if begun is not None:
        begun |= new
    touched = new | registers.touched() | {key for key, names in dirty.items() if names}
    registers.flush()
    _write_rows(conn, found, dirty)
    changed = {key: row for key, row in found.items() if key in touched}
    known = known_only(changed)
    for project in projections:
        project(conn, known)
    return changed


def unseen(conn: Connection, changes: Sequence[Change]) -> list[Change]:
    """Those changes that the journal does not hold yet: a change that arrives again must not come back to life."""
    out: list[Change] = []
    once = list({(c.dev, c.seq): c for c in changes}.values())
    for i in range(0, len(once), _SLICE // 2):
        part = once[i:i + _SLICE // 2]
        pairs = [(f"{c.dev:016x}", c.seq) for c in part]
        have = {(row.dev, row.seq) for row in conn.execute(_SELECT_SEEN, {"pairs": pairs})}
        out += [c for c in part if (f"{c.dev:016x}", c.seq) not in have]
    return out


class _Registers:
    """Heads and superseded stamps of the records being changed, read once and written once."""

    def __init__(self, conn: Connection, keys: list[Key], *, skip: bool) -> None:
        self.conn = conn
        self.heads: dict[tuple[str, str, str], dict[str, Json]] = {}
        self.gone: dict[tuple[str, str, str], set[str]] = {}
        self.new_heads: dict[tuple[str, str, str, str], Json] = {}
        self.old_heads: set[tuple[str, str, str, str]] = set()
        self.new_gone: set[tuple[str, str, str, str]] = set()
        self.known: set[Key] = set()   # records that have heads, or of which some superseded stamp was named
        if skip:
            return
        for h in at_once.of_records(conn, local.head, keys):
            self.heads.setdefault((h.type, h.uid, h.field), {})[h.stamp] = json.loads(h.value)
        for g in at_once.of_records(conn, local.gone, keys):
            self.gone.setdefault((g.type, g.uid, g.field), set()).add(g.stamp)
        self.known.update((at[0], at[1]) for at in (*self.heads, *self.gone))

    def knows_nothing_of(self, key: Key) -> bool:
        """Whether this record has no heads and no superseded stamp of it was ever named."""
        return key not in self.known

    def put(self, row: Row, c: Change, name: str, value: Json) -> bool:
        """One field of one change. Says whether the shown value or its stamp changed."""
        at = (c.type, c.uid, name)
        shown = row.stamps.get(name)
        if shown == c.stamp:
            return False                             # the same change again
        heads = self.heads.get(at)
        known_gone = self.gone.get(at)
        alive: dict[str, Json] = dict(heads) if heads else {}
        if c.stamp in alive:
            return False
        if shown is not None:
            alive[shown] = row.get(name)
        for seen in c.base.get(name, ()):
            if alive.pop(seen, _ABSENT) is _ABSENT:
                self.gone.setdefault(at, set()).add(seen)
                self.new_gone.add((*at, seen))
                self.known.add((c.type, c.uid))
        if not (known_gone and c.stamp in known_gone):
            alive[c.stamp] = value
        return self._settle(row, at, alive, heads)

    def replace(self, row: Row, key: Key, name: str, values: Mapping[str, Json], mine: set[str],
                seen: set[str]) -> bool:
        """One field of a row that comes whole; see `fill`. Says whether the shown value or its stamp changed."""
        at = (*key, name)
        heads = self.heads.get(at)
        here: dict[str, Json] = dict(heads) if heads else {}
        if (shown := row.stamps.get(name)) is not None:
            here[shown] = row.get(name)
        alive = {s: v for s, v in values.items() if s not in seen} | {s: v for s, v in here.items() if s in mine}
        for s in set(here) - set(alive):
            self.new_gone.add((*at, s))
        return self._settle(row, at, alive, heads)

    def _settle(self, row: Row, at: tuple[str, str, str], alive: dict[str, Json],
                heads: dict[str, Json] | None) -> bool:
        """Show the highest of the values alive and keep the others."""
        name = at[2]
        if not alive:
            return False
        top = max(alive)
        changed = top != row.stamps.get(name)
        if changed:
            row.stamps[name] = top
            target = row.values if name in _kinds(at[0]) else row.unknown
            target[name] = alive[top]
        others = {s: v for s, v in alive.items() if s != top}
        for s in set(heads or ()) - set(others):
            self.old_heads.add((*at, s))
            self.new_heads.pop((*at, s), None)
        for s in set(others) - set(heads or ()):
            self.new_heads[*at, s] = others[s]   # a stored head that was shown meanwhile is deleted, then written
        if others:
            self.heads[at] = others
        else:
            self.heads.pop(at, None)
        return changed

    def touched(self) -> set[Key]:
        """Records whose heads change."""
        return {(at[0], at[1]) for at in (*self.old_heads, *self.new_heads)}

    def flush(self) -> None:
        """Write what changed."""
        names = ("type", "uid", "field", "stamp")
        if self.old_heads:
            self.conn.execute(_DELETE_HEAD, [dict(zip(("t", "u", "f", "s"), k, strict=True))
                                             for k in sorted(self.old_heads)])
        if self.new_heads:
            self.conn.execute(_INSERT_HEAD, [{**dict(zip(names, k, strict=True)), "value": canonical(v)}
                                                   for k, v in self.new_heads.items()])
        if self.new_gone:
            self.conn.execute(insert_gone(self.conn.dialect.name),
                              [dict(zip(names, k, strict=True)) for k in sorted(self.new_gone)])


_ABSENT: Any = object()
_INSERT_HEAD, _INSERT_CHANGE = insert(local.head), insert(local.change)
_SELECT_SEEN = select(local.change.c.dev, local.change.c.seq).where(
    tuple_(local.change.c.dev, local.change.c.seq).in_(bindparam("pairs", expanding=True)))
_DELETE_HEAD = delete(local.head).where(
    local.head.c.type == bindparam("t"), local.head.c.uid == bindparam("u"),
    local.head.c.field == bindparam("f"), local.head.c.stamp == bindparam("s"))


@cache
def insert_gone(dialect: str) -> Any:
    """Note superseded stamps, once each; the statement differs between the hub's two databases."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # 30 ms of a desk's start that no desk needs

        return postgresql.insert(local.gone).on_conflict_do_nothing()
    return sqlite.insert(local.gone).on_conflict_do_nothing()



_ALIKE = 16   # new rows with a value in the same columns are written to these alone, where so many come


def _write_rows(conn: Connection, rows: Mapping[Key, Row], dirty: Mapping[Key, set[str]]) -> None:
    """Insert new rows by type in one statement each; update the changed columns of the others."""
    fresh: dict[tuple[str, tuple[str, ...]], list[tuple[str, Row]]] = {}
    for (type_name, uid), names in dirty.items():
        row = rows[type_name, uid]
        if not row.exists:
            fresh.setdefault((type_name, tuple(row.values)), []).append((uid, row))
            row.exists = True
        elif names:
            kinds = _kinds(type_name)
            known = sorted(n for n in names if n in kinds)
            conn.execute(_update_row(type_name, tuple(known)),
                         {"at_uid": uid, **{n: stored(kinds[n], row.values.get(n)) for n in known},
                          **dict(zip(_BOOK, _book(row), strict=True))})
    others: dict[str, list[tuple[str, Row]]] = {}
    for (type_name, shape), many in fresh.items():
        if len(many) < _ALIKE:
            others.setdefault(type_name, []).extend(many)
        else:
            _insert_new(conn, type_name, shape, many)
    for type_name, many in others.items():
        _insert_new(conn, type_name, tuple(_kinds(type_name)), many)


def _insert_new(conn: Connection, type_name: str, names: tuple[str, ...], many: Sequence[tuple[str, Row]]) -> None:
    """Rows that are not there yet, with these fields of theirs."""
    same = tuple(_shared(type_name).values())
    turned = {n: k for n in names if (k := _turned(type_name)[n]) is not None}
    if turned:
        lines = [(uid, *same, *[stored(turned[n], row.values.get(n)) if n in turned else row.values.get(n)
                                for n in names], *_book(row)) for uid, row in many]
    elif len(names) < len(_kinds(type_name)):   # their values are these, in this order
        lines = [(uid, *same, *row.values.values(), *_book(row)) for uid, row in many]
    else:
        lines = [(uid, *same, *map(row.values.get, names), *_book(row)) for uid, row in many]
    at_once.insert_rows(conn, row_table(type_name), ("uid", *_shared(type_name), *names, *_BOOK), lines)


_BOOK = ("_stamps", "_unknown", "_sample", "_updated")


def _book(row: Row) -> tuple[Any, ...]:
    """What stands beside the fields of a row, in the order of _BOOK."""
    return (pack(row.stamps), canonical(row.unknown) if row.unknown else None, 1 if row.sample else None,
            millis_of(clock_of(max(row.stamps.values(), default="0" * 32))))


@cache
def _turned(type_name: str) -> dict[str, Kind | None]:
    """The fields of a type, each with its kind where a wire value is not stored as it is."""
    return {n: k if k in TURNED_KINDS else None for n, k in _kinds(type_name).items()}


def _shared(type_name: str) -> dict[str, str]:
    """What a row says besides where its table is shared by many types."""
    return {} if type_name in records() else {"type": type_name}


def keep_row(conn: Connection, key: Key, row: Row, names: Iterable[str]) -> None:
    """Write these fields of a row that stands already, and its stamps and unknown fields, as they are in `row`."""
    _write_rows(conn, {key: row}, {key: set(names)})


@cache
def _update_row(type_name: str, names: tuple[str, ...]) -> Any:
    table = row_table(type_name)
    columns = (*names, "_stamps", "_unknown", "_sample", "_updated")
    return update(table).where(table.c.uid == bindparam("at_uid"), *of_type(type_name)).values(
        {n: bindparam(n) for n in columns})


def extend(conn: Connection, change_stamp: str, key: Key, values: Mapping[str, Json], row: Row, *,
           projections: Sequence[Projection] = ()) -> None:
    """Rewrite values of the newest, unsent change of a record: the stamp stays, only the row moves on (decision 5)."""
    for name, value in values.items():
        row.stamps[name] = change_stamp
        row.values[name] = value
    _write_rows(conn, {key: row}, {key: set(values)})
    for project in projections:
        project(conn, {key: row})


def _write_journal(conn: Connection, changes: Sequence[Change], rows: Mapping[Key, Row],
                   before: Mapping[int, Mapping[str, Json]]) -> None:
    conn.execute(_INSERT_CHANGE, [
        {"dev": f"{c.dev:016x}", "seq": c.seq, "hlc": f"{c.hlc:016x}", "sv": c.sv, "tx": c.tx, "type": c.type,
         "uid": c.uid, "set": canonical(c.set), "base": canonical(dict(c.base)),
         "before": canonical(dict(before[c.seq])) if c.seq in before else None,
         "by": c.by, "wall": c.wall, "frozen": 0, "sample": 1 if rows[c.type, c.uid].sample else None}
        for c in changes])
