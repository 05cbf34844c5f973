"""The print preview: real pages, drawn elsewhere, only those in sight."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from kanto_desk.ui.jobs import Jobs
from kanto_desk.ui.pdf_view import PdfView
from kanto_desk.ui.theme import controller


def paper(pages: int) -> bytes:
    """A4 pages, each with a black square at another height."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for n in range(pages):
        canvas.rect(100, 600 - 10 * n, 200, 100, fill=1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[PdfView]:
    jobs = Jobs()
    made = PdfView(jobs)
    qtbot.addWidget(made)
    made.resize(620, 500)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close_document()
    assert jobs.close()


def show(qtbot: QtBot, view: PdfView, pages: int) -> None:
    with qtbot.waitSignal(view.loaded):
        view.load(paper(pages))
    qtbot.waitUntil(view.ready)


def dark(view: PdfView) -> int:
    image = view.viewport().grab().toImage()
    return sum(image.pixelColor(x, y).lightness() < 60 for x in range(0, image.width(), 4)
               for y in range(0, image.height(), 4))


def test_the_page_is_drawn_as_wide_as_the_view(qtbot: QtBot, view: PdfView) -> None:
    show(qtbot, view, 3)
    area = view._page_rects()[0]
    assert area.width() == view.viewport().width() - 32 and abs(area.height() / area.width() - 842 / 595) < 0.01
    assert dark(view) > 500


def test_only_pages_in_sight_are_drawn(qtbot: QtBot, view: PdfView) -> None:
    show(qtbot, view, 40)
    assert len(view._pictures) <= 2
    view.go_to_page(20)
    qtbot.waitUntil(view.ready)
    assert {page for page, _ in view._pictures} <= {0, 1, 18, 19, 20}


def test_keys_turn_the_pages_and_the_name_says_which(qtbot: QtBot, view: PdfView) -> None:
    show(qtbot, view, 3)
    assert view.accessibleName() == "印刷プレビュー 3ページ中1"
    for key, page in ((Qt.Key.Key_PageDown, 2), (Qt.Key.Key_PageDown, 3), (Qt.Key.Key_PageDown, 3),
                      (Qt.Key.Key_PageUp, 2), (Qt.Key.Key_End, 3), (Qt.Key.Key_Home, 1)):
        QTest.keyClick(view, key)
        assert view.page() == page
    with qtbot.waitSignal(view.page_changed) as told:
        view.next_page()
    assert told.args == [2, 3]


def test_zoom_shows_the_paper_at_its_size_and_keeps_the_page(qtbot: QtBot, view: PdfView) -> None:
    show(qtbot, view, 3)
    view.go_to_page(2)
    view.set_zoom(150)
    qtbot.waitUntil(view.ready)
    assert view._page_rects()[0].width() == round(595 * 96 / 72 * 1.5) and view.page() == 2
    assert view.horizontalScrollBar().maximum() > 0
    view.set_zoom(None)
    assert view.horizontalScrollBar().maximum() == 0


def test_another_pdf_takes_the_place_of_the_first(qtbot: QtBot, view: PdfView) -> None:
    show(qtbot, view, 3)
    view.load(paper(5))
    with qtbot.waitSignal(view.loaded):
        view.load(paper(1))
    assert view.pages() == 1 and view.page() == 1


def test_what_is_no_pdf_is_said(qtbot: QtBot, view: PdfView) -> None:
    with qtbot.waitSignal(view.failed) as told:
        view.load(b"not a pdf")
    assert told.args[0] and view.pages() == 0 and not view.ready()
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(b"not a pdf")


def test_paper_is_white_in_the_dark_theme_too(qtbot: QtBot, view: PdfView) -> None:
    controller().set_scheme("dark")
    show(qtbot, view, 1)
    area = view._page_rects()[0]
    assert view.viewport().grab().toImage().pixelColor(area.left() + 5, area.top() + 5).lightness() == 255


def test_a_view_that_goes_away_closes_its_document(qtbot: QtBot) -> None:
    jobs = Jobs()
    window = QWidget()
    view = PdfView(jobs)
    view.setParent(window)
    with qtbot.waitSignal(view.loaded):
        view.load(paper(1))
    document = view._document
    assert document is not None and document.pdf is not None
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    jobs.wait_idle()
    assert document.pdf is None
    assert jobs.close()
