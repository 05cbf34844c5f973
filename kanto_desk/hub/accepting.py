"""Taking in what a laptop pushes: each change once, judged, merged, placed, numbered; all in one transaction."""

from __future__ import annotations

import zlib
from collections.abc import Container, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, select, text, update

from kanto_desk.db.apply import Change, Key, Row, apply, load
from kanto_desk.db.at_once import HANDFUL, insert_alike, insert_rows, one_of
from kanto_desk.db.evolution import STEPS, Step
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.fields import Field, Level, fits, is_too_long
from kanto_desk.hub import names
from kanto_desk.hub import tables as t
from kanto_desk.hub.notes import join_notes
from kanto_desk.hub.opening import take_numbers
from kanto_desk.hub.owning import not_theirs
from kanto_desk.hub.placing import (
    Moved,
    companies_of,
    is_disclosed,
    is_for_everybody,
    is_shared,
    made_of,
    note_made,
    parent_of,
    placed_anew,
    placed_of,
    shape_of,
    together,
    written_level_of,
)
from kanto_desk.hub.resending import held_of, refused_again, told_to_all
from kanto_desk.hub.whose import note_written
from kanto_desk.rules.access import (
    APPENDED,
    EVERYBODY,
    WORDS,
    Placement,
    Reader,
    Scope,
    Sight,
    body_scope,
    device_scope,
    in_charge,
    may_write,
    may_write_for_everybody,
    scopes_read,
    sight,
    visible,
)
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
    """What came of a push: the highest number committed, and what was not simply accepted.

    `accepted`: numbers and hashes of the changes taken in, where nothing of the push had come before.
    """

    acked: int
    verdicts: list[Verdict] = field(default_factory=list)
    accepted: list[tuple[int, bytes]] | None = None


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
    keys = [(c.type, c.uid) for c in changes]
    parents = {key: p for key, c in zip(keys, changes, strict=True) if (p := parent_of(c.type, c.set))}
    known = made_of(conn, {*keys, *parents.values()})   # every row that ever was written here is among these
    stood = placed_of(conn, known)
    unknown = set(keys) - known.keys()
    verdicts = _judged(changes, parents, reader, stood, vouched,
                       not_theirs(conn, changes, parents, known, reader.person))
    good = [c for c in changes if c.seq not in verdicts] if verdicts else changes
    left = companies_of(conn, good, known)
    rows = _merged(conn, good, known.keys())
    known = {key: made for key, made in known.items() if key in rows}
    touched: dict[Key, Set[str]] = {}
    for c in good:
        key = (c.type, c.uid)
        touched[key] = touched[key] | c.set.keys() if key in touched else c.set.keys()
    before = {key: stood.get(key, _NOWHERE) for key in rows}
    made = note_made(conn, rows, reader.person, body, known,
                     {(c.type, c.uid): vouched[c.seq] for c in good if c.seq in vouched} if vouched else {},
                     reader.bodies[1:])
    scopes = scopes_read(reader)

    def whose(change: Change) -> str:   # in whose name he sees the row, where he is in several bodies
        seen = sight(before[change.type, change.uid], scopes) if reader.grants[1:] else None
        mine = vouched.get(change.seq, body)
        return mine if seen is None or not seen.own or mine in seen.own else min(seen.own)

    note_written(conn, good, made, whose)
    own = join_notes(conn, [c for c in good if (c.type, c.uid) in known], rows, made, now)   # new rows have one value
    note_written(conn, own, made, lambda _: "")
    moved = placed_anew(conn, rows, made, touched, known, before, left)
    after = {**before, **{m.key: m.placed for m in moved}}
    hidden = _hidden(rows, after, scopes)
    again, everywhere = told_to_all(conn, {(c.type, c.uid) for c in good if c.seq <= resent}, made)
    kept, wherever = refused_again(conn, [(c.type, c.uid) for c in changes if c.seq in verdicts
                                          and (c.type, c.uid) in unknown - made.keys()] if verdicts else ())
    conn.execute(_HOLD, {"at_dev": dev, "seq": upto})
    every = [*zip(changes, fresh, strict=True), *((c, outgoing(c)) for c in own)]
    n = take_numbers(conn, "n", len(every) + len(moved) + len(hidden) + len(again) + len(kept))
    hashes = _note_received(conn, every, n, {(dev, seq): v for seq, v in verdicts.items()}, now)
    lines: list[tuple[str, int, str, str, str, str | None]] = [
        (scope, i, c.type, c.uid, "enter" if c.seq <= resent and wire.dev == dev else "change",
         None if late else wire.dev)
        for i, (c, wire) in enumerate(every, n)
        if (wire.dev != dev or c.seq not in verdicts) and before[c.type, c.uid]
        for scope in sorted(set(before[c.type, c.uid]) & set(after[c.type, c.uid]))]
    n += len(every)
    born = []
    for move in moved:
        by = dev if move.key in rows and move.key not in known else None   # what is new here its maker has already
        by = None if late else by   # or has forgotten it
        if by and not before[move.key]:
            born.append(move)
            continue
        lines += [(s, n, *move.key, "enter", by) for s in move.entered]
        lines += [(s, n, *move.key, "leave", None) for s in move.left]
        n += 1
    lines += [(device_scope(dev), i, *key, "leave", None) for i, key in enumerate(hidden, n)]
    n += len(hidden)
    lines += [(s, i, *key, "leave", None) for i, key in enumerate(again, n) for s in everywhere]
    n += len(again)
    lines += [(s, i, *key, "leave", dev) for i, key in enumerate(kept, n) for s in wherever]   # its author keeps it
    n += len(kept)
    insert_rows(conn, t.event, ("scope", "n", "type", "uid", "kind", "dev"), lines)
    _tell_born(conn, born, n, dev)
    names.note(conn, dev, reader.person, {c.by for c in changes}, datetime.fromisoformat(now))
    accepted = [(c.seq, digest) for c, digest in zip(fresh, hashes, strict=False) if c.seq not in verdicts]
    return Taken(upto, told + list(verdicts.values()), accepted if len(fresh) == len(pushed) and not late else None)


