"""Blocks that flow down pages: paragraphs, headings, rows of pictures. A block measures, splits and draws itself.

All lengths in points. Knows no page: frame.py places blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kanto_desk.report.canvas import Align, Canvas, Colour
from kanto_desk.report.images import Picture
from kanto_desk.report.paragraph import Line, Shape, Text, balanced, compose
from kanto_desk.report.tagging import Element, figure

INK: Colour = (0.1, 0.1, 0.1)
NAVY: Colour = (0.122, 0.227, 0.373)
PALE: Colour = (0.929, 0.945, 0.965)
RULE: Colour = (0.541, 0.592, 0.659)
GREY: Colour = (0.333, 0.333, 0.333)
MM = 72 / 25.4
PLAIN = Shape()


@dataclass(frozen=True, slots=True)
class Style:
    """The type of a paragraph: size and leading in points, and how its lines are set."""

    size: float
    leading: float
    shape: Shape = PLAIN
    colour: Colour = INK
    align: Align = "left"


BODY = Style(9.5, 16.2, Shape(indent=1))
FLUSH = Style(9.5, 16.2, Shape())
CELL = Style(9, 14)
CELL_RAGGED = Style(9, 14, Shape(justify=False, phrases=True))
CELL_CENTER = Style(9, 14, Shape(justify=False, phrases=True), align="center")
LABEL = Style(8.5, 14, Shape(bold=True, justify=False, phrases=True), NAVY)
LABEL_CENTER = Style(8.5, 14, Shape(bold=True, justify=False, phrases=True), NAVY, "center")
HEADING = Style(11.5, 17, Shape(bold=True, justify=False, phrases=True), NAVY)
CAPTION = Style(8, 12, Shape(justify=False, phrases=True), align="center")
SMALL = Style(8, 12.5, Shape(justify=False))


def ragged(style: Style) -> Style:
    """The style without justification or first-line indent, as English is set."""
    return replace(style, shape=replace(style.shape, justify=False, indent=0.0, phrases=False))


class Block(Protocol):
    """What a frame places. `before` and `after` are blanks; `keeps_next` must not be last on a page.

    `closes` begins the end of a document, which never stands on a page without something of what comes before it.
    """

    before: float
    after: float
    keeps_next: bool
    closes: bool

    def height(self, width: float) -> float:
        """The height at a width."""
        ...

    def least(self, width: float) -> float:
        """The height of the smallest part that may stand at the foot of a page."""
        ...

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """The part that fits into `room` and the rest; None when nothing may stand here."""
        ...

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Draw with the upper left corner at (x, top)."""
        ...


class Whole:
    """A block that never splits. Subclasses give height and draw."""

    before = 0.0
    after = 0.0
    keeps_next = False
    closes = False

    def height(self, width: float) -> float:
        """The height at a width."""
        raise NotImplementedError

    def least(self, width: float) -> float:
        """All of it."""
        return self.height(width)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:  # noqa: ARG002 - the protocol's shape
        """Nothing smaller than the whole may stand."""
        return None


class Paragraph:
    """A paragraph of running text; splits with at least two lines on either side."""

    keeps_next = False
    closes = False

    def __init__(self, text: Text, style: Style, *, before: float = 0.0, after: float = 0.0, tag: str = "P") -> None:
        self.text, self.style, self.before, self.after = text, style, before, after
        self.element = Element(tag)
        self._lines: tuple[Line, ...] | None = None
        self._width = 0.0

    def lines(self, width: float) -> tuple[Line, ...]:
        """The set lines at a width."""
        if self._lines is None or self._width != width:
            self._lines = compose(self.text, width / self.style.size, self.style.shape)
            self._width = width
        return self._lines

    def height(self, width: float) -> float:
        """Lines times leading."""
        return len(self.lines(width)) * self.style.leading

    def least(self, width: float) -> float:
        """Two lines, or all of a paragraph of three (no single line may be left over)."""
        count = len(self.lines(width))
        return (count if count <= 3 else 2) * self.style.leading

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Cut between lines, two at least on both sides."""
        lines = self.lines(width)
        keep = min(int((room + 0.01) / self.style.leading), len(lines) - 2)
        if keep < 2:
            return None
        return self._part(lines[:keep], width, self.before, 0.0), self._part(lines[keep:], width, 0.0, self.after)

    def _part(self, lines: tuple[Line, ...], width: float, before: float, after: float) -> Paragraph:
        part = Paragraph("", self.style, before=before, after=after)
        part.element, part._lines, part._width = self.element, lines, width
        return part

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Set the lines as one paragraph of the structure."""
        style = self.style
        with canvas.content(self.element):
            canvas.lines(self.lines(width), x, top, width, size=style.size, leading=style.leading,
                         colour=style.colour, align=style.align)


