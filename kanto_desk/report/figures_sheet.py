"""実績集計: the figures on paper, drawn from tables of plain values. Counts nothing and reads no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kanto_desk.i18n import Language, tr
from kanto_desk.report import wording
from kanto_desk.report.blocks import (
    CELL,
    CELL_CENTER,
    CELL_RAGGED,
    FLUSH,
    GREY,
    INK,
    LABEL_CENTER,
    NAVY,
    RULE,
    Block,
    Heading,
    Paragraph,
    Style,
    Whole,
    ragged,
)
from kanto_desk.report.canvas import Canvas
from kanto_desk.report.consultation_values import Printed
from kanto_desk.report.figures_values import Bar, FiguresSheet, Tabled, signed_number
from kanto_desk.report.fonts import stack
from kanto_desk.report.frame import Frame, Running
from kanto_desk.report.masthead import Masthead, Notice
from kanto_desk.report.table import Cell, Table, label
from kanto_desk.report.tagging import Facts, figure

CELL_NUMBER = replace(ragged(CELL), align="right")
_NAME_SHARE = 44.0   # of 170
_BAR_ROOM, _TALLEST_BAR, _LABELS = 120.0, 84.0, 14.0


def render(sheet: FiguresSheet, *, language: Language = "ja") -> Printed:
    """The figures as a PDF. The same sheet gives the same bytes."""
    canvas = Canvas()
    canvas.root.placed = True
    title = tr("実績集計", language)
    issued = wording.day(sheet.issued, language)
    with canvas.within(canvas.root):
        frame = Frame(canvas, Running(
            header=(wording.beside(title, sheet.period, language), sheet.days),
            footer=(sheet.agency, sheet.period, f"kanto-desk  {issued}")))
        frame.place(_blocks(sheet, language))
        frame.finish()
    facts = Facts(f"{title} {sheet.period}", sheet.agency, sheet.days, "ja-JP" if language == "ja" else "en-GB",
                  sheet.issued)
    return Printed(canvas.finish(facts), len(canvas.pages), canvas.missing)


def _blocks(sheet: FiguresSheet, language: Language) -> list[Block]:
    blocks: list[Block] = [Masthead(
        lines=(), agency=sheet.agency, title=tr("実績集計", language),
        subtitle=f"（{sheet.period}）" if language == "ja" else f"({sheet.period})",
        approvals=sheet.approvals, approvals_title=tr("決裁欄", language), tracking=0.1 if language == "ja" else 0.01)]
    if sheet.warning:
        blocks.append(Notice(sheet.warning, ()))
    blocks.append(Table((26, 144), [
        [label(words), Cell(value, _style(CELL, language))] for words, value in (
            (tr("期間", language), sheet.days), (tr("数えた相談", language), sheet.scope),
            (tr("数えた日", language), wording.day(sheet.issued, language)))]))
    for number, table in enumerate(sheet.tables, 1):
        mark = wording.section_number(number, language)
        blocks.append(Heading(f"{mark}{'　' if language == 'ja' else '   '}{table.title}"))
        if number == 2 and sheet.bars:   # the months follow the totals, with their chart
            blocks.append(BarChart(sheet.bars, sheet.series, sheet.sentence))
        blocks.append(_table(table, language))
    if sheet.notes:
        mark = wording.section_number(len(sheet.tables) + 1, language)
        blocks.append(Heading(f"{mark}{'　' if language == 'ja' else '   '}{tr('数え方', language)}"))
        blocks += [Paragraph(note, _style(FLUSH, language), after=2.0) for note in sheet.notes]
    return blocks


def _table(table: Tabled, language: Language) -> Table:
    style = _style(CELL_RAGGED, language)
    rows = [[label(words, LABEL_CENTER, "Column") for words in table.headings]]
    for name, *values in table.rows:
        rows.append([Cell(str(name), style, heads="Row"), *(
            _number(value, signed=at == table.change) for at, value in enumerate(values, 1))])
    count = len(table.headings) - 1
    name_share = max(_NAME_SHARE, 170.0 - count * 24.0) if count else 170.0
    shares = (name_share, *((170.0 - name_share) / count for _ in range(count)))
    return Table(shares, rows, heading_rows=1)


def _number(value: str | int | None, *, signed: bool) -> Cell:
    if isinstance(value, int):
        return Cell(signed_number(value) if signed else f"{value:,}", CELL_NUMBER)
    return Cell(value or "–", CELL_NUMBER if value else CELL_CENTER)


def _style(style: Style, language: Language) -> Style:
    return ragged(style) if language == "en" else style


class BarChart(Whole):
    """Bars by month, beside those compared with; every bar carries its value, and the whole is a figure in words."""

    before = 2.0
    after = 8.0

    def __init__(self, bars: Sequence[Bar], series: Sequence[str], sentence: str) -> None:
        self.bars, self.series, self.sentence = tuple(bars), tuple(series), sentence

    def height(self, width: float) -> float:  # noqa: ARG002 - the protocol's shape
        """The chart and the words below it."""
        return _BAR_ROOM + _LABELS

    def draw(self, canvas: Canvas, x: float, top: float, width: float) -> None:
        """A base line, bars with their values, names below, the two series named at the upper right."""
        foot = top - self.height(width) + _LABELS
        most = max([1, *(bar.value for bar in self.bars), *(bar.before or 0 for bar in self.bars)])
        step = width / max(1, len(self.bars))
        thick = min(15.0, step * 0.36)
        with canvas.content(figure(self.sentence, (x, foot - _LABELS, x + width, top))):
            canvas.line(x, foot, x + width, foot, thick=0.6, colour=RULE)
            for at, bar in enumerate(self.bars):
                middle = x + (at + 0.5) * step
                if bar.before is not None:
                    self._bar(canvas, (middle - thick - 0.6, foot, thick, thick + 3), bar.before, most, early=True)
                left = middle + 0.6 if bar.before is not None else middle - thick / 2
                room = step - 2 if bar.before is None else thick + 3
                self._bar(canvas, (left, foot, thick, room), bar.value, most, early=False)
                canvas.text(bar.name, middle, foot - 10, size=_fitting(bar.name, 8.0, step), colour=INK, align="center")
            self._legend(canvas, x + width, top)

    @staticmethod
    def _bar(canvas: Canvas, place: tuple[float, float, float, float], value: int, most: int, *, early: bool) -> None:
        """`place` is the bar's left, foot and width, and the room of its number."""
        left, foot, thick, room = place
        tall = value * _TALLEST_BAR / most
        if value:
            canvas.box(left, foot, thick, tall, fill=RULE if early else NAVY)
        words = f"{value:,}"
        canvas.text(words, left + thick / 2, foot + tall + 2.2, size=_fitting(words, 7.0, room),
                    colour=GREY if early else NAVY, bold=not early, align="center")

    def _legend(self, canvas: Canvas, right: float, top: float) -> None:
        for words, colour in reversed(list(zip(self.series, (NAVY, RULE), strict=False))):
            wide = stack().width(words) * 8
            canvas.text(words, right, top - 9, size=8, colour=INK, align="right")
            canvas.box(right - wide - 11, top - 9, 7, 7, fill=colour)
            right -= wide + 22


def _fitting(words: str, size: float, room: float) -> float:
    """The type size at which words fit into `room` points, at most `size`."""
    return min(size, room / max(0.1, stack().width(words)))
