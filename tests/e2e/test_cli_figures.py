"""`figures` on the command line: the numbers, the files it writes, and what it refuses."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from tests.e2e.program import a_home, answer, run
from tests.e2e.test_cli import rows_file
from tests.report.reading import bare, by_pdfium

VISITS = [
    {"id": "v-1", "organization": "c-1", "held_on": "2026-04-20", "started_at": "13:00", "ended_at": "14:30", "issues": ["1401"],
     "expert": "高橋 直子", "category": "1", "promises": [{"text": "案を送る", "due_on": "2026-05-01", "state": "done"}]},
    {"id": "v-2", "organization": "c-1", "held_on": "2026-05-20", "issues": ["0505", "1401"], "expert": "佐々木 学"},
    {"id": "v-3", "organization": "c-2", "held_on": "2025-05-20", "issues": ["0505"], "expert": "=1+1", "form": "=SUM(A1)"}]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    made = a_home(folder / "home")
    companies = [{"id": "c-1", "name": "湖南精工", "prefecture": "長野県"}, {"id": "c-2", "name": "秩父木工", "prefecture": "埼玉県"}]
    assert answer(made, "organizations", "import", rows_file(folder / "o.jsonl", *companies))["created"] == 2
    assert answer(made, "consultations", "import", rows_file(folder / "c.jsonl", *VISITS))["created"] == 3
    return made


def test_a_fiscal_year_beside_the_year_before(home: Path) -> None:
    seen = answer(home, "figures", "--year", "2026")
    total, before = seen["total"], seen["before"]
    assert (total["visits"], total["organizations"], total["minutes"], total["made"], total["kept_share"]) == (2, 1, 90, 1, 100)
    assert (before["visits"], before["organizations"]) == (1, 1)
    assert seen["file"] is None and seen["compared"]["first"] == "2025-04-01"
    assert set(seen["by"]) == {"month", "prefecture", "issue", "industry"}
    issues = {group["key"]: (group["visits"], group["mentions"]) for group in seen["by"]["issue"]}
    assert issues == {"14": (1, 2), "05": (1, 1)}
    own = answer(home, "figures", "--year", "2026", "--own", "--by", "expert,form")
    assert [(g["name"], g["visits"]) for g in own["by"]["expert"]] == [("高橋 直子", 1)]


def test_any_span_and_its_text(home: Path) -> None:
    seen = answer(home, "figures", "--from", "2026/5/1", "--to", "R8.5.31", "--by", "prefecture")
    assert (seen["total"]["visits"], seen["before"]["visits"], seen["compared"]["first"]) == (1, 1, "2026-04-01")
    assert answer(home, "figures", "--to", "2026-04-30")["total"]["visits"] == 2, "everything up to a day"
    said = run(home, "figures", "--year", "2026", "--by", "issue").stdout
    assert "相談（延べ・件）" in said and "医療機器参入" in said and "長野県" not in said
    assert "Entering medical devices" in run(home, "--lang", "en", "figures", "--year", "2026", "--by", "issue").stdout


def test_csv_begins_with_a_mark_and_holds_no_formula(home: Path, tmp_path: Path) -> None:
    written = answer(home, "figures", "--year", "2025", "--by", "expert,form,month", "-o", tmp_path / "f.csv")["file"]
    content = Path(written).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert "'=1+1" in cells and "'=SUM(A1)" in cells
    assert [c for c in cells if c[:1] in ("=", "+", "@") or (c[:1] == "-" and not c[1:].isdigit())] == []


def test_excel_holds_numbers_as_numbers_and_text_as_text(home: Path, tmp_path: Path) -> None:
    answer(home, "figures", "--year", "2025", "--by", "expert", "-o", tmp_path / "f.xlsx")
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    assert book.sheetnames == ["全体", "相談員別"]
    row = next(iter(book["相談員別"].iter_rows(min_row=2, max_row=2)))
    assert (row[0].value, row[0].data_type, row[0].quotePrefix) == ("=1+1", "s", True)
    assert (row[1].value, row[1].data_type) == (1, "n")
    totals = {r[0].value: r[1].value for r in book["全体"].iter_rows() if r[0].value}
    assert totals["相談（延べ・件）"] == 1 and book["全体"]["A1"].value == "実績集計"


def test_paper_in_both_languages_is_the_same_each_time(home: Path, tmp_path: Path) -> None:
    for locale, title in (("ja", "実績集計（令和8年度）"), ("en", "Figures (FY 2026)")):
        files = [tmp_path / f"{locale}{n}.pdf" for n in (1, 2)]
        for file in files:
            answer(home, "figures", "--year", "2026", "-o", file, "--locale", locale)
        assert files[0].read_bytes() == files[1].read_bytes()
        assert bare(title) in bare(by_pdfium(files[0].read_bytes()))


def test_what_is_refused_leaves_no_file(home: Path, tmp_path: Path) -> None:
    for arguments, code in ((["--by", "moon"], 3), (["-o", tmp_path / "f.doc"], 3), (["--from", "2026-05-02", "--to", "2026-05-01"], 3),
                            (["--from", "いつか"], 3), (["--year", "20260"], 3), (["--year", "2026", "--to", "2026-05-01"], 2),
                            (["-o", tmp_path / "none" / "f.csv"], 4)):
        assert run(home, "figures", *arguments).returncode == code, arguments
    assert list(tmp_path.iterdir()) == []
