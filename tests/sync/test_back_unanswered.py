"""A hub takes changes and goes back to a backup before their writer hears of it; somebody else has read them by then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.schema import canonical
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.sync.client import Exchange
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.sync.renewing import forget_reading
from tests.sync.oracle import check
from tests.sync.simulated import known_of
from tests.sync.simulator import Cut, SimDesk, World, a_world, another_desk, back_up, restore
from tests.sync.stick_histories import Sticks, desk_makes, desk_takes, give_keys, hub_makes, hub_takes

NAMES = ("宮坂精密", "宮坂精密工業", "ミヤサカ精密")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[World, SimDesk, SimDesk, str, str]]:
    """A hub with a backup, two laptops of one person with two companies; the first is to write, the second to read."""
    world = a_world(1, tmp_path)
    writer = world.desks[0]
    reader = another_desk(world, writer)
    for desk in world.desks:
        desk.quiet = True
    give_keys(world)
    with writer.store.operation("企業") as op:
        company, other = (op.add("organization", {"name": NAMES[0]}) for _ in range(2))
    assert writer.sync() and reader.sync()
    back_up(world)
    yield world, writer, reader, company, other
    for desk in world.desks:
        desk.store.close()
    world.hub.close()


def renames(desk: SimDesk, company: str, name: str) -> None:
    with desk.store.operation("直す") as op:
        op.put("organization", company, {"name": name})


def unanswered(desk: SimDesk) -> None:
    """The hub takes what this laptop sends, and its answer is lost."""
    def link(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        desk.carried(path, headers, body)
        raise Cut("after")

    with pytest.raises(Cut):
        Exchange(desk.store, link, known_of(desk)).run()


def never(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, bytes]:
    """A link by which nothing arrives."""
    raise Cut("before")


def in_order(world: World, *desks: SimDesk) -> None:
    """Everybody syncs, these first, until nothing moves; then all hold the same."""
    for _ in range(3):
        for desk in (*desks, *(d for d in world.desks if d not in desks)):
            assert desk.sync()
    check(world)


def test_a_change_whose_answer_was_lost_comes_back_to_who_had_read_it(world) -> None:
    """Seed 81292 of the histories with sticks."""
    world, writer, reader, company, _ = world
    renames(writer, company, NAMES[1])
    unanswered(writer)
    assert reader.sync()
    restore(world)
    in_order(world, reader, writer)


def test_so_does_one_that_lay_in_the_queue_behind_what_the_hub_still_holds(world) -> None:
    """The hub asks for more than it was sent, and what it asks for comes in the new epoch."""
    world, writer, reader, company, other = world
    renames(writer, company, NAMES[1])
    assert writer.sync()
    renames(writer, other, NAMES[2])
    unanswered(writer)
    assert reader.sync()
    restore(world)
    in_order(world, reader, writer)


def test_so_does_one_that_left_on_a_stick_before_an_answer_told_of_the_new_epoch(world) -> None:
    world, writer, reader, company, _ = world
    sticks = Sticks(world)
    renames(writer, company, NAMES[1])
    hub_takes(sticks, desk_makes(sticks, writer))
    assert reader.sync()
    restore(world)
    world.kinds["hub restored"] += 1
    desk_takes(sticks, writer, hub_makes(sticks, writer))
    in_order(world, reader, writer)


def test_so_does_one_that_comes_again_on_a_stick(world) -> None:
    world, writer, reader, company, _ = world
    sticks = Sticks(world)
    renames(writer, company, NAMES[1])
    unanswered(writer)
    assert reader.sync()
    stick = desk_makes(sticks, writer)
    restore(world)
    assert reader.sync()
    hub_takes(sticks, stick)
    in_order(world, reader, writer)


def test_so_does_one_of_a_stick_that_is_handed_in_twice(world) -> None:
    world, writer, reader, company, _ = world
    sticks = Sticks(world)
    renames(writer, company, NAMES[1])
    stick = desk_makes(sticks, writer)
    hub_takes(sticks, stick)
    assert reader.sync()
    restore(world)
    assert reader.sync()
    hub_takes(sticks, stick)
    in_order(world, reader, writer)


def test_what_is_refused_from_a_stick_handed_in_twice_is_forgotten_by_who_had_read_it(world) -> None:
    """Seed 610049: the writer had lost his role meanwhile, and nothing yet had told the hub that anything comes again."""
    world, writer, reader, _, _ = world
    sticks = Sticks(world)
    with writer.store.operation("企業") as op:
        op.add("organization", {"name": NAMES[2]})
    stick = desk_makes(sticks, writer)
    hub_takes(sticks, stick)
    assert reader.sync()
    restore(world)
    with world.hub.write() as conn:
        for grant in conn.execute(select(t.grant.c.uid).where(t.grant.c.person == writer.person)).scalars().all():
            accounts.end_grant(conn, grant)
    hub_takes(sticks, stick)
    in_order(world, reader, writer)


def test_so_does_one_of_a_laptop_that_the_hub_does_not_know_any_more(world) -> None:
    """It joined after the backup, and joins again under its name."""
    world, writer, reader, company, _ = world
    late = another_desk(world, writer)
    late.quiet = True
    give_keys(world)
    assert late.sync()
    renames(late, company, NAMES[1])
    unanswered(late)
    assert reader.sync()
    restore(world)
    with world.hub.write() as conn:
        code = accounts.new_code(conn, late.person, world.hub.clock())
    enrol(late.store, Invitation("", code, ""), "", late.name, lambda _url, _authority: late.carried, forget_reading)
    in_order(world, reader, writer, late)


def test_what_was_written_meanwhile_and_never_left_comes_as_changes(world) -> None:
    """Nobody can have read it: it goes into everybody's journal, who wrote it and when, which a whole row does not."""
    world, writer, reader, company, other = world
    renames(writer, company, NAMES[1])
    unanswered(writer)
    assert reader.sync()
    restore(world)
    renames(writer, other, NAMES[2])
    in_order(world, reader, writer)
    with reader.store.read() as conn:
        came = conn.execute(select(local.change.c.set).where(local.change.c.uid == other)).scalars().all()
    assert came == [canonical({"name": NAMES[2]})]


def test_a_hub_that_never_went_back_gives_what_was_sent_twice_as_changes(world) -> None:
    world, writer, reader, company, _ = world
    renames(writer, company, NAMES[1])
    with pytest.raises(Cut):
        Exchange(writer.store, never, known_of(writer)).run()
    in_order(world, writer, reader)
    with reader.store.read() as conn:
        came = conn.execute(select(local.change.c.set).where(local.change.c.uid == company)).scalars().all()
    assert came == [canonical({"name": NAMES[1]})]
