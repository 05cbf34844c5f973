"""A long note edited on two laptops: the hub joins it where both edits are clearly apart, and leaves both where not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub import tables as t
from kanto_desk.hub.notes import WRITER, device_of
from kanto_desk.hub.opening import Hub, new_epoch, put_value, value_of
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

BASE = "甲社を訪ねた。受注は減っている。設備は古い。補助金に関心がある。次は来月。"
LEFT = BASE.replace("甲社を訪ねた。", "甲社の本社を訪ねた。")
RIGHT = BASE.replace("次は来月。", "次は12月10日。見積もりを頼む。")
BOTH = LEFT.replace("次は来月。", "次は12月10日。見積もりを頼む。")


@pytest.fixture
def world(tmp_path: Path) -> tuple[Hub, Desk, Desk, str, str]:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    one, two = (a_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    _, visit, line = a_visit(one, BASE)
    one.sync()
    two.sync()
    return hub, one, two, visit, line


def put(desk: Desk, line: str, text: str) -> None:
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": text})


def heads(desk: Desk | Hub) -> set[str]:
    reader = desk.store.read if isinstance(desk, Desk) else desk.read
    with reader() as conn:
        return {json.loads(v) for v in conn.execute(select(local.head.c.value)).scalars()}


def texts(line: str, *desks: Desk) -> set[str]:
    return {desk.store.get(Entry, line).text for desk in desks}


def test_edits_apart_are_joined_for_everybody_and_the_history_says_so(world) -> None:
    hub, one, two, _, line = world
    put(one, line, LEFT)
    put(two, line, RIGHT)
    one.sync()
    two.sync()
    assert texts(line, two) == {BOTH}, "in the same trip"
    one.sync()
    assert texts(line, one, two) == {BOTH}
    assert heads(one) == heads(two) == heads(hub) == set()
    with one.store.read() as conn:
        mine = conn.execute(select(local.change).where(local.change.c.by == WRITER)).one()
        assert len(json.loads(mine.base)["text"]) == 2
        assert set(conn.execute(select(local.change.c.set).where(local.change.c.uid == line)).scalars()) >= {
            json.dumps({"text": LEFT}, ensure_ascii=False, separators=(",", ":")),
            json.dumps({"text": RIGHT}, ensure_ascii=False, separators=(",", ":"))}, "what was typed stays in the journal"
    put(one, line, BOTH + "追記。")
    one.sync()
    two.sync()
    assert texts(line, one, two) == {BOTH + "追記。"} and heads(two) == set()


def test_several_edits_on_one_side_still_find_what_both_began_from(world) -> None:
    _, one, two, _, line = world
    for text in (LEFT.replace("設備は古い。", "設備はとても古い。"), LEFT):
        put(one, line, text)
    put(two, line, RIGHT)
    two.sync()
    one.sync()
    two.sync()
    assert texts(line, one, two) == {BOTH}


def test_edits_that_touch_stay_both(world) -> None:
    hub, one, two, _, line = world
    put(one, line, LEFT)
    put(two, line, BASE.replace("受注は減っている。", "受注は増えている。"))
    for desk in (one, two, one):
        desk.sync()
    assert len(heads(hub)) == 1 and heads(one) == heads(two) == heads(hub)


def test_three_sides_are_left_to_people(world, tmp_path: Path) -> None:
    hub, one, two, _, line = world
    put(one, line, BASE.replace("甲社を訪ねた。", "い。"))
    put(two, line, BASE.replace("甲社を訪ねた。", "ろ。"))
    one.sync()
    two.sync()
    assert len(heads(hub)) == 1
    with hub.read() as conn:
        person = conn.execute(select(t.person.c.uid)).scalar_one()
    three = a_desk(hub, tmp_path / "three", person)
    three.sync()
    with three.store.operation("直す") as op:
        op.put("entry", line, {"text": RIGHT})
    three.sync()
    assert len(heads(hub)) == 1


def test_what_was_issued_is_never_joined(world) -> None:
    hub, one, two, visit, line = world
    with one.store.operation("確定") as op:
        op.add("version", {"record_type": "consultation", "record": visit, "n": 1, "body": {}, "sha256": "a" * 64})
    put(one, line, LEFT)
    put(two, line, RIGHT)
    for desk in (one, two, one):
        desk.sync()
    assert len(heads(hub)) == 1 and len(heads(one)) == 1


def test_short_fields_and_other_kinds_are_not_joined(world) -> None:
    hub, one, two, visit, _ = world
    for desk, theme in ((one, "甲。乙。丙。丁2。"), (two, "甲2。乙。丙。丁。")):
        with desk.store.operation("直す") as op:
            op.put("consultation", visit, {"theme": theme})
    for desk in (one, two, one):
        desk.sync()
    assert len(heads(hub)) == 1


def test_the_hub_writes_under_another_name_after_a_restore(world) -> None:
    hub, *_ = world
    with hub.write() as conn:
        before = device_of(value_of(conn, "epoch"))
        put_value(conn, "epoch", new_epoch())
        assert device_of(value_of(conn, "epoch")) != before
        assert conn.execute(select(func.count()).select_from(t.received)).scalar_one() == 3
