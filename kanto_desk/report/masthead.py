"""The head of a document's first page: agency, form number, 決裁欄, big title over a double rule, notes in a frame."""

from __future__ import annotations

from collections.abc import Sequence

from kanto_desk.report.blocks import INK, MM, NAVY, PALE, RULE, Style, Whole
from kanto_desk.report.canvas import Canvas
from kanto_desk.report.fonts import stack
from kanto_desk.report.paragraph import Line, Shape, compose
from kanto_desk.report.tagging import Element

_PROGRAMME = Style(8.5, 12.5, Shape(justify=False, phrases=True))
_AGENCY = Style(10.5, 15, Shape(bold=True, justify=False, phrases=True))
_BOX_WIDTH, _BOX_HEIGHT, _STUB = 14 * MM, 19 * MM, 5.2 * MM
_TITLE_SIZE, _SUBTITLE_SIZE = 20.0, 11.0


class Masthead(Whole):
    """Agency lines, title, approval boxes. `approvals` names the boxes; `approvals_title` stands beside them."""

    after = 9.0

    def __init__(self, *, lines: Sequence[str], agency: str, title: str, subtitle: str, approvals: Sequence[str],
                 approvals_title: str, tracking: float) -> None:
        self.small = [line for line in lines if line]
        self.agency, self.title, self.subtitle = agency, title, subtitle
        self.approvals, self.approvals_title, self.tracking = approvals, approvals_title, tracking

    def _boxes_width(self) -> float:
        return _STUB + _BOX_WIDTH * len(self.approvals) if self.approvals else 0.0

    def _texts(self, width: float) -> list[tuple[Style, tuple[Line, ...]]]:
        room = width - self._boxes_width() - (6 * MM if self.approvals else 0.0)
        texts = [(_PROGRAMME, compose(line, room / _PROGRAMME.size, _PROGRAMME.shape)) for line in self.small]
        return [*texts, (_AGENCY, compose(self.agency, room / _AGENCY.size, _AGENCY.shape))]

    def height(self, width: float) -> float:
        """Agency lines or approval boxes, whichever is taller, then the title."""
        texts = sum(len(lines) * style.leading for style, lines in self._texts(width))
        beside = _BOX_HEIGHT + (10 * MM if self._crowded(width) else 3.5 * MM)
        return max(texts + 12 * MM, beside, 22 * MM) + 3.5 * MM

    def _crowded(self, width: float) -> bool:
        """Whether title and subtitle are too wide to stand beside the boxes: then they stand below them."""
        title = stack(True).width(self.title) * _TITLE_SIZE + self.tracking * len(self.title)
        subtitle = stack().width(self.subtitle) * _SUBTITLE_SIZE + 12 if self.subtitle else 0.0
        return title + subtitle > width - self._boxes_width()

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Agency lines, then the title as H1, then the boxes."""
        y = top
        for style, lines in self._texts(width):
            with canvas.content(Element("P")):
                canvas.lines(lines, x, y, width, size=style.size, leading=style.leading, colour=style.colour)
            y -= len(lines) * style.leading
        foot = top - self.height(width)
        with canvas.content(Element("H1")):
            wide = canvas.text(self.title, x, foot + 5.2 * MM, size=_TITLE_SIZE, colour=NAVY, bold=True,
                               tracking=self.tracking)
            if self.subtitle:
                room = width - wide - 12 - (0 if self._crowded(width) else self._boxes_width())
                size = min(_SUBTITLE_SIZE, room / max(1.0, stack().width(self.subtitle)))
                canvas.text(self.subtitle, x + wide + 8, foot + 5.2 * MM, size=size, colour=NAVY)
        with canvas.artifact():
            canvas.line(x, foot + 1.2 * MM, x + width, foot + 1.2 * MM, thick=1.6, colour=NAVY)
            canvas.line(x, foot + 0.35 * MM, x + width, foot + 0.35 * MM, thick=0.4, colour=NAVY)
        if self.approvals:
            self._draw_boxes(canvas, x + width - self._boxes_width(), top)

    def _draw_boxes(self, canvas: Canvas, x: float, top: float) -> None:
        foot, head = top - _BOX_HEIGHT, 5 * MM
        with canvas.artifact():
            canvas.box(x, foot, _STUB, _BOX_HEIGHT, fill=PALE)
            canvas.box(x + _STUB, top - head, _BOX_WIDTH * len(self.approvals), head, fill=PALE)
            for index in range(len(self.approvals)):
                left = x + _STUB + index * _BOX_WIDTH
                canvas.line(left, top, left, foot, thick=0.5, colour=NAVY)
            canvas.line(x + _STUB, top - head, x + self._boxes_width(), top - head, thick=0.5, colour=NAVY)
            canvas.box(x, foot, self._boxes_width(), _BOX_HEIGHT, edge=NAVY, thick=0.8)
        with canvas.content(Element("P")):
            self._draw_stub(canvas, x, top)
            for index, words in enumerate(self.approvals):
                size = min(7.5, (_BOX_WIDTH - 7) / max(1.0, stack(True).width(words)))
                canvas.text(words, x + _STUB + (index + 0.5) * _BOX_WIDTH, top - 3.6 * MM, size=size, colour=NAVY,
                            bold=True, align="center")

    def _draw_stub(self, canvas: Canvas, x: float, top: float) -> None:
        """The boxes' name, written downwards: upright in Japanese, turned in English."""
        words, middle = self.approvals_title, top - _BOX_HEIGHT / 2
        if words.isascii():
            canvas.draw(f"q 0 1 -1 0 {x + _STUB / 2 + 2.6:.2f} {middle:.2f} cm")
            canvas.text(words, 0, 0, size=7.5, colour=NAVY, bold=True, align="center")
            canvas.draw("Q")
            return
        pitch = 4.1 * MM
        for index, char in enumerate(words):
            canvas.text(char, x + _STUB / 2, middle + (len(words) / 2 - index) * pitch - 8.6, size=8, colour=NAVY,
                        bold=True, align="center")


class Notice(Whole):
    """A framed note under the title: correction with its reason, or that a later version replaced this one."""

    after = 9.0
    _TITLE = Style(9, 14, Shape(bold=True, justify=False, phrases=True), NAVY)
    _TEXT = Style(9, 14, Shape(justify=False))

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        self.title, self.texts = title, [line for line in lines if line]

    def _all(self, width: float) -> list[tuple[Style, tuple[Line, ...]]]:
        room = width - 8 * MM
        parts = [(self._TITLE, self.title), *((self._TEXT, line) for line in self.texts)]
        return [(style, compose(words, room / style.size, style.shape)) for style, words in parts]

    def height(self, width: float) -> float:
        """All lines and the frame."""
        return sum(len(lines) * style.leading for style, lines in self._all(width)) + 9

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """A rule-edged frame with a thick left side."""
        height = self.height(width)
        with canvas.artifact():
            canvas.box(x, top - height, width, height, edge=RULE, thick=0.6)
            canvas.box(x, top - height, 1.6 * MM, height, fill=NAVY)
        y = top - 4.5
        for style, lines in self._all(width):
            with canvas.content(Element("P")):
                canvas.lines(lines, x + 5 * MM, y, width, size=style.size, leading=style.leading,
                             colour=style.colour if style is self._TITLE else INK)
            y -= len(lines) * style.leading
