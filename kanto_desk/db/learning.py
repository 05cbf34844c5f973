"""After an upgrade: what an older program kept without understanding it moves to where this one knows it.

Registers merge as ever: a value under a former name and one under its new name are one field, and what a stamp has
superseded stays superseded. Nothing that was kept is dropped; a value that cannot be of its field's kind stays unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from kanto_desk.db import local
from kanto_desk.db.apply import Key, Projection, Row, insert_gone, keep_row, load, row_table
from kanto_desk.db.evolution import STEPS, Renamed, Step
from kanto_desk.db.schema import canonical, fields_of, records, wire_table
from kanto_desk.db.stamps import unpack
from kanto_desk.fields import fits

_SLICE = 400


def learn(conn: Connection, since: int, projections: Sequence[Projection] = (),
          steps: Sequence[Step] = STEPS) -> set[Key]:
    """Move everything in the caller's transaction; `since` is the schema version of the last time.

    Gives the records that changed. Doing it again changes nothing.
    """
    touched = _types(conn)
    for step in steps:
        for renamed in step.renamed:
            if step.version > since:
                touched |= _rename(conn, renamed)
    touched |= _fields(conn)
    keys = sorted(touched)
    for i in range(0, len(keys), _SLICE):
        rows = load(conn, keys[i:i + _SLICE])
        for project in projections:
            project(conn, rows)
    return touched


def _types(conn: Connection) -> set[Key]:
    """Records of types that are known by now get a row of their own."""
    s = local.strange.c
    out: set[Key] = set()
    for found in conn.execute(select(local.strange).where(s.type.in_(list(records())))).mappings().all():
        key = (found["type"], found["uid"])
        conn.execute(delete(local.strange).where(s.type == key[0], s.uid == key[1]))
        conn.execute(insert(wire_table(key[0])), [{
            "uid": key[1], "_stamps": found["_stamps"], "_unknown": found["_unknown"], "_sample": found["_sample"],
            "_updated": found["_updated"]}])
        out.add(key)
    return out


def _fields(conn: Connection) -> set[Key]:
    """Fields that are known by now go to their columns."""
    out: set[Key] = set()
    for type_name in records():
        known = {f.name: f for f in fields_of(records()[type_name])}
        for key, row in _rows(conn, type_name):
            names = [n for n, value in row.unknown.items() if n in known and fits(known[n], value)]
            if names:
                for name in names:
                    row.values[name] = row.unknown.pop(name)
                keep_row(conn, key, row, names)
                out.add(key)
    return out


def _rows(conn: Connection, type_name: str) -> Iterator[tuple[Key, Row]]:
    table = wire_table(type_name)
    uids = list(conn.execute(select(table.c.uid).where(table.c["_unknown"].is_not(None))).scalars())
    for i in range(0, len(uids), _SLICE):
        yield from load(conn, [(type_name, uid) for uid in uids[i:i + _SLICE]]).items()


def _rename(conn: Connection, renamed: Renamed) -> set[Key]:
    """One field under its new name in rows, heads and superseded stamps."""
    out: set[Key] = set()
    table = row_table(renamed.type)
    listed = select(table.c.uid, table.c["_stamps"])
    if table is local.strange:
        listed = listed.where(local.strange.c.type == renamed.type)
    uids = [r.uid for r in conn.execute(listed) if renamed.old in unpack(r[1])]
    for i in range(0, len(uids), _SLICE):
        for key, row in load(conn, [(renamed.type, uid) for uid in uids[i:i + _SLICE]]).items():
            _rename_in(conn, key, row, renamed)
            out.add(key)
    return out


def _rename_in(conn: Connection, key: Key, row: Row, renamed: Renamed) -> None:
    h, g = local.head.c, local.gone.c
    both = (renamed.old, renamed.new)
    gone = set(conn.execute(select(g.stamp).where(g.type == key[0], g.uid == key[1], g.field.in_(both))).scalars())
    alive = {}
    for found in conn.execute(select(local.head).where(h.type == key[0], h.uid == key[1], h.field.in_(both))):
        value = json.loads(found.value)
        alive[found.stamp] = renamed.up(value) if found.field == renamed.old else value
    if (stamp := row.stamps.pop(renamed.old, None)) is not None:   # a column carried over holds the turned value
        known = renamed.old in row.unknown or renamed.new not in row.values
        alive[stamp] = renamed.up(row.unknown.get(renamed.old)) if known else row.values[renamed.new]
    if (stamp := row.stamps.pop(renamed.new, None)) is not None:
        alive[stamp] = row.unknown.get(renamed.new, row.values.get(renamed.new))
    left = {s: v for s, v in alive.items() if s not in gone}
    top = max(left or alive)
    row.stamps[renamed.new] = top
    row.unknown.pop(renamed.old, None)
    row.unknown[renamed.new] = (left or alive)[top]   # `_fields` takes it to its column if it can stand there
    row.values.pop(renamed.new, None)
    conn.execute(delete(local.head).where(h.type == key[0], h.uid == key[1], h.field.in_(both)))
    others = [{"type": key[0], "uid": key[1], "field": renamed.new, "stamp": s, "value": canonical(v)}
              for s, v in left.items() if s != top]
    if others:
        conn.execute(insert(local.head), others)
    conn.execute(delete(local.gone).where(g.type == key[0], g.uid == key[1], g.field == renamed.old))
    lines = [{"type": key[0], "uid": key[1], "field": renamed.new, "stamp": s} for s in gone]
    if lines:
        conn.execute(insert_gone(conn.dialect.name), lines)
    keep_row(conn, key, row, [renamed.new])


def since_of(conn: Connection) -> int:
    """The schema version at which this desk learned last; 0 if it never did."""
    found = conn.execute(select(local.counter.c.value).where(local.counter.c.name == LEARNED)).scalar()
    return int(found or 0)


LEARNED = "learned"
"""Counter of the desk: the schema version at which it learned last."""


def note(conn: Connection, version: int) -> None:
    """Note that everything is learned up to a version."""
    if not conn.execute(update(local.counter).where(local.counter.c.name == LEARNED).values(value=version)).rowcount:
        conn.execute(insert(local.counter).values(name=LEARNED, value=version))
