"""The room of the pages: a page gets all of it or, in a window lower than the page can be, scrolls in its least height.

At 200 % a small window has 340 px of height at 100 %: words must be reached there, not cut off.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget

from kanto_desk.ui.layout import Scrolling, least_height, set_property


class Room(Scrolling):
    """Holds the stack of pages. Only the page shown counts: another one may need more."""

    _stack: QStackedWidget | None = None   # Qt filters events before the constructor is through

    def __init__(self, stack: QStackedWidget) -> None:
        super().__init__()
        set_property(self, "box", "page")
        self.setFrameShape(self.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = stack
        self.setWidget(stack)
        stack.currentChanged.connect(self._fit)
        stack.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def sizeHint(self) -> QSize:
        return self._stack.sizeHint() if self._stack is not None else super().sizeHint()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if watched is self._stack is not None and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        if self._stack is None:
            return
        page, has = self._stack.currentWidget(), self.viewport().size()
        least = least_height(page, has.width()) if page is not None else 0
        if least <= has.height():
            self.verticalScrollBar().setValue(0)
        self._stack.resize(has.width(), max(has.height(), least))


class OneShown(QStackedWidget):
    """A stack inside a page that asks only for what the part shown needs."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        if shown is None:
            return super().minimumSizeHint()
        return QSize(shown.minimumSizeHint().width(), least_height(shown, self.width()))

    def hasHeightForWidth(self) -> bool:
        return False   # else the heights of all parts would count
