"""What stands in the place of the figures while they are counted. Counts nothing."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, holder
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look

_WAITING = 300


class Waiting(QWidget):
    """Grey shapes of the page to come; after two seconds how long it takes, and 中止."""

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._seconds = 0
        self.words = Label("", "second")
        self.stop = Button(tr("中止"))
        self.stop.clicked.connect(self.stopped)
        self._told = holder(Row(self.words, self.stop, None, space=10))
        self._told.hide()
        self.setLayout(Column(self._told, None, space=0, margins=(24, 4, 20, 0)))
        self.setAccessibleName(tr("数えています"))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)   # it takes the cursor while what had it is gone
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(200), look().px(_WAITING))

    def begin(self) -> None:
        """Start to wait."""
        self._seconds = 0
        self._told.hide()
        self._clock.start()

    def end(self) -> None:
        """The figures are there."""
        self._clock.stop()

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(used.color("neutral_soft"))
        gap, margin = used.px(12), used.px(24)
        room = self.width() - 2 * margin + gap
        shapes = [*((n / 4, 48, 1 / 4, 112) for n in range(4)), (0.0, 172, 0.62, 360), (0.62, 172, 0.38, 360)]
        for left, top, wide, high in shapes:
            area = QRectF(margin + left * room, used.px(top), wide * room - gap, used.px(high))
            painter.drawRoundedRect(area, used.px(10), used.px(10))
        painter.end()

    def _tick(self) -> None:
        self._seconds += 1
        if self._seconds >= 2:
            self.words.setText(tr("数えています… {n}秒", n=self._seconds))
            self._told.show()
