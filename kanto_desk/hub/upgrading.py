"""After an upgrade of the hub: tables and columns that are new, and what an older program kept unread.

Rows that were learned are placed anew and told again to everybody who may see them now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Column, Connection, Row, insert, inspect, select, text, update

from kanto_desk.db.apply import Change, Key, apply, load
from kanto_desk.db.evolution import raised
from kanto_desk.db.learning import learn
from kanto_desk.db.schema import SCHEMA_VERSION, records
from kanto_desk.hub import tables as t
from kanto_desk.hub.notes import OWN
from kanto_desk.hub.opening import LEARNED, RULED, RULES, Hub, put_value, record_tables, take_numbers, value_of
from kanto_desk.hub.placing import made_of, note_made, placed_anew, placed_of
from kanto_desk.hub.ruling import rule

_LOCK = 20141   # of PostgreSQL: one process brings the hub up, the others wait for it


def bring_up(hub: Hub) -> None:
    """Bring the records to this program's schema and rules, once for each version; in one transaction."""
    with hub.read() as conn:
        if value_of(conn, LEARNED, 0) >= SCHEMA_VERSION and value_of(conn, RULED, 0) >= RULES:
            return
    with hub.write() as conn:
        if hub.is_postgresql:
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        since = value_of(conn, LEARNED, 0)
        if since < SCHEMA_VERSION:
            add_what_is_new(conn)
            if conn.execute(select(t.counter.c.name).where(t.counter.c.name == OWN)).first() is None:
                conn.execute(insert(t.counter).values(name=OWN, value=0))
            take_in_kept(conn, since)
            put_value(conn, LEARNED, SCHEMA_VERSION)
        if value_of(conn, RULED, 0) < RULES:
            add_what_is_new(conn)
            rule(conn)


def add_what_is_new(conn: Connection) -> None:
    """Make tables and columns that this program knows and the database has not."""
    t.metadata.create_all(conn)
    found = inspect(conn)
    for table in record_tables():
        if not found.has_table(table.name):
            table.create(conn)
            continue
        have = {c["name"] for c in found.get_columns(table.name)}
        for column in (c for c in table.columns if c.name not in have):
            conn.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {_kind(conn, column)}'))


def _kind(conn: Connection, column: Column[object]) -> str:
    return str(column.type.compile(conn.dialect))


def take_in_kept(conn: Connection, since: int) -> set[Key]:
    """Learn what is known by now, place it, and tell it; gives the records."""
    touched = learn(conn, since) | _held(conn)
    if not touched:
        return touched
    rows = load(conn, sorted(touched))
    known = made_of(conn, rows)
    made = note_made(conn, {k: r for k, r in rows.items() if k in known}, "", "", known)
    moved = {m.key: m for m in placed_anew(conn, rows, made, {key: set(rows[key].stamps) for key in rows}, set(),
                                           placed_of(conn, rows))}
    placed = placed_of(conn, rows)   # a field that is known by now may be for more eyes than an unknown one
    told = sorted(touched | set(moved))
    n = take_numbers(conn, "n", len(told))
    lines = []
    for i, key in enumerate(told):
        move = moved.get(key)
        entered, left = (set(move.entered), set(move.left)) if move else (set(), set())
        entered |= set(placed.get(key, {}))
        at = {"n": n + i, "type": key[0], "uid": key[1], "dev": None}
        lines += [{**at, "scope": s, "kind": "enter"} for s in sorted(entered)]
        lines += [{**at, "scope": s, "kind": "leave"} for s in sorted(left - entered)]
    if lines:
        conn.execute(insert(t.event), lines)
    return touched


def _held(conn: Connection) -> set[Key]:
    """Changes that were only kept, by a hub that did not know their type, are taken in."""
    c = t.received.c
    waiting = conn.execute(select(t.received).where(
        c.verdict == "held", c.reason == "newer", c.type.in_(list(records()))).order_by(c.n)).all()
    changes = [_change(r) for r in waiting]
    rows = apply(conn, changes, "merge", journal=False)
    for dev in dict.fromkeys(r.dev for r in waiting):
        _note_maker(conn, dev, {(r.type, r.uid) for r in waiting if r.dev == dev})
    if waiting:
        conn.execute(update(t.received).where(c.n.in_([r.n for r in waiting])).values(verdict=None, reason=None))
    return set(rows)


def _change(r: Row[tuple[object, ...]]) -> Change:
    return raised(Change(int(r.dev, 16), r.seq, int(r.hlc, 16), r.sv, r.tx, r.type, r.uid, json.loads(r.set),
                         json.loads(r.base), r.by, r.wall))


def _note_maker(conn: Connection, dev: str, keys: Iterable[Key]) -> None:
    """Who wrote these rows, and for which body."""
    g = t.grant.c
    person = str(conn.execute(select(t.device.c.person).where(t.device.c.dev == dev)).scalar() or "")
    body = str(conn.execute(select(g.body).where(g.person == person).order_by(g.uid)).scalar() or "")
    rows = load(conn, sorted(keys))
    note_made(conn, rows, person, body, made_of(conn, rows))
