"""A PDF as `PdfView` uses it: its pages as pictures and as text with the place of each character.

The PDF library may be used by one thread at a time: everything here runs in the drawing thread and holds its lock
against what goes to the printer. Nothing knows widgets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pypdfium2
import pypdfium2.raw
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from kanto_desk.services.pdf_library import LIBRARY

_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of a page and, for each character, its box in points from the page's upper left corner."""

    text: str
    boxes: tuple[QRectF, ...]

    def areas(self, start: int, end: int) -> list[QRectF]:
        """The boxes of a piece of the text, those of one line joined."""
        lines: list[QRectF] = []
        for box in self.boxes[start:end]:
            if box.isEmpty():   # a line's end has no place
                continue
            middle = box.center().y()
            if lines and lines[-1].top() <= middle <= lines[-1].bottom() and box.left() >= lines[-1].left():
                lines[-1] = lines[-1].united(box)
            else:
                lines.append(box)
        return lines


@dataclass(slots=True, eq=False)
class Document:
    """A PDF opened in the drawing thread; `pdf` is touched there only."""

    data: bytes
    sizes: list[tuple[float, float]] = field(default_factory=list)   # of the pages, in points
    pdf: Any = None

    def open(self) -> list[tuple[float, float]]:
        """Read it; gives the sizes of its pages."""
        with LIBRARY:
            self.pdf = pypdfium2.PdfDocument(self.data)
            return [self.pdf.get_page_size(n) for n in range(len(self.pdf))]

    def draw(self, page: int, scale: float) -> QImage:
        """The page as a picture, `scale` device pixels a point."""
        with LIBRARY:
            sheet = self.pdf[page]
            bitmap = sheet.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
            image = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride,
                           QImage.Format.Format_RGBX8888).copy()
            bitmap.close()
            sheet.close()
            return image

    def texts(self) -> list[PageText]:
        """The text of every page."""
        texts = []
        for page in range(len(self.pdf)):
            with LIBRARY:
                texts.append(self._text(page))
        return texts

    def close(self) -> None:
        """Let go of it."""
        with LIBRARY:
            if self.pdf is not None:
                self.pdf.close()
                self.pdf = None

    def _text(self, page: int) -> PageText:
        sheet = self.pdf[page]
        written = sheet.get_textpage()
        height = sheet.get_height()
        text, boxes, at = "", [], 0
        count = written.count_chars()
        codes = [pypdfium2.raw.FPDFText_GetUnicode(written, n) for n in range(count)]
        while at < count:
            code, step = codes[at], 1
            if code in _HIGH and at + 1 < count and codes[at + 1] in _LOW:   # one character in two halves
                code, step = 0x10000 + ((code - 0xD800) << 10) + codes[at + 1] - 0xDC00, 2
            left, bottom, right, top = written.get_charbox(at, loose=True)
            text += chr(code)
            boxes.append(QRectF(left, height - top, right - left, top - bottom))
            at += step
        written.close()
        sheet.close()
        return PageText(text, tuple(boxes))
