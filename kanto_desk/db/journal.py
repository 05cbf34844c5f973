"""Reading the journal: 変更履歴, and undo and redo of the operations made on this laptop.

Undo is itself an operation with the before-values: journalled, synced, undoable. History is never rewritten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.operation import Operation
from kanto_desk.db.schema import records, wire_table
from kanto_desk.db.stamps import stamp
from kanto_desk.fields import Json

IN_BIN = timedelta(days=30)
"""So long a deleted record can be brought back; afterwards its photos may be gone, and undo leaves it alone, too."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that undo left alone because somebody changed it later, or a record that is too long in the bin."""

    type: str
    uid: str
    field: str
    by: str
    too_old: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One operation that can be undone or redone."""

    tx: str
    label: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One record's part of a group of 変更履歴: field → (before, after) as wire values. `before` is None if unknown."""

    type: str
    uid: str
    created: bool
    fields: Mapping[str, tuple[Json, Json]]


@dataclass(frozen=True, slots=True)
class Group:
    """What one operation did to the records asked for."""

    tx: str
    label: str
    by: str
    at: datetime
    dev: str
    origin: str
    edits: tuple[Edit, ...]


def next_undo(conn: Connection, root: str) -> Step | None:
    """The operation that undo would revert for this open record; None at its beginning or behind a 確定."""
    op = local.operation
    row = conn.execute(select(op).where(op.c.root == root, op.c.reverted_by.is_(None), or_(
        op.c.origin.in_(("edit", "redo")), op.c.undoable == 0)).order_by(op.c.id.desc()).limit(1)).one_or_none()
    return Step(row.tx, row.label) if row is not None and row.undoable else None


def next_redo(conn: Connection, root: str) -> Step | None:
    """The undo that redo would revert: only while nothing was edited since."""
    op = local.operation
    row = conn.execute(select(op).where(op.c.root == root, op.c.reverted_by.is_(None),
                                        op.c.origin.in_(("edit", "undo")))
                       .order_by(op.c.id.desc()).limit(1)).one_or_none()
    return Step(row.tx, row.label) if row is not None and row.origin == "undo" else None


def revert(conn: Connection, operation: Operation, tx: str) -> tuple[Kept, ...]:
    """Put the before-values of operation `tx` into `operation`; gives the fields left alone (decision 9)."""
    table = local.change
    changes = conn.execute(select(table).where(table.c.tx == tx).order_by(table.c.id)).all()
    rows = load(conn, [(c.type, c.uid) for c in changes])
    kept: list[Kept] = []
    apart = [(c.type, c.uid, n) for c in changes for n in json.loads(c.set)]
    for c in reversed(changes):
        key, row = (c.type, c.uid), rows[c.type, c.uid]
        written = stamp(int(c.hlc, 16), int(c.dev, 16))
        before, base, sets = json.loads(c.before or "{}"), json.loads(c.base), json.loads(c.set)
        if not base and not before:
            operation.delete(*key)
            continue
        if sets.get("deleted_at") and not before.get("deleted_at") and _over(sets["deleted_at"], operation.now):
            kept.append(Kept(*key, "deleted_at", c.by, too_old=True))
            continue
        back: dict[str, Json] = {}
        for name in sets:
            shown = row.stamps.get(name, "")
            if stands_for(conn, key, name, shown) == stands_for(conn, key, name, written):
                if before.get(name) == row.get(name):   # it was renewed: undone, it stands for the stamp before
                    operation.renew(*key, [name])
                back[name] = before.get(name)
                others = _others(conn, key, name, base.get(name, ())[1:])
                if apart.count((*key, name)) > 1:   # redo: decides again between what undo had set apart
                    operation.settle(*key, {name: before.get(name)})
                elif any(value != before.get(name) for value in others):
                    operation.settle(*key, {name: before.get(name)})
                    operation.put_apart(*key, name, others)
            else:
                kept.append(Kept(*key, name, _writer(conn, key, shown)))
        if back:
            operation.put_wire(*key, back)
    return tuple(kept)


def _others(conn: Connection, key: Key, name: str, stamps: Sequence[str]) -> list[Json]:
    """The values that a decision replaced beside the shown one, as far as this laptop's journal holds them."""
    table, out = local.change, []
    for one in stamps:
        text = conn.execute(select(table.c.set).where(
            table.c.type == key[0], table.c.uid == key[1], table.c.hlc == one[:16], table.c.dev == one[16:])).scalar()
        if text is not None and name in (sets := json.loads(text)):
            out.append(sets[name])
    return out


def _over(deleted_at: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(deleted_at) > IN_BIN


def stands_for(conn: Connection, key: Key, name: str, shown: str) -> str:
    """The stamp whose value is shown: an undo's value is the one that stood before the operation it reverted."""
    table, op = local.change, local.operation
    while shown:
        undone = conn.execute(select(op.c.undoes).join(table, table.c.tx == op.c.tx).where(
            table.c.type == key[0], table.c.uid == key[1], table.c.hlc == shown[:16],
            table.c.dev == shown[16:], op.c.undoes.is_not(None))).scalar()
        if undone is None:
            return shown
        base = conn.execute(select(table.c.base).where(
            table.c.tx == undone, table.c.type == key[0], table.c.uid == key[1])).scalar()
        stamps = json.loads(base or "{}").get(name)
        if not stamps:
            return ""
        shown = stamps[0]
    return shown


def _writer(conn: Connection, key: Key, shown: str) -> str:
    table = local.change
    by = conn.execute(select(table.c.by).where(table.c.type == key[0], table.c.uid == key[1],
                                               table.c.hlc == shown[:16], table.c.dev == shown[16:])).scalar()
    return str(by or "")


def parts_of(conn: Connection, root: Key) -> list[Key]:
    """A record and everything that is part of it, deleted parts included."""
    keys = [root]
    for name, cls in records().items():
        if cls.parent is None:
            continue
        table = wire_table(name)
        keys += [(name, uid) for uid in conn.execute(
            select(table.c.uid).where(table.c[cls.parent] == root[1])).scalars()]
    return keys


def history(conn: Connection, keys: Sequence[Key], limit: int = 200) -> list[Group]:
    """変更履歴 of these records, newest first, one group an operation; at most `limit` groups."""
    groups: dict[str, list[Any]] = {}
    for c in _changes(conn, keys):
        groups.setdefault(c.tx, []).append(c)
    newest = sorted(groups.values(), key=lambda cs: (cs[0].hlc, cs[0].dev), reverse=True)[:limit]
    known = {o.tx: o for tx in (cs[0].tx for cs in newest)
             for o in conn.execute(select(local.operation).where(local.operation.c.tx == tx))}
    return [_group(cs, known.get(cs[0].tx)) for cs in newest]


def _group(changes: Sequence[Any], op: Any) -> Group:
    first = changes[0]
    edits = []
    for c in changes:
        before = json.loads(c.before) if c.before else {}
        edits.append(Edit(c.type, c.uid, not json.loads(c.base) and not before,
                          {n: (before.get(n), v) for n, v in json.loads(c.set).items()}))
    return Group(first.tx, op.label if op else "", first.by, datetime.fromisoformat(first.wall), first.dev,
                 op.origin if op else "merge", tuple(edits))


def _changes(conn: Connection, keys: Sequence[Key]) -> Iterator[Any]:
    table = local.change
    uids = sorted({uid for _, uid in keys})
    for i in range(0, len(uids), 400):
        yield from conn.execute(select(table).where(table.c.uid.in_(uids[i:i + 400])).order_by(table.c.id))
