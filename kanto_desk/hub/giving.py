"""Giving a laptop what it lacks: events of the scopes it reads, masked to what it may see; rows for a first fill."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from msgspec import structs
from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam, or_, select, tuple_

from kanto_desk.db import local
from kanto_desk.db.apply import Key, load, of_type, row_table
from kanto_desk.db.at_once import of_records, one_of
from kanto_desk.db.evolution import (
    STEPS,
    Step,
    lowered_fields,
    lowered_names,
    lowered_parts,
    lowers,
    raised_parts,
)
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.fields import Json, Level
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import last_number
from kanto_desk.hub.placing import level_of, placed_of
from kanto_desk.hub.whose import Whose
from kanto_desk.rules.access import Scope, Sight, may_see, sight
from kanto_desk.sync.wire import Event, WireChange, WireLeave, WireRow

_SLICE = 400
_NOW = 1 << 62   # an order to forget holds whatever the row was filled with


@dataclass(frozen=True, slots=True)
class Given:
    """What is given in one reply; `upto` is the number up to which these scopes have been read."""

    events: list[Event]
    upto: int
    more: bool
    last: Key | None = None


def changes_since(conn: Connection, dev: str, scopes: frozenset[Scope], cursors: Mapping[Scope, int],
                  most: int, own: str | None = None) -> Given:
    """Events after the cursors, oldest first, each number once, nothing of the laptop's own; one snapshot.

    `cursors` names scopes that were read before; scopes without a cursor are given by `rows_of`, and `own` is as there.
    """
    top = last_number(conn, "n")
    found: dict[int, tuple[str, str, dict[Scope, str], str | None]] = {}
    behind = sorted(s for s in scopes & set(cursors) if cursors[s] < top)   # else nothing happened anywhere since
    first = min((cursors[s] for s in behind), default=top)
    if top - first < most:   # fewer numbers than go at once: all of them in one statement
        asked = [(_happened_in(bool(own)), {"scopes": behind, "after": first})] if behind else []
    else:
        asked = [(_happened(bool(own)), {"at_scope": s, "after": cursors[s], "most": most}) for s in behind]
    for statement, values in asked:
        for r in conn.execute(statement, {**values, "top": top, "at_dev": dev}).all():
            if r.n > cursors[r.scope]:
                found.setdefault(r.n, (r.type, r.uid, {}, r.dev))[2][r.scope] = r.kind
    numbers = sorted(found)[:most]
    more = len(numbers) == most
    upto = numbers[-1] if more else top
    return Given(_events(conn, dev, scopes, {n: found[n] for n in numbers}, top, own), upto, more)


@cache
def _happened(own: bool) -> Select[*tuple[Any, ...]]:
    """Events of a scope between two numbers, without those of the laptop's own; with `own`, without its rows, too."""
    return select(t.event).where(t.event.c.scope == bindparam("at_scope"), *_between(own)).order_by(
        t.event.c.n).limit(bindparam("most"))


@cache
def _happened_in(own: bool) -> Select[*tuple[Any, ...]]:
    """The same of several scopes, all of it."""
    return select(t.event).where(one_of(t.event.c.scope, "scopes"), *_between(own)).order_by(
        t.event.c.scope, t.event.c.n)


def _between(own: bool) -> tuple[ColumnElement[bool], ...]:
    c = t.event.c
    others = or_(c.dev.is_(None), c.dev != bindparam("at_dev"), *([] if own else [c.kind == "enter"]))
    return c.n > bindparam("after"), c.n <= bindparam("top"), others


def _events(conn: Connection, dev: str, scopes: frozenset[Scope],
            found: Mapping[int, tuple[str, str, dict[Scope, str], str | None]], top: int,
            own: str | None) -> list[Event]:
    keys = {(type_name, uid) for type_name, uid, _, _ in found.values()}
    placed = placed_of(conn, keys)
    level = {key: sight(placed.get(key, {}), scopes) for key in keys}
    changes = _changes(conn, [n for n, (_, _, kinds, who) in found.items()
                              if "change" in kinds.values() and who != dev])
    anew = {(ty, uid) for ty, uid, kinds, _ in found.values() if "leave" in kinds.values() and _has_own(level[ty, uid])}
    entering = {(ty, uid) for ty, uid, kinds, _ in found.values() if "enter" in kinds.values()} | anew
    whose = Whose(conn, {(c.type, c.uid) for c in changes.values() if _has_own(level[c.type, c.uid])})
    rows = _rows(conn, {k: seen for k in entering if (seen := level[k]) is not None}, top)
    out: list[Event] = []
    for n, (type_name, uid, kinds, _) in found.items():
        key = (type_name, uid)
        seen = level[key]
        if "leave" in kinds.values():
            gone = _left(key, seen)
            if gone:
                out.append(Event(n, leave=gone))
        forgot = "leave" in kinds.values() and key in anew   # with what was his own: it comes again
        if key in rows and (forgot or ("enter" in kinds.values() and not (own and _only_of(own, rows[key])))):
            out.append(Event(n, row=rows[key]))
        if n in changes and seen is not None:
            masked = _masked(changes[n], seen, whose)
            if masked is not None:
                out.append(Event(n, change=masked))
    return out


