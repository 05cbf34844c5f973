"""An import onto a disk that is or becomes full: the directory in use stays, and with room it goes on to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import corporations, gbizinfo
from kanto_desk.db import driver
from kanto_desk.directory.importing import BUILDING, READING, UPDATING, Progress, Sizes, run
from kanto_desk.errors import Trouble
from tests.directory.build import a_file, clock, held, pointer, take
from tests.directory.test_importing import index_holds, index_should_hold
from tests.disks import fill, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 12 MB of its own."""
    with small_disk(tmp_path / "disk", 12) as place:
        yield place


ROWS = [list(row) for row in corporations.full(600, 8)]


def test_without_room_it_does_not_begin(disk: Path, tmp_path: Path) -> None:
    home = disk / "h"
    take(home, a_file(tmp_path / "full.csv", ROWS))
    before = held(home)
    more = a_file(tmp_path / "more.csv", list(corporations.full(3000, 9)))
    room = os.statvfs(disk)
    with (disk / "fill").open("wb", buffering=0) as file:
        file.write(b"x" * (room.f_bavail * room.f_bsize - 1_200_000))
    with pytest.raises(Trouble, match="空き"):
        take(home, more)
    assert held(home) == before and len(list(home.glob("directory-*.db"))) == 1
    (disk / "fill").unlink()
    take(home, more)
    assert index_holds(home) == index_should_hold(home)


@pytest.mark.parametrize("stage", [READING, BUILDING, UPDATING])
def test_a_disk_that_becomes_full_costs_nothing(disk: Path, tmp_path: Path, stage: str) -> None:
    home = disk / "h"
    take(home, a_file(tmp_path / "full.csv", ROWS))
    before = held(home)
    changes = corporations.diff(ROWS, 60, 8, corporations.LAST_DAY) if stage == UPDATING else list(
        corporations.full(2500, 9))
    files = [a_file(tmp_path / "changes.csv", changes),
             gbizinfo.write_json(tmp_path / "facts.json", gbizinfo.entries(ROWS[:500], 1, known=1.0))]
    sizes = Sizes(1, 25, 100_000 if stage == UPDATING else 0)
    if stage == UPDATING:
        files[1] = gbizinfo.write_json(tmp_path / "facts.json", [
            {"corporate_number": row[1], "business_summary": "長" * 3000} for row in ROWS])

    def told(progress: Progress) -> bool:
        if progress.stage == stage and not (disk / "fill").exists():
            fill(disk)
        return True

    with pytest.raises((OSError, driver.Error)):
        run(pointer(home), files, clock, told, sizes)
    assert (disk / "fill").exists() and held(home) == before
    (disk / "fill").unlink()
    report = run(pointer(home), files, clock, lambda _: True, sizes)
    assert [one.outcome for one in report.files] == ["taken", "taken"]
    take(tmp_path / "expected", tmp_path / "full.csv", *files)
    assert held(home) == held(tmp_path / "expected")
    assert index_holds(home) == index_should_hold(home)
    assert len(list(home.glob("directory-*.db"))) == 1 and not (home / "directory-work").exists()
