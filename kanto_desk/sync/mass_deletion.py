"""A sync that would delete more than a few per cent of what lies here asks first (SYNC.md): what counts, what waits.

What waits is held back as it came, the rest of the sync goes on, and the cursors move: order does not matter to the
merge, so it can be taken in at any later time. Edits that come meanwhile meet a record that is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import structs
from sqlalchemy import Connection, func, select

from kanto_desk.db import local
from kanto_desk.db.apply import Change, Key, Projection, Row, apply, known_only, load, unseen
from kanto_desk.db.at_once import of_records
from kanto_desk.db.schema import SCHEMA_VERSION, records, wire_table
from kanto_desk.fields import Json
from kanto_desk.rules.access import EVERYBODY, OWN
from kanto_desk.sync import held_deletions, taking_in
from kanto_desk.sync.held_deletions import DELETED, is_any, key_of
from kanto_desk.sync.wire import Event, incoming

FEW: Final = 20
SHARE: Final = 0.05
"""So many records that stand for themselves, and more than this share of all of them, are not deleted unasked."""


def is_root(type_name: str) -> bool:
    """Whether records of this type stand for themselves, are somebody's work, and may be deleted."""
    return (type_name in records() and records()[type_name].parent is None
            and type_name not in EVERYBODY and type_name not in OWN)


def concerns(event: Event) -> bool:
    """Whether this event may have to wait, or say what became of one that waits."""
    return event.row is not None or deletes(event)


def held_back(conn: Connection, events: Sequence[Event], before: int) -> tuple[list[Event], int]:
    """What of these events is to be taken in, and how many records it deletes; the rest is kept and waits for a word.

    `before` records were deleted by this sync already. Once something waits, every deletion waits with it.
    """
    held_before = is_any(conn)
    rows = [e for e in events if e.row is not None]
    if held_before and rows:
        filled = _filled(conn, {key_of(e) for e in rows})
        held_deletions.replaced(conn, {key_of(e) for e in rows
                                       if e.row is not None and e.row.at >= filled.get(key_of(e), 0)})
    deleting = [e for e in events if deletes(e)]
    if not deleting:
        return list(events), 0
    keys = _deleted_by(conn, events, deleting)
    roots = {key for key in keys if is_root(key[0])}
    if not roots:
        return list(events), 0
    waiting = {key_of(e) for e in held_deletions.waiting(conn)} if held_before else set()
    n = before + len(roots | {key for key in waiting if is_root(key[0])})
    if not waiting and not (n >= FEW and n > SHARE * (before + _living(conn))):
        return list(events), len(roots)
    txs = {e.change.tx for e in deleting if e.change is not None and key_of(e) in roots}   # an operation stays whole
    out: list[Event] = []
    held: list[Event] = []
    for event in events:
        if event.change is not None and event.change.tx in txs:
            held.append(event)
        elif event.row is not None and deletes(event) and key_of(event) in keys:
            rest = {name: values for name, values in event.row.fields.items() if name != DELETED}
            out.append(structs.replace(event, row=structs.replace(event.row, fields=rest)))
            held.append(structs.replace(event, row=structs.replace(
                event.row, fields={DELETED: event.row.fields[DELETED]}, gone=_replaced(conn, event))))
        else:
            out.append(event)
    held_deletions.keep(conn, held)
    return out, 0


def still_deleting(conn: Connection, events: Iterable[Event]) -> set[Key]:
    """The records that are here and would go to the bin if these events, which wait, were taken in."""
    found = list(events)
    return _deleted_by(conn, found, [e for e in found if deletes(e)])


def superfluous(conn: Connection) -> list[Event]:
    """What waits and has nothing to ask any more, because somebody else decided meanwhile."""
    events = held_deletions.waiting(conn)
    keys = still_deleting(conn, events)
    txs = {e.change.tx for e in events if e.change is not None and key_of(e) in keys}
    return [e for e in events if key_of(e) not in keys and (e.change is None or e.change.tx not in txs)]


