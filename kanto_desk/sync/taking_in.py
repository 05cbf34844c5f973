"""What a desk does with a reply: slices of events become rows, journal and index, the cursors move with them.

Each slice is one short transaction that ends where an operation ends, so that a save never waits long; after a crash
the next sync goes on at the cursor that was committed with the last slice.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, select, text, update
from sqlalchemy.dialects import sqlite

from kanto_desk.db import local
from kanto_desk.db.apply import (
    Change,
    Key,
    Projection,
    apply,
    delete_row,
    fill,
    keep_row,
    known_only,
    load,
    unseen,
)
from kanto_desk.db.at_once import of_records
from kanto_desk.db.evolution import raised_fields
from kanto_desk.db.schema import canonical, records
from kanto_desk.db.stamps import see
from kanto_desk.sync import held_deletions, sealed, withdrawn
from kanto_desk.sync.outbox import unsent
from kanto_desk.sync.wire import Event, WireLeave, WireRow, incoming

SLICE = 50
"""Rows a transaction: a save waits 7–65 ms behind one, seconds behind a whole batch (ARCHITECTURE.md of the design)."""


@dataclass(slots=True)
class Came:
    """What one slice brought: records touched and records taken away, of the types that this version knows.

    `new`: those that came whole and of which nothing was here.
    """

    touched: set[Key] = field(default_factory=set)
    new: set[Key] = field(default_factory=set)
    gone: set[Key] = field(default_factory=set)


def slices(events: Sequence[Event], most: int = SLICE) -> Iterator[list[Event]]:
    """Events in slices of about `most`; an operation is not cut."""
    part: list[Event] = []
    for event in events:
        same = (part and event.change is not None and part[-1].change is not None
                and part[-1].change.tx == event.change.tx)
        if len(part) >= most and not same:
            yield part
            part = []
        part.append(event)
    if part:
        yield part


def take_in(conn: Connection, events: Sequence[Event], acked: int, now_ms: int,
            projections: Sequence[Projection]) -> Came:
    """Apply one slice in the caller's transaction."""
    came = Came()
    if not events:   # the page of a scope with nothing in it, as most are
        return came
    dev = conn.execute(_DEV).scalar_one()
    rows = [e.row for e in events if e.row is not None]
    first = _leaves_before_rows(events)
    if first:   # what a row brings after an order to forget is what may stay of it
        before = _filled(conn, {(x.type, x.uid) for _, x in first})
        for n, leave in first:
            if n > before.get((leave.type, leave.uid), 0):
                forget(conn, (leave.type, leave.uid), leave.fields, projections, (dev, acked))
    if rows:
        _fill(conn, rows, dev, acked, projections, came)
    if first:   # what is not sent yet stands on what came
        keys = {(leave.type, leave.uid) for _, leave in first}
        apply(conn, [c for c in unsent(conn, dev, acked) if (c.type, c.uid) in keys], "merge", journal=False,
              projections=projections)
    whole = _filled(conn, {(x.type, x.uid) for e in events if (x := e.change or e.leave) is not None})
    changes = [incoming(e.change) for e in events if e.change is not None
               and e.id > whole.get((e.change.type, e.change.uid), 0)]
    if changes:
        _apply(conn, changes, now_ms, projections, came)
    done = {id(leave) for _, leave in first}
    for event in events:
        if event.leave is not None and id(event.leave) not in done and (
                event.id > whole.get((event.leave.type, event.leave.uid), 0)):
            _leave(conn, event.leave, dev, acked, projections, came)
    return came


def _leaves_before_rows(events: Sequence[Event]) -> list[tuple[int, WireLeave]]:
    """Orders to forget fields of a record that comes again after them, with their numbers, in order."""
    coming: set[Key] = set()
    out: list[tuple[int, WireLeave]] = []
    for event in reversed(events):
        if event.row is not None:
            coming.add((event.row.type, event.row.uid))
        leave = event.leave
        if leave is not None and leave.fields is not None and (leave.type, leave.uid) in coming:
            out.append((event.id, leave))
    return out[::-1]


