"""Laptops that are lost, silent for long, or copied: orders to wipe, unlock codes, new names. Real desks, real hub."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from kanto_desk.cli import main
from kanto_desk.db import local
from kanto_desk.db.keys import Cost
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts, bundle_keys, bundles, contents, losing
from kanto_desk.hub import tables as t
from kanto_desk.services import bundles as stick
from kanto_desk.services import carrying, forgetting, lease, syncing
from kanto_desk.services import desk as desks
from kanto_desk.sync import orders, signing
from kanto_desk.sync.enrolling import Invitation
from kanto_desk.sync.enrolling import enrol as join
from kanto_desk.sync.renewing import renew
from tests.db.parts import SetClock
from tests.sync.parts import Wire, a_body, a_hub, a_person
from tests.sync.test_exchange import a_visit

PHRASE, QUICK = "諏訪湖の朝", Cost(1, 1024, 1)


class World:
    """A hub, its person, and desks that join it; one clock for all."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SetClock()
        self.hub = a_hub(folder / "hub", self.clock)
        self.person = a_person(self.hub, a_body(self.hub))
        self.link = Wire(self.hub)

    def desk(self, name: str):
        desk = desks.create(self.folder / name, PHRASE, person="高橋 直子", clock=self.clock, cost=QUICK)
        self.join(desk.store)
        return desk

    def desk_with(self, name: str, clock: SetClock):
        """A desk whose clock is its own."""
        desk = desks.create(self.folder / name, PHRASE, person="高橋 直子", clock=clock, cost=QUICK)
        self.join(desk.store)
        return desk

    def join(self, store) -> None:
        with self.hub.write() as conn:
            code = accounts.new_code(conn, self.person, self.clock())
        join(store, Invitation("https://hub", code, ""), "", "PC", lambda _url, _ca: self.link)

    def open(self, name: str, code: str = "", clock: SetClock | None = None):
        return desks.unlock(self.folder / name, PHRASE, clock=clock or self.clock, cost=QUICK, code=code)

    def sync(self, desk):
        return syncing.sync(desk.store, link=lambda _url, _ca: self.link)

    def revoke(self, desk) -> str:
        dev = f"{desk.store.device()[0]:016x}"
        with self.hub.write() as conn:
            conn.execute(update(t.device).where(t.device.c.dev == dev).values(state="revoked"))
        return dev


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def names(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_a_stopped_laptop_keeps_what_is_unsent_sealed_and_forgets_the_rest(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    world.sync(desk)
    _, visit, line = a_visit(desk, "まだ送っていない話")
    digest = desk.blobs.put(b"\xff\xd8\xff" + os.urandom(1_500_000), "image/jpeg", world.clock().isoformat())
    with desk.store.operation("写真") as op:
        op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                              "size": 1_500_003, "mime": "image/jpeg"})
    content = desk.blobs.get(digest)
    desk_folder = world.folder / "one"
    world.revoke(desk)
    with pytest.raises(Trouble, match="止めました"):
        world.sync(desk)
    assert forgetting.is_due(desk)
    desk.close()
    with pytest.raises(forgetting.Forgotten, match="事務局だけが開ける") as told:   # at the next opening at the latest
        world.open("one")
    left = names(desk_folder)
    assert not {n for n in left if n.startswith(("records", "attachments", "keys", "backups"))}
    assert told.value.kept is not None and told.value.kept.exists()
    sealed = told.value.kept.read_bytes()
    assert "送っていない".encode() not in sealed and content[:1000] not in sealed
    with pytest.raises(forgetting.Forgotten):   # told again, and not taken for a new folder
        world.open("one")
    with pytest.raises(bundles.Unusable, match="revoked"):
        bundles.take(world.hub, told.value.kept)
    taken = bundles.take(world.hub, told.value.kept, of_stopped=True)
    assert taken.new == 4 and taken.chunks == 2
    other = world.desk("two")
    world.sync(other)
    found = other.store.get(Entry, line)
    assert found is not None and found.text == "まだ送っていない話"
    assert contents.place_of(world.hub).size(digest) == 1_500_003
    assert carrying.fetch_one(other.store, other.blobs, digest, lambda _url, _ca: world.link) == content
    other.close()


