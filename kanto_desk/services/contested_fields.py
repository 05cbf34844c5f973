"""Fields of which two values are alive, written by people who had not seen one another's."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.schema import fields_of, records
from kanto_desk.fields import Json
from kanto_desk.services.belonging import parent_of
from kanto_desk.services.contested_deletions import DELETED


def open_fields(conn: Connection) -> dict[Key, dict[str, dict[str, Json]]]:
    """Other values than the shown ones: record → field → stamp → value. What says the same is no second side.

    Nothing is asked about a record in the bin, or a part of one; brought back, it asks again.
    """
    heads: dict[Key, dict[str, dict[str, Json]]] = {}
    for h in conn.execute(select(local.head)):
        if h.type in records():
            heads.setdefault((h.type, h.uid), {}).setdefault(h.field, {})[h.stamp] = json.loads(h.value)
    rows = load(conn, heads)
    above = {key: parent_of(key[0], row.values) for key, row in rows.items()}
    gone = {key for key, row in (rows | load(conn, {p for p in above.values() if p})).items()
            if row.get(DELETED) is not None}
    out: dict[Key, dict[str, dict[str, Json]]] = {}
    for key, names in heads.items():
        known = {f.name for f in fields_of(records()[key[0]]) if not f.bookkeeping}   # of the others nobody can tell
        for name, values in names.items():
            other = {s: v for s, v in values.items() if v != rows[key].get(name)}
            if other and name in known and rows[key].exists and gone.isdisjoint({key, above[key] or key}):
                out.setdefault(key, {})[name] = other
    return out


def count_of(conn: Connection, root: Key) -> int:
    """How many fields of a record and its parts wait for a decision."""
    waiting = open_fields(conn)
    rows = load(conn, waiting)
    return sum(len(names) for key, names in waiting.items()
               if key == root or parent_of(key[0], rows[key].values) == root)