def _apply(conn: Connection, changes: Sequence[Change], now_ms: int, projections: Sequence[Projection],
           came: Came) -> None:
    new = unseen(conn, changes)
    if not new:
        return
    came.touched |= set(known_only(apply(conn, new, "merge", projections=projections)))
    clock = int(conn.execute(_CLOCK).scalar_one(), 16)
    after = clock
    for change in new:
        after = see(after, change.hlc, now_ms)
    if after != clock:
        conn.execute(update(local.device).values(hlc=f"{after:016x}"))


def _fill(conn: Connection, rows: Sequence[WireRow], dev: str, acked: int, projections: Sequence[Projection],
          came: Came) -> None:
    have = _filled(conn, {(r.type, r.uid) for r in rows})   # a bundle may bring an older row after a newer one
    known = {key: r for r in rows if r.at >= have.get(key := (r.type, r.uid), 0)}
    if not known:
        return
    mine = [c for c in unsent(conn, dev, acked) if (c.type, c.uid) in known]
    filled = fill(conn, {key: raised_fields(key[0], r.fields, r.sv) for key, r in known.items()}, mine,
                  gone={key: r.gone for key, r in known.items() if r.gone}, projections=projections, begun=came.new)
    conn.execute(_NOTE_FILLED, [{"type": k[0], "uid": k[1], "at": r.at} for k, r in known.items()])
    conn.execute(_STAY, [{"at_type": k[0], "at_uid": k[1]} for k in known])
    came.touched |= set(known_only(filled))


