"""The one table style: navy frame, grey rules, pale heading cells. Rows flow over pages, heading rows repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from kanto_desk.report.blocks import CELL, LABEL, NAVY, PALE, RULE, Block, Style
from kanto_desk.report.canvas import Canvas, rgb
from kanto_desk.report.paragraph import Line, Text, compose
from kanto_desk.report.tagging import Element, cell
from kanto_desk.stopping import heed

_PAD_X, _PAD_Y = 5.0, 2.8
_SPLIT_LINES = 6      # a row with fewer lines moves to the next page as a whole
Heads = Literal["", "Row", "Column"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, its style, whether it heads a row or column, and how many columns it spans."""

    text: Text
    style: Style = CELL
    heads: Heads = ""
    span: int = 1


def label(text: str, style: Style = LABEL, heads: Heads = "Row") -> Cell:
    """A heading cell."""
    return Cell(text, style, heads)


@dataclass(slots=True)
class _Set:
    """A cell whose lines are set."""

    cell: Cell
    element: Element
    left: float
    width: float
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Row:
    cells: list[_Set]
    element: Element = field(default_factory=lambda: Element("TR"))
    repeated: bool = False
    middle: bool = True

    height: float = field(init=False)   # the tallest cell with its padding; asked for each page of a long table

    def __post_init__(self) -> None:
        self.height = max(len(one.lines) * one.cell.style.leading for one in self.cells) + 2 * _PAD_Y


