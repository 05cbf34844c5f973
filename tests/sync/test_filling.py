"""A first fill: many pages, killed in the middle, scopes that come later, rows that a desk has already."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.db.schema import wire_table
from kanto_desk.hub import accounts, filling
from kanto_desk.hub.giving import rows_of
from kanto_desk.rules.access import Grant, Role, scopes_read
from kanto_desk.sync import filling as fills
from kanto_desk.sync import wire
from kanto_desk.sync.client import Exchange
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def companies(desk, count: int, notes: str = "") -> None:
    for begin in range(0, count, 500):
        with desk.store.operation("会社") as op:
            for i in range(begin, min(count, begin + 500)):
                op.add("organization", {"name": f"会社{i:05}", "notes": notes or None})


def present(desk) -> int:
    table = wire_table("organization")
    with desk.store.read() as conn:
        return conn.execute(select(func.count()).where(table.c.name.like("会社%"))).scalar_one()


@pytest.fixture
def world(tmp_path: Path):
    hub = a_hub(tmp_path / "hub")
    body = a_body(hub)
    person = a_person(hub, body)
    one = a_desk(hub, tmp_path / "one", person)
    companies(one, 1300, "朝が良い。" * 40)
    one.sync()
    return hub, body, person, one


class Killed(BaseException):
    pass


def test_a_fill_that_was_killed_goes_on_where_it_was(world, tmp_path: Path) -> None:
    hub, _, person, _ = world
    two = a_desk(hub, tmp_path / "two", person)
    pages: list[int] = []

    def filled(stop: int | None) -> None:
        def link(path, headers, body):
            if path == "/fill" and len(pages) == stop:
                raise Killed
            status, answer = two.link(path, headers, body)
            if path == "/fill":
                pages.append(len(wire.unpacked(answer, wire.Filled).events))
            return status, answer
        exchange = Exchange(two.store, link, two.known)
        exchange.page_bytes = 100_000
        exchange.run()

    with pytest.raises(Killed):
        filled(2)
    assert pages == [500, 500] and present(two) == 1000   # of the body's scope, the first in order
    filled(None)
    with two.store.read() as conn:
        assert present(two) == 1300 and fills.marks(conn) == {}
    assert sum(pages) == 1300   # not one row twice
    begun = len(pages)
    filled(None)
    assert len(pages) == begun


def test_a_fill_that_was_stopped_is_told_as_incomplete_and_goes_on(world, tmp_path: Path) -> None:
    hub, _, person, _ = world
    two = a_desk(hub, tmp_path / "two", person)
    exchange = Exchange(two.store, two.link, two.known)
    exchange.page_bytes = 100_000
    stopped = exchange.run(lambda receipt: not receipt.came)
    assert not stopped.complete and 0 < present(two) < 1300
    assert two.sync().complete and present(two) == 1300


def test_a_reply_of_a_fill_is_bounded_and_holds_several_pages(world) -> None:
    hub, _, _, one = world
    with hub.read() as conn:
        scopes = scopes_read(accounts.laptop_of(conn, f"{one.store.device()[0]:016x}", hub.clock().date()).reader)
        body = next(s for s in scopes if s.startswith("body:"))
        some = filling.pages_of(conn, body, scopes, 0, None, most_bytes=700_000)
        rest = filling.pages_of(conn, body, scopes, 0, some.last)
        assert (len(some.events), some.more, len(rest.events), rest.more) == (1000, True, 300, False)
        assert rows_of(conn, body, scopes, 0, None, 5000).events == some.events + rest.events


def test_a_grant_brings_the_rows_of_its_scope(world, tmp_path: Path) -> None:
    hub, body, _, _ = world
    other = a_body(hub, "群馬県産業支援機構")
    person = a_person(hub, other, name="佐々木 亮")
    two = a_desk(hub, tmp_path / "two", person)
    two.sync()
    assert present(two) == 0
    with hub.write() as conn:
        accounts.add_grant(conn, person, Grant(Role.EXPERT, body), hub.clock())
    told = two.sync()
    assert present(two) == 1300 and len(told.came) == 1300


def test_own_rows_that_come_back_are_not_counted_as_received(world) -> None:
    hub, _, _, one = world
    a_visit(one)
    one.sync()
    with hub.write() as conn:
        accounts.note_forgetting(conn, f"{one.store.device()[0]:016x}")
    with one.store.write() as conn:   # as after another epoch: every scope is filled anew
        conn.execute(local.scope_cursor.delete())
        conn.execute(local.filled.delete())
    told = one.sync()
    assert told.came == set()
    assert one.sync().came == set()
    with one.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(local.filled)).scalar_one() >= 1303
