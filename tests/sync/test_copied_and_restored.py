"""A folder in use on two laptops while the hub goes back to a backup: what both wrote under one name arrives."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select, update

from kanto_desk.db.dialect import make_engine
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.hub import accounts
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.opening import Hub, open_hub
from kanto_desk.hub.restoring import restore
from kanto_desk.sync.bundle_file import Unusable
from kanto_desk.sync.client import NotAnswered
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.sync.renewing import forget_reading, renew
from tests.db.parts import SetClock, a_store
from tests.sync.bundles import StickDesk
from tests.sync.parts import Wire, a_body, a_hub, a_person
from tests.sync.test_exchange import a_visit

KEY = b"k" * 32


class World:
    """A hub with a backup, a laptop that has sent one visit by then, and a copy of its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub: Hub = a_hub(folder / "hub")
        self.person = a_person(self.hub, a_body(self.hub))
        first = StickDesk(a_store(folder / "one", key=KEY), Wire(self.hub))
        self.join(first)
        a_visit(first, "はじめの話")
        first.sync()
        self.backups: list[Path] = []
        self.back_up()
        first.store.close()
        shutil.copytree(folder / "one", folder / "copy")
        self.one, self.copy = (StickDesk(Store(make_engine(folder / name / "records.db", KEY), SetClock(), "高橋 直子"),
                                         first.link) for name in ("one", "copy"))

    def join(self, desk: StickDesk) -> None:
        with self.hub.write() as conn:
            code = accounts.new_code(conn, self.person, self.hub.clock())
        enrol(desk.store, Invitation("https://127.0.0.1:1", code, "f" * 32), "", "PC", lambda _url, _ca: desk.link)

    def back_up(self) -> None:
        self.backups.append(back_up(self.hub, self.folder / f"{len(self.backups)}.kdhub").file)

    def go_back(self, n: int) -> None:
        restore(self.hub.folder, self.hub.clock, self.backups[n])

    def notices(self, desk: StickDesk) -> None:
        """A laptop is told that its folder is in use twice, and joins by a new line."""
        with pytest.raises(NotAnswered) as no:
            desk.sync()
        assert no.value.problem.reason == "cloned"
        renew(desk.store)
        self.join(desk)
        assert desk.sync().left == 0

    def lines(self) -> set[str]:
        with self.hub.read() as conn:
            return set(conn.execute(select(wire_table("entry").c.text)).scalars())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("more", [0, 1])
def test_numbers_that_a_copy_took_after_a_restore_are_noticed_and_nothing_is_lost(world: World, more: int) -> None:
    """Also where the copy wrote as much as, or more than, its original had sent before."""
    a_visit(world.one, "控えのあとに送った話")
    world.one.sync()
    world.go_back(0)
    for n in range(1 + more):
        a_visit(world.copy, f"写しの話{n}")
    world.copy.sync()
    world.notices(world.one)
    assert world.lines() == {"はじめの話", "控えのあとに送った話", *(f"写しの話{n}" for n in range(1 + more))}


def test_so_are_numbers_that_lie_in_the_backup_of_a_second_restore(world: World) -> None:
    a_visit(world.one, "控えのあとに送った話")
    world.one.sync()
    world.go_back(0)
    a_visit(world.copy, "写しの話")
    world.copy.sync()
    world.back_up()
    world.go_back(1)   # what it held at the first restore is less than this backup holds
    world.notices(world.one)
    assert world.lines() == {"はじめの話", "控えのあとに送った話", "写しの話"}


def test_what_a_copy_sent_under_its_former_name_comes_back_beside_what_has_its_numbers_now(world: World) -> None:
    a_visit(world.copy, "写しの話")
    world.copy.sync()
    a_visit(world.copy, "写しがあとで書いた話")
    with world.hub.write() as conn:   # as where its original was noticed
        conn.execute(update(t.device).where(t.device.c.dev == world.copy.dev).values(state="cloned"))
    world.notices(world.copy)
    folder = world.folder / "anew"
    restore(folder, world.hub.clock, world.backups[0])   # on another machine, that knows nothing of it
    world.hub = world.one.link.hub = open_hub(folder, world.hub.clock)
    a_visit(world.one, "元の話")
    world.one.sync()
    forget_reading_and_join(world)
    for _ in range(2):
        world.copy.sync()
        world.one.sync()
        assert world.lines() == {"はじめの話", "元の話", "写しの話", "写しがあとで書いた話"}
    with world.one.store.read() as conn:
        assert set(conn.execute(select(wire_table("entry").c.text)).scalars()) == world.lines()


def forget_reading_and_join(world: World) -> None:
    """The copy gets a line to a hub that does not know its new name."""
    with pytest.raises(NotAnswered) as no:
        world.copy.sync()
    assert no.value.problem.reason == "signature"
    with world.copy.store.write() as conn:
        forget_reading(conn)
    world.join(world.copy)


@pytest.mark.parametrize("waits", [False, True])
def test_a_stick_tells_of_it_too(world: World, waits: bool) -> None:
    a_visit(world.one, "控えのあとに送った話")
    world.one.sync()
    world.go_back(0)
    if waits:
        a_visit(world.one, "送っていない話")
    a_visit(world.copy, "写しの話")
    world.copy.sync()
    there, back = world.folder / "there.kdx", world.folder / "back.kdx"
    world.one.make(there)   # follows what the backup lacks
    with pytest.raises(hub_side.Missing) if waits else nullcontext():
        hub_side.take(world.hub, there)
    hub_side.make(world.hub, world.one.dev, back)
    world.one.take(back)
    world.one.make(there)
    with pytest.raises(Unusable, match="cloned"):
        hub_side.take(world.hub, there)
    world.notices(world.one)
    assert world.lines() == {"はじめの話", "控えのあとに送った話", "写しの話", *(["送っていない話"] if waits else [])}


def test_a_laptop_without_a_copy_sends_again_what_the_backup_lacks_and_no_more(world: World) -> None:
    a_visit(world.one, "控えのあとに送った話")
    world.one.sync()
    world.go_back(0)
    assert world.one.sync().sent == 3
    a_visit(world.one, "そのあとの話")
    assert world.one.sync().sent == 3
    world.go_back(0)
    assert world.one.sync().sent == 6
    assert world.lines() == {"はじめの話", "控えのあとに送った話", "そのあとの話"}
