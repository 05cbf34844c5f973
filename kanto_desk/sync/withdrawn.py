"""What a withdrawal leaves to do after its rows are forgotten: files that they named, and backups that still hold them.

Noted in the transaction that forgets the rows, so that a crash between the two databases leaves nothing behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Final

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key, Row
from kanto_desk.db.content_parts import NAMED
from kanto_desk.db.store import put_setting

FILES: Final = "withdrawn_files"
"""Setting: SHA-256 of files that forgotten rows named and that may still be here."""

BACKUPS: Final = "withdrawn_from_backups"
"""Setting: whether backups of this desk may hold what was forgotten."""

_HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")
_NAMING: Final = {name: {field, "own_id"} if name == "attachment" else {field} for name, field in NAMED}


def note(conn: Connection, key: Key, row: Row, fields: Collection[str] | None) -> None:
    """Note, before a row or fields of it are forgotten, which files they name."""
    put_setting(conn, BACKUPS, True)
    naming = _NAMING.get(key[0], set())
    if naming and (fields is None or naming & set(fields)):
        found = {digest for text in _texts(conn, key, row, naming) for digest in _HASH.findall(text)}
        if found:
            put_setting(conn, FILES, sorted(found | set(files(conn))))


def files(conn: Connection) -> list[str]:
    """Files that were noted and are not done with."""
    value = conn.execute(select(local.setting.c.value).where(local.setting.c.key == FILES)).scalar()
    return json.loads(value) if value is not None else []


def _texts(conn: Connection, key: Key, row: Row, naming: Collection[str]) -> Iterator[str]:
    """Where a row names files: its values, its other heads, and its journal."""
    yield from (str(row.values[name]) for name in naming if row.values.get(name))
    h, c = local.head.c, local.change.c
    yield from (str(v) for v in conn.execute(select(h.value).where(
        h.type == key[0], h.uid == key[1], h.field.in_(naming))).scalars() if v)
    for line in conn.execute(select(c.set, c.before).where(c.type == key[0], c.uid == key[1])):
        for text in line:
            values = json.loads(text) if text else {}
            yield from (str(values[name]) for name in naming if values.get(name))
