"""確認が必要な変更: fields that were changed apart, every side with who and when, and the decision between them.

A decision is an ordinary change that names every side as seen; both sides stay in 変更履歴, and undo opens it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.operation import MOST_ROWS, Operation
from kanto_desk.db.schema import fields_of, records
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.fields import TEXTUAL, Json, Kind, from_wire
from kanto_desk.i18n import tr
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import asked_steps, consultations, contested_deletions, contested_signed, differences
from kanto_desk.services.belonging import belonging
from kanto_desk.services.consultations import TYPE, state_of
from kanto_desk.services.contested_deletions import DELETED
from kanto_desk.services.contested_fields import open_fields
from kanto_desk.services.contested_sides import Contested, label_of, side_of

_SLICE = 400   # rows decided or put back in one step, where one step does not hold all


def listing(store: Store) -> list[Contested]:
    """Everything that waits for a decision, by record."""
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        found = (_fields(conn, own) + contested_deletions.listing(conn, own) + contested_signed.listing(conn, own)
                 + asked_steps.listing(conn, own))
    return sorted(found, key=lambda one: (one.title, one.root, one.part, one.label))


def of_record(store: Store, root: Key) -> list[Contested]:
    """What is contested of one open record and its parts."""
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        return (contested_deletions.of_root(conn, root, own)
                + [one for one in (*contested_signed.listing(conn, own), *asked_steps.listing(conn, own),
                                   *_fields(conn, own)) if one.root == root])


def count(store: Store) -> int:
    """How many fields wait for a decision."""
    with store.read() as conn:
        return (sum(len(rows) for rows in open_fields(conn).values()) + len(contested_deletions.met(conn))
                + contested_signed.count(conn) + asked_steps.count(conn))


def settle(store: Store, decisions: Sequence[tuple[Contested, Json]]) -> Key:
    """Decide fields of one record, in one step that can be undone; gives the record that the step belongs to.

    A decision is the wire value that stands from now on; of a deletion, whether the record stays; of a signed
    record, whether a correction takes the edits in; of a step that was asked for, whether it is taken. More rows than
    one operation holds take several steps, the last of them with everything else: undo takes that one back. Cut off in
    between, what is left is asked about again.
    """
    root = decisions[0][0].root
    _need_open(store, decisions)
    step = any(one.asked or (one.signed and value) for one, value in decisions)   # no undo goes over it
    back = [edit for one, value in decisions if one.signed and not value
            for edit in contested_signed.to_put_back(store, one)]
    label = tr("変更を確かめて決めた")
    while len({(one.type, one.uid) for one, _ in decisions}) > MOST_ROWS and (rows := set(list(dict.fromkeys(
            (one.type, one.uid) for one, _ in decisions if not one.whole))[:_SLICE])):
        with store.operation(label, root) as op:
            _decide(op, [d for d in decisions if not d[0].whole and (d[0].type, d[0].uid) in rows])
        decisions = [d for d in decisions if d[0].whole or (d[0].type, d[0].uid) not in rows]
    beside = len(decisions)
    while len(back) + beside > MOST_ROWS and len(back) > _SLICE:
        with store.operation(label, root) as op:
            contested_signed.leave_out(op, back[:_SLICE])
        del back[:_SLICE]
    with store.operation(label, root, undoable=not step) as op:
        contested_signed.leave_out(op, back)
        _decide(op, decisions)
    return root


def _need_open(store: Store, decisions: Sequence[tuple[Contested, Json]]) -> None:
    """Raises Refused where a decision would change a signed record without a correction."""
    changing = [one for one, value in decisions if not (one.signed or one.asked) and one.root[0] == TYPE and (
        one.deletion or value != next((side.wire for side in one.sides if side.shown), None))]
    if not changing or any(one.signed and value for one, value in decisions):
        return
    with store.read() as conn:
        if state_of(conn, changing[0].root[1]) == states.FINAL:
            raise Refused(tr(
                "署名済みの記録です。「新しい版をつくる」で訂正を始めてから決めます。どちらの内容も残っています。"))


def _decide(op: Operation, decisions: Sequence[tuple[Contested, Json]]) -> None:
    for one, value in decisions:
        if one.asked:
            asked_steps.answer(op, one, accepted=bool(value))
        elif one.signed:
            if value:
                contested_signed.take_in(op, one)
        elif not one.deletion:
            op.settle(one.type, one.uid, {one.field: value}, [side.stamp for side in one.sides])
        elif value:
            contested_deletions.keep(op, one)
        else:
            contested_deletions.delete_again(op, one)
    for type_name, uid in {(one.type, one.uid) for one, _ in decisions if not one.whole}:
        _follow(op, type_name, uid)
    for one, value in decisions:
        if one.type == consultations.TYPE and not one.whole:
            op.settle(one.type, one.uid, consultations.derived({one.field: _python(one, value)}))


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


def _python(one: Contested, value: Json) -> object:
    return from_wire(next(f for f in fields_of(records()[one.type]) if f.name == one.field), value)


def _fields(conn: Connection, own: str) -> list[Contested]:
    out = []
    waiting = open_fields(conn)
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
            sides = tuple(sorted((side_of(conn, key, of, stamp, stamps[stamp], own, shown=stamp == row.stamps[name])
                                  for stamp in distinct.values()), key=lambda side: (not side.here, side.stamp)))
            out.append(Contested(*key, name, label_of(of), where.root, where.title, where.part, sides,
                                 of.kind in TEXTUAL, of.kind in (Kind.LINE, Kind.TEXT, Kind.CODES)))
    return out


def by_record(found: Sequence[Contested]) -> Mapping[Key, list[Contested]]:
    """The same, record by record."""
    out: dict[Key, list[Contested]] = {}
    for one in found:
        out.setdefault(one.root, []).append(one)
    return out
