"""Records that were deleted on one laptop and changed on another: both stand, and the record stays in sight.

Who wrote without knowing of the deletion, or deleted without knowing of what was written, says so once it sees both:
beside the deletion stands that the record is there, and that is shown. Until somebody decides, no list is without it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, select, tuple_

from kanto_desk.db import local
from kanto_desk.db.apply import Key, Row, load
from kanto_desk.db.operation import Operation, Touched
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.db.store import Store
from kanto_desk.fields import TEXTUAL
from kanto_desk.i18n import tr
from kanto_desk.services.belonging import belonging
from kanto_desk.services.contested_sides import Contested, label_of, of_change, writer_of

DELETED = "deleted_at"
KEPT = "kept"
"""Origin of the step that brings back what was written here while somebody deleted it."""
_SLICE = 200   # records asked for in one statement


@dataclass(slots=True)
class Met:
    """A deletion (the change that wrote it), the changes that it had not seen, and the row as it stands.

    `in_sight`: the record is shown meanwhile, with the deletion as another value of the same field.
    """

    deletion: Any
    row: Row
    in_sight: bool
    changes: list[Any] = field(default_factory=list)


def listing(conn: Connection, own: str) -> list[Contested]:
    """Every deletion that waits for a decision."""
    return [_asked(conn, key, one, own) for key, one in met(conn).items()]


def of_root(conn: Connection, root: Key, own: str) -> list[Contested]:
    """Those that an open record shows: its own, and of its parts in sight."""
    found = {key: one for key, one in _with_heads(conn).items() if belonging(conn, key).root == root}
    _add_unseen(conn, found)
    _add_written_on(conn, found)
    return [_asked(conn, key, one, own) for key, one in found.items()]


def met(conn: Connection, among: Collection[Key] | None = None,
        new: Collection[Key] = frozenset()) -> dict[Key, Met]:
    """Records deleted by somebody who had not seen a change of them, until somebody decided; all, or among these.

    `new` are records that were not here before what came just now: who deleted here cannot have known them.
    """
    in_sight = _with_heads(conn)
    found = in_sight | _hidden(conn, among)
    _add_unseen(conn, found)
    _add_written_on(conn, found, new)
    _add_being_written(conn, found)
    return {key: one for key, one in found.items() if one.in_sight or one.changes}


def keep_in_sight(store: Store, came: Collection[Key], origin: str = "edit",
                  new: Collection[Key] = frozenset()) -> int:
    """Show again what was deleted here while it was changed elsewhere, or the other way round; gives how many records.

    `came` are the records of which something came just now, `new` those of them that were not here before. The deletion
    stays as another value and is asked about.
    """
    if not came:
        return 0
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        found = {key: one for key, one in met(conn, _with_those_above(conn, came), new).items() if not one.in_sight
                 and own in {one.deletion.dev, *(c.dev for c in one.changes)}}
        roots = {key: belonging(conn, key).root for key in found}
    for key, one in found.items():
        with store.operation(tr("消した記録への変更があったので残した"), roots[key], origin=origin,
                             undoable=False) as op:
            for other in _gone_still(op.conn, one.deletion):
                op.put_wire(*other, {DELETED: None})   # no question of its own: it comes and goes with the first
            op.put_wire(*key, {DELETED: None})
            op.put_apart(*key, DELETED, [one.row.get(DELETED)])
    return len(found)


def written_into(store: Store, touched: Touched) -> None:
    """After a save: what somebody elsewhere deleted while it was being written is back at once, with the question."""
    if touched.origin != "edit":
        return
    by_type: dict[str, list[str]] = {}
    for type_name, uid in touched.keys:
        by_type.setdefault(type_name, []).append(uid)
    with store.read() as conn:
        gone = [(name, uid) for name, uids in by_type.items() for table in (wire_table(name),)
                for i in range(0, len(uids), _SLICE) for uid in conn.execute(select(table.c.uid).where(
                    table.c.uid.in_(uids[i:i + _SLICE]), table.c.deleted_at.is_not(None))).scalars()]
        if not gone:   # after nearly every save
            return
        own = str(conn.execute(select(local.device.c.dev)).scalar_one())
        elsewhere = [key for key, row in load(conn, gone).items() if row.stamps.get(DELETED, own)[-len(own):] != own]
    with store.seen_up_to(None):   # that it was deleted is what stands beside, not what came unseen
        keep_in_sight(store, elsewhere, KEPT)


def keep(op: Operation, one: Contested) -> None:
    """The record stays, with everything that went in the same step."""
    for key in {(one.type, one.uid), *_gone_together(op.conn, one)}:
        op.settle(*key, {DELETED: None})


def delete_again(op: Operation, one: Contested) -> None:
    """The record goes, with everything that went in the same step."""
    for key in {(one.type, one.uid), *_gone_together(op.conn, one)}:
        op.delete(*key)
        op.settle(*key, {DELETED: op.now.isoformat()})


def _gone_together(conn: Connection, one: Contested) -> list[Key]:
    found = met(conn).get((one.type, one.uid))
    return _gone_with(conn, found.deletion) if found is not None else []


def _gone_with(conn: Connection, deletion: Any) -> list[Key]:
    """What the same step deleted, the record itself among it."""
    c = local.change.c
    return [(row.type, row.uid) for row in conn.execute(select(c.type, c.uid, c.set).where(c.tx == deletion.tx))
            if row.type in records() and json.loads(row.set).get(DELETED)]


def _gone_still(conn: Connection, deletion: Any) -> list[Key]:
    """Of these, what that step still deletes: a row that came back since and was deleted anew is not meant."""
    rows = load(conn, keys := _gone_with(conn, deletion))
    return [key for key in keys if rows[key].stamps.get(DELETED, "")[16:] == deletion.dev
            and rows[key].get(DELETED) == json.loads(deletion.set).get(DELETED)]


def _asked(conn: Connection, key: Key, one: Met, own: str) -> Contested:
    where = belonging(conn, key)
    told = [f"{label_of(known[n])}：{v}" for c in one.changes
            for known in ({f.name: f for f in fields_of(records()[c.type])},) for n, v in json.loads(c.set).items()
            if n in known and known[n].kind in TEXTUAL and not known[n].bookkeeping and isinstance(v, str)]
    newest = max(one.changes, key=lambda c: (c.hlc, c.dev), default=None) or _said_to_be_there(conn, key, one)
    sides = [of_change(one.deletion, tr("消した"), own, shown=not one.in_sight, deletes=True),
             of_change(newest, "\n".join(told) or tr("直した"), own, shown=one.in_sight)]
    return Contested(*key, DELETED, tr("消した記録への変更"), where.root, where.title or _gone_title(conn, key),
                     where.part, tuple(sorted(sides, key=lambda side: not side.here)), False, False, True)


def _said_to_be_there(conn: Connection, key: Key, one: Met) -> Any:
    """Who says that the record is there, where what was written on it is not known here."""
    stamp = one.row.stamps[DELETED]
    by, wall, dev = writer_of(conn, key, DELETED, stamp, None)
    return SimpleNamespace(type=key[0], uid=key[1], hlc=stamp[:16], dev=dev, by=by, wall=wall.isoformat(), set="{}")


def _with_heads(conn: Connection) -> dict[Key, Met]:
    """Records in sight of which another value says that they are deleted."""
    heads: dict[Key, list[Any]] = {}
    for h in conn.execute(select(local.head).where(local.head.c.field == DELETED)):
        if h.type in records() and json.loads(h.value):
            heads.setdefault((h.type, h.uid), []).append(h)
    rows = load(conn, heads)
    return {key: Met(_deletion(conn, key, found), rows[key], in_sight=True) for key, found in heads.items()
            if rows[key].exists and rows[key].get(DELETED) is None}


def _deletion(conn: Connection, key: Key, heads: list[Any]) -> Any:
    """The change that deleted a record first: those who noticed wrote the same value again."""
    c = local.change.c
    values = {json.loads(h.value) for h in heads}
    for change in conn.execute(select(local.change).where(
            c.type == key[0], c.uid == key[1], c.set.like(f'%"{DELETED}"%')).order_by(c.hlc, c.dev)).all():
        if json.loads(change.set).get(DELETED) in values:
            return change
    stamp = min(h.stamp for h in heads)   # it came whole, without its journal
    by, wall, dev = writer_of(conn, key, DELETED, stamp, None)
    return SimpleNamespace(type=key[0], uid=key[1], hlc=stamp[:16], dev=dev, by=by, wall=wall.isoformat(), base="{}",
                           set="{}", tx="", id=sys.maxsize)


def _with_those_above(conn: Connection, came: Collection[Key]) -> set[Key]:
    """These records, and the visits and companies on which they stand."""
    over: set[Key] = set()
    for name, column, above in _standing_on():
        uids, part = [uid for type_name, uid in came if type_name == name], wire_table(name)
        for i in range(0, len(uids), _SLICE):
            over.update((above, uid) for uid in conn.execute(select(part.c[column]).where(
                part.c.uid.in_(uids[i:i + _SLICE]))).scalars() if uid)
    return over | set(came)


def _hidden(conn: Connection, among: Collection[Key] | None) -> dict[Key, Met]:
    """What is deleted, by the change that deleted it."""
    table = local.change
    wanted = select(table).where(table.c.set.like(f'%"{DELETED}":"%'), table.c.sample.is_(None))
    keys = None if among is None else list(among)
    parts = [wanted] if keys is None else [wanted.where(tuple_(table.c.type, table.c.uid).in_(keys[i:i + _SLICE]))
                                           for i in range(0, len(keys), _SLICE)]
    last: dict[Key, Any] = {}
    for part in parts:
        for c in conn.execute(part.order_by(table.c.hlc, table.c.dev)):
            if c.type in records() and json.loads(c.set).get(DELETED):
                last[c.type, c.uid] = c
    rows = load(conn, last)
    return {key: Met(c, rows[key], in_sight=False) for key, c in last.items()
            if rows[key].stamps.get(DELETED) == c.hlc + c.dev}


def _add_unseen(conn: Connection, found: Mapping[Key, Met]) -> None:
    """The changes of each record that still stand and that its deletion had not seen."""
    table, keys = local.change, list(found)
    for i in range(0, len(keys), _SLICE):
        for c in conn.execute(select(table).where(tuple_(table.c.type, table.c.uid).in_(keys[i:i + _SLICE]))):
            one = found[c.type, c.uid]
            seen, stamp = json.loads(one.deletion.base), c.hlc + c.dev
            if (c.dev != one.deletion.dev and any(one.row.stamps.get(n) == stamp and stamp not in seen.get(n, ())
                                                  for n in json.loads(c.set) if n != DELETED)):
                one.changes.append(c)


def _add_written_on(conn: Connection, found: Mapping[Key, Met], new: Collection[Key] = frozenset()) -> None:
    """Parts of a deleted visit or company, visits started with it and companies merged into it, that whoever deleted it
    cannot have known: newer by their stamp than the deletion, or come here after it. Deleting leaves what stands on a
    record as it is, so that no part names the deletion.

    A row that comes whole brings no journal: that it was not here (`new`) says it, where the deletion was made.
    """
    own = conn.execute(select(local.device.c.dev)).scalar_one() if new else None
    for name, column, above in _standing_on():
        over, part = [uid for type_name, uid in found if type_name == above], wire_table(name)
        standing = select(part.c.uid, part.c[column]).where(part.c.deleted_at.is_(None))
        parts = [row for i in range(0, len(over), _SLICE)
                 for row in conn.execute(standing.where(part.c[column].in_(over[i:i + _SLICE])))]
        stored = load(conn, [(name, uid) for uid, _ in parts])
        for uid, parent in parts:
            one, row = found[above, parent], stored[name, uid]
            foreign = {n: s for n, s in row.stamps.items() if s[16:] != one.deletion.dev}
            unknown = one.deletion.dev == own and (name, uid) in new
            came = _came_after(conn, (name, uid), one.deletion)
            after = {n: s for n, s in foreign.items() if unknown or s[:16] > one.deletion.hlc or s in came}
            if after and (name not in _GO_ON or column in after):
                newest = max(after.values())
                last = next(n for n, s in after.items() if s == newest)
                by, wall, dev = writer_of(conn, (name, uid), last, newest, None)
                one.changes.append(SimpleNamespace(
                    type=name, uid=uid, hlc=newest[:16], dev=dev, by=by, wall=wall.isoformat(),
                    set=json.dumps({n: row.get(n) for n in after})))


_GO_ON = frozenset({"consultation", "organization"})
"""What goes on without the company it names: that it began to stand on it counts, not what else is written there."""


def _standing_on() -> list[tuple[str, str, str]]:
    """Types whose rows stand on a visit or a company, with the field that names it and its type."""
    return [(name, cls.parent, cls.parent) for name, cls in records().items()
            if cls.parent in ("consultation", "organization")] + [
        ("consultation", "organization", "organization"), ("organization", "merged_into", "organization")]


def _add_being_written(conn: Connection, found: Mapping[Key, Met]) -> None:
    """What stands in the capture box of a visit that somebody else deleted: its writer is not thrown out of it."""
    visits = {uid: one for (type_name, uid), one in found.items() if type_name == "consultation"}
    if not visits:
        return
    own = str(conn.execute(select(local.device.c.dev)).scalar_one())
    for draft in conn.execute(select(local.draft)).all():
        one = visits.get(draft.uid)
        if one is not None and one.deletion.dev != own and draft.text.strip():
            millis = int(datetime.fromisoformat(draft.at).timestamp() * 1000)
            one.changes.append(SimpleNamespace(
                type="entry", uid=draft.uid, hlc=f"{millis << COUNTER_BITS:016x}", dev=own, by="", wall=draft.at,
                set=json.dumps({"text": draft.text})))


def _came_after(conn: Connection, key: Key, deletion: Any) -> set[str]:
    c = local.change.c
    return {row.hlc + row.dev for row in conn.execute(select(c.hlc, c.dev).where(
        c.type == key[0], c.uid == key[1], c.id > deletion.id, c.dev != deletion.dev))}


def _gone_title(conn: Connection, key: Key) -> str:
    table = wire_table(key[0])
    name = next((n for n in ("name", "theme", "text") if n in table.c), None)
    return str(conn.execute(select(table.c[name]).where(table.c.uid == key[1])).scalar() or "") if name else ""
