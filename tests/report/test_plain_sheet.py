"""The plain paper read back: every word is there, nothing leaves its cell, long lists keep their order and their heads."""

from __future__ import annotations

import threading
from dataclasses import replace

import pypdfium2
import pytest

from kanto_desk.report import plain_sheet
from kanto_desk.report.canvas import A4
from kanto_desk.report.plain_values import ListColumn, Part
from kanto_desk.stopping import Stop, Stopped, bound
from tests.report.plain_samples import ENGLISH, LIST, RECORD, listed
from tests.report.reading import bare, by_pdfium, elements, opened


def test_every_word_is_there() -> None:
    for paper, language in ((LIST, "ja"), (RECORD, "ja"), (ENGLISH, "en")):
        printed = plain_sheet.render(paper, language="en" if language == "en" else "ja")
        text = bare(by_pdfium(printed.pdf))
        assert printed.missing == ()
        words = [paper.title, paper.name, paper.agency, paper.warning, *paper.notes]
        words += [part for pair in paper.about for part in pair]
        for part in paper.parts:
            words += [part.heading, part.note, part.empty if not part.rows else "", *(column.words for column in part.columns if part.rows)]
            words += [line for row in part.rows for cell in row for line in cell.split("\n")]
        assert [word for word in words if bare(word) not in text] == []


def test_nothing_is_cut_off() -> None:
    """Every letter lies between the margins, upright and across."""
    for paper, width in ((LIST, A4[1]), (RECORD, A4[0])):
        document = pypdfium2.PdfDocument(plain_sheet.render(paper).pdf)
        for page in document:
            assert page.get_width() == pytest.approx(width, abs=0.1)
            text = page.get_textpage()
            boxes = [text.get_charbox(n) for n in range(text.count_chars())]
            drawn = [box for box in boxes if box[2] > box[0]]
            assert drawn and min(box[0] for box in drawn) > 50 and max(box[2] for box in drawn) < width - 50
            text.close()
            page.close()
        document.close()


def test_a_list_of_thousands_keeps_its_order_its_heads_and_its_count() -> None:
    printed = plain_sheet.render(listed(2000))
    document = pypdfium2.PdfDocument(printed.pdf)
    assert len(document) == printed.pages > 150
    seen: list[int] = []
    for at, page in enumerate(document, 1):
        text = page.get_textpage()
        words = text.get_text_range()
        text.close()
        page.close()
        assert "企業名" in words and "最終相談" in words, "the heading row stands on every page"
        assert f"{at}／{printed.pages}" in bare(words)
        seen += [int(line.split("工場")[0]) for line in bare(words).split("𠮷髙製作所第")[1:]]
    document.close()
    assert seen == list(range(1, 2001))


def test_the_structure_is_tagged() -> None:
    pdf = opened(plain_sheet.render(RECORD).pdf)
    assert [len(elements(pdf, tag)) for tag in ("H1", "H2", "Table")] == [1, 3, 3]
    assert len(elements(pdf, "TH")) == 3 + 3 + 4
    assert str(pdf.docinfo.Title) == "企業の記録（株式会社 𠮷髙製作所）"
    many = opened(plain_sheet.render(LIST).pdf)
    assert len(elements(many, "Table")) == 2 and len(elements(many, "TR")) == 2 + 1 + 30, "one table, whatever its pages"


def test_a_row_taller_than_a_page_goes_on_on_the_next() -> None:
    long = "\n".join(f"行{n:03}の言葉" for n in range(1, 121))
    paper = replace(LIST, parts=(Part("", (ListColumn("番号", 20), ListColumn("内容", 80)), (("1", "短い"), ("2", long), ("3", "おわり"))),))
    text = bare(by_pdfium(plain_sheet.render(paper).pdf))
    assert [n for n in range(1, 121) if f"行{n:03}の言葉" not in text] == [] and "おわり" in text


def test_the_same_paper_gives_the_same_bytes() -> None:
    assert plain_sheet.render(LIST).pdf == plain_sheet.render(LIST).pdf


def test_nobody_waits_for_it_any_more() -> None:
    """Asked to stop, it ends between two rows."""
    stop = Stop()
    ended: list[BaseException] = []

    def draw() -> None:
        with bound(stop):
            try:
                plain_sheet.render(listed(20_000))
            except Stopped as stopped:
                ended.append(stopped)
    worker = threading.Thread(target=draw)
    worker.start()
    stop.ask()
    worker.join()
    assert len(ended) == 1