class Heading(Whole):
    """A section heading: bar, number and words over a rule."""

    before = 13.0
    after = 5.0
    keeps_next = True
    _INSET = 4.4 * MM

    def __init__(self, text: str, *, closes: bool = False) -> None:
        self.element = Element("H2")
        self.text, self.closes = text, closes

    def _lines(self, width: float) -> tuple[Line, ...]:
        return compose(self.text, (width - self._INSET) / HEADING.size, HEADING.shape)

    def height(self, width: float) -> float:
        """Lines and rule."""
        return len(self._lines(width)) * HEADING.leading + 3.2

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Bar and rule are decoration; the words are the heading."""
        lines = self._lines(width)
        bottom = top - self.height(width)
        with canvas.artifact():
            canvas.box(x, bottom + 5.4, 2.3 * MM, len(lines) * HEADING.leading - 4.6, fill=NAVY)
            canvas.line(x, bottom, x + width, bottom, thick=0.5, colour=RULE)
        with canvas.content(self.element):
            canvas.lines(lines, x + self._INSET, top, width - self._INSET, size=HEADING.size, leading=HEADING.leading,
                         colour=HEADING.colour)


class PhotoRow(Whole):
    """Up to three photos side by side with their captions; all rows of a sheet share one photo width."""

    before = 3.0
    after = 6.0
    _GAP = 5 * MM
    _TALLEST = 62 * MM

    def __init__(self, photos: Sequence[tuple[Picture, str]], columns: int, alternative: str) -> None:
        self.photos, self.columns, self.alternative = photos, columns, alternative

    def _sizes(self, width: float) -> list[tuple[float, float]]:
        """Width and height of each photo: as wide as its column, less when that would be too tall."""
        column = self._column(width)
        sizes = []
        for picture, _ in self.photos:
            height = min(column * picture.height / picture.width, self._TALLEST)
            sizes.append((height * picture.width / picture.height, height))
        return sizes

    def _column(self, width: float) -> float:
        return (width - self._GAP * (self.columns - 1)) / self.columns

    def _captions(self, width: float) -> list[tuple[Line, ...]]:
        column = self._column(width) / CAPTION.size
        return [balanced(caption, column, CAPTION.shape) if caption else () for _, caption in self.photos]

    def height(self, width: float) -> float:
        """The tallest photo with the longest caption."""
        tallest = max(height for _, height in self._sizes(width))
        return tallest + 3 + max(len(lines) for lines in self._captions(width)) * CAPTION.leading

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Each photo is a figure whose alternative text is its caption."""
        column = self._column(width)
        foot = top - max(height for _, height in self._sizes(width))
        rows = zip(self.photos, self._sizes(width), self._captions(width), strict=True)
        for index, ((picture, caption), (wide, tall), lines) in enumerate(rows):
            left = x + index * (column + self._GAP)
            at = left + (column - wide) / 2
            with canvas.content(figure(caption or self.alternative, (at, foot, at + wide, foot + tall))):
                canvas.picture(picture, at, foot, wide, tall)
            with canvas.artifact():
                canvas.box(at, foot, wide, tall, edge=RULE, thick=0.4)
            if lines:
                with canvas.content(Element("Caption")):
                    canvas.lines(lines, left, foot - 3, column, size=CAPTION.size, leading=CAPTION.leading,
                                 colour=CAPTION.colour, align="center")
