"""The text boxes of a page as the frame sees them: whose turn Ctrl+Z is. Must not save anything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid


class BoxFirst(QObject):
    """Keystrokes are undone by the box with the focus; when it has none left, the record's own undo is meant.

    Qt's boxes take Ctrl+Z in any case, so the box with the focus is watched, and only that one.
    """

    def __init__(self, frame: QWidget, undo: Callable[[], None], redo: Callable[[], None]) -> None:
        super().__init__(frame)
        self._frame, self._undo, self._redo = frame, undo, redo
        self._watched: QWidget | None = None
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("no QApplication")
        self._app = app
        app.focusChanged.connect(self._moved)

    def stop(self) -> None:
        """Watch no more."""
        self._app.focusChanged.disconnect(self._moved)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.matches(QKeySequence.StandardKey.Undo) and not _can(watched, undo=True):
                self._undo()
                return True
            if event.matches(QKeySequence.StandardKey.Redo) and not _can(watched, undo=False):
                self._redo()
                return True
        return super().eventFilter(watched, event)

    def _moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None and isValid(self._watched):   # a box that is gone watches no more by itself
            self._watched.removeEventFilter(self)
        self._watched = None
        if isinstance(new, QLineEdit | QTextEdit | QPlainTextEdit) and self._frame.isAncestorOf(new):
            self._watched = new
            new.installEventFilter(self)


def _can(box: QObject, *, undo: bool) -> bool:
    if isinstance(box, QLineEdit):
        return box.isUndoAvailable() if undo else box.isRedoAvailable()
    if isinstance(box, QTextEdit | QPlainTextEdit):
        document = box.document()
        return document.isUndoAvailable() if undo else document.isRedoAvailable()
    return False
