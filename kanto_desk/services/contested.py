"""確認が必要な変更: fields that were changed apart, every side with who and when, and the decision between them.

A decision is an ordinary change that names every side as seen; both sides stay in 変更履歴, and undo opens it again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, select, tuple_

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.apply import Key, Row, load
from kanto_desk.db.operation import Operation
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.stamps import clock_of, millis_of
from kanto_desk.db.store import Store
from kanto_desk.fields import TEXTUAL, Field, Json, Kind
from kanto_desk.i18n import language, tr
from kanto_desk.services import differences
from kanto_desk.services.belonging import belonging
from kanto_desk.services.value_words import value_words

DELETED = "deleted_at"


@dataclass(frozen=True, slots=True)
class Side:
    """One value of a contested field: who wrote it, when, and on which laptop ("" where that is not known here)."""

    stamp: str
    wire: Json
    words: str
    by: str
    at: datetime
    here: bool
    laptop: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Contested:
    """A field with more than one side. `deletion`: it was deleted on one laptop and changed on another; then `sides`
    are the deletion and the newest change after all, and a decision is True (keep) or False (delete).
    """

    type: str
    uid: str
    field: str
    label: str
    root: Key
    title: str
    part: str
    sides: tuple[Side, ...]
    textual: bool
    joins: bool
    deletion: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by."""
        return self.type, self.uid, self.field


def listing(store: Store) -> list[Contested]:
    """Everything that waits for a decision, by record."""
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        found = _fields(conn, own) + _deletions(conn, own)
    return sorted(found, key=lambda one: (one.title, one.root, one.part, one.label))


def of_record(store: Store, root: Key) -> list[Contested]:
    """The contested fields of one open record and its parts; read often, so deletions are left to `listing`."""
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        return [one for one in _fields(conn, own) if one.root == root]


def count(store: Store) -> int:
    """How many fields wait for a decision."""
    with store.read() as conn:
        return sum(len(rows) for rows in _open(conn).values()) + len(_deleted_unseen(conn))


def settle(store: Store, decisions: Sequence[tuple[Contested, Json]]) -> Key:
    """Decide fields of one record, in one step that can be undone; gives the record that the step belongs to.

    A decision is the wire value that stands from now on; of a deletion, whether the record stays.
    """
    root = decisions[0][0].root
    with store.operation(tr("変更を確かめて決めた"), root) as op:
        for one, value in decisions:
            if not one.deletion:
                op.settle(one.type, one.uid, {one.field: value})
            elif value:
                _keep(op, one)
            else:
                _delete_again(op, one)
        for type_name, uid in {(one.type, one.uid) for one, _ in decisions if not one.deletion}:
            _follow(op, type_name, uid)
    return root


def joined(one: Contested) -> Json:
    """両方を残す: every sentence or every member of all sides, those that are shown first."""
    values = [side.wire for side in sorted(one.sides, key=lambda side: not side.shown) if side.wire]
    if not values:
        return None
    if isinstance(values[0], list):
        return list(dict.fromkeys(member for value in values if isinstance(value, list) for member in value))
    text = str(values[0])
    for other in values[1:]:
        text = differences.both(text, str(other))
    return text


def _follow(op: Operation, type_name: str, uid: str) -> None:
    """What no form shows (when a line was edited, its place) is decided with the rest, for what is shown."""
    row = load(op.conn, [(type_name, uid)])[type_name, uid]
    names = {f.name for f in fields_of(records()[type_name]) if f.bookkeeping and f.name != DELETED}
    heads = set(op.conn.execute(select(local.head.c.field).where(
        local.head.c.type == type_name, local.head.c.uid == uid)).scalars())
    op.settle(type_name, uid, {name: row.get(name) for name in sorted(names & heads)})


def _keep(op: Operation, one: Contested) -> None:
    """The record stays, with everything that went in the same step."""
    table = local.change
    stamp = next(side.stamp for side in one.sides if side.shown)
    tx = select(table.c.tx).where(table.c.type == one.type, table.c.uid == one.uid, table.c.hlc == stamp[:16],
                                  table.c.dev == stamp[16:]).scalar_subquery()
    for c in op.conn.execute(select(table.c.type, table.c.uid, table.c.set).where(table.c.tx == tx)).all():
        if c.type in records() and json.loads(c.set).get(DELETED):
            op.settle(c.type, c.uid, {DELETED: None})


def _delete_again(op: Operation, one: Contested) -> None:
    op.delete(one.type, one.uid)
    op.settle(one.type, one.uid, {DELETED: op.now.isoformat()})