def test_a_stopped_laptop_that_syncs_by_stick_gets_its_order_there(world: World, tmp_path: Path, capsys) -> None:
    """The secretariat's answer to its file holds the order and no record; what it had not sent is sealed as by network."""
    desk = world.desk("one")
    a_visit(desk)
    world.sync(desk)
    _, _, line = a_visit(desk, "まだ送っていない話")
    made = stick.make_bundle(desk.store, tmp_path / "to.kdx", desk.blobs)
    dev = world.revoke(desk)
    place = ["--folder", str(world.hub.folder), "--json"]
    assert main(["hub", "bundle", "take", str(made.file), "--answer", str(tmp_path / "back.kdx"), *place]) == 4
    told = json.loads(capsys.readouterr().out)
    assert "back.kdx" in told["to_do"] and "take-kept" in told["to_do"]
    assert main(["hub", "bundle", "make", dev, str(tmp_path / "again.kdx"), *place]) == 0
    assert json.loads(capsys.readouterr().out)["order"] is True
    with pytest.raises(Trouble, match="止めました"):
        stick.take_bundle(desk.store, tmp_path / "back.kdx", desk.blobs)
    assert forgetting.is_due(desk) and desk.store.get(Entry, line) is not None
    desk.close()
    with pytest.raises(forgetting.Forgotten) as over:
        world.open("one")
    assert over.value.kept is not None and bundles.take(world.hub, over.value.kept, of_stopped=True).new == 3


