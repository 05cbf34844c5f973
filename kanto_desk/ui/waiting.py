"""What stands where something is still being read: nothing for 200 ms, then grey shapes of the final layout, and after
2 s words with a count and 中止. Never over a box in which somebody types.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, boxed
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look

QUIET_MS, WORDS_MS = 200, 2000
Shapes = Literal["rows", "cards", "page"]


class Waiting(QWidget):
    """Lies over `over` while something is read for it. Emits `stopped` when the user presses 中止.

    The waits are measured from `begin`; a `begin` while one is under way goes on with it.
    """

    stopped = Signal()

    def __init__(self, over: QWidget, shapes: Shapes) -> None:
        super().__init__(over)
        self._shapes = shapes
        self.words = Label("", "body")
        self.stop = Button(tr("中止"), "x")
        self.stop.clicked.connect(self._stop)
        self._told = boxed("card", Row(self.words, self.stop, space=12, margins=(16, 10, 12, 10)))
        self._told.hide()
        column = Column(None, Row(None, self._told, None), None, space=0)
        self.setLayout(column)
        self.setAccessibleName(tr("読み込んでいます"))
        self._quiet, self._long = QTimer(self), QTimer(self)
        for timer, wait, then in ((self._quiet, QUIET_MS, self._show_shapes), (self._long, WORDS_MS, self._show_words)):
            timer.setSingleShot(True)
            timer.setInterval(wait)
            timer.timeout.connect(then)
        self._count: tuple[int, int | None] = (0, None)
        over.installEventFilter(self)
        self.hide()

    def begin(self) -> None:
        """Something is being read."""
        if not self._quiet.isActive() and self.isHidden():
            self._count = (0, None)
            self._quiet.start()
            self._long.start()

    def tell(self, done: int, total: int | None = None) -> None:
        """How much was read so far, and of how much."""
        self._count = (done, total)
        if not self._told.isHidden():
            self._say()

    def end(self) -> None:
        """It is there, or nobody waits for it any more."""
        self._quiet.stop()
        self._long.stop()
        self._told.hide()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show) and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), look().color("canvas"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().color("neutral_soft"))
        for shape in self._drawn():
            painter.drawRoundedRect(shape, look().px(6), look().px(6))

    def _drawn(self) -> list[QRectF]:
        px, width, height = look().px, self.width(), self.height()
        if self._shapes == "page":
            wide = min(width - px(48), round((height - px(32)) / 1.414) if height > px(300) else width)
            return [QRectF((width - wide) / 2, px(16), wide, height)]
        if self._shapes == "cards":
            return [QRectF(px(24), px(20) + n * px(172), width - px(48), px(156)) for n in range(height // px(172) + 1)]
        parts = (0.24, 0.12, 0.3, 0.14)   # of the width: about what the columns of a list take
        rows, shapes = height // px(54) + 1, []
        for row in range(rows):
            left: float = px(16)
            for n, part in enumerate(parts):
                bar = width * part * (0.9 - 0.12 * ((row + n) % 3))
                shapes.append(QRectF(left, px(19) + row * px(54), bar, px(16)))
                left += width * (part + 0.03)
        return shapes

    def _show_shapes(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()

    def _show_words(self) -> None:
        self._say()
        self._told.show()
        announce(self, self.words.text())

    def _say(self) -> None:
        done, total = self._count
        if total:
            self.words.setText(tr("読み込んでいます　{done}／{total}", done=f"{done:,}", total=f"{total:,}"))
        elif done:
            self.words.setText(tr("読み込んでいます　{done}", done=f"{done:,}"))
        else:
            self.words.setText(tr("読み込んでいます"))

    def _stop(self) -> None:
        self.end()
        self.stopped.emit()
