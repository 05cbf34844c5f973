"""Watches whichever text box inside a page has the focus, and only that one."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QTextEdit, QWidget
from shiboken6 import isValid

TextBox = QLineEdit | QTextEdit


class WatchesBox(QObject):
    """Base of what sees the events of a page's text box before the box itself; `eventFilter` is the subclass's."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.page = page
        self.last: TextBox | None = None
        """The box that had the focus last; it may be gone or hidden by now, see `alive`."""
        self._watched: TextBox | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    @property
    def alive(self) -> TextBox | None:
        """The box that has or had the focus, while it can be written in."""
        box = self.last
        if box is None or not isValid(box) or not box.isVisible() or not box.isEnabled() or box.isReadOnly():
            return None
        return box

    def _moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is self._watched:
            return
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = None
        if isinstance(now, QLineEdit | QTextEdit) and self.page.isAncestorOf(now):
            self._watched = self.last = now
            now.installEventFilter(self)
