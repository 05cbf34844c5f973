"""Requests that write at the same time share a commit: each whole or not at all, none let go before it is on disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import Hub, create, put_value, value_of

OTHERS = 5


@pytest.fixture
def hub(tmp_path: Path) -> Any:
    made = create(tmp_path / "hub", system_clock, "事務局")
    yield made
    made.close()


def at_once(hub: Hub, works: list[Callable[[Connection], None]]) -> tuple[list[str], dict[int, BaseException]]:
    """Run all in threads, the first keeping the others waiting; what happened in order, and what they raised."""
    said: list[str] = []
    raised: dict[int, BaseException] = {}
    event.listen(hub.engine, "commit", lambda _conn: said.append("commit"))
    inside = threading.Event()

    def one(n: int) -> None:
        try:
            with hub.write() as conn:
                works[n](conn)
                if n == 0:
                    inside.set()
                    while hub.waiting < len(works) - 1:
                        time.sleep(0.001)
            said.append("answered")
        except Exception as error:   # noqa: BLE001 - looked at below
            raised[n] = error

    threads = [threading.Thread(target=one, args=(n,)) for n in range(len(works))]
    threads[0].start()
    inside.wait()
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    return said, raised


def kept(hub: Hub) -> list[int]:
    with hub.read() as conn:
        return [n for n in range(OTHERS + 1) if value_of(conn, f"work {n}") == n]


def works_but(odd: int, what: Callable[[Connection], None]) -> list[Callable[[Connection], None]]:
    def work(n: int) -> Callable[[Connection], None]:
        def run(conn: Connection) -> None:
            put_value(conn, f"work {n}", n)
            if n == odd:
                what(conn)
        return run
    return [work(n) for n in range(OTHERS + 1)]


def refuse(_conn: Connection) -> None:
    raise ValueError("not this one")


def test_all_are_kept_and_none_is_answered_before_the_commit(hub: Hub) -> None:
    said, raised = at_once(hub, works_but(-1, refuse))
    assert not raised and kept(hub) == [0, 1, 2, 3, 4, 5]
    assert said[0] == "commit" and said.count("answered") == OTHERS + 1
    assert said.count("commit") <= 2   # one, unless a slow machine closed the first transaction to the last of them


def test_what_fails_is_undone_alone(hub: Hub) -> None:
    _, raised = at_once(hub, works_but(3, refuse))
    assert list(raised) == [3] and kept(hub) == [0, 1, 2, 4, 5]


def test_the_first_may_fail_while_others_wait(hub: Hub) -> None:
    inside, raised = threading.Event(), []

    def first() -> None:
        with pytest.raises(ValueError, match="not this one") as caught, hub.write() as conn:
            put_value(conn, "work 0", 0)
            inside.set()
            while hub.waiting < 1:
                time.sleep(0.001)
            raise ValueError("not this one")
        raised.append(caught.value)

    def second() -> None:
        inside.wait()
        with hub.write() as conn:
            put_value(conn, "work 1", 1)

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raised) == 1 and kept(hub) == [1]


def test_where_the_database_undoes_everything_nobody_is_told_that_it_is_kept(hub: Hub) -> None:
    """As SQLite does by itself on a full disk or a failed write."""
    def undone(conn: Connection) -> None:
        conn.exec_driver_sql("ROLLBACK")
        raise ValueError("the disk is full")

    said, raised = at_once(hub, works_but(2, undone))
    assert 2 in raised and 0 in raised   # the first had ended its work and waited for the commit
    assert kept(hub) == sorted(set(range(OTHERS + 1)) - set(raised))
    assert said.count("answered") == OTHERS + 1 - len(raised)
    with hub.write() as conn:   # and the hub goes on
        put_value(conn, "work 2", 2)
    assert 2 in kept(hub)