def _note_received(conn: Connection, every: Sequence[tuple[Change, WireChange]], n: int,
                   verdicts: Mapping[tuple[str, int], Verdict], now: str) -> list[bytes]:
    """Keep the changes as they came, numbered from `n`; gives their hashes."""
    hashes = [content_hash(wire) for _, wire in every]
    said = [_said(verdicts.get((wire.dev, wire.seq))) for _, wire in every] if verdicts else [(None, None)] * len(every)
    insert_rows(conn, t.received, _RECEIVED, [
        (i, wire.dev, c.seq, wire.hlc, c.sv, c.tx, c.type, c.uid, _text(c.set), _text(c.base) if c.base else "{}",
         c.by, c.wall, digest, verdict, reason, now)
        for i, ((c, wire), digest, (verdict, reason)) in enumerate(zip(every, hashes, said, strict=True), n)])
    return hashes


def _hidden(rows: Iterable[Key], after: Mapping[Key, Placement], scopes: frozenset[Scope]) -> list[Key]:
    """Rows that were written, and are no longer their writer's to keep."""
    seen: dict[int, bool] = {}   # what is given out alike is one object
    out = []
    for key in rows:
        placed = after.get(key, _NOWHERE)
        sight = seen.get(id(placed))
        if sight is None:
            sight = seen[id(placed)] = visible(placed, scopes) is not None
        if not sight:
            out.append(key)
    return out


def _tell_born(conn: Connection, born: Sequence[Moved], n: int, dev: str) -> None:
    """New rows enter their scopes. Numbers from `n`, those alike together."""
    groups = together(born)
    if sum(len(placed) * len(uids) for _, placed, uids in groups) <= HANDFUL:
        numbered = [(type_name, placed, uid) for type_name, placed, uids in groups for uid in uids]
        insert_rows(conn, t.event, ("scope", "n", "type", "uid", "kind", "dev"), [
            (scope, i, type_name, uid, "enter", dev) for i, (type_name, placed, uid) in enumerate(numbered, n)
            for scope in placed])
        return
    for type_name, placed, uids in groups:
        for scope in placed:
            insert_alike(conn, t.event, {"scope": scope, "type": type_name, "kind": "enter", "dev": dev}, "uid", uids,
                         number=("n", n))
        n += len(uids)


_NOWHERE: Mapping[Scope, Level] = MappingProxyType({})
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
    companies = set(conn.execute(_companies(), {"visits": visits}).scalars()) if visits else set()
    named = {str(x.set["organization"]) for x in changes if x.set.get("organization")}
    numbers = sorted({zlib.crc32(uid.encode()) % _LOCKS for uid in
                      {uid for _, uid in roots} | {u for u in companies if u} | named})
    conn.execute(_LOCK, {"space": 20140, "numbers": numbers})


_LOCK = text("SELECT pg_advisory_xact_lock(:space, n) FROM unnest(CAST(:numbers AS int[])) AS n ORDER BY n")


@cache
def _companies() -> Select[*tuple[Any, ...]]:
    c = wire_table("consultation").c
    return select(c.organization).where(one_of(c.uid, "visits"))


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


