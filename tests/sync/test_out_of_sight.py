"""Rows that left a laptop's sight while the hub could not say so: before a restore, or under another name."""

from __future__ import annotations

from sqlalchemy import select

from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub import accounts
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.sync.renewing import renew
from tests.sync.test_vouching import World, world, written

__all__ = ["world"]


def held(world: World, line: str) -> bool:
    with world.two.store.read() as conn:
        return conn.execute(select(Entry.uid).where(Entry.uid == line)).first() is not None


def hide(world: World, line: str) -> None:
    """The writer keeps the visit of a line to himself."""
    visit = world.one.store.get(Entry, line).consultation
    with world.one.store.operation("自分だけ") as op:
        op.put("consultation", visit, {"visibility": "P0"})


def test_a_row_made_and_hidden_since_the_backup_is_forgotten_by_who_had_it(world: World) -> None:
    """Seed 7000330: what came and went between backup and restore arrives at once, and was in nobody's scope then."""
    before = world.backup()
    line = written(world)
    assert held(world, line)
    hide(world, line)
    assert world.one.sync().left == 0   # the colleague has not heard of it
    world.go_back(before)
    world.one.sync()
    world.two.sync()
    assert not held(world, line)


def test_a_laptop_under_another_name_forgets_what_left_its_sight_before(world: World) -> None:
    """Seed 7002529: the order to forget went to the name it bore before."""
    line = written(world)
    assert held(world, line)
    hide(world, line)
    assert world.one.sync().left == 0
    renew(world.two.store)
    with world.hub.write() as conn:
        code = accounts.new_code(conn, world.colleague, world.hub.clock())
    enrol(world.two.store, Invitation("https://127.0.0.1:1", code, "f" * 32), "", "two", lambda _url, _ca: world.two.link)
    world.two.sync()
    assert not held(world, line)
