"""Programs of different versions on one hub: what one does not know the others still get, and an upgrade learns it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from kanto_desk.db import learning, local
from kanto_desk.db.apply import Change, apply, load
from kanto_desk.db.evolution import STEPS, Renamed, Step, lowered_parts, raised, raised_parts
from kanto_desk.db.migrations import RECORDS
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.masters import CodeEntry
from kanto_desk.db.schema import SCHEMA_VERSION, canonical, records
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import LEARNED, Hub, open_hub, put_value
from kanto_desk.sync import taking_in, wire
from tests.db.parts import SetClock, a_store
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

PLANTED = Step(2001, "the theme had another name before", renamed=(
    Renamed("consultation", "subject", "theme", str.upper, str.lower),))
PLANTED_STEPS = (*STEPS, PLANTED)
NEWER = 3000


def write(desk: Desk, type_name: str, uid: str, values: dict, sv: int = SCHEMA_VERSION, base: dict | None = None) -> str:
    """A change as a program of another version writes it on this laptop; gives its stamp."""
    with desk.store.write() as conn:
        device = conn.execute(select(local.device)).one()
        hlc = (int(device.hlc, 16) or 1 << 60) + 1
        made = Change(int(device.dev, 16), device.seq + 1, hlc, sv, f"tx{device.seq}", type_name, uid, values,
                      base or {}, "高橋", "2026-11-24T13:30:00+09:00")
        apply(conn, [made], "local")
        conn.execute(update(local.device).values(seq=made.seq, hlc=f"{hlc:016x}"))
    return made.stamp


def fields(conn, type_name: str, uid: str) -> dict:
    row = load(conn, [(type_name, uid)])[type_name, uid]
    return {n: row.get(n) for n in row.stamps}


def everything(desk: Desk) -> list:
    with desk.store.read() as conn:
        return [conn.execute(select(x).order_by(*x.primary_key.columns)).all()
                for x in (local.strange, local.head, local.gone)]


@pytest.fixture
def world(tmp_path: Path) -> tuple[Hub, Desk, Desk]:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    return hub, a_desk(hub, tmp_path / "one", person), a_desk(hub, tmp_path / "two", person)


def test_every_step_of_the_files_says_what_it_means_for_what_travels() -> None:
    assert [s.version for s in STEPS] == [s.version for s in RECORDS]
    assert RECORDS[-1].version == SCHEMA_VERSION
    for step in STEPS:
        assert step.says
        assert step.added <= set(records())
    added = {name for step in STEPS for name in step.added}
    assert added == {"outcome", "phrase", "saved_view", "organization_pair", "directory_fact"}


def test_a_type_nobody_knows_yet_travels_merges_and_stays(world) -> None:
    hub, one, two = world
    for desk in (one, two):
        desk.sync()
    first = write(one, "dispatch", "d" * 32, {"day": "2026-12-01", "odd": {"a": [1, None]}}, NEWER)
    assert one.sync().sent == 1
    two.sync()
    for conn_of in (hub.read, one.store.read, two.store.read):
        with conn_of() as conn:
            assert fields(conn, "dispatch", "d" * 32) == {"day": "2026-12-01", "odd": {"a": [1, None]}}
    write(one, "dispatch", "d" * 32, {"day": "右"}, NEWER, {"day": [first]})
    write(two, "dispatch", "d" * 32, {"day": "左"}, NEWER, {"day": [first]})
    for _ in range(2):
        one.sync()
        two.sync()
    assert everything(one) == everything(two)
    with two.store.read() as conn:
        other = conn.execute(select(local.head.c.value).where(local.head.c.type == "dispatch")).scalars().all()
        assert {fields(conn, "dispatch", "d" * 32)["day"], *map(json.loads, other)} == {"右", "左"}
    with one.store.read() as conn:
        assert conn.execute(select(local.change.c.sv).where(local.change.c.type == "dispatch")).scalars().all() == [NEWER] * 3
    with hub.read() as conn:
        placed = conn.execute(select(t.placed.c.scope).where(t.placed.c.type == "dispatch")).scalars().all()
    assert [p.split(":")[0] for p in placed] == ["person"], "nobody else sees what no rule is known for"


def test_a_stranger_gets_nothing_of_an_unknown_type_and_may_not_write_it(world, tmp_path: Path) -> None:
    hub, one, _ = world
    with hub.read() as conn:
        body = conn.execute(select(t.body.c.uid)).scalar_one()
    other = a_desk(hub, tmp_path / "other", a_person(hub, body, name="佐々木 亮"))
    write(one, "dispatch", "d" * 32, {"day": "秘密"}, NEWER)
    one.sync()
    other.sync()
    with other.store.read() as conn:
        assert not load(conn, [("dispatch", "d" * 32)])["dispatch", "d" * 32].exists
    write(other, "dispatch", "d" * 32, {"day": "書き換え"}, NEWER)
    assert other.sync().not_taken == 1
    with hub.read() as conn:
        assert fields(conn, "dispatch", "d" * 32)["day"] == "秘密"


def test_a_first_fill_brings_unknown_types_whole(world, tmp_path: Path) -> None:
    hub, one, _ = world
    write(one, "dispatch", "d" * 32, {"day": "2026-12-01"}, NEWER)
    one.sync()
    with hub.read() as conn:
        person = conn.execute(select(t.person.c.uid)).scalar_one()
    late = a_desk(hub, tmp_path / "late", person)
    late.sync()
    with late.store.read() as conn:
        assert fields(conn, "dispatch", "d" * 32) == {"day": "2026-12-01"}


def test_unknown_fields_survive_an_older_desk(world) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    one.sync()
    write(one, "consultation", visit, {"mood": "明るい"}, NEWER)
    one.sync()
    two.sync()
    with two.store.operation("直す") as op:
        op.put("consultation", visit, {"theme": "航空機への参入"})
    two.sync()
    one.sync()
    for conn_of in (hub.read, one.store.read, two.store.read):
        with conn_of() as conn:
            found = fields(conn, "consultation", visit)
            assert (found["mood"], found["theme"]) == ("明るい", "航空機への参入")


def test_a_desk_learns_at_its_upgrade_what_it_kept(tmp_path: Path) -> None:
    store = a_store(tmp_path / "one")
    desk = Desk(store, None)  # type: ignore[arg-type]
    newer = {"list_id": "CL32", "code": "x1", "name": "新しい支援"}
    with store.write() as conn:   # as the program before left it: code_entry unknown, theme unknown
        conn.execute(insert(local.strange), [{
            "type": "code_entry", "uid": "c" * 32, "_stamps": json.dumps({"1" * 32: "code name"}),
            "_unknown": canonical({"code": newer["code"], "name": newer["name"]}), "_updated": 1}])
    write(desk, "consultation", "v" * 32, {"mood": "x"}, NEWER)
    with store.write() as conn:
        conn.execute(text("UPDATE consultation SET _unknown = :u, _stamps = :s"), {
            "u": canonical({"theme": "医療機器", "held_on": ["no", "day"], "mood": "x"}),
            "s": json.dumps({"2" * 32: "theme held_on mood"})})
    with store.write() as conn:
        touched = learning.learn(conn, 0, store.projections)
        assert learning.learn(conn, 0, store.projections) == set()
    assert touched == {("code_entry", "c" * 32), ("consultation", "v" * 32)}
    assert store.get(Consultation, "v" * 32).theme == "医療機器"
    assert store.get(CodeEntry, "c" * 32).name == "新しい支援"
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(local.strange)).scalar_one() == 0
        kept = json.loads(conn.execute(text("SELECT _unknown FROM consultation")).scalar_one())
    assert kept == {"held_on": ["no", "day"], "mood": "x"}, "a value of another kind stays as it came"


def test_a_hub_learns_at_its_upgrade_and_tells_those_who_may_see_it(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    body = a_body(hub)
    one = a_desk(hub, tmp_path / "one", a_person(hub, body))
    colleague = a_desk(hub, tmp_path / "two", a_person(hub, body, name="佐々木 亮"))
    _, visit, line = a_visit(one)
    for desk in (one, colleague, one):
        desk.sync()
    late = write(one, "entry", "e" * 32, {"consultation": visit, "kind": "said", "text": "あとから"})
    one.sync()
    with hub.write() as conn:   # as a hub that knew neither entries nor themes would have kept them
        for uid in (line, "e" * 32):
            row = load(conn, [("entry", uid)])["entry", uid]
            conn.execute(text("DELETE FROM entry WHERE uid = :u"), {"u": uid})
            conn.execute(insert(local.strange), [{"type": "entry", "uid": uid, "_stamps": json.dumps(
                {s: " ".join(n for n in row.stamps if row.stamps[n] == s) for s in set(row.stamps.values())}),
                "_unknown": canonical(row.values), "_updated": 1}])
        conn.execute(t.placed.delete().where(t.placed.c.type == "entry"))
        conn.execute(t.event.delete().where(t.event.c.uid == "e" * 32))
        conn.execute(text("DROP TABLE outcome"))
        conn.execute(text("ALTER TABLE consultation DROP COLUMN theme"))
        put_value(conn, LEARNED, 1001)
    hub.close()
    again = open_hub(tmp_path / "hub", SetClock())
    one.link.hub = colleague.link.hub = again
    with again.read() as conn:
        assert fields(conn, "entry", "e" * 32)["text"] == "あとから"
        conn.execute(text("SELECT count(*) FROM outcome"))
        conn.execute(text("SELECT theme FROM consultation"))
    colleague.sync()
    with colleague.store.read() as conn:
        assert fields(conn, "entry", "e" * 32)["text"] == "あとから"
        assert late in load(conn, [("entry", "e" * 32)])["entry", "e" * 32].stamps.values()
    again.close()


def test_what_was_held_as_newer_is_taken_in_after_the_upgrade(world, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    one.sync()
    with hub.write() as conn:   # as hubs before this version did with types that they did not know
        dev = f"{one.store.device()[0]:016x}"
        conn.execute(insert(t.received), [{
            "n": 99_000, "dev": dev, "seq": 99, "hlc": "f" * 12 + "0000", "sv": 1, "tx": "t", "type": "entry",
            "uid": "e" * 32, "set": canonical({"consultation": visit, "kind": "said", "text": "保留だった行"}),
            "base": "{}", "by": "", "wall": "", "hash": b"", "verdict": "held", "reason": "newer", "at": ""}])
        conn.execute(update(t.counter).where(t.counter.c.name == "n").values(value=99_000))
        conn.execute(t.counter.delete().where(t.counter.c.name == "own"))
        conn.execute(text("DROP TABLE strange"))
        conn.execute(t.hub.delete().where(t.hub.c.key == LEARNED))
    hub.close()
    again = open_hub(tmp_path / "hub", SetClock())
    two.link.hub = again
    two.sync()
    with two.store.read() as conn:
        assert fields(conn, "entry", "e" * 32)["text"] == "保留だった行"
    with again.read() as conn:
        assert conn.execute(select(t.counter.c.value).where(t.counter.c.name == "own")).scalar_one() == 0
        assert conn.execute(select(func.count()).select_from(local.strange)).scalar_one() == 0
    again.close()


def test_the_last_real_step_needs_no_other_names_either_way() -> None:
    old = Change(7, 1, 1 << 60, 1, "t", "consultation", "v", {"theme": "甲"}, {"theme": ["0" * 32]}, "", "")
    new = raised(old)
    assert (new.set, new.base, new.sv) == (old.set, old.base, SCHEMA_VERSION)
    for sv in (1, 1004, 1005):
        assert lowered_parts("consultation", sv, new.set, new.base) == (old.set, old.base)
    assert raised(Change(7, 1, 1 << 60, NEWER, "t", "x", "v", {"a": 1}, {}, "", "")).sv == NEWER


def test_a_planted_rename_is_understood_both_ways() -> None:
    sets, base = raised_parts("consultation", 1005, {"subject": "abc", "odd": 1}, {"subject": ["s"]}, PLANTED_STEPS)
    assert (sets, base) == ({"theme": "ABC", "odd": 1}, {"theme": ["s"]})
    assert lowered_parts("consultation", 1005, sets, base, PLANTED_STEPS) == (
        {"subject": "abc", "odd": 1}, {"subject": ["s"]})
    assert lowered_parts("consultation", 2001, sets, base, PLANTED_STEPS) == (sets, base)
    assert raised_parts("organization", 1005, {"subject": "abc"}, {}, PLANTED_STEPS)[0] == {"subject": "abc"}



def test_an_older_desk_and_a_newer_one_edit_one_field_through_the_hub(world) -> None:
    hub, older, newer = world
    hub.steps = PLANTED_STEPS
    assert PLANTED.version > SCHEMA_VERSION
    write(older, "consultation", "v" * 32, {"subject": "abc"})
    older.sync()
    with hub.read() as conn:
        assert fields(conn, "consultation", "v" * 32) == {"theme": "ABC"}
        body = conn.execute(select(t.received.c.set)).scalar_one()
    assert json.loads(body) == {"theme": "ABC"}
    hub.steps = STEPS   # the newer desk asks: it is answered in the names of its version, which are the hub's
    newer.sync()
    assert newer.store.get(Consultation, "v" * 32).theme == "ABC"
    with newer.store.operation("直す") as op:
        op.put("consultation", "v" * 32, {"theme": "XYZ"})
    newer.sync()
    hub.steps = PLANTED_STEPS
    older.sync()
    with older.store.read() as conn:
        assert fields(conn, "consultation", "v" * 32) == {"subject": "xyz"}
        assert conn.execute(select(func.count()).select_from(local.head)).scalar_one() == 0
        assert conn.execute(select(func.count()).select_from(local.gone)).scalar_one() == 0
        seen = load(conn, [("consultation", "v" * 32)])["consultation", "v" * 32].stamps["subject"]
    write(older, "consultation", "v" * 32, {"subject": "again"}, base={"subject": [seen]})
    older.sync()
    with hub.read() as conn:
        assert fields(conn, "consultation", "v" * 32) == {"theme": "AGAIN"}
        assert conn.execute(select(func.count()).select_from(local.head)).scalar_one() == 0


def test_an_upgrade_joins_a_field_with_its_former_name(tmp_path: Path) -> None:
    store = a_store(tmp_path / "one")
    desk = Desk(store, None)  # type: ignore[arg-type]
    first = write(desk, "consultation", "v" * 32, {"subject": "abc"})
    second = write(desk, "consultation", "v" * 32, {"theme": "XYZ"}, NEWER, {"theme": [first]})
    beside = write(desk, "consultation", "v" * 32, {"theme": "BESIDE"}, NEWER, {"theme": [first]})
    with store.write() as conn:
        learning.learn(conn, SCHEMA_VERSION, store.projections, PLANTED_STEPS)
        row = load(conn, [("consultation", "v" * 32)])["consultation", "v" * 32]
        assert (row.values, row.unknown, row.stamps) == ({"theme": "BESIDE"}, {}, {"theme": beside})
        heads = conn.execute(select(local.head.c.field, local.head.c.stamp, local.head.c.value)).all()
        assert heads == [("theme", second, '"XYZ"')]
        assert set(conn.execute(select(local.gone.c.field, local.gone.c.stamp)).all()) == {("theme", first)}


def test_a_row_of_an_older_hub_comes_in_this_programs_names(tmp_path: Path) -> None:
    store = a_store(tmp_path / "one")
    row = wire.WireRow("consultation", "v" * 32, 5, {"theme": {"1" * 32: "甲"}})
    with store.write() as conn:
        came = taking_in.take_in(conn, [wire.Event(5, row=row)], 0, 0, store.projections)
    assert came.touched == {("consultation", "v" * 32)}
    assert store.get(Consultation, "v" * 32).theme == "甲"
