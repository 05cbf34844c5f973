"""実績集計 as a real PDF, read back by other programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.i18n import Language
from kanto_desk.report.figures_sheet import render
from kanto_desk.report.figures_values import Bar, FiguresSheet, Tabled, signed_number
from tests.report.figures_samples import ENGLISH, FULL
from tests.report.reading import bare, by_pdfium, by_poppler, elements, opened


@pytest.mark.parametrize(("sheet", "language"), [(FULL, "ja"), (ENGLISH, "en")])
def test_every_word_and_number_comes_back(sheet: FiguresSheet, language: Language, tmp_path: Path) -> None:
    pdf = render(sheet, language=language).pdf
    for text in (bare(by_poppler(pdf, tmp_path)), bare(by_pdfium(pdf))):
        for table in sheet.tables:
            for words in (table.title, *table.headings, *(row[0] for row in table.rows)):
                assert bare(str(words)) in text
            for row in table.rows:
                shown = [signed_number(v) if at == table.change and isinstance(v, int) else f"{v:,}" if isinstance(v, int) else "–"
                         for at, v in enumerate(row[1:], 1)]
                assert bare(str(row[0]) + "".join(shown)) in text, row
        for words in (sheet.agency, sheet.period, sheet.days, sheet.scope, sheet.warning, *sheet.notes, *sheet.approvals):
            assert bare(words) in text, words


@pytest.mark.parametrize(("sheet", "language"), [(FULL, "ja"), (ENGLISH, "en")])
def test_the_file_is_tagged_and_sound(sheet: FiguresSheet, language: Language) -> None:
    done = render(sheet, language=language)
    with opened(done.pdf) as pdf:
        assert pdf.check_pdf_syntax() == [] and pdf.Root.MarkInfo.Marked and len(pdf.pages) == done.pages
        assert pdf.Root.Lang == ("en-GB" if language == "en" else "ja-JP")
        assert len(elements(pdf, "H1")) == 1 and len(elements(pdf, "H2")) == len(sheet.tables) + 1
        assert len(elements(pdf, "Table")) == len(sheet.tables) + 1
        assert [str(f.Alt) for f in elements(pdf, "Figure")] == [sheet.sentence]
        scopes = {str(a.Scope) for cell in elements(pdf, "TH") for a in ([cell.A] if "/A" in cell else []) if "/Scope" in a}
        assert scopes == {"/Row", "/Column"}
        assert str(pdf.docinfo.CreationDate).startswith("D:20261124")
    assert done.missing == ()


def test_the_same_figures_give_the_same_bytes_and_another_day_other_ones() -> None:
    first = render(FULL).pdf
    render(ENGLISH, language="en")
    assert render(FULL).pdf == first
    assert render(replace(FULL, issued=date(2026, 11, 25))).pdf != first


def test_long_tables_flow_over_pages_with_their_headings(tmp_path: Path) -> None:
    rows = tuple((f"市町村その{n}", n, n - 1, 1, 1) for n in range(120))
    done = render(replace(FULL, tables=(*FULL.tables, Tabled("市町村別", FULL.tables[2].headings, rows, 3))))
    pages = by_poppler(done.pdf, tmp_path).split("\f")
    assert done.pages >= 4
    for number in range(1, done.pages + 1):
        assert f"{number}／{done.pages}" in bare(pages[number - 1])
    assert sum("実数（社）" in bare(page) for page in pages) >= 3, "heading rows stand again on each page"
    assert "実績集計（令和8年度）" in bare(pages[1])


def test_a_chart_of_nothing_and_of_many_months_is_drawn(tmp_path: Path) -> None:
    for bars in ((), (Bar("4月", 0, 0),), tuple(Bar(f"{n}月", n * 1000, n) for n in range(1, 13))):
        assert render(replace(FULL, bars=bars)).pdf.startswith(b"%PDF")
    assert [signed_number(n) for n in (1200, 0, -4)] == ["+1,200", "±0", "−4"]
