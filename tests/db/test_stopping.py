"""A reading that is stopped ends within its statement and says so; its connection serves the next; saves go on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from kanto_desk import stopping
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.errors import Trouble
from kanto_desk.stopping import Stop, Stopped, bound
from tests.db.parts import NEVER, a_store

LONG = 20   # seconds within which what was stopped must have ended


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = a_store(tmp_path)
    yield made
    made.close()


class Reader:
    """Work on a thread of its own under a `Stop`; keeps what it ended with."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self.stop, self.ended = Stop(), list[Any]()

        def run() -> None:
            try:
                with bound(self.stop):
                    self.ended.append(work())
            except Exception as error:  # noqa: BLE001 - looked at by the test
                self.ended.append(error)
        self.thread = threading.Thread(target=run)
        self.thread.start()

    def end(self) -> Any:
        """What the work gave or raised."""
        self.thread.join(LONG)
        assert not self.thread.is_alive(), "it goes on"
        return self.ended[0]


def sound(store: Store) -> None:
    """The file is whole, and the connections of the pool read and write."""
    with store.read() as conn:
        assert conn.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    with store.operation("試し") as op:
        uid = op.add("organization", {"name": "株式会社 湖南精工"})
    found = store.get(Organization, uid)
    assert found is not None and found.name == "株式会社 湖南精工"


def reads(store: Store, begun: threading.Event, statement: str = NEVER) -> Callable[[], Any]:
    def work() -> Any:
        with store.read() as conn:
            begun.set()
            return conn.execute(text(statement)).scalar()
    return work


def test_a_running_statement_ends_when_its_reading_is_stopped(store: Store) -> None:
    begun = threading.Event()
    reader = Reader(reads(store, begun))
    assert begun.wait(LONG)
    reader.stop.ask()
    reader.stop.ask()
    assert isinstance(reader.end(), Stopped) and not isinstance(reader.end(), Trouble)
    sound(store)
    assert store.engine.pool.checkedout() == 0   # type: ignore[attr-defined]


def test_a_stop_between_two_statements_ends_the_next_one(store: Store) -> None:
    between, go_on = threading.Event(), threading.Event()

    def work() -> Any:
        with store.read() as conn:
            conn.execute(text("SELECT 1")).scalar()
            between.set()
            go_on.wait(LONG)
            return conn.execute(text(NEVER)).scalar()
    reader = Reader(work)
    assert between.wait(LONG)
    reader.stop.ask()
    go_on.set()
    assert isinstance(reader.end(), Stopped)
    sound(store)


def test_a_reading_stopped_before_it_began_does_not_begin(store: Store) -> None:
    begun, stop = threading.Event(), Stop()
    stop.ask()
    with bound(stop), pytest.raises(Stopped):
        reads(store, begun)()
    assert not begun.is_set() and stopping.current() is None
    sound(store)


def test_rows_that_are_being_fetched_are_stopped_too(store: Store) -> None:
    some = threading.Event()

    def work() -> Any:
        seen = 0
        with store.read() as conn:
            for _row in conn.execute(text("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
                                          "SELECT n FROM c")).yield_per(10):
                seen += 1
                if seen == 1000:
                    some.set()
        return seen
    reader = Reader(work)
    assert some.wait(LONG)
    reader.stop.ask()
    assert isinstance(reader.end(), Stopped)
    sound(store)


def test_what_writes_is_never_stopped(store: Store) -> None:
    inside, go_on = threading.Event(), threading.Event()
    counted = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT max(n) FROM c"

    def work() -> Any:
        with store.operation("保存") as op:
            uid = op.add("organization", {"name": "保存する企業"})
            inside.set()
            go_on.wait(LONG)
            assert op.conn.execute(text(counted)).scalar() == 300_000
            assert store.setting("missing", 7) == 7   # a reading within a save belongs to it
        with store.write() as conn:
            conn.execute(text(counted)).scalar()
        try:
            store.setting("missing")
        except Stopped:
            return uid
        return "read on"
    reader = Reader(work)
    assert inside.wait(LONG)
    reader.stop.ask()
    go_on.set()
    uid = reader.end()
    found = store.get(Organization, uid)
    assert found is not None and found.name == "保存する企業"
    sound(store)


def test_an_error_of_the_file_is_told_also_when_the_reading_is_stopped(store: Store) -> None:
    stop = Stop()
    with bound(stop), pytest.raises(Trouble), store.read() as conn:
        stop.ask()
        conn.exec_driver_sql("SELECT 1 FROM nowhere")


def test_whoever_gets_the_connection_next_is_left_alone(store: Store) -> None:
    """Stops at any moment of short readings, one after the other on the same few connections, with saves between."""
    chance = random.Random(5)
    quick = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000) SELECT max(n) FROM c"
    for turn in range(150):
        begun = threading.Event()
        reader = Reader(reads(store, begun, quick if turn % 3 else NEVER))
        assert begun.wait(LONG)
        if chance.random() < 0.5:
            threading.Event().wait(chance.random() / 500)
        reader.stop.ask()
        with store.operation("保存") as op:
            op.add("organization", {"name": f"企業 {turn}"})
        ended = reader.end()
        assert isinstance(ended, Stopped) or ended == 3000, ended
        with store.read() as conn:
            assert conn.execute(text("SELECT count(*) FROM organization")).scalar() == turn + 1
    sound(store)