def _open(conn: Connection) -> dict[Key, dict[str, dict[str, Json]]]:
    """Other values than the shown ones: record → field → stamp → value. What says the same is no second side."""
    heads: dict[Key, dict[str, dict[str, Json]]] = {}
    for h in conn.execute(select(local.head)):
        if h.type in records():
            heads.setdefault((h.type, h.uid), {}).setdefault(h.field, {})[h.stamp] = json.loads(h.value)
    rows = load(conn, heads)
    out: dict[Key, dict[str, dict[str, Json]]] = {}
    for key, names in heads.items():
        known = {f.name for f in fields_of(records()[key[0]]) if not f.bookkeeping}   # of the others nobody can tell
        for name, values in names.items():
            other = {s: v for s, v in values.items() if v != rows[key].get(name)}
            if other and name in known and rows[key].exists:
                out.setdefault(key, {})[name] = other
    return out


def _fields(conn: Connection, own: str) -> list[Contested]:
    out = []
    waiting = _open(conn)
    rows = load(conn, waiting)
    for key, names in waiting.items():
        where = belonging(conn, key)
        known = {f.name: f for f in fields_of(records()[key[0]])}
        for name, others in names.items():
            of, row = known[name], rows[key]
            stamps = {row.stamps[name]: row.get(name), **others}
            distinct: dict[str, str] = {}   # two laptops that wrote the same are one side
            for one in sorted(stamps, reverse=True):
                distinct.setdefault(json.dumps(stamps[one], sort_keys=True), one)
            sides = tuple(sorted((_side(conn, key, of, stamp, stamps[stamp], own, shown=stamp == row.stamps[name])
                                  for stamp in distinct.values()), key=lambda side: (not side.here, side.stamp)))
            out.append(Contested(*key, name, _label(of), where.root, where.title, where.part, sides,
                                 of.kind in TEXTUAL, of.kind in (Kind.LINE, Kind.TEXT, Kind.CODES)))
    return out


def _side(conn: Connection, key: Key, of: Field, stamp: str, wire: Json, own: str, *,
          shown: bool) -> Side:
    by, wall, dev = _writer(conn, key, of.name, stamp, wire)
    return Side(stamp, wire, value_words(conn, of, wire), by, wall, dev == own, part_of_device(dev), shown)


def part_of_device(dev: str) -> str:
    """The four characters by which reference numbers name a laptop."""
    return base64.b32encode(bytes.fromhex(dev)).decode()[:4]


def _writer(conn: Connection, key: Key, name: str, stamp: str, wire: Json) -> tuple[str, datetime, str]:
    """Who wrote a value, when, and the device; undo of a decision names who wrote it first."""
    table, op = local.change, local.operation
    row = conn.execute(select(table.c.by, table.c.wall, table.c.dev, op.c.undoes).outerjoin(op, op.c.tx == table.c.tx)
                       .where(table.c.type == key[0], table.c.uid == key[1], table.c.hlc == stamp[:16],
                              table.c.dev == stamp[16:])).first()
    if row is None:   # it came as part of a whole row, without its journal
        return "", datetime.fromtimestamp(millis_of(clock_of(stamp)) / 1000, JST), stamp[16:]
    if row.undoes:
        for text in conn.execute(select(table.c.base).where(
                table.c.tx == row.undoes, table.c.type == key[0], table.c.uid == key[1])).scalars():
            for before in json.loads(text).get(name, ()):
                first = conn.execute(select(table.c.set).where(
                    table.c.type == key[0], table.c.uid == key[1], table.c.hlc == before[:16],
                    table.c.dev == before[16:])).scalar()
                if first is not None and json.loads(first).get(name) == wire:
                    return _writer(conn, key, name, before, wire)
    return str(row.by), datetime.fromisoformat(row.wall), str(row.dev)