def _has_own(seen: Sight | None) -> bool:
    return seen is not None and bool(seen.own)


def _left(key: Key, seen: Sight | None) -> WireLeave | None:
    """What the reader must forget: the row, or the fields above what he still sees; what is his own comes after it."""
    if seen is None:
        return WireLeave(*key)
    hidden = sorted(n for n, level in level_of(key[0]).items() if not may_see(seen.level, level))
    return WireLeave(*key, hidden) if hidden else None


def _masked(change: WireChange, seen: Sight, whose: Whose) -> WireChange | None:
    if seen.level is Level.DESK:
        return change
    key, stamp = (change.type, change.uid), change.hlc + change.dev
    shown = {n: v for n, v in change.set.items() if whose.shows(key, n, stamp, seen)}
    if not shown:
        return None
    base = {n: [s for s in stamps if whose.shows(key, n, s, seen)] for n, stamps in change.base.items() if n in shown}
    return WireChange(change.dev, change.seq, change.hlc, change.sv, change.tx, change.type, change.uid, change.by,
                      change.wall, shown, base)


def _changes(conn: Connection, numbers: list[int]) -> dict[int, WireChange]:
    out: dict[int, WireChange] = {}
    c = t.received.c
    for i in range(0, len(numbers), _SLICE):
        for r in conn.execute(select(t.received).where(c.n.in_(numbers[i:i + _SLICE]))):
            sets, base = raised_parts(r.type, r.sv, json.loads(r.set), json.loads(r.base))
            out[r.n] = WireChange(r.dev, r.seq, r.hlc, max(r.sv, SCHEMA_VERSION), r.tx, r.type, r.uid, r.by, r.wall,
                                  sets, base)
    return out


def in_words_of(events: list[Event], sv: int, steps: Sequence[Step] = STEPS) -> list[Event]:
    """Events in the names of an older program that asked; as they are where nothing has another name for it."""
    return [_lowered(e, sv, steps) for e in events] if lowers(sv, steps) else events


def _lowered(event: Event, sv: int, steps: Sequence[Step]) -> Event:
    change, row, leave = event.change, event.row, event.leave
    if change is not None and change.sv <= steps[-1].version:
        sets, base = lowered_parts(change.type, sv, change.set, change.base, steps)
        change = structs.replace(change, sv=sv, set=sets, base=base)
    if row is not None:
        row = structs.replace(row, sv=sv, fields=lowered_fields(row.type, row.fields, sv, steps), gone={})
    if leave is not None and leave.fields is not None:
        leave = structs.replace(leave, fields=lowered_names(leave.type, leave.fields, sv, steps))
    return Event(event.id, change, row, leave)


def _rows(conn: Connection, wanted: Mapping[Key, Sight], at: int) -> dict[Key, WireRow]:
    """Rows as they stand, with every value alive that the reader may see."""
    rows = load(conn, wanted)
    whose = Whose(conn, [key for key, seen in wanted.items() if seen.own])
    heads: dict[Key, dict[str, dict[str, Json]]] = {}
    for h in of_records(conn, local.head, rows):
        heads.setdefault((h.type, h.uid), {}).setdefault(h.field, {})[h.stamp] = json.loads(h.value)
    gone: dict[Key, dict[str, list[str]]] = {}
    for g in of_records(conn, local.gone, rows):
        gone.setdefault((g.type, g.uid), {}).setdefault(g.field, []).append(g.stamp)
    out: dict[Key, WireRow] = {}
    for key, row in rows.items():
        if not row.exists:
            continue
        fields = {n: {stamp: row.get(n), **heads.get(key, {}).get(n, {})} for n, stamp in row.stamps.items()}
        over = gone.get(key, {})
        seen = wanted[key]
        if seen.level is not Level.DESK:
            fields = {n: shown for n, values in fields.items()
                      if (shown := {s: v for s, v in values.items() if whose.shows(key, n, s, seen)})}
            over = {n: [s for s in stamps if whose.shows(key, n, s, seen)] for n, stamps in over.items() if n in fields}
        out[key] = WireRow(*key, at, fields, SCHEMA_VERSION, over)
    return out


