"""From what people type to name a record to its uid: uid, own id, reference number, or a name that only one has."""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, select

from kanto_desk.db import search
from kanto_desk.db.schema import fields_of, records, wire_table
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold

_IMPORTED = uuid.UUID("b4c6f0f2-4f0e-5d7e-9b61-2d4c8c1f7a30")
_NAMES = ("own_id", "reference", "code", "name", "title", "source_notation")
"""Fields that may name a record, in the order in which they are tried."""


def uid_of_own_id(type_name: str, own_id: str) -> str:
    """The uid of an imported record whose type has no field for the caller's id: made from that id."""
    return uuid.uuid5(_IMPORTED, f"{type_name}/{own_id}").hex


def resolve(store: Store, type_name: str, text: str) -> str:
    """The uid of a record by what people call it. Raises Refused when there is none, or more than one."""
    with store.read() as conn:
        found = find(conn, type_name, text)
    if not found:
        raise Refused(tr("見つかりません：{text}", text=text), "id")
    if len(found) > 1:
        raise Refused(tr("{n}件あって一つに決まりません：{text}。uid で指定します。", n=len(found), text=text), "id")
    return found[0]


def find(conn: Connection, type_name: str, text: str) -> list[str]:
    """The uids that a text may mean, at most 10; several only for a name that several have."""
    table = wire_table(type_name)
    present = table.c.deleted_at.is_(None)
    for uid in (text, uid_of_own_id(type_name, text)):
        if conn.execute(select(table.c.uid).where(table.c.uid == uid)).scalar() is not None:
            return [uid]
    known = {f.name for f in fields_of(records()[type_name])}
    for name in _NAMES:
        if name in known:
            uids = list(conn.execute(select(table.c.uid).where(table.c[name] == text, present).limit(10)).scalars())
            if uids:
                return uids
    if type_name != "organization":
        return []
    return _by_folded_name(conn, text)


def _by_folded_name(conn: Connection, text: str) -> list[str]:
    """Organizations with this name in another spelling, else the only one whose name holds the text."""
    table = wire_table("organization")
    uids = [h.uid for h in search.find(conn, text, ("organization",), limit=200)]
    wanted = core_name(fold(text))
    rows = [(r.uid, fold(r.name or "")) for i in range(0, len(uids), 400) for r in conn.execute(
        select(table.c.uid, table.c.name).where(table.c.uid.in_(uids[i:i + 400])))]
    same = [uid for uid, name in rows if core_name(name) == wanted]
    return (same or [uid for uid, name in rows if fold(text) in name])[:10]
