"""What stands in the open editor of a line and is no edit yet: kept beside the record, so that a crash loses nothing.

Unjournalled rows of this laptop, like the draft of the capture box (decision 26).
"""

from __future__ import annotations

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.store import Store

_KIND = "line"


def save(store: Store, line: str, text: str) -> None:
    """Keep the text of a line being edited, composing text included; an empty text forgets it."""
    table = local.draft
    with store.write() as conn:
        conn.execute(table.delete().where(table.c.uid == line))
        if text:
            conn.execute(table.insert().values(uid=line, kind=_KIND, text=text, at=store.clock().isoformat()))


def of_consultation(store: Store, consultation: str) -> dict[str, str]:
    """Line uid → text that was being written when the program ended."""
    table = local.draft
    statement = select(table.c.uid, table.c.text).join(Entry, Entry.uid == table.c.uid).where(
        Entry.consultation == consultation, Entry.deleted_at.is_(None), table.c.kind == _KIND)
    with store.read() as conn:
        return {row.uid: row.text for row in conn.execute(statement)}
