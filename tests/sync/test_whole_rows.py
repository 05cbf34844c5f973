"""Rows that come whole, and changes that come again, beside what was typed here and is not sent yet."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.apply import fill
from kanto_desk.db.records.organizations import Organization
from kanto_desk.sync.outbox import unsent
from kanto_desk.sync.taking_in import take_in
from kanto_desk.sync.wire import Event, outgoing
from tests.db.parts import a_store


def renamed(folder: Path):
    """A store in which a company was made as A and renamed to B; gives it, the uid, and both changes."""
    store = a_store(folder)
    with store.operation("会社") as op:
        uid = op.add("organization", {"name": "A"})
    with store.operation("直す") as op:
        op.put("organization", uid, {"name": "B"})
    with store.read() as conn:
        made, changed = unsent(conn, f"{store.device()[0]:016x}", 0)
    return store, uid, made, changed


def alive(store, uid: str) -> set[str]:
    with store.read() as conn:
        heads = set(conn.execute(select(local.head.c.value).where(local.head.c.uid == uid)).scalars())
    return {store.get(Organization, uid).name} | {value.strip('"') for value in heads}


def test_what_is_not_sent_yet_stays_beside_a_row_that_comes_whole(tmp_path: Path) -> None:
    store, uid, _, changed = renamed(tmp_path)
    other = f"{changed.hlc + 1:016x}{7:016x}"
    with store.write() as conn:
        fill(conn, {("organization", uid): {"name": {other: "C"}}}, [changed])
    assert alive(store, uid) == {"B", "C"}
    store.close()


def test_what_an_unsent_change_has_seen_does_not_come_back_with_a_whole_row(tmp_path: Path) -> None:
    store, uid, made, changed = renamed(tmp_path)
    with store.write() as conn:
        fill(conn, {("organization", uid): {"name": {made.stamp: "A"}}}, [changed])
    assert alive(store, uid) == {"B"}
    store.close()


def test_a_change_that_comes_again_changes_nothing(tmp_path: Path) -> None:
    store, uid, made, _ = renamed(tmp_path)
    with store.write() as conn:
        take_in(conn, [Event(1, change=outgoing(made))], 0, 0, ())
    assert alive(store, uid) == {"B"}
    store.close()


def test_a_change_that_comes_behind_the_one_that_replaced_it_stays_replaced(tmp_path: Path) -> None:
    store, uid, made, changed = renamed(tmp_path / "one")
    other = a_store(tmp_path / "two")
    for number, change in enumerate((changed, made), 1):
        with other.write() as conn:
            take_in(conn, [Event(number, change=outgoing(change))], 0, 0, ())
    assert alive(other, uid) == {"B"}
    for each in (store, other):
        each.close()
