"""The lines that name the sources of the directory's data: with their dates, in both languages, in the box of settings."""

from __future__ import annotations

from pathlib import Path

from bench import corporations, gbizinfo
from kanto_desk.services import company_directory, directory_check, directory_sources
from kanto_desk.services.desk import Desk


def take(desk: Desk, *files: Path) -> None:
    company_directory.import_files(desk, files, lambda _: True)


def test_every_source_is_named_with_the_date_of_its_data(desk: Desk, tmp_path: Path) -> None:
    assert directory_sources.lines(desk) == () and directory_sources.known(desk) == 0
    rows = list(corporations.full(60, 6))
    corporations.write(tmp_path / "full.csv", rows)
    take(desk, tmp_path / "full.csv")
    [line] = directory_sources.lines(desk)
    newest = company_directory.status(desk).newest
    assert line == f"出典：国税庁法人番号公表サイト（国税庁）のデータを加工して作成（公共データ利用規約 第1.0版）、{newest} までの更新"
    gbizinfo.write_json(tmp_path / "facts.json", [{"corporate_number": rows[0][1], "update_date": "2026-09-30",
                                                   "employee_number": 3}])
    take(desk, tmp_path / "facts.json")
    assert directory_sources.lines(desk) == (
        line, "出典：gBizINFO（経済産業省）のデータを加工して作成、2026-09-30 までの更新")
    assert directory_sources.known(desk) == 1
    english = directory_sources.lines(desk, "en")
    assert "National Tax Agency" in english[0] and newest in english[0] and "gBizINFO" in english[1]


def test_of_a_damaged_directory_the_source_is_named_still(desk: Desk, tmp_path: Path) -> None:
    corporations.write(tmp_path / "full.csv", corporations.full(60, 6))
    take(desk, tmp_path / "full.csv")
    current = company_directory.pointer(desk).current()
    assert current is not None
    current.path.write_bytes(bytes(current.path.stat().st_size))
    assert directory_sources.lines(desk) == (company_directory.source_line(),)
    [finding] = directory_check.check(desk).findings
    assert finding.file == "directory-1.db" and finding.problem
