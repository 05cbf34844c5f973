"""Taking in what a laptop pushes: each change once, judged, merged, placed, numbered; all in one transaction."""

from __future__ import annotations

import zlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

import msgspec
from sqlalchemy import Connection, bindparam, select, text, update

from kanto_desk.db.apply import Change, Key, Row, apply, load
from kanto_desk.db.at_once import insert_rows
from kanto_desk.db.evolution import STEPS, Step
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.fields import Field, Level, fits
from kanto_desk.hub import tables as t
from kanto_desk.hub.notes import join_notes
from kanto_desk.hub.opening import take_numbers
from kanto_desk.hub.placing import level_of, made_of, note_made, parent_of, placed_anew, placed_of
from kanto_desk.hub.resending import held_of, told_to_all
from kanto_desk.rules.access import Reader, Scope, device_scope, may_write, scopes_read, visible
from kanto_desk.sync.wire import Verdict, WireChange, content_hash, incoming, outgoing


class Cloned(Exception):
    """The same (device, number) came with another content: the folder was copied to a second laptop."""


class Gap(Exception):
    """The pushed changes do not follow what the hub holds; `acked` is where to go on from."""

    def __init__(self, acked: int) -> None:
        super().__init__(acked)
        self.acked = acked


@dataclass(slots=True)
class Taken:
    """What came of a push: the highest number committed, and what was not simply accepted."""

    acked: int
    verdicts: list[Verdict] = field(default_factory=list)


def accept(conn: Connection, dev: str, reader: Reader, body: str, first: int, pushed: Sequence[WireChange],
           now: str, steps: Sequence[Step] = STEPS, vouched: Mapping[int, str] = MappingProxyType({}),
           resent: int = 0, *, late: bool = False) -> Taken:
    """Take in a batch of one laptop in the caller's transaction. Raises Cloned or Gap; then nothing may be kept.

    `vouched` are the numbers of changes that were accepted once, with the body they were made for: no role is asked.
    Up to `resent` this hub had them before it went back to a backup (`kanto_desk.hub.resending`). They are given as
    rows: laptops that have read them once pass them over, and have read the row of the backup meanwhile. `late` ones
    are none that it holds, and follow nothing (`kanto_desk.hub.late`).
    """
    held = conn.execute(_HELD, {"at_dev": dev}).scalar() or 0
    if first > held:
        raise Gap(held)
    told = [] if late else _again(conn, dev, [c for c in pushed if c.seq <= held])
    fresh = [c for c in pushed if c.seq > held] if not late else list(pushed)
    if any(c.dev != dev for c in pushed) or [c.seq for c in fresh] != sorted({c.seq for c in fresh}):
        raise Gap(held)
    upto = held if late or not fresh else fresh[-1].seq
    if not late and fresh and fresh[0].seq <= resent:   # some of it may have come late
        there = held_of(conn, dev, [c.seq for c in fresh])
        told += _again(conn, dev, [c for c in fresh if c.seq in there])
        fresh = [c for c in fresh if c.seq not in there]
    if not fresh:
        if upto > held:
            conn.execute(_HOLD, {"at_dev": dev, "seq": upto})
        return Taken(upto, told)
    changes = [incoming(c, steps) for c in fresh]
    _lock(conn, changes)
    stood = placed_of(conn, _keys_of(changes))
    verdicts = _judged(changes, reader, stood, vouched)
    good = [c for c in changes if c.seq not in verdicts]
    rows = _merged(conn, good)
    touched: dict[Key, set[str]] = {key: set() for key in rows}
    for c in good:
        touched[c.type, c.uid].update(c.set)
    before = {key: stood.get(key, {}) for key in rows}
    known = made_of(conn, rows)
    made = note_made(conn, rows, reader.person, body, known,
                     {(c.type, c.uid): vouched[c.seq] for c in good if c.seq in vouched})
    own = join_notes(conn, [c for c in good if (c.type, c.uid) in known], rows, made, now)   # new rows have one value
    moved = placed_anew(conn, rows, made, touched, known, before)
    after = {**before, **{m.key: m.placed for m in moved}}
    scopes = scopes_read(reader)
    hidden = [key for key in rows if visible(after.get(key, {}), scopes) is None]   # written, and no longer his to keep
    again, everywhere = told_to_all(conn, {(c.type, c.uid) for c in good if c.seq <= resent}, made)
    conn.execute(_HOLD, {"at_dev": dev, "seq": upto})
    every = [*zip(changes, fresh, strict=True), *((c, outgoing(c)) for c in own)]
    n = take_numbers(conn, "n", len(every) + len(moved) + len(hidden) + len(again))
    insert_rows(conn, t.received, _RECEIVED, [
        (i, wire.dev, c.seq, wire.hlc, c.sv, c.tx, c.type, c.uid, _text(c.set), _text(c.base), c.by, c.wall,
         content_hash(wire), *_said(verdicts.get(c.seq) if wire.dev == dev else None), now)
        for i, (c, wire) in enumerate(every, n)])
    lines: list[tuple[str, int, str, str, str, str | None]] = [
        (scope, i, c.type, c.uid, "enter" if c.seq <= resent and wire.dev == dev else "change",
         None if late else wire.dev)
        for i, (c, wire) in enumerate(every, n)
        if wire.dev != dev or c.seq not in verdicts
        for scope in sorted(set(before[c.type, c.uid]) & set(after[c.type, c.uid]))]
    for i, move in enumerate(moved, n + len(every)):
        whose = dev if move.key in rows and move.key not in known else None   # what is new here its maker has already
        whose = None if late else whose   # or has forgotten it
        lines += [(s, i, *move.key, "enter", whose) for s in move.entered]
        lines += [(s, i, *move.key, "leave", None) for s in move.left]
    lines += [(device_scope(dev), i, *key, "leave", None)
              for i, key in enumerate(hidden, n + len(every) + len(moved))]
    lines += [(s, i, *key, "leave", None)
              for i, key in enumerate(again, n + len(every) + len(moved) + len(hidden)) for s in everywhere]
    insert_rows(conn, t.event, ("scope", "n", "type", "uid", "kind", "dev"), lines)
    return Taken(upto, told + list(verdicts.values()))


