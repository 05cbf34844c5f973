"""What was typed at a line and is no edit yet (its open editor, a date nobody can read): kept beside the record.

Unjournalled rows of this laptop, like the draft of the capture box (decision 26).
"""

from __future__ import annotations

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Entry, Promise
from kanto_desk.db.store import Store

_KIND, _DUE = "line", "due"


def save(store: Store, line: str, text: str) -> None:
    """Keep the text of a line being edited, composing text included; an empty text forgets it."""
    _keep(store, line, _KIND, text)


def save_due(store: Store, promise: str, text: str) -> None:
    """Keep what was written as 期限 of a promise and is no date; an empty text forgets it."""
    _keep(store, promise, _DUE, text)


def of_consultation(store: Store, consultation: str) -> dict[str, str]:
    """Line uid → text that was being written when the program ended."""
    table = local.draft
    statement = select(table.c.uid, table.c.text).join(Entry, Entry.uid == table.c.uid).where(
        Entry.consultation == consultation, Entry.deleted_at.is_(None), table.c.kind == _KIND)
    with store.read() as conn:
        return {row.uid: row.text for row in conn.execute(statement)}


def unread_dues(store: Store, consultation: str) -> dict[str, str]:
    """Promise uid → what was written as its 期限 and is no date."""
    table = local.draft
    statement = select(table.c.uid, table.c.text).join(Promise, Promise.uid == table.c.uid).where(
        Promise.consultation == consultation, Promise.deleted_at.is_(None), table.c.kind == _DUE)
    with store.read() as conn:
        return {row.uid: row.text for row in conn.execute(statement)}


def _keep(store: Store, uid: str, kind: str, text: str) -> None:
    table = local.draft
    with store.write() as conn:
        conn.execute(table.delete().where(table.c.uid == uid))
        if text:
            conn.execute(table.insert().values(uid=uid, kind=kind, text=text, at=store.clock().isoformat()))
