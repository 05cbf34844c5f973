"""Icons inside a one-line box that grow with the zoom: Qt draws those of a QAction at 16 px whatever the type size."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from kanto_desk.ui.icons import pixmap
from kanto_desk.ui.theme import look

_SIZE, _WIDE, _MARGIN = 16, 26, 2


class LineIcon(QAbstractButton):
    """A picture at the beginning of a box, or one to be pressed at its end. Never takes the focus from the box."""

    def __init__(self, box: QLineEdit, picture: str, words: str, *, at_end: bool = False) -> None:
        super().__init__(box)
        self._box, self._picture, self._at_end = box, picture, at_end
        self.setText(words)   # for screen readers; only the picture is drawn
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor if at_end else Qt.CursorShape.IBeamCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not at_end)
        box.installEventFilter(self)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        room = look().px(_WIDE)
        margins = self._box.textMargins()
        if self._at_end:
            margins.setRight(room)
        else:
            margins.setLeft(room)
        self._box.setTextMargins(margins)
        self._place()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        side = look().px(_SIZE)
        painter = QPainter(self)
        painter.drawPixmap((self.width() - side) // 2, (self.height() - side) // 2,
                           pixmap(self._picture, "text3", _SIZE))
        painter.end()

    def _place(self) -> None:
        wide, margin = look().px(_WIDE), look().px(_MARGIN)
        left = self._box.width() - wide - margin if self._at_end else margin
        self.setGeometry(left, margin, wide, self._box.height() - 2 * margin)