def _judged(changes: Sequence[Change], parents: Mapping[Key, Key], reader: Reader,
            placed: Mapping[Key, Mapping[Scope, Level]], vouched: Container[int],
            steps: Mapping[int, str]) -> dict[int, Verdict]:
    """seq → why a change is not taken; the row it changes decides, or its parent's where it is new."""
    scopes = scopes_read(reader)
    fresh: set[Key] = set()
    out: dict[int, Verdict] = {}
    seen: dict[Key, Sight | None] = {}   # a visit decides about its hundreds of new lines once
    new_part: dict[str, str | None] = {}
    for c in changes:
        key = (c.type, c.uid)
        if _misfits(c):
            out[c.seq] = Verdict(c.seq, "refused", "value")   # kept out, or no desk could read the row any more
            continue
        if any(is_too_long(value) for value in c.set.values()):
            out[c.seq] = Verdict(c.seq, "refused", "long")
            continue
        at = key if key in placed else parents.get(key)
        known = at in placed if at else False
        if known and at:
            if at not in seen:
                seen[at] = _sight(at, placed[at], scopes)
            sees = seen[at]
        else:
            sees = Sight(Level.DESK)
        level = sees.level if sees is not None else None
        if level is None and key in fresh:
            level = Level.DESK
        if c.seq in vouched:
            why = None
        elif level is Level.DESK and (known is False or at == parents.get(key)):   # new, or a new part of one in sight
            if c.type not in new_part:
                new_part[c.type] = may_write(reader, c.type, level, {})
            why = new_part[c.type]
        else:
            names = {} if known is False else _needed(c, sees)
            if at is not None and at == parents.get(key) and level is not None and not is_disclosed(at[0]):
                names = {}   # a new part of something in sight
            why = may_write(reader, c.type, level, names)
        if why is None and c.seq not in vouched:
            why = (_unfit_to_append(c, written=key in placed or key in fresh)
                   or _misplaced(c, parents.get(key), placed, scopes) or steps.get(c.seq))
        if why:
            out[c.seq] = Verdict(c.seq, "refused", why)
        else:
            fresh.add(key)
    return out


def _sight(key: Key, placed: Mapping[Scope, Level], scopes: frozenset[Scope]) -> Sight | None:
    """As `sight`; who alone is in charge of a row that nobody made alone sees all of it, for all of it is his."""
    sees = sight(placed, scopes)
    if sees is None or not sees.own or not is_shared(key[1]):
        return sees
    mine = all(s in scopes for s in placed if s.startswith(body_scope("")))
    return Sight(Level.DESK) if mine else sees


def _needed(change: Change, sees: Sight | None) -> Mapping[str, Level]:
    """Field → the level up to which its row has to be in sight to be written.

    What stands beside the values of others, and is seen by one's own body alone, may be written by who sees the row.
    """
    beside = sees is not None and (sees.own or (change.type == "organization" and is_shared(change.uid)))
    if not beside:
        return {n: written_level_of(change.type).get(n, Level.DESK) for n in change.set}
    return {n: Level.DESK if n in shape_of(change.type) else Level.PUBLIC for n in change.set}


def _unfit_to_append(change: Change, *, written: bool) -> str | None:
    """Why a row that is written once may not be written so: it stands already, or something of it is missing."""
    needed = APPENDED.get(change.type)
    if needed is None:
        return None
    if written:
        return "fixed"
    return "value" if any(change.set.get(name) is None for name in needed) else None


def _misplaced(change: Change, parent: Key | None, placed: Mapping[Key, Mapping[Scope, Level]],
               scopes: frozenset[Scope]) -> str | None:
    """Why a change may not put a row where it does: into what its writer does not see, or away from everybody."""
    if parent is not None and parent != (change.type, change.uid) and parent in placed and (
            (change.type, change.uid) in placed and visible(placed[parent], scopes) is None):
        return "scope"
    if any(change.set.get(n) for n in ("deleted_at", "merged_into")) and is_for_everybody(change.type, change.uid):
        return "level"
    shown = placed.get((change.type, change.uid)) if change.type == "consultation" else None
    if shown and _SHOWS & change.set.keys() and not in_charge(shown, scopes):
        return "level"
    above = placed.get(parent) if parent is not None and change.type in APPENDED else None
    if above and not in_charge(above, scopes):   # its steps, signatures and versions
        return "owner"
    if change.type in EVERYBODY and (change.type not in WORDS or is_shared(change.uid)) and (
            not may_write_for_everybody(scopes)):
        return "role"
    return None


_SHOWS = frozenset({"visibility", "programme", "organization"})
"""Fields of a visit that say who sees it: for its own organisation, not for offices and others that read it."""


def _merged(conn: Connection, changes: Sequence[Change], known: Set[Key]) -> dict[Key, Row]:
    rows = load(conn, dict.fromkeys((c.type, c.uid) for c in changes))
    apply(conn, changes, "merge", rows=rows, journal=False,
          new={key for key, row in rows.items() if not row.exists and key not in known})
    return rows
