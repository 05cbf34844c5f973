"""Where the running program touches the system: file dialogs and the printer. Tests pass their own instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPageLayout, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.ui.page import Files, Printer

_DPI = 300


class SystemFiles(Files):
    """The system's own dialogs."""

    def open(self, parent: QWidget, title: str, kinds: str) -> Sequence[Path]:
        """The files chosen; none when the user went back."""
        names, _ = QFileDialog.getOpenFileNames(parent, title, "", kinds)
        return [Path(name) for name in names]

    def save(self, parent: QWidget, title: str, name: str, kinds: str) -> Path | None:
        """Where to save; None when the user went back."""
        chosen, _ = QFileDialog.getSaveFileName(parent, title, name, kinds)
        return Path(chosen) if chosen else None

    def folder(self, parent: QWidget, title: str) -> Path | None:
        """The folder chosen; None when the user went back."""
        chosen = QFileDialog.getExistingDirectory(parent, title)
        return Path(chosen) if chosen else None


class SystemPrinter(Printer):
    """The system's print dialog. Pages are drawn by pdfium, as the preview shows them."""

    def print(self, parent: QWidget, pdf: Path | bytes, title: str) -> bool:
        """Print a PDF; False when the user went back. Raises Trouble when this computer has no printer."""
        import pypdfium2  # loaded at the first print only: 9 MB of library
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo

        if not QPrinterInfo.availablePrinterNames():   # Qt would write a file, unencrypted, and call it printed
            raise Trouble(tr("プリンターが見つかりません。"), tr("ページはこのパソコンに残っています。"),
                          tr("プリンターをつなぐか、PDF を USB に書き出します。"))
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(title)
        document = pypdfium2.PdfDocument(pdf)
        try:
            turn(printer, document, 0)   # the dialog shows the sheet as it will lie
            dialog = QPrintDialog(printer, parent)
            if dialog.exec() != QPrintDialog.DialogCode.Accepted:
                return False
            draw(printer, document)
        finally:
            document.close()
        return True


def turn(printer: Any, document: Any, number: int) -> None:
    """Lay the next sheet as the page lies: a list with many columns is wider than high."""
    width, height = document.get_page_size(number)
    across = width > height
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if across else QPageLayout.Orientation.Portrait)


def draw(printer: Any, document: Any) -> None:
    """Draw every page of a document on a QPrinter, each filling its sheet."""
    turn(printer, document, 0)
    painter = QPainter(printer)
    unit = type(printer).Unit.DevicePixel
    try:
        for number in range(len(document)):
            if number:
                turn(printer, document, number)
                printer.newPage()
            bitmap = document[number].render(scale=_DPI / 72, rev_byteorder=True).to_pil().convert("RGB")
            image = QImage(bitmap.tobytes(), bitmap.width, bitmap.height, 3 * bitmap.width,
                           QImage.Format.Format_RGB888)
            area = QRectF(printer.paperRect(unit))
            area.translate(-printer.pageRect(unit).topLeft())
            painter.drawImage(area, image)
    finally:
        painter.end()