_RECEIVED = ("n", "dev", "seq", "hlc", "sv", "tx", "type", "uid", "set", "base", "by", "wall", "hash", "verdict",
             "reason", "at")
_HELD = select(t.device.c.seq).where(t.device.c.dev == bindparam("at_dev")).with_for_update()
_HOLD = update(t.device).where(t.device.c.dev == bindparam("at_dev")).values(seq=bindparam("seq", type_=t.Number))
_DETERMINISTIC = msgspec.json.Encoder(order="deterministic")


def _said(verdict: Verdict | None) -> tuple[str | None, str | None]:
    return (verdict.state, verdict.reason) if verdict else (None, None)


def _text(values: Mapping[str, object]) -> str:
    return _DETERMINISTIC.encode(values).decode()


_LOCKS = 1024   # PostgreSQL keeps room for about 6,000 locks in all, and a batch may touch 5,000 rows


def _lock(conn: Connection, changes: Sequence[Change]) -> None:
    """Let nobody else touch these aggregates and their companies until commit; SQLite has one writer anyway.

    Two merges into one row would each read it before the other wrote it. Locks are taken in one order.
    """
    if conn.dialect.name != "postgresql":
        return
    keys = {(c.type, c.uid) for c in changes} | {p for c in changes if (p := parent_of(c.type, c.set))}
    known = made_of(conn, keys)
    roots = keys | {made.root for made in known.values()}
    visits = [uid for type_name, uid in roots if type_name == "consultation"]
    c = wire_table("consultation").c
    companies = set(conn.execute(select(c.organization).where(c.uid.in_(visits))).scalars()) if visits else set()
    named = {str(x.set["organization"]) for x in changes if x.set.get("organization")}
    numbers = sorted({zlib.crc32(uid.encode()) % _LOCKS for uid in
                      {uid for _, uid in roots} | {u for u in companies if u} | named})
    conn.execute(text("SELECT pg_advisory_xact_lock(:space, n) FROM unnest(CAST(:numbers AS int[])) AS n ORDER BY n"),
                 {"space": 20140, "numbers": numbers})


