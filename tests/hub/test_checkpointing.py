"""The write-ahead log of the hub's file: brought in beside the requests, never without end, and gone with the hub."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import apsw
import pytest

from kanto_desk.clock import system_clock
from kanto_desk.db.dialect import make_engine, reading, writing
from kanto_desk.hub.checkpointing import MOST_PAGES, Apart
from kanto_desk.hub.opening import DATABASE, create, open_hub, put_value, value_of

PAGE = 4096
LARGE = "あ" * 2_000_000   # 6 MB: more than 1,000 pages


class Watched:
    """A hub's file and what looks after its log."""

    def __init__(self, folder: Path) -> None:
        create(folder, system_clock, "事務局").close()
        self.file, self.log = folder / DATABASE, folder / f"{DATABASE}-wal"
        self.engine, self.apart = make_engine(self.file, None), Apart(self.file)
        self.apart.watch(self.engine)

    def put(self, key: str, value: Any) -> None:
        with writing(self.engine) as conn:
            put_value(conn, key, value)


@pytest.fixture
def hub(tmp_path: Path) -> Any:
    made = Watched(tmp_path / "hub")
    yield made
    made.engine.dispose()


def keys_in(file: Path) -> set[str]:
    raw = apsw.Connection(str(file))
    try:
        return {key for key, in raw.execute("SELECT key FROM hub")}
    finally:
        raw.close()


def test_a_large_commit_is_in_the_log_first_and_in_the_file_soon(hub: Watched, tmp_path: Path) -> None:
    hub.put("large", LARGE)
    both = tmp_path / "both.db"
    shutil.copy(hub.log, f"{both}-wal")
    shutil.copy(hub.file, both)
    assert "large" in keys_in(both)
    hub.apart.wait()
    alone = shutil.copy(hub.file, tmp_path / "alone.db")
    assert "large" in keys_in(alone)


def test_the_log_does_not_grow_with_every_commit(hub: Watched) -> None:
    for n in range(8):
        hub.put(f"large {n % 2}", f"{n}{LARGE}")
        hub.apart.wait()
    assert hub.log.stat().st_size < 4 * len(LARGE.encode())


def test_a_log_that_a_reader_kept_long_is_brought_in_by_the_next_commit(hub: Watched) -> None:
    with reading(hub.engine) as conn:
        value_of(conn, "epoch")   # from here on it sees the file as it is now
        for n in range(MOST_PAGES * PAGE // len(LARGE.encode()) + 2):
            hub.put(f"large {n}", LARGE)
    hub.apart.wait()
    long = hub.log.stat().st_size
    assert long > MOST_PAGES * PAGE
    hub.put("small", 1)   # brings in all of it: the next begins the log anew
    hub.put("small", 2)
    with hub.engine.connect() as conn:
        pages, _ = conn.connection.dbapi_connection.raw.wal_checkpoint()   # type: ignore[union-attr]
    assert 0 < pages < 100


def test_nothing_of_it_is_left_when_the_hub_ends(tmp_path: Path) -> None:
    hub = create(tmp_path / "hub", system_clock, "事務局")
    with hub.write() as conn:
        put_value(conn, "large", LARGE)
    hub.close()
    assert not (hub.folder / f"{DATABASE}-wal").exists()
    again = open_hub(hub.folder, system_clock)
    with again.read() as conn:
        assert value_of(conn, "large") == LARGE
    again.close()


def test_a_file_that_went_away_stops_no_commit(tmp_path: Path) -> None:
    apart = Apart(tmp_path / "none.db")
    raw = apsw.Connection(":memory:")
    assert apart._committed(raw, "main", 2000) == apsw.SQLITE_OK
    apart.wait()
    assert not (tmp_path / "none.db").exists()
    raw.close()
