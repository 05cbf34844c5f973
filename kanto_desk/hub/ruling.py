"""After an upgrade that changed the rules of who sees what: every row is placed anew, and those it left are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Row, delete, func, select

from kanto_desk.db.apply import Change, Key, load
from kanto_desk.db.at_once import insert_rows
from kanto_desk.db.evolution import raised
from kanto_desk.db.schema import records
from kanto_desk.hub import tables as t
from kanto_desk.hub.accounts import HOME
from kanto_desk.hub.opening import RULED, RULES, put_value, take_numbers, value_of
from kanto_desk.hub.placing import made_of, placed_anew, placed_of
from kanto_desk.hub.whose import note_written
from kanto_desk.rules.access import BY_LEVEL

_SLICE: Final = 500


def rule(conn: Connection) -> None:
    """Place everything by the rules of this program, in the caller's transaction; nothing where that was done."""
    if value_of(conn, RULED, 0) >= RULES:
        return
    if value_of(conn, HOME) is None:   # the hub's own organisation was the first one, and uids sort by time
        home = conn.execute(select(func.min(t.body.c.uid))).scalar()
        if home:
            put_value(conn, HOME, home)
    _note_bodies(conn)
    m = t.member.c
    keys: list[Key] = [(r.type, r.uid) for r in conn.execute(select(m.type, m.uid).order_by(m.type, m.uid))
                       if r.type in records()]
    for i in range(0, len(keys), _SLICE):
        _place(conn, keys[i:i + _SLICE])
    put_value(conn, RULED, RULES)


def _note_bodies(conn: Connection) -> None:
    """For which body each value was written: that of today's role of its writer, else the one he made rows for."""
    m, g, d, c = t.member.c, t.grant.c, t.device.c, t.received.c
    body: dict[str, str] = {}
    for r in conn.execute(select(m.person, m.body).distinct().order_by(m.person, m.body)):
        body.setdefault(r.person, r.body)
    today: dict[str, str] = {}
    for r in conn.execute(select(g.person, g.body).order_by(g.uid)):
        today.setdefault(r.person, r.body)
    body |= today
    whose = {r.dev: body.get(r.person, "") for r in conn.execute(select(d.dev, d.person))}
    conn.execute(delete(t.written))
    types = sorted(name for name in records() if name in BY_LEVEL or name == "attachment")
    for type_name in types:
        changes = [_change(r) for r in conn.execute(select(t.received).where(
            c.type == type_name, c.verdict.is_(None)).order_by(c.n)).all()]
        for i in range(0, len(changes), _SLICE):
            part = changes[i:i + _SLICE]
            note_written(conn, part, made_of(conn, {(x.type, x.uid) for x in part}),
                         lambda x: whose.get(f"{x.dev:016x}", ""))


def _change(r: Row[tuple[object, ...]]) -> Change:
    return raised(Change(int(r.dev, 16), r.seq, int(r.hlc, 16), r.sv, r.tx, r.type, r.uid, json.loads(r.set),
                         json.loads(r.base), r.by, r.wall))


def _place(conn: Connection, keys: Sequence[Key]) -> None:
    rows = {key: row for key, row in load(conn, keys).items() if row.exists}
    touched: dict[Key, frozenset[str]] = {key: frozenset() for key in rows}
    moved = placed_anew(conn, rows, made_of(conn, rows), touched, rows, placed_of(conn, rows))
    n = take_numbers(conn, "n", len(moved)) if moved else 0
    lines = []
    for i, move in enumerate(moved, n):
        lines += [(s, i, *move.key, "enter", None) for s in move.entered]
        lines += [(s, i, *move.key, "leave", None) for s in move.left]
    insert_rows(conn, t.event, ("scope", "n", "type", "uid", "kind", "dev"), lines)
