"""Where the running program touches the system: file dialogs and the printer. Tests pass their own instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QCoreApplication, QObject, QRectF, QTimer
from PySide6.QtGui import QImage, QPageLayout, QPainter
from PySide6.QtWidgets import QFileDialog, QWidget

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.pdf_library import LIBRARY
from kanto_desk.ui.page import Files, Printer

_DPI = 300
AT_ONCE = 4   # pages: about a second


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
        with LIBRARY:
            document = pypdfium2.PdfDocument(pdf)
        turn(printer, document, 0)   # the dialog shows the sheet as it will lie
        dialog = QPrintDialog(printer, parent)
        if dialog.exec() != QPrintDialog.DialogCode.Accepted:
            with LIBRARY:
                document.close()
            return False
        Drawing(printer, document).begin()
        return True


def turn(printer: Any, document: Any, number: int) -> None:
    """Lay the next sheet as the page lies: a list with many columns is wider than high."""
    with LIBRARY:
        width, height = document.get_page_size(number)
    across = width > height
    printer.setPageOrientation(QPageLayout.Orientation.Landscape if across else QPageLayout.Orientation.Portrait)


class Drawing(QObject):
    """Draws the pages of a document on a QPrinter, each filling its sheet, and closes the document.

    The first pages at once; of a long list the others one by one between the window's events, so that keys go on being
    answered. Leaving the program waits for what is left.
    """

    _under_way: ClassVar[set[Drawing]] = set()   # kept alive: nobody else holds one

    def __init__(self, printer: Any, document: Any) -> None:
        super().__init__()
        self._printer, self._document = printer, document
        self._painter = QPainter()
        with LIBRARY:
            self._next, self._count = 0, len(document)

    def begin(self) -> None:
        """Draw the first pages and see to the rest."""
        self._under_way.add(self)
        turn(self._printer, self._document, 0)
        self._painter.begin(self._printer)
        while self._next < min(self._count, AT_ONCE):
            self._draw()
        if self._next == self._count:
            self._end()
            return
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.finish)
        QTimer.singleShot(0, self, self._go_on)

    def finish(self) -> None:
        """Draw what is left, now."""
        while self in self._under_way:
            self._step()

    def _go_on(self) -> None:
        if self in self._under_way:
            self._step()
            QTimer.singleShot(0, self, self._go_on)

    def _step(self) -> None:
        self._draw()
        if self._next == self._count:
            self._end()

    def _draw(self) -> None:
        printer, number = self._printer, self._next
        if number:
            turn(printer, self._document, number)
            printer.newPage()
        with LIBRARY:
            page = self._document[number]
            bitmap = page.render(scale=_DPI / 72, rev_byteorder=True).to_pil().convert("RGB")
            page.close()
        image = QImage(bitmap.tobytes(), bitmap.width, bitmap.height, 3 * bitmap.width, QImage.Format.Format_RGB888)
        unit = type(printer).Unit.DevicePixel
        area = QRectF(printer.paperRect(unit))
        area.translate(-printer.pageRect(unit).topLeft())
        self._painter.drawImage(area, image)
        self._next += 1

    def _end(self) -> None:
        self._painter.end()
        with LIBRARY:
            self._document.close()
        self._under_way.discard(self)
