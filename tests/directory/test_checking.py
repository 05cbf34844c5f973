"""`check` of a directory: a sound one is sound, and whatever is spoilt in it is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bench import corporations, gbizinfo
from kanto_desk.db import driver
from kanto_desk.directory import schema
from kanto_desk.directory.checking import Checked, check
from tests.directory.build import a_file, pointer, take


def checked(home: Path) -> Checked:
    return check(pointer(home), lambda _: None)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a diff in place and facts."""
    folder = tmp_path_factory.mktemp("sound")
    rows = list(corporations.full(400, 8))
    take(folder / "h", a_file(folder / "full.csv", rows),
         gbizinfo.write_json(folder / "facts.json", gbizinfo.entries(rows, 5)))
    take(folder / "h", a_file(folder / "diff.csv", corporations.diff(rows, 90, 8, corporations.LAST_DAY)))
    return folder / "h"


def spoilt(sound: Path, home: Path, statement: str) -> Checked:
    shutil.copytree(sound, home)
    current = pointer(home).current()
    assert current is not None
    conn = schema.open_to_write(current.path, current.key)
    conn.begin("IMMEDIATE")
    conn.execute(statement)
    conn.commit()
    conn.close()
    return checked(home)


def test_a_sound_directory_is_sound(sound: Path, tmp_path: Path) -> None:
    found = checked(sound)
    assert found.findings == [] and found.file == "directory-1.db"
    assert found.corporations > 400 and found.compared == found.corporations and found.facts > 80
    assert checked(tmp_path / "none").findings == [] and checked(tmp_path / "none").file == ""


@pytest.mark.parametrize(("statement", "word"), [
    ("UPDATE tally SET count = count + 1 WHERE count = (SELECT max(count) FROM tally)", "集計"),
    ("DELETE FROM corp WHERE n = 7", "集計"), ("UPDATE spot SET num = num - 1 WHERE n = 33", "番号"),
    ("DELETE FROM late WHERE n = (SELECT max(n) FROM late)", "番号"), ("DELETE FROM spot WHERE n = 65", "番号"),
    ("INSERT INTO words(rowid, g) VALUES (1099511627776000, 'zo n山川')", "zo"),
    ("UPDATE corp SET state = 1 WHERE n = (SELECT min(n) FROM corp WHERE state = 0)", "zo"),
    ("UPDATE corp SET industry = '99' WHERE n = 9", "99"),
    ("UPDATE corp SET name = name || '髙輪' WHERE n = 11", "索引に無い"),
    ("UPDATE fact SET known = '{' WHERE num = (SELECT min(num) FROM fact)", "gBizINFO"),
    ("UPDATE meta SET value = '0.0.0' WHERE key = 'indexed_as'", "別の索引"),
])
def test_whatever_is_spoilt_is_told(sound: Path, tmp_path: Path, statement: str, word: str) -> None:
    found = spoilt(sound, tmp_path / "h", statement)
    assert found.findings and found.findings[0].file == "directory-1.db"
    assert any(word in one.problem for one in found.findings), found.findings


def test_a_damaged_page_is_damage(sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "h")
    file = tmp_path / "h" / "directory-1.db"
    content = bytearray(file.read_bytes())
    content[-5000] ^= 1
    file.write_bytes(content)
    with pytest.raises(driver.DatabaseError):
        checked(tmp_path / "h")


def test_a_wrong_pointer_is_told(sound: Path, tmp_path: Path) -> None:
    for name, spoil, word in (
            ("a", lambda home: (home / "directory.json").write_text("{"), "鍵"),
            ("b", lambda home: (home / "directory.json").unlink(), "directory.json"),
            ("c", lambda home: (home / "directory-1.db").unlink(), "directory-1.db")):
        shutil.copytree(sound, tmp_path / name)
        spoil(tmp_path / name)
        [finding] = checked(tmp_path / name).findings
        assert word in finding.problem and finding.file == "directory.json"
    assert len(checked(sound).findings) == 0
