"""What waits for somebody's decision, as the desks count it: fields with two values, records deleted and changed."""

from __future__ import annotations

import json

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key, load
from kanto_desk.db.schema import fields_of, records
from kanto_desk.fields import Json
from kanto_desk.hub.placing import parent_of

_DELETED = "deleted_at"
_AT_ONCE = 5_000
"""Records read at once: thousands may wait after a merge of two offices."""


def count(conn: Connection) -> int:
    """How many fields have another value alive than the one shown, and how many records in sight one that deletes them.

    As `services.contested`: the same value written twice, or deleted twice, is no question, and of fields that this
    program does not know nobody can tell. Nothing is asked about what is deleted.
    """
    others: dict[Key, dict[str, list[Json]]] = {}
    for h in conn.execute(select(local.head)):
        if h.type in records():
            others.setdefault((h.type, h.uid), {}).setdefault(h.field, []).append(json.loads(h.value))
    keys, found = list(others), 0
    for i in range(0, len(keys), _AT_ONCE):
        rows = load(conn, keys[i:i + _AT_ONCE])
        above = {key: parent_of(key[0], row.values) for key, row in rows.items()}
        over = load(conn, {p for p in above.values() if p})
        for key, row in rows.items():
            parent = above[key]
            gone = row.get(_DELETED) is not None or (parent in over and over[parent].get(_DELETED) is not None)
            if row.exists and not gone:
                asked = {f.name for f in fields_of(records()[key[0]]) if not f.bookkeeping}
                found += sum(1 for name, values in others[key].items() if
                             (name in asked and any(v != row.get(name) for v in values))
                             or (name == _DELETED and row.get(name) is None and any(values)))
    return found