def _again(conn: Connection, dev: str, again: Sequence[WireChange]) -> list[Verdict]:
    """What was said of changes that come again, as their answer was lost. Raises Cloned where the content differs."""
    if not again:
        return []
    c = t.received.c
    known = {r.seq: r for r in conn.execute(select(c.seq, c.hash, c.verdict, c.reason).where(
        c.dev == dev, c.seq.between(again[0].seq, again[-1].seq)))}
    if any(change.seq in known and known[change.seq].hash != content_hash(change) for change in again):
        raise Cloned(dev)
    return [Verdict(r.seq, r.verdict, r.reason) for r in known.values() if r.verdict]


def _keys_of(changes: Sequence[Change]) -> list[Key]:
    """The rows that these changes are about, and those that they name as parents."""
    return [*((c.type, c.uid) for c in changes), *(p for c in changes if (p := parent_of(c.type, c.set)))]


@cache
def _fields(type_name: str) -> dict[str, Field]:
    cls = records().get(type_name)
    return {f.name: f for f in fields_of(cls)} if cls else {}


@cache
def _texts(type_name: str) -> frozenset[str]:
    """Fields of a type that any text fits."""
    return frozenset(n for n, f in _fields(type_name).items() if fits(f, "") and fits(f, "x"))


def _misfits(change: Change) -> bool:
    """Whether a value has not the shape of its field."""
    texts, known = _texts(change.type), _fields(change.type)
    for name, value in change.set.items():
        if not (isinstance(value, str) and name in texts) and name in known and not fits(known[name], value):
            return True
    return False


def _judged(changes: Sequence[Change], reader: Reader,
            placed: Mapping[Key, Mapping[Scope, Level]], vouched: Container[int]) -> dict[int, Verdict]:
    """seq → why a change is not taken; the row it changes decides, or its parent's where it is new."""
    parents = {(c.type, c.uid): p for c in changes if (p := parent_of(c.type, c.set))}
    scopes = scopes_read(reader)
    fresh: set[Key] = set()
    out: dict[int, Verdict] = {}
    seen: dict[Key, Level | None] = {}   # a visit decides about its hundreds of new lines once
    new_part: dict[str, str | None] = {}
    for c in changes:
        key = (c.type, c.uid)
        if _misfits(c):
            out[c.seq] = Verdict(c.seq, "refused", "value")   # kept out, or no desk could read the row any more
            continue
        at = key if key in placed else parents.get(key)
        known = at in placed if at else False
        if known and at:
            if at not in seen:
                seen[at] = visible(placed[at], scopes)
            level = seen[at]
        else:
            level = Level.DESK
        if level is None and key in fresh:
            level = Level.DESK
        if c.seq in vouched:
            why = None
        elif level is Level.DESK and (known is False or at == parents.get(key)):   # new, or a new part of one in sight
            if c.type not in new_part:
                new_part[c.type] = may_write(reader, c.type, level, {})
            why = new_part[c.type]
        else:
            names = {} if known is False else {n: level_of(c.type).get(n, Level.DESK) for n in c.set}
            if at == parents.get(key) and level is not None:
                names = {}   # a new part of something in sight
            why = may_write(reader, c.type, level, names)
        if why:
            out[c.seq] = Verdict(c.seq, "refused", why)
        else:
            fresh.add(key)
    return out


def _merged(conn: Connection, changes: Sequence[Change]) -> dict[Key, Row]:
    keys = dict.fromkeys((c.type, c.uid) for c in changes)
    rows = load(conn, keys)
    apply(conn, changes, "merge", rows=rows, journal=False)
    return rows