def steps(events: Sequence[Event], most: int = taking_in.SLICE) -> Iterator[list[Event]]:
    """What waits in parts of about so many, each to be taken in at once; an operation is not cut."""
    yield from taking_in.slices(events, most)


def take_in(conn: Connection, events: Sequence[Event], acked: int, now_ms: int,
            projections: Sequence[Projection]) -> set[Key]:
    """Take in what waited, in the caller's transaction; it waits no more. Gives the records touched."""
    held_deletions.done(conn, events)
    touched: set[Key] = set()
    whole = [c for e in events if e.row is not None for c in _as_changes(e)]
    if whole:   # their lines of the journal never came
        touched |= set(known_only(apply(conn, whole, "merge", journal=False, projections=projections)))
    # nothing that came whole holds them: it would have taken their place
    changes = [structs.replace(e, id=_LATER) for e in events if e.change is not None]
    return touched | taking_in.take_in(conn, changes, acked, now_ms, projections).touched


_LATER: Final = 1 << 62


def _as_changes(event: Event) -> list[Change]:
    """The deletion in a row that came whole: what it replaces is what stood here when it came."""
    assert event.row is not None
    base = {DELETED: event.row.gone[DELETED]} if event.row.gone else {}
    return [Change(int(stamp[16:], 16), 1, int(stamp[:16], 16), SCHEMA_VERSION, "", *key_of(event), {DELETED: value},
                   base, "", "") for stamp, value in event.row.fields[DELETED].items()]


def _replaced(conn: Connection, event: Event) -> dict[str, list[str]]:
    """What the hub knows no more of a field that came whole."""
    assert event.row is not None
    key = key_of(event)
    stamp = load(conn, [key])[key].stamps.get(DELETED)
    return {} if stamp is None or stamp in event.row.fields[DELETED] else {DELETED: [stamp]}


def _filled(conn: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    return {(f.type, f.uid): f.at for f in of_records(conn, local.filled, keys)}


def deletes(event: Event) -> bool:
    """Whether this event says that its record is deleted."""
    if event.change is not None:
        return bool(event.change.set.get(DELETED))
    return event.row is not None and any((event.row.fields.get(DELETED) or {}).values())


def _deleted_by(conn: Connection, events: Sequence[Event], deleting: Sequence[Event]) -> set[Key]:
    """The records alive here of which the events, taken together, leave a deletion standing on top."""
    keys = {key_of(e) for e in deleting if key_of(e)[0] in records()}
    rows = {key: row for key, row in load(conn, keys).items() if _lives(row)}
    gone = {(g.type, g.uid, g.stamp) for g in of_records(conn, local.gone, rows) if g.field == DELETED}
    filled = _filled(conn, rows)
    told = [incoming(e.change) for e in events if e.change is not None and DELETED in e.change.set
            and key_of(e) in rows and e.id > filled.get(key_of(e), 0)]
    values: dict[Key, dict[str, Json]] = {
        key: {stamp: None} if (stamp := row.stamps.get(DELETED)) else {} for key, row in rows.items()}
    seen: set[tuple[str, str, str]] = set()
    for change in unseen(conn, told):
        key = (change.type, change.uid)
        values[key][change.stamp] = change.set[DELETED]
        seen.update((*key, stamp) for stamp in change.base.get(DELETED, ()))
    for event in events:
        if event.row is not None and (key := key_of(event)) in rows and event.row.at >= filled.get(key, 0):
            values[key] |= event.row.fields.get(DELETED) or {}
    out: set[Key] = set()
    for key, by_stamp in values.items():
        alive = {s: v for s, v in by_stamp.items() if (*key, s) not in gone and (*key, s) not in seen}
        if alive and alive[max(alive)]:
            out.add(key)
    return out


def _lives(row: Row) -> bool:
    return row.exists and row.get(DELETED) is None and not row.sample


def _living(conn: Connection) -> int:
    """How many records that stand for themselves are here and not in the bin."""
    return sum(int(conn.execute(select(func.count()).select_from(table).where(
        table.c.deleted_at.is_(None), table.c["_sample"].is_(None))).scalar_one())
        for table in (wire_table(name) for name in records() if is_root(name)))
