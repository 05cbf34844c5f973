"""Under whose name a desk signs its changes: the one by which its hub knows the person of this laptop."""

from __future__ import annotations

from sqlalchemy import Connection

from kanto_desk.db.store import Store, put_setting
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import clean_text
from kanto_desk.rules.spelling import same_name

TYPED = "person_typed"
"""Setting: the name typed at set-up, where the hub's took its place; none where they are the same."""


def take(conn: Connection, before: str, named: str) -> None:
    """Sign by the hub's name from now on, in the caller's transaction; what was written before keeps its own.

    The reading goes with the name it was typed for, unless the two are only spaced otherwise.
    """
    name = clean_text(named).strip()
    typed = before if name and name != before else None
    put_setting(conn, TYPED, typed)
    if typed is None:
        return
    put_setting(conn, "person", name)
    if not same_name(name, before):
        put_setting(conn, "kana", "")


def follow(store: Store) -> None:
    """Let the open desk sign by the name that is kept."""
    store.person = str(store.setting("person", store.person) or store.person)


def told(store: Store) -> str:
    """What the last joining did to the name, in words; empty where it was the same already."""
    typed = store.setting(TYPED)
    if not typed:
        return ""
    return tr("これからの変更は、事務局に登録されたお名前「{name}」で残ります（はじめの設定では「{typed}」）。",
              name=store.person, typed=typed)
