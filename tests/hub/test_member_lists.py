"""A list of codes ticked on several laptops apart: the hub joins it member by member, and everybody has the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.hub.notes import WRITER
from kanto_desk.services import contested
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


@pytest.fixture
def world(tmp_path: Path) -> tuple[list[Desk], str]:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    desks = [a_desk(hub, tmp_path / name, person) for name in ("one", "two", "three")]
    _, visit, _ = a_visit(desks[0])
    around(desks)
    return desks, visit


def around(desks: list[Desk]) -> None:
    for desk in (*desks, *desks):
        desk.sync()


def tick(desk: Desk, visit: str, *members: str) -> None:
    with desk.store.operation("直す") as op:
        op.put("consultation", visit, {"responses": members})


def stands(desks: list[Desk], visit: str) -> tuple[str, ...] | None:
    found, = {desk.store.get(Consultation, visit).responses for desk in desks}
    return found


def asked(desks: list[Desk]) -> list[int]:
    return [contested.count(desk.store) for desk in desks]


def test_a_member_ticked_on_each_laptop_stands_on_all_and_both_are_in_the_history(world) -> None:
    desks, visit = world
    for desk, member in zip(desks, "123", strict=True):   # nobody had ticked anything before
        tick(desk, visit, member)
    around(desks)
    assert sorted(stands(desks, visit) or ()) == ["1", "2", "3"] and asked(desks) == [0, 0, 0]
    for desk in desks:
        with desk.store.read() as conn:
            c = local.change.c
            written = set(conn.execute(select(c.set).where(c.uid == visit)).scalars())
            assert {json.dumps({"responses": [m]}, separators=(",", ":")) for m in "123"} <= written
            assert conn.execute(select(func.count()).where(c.by == WRITER)).scalar_one() == 2
            assert conn.execute(select(func.count()).select_from(local.head)).scalar_one() == 0


def test_one_adds_and_one_takes_away(world) -> None:
    desks, visit = world
    tick(desks[0], visit, "1", "2")
    around(desks)
    tick(desks[0], visit, "2")
    tick(desks[1], visit, "1", "2", "3")
    tick(desks[2], visit, "1", "2", "4")
    tick(desks[2], visit, "1", "2", "4", "5")
    around(desks)
    assert sorted(stands(desks, visit) or ()) == ["2", "3", "4", "5"] and asked(desks) == [0, 0, 0]


def test_another_order_is_left_to_people(world) -> None:
    desks, visit = world
    tick(desks[0], visit, "1", "2")
    around(desks)
    tick(desks[0], visit, "2", "1")
    tick(desks[1], visit, "1", "2", "3")
    around(desks)
    assert asked(desks) == [1, 1, 1]


def test_a_decision_is_joined_with_what_a_third_laptop_ticked_meanwhile(world) -> None:
    desks, visit = world
    tick(desks[0], visit, "1", "2")
    around(desks)
    tick(desks[0], visit, "2", "1")
    tick(desks[1], visit, "1", "2", "3")
    for desk in (desks[0], desks[1], desks[0]):
        desk.sync()
    tick(desks[2], visit, "1", "2", "5")
    one, = contested.listing(desks[0].store)
    contested.settle(desks[0].store, [(one, ["1", "2", "3"])])
    around(desks)
    assert sorted(stands(desks, visit) or ()) == ["1", "2", "3", "5"]
    assert asked(desks) == [0, 0, 0]