def rows_of(conn: Connection, scope: Scope, scopes: frozenset[Scope], since: int, after: Key | None,
            most: int, own: str | None = None, once: bool = False) -> Given:
    """Rows placed in a scope in order of type and uid, for a first fill; what happened after `since` follows.

    `since` lies before anything that the laptop may have sent into the scope: what left it meanwhile is told too.
    Rows that hold nothing but what the device `own` wrote are left out: it has them. With `once`, so are rows that come
    as fully with a scope before this one by name: for laptops that fill scopes in that order.
    """
    top = last_number(conn, "n")
    after_type, after_uid = after or ("", "")   # no type is called that: everything comes after it
    keys = [(r.type, r.uid) for r in conn.execute(_PLACED_AFTER, {
        "at_scope": scope, "after_type": after_type, "after_uid": after_uid, "most": most}).all()]
    alone = _made_alone(conn, keys, own) if own else set()
    others = [k for k in keys if k not in alone]
    placed = placed_of(conn, others)
    level = {k: seen for k in others if (seen := sight(placed[k], scopes)) is not None
             and not (once and not seen.own   # what is one's own grows with each role: it may have come before this one
                      and any(s < scope and placed[k].get(s) is seen.level for s in scopes & placed[k].keys()))}
    rows = _rows(conn, level, top)
    events = [Event(top, row=rows[k]) for k in others if k in rows and not (own and _only_of(own, rows[k]))]
    return Given(events, since, len(keys) == most, keys[-1] if keys else after)


_PLACED_AFTER = select(t.placed.c.type, t.placed.c.uid).where(
    t.placed.c.scope == bindparam("at_scope"),
    tuple_(t.placed.c.type, t.placed.c.uid) > tuple_(
        bindparam("after_type", type_=Text()), bindparam("after_uid", type_=Text()))).order_by(
    t.placed.c.type, t.placed.c.uid).limit(bindparam("most"))


def _made_alone(conn: Connection, keys: Iterable[Key], dev: str) -> set[Key]:
    """Those of these rows in which nobody but this laptop wrote anything, told from their stamps alone."""
    by_type: dict[str, list[str]] = {}
    for type_name, uid in keys:
        by_type.setdefault(type_name, []).append(uid)
    out: set[Key] = set()
    for type_name, uids in by_type.items():
        out |= {(type_name, r.uid) for r in conn.execute(_stamps_of(type_name), {"uids": uids}).all()
            if all(stamp.endswith(dev) for stamp in json.loads(r.stamps))}
    return out - {(h.type, h.uid) for h in of_records(conn, local.head, out) if not h.stamp.endswith(dev)}


@cache
def _stamps_of(type_name: str) -> Select[*tuple[Any, ...]]:
    table = row_table(type_name)
    return select(table.c.uid, table.c["_stamps"].label("stamps")).where(one_of(table.c.uid, "uids"),
                                                                        *of_type(type_name))


_EVER_IN = select(t.event.c.type, t.event.c.uid).where(
    t.event.c.scope == bindparam("at_scope"),
    tuple_(t.event.c.type, t.event.c.uid) > tuple_(
        bindparam("after_type", type_=Text()), bindparam("after_uid", type_=Text()))).distinct().order_by(
    t.event.c.type, t.event.c.uid).limit(bindparam("most"))


def scopes_filled(cursors: Mapping[Scope, int], scopes: Iterable[Scope]) -> list[Scope]:
    """Scopes that this reader may read and that his laptop has not filled yet."""
    return sorted(set(scopes) - set(cursors))


def lost_of(conn: Connection, scope: Scope, scopes: frozenset[Scope], after: Key | None, most: int) -> Given:
    """What a reader who has lost a scope must forget of it: rows, or fields above what he still sees."""
    top = last_number(conn, "n")
    # every row that ever was in the scope: one that left it meanwhile may still lie on the laptop
    first = {"after_type": after[0], "after_uid": after[1]} if after else {"after_type": "", "after_uid": ""}
    keys = [(r.type, r.uid) for r in conn.execute(_EVER_IN, {"at_scope": scope, "most": most, **first})]
    placed = placed_of(conn, keys)
    seen = {k: sight(placed.get(k, {}), scopes) for k in keys}
    rows = _rows(conn, {k: sees for k, sees in seen.items() if sees is not None and sees.own}, top)
    events: list[Event] = []
    for k in keys:
        if gone := _left(k, seen[k]):
            events.append(Event(_NOW, leave=gone))
            events += [Event(top, row=rows[k])] if k in rows else []
    return Given(events, top, len(keys) == most, keys[-1] if keys else after)


def _only_of(dev: str, row: WireRow) -> bool:
    return all(stamp.endswith(dev) for values in row.fields.values() for stamp in values)
