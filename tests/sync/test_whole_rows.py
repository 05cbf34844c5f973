"""Rows that come whole, and changes that come again, beside what was typed here and is not sent yet."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.apply import fill
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.sync.outbox import unsent
from kanto_desk.sync.taking_in import forget_filled, take_in
from kanto_desk.sync.wire import Event, WireRow, outgoing
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


def test_a_value_replaced_here_stays_replaced_when_its_change_comes_after_a_restore(tmp_path: Path) -> None:
    """Seed 7000330: the row had come whole, so that its change was in no journal here."""
    one, uid, made, _ = renamed(tmp_path / "one")
    other = a_store(tmp_path / "two")
    with other.write() as conn:
        take_in(conn, [Event(1, row=WireRow("organization", uid, 1, {"name": {made.stamp: "A"}}, SCHEMA_VERSION))], 0, 0, ())
    with other.operation("直す") as op:
        op.put("organization", uid, {"name": "C"})
    with other.write() as conn:
        forget_filled(conn)
        take_in(conn, [Event(1, change=outgoing(made))], 0, 0, ())
    assert alive(other, uid) == {"C"}
    for each in (one, other):
        each.close()


def test_what_was_replaced_before_it_came_to_the_hub_is_told_with_a_whole_row(tmp_path: Path) -> None:
    one, uid, made, changed = renamed(tmp_path / "one")
    other = a_store(tmp_path / "two")
    row = WireRow("organization", uid, 1, {"name": {changed.stamp: "B"}}, SCHEMA_VERSION, {"name": [made.stamp]})
    for event in (Event(1, row=row), Event(2, change=outgoing(made))):
        with other.write() as conn:
            take_in(conn, [event], 0, 0, ())
    assert alive(other, uid) == {"B"}
    for each in (one, other):
        each.close()
