"""What a small request costs the database: statements are counted, not seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from kanto_desk.hub import accounts, giving
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub, last_number
from kanto_desk.rules.access import device_scope, scopes_read
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

MOST = 26
"""Statements of one edit of a known row, with nothing to give."""


@pytest.fixture
def world(tmp_path: Path) -> tuple[Hub, Desk, Desk]:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    return hub, a_desk(hub, tmp_path / "one", person), a_desk(hub, tmp_path / "two", person)


@contextmanager
def counted(hub: Hub) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(hub.engine, "before_cursor_execute", note)
    yield said
    event.remove(hub.engine, "before_cursor_execute", note)


def test_one_edit_takes_few_statements(world) -> None:
    hub, desk, _ = world
    _, _, line = a_visit(desk)
    desk.sync()
    desk.sync()
    with desk.store.operation("直す") as op:
        op.put("entry", line, {"text": "受注が3割減る見込み"})
    with counted(hub) as said:
        assert desk.sync().trips == 1
    assert len(said) <= MOST, "\n".join(said)


def test_several_scopes_in_one_statement_are_each_read_from_their_own_number(world) -> None:
    """What one scope has read is not given again because another one has not."""
    hub, desk, other = world
    for text in ("受注が減る見込み", "面粗さの測定"):
        a_visit(desk, text)
        desk.sync()
    dev = f"{other.store.device()[0]:016x}"
    with hub.read() as conn:
        reader = accounts.laptop_of(conn, dev, hub.clock().date()).reader
        scopes = scopes_read(reader) | {device_scope(dev)}
        top = last_number(conn, "n")
        numbers: dict[str, set[int]] = {}
        for r in conn.execute(select(t.event.c.scope, t.event.c.n)):
            if r.scope in scopes:
                numbers.setdefault(r.scope, set()).add(r.n)
        top = last_number(conn, "n")
        assert len(numbers) > 1 and all(len(found) > 1 for found in numbers.values()) and top < 100
        behind = min(numbers, key=lambda s: len(numbers[s]))   # the companies are in the others alone
        for cursors in (dict.fromkeys(numbers, top), dict.fromkeys(numbers, top) | {behind: 0}, dict.fromkeys(numbers, 0),
                        dict.fromkeys(numbers, top - 2) | {behind: 0}):
            new = sorted({n for s, found in numbers.items() for n in found if n > cursors[s]})
            for most in (100, 2, 1):
                given = giving.changes_since(conn, dev, frozenset(numbers), cursors, most)
                assert [e.id for e in given.events] == new[:most]
                assert (given.more, given.upto) == ((True, new[most - 1]) if len(new) >= most else (False, top))


def test_old_requests_are_forgotten_from_time_to_time(world) -> None:
    hub, desk, _ = world

    def noted() -> int:
        with hub.read() as conn:
            return int(conn.execute(select(func.count()).select_from(t.nonce)).scalar_one())

    desk.sync()
    before = noted()
    assert before > 0
    hub.clock.forward(minutes=9)
    desk.store.clock.forward(minutes=9)
    desk.sync()
    assert noted() > before   # within that time a repeat would be taken for new
    hub.clock.forward(minutes=16)
    desk.store.clock.forward(minutes=16)
    desk.sync()
    assert noted() < before + 2