class Table:
    """A table of rows of cells. `columns` are widths as shares; the first `heading_rows` repeat on each page."""

    keeps_next = False
    closes = False

    def __init__(self, columns: Sequence[float], rows: Sequence[Sequence[Cell]], *, heading_rows: int = 0,
                 before: float = 0.0, after: float = 2.0, top_aligned: bool = False) -> None:
        self.columns, self.source, self.heading_rows = columns, rows, heading_rows
        self.before, self.after, self.top_aligned = before, after, top_aligned
        self.element = Element("Table")
        self._rows: list[_Row] | None = None
        self._width = self._height = 0.0

    def _set(self, width: float) -> list[_Row]:
        if self._rows is not None and self._width == width:
            return self._rows
        unit = width / sum(self.columns)
        edges = [0.0]
        for share in self.columns:
            edges.append(edges[-1] + share * unit)
        rows: list[_Row] = []
        for cells in self.source:
            heed()
            at = 0
            done: list[_Set] = []
            for one in cells:
                left, right = edges[at], edges[at + one.span]
                at += one.span
                style = one.style
                lines = compose(one.text, (right - left - 2 * _PAD_X) / style.size, style.shape) if one.text else ()
                done.append(_Set(one, cell(one.heads, one.span), left, right - left, lines))
            rows.append(_Row(done, middle=not (self.top_aligned and len(rows) >= self.heading_rows)))
        self._rows, self._width, self._height = rows, width, sum(row.height for row in rows)
        return rows

    def height(self, width: float) -> float:
        """All rows."""
        self._set(width)
        return self._height

    def least(self, width: float) -> float:
        """The heading rows and the first row, or three lines of it when it may split."""
        rows = self._set(width)
        heads = sum(row.height for row in rows[:self.heading_rows])
        first = rows[self.heading_rows] if len(rows) > self.heading_rows else None
        if first is None:
            return heads
        return heads + min(first.height, 3 * CELL.leading + 2 * _PAD_Y if _may_split(first) else first.height)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Whole rows that fit; a long row is cut between its lines. The heading rows begin the rest as an artifact."""
        rows = self._set(width)
        heads = rows[:self.heading_rows]
        used = sum(row.height for row in heads)
        fitting = len(heads)
        while fitting < len(rows) and used + rows[fitting].height <= room + 0.01:
            used += rows[fitting].height
            fitting += 1
        upper, lower = rows[:fitting], rows[fitting:]
        halved = False
        if lower and _may_split(lower[0]):
            halves = _split_row(lower[0], room - used)
            if halves:
                upper = [*upper, halves[0]]
                lower, halved = [halves[1], *lower[1:]], True
        if len(upper) <= len(heads) or not lower:
            return None
        repeated = [_Row(row.cells, row.element, repeated=True, middle=row.middle) for row in heads]
        above = sum(row.height for row in upper)
        whole = self._height if not halved else above + sum(row.height for row in lower)
        # what is left is not added up row by row: a list of thousands is split at every page
        below = whole - above + sum(row.height for row in heads)
        return (self._part(upper, width, self.before, 0.0, above),
                self._part([*repeated, *lower], width, 0.0, self.after, below))

    def _part(self, rows: list[_Row], width: float, before: float, after: float,
              height: float) -> Table:
        part = Table(self.columns, (), heading_rows=self.heading_rows, before=before, after=after)
        part.element, part._rows, part._width, part._height = self.element, rows, width, height
        return part

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """Shades and rules first as decoration, then the cells in reading order."""
        rows = self._set(width)
        with canvas.artifact():
            self._decorate(canvas, rows, x, top, width)
        with canvas.within(self.element):
            y = top
            for row in rows:
                heed()
                if row.repeated:
                    with canvas.artifact():
                        for one in row.cells:
                            _draw_cell(canvas, one, row, x, y)
                else:
                    with canvas.within(row.element):
                        for one in row.cells:
                            with canvas.content(one.element):
                                _draw_cell(canvas, one, row, x, y)
                y -= row.height

    @staticmethod
    def _decorate(canvas: Canvas, rows: list[_Row], x: float, top: float, width: float) -> None:
        shades: list[str] = []
        rules: list[str] = []
        y = top
        for row in rows:
            height = row.height
            for one in row.cells:
                if one.cell.heads:
                    shades.append(f"{x + one.left:.2f} {y - height:.2f} {one.width:.2f} {height:.2f} re")
                if one.left > 0:
                    rules.append(f"{x + one.left:.2f} {y:.2f} m {x + one.left:.2f} {y - height:.2f} l")
            y -= height
            if row is not rows[-1]:
                rules.append(f"{x:.2f} {y:.2f} m {x + width:.2f} {y:.2f} l")
        if shades:
            canvas.draw(f"{rgb(PALE)} rg", *shades, "f")
        if rules:
            canvas.draw(f"{rgb(RULE)} RG 0.45 w", *rules, "S")
        canvas.box(x, y, width, top - y, edge=NAVY, thick=0.9)


def _draw_cell(canvas: Canvas, one: _Set, row: _Row, x: float, top: float) -> None:
    style = one.cell.style
    if not one.lines:
        return
    blank = row.height - len(one.lines) * style.leading
    down = blank / 2 if row.middle or one.cell.heads else _PAD_Y
    canvas.lines(one.lines, x + one.left + _PAD_X, top - down, one.width - 2 * _PAD_X, size=style.size,
                 leading=style.leading, colour=style.colour, align=style.align)


def _may_split(row: _Row) -> bool:
    return max(len(one.lines) for one in row.cells) >= _SPLIT_LINES


def _split_row(row: _Row, room: float) -> tuple[_Row, _Row] | None:
    """A row cut at `room`; each cell keeps two lines on either side or is whole. None when it cannot."""
    upper: list[_Set] = []
    lower: list[_Set] = []
    for one in row.cells:
        count = len(one.lines)
        keep = int((room - 2 * _PAD_Y + 0.01) / one.cell.style.leading)
        if keep < min(count, 2):
            return None
        if keep < count:
            keep = min(keep, count - 2) if count > 3 else 0
            if keep == 0 and count:
                return None
        upper.append(_Set(one.cell, one.element, one.left, one.width, one.lines[:keep]))
        lower.append(_Set(one.cell, one.element, one.left, one.width, one.lines[keep:]))
    return _Row(upper, row.element, middle=False), _Row(lower, row.element, middle=False)
