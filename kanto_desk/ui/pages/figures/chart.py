"""A bar chart that says itself in words: painted with the chart tokens, walked with the arrow keys, opened with Enter.

Knows bars of a name and values, not what they count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.notices import announce
from kanto_desk.ui.theme import look

HEIGHT, ROW, GAP = 196, 32, 4
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, its value, the value beside it (None: none), and both in words."""

    name: str
    value: int
    before: int | None
    words: str


class BarChart(QWidget):
    """Bars standing side by side, or lying one below the other where their names are long. Emits `opened(number)`."""

    opened = Signal(int)
    accessible_role = QAccessible.Role.Chart

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self.current = -1
        self._lying = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: Sequence[Bar], sentence: str, *, lying: bool) -> None:
        """Show other bars; `sentence` says the whole chart to a screen reader."""
        self.bars, self._lying = tuple(bars), lying
        self.current = min(self.current, len(self.bars) - 1)
        self.setAccessibleName(sentence)
        self._tell()
        self.updateGeometry()
        self.update()

    def place_of(self, number: int) -> QRectF:
        """The area of a bar with its name and value."""
        used = look()
        if self._lying:
            return QRectF(0, used.px(GAP) + number * used.px(ROW), self.width(), used.px(ROW))
        left = self._axis()
        step = (self.width() - left) / max(1, len(self.bars))
        return QRectF(left + number * step, 0, step, self.height())

    def sizeHint(self) -> QSize:
        used = look()
        high = used.px(2 * GAP) + used.px(ROW) * len(self.bars) if self._lying else used.px(HEIGHT)
        return QSize(used.px(360), high)

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(200), self.sizeHint().height())

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.updateGeometry()
        self.update()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}.get(
            Qt.Key(event.key()), 0)
        if step and self.bars:
            self._choose(max(0, min(len(self.bars) - 1, self.current + step)))
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.bars:
            self._choose(0 if event.key() == Qt.Key.Key_Home else len(self.bars) - 1)
        elif event.key() in (*ENTER_KEYS, Qt.Key.Key_Space) and 0 <= self.current < len(self.bars):
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent, /) -> None:
        for number in range(len(self.bars)):
            if self.place_of(number).contains(event.position()):
                self._choose(number)
                self.opened.emit(number)
                return
        super().mousePressEvent(event)

    def focusInEvent(self, event: object, /) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        if self.current < 0 and self.bars:
            self._choose(0)

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lying:
            self._paint_lying(painter)
        else:
            self._paint_standing(painter)
        if self.hasFocus() and 0 <= self.current < len(self.bars):
            painter.setPen(QPen(look().color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.place_of(self.current).adjusted(1, 1, -1, -1), look().px(6), look().px(6))
        painter.end()

    def _choose(self, number: int) -> None:
        if number != self.current:
            self.current = number
            self._tell()
            if self.hasFocus():
                announce(self, self.bars[number].words)
            self.update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.bars[self.current].words if 0 <= self.current < len(self.bars) else "")

    def _most(self) -> int:
        return max([1, *(bar.value for bar in self.bars), *(bar.before or 0 for bar in self.bars)])

    def _axis(self) -> int:
        """The room for the numbers beside the grid."""
        return round(look().metrics("caption").horizontalAdvance(f"{round_up(self._most()):,}")) + look().px(10)

    def _paint_standing(self, p: QPainter) -> None:
        used = look()
        top, foot = used.px(24), self.height() - used.px(24)
        most, left = round_up(self._most()), self._axis()
        p.setFont(used.font("caption"))
        for tick in ticks(most):
            y = foot - (foot - top) * tick / most
            p.setPen(QPen(used.color("grid"), 1))
            p.drawLine(left, round(y), self.width(), round(y))
            p.setPen(used.color("text3"))
            p.drawText(QRectF(0, y - used.px(10), left - used.px(6), used.px(20)),
                       Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{tick:,}")
        for number, bar in enumerate(self.bars):
            area = self.place_of(number)
            thick = min(used.px(22), area.width() * 0.34)
            beside = bar.before is not None
            tall = [(foot - top) * value / most for value in (bar.before or 0, bar.value)]
            middle = area.center().x()
            if beside:
                self._bar(p, QRectF(middle - thick - 1, foot - tall[0], thick, tall[0]), "chart2")
            own = QRectF(middle + 1 if beside else middle - thick / 2, foot - tall[1], thick, tall[1])
            self._bar(p, own, "chart1")
            self._values(p, bar, area, own, foot - tall[0])
            p.setPen(used.color("text2"))
            name = used.metrics("caption").elidedText(bar.name, Qt.TextElideMode.ElideRight, area.width())
            p.drawText(QRectF(area.left(), foot + used.px(2), area.width(), used.px(20)),
                       Qt.AlignmentFlag.AlignCenter, name)

    @staticmethod
    def _values(p: QPainter, bar: Bar, area: QRectF, own: QRectF, before_top: float) -> None:
        """The value above its bar, and the one beside it where both have room."""
        used = look()
        words, early = f"{bar.value:,}", f"{bar.before:,}" if bar.before is not None else ""
        widths = [used.metrics("caption", bold=bold).horizontalAdvance(text) for text, bold in (
            (words, True), (early, False))]
        both = bool(early) and sum(widths) + used.px(4) <= area.width()
        high = used.px(20)
        if both:
            right = own.left() - 1
            p.setPen(used.color("text3"))
            p.drawText(QRectF(right - widths[1] - used.px(1), before_top - high, widths[1] + used.px(1), high),
                       Qt.AlignmentFlag.AlignCenter, early)
        p.setPen(used.color("text"))
        p.setFont(used.font("caption", bold=True))
        left = own.left() + used.px(1) if both else own.center().x() - widths[0] / 2
        p.drawText(QRectF(left, own.top() - high, widths[0] + used.px(2), high), Qt.AlignmentFlag.AlignCenter, words)
        p.setFont(used.font("caption"))

    def _paint_lying(self, p: QPainter) -> None:
        used = look()
        most = self._most()
        names = self.width() * 0.36
        longest = max((used.metrics("caption", bold=True).horizontalAdvance(f"{bar.value:,}") for bar in self.bars),
                      default=0)
        right = self.width() - longest - used.px(10)
        for number, bar in enumerate(self.bars):
            area = self.place_of(number)
            p.setFont(used.font("caption"))
            p.setPen(used.color("text2"))
            words = used.metrics("caption").elidedText(bar.name, Qt.TextElideMode.ElideMiddle, names - used.px(12))
            p.drawText(QRectF(used.px(4), area.top(), names, area.height()), Qt.AlignmentFlag.AlignVCenter, words)
            beside = bar.before is not None
            room = right - names - used.px(6)
            thick = used.px(9 if beside else 12)
            y = area.center().y() - (thick + 1 if beside else thick / 2)
            self._bar(p, QRectF(names, y, room * bar.value / most, thick), "chart1")
            if bar.before is not None:
                self._bar(p, QRectF(names, y + thick + 1, room * bar.before / most, used.px(6)), "chart2")
            p.setPen(used.color("text"))
            p.setFont(used.font("caption", bold=True))
            p.drawText(QRectF(right, area.top(), self.width() - right - used.px(4), area.height()),
                       Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{bar.value:,}")

    @staticmethod
    def _bar(p: QPainter, area: QRectF, token: str) -> None:
        if area.width() <= 0 or area.height() <= 0:
            return
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(look().color(token))
        round_ = min(look().px(3), area.width() / 2, area.height() / 2)
        p.drawRoundedRect(area, round_, round_)


def round_up(most: int) -> int:
    """The top of the grid: a round number of at least `most`, of which a quarter is whole where it can be."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale * 4 >= most:
                return step * scale * 4
        scale *= 10


def ticks(top: int) -> tuple[int, ...]:
    """The lines of the grid from 0 to its top."""
    return tuple(top * n // 4 for n in range(5))