def _deleted_unseen(conn: Connection) -> dict[Key, tuple[Any, list[Any], Row]]:
    """Records deleted by somebody who had not seen a change of them: record → (deletion, changes unseen, row)."""
    table = local.change
    last: dict[Key, Any] = {}
    for c in conn.execute(select(table).where(table.c.set.like('%"deleted_at":"%'), table.c.sample.is_(None))
                          .order_by(table.c.hlc, table.c.dev)):
        if c.type in records() and json.loads(c.set).get(DELETED):
            last[c.type, c.uid] = c
    rows = load(conn, last)
    last = {key: c for key, c in last.items() if rows[key].stamps.get(DELETED) == c.hlc + c.dev}
    out: dict[Key, tuple[Any, list[Any], Row]] = {}
    keys = list(last)
    for i in range(0, len(keys), 200):
        for c in conn.execute(select(table).where(tuple_(table.c.type, table.c.uid).in_(keys[i:i + 200]))):
            deletion, row = last[c.type, c.uid], rows[c.type, c.uid]
            seen, stamp = json.loads(deletion.base), c.hlc + c.dev
            if (c.dev != deletion.dev and any(row.stamps.get(n) == stamp and stamp not in seen.get(n, ())
                                              for n in json.loads(c.set) if n != DELETED)):
                out.setdefault((c.type, c.uid), (deletion, [], row))[1].append(c)
    _add_written_on(conn, last, rows, out)
    return out


def _add_written_on(conn: Connection, last: Mapping[Key, Any], rows: Mapping[Key, Row],
                    out: dict[Key, tuple[Any, list[Any], Row]]) -> None:
    """Parts of a deleted visit that whoever deleted it cannot have known: newer by their stamp than the deletion, or
    come here after it. Deleting a visit leaves its parts as they are, so that no part names the deletion.
    """
    visits = [uid for type_name, uid in last if type_name == "consultation"]
    for name, cls in records().items() if visits else ():
        if cls.parent != "consultation":
            continue
        part = wire_table(name)
        found = conn.execute(select(part.c.uid, part.c.consultation).where(
            part.c.consultation.in_(visits), part.c.deleted_at.is_(None))).all()
        stored = load(conn, [(name, uid) for uid, _ in found])
        for uid, visit in found:
            deletion, row = last["consultation", visit], stored[name, uid]
            foreign = {n: s for n, s in row.stamps.items() if s[16:] != deletion.dev}
            came = _came_after(conn, (name, uid), deletion)
            new = {n: s for n, s in foreign.items() if s[:16] > deletion.hlc or s in came}
            if new:
                key, newest = ("consultation", visit), max(new.values())
                by, wall, dev = _writer(conn, (name, uid), next(n for n, s in new.items() if s == newest), newest, None)
                change = SimpleNamespace(type=name, uid=uid, hlc=newest[:16], dev=dev, by=by, wall=wall.isoformat(),
                                         set=json.dumps({n: row.get(n) for n in new}))
                out.setdefault(key, (deletion, [], rows[key]))[1].append(change)


def _came_after(conn: Connection, key: Key, deletion: Any) -> set[str]:
    c = local.change.c
    return {row.hlc + row.dev for row in conn.execute(select(c.hlc, c.dev).where(
        c.type == key[0], c.uid == key[1], c.id > deletion.id, c.dev != deletion.dev))}


def _deletions(conn: Connection, own: str) -> list[Contested]:
    out = []
    for key, (deletion, changes, _row) in _deleted_unseen(conn).items():
        where = belonging(conn, key)
        newest = max(changes, key=lambda c: (c.hlc, c.dev))
        told = [f"{_label(known[n])}：{v}" for c in changes
                for known in ({f.name: f for f in fields_of(records()[c.type])},) for n, v in json.loads(c.set).items()
                if n in known and known[n].kind in TEXTUAL and not known[n].bookkeeping and isinstance(v, str)]
        sides = [_of_change(deletion, tr("消した"), own, shown=True),
                 _of_change(newest, "\n".join(told) or tr("直した"), own, shown=False)]
        out.append(Contested(*key, DELETED, tr("消した記録への変更"), where.root, where.title or _gone_title(conn, key),
                             where.part, tuple(sorted(sides, key=lambda side: not side.here)), False, False, True))
    return out


def _gone_title(conn: Connection, key: Key) -> str:
    table = wire_table(key[0])
    name = next((n for n in ("name", "theme", "text") if n in table.c), None)
    return str(conn.execute(select(table.c[name]).where(table.c.uid == key[1])).scalar() or "") if name else ""


def _of_change(c: Any, words: str, own: str, *, shown: bool) -> Side:
    return Side(c.hlc + c.dev, None, words, c.by, datetime.fromisoformat(c.wall), c.dev == own,
                part_of_device(c.dev), shown)


def _label(of: Field) -> str:
    return of.label(language())


def by_record(found: Sequence[Contested]) -> Mapping[Key, list[Contested]]:
    """The same, record by record."""
    out: dict[Key, list[Contested]] = {}
    for one in found:
        out.setdefault(one.root, []).append(one)
    return out
