"""Imports: any files in any order and again give the same directory; what cannot be read leaves the one in use alone."""

from __future__ import annotations

import random
import zipfile
from datetime import date
from pathlib import Path

import pytest

from bench import corporations
from kanto_desk.directory import schema
from kanto_desk.directory.columns import HIDDEN, MERGED, row_of
from kanto_desk.directory.importing import BUILDING, READING, Progress, run
from kanto_desk.directory.pointer import InUse
from kanto_desk.directory.words import Place, words_of
from kanto_desk.stopping import Stopped
from tests.directory.build import SEALING, SMALL, a_file, clock, held, opened, pointer, take

DAYS = [date(2026, 11, day) for day in (2, 3, 4)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A full file and three diffs, each over what the ones before left."""
    folder = tmp_path_factory.mktemp("files")
    rows = list(corporations.full(1500, 8))
    made = [a_file(folder / "00_zenkoku_all_20261031.zip", rows)]
    for day in DAYS:
        changes = corporations.diff(rows, 200, 8, day)
        made.append(a_file(folder / f"diff_{day:%Y%m%d}.csv", changes))
        newest = {row[1]: row for row in [*rows, *changes]}
        rows = list(newest.values())
    return made


def index_holds(home: Path) -> set[tuple[int, str]]:
    """Every id and word that the index of the directory in use holds."""
    found = pointer(home).current()
    assert found is not None
    conn = schema.open_to_write(found.path, found.key)
    try:
        conn.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab('main', 'words', 'instance')")
        return {(row[1] & schema.RUNNING, row[0]) for row in conn.execute("SELECT term, doc FROM temp.seen").fetchall()}
    finally:
        conn.close()


def index_should_hold(home: Path) -> set[tuple[int, str]]:
    """What it should hold, from the rows."""
    found = pointer(home).current()
    assert found is not None
    conn = schema.open_to_read(found.path, found.key)
    try:
        places = schema.places(conn)
        wanted = set()
        for row in conn.execute("SELECT * FROM corp").fetchall():
            plain = schema.plain(row, places)
            if plain[6] != HIDDEN:
                _, words = words_of(plain[7], plain[8], Place(*plain[9:12]), plain[12], plain[6], plain[15])
                wanted |= {(row[0], word.lower()) for word in words.split()}
        return wanted
    finally:
        conn.close()


def test_a_first_import_holds_every_corporation(tmp_path: Path, files: list[Path]) -> None:
    report = take(tmp_path / "h", files[0])
    assert [(one.outcome, one.rows, one.refused) for one in report.files] == [("taken", 1500, 0)]
    assert held(tmp_path / "h") == sorted(tuple(row_of(row)) for row in corporations.full(1500, 8))
    assert report.total == sum(row[6] != HIDDEN for row in held(tmp_path / "h"))
    assert index_holds(tmp_path / "h") == index_should_hold(tmp_path / "h")
    assert {file.name.removesuffix("-wal").removesuffix("-shm") for file in (tmp_path / "h").iterdir()} == {
        "directory-1.db", "directory.json"}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_any_grouping_and_repeats_give_the_same(tmp_path: Path, files: list[Path], seed: int) -> None:
    take(tmp_path / "expected", *files)
    expected = held(tmp_path / "expected")
    draw = random.Random(seed)
    order = [*files, *draw.sample(files, 2)]
    draw.shuffle(order)
    while order:
        count = draw.choice((1, 1, 2))
        take(tmp_path / "h", *order[:count], in_place=draw.choice((0, 10_000)))
        order = order[count:]
    assert held(tmp_path / "h") == expected
    assert index_holds(tmp_path / "h") == index_should_hold(tmp_path / "h")
    with opened(tmp_path / "h") as one, opened(tmp_path / "expected") as other:
        assert sorted(one.tally()) == sorted(other.tally())


def test_a_diff_goes_in_place_and_again_changes_nothing(tmp_path: Path, files: list[Path]) -> None:
    take(tmp_path / "h", files[0])
    with opened(tmp_path / "h") as before:   # somebody reads meanwhile
        report = take(tmp_path / "h", files[1])
        assert (report.added, report.changed, report.unchanged) != (0, 0, 0)
        assert report.added + report.changed + report.unchanged == len({row[1] for row in corporations.read_back(
            files[1].read_text("utf-8"))})
        assert before.facts()["newest"] == "2026-11-02"
    assert [file.name for file in (tmp_path / "h").glob("directory-*.db")] == ["directory-1.db"]
    assert index_holds(tmp_path / "h") == index_should_hold(tmp_path / "h")
    again = take(tmp_path / "h", files[1])
    assert [one.outcome for one in again.files] == ["known"]
    assert (again.added, again.changed, again.total) == (0, 0, report.total)


def test_an_older_file_brings_nothing_back(tmp_path: Path) -> None:
    row = next(corporations.full(1, 1))
    row[4] = "2026-01-10"
    other = list(corporations.full(9, 5))
    deleted = [*row[:2], "99", row[3], "2026-02-01", *row[5:]]
    take(tmp_path / "h", a_file(tmp_path / "a.csv", [deleted, *other]))
    take(tmp_path / "h", a_file(tmp_path / "b.csv", [row]), in_place=10_000)
    with opened(tmp_path / "h") as directory:
        found = directory.by_number(row[1])
        assert found is not None and found.state == HIDDEN
        assert row[1] not in {hit.corporation.number for hit in directory.search(row[6])}
        assert directory.search(row[1]) == []


def test_a_merged_corporation_names_its_successor(tmp_path: Path) -> None:
    one, other = corporations.full(2, 1)
    one[2], one[18], one[19], one[20] = "71", "2026-02-01", "11", other[1]
    take(tmp_path / "h", a_file(tmp_path / "a.csv", [one, other]))
    with opened(tmp_path / "h") as directory:
        found = directory.by_number(one[1])
    assert found is not None and found.state == MERGED
    assert found.facts["successor"] == other[1] and found.facts["closed"] == "2026-02-01"


def test_what_cannot_be_read_leaves_the_directory_alone(tmp_path: Path, files: list[Path]) -> None:
    take(tmp_path / "h", files[0])
    before = held(tmp_path / "h")
    broken = tmp_path / "broken.zip"
    content = files[0].read_bytes()
    broken.write_bytes(content[:5000] + bytes(100) + content[5100:])
    foreign = tmp_path / "foreign.csv"
    foreign.write_text("name,address\n山,海\n", "utf-8")
    report = take(tmp_path / "h", broken, foreign)
    assert [one.outcome for one in report.files] == ["refused", "refused"]
    assert all(one.reason for one in report.files)
    assert held(tmp_path / "h") == before
    mixed = take(tmp_path / "h", broken, files[1])
    assert [one.outcome for one in mixed.files] == ["refused", "taken"]
    assert held(tmp_path / "h") != before
    assert not (tmp_path / "h" / "directory-work").exists()


def test_refused_lines_are_told_with_number_and_reason(tmp_path: Path) -> None:
    rows = list(corporations.full(30, 1))
    rows[4][1] = "1234567890123"
    rows[9] = rows[9][:29]
    report = take(tmp_path / "h", a_file(tmp_path / "a.csv", rows))
    [told] = report.files
    assert (told.rows, told.refused) == (28, 2)
    assert [line for line, _ in told.refusals] == [5, 10]
    assert "検査用数字" in told.refusals[0][1] and "30" in told.refusals[1][1]


def stopping_at(stage: str, calls: int) -> list[Progress]:
    """Progress that says stop at the nth call of a stage."""
    seen: list[Progress] = []
    seen_stage = [0]

    class Told(list[Progress]):
        def __call__(self, progress: Progress) -> bool:
            seen.append(progress)
            seen_stage[0] += progress.stage == stage
            return seen_stage[0] < calls

    return Told()


@pytest.mark.parametrize(("stage", "calls"), [(READING, 1), (READING, 2), (BUILDING, 1), (BUILDING, 11),
                                             (BUILDING, 40), (BUILDING, 60)])
def test_a_stopped_import_changes_nothing_and_goes_on(
        tmp_path: Path, files: list[Path], stage: str, calls: int) -> None:
    home = tmp_path / "h"
    take(home, files[1])
    before = held(home)
    told = stopping_at(stage, calls)
    with pytest.raises(Stopped):
        run(pointer(home), [files[0], files[2]], clock, told, SMALL)  # type: ignore[arg-type]
    assert held(home) == before
    left = list((home / "directory-work").iterdir())
    assert left, "what was done is kept"
    report = take(home, files[0], files[2])
    assert [one.outcome for one in report.files] == ["taken", "taken"]
    take(tmp_path / "expected", *files[:3])
    assert held(home) == held(tmp_path / "expected")
    assert index_holds(home) == index_should_hold(home)
    assert len(list(home.glob("directory-*.db"))) == 1


def test_a_stopped_diff_changes_nothing(tmp_path: Path, files: list[Path]) -> None:
    rows = list(corporations.full(3000, 8))
    take(tmp_path / "h", a_file(tmp_path / "full.csv", rows))
    before = held(tmp_path / "h")
    changes = a_file(tmp_path / "diff.csv", corporations.diff(rows, 700, 1, DAYS[0]))
    with pytest.raises(Stopped):
        run(pointer(tmp_path / "h"), [changes], clock, lambda progress: progress.stage != "updating", SMALL)
    assert held(tmp_path / "h") == before
    assert index_holds(tmp_path / "h") == index_should_hold(tmp_path / "h")


def test_the_file_is_encrypted_and_another_key_opens_nothing(tmp_path: Path, files: list[Path]) -> None:
    take(tmp_path / "h", files[0])
    content = (tmp_path / "h" / "directory-1.db").read_bytes()
    for row in list(corporations.full(20, 8)):
        assert row[6].encode() not in content and row[6].encode("utf-16-le") not in content
    found = pointer(tmp_path / "h").current()
    assert isinstance(found, InUse) and found.key.hex() not in repr(found)
    assert type(pointer(tmp_path / "h"))(tmp_path / "h", bytes(32)).current() is None


def test_a_new_key_of_the_folder_opens_the_same_directory(tmp_path: Path, files: list[Path]) -> None:
    take(tmp_path / "h", files[0])
    before = held(tmp_path / "h")
    one = pointer(tmp_path / "h")
    one.reseal(bytes(32))
    assert type(one)(tmp_path / "h", SEALING).current() is None
    one.reseal(SEALING)
    assert held(tmp_path / "h") == before


def test_the_shift_jis_file_of_a_zip_is_taken_too(tmp_path: Path) -> None:
    path = a_file(tmp_path / "20_nagano_all_20261031.zip", list(corporations.full(300, 8)), encoding="cp932")
    assert zipfile.is_zipfile(path)
    report = take(tmp_path / "h", path)
    assert (report.files[0].rows, report.files[0].refused) == (300, 0)