def _filled(conn: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    return {(r.type, r.uid): r.at for r in of_records(conn, local.filled, keys)}


_DROP = {table.name: delete(table).where(table.c.type == bindparam("at_type"), table.c.uid == bindparam("at_uid"))
         for table in (local.head, local.gone, local.change, local.filled)}
_DEV, _CLOCK = select(local.device.c.dev), select(local.device.c.hlc)
_NOTE_FILLED = sqlite.insert(local.filled)
_NOTE_FILLED = _NOTE_FILLED.on_conflict_do_update(index_elements=["type", "uid"],
                                                  set_={"at": _NOTE_FILLED.excluded.at})
_STAY = delete(local.leaving).where(local.leaving.c.type == bindparam("at_type"),
                                    local.leaving.c.uid == bindparam("at_uid"))


def _leave(conn: Connection, leave: WireLeave, dev: str, acked: int, projections: Sequence[Projection],
           came: Came) -> None:
    """Forget a row or some of its fields; what was typed here and is not sent yet keeps it until it is."""
    key = (leave.type, leave.uid)
    c = local.change.c
    waits = conn.execute(select(c.id).where(c.type == key[0], c.uid == key[1], c.dev == dev, c.seq > acked,
                                            c.sample.is_(None)).limit(1)).first()
    if waits:
        fields = None if leave.fields is None else canonical(list(leave.fields))
        statement = sqlite.insert(local.leaving).values(type=key[0], uid=key[1], fields=fields)
        conn.execute(statement.on_conflict_do_update(index_elements=["type", "uid"],
                                                     set_={"fields": statement.excluded.fields}))
        return
    forget(conn, key, leave.fields, projections)
    if key[0] in records():
        came.gone.add(key)


def forget_what_waited(conn: Connection, dev: str, acked: int, projections: Sequence[Projection]) -> set[Key]:
    """Forget rows whose last own change has reached the hub by now."""
    out: set[Key] = set()
    c = local.change.c
    for row in conn.execute(_LEAVING).all():
        if conn.execute(select(c.id).where(c.type == row.type, c.uid == row.uid, c.dev == dev, c.seq > acked)
                        .limit(1)).first() is None:
            forget(conn, (row.type, row.uid), json.loads(row.fields) if row.fields else None, projections)
            conn.execute(delete(local.leaving).where(local.leaving.c.type == row.type, local.leaving.c.uid == row.uid))
            out.add((row.type, row.uid))
    return out


def forget(conn: Connection, key: Key, fields: Sequence[str] | None, projections: Sequence[Projection],
           but: tuple[str, int] = ("", 0)) -> None:
    """Take a row, or fields of it, out of rows, heads, journal and index; what it named is noted to go, too.

    What was written here of it is sealed to the hub, which may go back to a backup that lacks it. Where fields are
    forgotten, the lines of the journal stay that the device `but` wrote after a number.
    """
    rows = load(conn, [key])
    row = rows[key]
    gone = None if fields is None else [*fields, *row.unknown]
    withdrawn.note(conn, key, row, gone)
    kept = sealed.keep(conn, key)
    at = {"at_type": key[0], "at_uid": key[1]}
    held_deletions.forget(conn, key, gone)
    for other in (local.head, local.gone):
        drop = _DROP[other.name]
        conn.execute(drop if gone is None else drop.where(other.c.field.in_(gone)), at)
    if fields is None:
        delete_row(conn, key)
        conn.execute(_DROP[local.change.name], at)
        conn.execute(_DROP[local.filled.name], at)
        row.values = {"deleted_at": "9999-12-31T00:00:00"}   # the index drops what is deleted
    else:
        hidden = set(fields) | set(row.unknown)   # nobody here can tell who may see what is unknown
        _forget_fields(conn, key, hidden, kept, but)
        for name in hidden:
            row.values.pop(name, None)
            row.stamps.pop(name, None)
            row.unknown.pop(name, None)
        if row.exists:
            keep_row(conn, key, row, hidden)
    for project in projections:
        project(conn, known_only({key: row}))


def _forget_fields(conn: Connection, key: Key, fields: Iterable[str], kept: Container[tuple[str, int]],
                   but: tuple[str, int]) -> None:
    """Take the fields out of every line of the journal of this record; a line that lies sealed goes as a whole.

    Sent again to a hub that went back, the rest of it would be another change than the one that this hub accepted.
    """
    table = local.change
    hidden = set(fields)
    for line in conn.execute(select(table).where(table.c.type == key[0], table.c.uid == key[1])).all():
        values = {name: json.loads(text) for name, text in
                  (("set", line.set), ("base", line.base), ("before", line.before)) if text}
        if not any(hidden & set(v) for v in values.values()) or (line.dev == but[0] and line.seq > but[1]):
            continue
        if (line.dev, line.seq) in kept:
            conn.execute(delete(table).where(table.c.id == line.id))
            continue
        conn.execute(update(table).where(table.c.id == line.id).values(
            {name: canonical({n: x for n, x in v.items() if n not in hidden}) for name, v in values.items()}))


def forget_filled(conn: Connection) -> None:
    """Forget up to which number rows came whole, for the numbers mean something else from now on.

    The changes behind those rows may arrive now, one by one. What was superseded here since was in no journal; it is
    noted, so that it does not come to life again.
    """
    conn.execute(_NOTE_SUPERSEDED)
    conn.execute(delete(local.filled))


_NOTE_SUPERSEDED = text("""
    INSERT OR IGNORE INTO gone (type, uid, field, stamp)
    SELECT c.type, c.uid, f.key, s.value
    FROM filled w JOIN change c ON c.type = w.type AND c.uid = w.uid, json_each(c.base) f, json_each(f.value) s
    WHERE EXISTS (SELECT 1 FROM json_each(c."set") x WHERE x.key = f.key)""")


def keep_cursors(conn: Connection, cursors: dict[str, int]) -> None:
    """Remember how far the scopes have been read; with the slice that brought them there."""
    if cursors:
        conn.execute(_KEEP_CURSOR, [{"scope": s, "n": n} for s, n in cursors.items()])


def cursors_of(conn: Connection) -> dict[str, int]:
    """How far each scope has been read."""
    return {r.scope: r.n for r in conn.execute(_CURSORS)}


_CURSORS, _LEAVING = select(local.scope_cursor), select(local.leaving)
_KEEP_CURSOR = sqlite.insert(local.scope_cursor)
_KEEP_CURSOR = _KEEP_CURSOR.on_conflict_do_update(index_elements=["scope"], set_={"n": _KEEP_CURSOR.excluded.n})


def note_verdicts(conn: Connection, dev: str, lines: Sequence[dict[str, object]]) -> None:
    """Keep what the hub did not take, with what it said; shown until somebody decides."""
    if lines:
        conn.execute(sqlite.insert(local.verdict).on_conflict_do_nothing(), [{"dev": dev, **line} for line in lines])
