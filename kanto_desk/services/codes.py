"""Code lists as people see them: shipped items valid on a day plus those that users added. Users add, never delete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from kanto_desk.clock import today
from kanto_desk.db.records.masters import CodeEntry
from kanto_desk.db.store import Store, read_all
from kanto_desk.errors import Refused
from kanto_desk.i18n import Language, language, tr
from kanto_desk.masters import code_lists


@dataclass(frozen=True, slots=True)
class Choice:
    """One code to choose: `parent` is the code above it in a list of two levels."""

    code: str
    label: str
    parent: str | None


def choices(store: Store, list_id: str, *, on: date | None = None) -> list[Choice]:
    """The codes of a list valid on a day (today, if none is named), in their order. KeyError for an unknown list."""
    day = on or today(store.clock)
    shipped = [Choice(item.code, item.label(language()), item.parent) for item in code_lists()[list_id].valid_on(day)]
    with store.read() as conn:
        added = read_all(conn, CodeEntry, CodeEntry.list_id == list_id, order_by=(CodeEntry.code,))
    return shipped + [Choice(e.code or e.uid, _name(e, language()), e.parent_code) for e in added]


def label(store: Store, list_id: str, code: str | None) -> str:
    """What a code is called in the language of the screen; the code itself if nobody knows it."""
    if not code:
        return ""
    with store.read() as conn:
        return label_in(conn, list_id, code, language())


def label_in(conn: Connection, list_id: str, code: str, shown: Language) -> str:
    """`label` inside a snapshot of the caller's, in a named language. KeyError for an unknown list."""
    item = code_lists()[list_id].item(code)
    if item is not None:
        return item.label(shown)
    added = read_all(conn, CodeEntry, CodeEntry.list_id == list_id, CodeEntry.code == code, limit=1)
    return _name(added[0], shown) if added else code


def add(store: Store, list_id: str, name: str, *, parent: str | None = None) -> str:
    """Add a code to a list; gives its code. Raises Refused for an empty or existing name."""
    name = name.strip()
    if not name:
        raise Refused(tr("名称を書きます。"), "name")
    if any(c.label == name for c in choices(store, list_id)):
        raise Refused(tr("同じ名称がすでにあります。"), "name")
    with store.operation(tr("区分の追加")) as op:
        uid = op.add("code_entry", {"list_id": list_id, "name": name, "parent_code": parent})
        code = f"u{uid[-8:]}"
        op.put("code_entry", uid, {"code": code})
    return code


def _name(entry: CodeEntry, shown: Language) -> str:
    return (entry.name_en if shown == "en" else None) or entry.name or ""
