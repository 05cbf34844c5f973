"""Processes that die or find their disk full, at some places of every run; all by `python -m tests.sync.kills --each`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kanto_desk.db.leftovers import OLD_SECONDS, drop_leftovers
from kanto_desk.sync.client import Exchange
from tests.hub import own_postgresql
from tests.hub.own_postgresql import Server
from tests.sync import dying, dying_desks, dying_postgresql, kills
from tests.sync.kills import SITUATIONS
from tests.sync.scenes import Scene
from tests.sync.simulator import Cut, World
from tests.sync.stick_histories import known_of
from tests.sync.turns import by_commit, turn

AT_ONCE = 2
"""States of each situation that are tried in one run, from where the commit points to."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL that needs no disk: it does not die."""
    if own_postgresql.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with own_postgresql.running(*dying_postgresql.SETTINGS) as running:
        yield running


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_a_process_that_died_is_gone_on_with(name: str, tmp_path: Path) -> None:
    done = kills.try_places(name, tmp_path, most=AT_ONCE, first=by_commit())
    assert done.tried == AT_ONCE and done.places > 100 and done.states >= 5, f"first state {by_commit() % done.states}"


def test_after_a_kill_between_batches_at_most_one_goes_again(tmp_path: Path) -> None:
    assert kills.try_places("batches", tmp_path, most=3).states > 12


def test_a_laptop_that_sends_two_batches_again_is_noticed(tmp_path: Path) -> None:
    def lose_answers(world: World) -> None:
        desk = world.desks[0]

        def lost(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            desk.link(path, headers, body)
            raise Cut("after")

        for _ in range(2):
            with suppress(Cut):
                Exchange(desk.store, lost, known_of(desk), most=dying.BATCH).run()
        dying.send_in_batches(world)

    def scene(folder: Path) -> Scene:
        return replace(dying.in_batches(folder), after=lose_answers)

    with pytest.raises(AssertionError, match="2 batches went again"):
        kills.try_places("batches", tmp_path, most=1, situations={"batches": scene})


@pytest.mark.parametrize("name", turn(list(dying_postgresql.NAMES), 1))
def test_a_process_that_died_leaves_postgresql_nothing_half_done(name: str, server: Server, tmp_path: Path) -> None:
    done = kills.try_places(name, tmp_path, most=AT_ONCE, first=by_commit(),
                            situations=dying_postgresql.situations(server))
    assert done.tried == AT_ONCE and done.places > 100 and done.states >= 5, f"first state {by_commit() % done.states}"


@pytest.mark.parametrize("name", [*dying.SITUATIONS, *turn(list(dying_desks.SITUATIONS), 1)])
def test_a_full_disk_leaves_everything_to_go_on_with(name: str, tmp_path: Path) -> None:
    try:
        with kills.small_disk(tmp_path) as folder:
            done = kills.try_places(name, folder, most=1, first=by_commit(), full=True)
    except PermissionError as no:
        pytest.skip(f"no disk of its own can be mounted here: {no}")
    assert done.tried == 1


def test_what_a_dead_process_left_goes_after_a_day_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.kdx.1.new", ".b.kdx.2.new", "c.kdx"):
        (tmp_path / name).write_bytes(b"x")
    old = tmp_path / ".restoring-x"
    (old / "in").mkdir(parents=True)
    past = (tmp_path / "c.kdx").stat().st_mtime - OLD_SECONDS - 5
    for each in (tmp_path / ".a.kdx.1.new", tmp_path / "c.kdx", old):
        os.utime(each, (past, past))
    assert drop_leftovers(tmp_path, ".*.kdx.*.new") == 1 and drop_leftovers(tmp_path, ".restoring-*") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [".b.kdx.2.new", "c.kdx"]
    assert drop_leftovers(tmp_path / "none", "*") == 0
