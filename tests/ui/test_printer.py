"""What reaches a printer: each sheet lies as its page does, and nothing is squeezed."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from kanto_desk.report import plain_sheet
from kanto_desk.ui.edges import AT_ONCE, Drawing
from tests.report.plain_samples import LIST, RECORD, listed


def drawing(pdf: bytes, target: Path) -> Drawing:
    """A drawing on a printer that writes to a file."""
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(target))
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    return Drawing(printer, pypdfium2.PdfDocument(pdf))


def sheets(pdf: bytes, target: Path) -> list[tuple[int, int]]:
    """Width and height in points of what a printer was given."""
    made = drawing(pdf, target)
    made.begin()
    made.finish()
    written = pypdfium2.PdfDocument(target)
    sizes = [tuple(round(side) for side in written.get_page_size(n)) for n in range(len(written))]
    ink = written[0].render(scale=0.2).to_pil().convert("L").getextrema()[0]
    written.close()
    assert ink < 128, "something is drawn"
    return [(width, height) for width, height in sizes]


def test_sheets_lie_as_their_pages(qapp: object, tmp_path: Path) -> None:
    across, upright = plain_sheet.render(LIST), plain_sheet.render(RECORD)
    seen = sheets(across.pdf, tmp_path / "across.pdf")
    assert len(seen) == across.pages and all(width > height for width, height in seen)
    seen = sheets(upright.pdf, tmp_path / "upright.pdf")
    assert len(seen) == upright.pages and all(width < height for width, height in seen)


def test_of_many_pages_the_window_is_let_in_between(qtbot: QtBot, tmp_path: Path) -> None:
    long = plain_sheet.render(listed(60))
    assert long.pages > AT_ONCE + 2
    made = drawing(long.pdf, tmp_path / "long.pdf")
    made.begin()
    turns: list[int] = []
    QTimer.singleShot(0, lambda: turns.append(made._next))
    qtbot.waitUntil(lambda: made not in Drawing._under_way, timeout=20_000)
    assert turns and AT_ONCE <= turns[0] < long.pages, "an event of the window came between two pages"
    with pypdfium2.PdfDocument(tmp_path / "long.pdf") as written:
        assert len(written) == long.pages
