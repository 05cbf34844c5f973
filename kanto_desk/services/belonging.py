"""Which open record a row belongs to, and what people call it: for lists that name rows of every type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from kanto_desk.db.apply import Key
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.i18n import language, tr
from kanto_desk.services import finding

_TITLES = ("name", "title", "theme", "text", "content", "filename")
OPENED = frozenset({"consultation", "organization"})
"""Types that have a page of their own."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """The record that opens (`root`), its title, and what the row itself is called beside that."""

    root: Key
    title: str
    part: str


def belonging(conn: Connection, key: Key) -> Belonging:
    """Where a row belongs; rows that are in no other one stand for themselves."""
    row = row_of(conn, key)
    root, values = key, row
    while root[0] not in OPENED and (above := parent_of(root[0], values)) is not None:
        found = row_of(conn, above)
        if found is None:
            break
        root, values = above, found
    title = finding.title_of(conn, *root) if root[0] in OPENED else ""
    title = title or _named(values) or type_words(root[0])
    if root == key:
        return Belonging(root, title, "")
    words = _named(row)
    return Belonging(root, title, f"{type_words(key[0])}「{_short(words)}」" if words else type_words(key[0]))


def type_words(type_name: str) -> str:
    """What a type of record is called."""
    cls = records().get(type_name)
    if cls is None:
        return tr("新しい種類の記録")
    return cls.en if language() == "en" else cls.ja


def row_of(conn: Connection, key: Key) -> Mapping[str, Any] | None:
    """The stored row; None where this laptop has none."""
    if key[0] not in records():
        return None
    table = wire_table(key[0])
    found = conn.execute(select(table).where(table.c.uid == key[1])).mappings().one_or_none()
    return None if found is None else {str(name): value for name, value in found.items()}


def parent_of(type_name: str, values: Mapping[str, Any] | None) -> Key | None:
    """The record that a row is part of."""
    cls = records().get(type_name)
    uid = values.get(cls.parent) if cls is not None and values is not None and cls.parent else None
    if cls is None or values is None or not isinstance(uid, str):
        return None
    target = next((f.target for f in fields_of(cls) if f.name == cls.parent), None)
    target = target or values.get("owner_type") or values.get("record_type")
    return (target, uid) if target in records() else None


def _named(values: Mapping[str, Any] | None) -> str:
    found = next((str(values[n]) for n in _TITLES if values.get(n)), "") if values is not None else ""
    return " ".join(found.split())


def _short(words: str, most: int = 24) -> str:
    return words if len(words) <= most else words[:most - 1] + "…"
