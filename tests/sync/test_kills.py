"""Processes that die or find their disk full, at some places of every run; all of them by `python -m tests.sync.kills`."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.leftovers import OLD_SECONDS, drop_leftovers
from tests.hub import own_postgresql
from tests.hub.own_postgresql import Server
from tests.sync import dying_postgresql, kills
from tests.sync.kills import SITUATIONS

EVERY = {"sync": 66, "fill": 220, "files": 140, "stick": 85, "backup": 70, "restore": 220, "forget": 94, "go back": 279,
         "opened after": 279, "renew": 331, "sync on PostgreSQL": 78, "fill on PostgreSQL": 243,
         "stick on PostgreSQL": 146}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A PostgreSQL that needs no disk: it does not die."""
    if own_postgresql.programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with own_postgresql.running(*dying_postgresql.SETTINGS) as running:
        yield running


def rotating() -> int:
    """Which of the places, by the commit: in some hundred commits each has had its turn."""
    said = os.environ.get("GITHUB_SHA") or subprocess.run(
        ["git", "rev-parse", "HEAD"], check=False, capture_output=True, encoding="utf-8", cwd=Path(__file__).parent).stdout
    return int(hashlib.sha256(said.encode()).hexdigest()[:8], 16)


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_a_process_that_died_is_gone_on_with(name: str, tmp_path: Path) -> None:
    tried, places = kills.try_places(name, tmp_path, EVERY[name], rotating())
    assert tried >= 2 and places > 100, f"first place {rotating() % EVERY[name]}"


@pytest.mark.parametrize("name", list(dying_postgresql.NAMES))
def test_a_process_that_died_leaves_postgresql_nothing_half_done(name: str, server: Server, tmp_path: Path) -> None:
    tried, places = kills.try_places(name, tmp_path, EVERY[name], rotating(), situations=dying_postgresql.situations(server))
    assert tried >= 2 and places > 100, f"first place {rotating() % EVERY[name]}"


@pytest.mark.parametrize("name", list(SITUATIONS))
def test_a_full_disk_leaves_everything_to_go_on_with(name: str, tmp_path: Path) -> None:
    try:
        with kills.small_disk(tmp_path) as folder:
            tried, _ = kills.try_places(name, folder, 2 * EVERY[name], rotating(), full=True)
    except PermissionError as no:
        pytest.skip(f"no disk of its own can be mounted here: {no}")
    assert tried >= 1


def test_what_a_dead_process_left_goes_after_a_day_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.kdx.1.new", ".b.kdx.2.new", "c.kdx"):
        (tmp_path / name).write_bytes(b"x")
    old = tmp_path / ".restoring-x"
    (old / "in").mkdir(parents=True)
    past = (tmp_path / "c.kdx").stat().st_mtime - OLD_SECONDS - 5
    for each in (tmp_path / ".a.kdx.1.new", tmp_path / "c.kdx", old):
        os.utime(each, (past, past))
    assert drop_leftovers(tmp_path, ".*.kdx.*.new") == 1 and drop_leftovers(tmp_path, ".restoring-*") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [".b.kdx.2.new", "c.kdx"]
    assert drop_leftovers(tmp_path / "none", "*") == 0
