"""On a real PostgreSQL: unknown types, an upgrade of the tables, sticks, and notes that the hub joins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, text

from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import LEARNED, create, open_hub, put_value
from kanto_desk.hub.settled import drop_gone
from tests.db.parts import SetClock
from tests.hub.test_notes import BASE, BOTH, LEFT, RIGHT, put
from tests.sync.bundles import a_stick_desk, there_and_back
from tests.sync.parts import a_body, a_person
from tests.sync.test_evolution import NEWER, fields, write
from tests.sync.test_exchange import a_visit
from tests.sync.test_settled import Lagging, stamps


def test_everything_that_is_new_works_on_postgresql_too(postgresql: Callable[[], str], tmp_path: Path) -> None:
    address = postgresql()
    hub = create(tmp_path / "hub", SetClock(), "事務局", address)
    person = a_person(hub, a_body(hub))
    one, two = (a_stick_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    _, visit, line = a_visit(one, BASE)
    write(one, "dispatch", "d" * 32, {"day": "2026-12-01", "odd": [1, {"a": None}]}, NEWER)
    for n, desk in enumerate((one, two)):
        there_and_back(hub, desk, tmp_path, f"a{n}")
    with two.store.read() as conn:
        assert fields(conn, "dispatch", "d" * 32) == {"day": "2026-12-01", "odd": [1, {"a": None}]}
    put(one, line, LEFT)
    put(two, line, RIGHT)
    for n, desk in enumerate((one, two, one)):
        there_and_back(hub, desk, tmp_path, f"b{n}")
    assert {desk.store.get(Entry, line).text for desk in (one, two)} == {BOTH}
    with hub.write() as conn:   # as an older program would have left it
        conn.execute(text("DROP TABLE outcome"))
        conn.execute(text("ALTER TABLE consultation DROP COLUMN advice"))
        conn.execute(text("""UPDATE consultation SET _unknown = '{"advice":"助言する"}',"""
                          """_stamps = replace(_stamps, ' theme', ' advice theme')"""))
        stamps = conn.execute(text("SELECT _stamps FROM consultation")).scalar_one()
        put_value(conn, LEARNED, 1001)
    hub.close()
    assert "advice" in stamps
    again = open_hub(tmp_path / "hub", SetClock(), address)
    one.link.hub = two.link.hub = again
    with again.read() as conn:
        assert fields(conn, "consultation", visit)["advice"] == "助言する"
        conn.execute(text("SELECT count(*) FROM outcome"))
        assert conn.execute(select(t.counter.c.value).where(t.counter.c.name == "own")).scalar_one() == 1
    two.sync()
    assert two.store.get(Consultation, visit).advice == "助言する"
    again.close()


def test_settled_stamps_are_dropped_here_as_well(postgresql: Callable[[], str], tmp_path: Path) -> None:
    world = Lagging(tmp_path, postgresql())
    drop_gone(world.hub)
    assert stamps(world.hub) > 0
    world.all_sync()
    assert drop_gone(world.hub) > 0 and stamps(world.hub) == 0
    assert world.texts() == ["二台目"] * 3
    world.hub.close()
