"""Superseded stamps are dropped once their change has come, or can come no more; never before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select, update

from kanto_desk.db import local, settled
from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.restoring import restore
from kanto_desk.hub.settled import drop_gone
from kanto_desk.sync.client import Exchange
from tests.db.parts import SetClock
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def stamps(place) -> int:
    with place.read() as conn:
        return int(conn.execute(select(func.count()).select_from(local.gone)).scalar_one())


def heads(place) -> int:
    with place.read() as conn:
        return int(conn.execute(select(func.count()).select_from(local.head).where(local.head.c.field == "text")).scalar_one())


def put(desk: Desk, line: str, text: str) -> None:
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": text})


class Lagging:
    """One writes a line again; the other has seen it and writes over it. The hub goes back to before both, and the
    second is heard first: what it replaced has not come yet."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.clock = SetClock()
        self.hub: Hub = a_hub(folder / "hub", self.clock, database)
        body = a_body(self.hub)
        self.one, self.two, self.three = (a_desk(self.hub, folder / name, a_person(self.hub, body, name=name), self.clock)
                                          for name in ("one", "two", "three"))
        _, _, self.line = a_visit(self.one, "はじめ")
        for desk in (self.one, self.two, self.three):
            desk.sync()
        before = back_up(self.hub, folder / "before.kdhub").file
        put(self.one, self.line, "一台目")
        self.one.sync()
        self.clock.forward(minutes=1)
        self.two.sync()
        put(self.two, self.line, "二台目")
        self.two.sync()
        restore(self.hub.folder, self.clock, before, database)
        self.two.sync()
        assert stamps(self.hub) > 0

    def texts(self) -> list[str]:
        return [str(desk.store.get(Entry, self.line).text) for desk in (self.one, self.two, self.three)]

    def all_sync(self) -> None:
        for _ in range(3):
            for desk in (self.one, self.two, self.three):
                desk.sync()


def test_a_stamp_waits_for_the_lagging_laptop_and_goes_once_it_came(tmp_path: Path) -> None:
    world = Lagging(tmp_path)
    drop_gone(world.hub)
    assert stamps(world.hub) > 0, "the first laptop was not heard since: its text may still come"
    after = back_up(world.hub, tmp_path / "after.kdhub").file
    world.all_sync()
    assert world.texts() == ["二台目"] * 3 and heads(world.hub) == 0
    assert drop_gone(world.hub) > 0 and stamps(world.hub) == 0, "it came, and was not shown"
    restore(world.hub.folder, world.clock, after)   # once more, to between the two
    assert stamps(world.hub) > 0, "the backup has it"
    drop_gone(world.hub)
    world.all_sync()
    assert drop_gone(world.hub) > 0
    world.all_sync()
    assert world.texts() == ["二台目"] * 3
    assert [heads(p) for p in (world.hub, world.one.store, world.two.store, world.three.store)] == [0] * 4


def test_dropped_too_early_it_would_come_back(tmp_path: Path) -> None:
    """What the tests above would not see if stamps did nothing."""
    world = Lagging(tmp_path)
    with world.hub.write() as conn:
        conn.execute(local.gone.delete())
    world.all_sync()
    assert heads(world.hub) == 1, "the replaced text stands as a second value"


def test_laptops_that_send_no_more_hold_nothing_back(tmp_path: Path) -> None:
    world = Lagging(tmp_path)
    world.clock.forward(days=119)
    world.two.sync()
    drop_gone(world.hub)
    assert stamps(world.hub) > 0, "silent, within its lease and the days for which it keeps what it sent"
    world.clock.forward(days=2)
    drop_gone(world.hub)
    assert stamps(world.hub) == 0
    world.all_sync()   # from a drawer after all
    assert heads(world.hub) == 1 and {"一台目", "二台目"} == {world.texts()[0], *_values(world.hub)}, "asked, not lost"


def _values(hub: Hub) -> list[str]:
    with hub.read() as conn:
        return [v.strip('"') for v in conn.execute(select(local.head.c.value).where(local.head.c.field == "text")).scalars()]


def test_a_stopped_laptop_holds_nothing_back(tmp_path: Path) -> None:
    world = Lagging(tmp_path)
    with world.hub.write() as conn:
        conn.execute(update(t.device).where(t.device.c.dev == f"{world.one.store.device()[0]:016x}").values(state="revoked"))
    world.clock.forward(minutes=1)
    assert drop_gone(world.hub) > 0
    assert stamps(world.hub) == 0


def test_shipped_data_sends_nothing_and_unknown_names_are_waited_for(tmp_path: Path) -> None:
    clock = SetClock()
    hub = a_hub(tmp_path / "hub", clock)
    now = int(clock().timestamp() * 1000)
    old = int((clock() - timedelta(days=121)).timestamp() * 1000)
    kept = f"{now << 16:016x}" + "a" * 16
    with hub.write() as conn:
        conn.execute(insert(local.gone), [
            {"type": "organization", "uid": "x", "field": "name", "stamp": s} for s in (
                f"{now << 16:016x}" + "0" * 16, kept, f"{old << 16:016x}" + "a" * 16)])
    assert drop_gone(hub) == 2
    with hub.read() as conn:
        assert conn.execute(select(local.gone.c.stamp)).scalars().all() == [kept]
    hub.close()


def test_a_held_change_has_not_come_yet(tmp_path: Path) -> None:
    world = Lagging(tmp_path)
    world.all_sync()
    dev = f"{world.one.store.device()[0]:016x}"
    with world.hub.write() as conn:   # taken in when the hub learns its type
        conn.execute(update(t.received).where(t.received.c.dev == dev).values(verdict="held"))
    before = stamps(world.hub)
    drop_gone(world.hub)
    assert stamps(world.hub) == before > 0


def test_a_desk_drops_what_its_journal_holds_once_a_day(tmp_path: Path) -> None:
    clock = SetClock()
    hub = a_hub(tmp_path / "hub", clock)
    body = a_body(hub)
    one, two, three = (a_desk(hub, tmp_path / n, a_person(hub, body, name=n), clock) for n in ("one", "two", "three"))
    _, _, line = a_visit(one, "はじめ")
    for desk in (one, two, three):
        desk.sync()
    put(one, line, "つぎ")   # comes as a change: of a row that comes whole no desk has the lines
    for desk in (one, two, three):
        desk.sync()
    for desk, text in ((one, "右"), (two, "左")):   # both replace what came: the second names what is there no more
        put(desk, line, text)
        desk.sync()
    clock.forward(days=1)
    three.sync()
    assert stamps(three.store) == 0, "dropped with the sync that brought both"
    with three.store.write() as conn:
        held = conn.execute(select(local.change).where(local.change.c.uid == line, local.change.c.dev != "x")).all()
        conn.execute(insert(local.gone), [{"type": "entry", "uid": line, "field": "text", "stamp": held[0].hlc + held[0].dev},
                                          {"type": "entry", "uid": line, "field": "text", "stamp": "f" * 32}])
    three.sync()
    assert stamps(three.store) == 2, "not twice a day"
    clock.forward(days=1)
    Exchange(three.store, three.link, three.known).run()
    with three.store.read() as conn:
        assert conn.execute(select(local.gone.c.stamp)).scalars().all() == ["f" * 32], "what has not come is waited for"
        assert not settled.is_due(conn, clock())
