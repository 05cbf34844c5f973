"""Companies merged on laptops apart: the same one stands for both everywhere, and it can be taken apart anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.services import duplicates, organizations, uniting
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person


@pytest.fixture
def laptops(tmp_path: Path) -> tuple[Desk, Desk]:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    return a_desk(hub, tmp_path / "one", person), a_desk(hub, tmp_path / "two", person)


@pytest.fixture
def twins(laptops: tuple[Desk, Desk]) -> tuple[str, str]:
    one, two = laptops
    low, high = sorted((organizations.create(one.store, {"name": "湖南精工", "phone": "0266-52-1111"}),
                        organizations.create(one.store, {"name": "コナン精工", "phone": "0266-52-2222"})))
    together(one, two)
    return low, high


def together(*desks: Desk) -> None:
    for desk in (*desks, *desks):
        desk.sync()


def test_crosswise_mergers_converge_and_are_taken_apart_on_the_other_laptop(laptops, twins) -> None:
    (one, two), (low, high) = laptops, twins
    uniting.merge(one.store, low, high)
    uniting.merge(two.store, high, low)
    together(one, two)
    for desk in (one, two):
        assert organizations.get(desk.store, low).uid == organizations.get(desk.store, high).uid == low
        assert [u.uid for u in organizations.profile(desk.store, low).united] == [high]
    uniting.part(two.store, low, high)
    together(one, two)
    for desk in (one, two):
        assert organizations.get(desk.store, high).uid == high
        assert organizations.profile(desk.store, low).united == ()


def test_taken_apart_after_a_sync_and_further_edits_on_the_laptop_that_did_not_merge(laptops, twins) -> None:
    (one, two), (low, high) = laptops, twins
    before = [organizations.get(one.store, uid).wire() for uid in twins]
    uniting.merge(one.store, low, high, {"name", "phone"})
    together(one, two)
    assert organizations.get(two.store, low).name == before[1]["name"] != before[0]["name"]
    organizations.edit(two.store, low, {"city": "諏訪市"})
    together(one, two)
    assert uniting.part(two.store, low, high).left == ()
    together(one, two)
    for desk in (one, two):
        after = [organizations.get(desk.store, uid).wire() for uid in twins]
        assert after == [before[0] | {"city": "諏訪市"}, before[1]]


def test_another_company_is_known_on_the_other_laptop(laptops, twins) -> None:
    one, two = laptops
    for uid in twins:
        organizations.edit(one.store, uid, {"name": "湖南精工", "phone": "0266-52-1111"})
    together(one, two)
    assert len(duplicates.probable(two.store)) == 1
    duplicates.keep_apart(one.store, *twins)
    together(one, two)
    assert duplicates.probable(two.store) == []
