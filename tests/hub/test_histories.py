"""The random histories of tests/sync with a hub on a real PostgreSQL, as many as a minute allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.db.parts import SetClock
from tests.sync.parts import a_hub
from tests.sync.simulator import many

HISTORIES, SEED = 12, 7_000_000


def test_histories_end_alike_and_lose_nothing(postgresql: Callable[[], str], tmp_path: Path) -> None:
    database = postgresql()
    a_hub(tmp_path / "hub", SetClock(), database).close()
    run, failed, done = many(SEED, HISTORIES, database=database)
    print(f"{run} histories on PostgreSQL from seed {SEED}: {dict(done)}")
    assert not failed, failed[0]
    assert run == HISTORIES
