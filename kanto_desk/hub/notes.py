"""What two laptops edited apart, joined where both edits are clearly apart, else left to people.

Long notes are joined by sentence, lists of members by member (`hub/member_lists.py`).

On the hub alone, so that all laptops get one and the same result: an ordinary change whose base names both values. What
has been issued is never joined; a change to it goes to those who may correct it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.apply import Change, Key, Row, apply
from kanto_desk.db.at_once import of_records
from kanto_desk.db.evolution import raised_parts
from kanto_desk.db.schema import SCHEMA_VERSION, fields_of, new_uid, records, wire_table
from kanto_desk.db.stamps import clock_of, tick
from kanto_desk.fields import Field, Json, Kind
from kanto_desk.hub import tables as t
from kanto_desk.hub.member_lists import joined_members
from kanto_desk.hub.opening import take_numbers, value_of
from kanto_desk.hub.placing import Made
from kanto_desk.hub.whose import Whose
from kanto_desk.rules.sentence_merge import merged

WRITER = "自動のまとめ"
"""Who is named as the writer of a joined note."""

OWN = "own"
"""Counter of the hub's own changes."""

_MOST_PAIRS = 64


def device_of(epoch: str) -> int:
    """The device id under which the hub writes; another after a restore, whose numbers begin again."""
    return int.from_bytes(hashlib.sha256(f"hub {epoch}".encode()).digest()[:8], "big") or 1


def join_notes(conn: Connection, changes: Sequence[Change], rows: dict[Key, Row], made: Mapping[Key, Made],
               now: str) -> list[Change]:
    """Join what these changes left with two values, where that is clean; gives the hub's own changes, applied."""
    touched = {(c.type, c.uid, n): f for c in changes for n in c.set if (f := _note(c.type, n)) is not None}
    values = _two_values(conn, touched, rows)
    issued = _issued(conn, {made[at[:2]].root[1] for at in values if at[:2] in made})
    whose = Whose(conn, {at[:2] for at in values})
    found: list[tuple[Key, str, Json, tuple[str, str]]] = []
    for at, (one, two) in values.items():
        key = at[:2]
        if key not in made or made[key].root[1] in issued or rows[key].get("deleted_at"):
            continue
        if whose.of(key, at[2], one[0]) != whose.of(key, at[2], two[0]):
            continue   # what two organisations wrote stays apart: one may not see the other's
        known, most = _written(conn, at, changes), touched[at].max_length
        joined: str | list[str] | None
        joined = joined_members(known, one, two) if touched[at].kind is Kind.CODES else _joined(known, one, two)
        if joined is not None and (most is None or len(joined) <= most):
            found.append((key, at[2], joined, (one[0], two[0])))
    if not found:
        return []
    dev = device_of(str(value_of(conn, "epoch")))
    seq = take_numbers(conn, OWN, len(found))
    moment = datetime.fromisoformat(now)
    out = []
    for i, (key, name, value, stamps) in enumerate(found):
        hlc = tick(max(map(clock_of, stamps)), int(moment.timestamp() * 1000))
        out.append(Change(dev, seq + i, hlc, SCHEMA_VERSION, new_uid(moment), *key, {name: value},
                          {name: sorted(stamps)}, WRITER, now))
    apply(conn, out, "merge", rows=rows, journal=False)
    return out


At = tuple[str, str, str]
Value = tuple[str, Json]
"""A stamp and what it wrote."""


@cache
def _note(type_name: str, name: str) -> Field | None:
    cls = records().get(type_name)
    found = next((f for f in fields_of(cls) if f.name == name), None) if cls else None
    return found if found is not None and found.kind in (Kind.TEXT, Kind.CODES) else None


def _two_values(conn: Connection, touched: Mapping[At, Field],
                rows: Mapping[Key, Row]) -> dict[At, tuple[Value, Value]]:
    """Those fields of which exactly two values are alive: the shown one and the other."""
    others: dict[At, list[Value]] = {}
    for r in of_records(conn, local.head, [at[:2] for at in sorted(touched)]):
        if (at := (r.type, r.uid, r.field)) in touched:
            others.setdefault(at, []).append((r.stamp, json.loads(r.value)))
    return {at: ((rows[at[:2]].stamps[at[2]], rows[at[:2]].get(at[2])), found[0])
            for at, found in others.items() if len(found) == 1}


def _issued(conn: Connection, roots: set[str]) -> set[str]:
    """Those records of which a version was issued."""
    c = wire_table("version").c
    return set(conn.execute(select(c.record).where(c.record.in_(sorted(roots)))).scalars()) if roots else set()


Written = Mapping[str, tuple[Json, list[str]]]
"""Stamp → what it wrote, and the stamps it stands upon."""


def _written(conn: Connection, at: At, changes: Sequence[Change]) -> Written:
    """Everything that was ever written into a field, these changes included: they are not noted as received yet."""
    c = t.received.c
    out = {x.stamp: (x.set[at[2]], x.base.get(at[2], [])) for x in changes
           if (x.type, x.uid) == at[:2] and at[2] in x.set}
    for r in conn.execute(select(t.received).where(c.type == at[0], c.uid == at[1], c.verdict.is_(None))):
        sets, base = raised_parts(r.type, r.sv, json.loads(r.set), json.loads(r.base))
        if at[2] in sets:
            out[r.hlc + r.dev] = sets[at[2]], base.get(at[2], [])
    return out


def _joined(known: Written, one: Value, two: Value) -> str | None:
    """The text with both edits, from the one that both writers began from; None where people have to say.

    What stood on the way has to be clean with all of the other side too: where two values could not be joined once,
    somebody has seen one of them and written over it. Two values of one laptop were set apart on purpose: undo of a
    decision opens it again.
    """
    if one[0][16:] == two[0][16:]:
        return None
    lines = [[stamp, *_line(known, stamp)] for stamp, _ in (one, two)]
    shared = next((s for s in lines[0] if s in lines[1]), "")
    if shared not in known:
        return None
    base = _text(known[shared][0])
    ways = [[_text(known[s][0]) if s in known else None for s in line[:line.index(shared)]] for line in lines]
    if base is None or None in ways[0] or None in ways[1] or len(ways[0]) * len(ways[1]) > _MOST_PAIRS:
        return None
    pairs = [merged(base, str(left), str(right)) for left in ways[0] for right in ways[1]]
    return pairs[0] if pairs and None not in pairs else None


def _line(known: Written, stamp: str) -> list[str]:
    """What a value stands upon, nearest first, as long as each stands upon one."""
    out: list[str] = []
    while stamp in known and len(known[stamp][1]) == 1 and known[stamp][1][0] not in out:
        stamp = known[stamp][1][0]
        out.append(stamp)
    return out


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