def test_an_order_that_is_not_the_hubs_for_this_laptop_makes_nobody_forget(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    dev = f"{desk.store.device()[0]:016x}"
    own = bundle_keys.keys_of(world.hub).signing
    for order in ("", "1.AAAA", orders.wipe_order(signing.new_key(), dev, 1), orders.wipe_order(own, "f" * 16, 1),
                  orders.wipe_order(own, dev, 1).replace("1.", "2.", 1)):
        desk.store.set_setting(syncing.ORDER, order)
        assert not forgetting.is_due(desk)
    desk.close()
    world.open("one").close()
    desk = world.open("one")
    desk.store.set_setting(syncing.ORDER, orders.wipe_order(own, dev, 1))
    assert forgetting.is_due(desk)
    desk.close()


def test_what_the_hub_has_but_has_not_backed_up_is_sealed_too(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    world.sync(desk)
    world.revoke(desk)
    with pytest.raises(Trouble):
        world.sync(desk)
    assert forgetting.obey(desk).kept is not None


def test_nothing_is_forgotten_where_the_sealed_file_cannot_be_written(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    world.revoke(desk)
    with pytest.raises(Trouble):
        world.sync(desk)
    (world.folder / "one" / forgetting.KEPT).write_bytes(b"")   # a file where the folder should be
    with pytest.raises(Trouble):
        forgetting.obey(desk)
    assert {"records.db", "attachments.db", "keys.json"} <= names(world.folder / "one")
    desk.close()


def test_a_wipe_that_was_killed_goes_on_at_the_next_start(world: World) -> None:
    desk = world.desk("one")
    desk.close()
    folder = world.folder / "one"
    (folder / "wiped.json").write_text(json.dumps({"hub": "事務局", "at": "", "kept": None, "done": False}))
    (folder / "keys.json").unlink()   # killed after the keys
    assert (folder / "records.db").exists()
    with pytest.raises(forgetting.Forgotten):
        world.open("one")
    assert not (folder / "records.db").exists() and not (folder / "attachments.db").exists()
    again = desks.create(folder, PHRASE, person="高橋 直子", clock=world.clock, cost=QUICK)   # the folder can be used anew
    again.close()
    world.open("one").close()


def test_a_desk_without_contact_for_thirty_days_opens_with_a_code_alone(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    assert lease.days_left(desk.store) == 30
    dev = f"{desk.store.device()[0]:016x}"
    world.clock.forward(days=29)
    desk.close()
    desk = world.open("one")
    assert lease.days_left(desk.store) == 1
    world.clock.forward(days=2)
    assert desk.store.get(Organization, "none") is None   # what is open stays open
    desk.close()
    with pytest.raises(lease.LeaseOver) as over:
        world.open("one")
    with pytest.raises(lease.LeaseOver) as again:
        world.open("one")
    assert again.value.challenge == over.value.challenge and len(over.value.challenge) == 6
    with pytest.raises(Refused, match="解除コードが違います"):
        world.open("one", "0000000000")
    world.clock.forward(days=-20)   # the clock set back opens nothing
    with pytest.raises(lease.LeaseOver):
        world.open("one")
    world.clock.forward(days=20)
    with world.hub.write() as conn:
        code = losing.code_for(conn, dev, over.value.challenge, world.clock())
        with pytest.raises(Refused):
            losing.code_for(conn, dev, "12", world.clock())
        with pytest.raises(Refused):
            losing.code_for(conn, "f" * 16, over.value.challenge, world.clock())
    world.open("one", f"{code[:5]} {code[5:]}").close()
    world.open("one").close()   # open for another lease
    world.clock.forward(days=31)
    with pytest.raises(Refused):
        world.open("one", code)   # used up
    with world.hub.write() as conn:
        code = losing.code_for(conn, dev, _challenge(world), world.clock())
    desk = world.open("one", code)
    world.sync(desk)
    assert lease.days_left(desk.store) == 30   # a contact begins the lease anew
    desk.close()


def _challenge(world: World) -> str:
    with pytest.raises(lease.LeaseOver) as over:
        world.open("one")
    return over.value.challenge


def test_a_clock_that_was_ahead_once_locks_nothing_after_a_contact(world: World) -> None:
    own = SetClock()
    desk = world.desk_with("one", own)
    own.forward(days=60)   # while it is open
    a_visit(desk)
    world.sync(desk)
    own.forward(days=-60)
    a_visit(desk)
    world.sync(desk)
    desk.close()
    desk = world.open("one", clock=own)
    assert lease.days_left(desk.store) == 30
    desk.close()
    own.forward(days=20)
    world.open("one", clock=own).close()
    own.forward(days=-15)   # set back: neither opened for longer nor closed
    desk = world.open("one", clock=own)
    assert lease.days_left(desk.store) == 10
    desk.close()
    own.forward(days=26)
    with pytest.raises(lease.LeaseOver):
        world.open("one", clock=own)
    own.forward(days=-31)
    with pytest.raises(lease.LeaseOver):   # set back: opens nothing
        world.open("one", clock=own)


@pytest.mark.parametrize("off", [400, 20, -20, -400])
def test_the_lease_runs_in_hub_time_on_a_clock_that_is_off_all_the_while(world: World, off: int) -> None:
    own = SetClock()
    own.forward(days=off)
    desk = world.desk_with("one", own)   # off when it joins
    for _ in range(2):
        desk.close()
        own.forward(days=5)
        world.clock.forward(days=5)
        desk = world.open("one", clock=own)
        assert lease.days_left(desk.store) == 25
        a_visit(desk)
        world.sync(desk)
        assert lease.days_left(desk.store) == 30
    desk.close()
    own.forward(days=-off)   # put right after the contact
    desk = world.open("one", clock=own)
    assert lease.days_left(desk.store) == 30
    desk.close()
    own.forward(days=31)
    with pytest.raises(lease.LeaseOver):
        world.open("one", clock=own)


def test_a_code_on_a_clock_that_is_ahead_is_worth_no_more_after_a_contact(world: World) -> None:
    own = SetClock()
    desk = world.desk_with("one", own)
    dev = f"{desk.store.device()[0]:016x}"
    desk.close()
    own.forward(days=400)
    with pytest.raises(lease.LeaseOver) as over:
        world.open("one", clock=own)
    with world.hub.write() as conn:
        code = losing.code_for(conn, dev, over.value.challenge, world.clock())
    desk = world.open("one", code, clock=own)
    own.forward(days=-400)
    world.sync(desk)
    assert lease.days_left(desk.store) == 30
    desk.close()
    own.forward(days=31)
    with pytest.raises(lease.LeaseOver):
        world.open("one", clock=own)


def test_a_stopped_laptop_gets_no_unlock_code(world: World) -> None:
    desk = world.desk("one")
    dev = world.revoke(desk)
    with world.hub.write() as conn, pytest.raises(Refused, match="止めてある"):
        losing.code_for(conn, dev, "123456", world.clock())
    desk.close()


def test_a_desk_of_no_hub_has_no_lease(tmp_path: Path) -> None:
    clock = SetClock()
    desks.create(tmp_path / "one", PHRASE, person="高橋 直子", clock=clock, cost=QUICK).close()
    clock.forward(days=400)
    desk = desks.unlock(tmp_path / "one", PHRASE, clock=clock, cost=QUICK)
    assert lease.days_left(desk.store) is None
    desk.close()


def texts(desk) -> set[str]:
    with desk.store.read() as conn:
        return set(conn.execute(select(local.change.c.set).where(local.change.c.type == "entry")).scalars())


def copied(world: World):
    """A desk and its copy, both with an edit of the same line and a visit of their own, unsent."""
    desk = world.desk("one")
    _, _, line = a_visit(desk, "はじめの話")
    world.sync(desk)
    desk.close()
    shutil.copytree(world.folder / "one", world.folder / "copy")
    both = world.open("one"), world.open("copy")
    made = []
    for each, text in zip(both, ("一台目の話", "二台目の話"), strict=True):
        world.clock.forward(minutes=1)
        made.append(a_visit(each, text))
        with each.store.operation("直す") as op:
            op.put("entry", line, {"text": f"直した：{text}"})
    return *both, line, made


def test_a_copied_folder_gets_another_name_and_sends_what_it_has_once(world: World) -> None:
    one, copy, line, made = copied(world)
    world.sync(one)
    with pytest.raises(Trouble, match="2台") as told:
        world.sync(copy)
    assert "新しい1行" in told.value.to_do
    assert len(list((world.hub.folder / losing.QUARANTINE).iterdir())) == 1
    with pytest.raises(Trouble, match="2台"):   # the first one too: who knows which is the copy
        world.sync(one)
    before = f"{copy.store.device()[0]:016x}"
    with copy.store.operation("直す") as op:   # on top of what is unsent: its base names a stamp that gets another name
        op.put("entry", made[1][2], {"text": "二台目の話の続き"})
    for each in (copy, one):
        waiting = syncing.waiting(each.store).changes
        assert renew(each.store) == waiting
        with each.store.operation("直す") as op:
            op.put("entry", made[0][2] if each is one else made[1][2], {"text": "参加する前にもう一度"})
        each.store.set_setting(syncing.LEFT, None)
        world.join(each.store)
        assert world.sync(each).sent == waiting + 1
        assert world.sync(each).sent == 0
    assert len({f"{x.store.device()[0]:016x}" for x in (one, copy)} | {before}) == 3
    world.sync(one)
    world.sync(copy)
    for each in (one, copy):
        for _, _, entry in made:
            assert each.store.get(Entry, entry).text == "参加する前にもう一度"
            with each.store.read() as conn:
                assert conn.execute(select(local.head).where(local.head.c.uid == entry)).all() == []
        with each.store.read() as conn:
            heads = conn.execute(select(local.head.c.value).where(local.head.c.uid == line)).scalars().all()
        both = {each.store.get(Entry, line).text, *(json.loads(h) for h in heads)}
        assert both == {"直した：一台目の話", "直した：二台目の話"}   # a conflict to decide, nothing lost
        each.close()


def test_a_copy_that_has_not_written_yet_notices_before_it_does(world: World) -> None:
    desk = world.desk("one")
    a_visit(desk)
    world.sync(desk)
    desk.close()
    shutil.copytree(world.folder / "one", world.folder / "copy")
    one, copy = world.open("one"), world.open("copy")
    a_visit(one, "一台目の話")
    world.sync(one)
    with pytest.raises(Trouble, match="2台"):
        world.sync(copy)
    _, _, line = a_visit(copy, "これからの話")   # would have counted as sent
    renew(copy.store)
    copy.store.set_setting(syncing.LEFT, None)
    world.join(copy.store)
    world.sync(copy)
    world.sync(one)
    assert one.store.get(Entry, line).text == "これからの話"
    with world.hub.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.received)).scalar_one() == 9
    one.close()
    copy.close()
