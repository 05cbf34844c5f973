"""The generator of the tax agency's files: the same on every run, in the exact format, right by an independent check."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import daichodo_validate

from bench import corporations
from kanto_desk.japanese.folding import fold

DAY = date(2026, 11, 2)


def test_the_same_seed_gives_the_same_rows_however_many_are_asked_for() -> None:
    few = list(corporations.full(200, 5))
    assert few == list(islice(corporations.full(5000, 5), 200))
    assert few != list(corporations.full(200, 6))
    assert corporations.diff(few, 60, 1, DAY) == corporations.diff(few, 60, 1, DAY)


def test_rows_have_the_columns_and_numbers_of_the_agency(tmp_path: Path) -> None:
    corporations.write(tmp_path / "a.csv", corporations.full(3000, 2))
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8"))))
    assert {len(row) for row in rows} == {30}
    assert [row[0] for row in rows] == [str(n) for n in range(1, 3001)]
    assert len({row[1] for row in rows}) == 3000
    assert all(daichodo_validate.is_valid("T" + row[1]) for row in rows[::50])
    processes, kinds = Counter(row[2] for row in rows), Counter(row[8] for row in rows)
    assert {"01", "11", "12", "21", "71"} <= processes.keys()
    assert {"301", "302", "303", "304", "305", "399", "401", "499"} <= kinds.keys()
    assert 0.6 < sum(not row[28] for row in rows) / 3000 < 0.95, "readings are mostly missing"
    assert {row[23] for row in rows} == {"1"} and {row[29] for row in rows} == {"0", "1"}
    names = "".join(row[6] for row in rows)
    assert set("髙﨑𠮷邊澤々ヴーヶ") <= set(names), "variant characters"
    assert fold(names) != names


def test_a_zip_holds_one_csv_and_its_signature(tmp_path: Path) -> None:
    corporations.write(tmp_path / "20_nagano_all_20261031.zip", corporations.full(10, 2))
    assert [name.rpartition(".")[2] for name in zipfile.ZipFile(tmp_path / "20_nagano_all_20261031.zip").namelist()] == [
        "csv", "asc"]


def test_the_shift_jis_variant_names_an_image_where_a_character_is_missing(tmp_path: Path) -> None:
    corporations.write(tmp_path / "a.csv", corporations.full(3000, 2), encoding="cp932")
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_bytes().decode("cp932"))))
    lost = [row for row in rows if row[7]]
    assert lost and all("〓" in row[6] for row in lost)
    assert any("髙" in row[6] for row in rows)


def test_a_diff_tells_every_kind_of_change() -> None:
    known = list(corporations.full(3000, 2))
    rows = corporations.diff(known, 1000, 1, DAY)
    assert len(rows) == 1000
    assert {"01", "11", "12", "21", "22", "71", "99"} <= {row[2] for row in rows}
    assert {row[23] for row in rows} == {"0", "1"}
    newest = Counter(row[1] for row in rows if row[23] == "1")
    assert set(newest.values()) == {1}
    assert {row[4] for row in rows} == {"2026-11-02"}
