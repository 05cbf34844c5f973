"""Operation: one journalled transaction, one undo step, one group in 変更履歴, one unit of sync.

Collects `{record: {field: value}}` and, at its end, turns that into changes for `kanto_desk.db.apply`. Holds no rule of
the work; services do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_, update
from sqlalchemy.dialects import sqlite

from kanto_desk.db import local
from kanto_desk.db.apply import Change, Key, Projection, Row, apply, extend, load
from kanto_desk.db.schema import SCHEMA_VERSION, canonical, fields_of, new_uid, records, wire_table
from kanto_desk.db.stamps import stamp, tick
from kanto_desk.errors import Refused
from kanto_desk.fields import TEXTUAL, Json, is_too_long, most_characters, to_wire
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.text import clean_text

MOST_ROWS = 500
"""An operation touches at most this many records; an import is many operations with one import id (decision 12)."""

_UNSENT = "unsent"   # name of the counter of records with changes of this laptop

EXTEND_WITHIN = timedelta(seconds=10)
"""A pause longer than this between two autosaves starts a new undo step."""


_PARENTS = {"consultation": "organization"}
"""Records that stand for themselves and yet belong to sample data when that one does."""


class Seen(NamedTuple):
    """What somebody had before his eyes: up to a change of the journal, and up to a number of rows that came whole."""

    change: int
    whole: int


@dataclass(frozen=True, slots=True)
class Touched:
    """What an operation changed, announced after commit."""

    keys: frozenset[Key]
    origin: str
    tx: str
    label: str


class Operation:
    """Collects values; see `Store.operation`."""

    def __init__(self, conn: Connection, *, label: str, by: str, now: datetime, origin: str, root: Key | None,
                 extend_key: str | None, undoable: bool, import_id: str | None, undoes: str | None,
                 projections: tuple[Projection, ...], seen_up_to: Seen | None = None) -> None:
        self.conn = conn
        self.label = label
        self.by = by
        self.now = now
        self.origin = origin
        self.root = root
        self.tx = new_uid(now)
        self._extend_key = extend_key
        self._undoable = undoable
        self._import_id = import_id
        self._undoes = undoes
        self._projections = projections
        self._seen_up_to = seen_up_to
        self._values: dict[Key, dict[str, Json]] = {}
        self._seen_whole: set[Key] = set()
        self._again: dict[Key, set[str]] = {}
        self._settled: dict[Key, dict[str, frozenset[str] | None]] = {}   # field → stamps on the screen; None: all
        self._beside: dict[Key, dict[str, list[Json]]] = {}
        self._also_seen: dict[Key, Mapping[str, Iterable[str]]] = {}

    def put(self, type_name: str, uid: str, values: Mapping[str, Any]) -> None:
        """Set fields of a record, given as Python values; a record that does not exist yet is made.

        Raises Refused for a text that no hub takes (`kanto_desk.fields.MOST_TEXT`): it would stay on this laptop.
        """
        wires = self._values.setdefault((type_name, uid), {})
        known = {f.name: f for f in fields_of(records()[type_name])}
        for name, value in values.items():
            wire = to_wire(known[name], value)
            if isinstance(wire, str) and known[name].kind in TEXTUAL:
                wire = clean_text(wire) or None
                if is_too_long(wire):
                    raise Refused(tr("「{label}」が長すぎます（{n}万字くらいまで）。いくつかに分けて入れます。"
                                     "何も変えていません。", label=known[name].label(language()),
                                     n=most_characters()), name)
            wires[name] = wire

    def put_wire(self, type_name: str, uid: str, values: Mapping[str, Json]) -> None:
        """Set fields given as wire values that were taken from the journal."""
        self._values.setdefault((type_name, uid), {}).update(values)

    def add(self, type_name: str, values: Mapping[str, Any], uid: str | None = None) -> str:
        """Make a record; gives its uid."""
        uid = uid or new_uid(self.now)
        self.put(type_name, uid, values)
        return uid

    def delete(self, type_name: str, uid: str) -> None:
        """Move a record to the bin. Its change names everything seen, so that a concurrent edit is noticed."""
        self._seen_whole.add((type_name, uid))
        self.put(type_name, uid, {"deleted_at": self.now})

    def renew(self, type_name: str, uid: str, names: Iterable[str]) -> None:
        """Write fields again as they stand: what they hold stays, who says so and when is new.

        An equal value is no change anywhere else. Here the stamp is what somebody means to change, so the change is
        an ordinary one that sets the value it found: it is journalled, travels and merges like any other.
        """
        self._values.setdefault((type_name, uid), {})
        self._again.setdefault((type_name, uid), set()).update(names)

    def settle(self, type_name: str, uid: str, values: Mapping[str, Json],
               seen: Iterable[str] | None = None) -> None:
        """Decide between the values of fields, given as wire values: the change names every one of them as seen.

        With the stamps that were on the screen (`seen`) only those, and what says the same: a value that came in
        between stands beside the decision and is asked about.
        """
        shown = None if seen is None else frozenset(seen)
        self._settled.setdefault((type_name, uid), {}).update(dict.fromkeys(values, shown))
        self.put_wire(type_name, uid, values)

    def put_apart(self, type_name: str, uid: str, name: str, values: Iterable[Json]) -> None:
        """Let these values stand beside the one that is put: undo of a decision opens again what it decided."""
        self._beside.setdefault((type_name, uid), {})[name] = list(values)

    def also_seen(self, type_name: str, uid: str, stamps: Mapping[str, Iterable[str]]) -> None:
        """Name further stamps as replaced: what a change that was refused had seen still stands at the hub."""
        self._also_seen[type_name, uid] = stamps

    def finish(self) -> Touched:
        """Write everything; called by the store before commit."""
        if len(self._values) > MOST_ROWS:
            raise ValueError(f"an operation of {len(self._values)} rows; the most is {MOST_ROWS}")
        rows = load(self.conn, self._values)
        edits = {key: changed for key, values in self._values.items()
                 if (changed := _differing(values, rows[key]) | self._renewed(key, rows[key])
                             | {n: values[n] for n in sorted(self._settled.get(key, ()))})}
        touched = Touched(frozenset(edits), self.origin, self.tx, self.label)
        if not edits:
            if self._undoes:   # nothing was left to revert: the step is done with, and does not bar those before it
                self._note()
            return touched
        heads = _heads(self.conn, edits)
        unseen = self._unseen(edits, rows, heads)
        open_now = any(n in heads.get(key, {}) or (key, n) in unseen for key, values in edits.items() for n in values)
        if self._extend_key and not open_now and self._extended(edits, rows):
            return touched
        self._tag_samples(edits, rows)
        device = self.conn.execute(_DEVICE).one()
        sent = [key for key in edits if not rows[key].sample]
        self._note_unsent(device.dev, [key for key in sent if rows[key].exists], len(sent))
        hlc = tick(int(device.hlc, 16), int(self.now.timestamp() * 1000))
        dev, changes, before, seq = int(device.dev, 16), [], {}, device.seq
        for key, values in edits.items():
            row = rows[key]
            names = row.stamps if key in self._seen_whole else values
            base = {n: self._seen(key, n, row, heads.get(key, {}).get(n, {}), unseen.get((key, n), {}))
                    for n in names if n in row.stamps}
            apart = self._apart(key, values)
            for part in (*apart, values):
                seq += 1
                before[seq] = {n: row.get(n) for n in part} if row.exists else {}
                changes.append(Change(dev, seq, hlc, SCHEMA_VERSION, self.tx, *key, part,
                                      {n: base[n] for n in base if part is values or n in part}, self.by,
                                      self.now.isoformat()))
                hlc += part is not values   # what is put stays the one that is shown
        apply(self.conn, changes, "local", rows=rows, before=before, projections=self._projections)
        self.conn.execute(_MOVE_ON, {"seq": changes[-1].seq, "hlc": f"{hlc:016x}"})
        self._note()
        return touched

    def _unseen(self, edits: Mapping[Key, Mapping[str, Json]], rows: Mapping[Key, Row],
                heads: Mapping[Key, Mapping[str, Mapping[str, Json]]]) -> dict[tuple[Key, str], dict[str, list[str]]]:
        """What came from elsewhere after the writer looked: (record, field) → stamp → the stamps it replaced."""
        if self._seen_up_to is None:
            return {}
        out: dict[tuple[Key, str], dict[str, list[str]]] = {}
        c, pairs = local.change.c, list(edits)
        own = select(local.device.c.dev).scalar_subquery()
        for i in range(0, len(pairs), 200):
            for row in self.conn.execute(select(c.type, c.uid, c.hlc, c.dev, c.set, c.base).where(
                    tuple_(c.type, c.uid).in_(pairs[i:i + 200]), c.id > self._seen_up_to.change, c.dev != own)):
                base = json.loads(row.base)
                for name in json.loads(row.set):
                    out.setdefault(((row.type, row.uid), name), {})[row.hlc + row.dev] = base.get(name, [])
        for key, name, one in self._came_whole(edits, rows, heads, self._seen_up_to):
            out.setdefault((key, name), {}).setdefault(one, [])
        return out

    def _came_whole(self, edits: Mapping[Key, Mapping[str, Json]], rows: Mapping[Key, Row],
                    heads: Mapping[Key, Mapping[str, Mapping[str, Json]]],
                    seen: Seen) -> Iterator[tuple[Key, str, str]]:
        """Values of rows that came as a whole after the writer looked and of which no earlier change tells."""
        c, f = local.change.c, local.filled.c
        own = self.conn.execute(_DEVICE).one().dev
        for key in [key for key in edits if self.conn.execute(
                select(f.at).where(f.type == key[0], f.uid == key[1], f.at > seen.whole)).first()]:
            told = {r.hlc + r.dev for r in self.conn.execute(select(c.hlc, c.dev).where(
                c.type == key[0], c.uid == key[1], c.id <= seen.change))}
            for name in edits[key]:
                stands = {rows[key].stamps.get(name, ""), *heads.get(key, {}).get(name, {})}
                yield from ((key, name, s) for s in stands if s and s not in told and not s.endswith(own))

    def _seen(self, key: Key, name: str, row: Row, heads: Mapping[str, Json],
              unseen: Mapping[str, list[str]]) -> list[str]:
        """The stamps of a field that this operation replaces: the one shown, and others that say the same.

        A decision replaces them all, or those that it was shown; any other edit lets what says something else stand.
        What the writer has not seen stands in any case; what it replaced is replaced here, too. What stood beside it
        was on the screen before.
        """
        if (shown := self._settled.get(key, {}).get(name)) is not None:
            stands = {row.stamps[name]: row.get(name), **dict(sorted(heads.items()))}
            said = [stands[s] for s in stands if s in shown]
            return [s for s in stands if stands[s] in said]
        if unseen and (row.stamps[name] in unseen or any(s in unseen for s in heads)):
            alive = [s for s in (row.stamps[name], *sorted(heads)) if s not in unseen]
            replaced = [s for before in unseen.values() for s in before if s not in unseen]
            return list(dict.fromkeys((*alive, *replaced)))
        settled = key in self._seen_whole or name in self._settled.get(key, {})
        also = self._also_seen.get(key, {}).get(name, ())
        seen = (row.stamps[name], *(s for s in sorted(heads) if settled or heads[s] == row.get(name)), *also)
        return list(dict.fromkeys(seen))

    def _apart(self, key: Key, values: Mapping[str, Json]) -> list[dict[str, Json]]:
        """The changes that write what is to stand beside `values`: each field's first, then each field's second, …"""
        beside = {n: v for n, v in self._beside.get(key, {}).items() if n in values}
        most = max((len(v) for v in beside.values()), default=0)
        return [{n: v[i] for n, v in beside.items() if i < len(v)} for i in range(most)]

    def _renewed(self, key: Key, row: Row) -> dict[str, Json]:
        """What is written as it stands; an empty field says nothing that could be said again."""
        new = self._values[key]
        return {n: value for n in sorted(self._again.get(key, ()))
                if (value := row.get(n)) is not None and new.get(n, value) == value}

    def _tag_samples(self, edits: Mapping[Key, Mapping[str, Json]], rows: Mapping[Key, Row]) -> None:
        """What is written on sample data is sample data: it goes with it and is never sent (decision 3)."""
        for (type_name, uid), values in edits.items():
            if rows[type_name, uid].exists:
                continue
            over = _PARENTS.get(type_name) or records()[type_name].parent
            target = next((f.target for f in fields_of(records()[type_name]) if f.name == over), None)
            stands_on = target or (self.root or (None, ""))[0], values.get(over) if over else None
            if over is None and self.root and self.root != (type_name, uid):
                stands_on = self.root   # a person made at a company has no parent, and comes with it all the same
            table_name, parent = stands_on
            if table_name and isinstance(parent, str):
                table = wire_table(table_name)
                found = self.conn.execute(select(table.c["_sample"]).where(table.c.uid == parent)).scalar()
                rows[type_name, uid].sample = bool(found)

    def _note_unsent(self, dev: str, known: list[Key], touched: int) -> None:
        """Keep count of the records with changes that no hub has: counting them anew would read the whole journal."""
        acked = self.conn.execute(_ACKED).scalar() or 0
        noted: set[Key] = set()
        for i in range(0, len(known), 400):
            noted |= {(r.type, r.uid) for r in self.conn.execute(
                _NOTED, {"pairs": known[i:i + 400], "at_dev": dev, "after": acked})}
        add_unsent(self.conn, touched - len(noted))

    def _note(self) -> None:
        last = self.conn.execute(_LAST_OPERATION).scalar()
        root_type, root = self.root or (None, None)
        at = self.now.isoformat()
        self.conn.execute(_NOTE_OPERATION, {
            "tx": self.tx, "id": (last or 0) + 1, "label": self.label, "by": self.by, "at": at, "origin": self.origin,
            "root_type": root_type, "root": root, "undoes": self._undoes, "undoable": int(self._undoable),
            "extend_key": self._extend_key, "extended_at": at, "import_id": self._import_id})
        if self._undoes:
            self.conn.execute(update(local.operation).where(local.operation.c.tx == self._undoes)
                              .values(reverted_by=self.tx))

    def _extended(self, edits: Mapping[Key, Mapping[str, Json]], rows: Mapping[Key, Row]) -> bool:
        """Continue the last operation instead of starting one, where decision 5 allows it."""
        op = local.operation
        last = self.conn.execute(select(op).where(op.c.root == (self.root or ("", ""))[1])
                                 .order_by(op.c.id.desc()).limit(1)).one_or_none()
        if (last is None or last.extend_key != self._extend_key or last.origin != "edit" or last.reverted_by
                or abs(self.now - datetime.fromisoformat(last.extended_at)) > EXTEND_WITHIN):
            return False
        table = local.change
        written = {(c.type, c.uid): c for c in self.conn.execute(select(table).where(table.c.tx == last.tx))}
        if not set(edits) <= set(written):
            return False
        for type_name, uid in edits:
            newest = self.conn.execute(select(table.c.id, table.c.frozen, table.c.dev, table.c.seq).where(
                table.c.type == type_name, table.c.uid == uid).order_by(table.c.id.desc()).limit(1)).one()
            if newest.id != written[type_name, uid].id or newest.frozen or (
                    newest.seq <= frozen_upto(self.conn, newest.dev)):
                return False
        for key, values in edits.items():
            self._extend_one(written[key], key, values, rows[key])
        self.conn.execute(update(op).where(op.c.tx == last.tx).values(extended_at=self.now.isoformat()))
        return True

    def _extend_one(self, change: Any, key: Key, values: Mapping[str, Json], row: Row) -> None:
        sets, base, before = json.loads(change.set), json.loads(change.base), json.loads(change.before)
        created = not before and not base
        for name in values:
            if name not in sets and not created:
                before[name] = row.get(name)
                if name in row.stamps:
                    base[name] = [row.stamps[name]]
        sets.update(values)
        self.conn.execute(update(local.change).where(local.change.c.id == change.id).values(
            set=canonical(sets), base=canonical(base), before=canonical(before)))
        extend(self.conn, stamp(int(change.hlc, 16), int(change.dev, 16)), key, values, row,
               projections=self._projections)


def _heads(conn: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, dict[str, Json]]]:
    """Values that stand beside the shown ones: record → field → stamp → value."""
    out: dict[Key, dict[str, dict[str, Json]]] = {}
    pairs = list(keys)
    for i in range(0, len(pairs), 200):
        for h in conn.execute(_SELECT_HEADS, {"pairs": pairs[i:i + 200]}):
            out.setdefault((h.type, h.uid), {}).setdefault(h.field, {})[h.stamp] = json.loads(h.value)
    return out


_DEVICE, _NOTE_OPERATION = select(local.device), insert(local.operation)
_MOVE_ON = update(local.device).values(seq=bindparam("seq"), hlc=bindparam("hlc"))
_LAST_OPERATION = select(local.operation.c.id).order_by(local.operation.c.id.desc()).limit(1)
_ACKED = select(func.json_extract(local.setting.c.value, "$.acked")).where(local.setting.c.key == local.HUB)
_NOTED = select(local.change.c.type, local.change.c.uid).distinct().where(
    tuple_(local.change.c.type, local.change.c.uid).in_(bindparam("pairs", expanding=True)),
    local.change.c.dev == bindparam("at_dev"), local.change.c.seq > bindparam("after"))
_SELECT_HEADS = select(local.head).where(
    tuple_(local.head.c.type, local.head.c.uid).in_(bindparam("pairs", expanding=True)))


_COUNTED = select(local.counter.c.value).where(local.counter.c.name == bindparam("at_name"))
_COUNT = sqlite.insert(local.counter)
_ADD = _COUNT.on_conflict_do_update(index_elements=["name"],
                                    set_={"value": local.counter.c.value + _COUNT.excluded.value})
_RAISE = _COUNT.on_conflict_do_update(index_elements=["name"], set_={"value": _COUNT.excluded.value},
                                      where=local.counter.c.value < _COUNT.excluded.value)


def add_unsent(conn: Connection, records: int) -> None:
    """Note that this many more records hold changes of this laptop that no hub has."""
    if records:
        conn.execute(_ADD, {"name": _UNSENT, "value": records})


def note_frozen(conn: Connection, dev: str, seq: int) -> None:
    """Let no autosave extend this laptop's changes up to a number any more; committed before a byte of them leaves.

    One number instead of a mark on each change: marking 10,000 changes would write all their pages again.
    """
    conn.execute(_RAISE, {"name": f"frozen {dev}", "value": seq})


def frozen_upto(conn: Connection, dev: str) -> int:
    """The highest number of this laptop's changes that may have left it."""
    found = conn.execute(_COUNTED, {"at_name": f"frozen {dev}"}).scalar()
    return int(found or 0)


def count_unsent(conn: Connection) -> int:
    """How many records hold changes of this laptop that no hub has yet."""
    found = conn.execute(_COUNTED, {"at_name": _UNSENT}).scalar()
    return int(found or 0)


def no_unsent(conn: Connection) -> None:
    """Begin to count anew: this folder was given a new device id."""
    conn.execute(local.counter.delete().where(local.counter.c.name == _UNSENT))


def _differing(values: Mapping[str, Json], row: Row) -> dict[str, Json]:
    """What a save really changes: empty fields of a new record and equal values are no change."""
    return {n: v for n, v in values.items() if row.get(n) != v}
