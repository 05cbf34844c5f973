"""The directory as a desk has it: imported by a child, gone with a wiped desk, kept by one that gets a passphrase."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import corporations
from kanto_desk.directory import pointer
from kanto_desk.directory.importing import Progress
from kanto_desk.errors import Refused, Trouble
from kanto_desk.services import company_directory
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.stopping import Stopped
from tests.services.conftest import CHEAP, PASSPHRASE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A full file of 120 corporations."""
    corporations.write(tmp_path / "full.csv", corporations.full(120, 6))
    return tmp_path / "full.csv"


def test_an_import_tells_how_far_it_is_and_what_it_did(desk: Desk, file: Path) -> None:
    told: list[Progress] = []

    def keep(progress: Progress) -> bool:
        told.append(progress)
        return True

    with pytest.raises(Refused, match="directory import"):
        company_directory.need(desk)
    report = company_directory.import_files(desk, [file], keep)
    assert (report.added, report.files[0].rows) == (120, 120)
    assert told and {one.stage for one in told} <= {"reading", "building"}
    with company_directory.need(desk) as directory:
        assert len(directory.search("会社", limit=None)) > 50
    found = company_directory.status(desk)
    assert found.corporations == report.total == sum(found.prefectures.values())
    assert found.sources[0][0] == "full.csv" and not found.unfinished


def test_a_stopped_import_leaves_nothing_in_use(desk: Desk, file: Path) -> None:
    with pytest.raises(Stopped):
        company_directory.import_files(desk, [file], lambda _: False)
    assert company_directory.opened(desk) is None
    assert company_directory.import_files(desk, [file], lambda _: True).total > 100


def test_whoever_has_it_open_gets_the_next_one(desk: Desk, file: Path, tmp_path: Path) -> None:
    assert company_directory.renewed(desk, None) is None
    company_directory.import_files(desk, [file], lambda _: True)
    first = company_directory.renewed(desk, None)
    assert first is not None and company_directory.renewed(desk, first) is first
    corporations.write(tmp_path / "more.csv", corporations.full(150, 9))
    company_directory.import_files(desk, [tmp_path / "more.csv"], lambda _: True)
    assert first.search("会社"), "the former file is read to its end"
    second = company_directory.renewed(desk, first)
    assert second is not None and second is not first and second.count() > 200
    second.close()


def test_a_damaged_directory_is_told_and_made_anew(desk: Desk, file: Path) -> None:
    company_directory.import_files(desk, [file], lambda _: True)
    current = company_directory.pointer(desk).current()
    assert current is not None
    content = bytearray(current.path.read_bytes())
    content[100:20_000] = bytes(19_900)
    current.path.write_bytes(content)
    with pytest.raises(Trouble, match="つくり直されます"):
        company_directory.status(desk)
    with pytest.raises(Trouble, match="anew"):
        company_directory.import_files(desk, [file], lambda _: True)
    report = company_directory.import_files(desk, [file], lambda _: True, anew=True)
    assert report.total > 100 and company_directory.status(desk).corporations == report.total


def test_a_desk_that_gets_a_passphrase_keeps_its_directory(tmp_path: Path, file: Path) -> None:
    made = desks.create(tmp_path / "home", "", person="高橋 直子", sample=True, cost=CHEAP)
    company_directory.import_files(made, [file], lambda _: True)
    made.protect(PASSPHRASE)
    with company_directory.need(made) as directory:
        assert directory.search("会社")
    made.close()
    again = desks.unlock(tmp_path / "home", PASSPHRASE, cost=CHEAP)
    with company_directory.need(again) as directory:
        assert directory.search("会社")
    again.close()


def test_erasing_a_folder_erases_every_directory(desk: Desk, file: Path) -> None:
    company_directory.import_files(desk, [file], lambda _: True)
    (desk.home / "directory-work").mkdir()
    pointer.remove(desk.home)
    assert not [one for one in desk.home.iterdir() if one.name.startswith("directory")]


@pytest.mark.parametrize("text", ["20", "長野県", "長野", "Nagano"])
def test_prefectures_go_by_code_and_name(text: str) -> None:
    assert company_directory.prefecture_code(text) == "20"
    with pytest.raises(Refused):
        company_directory.prefecture_code("蝦夷")
