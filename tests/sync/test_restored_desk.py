"""A desk of a hub that went back to its own backup: another line, the same lease, the same order. Real desks and hub."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import losing
from kanto_desk.hub import tables as t
from kanto_desk.services import care, forgetting, lease, restoring, syncing
from kanto_desk.services import desk as desks
from tests.sync.test_exchange import a_visit
from tests.sync.test_lost_laptops import PHRASE, QUICK, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def restore(world: World, made, name: str = "one", code: str = ""):
    return restoring.restore_and_open(world.folder / name, made, PHRASE, clock=world.clock, cost=QUICK, code=code)[1]


def heads(desk, uid: str) -> list[str]:
    with desk.store.read() as conn:
        return list(conn.execute(select(local.head.c.value).where(local.head.c.uid == uid)).scalars())


def names(world: World, desk) -> str:
    return f"{desk.store.device()[0]:016x}"


@pytest.mark.parametrize("damaged", [False, True])
def test_a_restored_desk_writes_under_another_name_and_loses_nothing(world: World, damaged: bool) -> None:
    desk = world.desk("one")
    _, _, line = a_visit(desk, "はじめの話")
    world.sync(desk)
    before = names(world, desk)
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": "控えにある、まだ送っていない話"})
    made = care.backup(desk)
    world.clock.forward(minutes=5)
    _, _, later = a_visit(desk, "控えのあとに書いて送った話")
    world.sync(desk)
    desk.close()
    if damaged:
        (world.folder / "one" / "records.db").write_bytes(b"x" * 8192)
        for log in (world.folder / "one").glob("records.db-*"):
            log.unlink()
    desk = restore(world, made)
    assert names(world, desk) != before and desk.store.setting(syncing.LEFT) == "restored"
    assert desk.store.get(Entry, later) is None
    with pytest.raises(Refused, match="参加していません"):
        world.sync(desk)
    _, _, new = a_visit(desk, "戻したあとの話")   # under the old name the hub would take it for what it has
    world.join(desk.store)
    world.sync(desk)
    assert world.sync(desk).sent == 0
    other = world.desk("two")
    world.sync(other)
    for each in (desk, other):
        assert {each.store.get(Entry, uid).text for uid in (line, later, new)} == {
            "控えにある、まだ送っていない話", "控えのあとに書いて送った話", "戻したあとの話"}
        assert heads(each, line) == [] or damaged   # what was lost with the file: both say the same, nobody is asked
        each.close()
    with world.hub.read() as conn:
        twice = conn.execute(select(func.count()).select_from(
            select(t.received.c.dev, t.received.c.seq).group_by(t.received.c.dev, t.received.c.seq)
            .having(func.count() > 1).subquery())).scalar_one()
    assert twice == 0


def test_a_desk_that_went_back_before_it_joined_sends_everything(world: World) -> None:
    desk = desks.create(world.folder / "one", PHRASE, person="高橋 直子", clock=world.clock, cost=QUICK)
    company, _, line = a_visit(desk, "参加する前の話")
    made = care.backup(desk)
    desk.close()
    desk = restore(world, made)
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": "戻したあとで直した話"})
    world.join(desk.store)
    world.sync(desk)
    assert heads(desk, line) == []
    desk.close()
    with world.hub.read() as conn:
        entry, organization = wire_table("entry"), wire_table("organization")
        assert conn.execute(select(entry.c.text).where(entry.c.uid == line)).scalar_one() == "戻したあとで直した話"
        assert conn.execute(select(func.count()).select_from(organization).where(organization.c.uid == company)).scalar_one()


def test_a_restored_desk_whose_lease_is_over_asks_for_the_code(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    world.sync(desk)
    dev = names(world, desk)
    made = care.backup(desk)
    desk.close()
    world.clock.forward(days=20)
    desk = restore(world, made)
    assert lease.days_left(desk.store) == 10, "going back to a backup is no contact"
    desk.close()
    world.clock.forward(days=11)
    with pytest.raises(lease.LeaseOver):
        world.open("one")
    with pytest.raises(lease.LeaseOver) as over:
        restore(world, made)
    with pytest.raises(lease.LeaseOver):
        world.open("one")
    with world.hub.write() as conn:
        code = losing.code_for(conn, dev, over.value.challenge, world.clock())
    desk = world.open("one", code)
    world.join(desk.store)
    assert lease.days_left(desk.store) == 30 and world.sync(desk).complete
    desk.close()


def test_a_clock_set_back_makes_no_restored_desk_open(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    made = care.backup(desk)
    desk.close()
    world.clock.forward(days=31)
    with pytest.raises(lease.LeaseOver):
        world.open("one")
    world.clock.forward(days=-31)
    with pytest.raises(lease.LeaseOver):
        restore(world, made)


def test_a_stopped_desk_is_not_brought_back(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk, "まだ送っていない話")
    made = care.backup(desk)
    shutil.copytree(made.path.parent, world.folder / "usb")
    world.revoke(desk)
    with pytest.raises(Trouble):
        world.sync(desk)
    desk.close()
    with pytest.raises(forgetting.Forgotten) as told:   # the order lies in the records that would be replaced
        restore(world, made)
    assert told.value.kept is not None and told.value.kept.exists()
    assert not (world.folder / "one" / "records.db").exists()
    again = replace(made, path=world.folder / "usb" / made.path.name)
    with pytest.raises(forgetting.Forgotten):   # from a stick, after everything here is gone
        restore(world, again)
    assert not (world.folder / "one" / "keys.json").exists() and not (world.folder / "one" / "records.db").exists()


def test_a_backup_that_holds_the_order_is_not_brought_back(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    world.revoke(desk)
    with pytest.raises(Trouble):
        world.sync(desk)
    made = care.backup(desk)
    desk.close()
    (world.folder / "one" / "records.db").write_bytes(b"x" * 8192)
    for log in (world.folder / "one").glob("records.db-*"):
        log.unlink()
    with pytest.raises(forgetting.Forgotten):
        restore(world, made)
    assert not (world.folder / "one" / "records.db").exists()
