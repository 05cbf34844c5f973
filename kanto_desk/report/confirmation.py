"""The company's confirmation at the end of a sheet: statement, date, name, signature line, and the record's QR code."""

from __future__ import annotations

from collections.abc import Sequence

from kanto_desk.report.blocks import CELL, GREY, INK, MM, Style, Whole
from kanto_desk.report.canvas import Canvas
from kanto_desk.report.consultation_values import SIGNED_BOX, Stroke
from kanto_desk.report.images import qr_path, stroke_path
from kanto_desk.report.paragraph import Line, Shape, compose
from kanto_desk.report.tagging import Element, figure

_QR = 20 * MM
_SIGN_WIDTH, _SIGN_HEIGHT = 56 * MM, 17 * MM
_TEXT = Style(CELL.size, 15, Shape(justify=False, phrases=True))
PEN = (0.08, 0.13, 0.4)
"""The ink of a signature."""


class ConfirmationBlock(Whole):
    """QR code, statement lines, signature. With no strokes `typed` stands on the line, or the line stays open."""

    before = 10.0

    def __init__(self, *, statement: Sequence[str], code: str, code_text: str, signature_label: str, typed: str,
                 strokes: tuple[Stroke, ...], signature_text: str) -> None:
        self.statement = [line for line in statement if line]
        self.code, self.code_text, self.signature_label = code, code_text, signature_label
        self.typed, self.strokes, self.signature_text = typed, strokes, signature_text

    def _lines(self, width: float) -> list[tuple[Line, ...]]:
        room = width - _QR - 5 * MM - _SIGN_WIDTH - 4 * MM
        return [compose(line, room / _TEXT.size, _TEXT.shape) for line in self.statement]

    def height(self, width: float) -> float:
        """The tallest of its three parts."""
        text = sum(len(lines) for lines in self._lines(width)) * _TEXT.leading
        return max(_QR + 10, text, _SIGN_HEIGHT + 14.0)

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Code at the left, words in the middle, signature line at the right."""
        with canvas.content(figure(self.code_text, (x, top - _QR, x + _QR, top))):
            canvas.draw(f"q 0 g 1 0 0 1 {x:.2f} {top - _QR:.2f} cm", qr_path(self.code, _QR), "Q")
        left, y = x + _QR + 5 * MM, top
        for lines in self._lines(width):
            with canvas.content(Element("P")):
                canvas.lines(lines, left, y, width, size=_TEXT.size, leading=_TEXT.leading, colour=INK)
            y -= len(lines) * _TEXT.leading
        self._draw_signature(canvas, x + width - _SIGN_WIDTH, top)

    def _draw_signature(self, canvas: Canvas, x: float, top: float) -> None:
        with canvas.content(Element("P")):
            canvas.text(self.signature_label, x, top - 8, size=7.5, colour=GREY)
        foot = top - 10 - _SIGN_HEIGHT
        with canvas.artifact():
            canvas.line(x, foot, x + _SIGN_WIDTH, foot, thick=0.6, colour=INK)
        if self.strokes:
            width = min(_SIGN_WIDTH - 4, (_SIGN_HEIGHT - 3) * SIGNED_BOX)
            height = width / SIGNED_BOX
            at = x + (_SIGN_WIDTH - width) / 2
            with canvas.content(figure(self.signature_text, (at, foot + 1.5, at + width, foot + 1.5 + height))):
                canvas.draw(f"q {PEN[0]} {PEN[1]} {PEN[2]} RG 1.15 w 1 J 1 j 1 0 0 1 {at:.2f} {foot + 1.5:.2f} cm",
                            stroke_path(self.strokes, width, height), "S Q")
        elif self.typed:
            with canvas.content(Element("P")):
                canvas.text(self.typed, x + _SIGN_WIDTH / 2, foot + 6, size=12, colour=PEN, align="center")
