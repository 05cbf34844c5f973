"""Conditions kept under a name: made, replaced, renamed, deleted and brought back; bad ones never break anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.errors import Refused
from kanto_desk.services import desk as desks
from kanto_desk.services import history, views
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE


def names(desk: Desk, page: str | None = None) -> list[str]:
    return [view.name for view in views.listing(desk.store, page)]


def test_views_are_kept_in_the_order_of_their_making(desk: Desk) -> None:
    for name in ("諏訪の加工", "ごぶさた", "あ"):
        views.keep(desk.store, "companies", name, {"query": name})
    views.keep(desk.store, "visits", "今年度", {"year": "this"})
    assert names(desk, "companies") == ["諏訪の加工", "ごぶさた", "あ"]
    assert names(desk, "visits") == ["今年度"] and len(names(desk)) == 4


def test_a_view_of_the_same_name_takes_the_new_conditions(desk: Desk) -> None:
    first = views.keep(desk.store, "companies", "諏訪", {"query": "すわ"})
    assert views.keep(desk.store, "companies", " 諏訪 ", {"starred": True}) == first
    assert [dict(v.conditions) for v in views.listing(desk.store)] == [{"starred": True}]
    history.undo(desk.store, ("saved_view", first))
    assert [dict(v.conditions) for v in views.listing(desk.store)] == [{"query": "すわ"}]


def test_rename_and_its_refusals(desk: Desk) -> None:
    one = views.keep(desk.store, "companies", "一", {})
    views.keep(desk.store, "companies", "二", {})
    views.rename(desk.store, one, "三")
    assert names(desk) == ["三", "二"]
    for bad in ("", "　", "二", "長" * 41):
        with pytest.raises(Refused):
            views.rename(desk.store, one, bad)
    assert names(desk) == ["三", "二"]


def test_a_deleted_view_comes_back(desk: Desk) -> None:
    uid = views.keep(desk.store, "companies", "諏訪", {"query": "すわ"})
    views.delete(desk.store, uid)
    assert names(desk) == [] and views.get(desk.store, uid) is None
    with pytest.raises(Refused):
        views.rename(desk.store, uid, "岡谷")
    history.undo(desk.store, ("saved_view", uid))
    view = views.get(desk.store, uid)
    assert view is not None and dict(view.conditions) == {"query": "すわ"}


def test_views_survive_a_restart(tmp_path: Path, clock: SetClock) -> None:
    desk = desks.create(tmp_path / "home", PASSPHRASE, person="高橋", clock=clock, cost=CHEAP)
    views.keep(desk.store, "companies", "諏訪", {"prefectures": ["20"]})
    desk.close()
    desk = desks.unlock(tmp_path / "home", PASSPHRASE, clock=clock, cost=CHEAP)
    try:
        assert [(v.name, dict(v.conditions)) for v in views.listing(desk.store)] == [("諏訪", {"prefectures": ["20"]})]
    finally:
        desk.close()


@pytest.mark.parametrize("conditions", [None, [], "x", 3])
def test_conditions_that_are_none_read_as_empty(desk: Desk, conditions: object) -> None:
    with desk.store.operation("test") as op:
        op.add("saved_view", {"name": "壊れた条件", "page": "companies", "conditions": conditions})
    assert [dict(v.conditions) for v in views.listing(desk.store)] == [{}]
