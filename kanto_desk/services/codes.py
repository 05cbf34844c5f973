"""Code lists as people see them: shipped items valid on a day plus those that users added. Users add, never delete."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from kanto_desk.clock import today
from kanto_desk.db.apply import Key
from kanto_desk.db.records.masters import CodeEntry
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.i18n import Language, language, tr
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.text import clean_text, half_width
from kanto_desk.masters import code_lists
from kanto_desk.services.added_codes import entry_valid_on

_FIXED = frozenset({"CL10", "CL11", "CL12", "CL16", "CL20b", "CL20c", "CL37", "CL39", "CL40a", "CL40b", "CL41"})
"""Prefectures, cities and industries are official; on states, roles, levels and consents the program acts."""


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
    known = {item.code for item in code_lists()[list_id].items}
    return shipped + [Choice(e.code or e.uid, _name(e, language()), e.parent_code) for e in added
                      if entry_valid_on(e, day) and e.code not in known]


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
    added = read_all(conn, CodeEntry, CodeEntry.list_id == list_id, CodeEntry.code == code,
                     order_by=CodeEntry.deleted_at.is_not(None), limit=1, deleted=True)
    return _name(added[0], shown) if added else code   # one taken back still stands on the records that chose it


def extendable(list_id: str) -> bool:
    """Whether users may add to a list: not to the official ones, nor to those whose codes the program acts upon."""
    return list_id in code_lists() and list_id.startswith("CL") and list_id not in _FIXED


def add(store: Store, list_id: str, name: str, *, parent: str | None = None, root: Key | None = None) -> str:
    """Add a code to a list; gives its code. Raises Refused for an empty or existing name and a list that is fixed.

    `root` is the open record on whose way back (Ctrl+Z) the addition stands.
    """
    with store.operation(tr("区分の追加"), root) as op:
        values: dict[str, Any] = {"list_id": list_id, "name": clean_text(name).strip(), "parent_code": parent}
        settle_entry(op.conn, None, values, today(store.clock))
        op.add("code_entry", values)
    return str(values["code"])


def named(store: Store, list_id: str, name: str) -> str | None:
    """The code that may be chosen today and is called so, in either language and any spelling; None for none."""
    wanted, day = fold(name), today(store.clock)
    with store.read() as conn:
        added = read_all(conn, CodeEntry, CodeEntry.list_id == list_id, order_by=(CodeEntry.code,))
    shipped = ((i.code, (i.ja, i.en)) for i in code_lists()[list_id].valid_on(day))
    own = ((e.code or e.uid, (e.name or "", e.name_en or "")) for e in added if entry_valid_on(e, day))
    return next((code for code, names in (*shipped, *own) if wanted and wanted in map(fold, names)), None)


def find_or_add(store: Store, list_id: str, name: str, *, root: Key | None = None) -> tuple[str, bool]:
    """The code with this name, and whether it was made now. Raises Refused as `add` does."""
    known = named(store, list_id, name)
    return (known, False) if known is not None else (add(store, list_id, name, root=root), True)


def take_back(store: Store, list_id: str, code: str, *, root: Key | None = None) -> None:
    """Take an added code out of its list again; records that chose it keep it and its name."""
    with store.operation(tr("区分の追加をやめる"), root) as op:
        for entry in read_all(op.conn, CodeEntry, CodeEntry.list_id == list_id, CodeEntry.code == code):
            op.delete("code_entry", entry.uid)


def settle_entry(conn: Connection, uid: str | None, values: dict[str, Any], day: date) -> list[str]:
    """Bring the values of an added code, new or changed (`uid`), into order; gives what is worth telling.

    Raises Refused for a list that is unknown or fixed, a code or name that the list has already, a parent that it has
    not, and an end before the beginning.
    """
    held = read_one(conn, CodeEntry, uid) if uid else None
    whole = {**(held.wire() if held else {}), **{k: v for k, v in values.items() if v is not None}}
    if held is not None:
        whole |= {key: values.get(key, getattr(held, key)) for key in ("valid_from", "valid_to")}
    list_id = _list_of(str(whole.get("list_id") or ""))
    name, code = str(whole.get("name") or "").strip(), half_width(str(whole.get("code") or ""))
    if not name:
        raise Refused(tr("名称を書きます。"), "name")
    others = [e for e in read_all(conn, CodeEntry, CodeEntry.list_id == list_id) if e.uid != uid]
    shipped = code_lists()[list_id].items
    if code and (any(i.code == code for i in shipped) or any(e.code == code for e in others)):
        raise Refused(tr("このコードは「{list}」にすでにあります：{code}", list=_list_name(list_id), code=code[:40]),
                      "code")
    if fold(name) in {fold(n) for i in shipped for n in (i.ja, i.en)} | {fold(e.name or "") for e in others}:
        raise Refused(tr("同じ名称がすでにあります。"), "name")
    parent = whole.get("parent_code")
    if parent and not any(i.code == parent for i in shipped) and not any(e.code == parent for e in others):
        raise Refused(tr("上の区分が「{list}」にありません：{code}", list=_list_name(list_id), code=str(parent)[:40]),
                      "parent_code")
    begin, end = whole.get("valid_from"), whole.get("valid_to")
    if begin and end and end < begin:
        raise Refused(tr("終わりの日が始まりの日より前です。"), "valid_to")
    values |= {"list_id": list_id, "name": name, "code": code or f"u{uuid.uuid4().hex[:8]}"}
    return [tr("もう終わった区分です（{day}まで）。新しい記録では選べません", day=end)] if end and end < day else []


def _list_of(text: str) -> str:
    """The id of a list by its id or its name in either language. Raises Refused for none and for one that is fixed."""
    wanted = fold(text)
    found = next((one.id for one in code_lists().values() if wanted and wanted in (fold(one.id), fold(one.ja),
                                                                                  fold(one.en))), None)
    if found is None:
        raise Refused(tr("この区分表はありません：{list}（例：CL01、相談形態）", list=text[:40]), "list_id")
    if not extendable(found):
        raise Refused(tr("「{list}」は決まった区分表で、加えられません。", list=_list_name(found)), "list_id")
    return found


def _list_name(list_id: str) -> str:
    one = code_lists()[list_id]
    return one.en if language() == "en" else one.ja


def _name(entry: CodeEntry, shown: Language) -> str:
    return (entry.name_en if shown == "en" else None) or entry.name or ""
