"""Picture files dropped anywhere on a record go into it; a text box below would otherwise take their addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class PhotoDrop(QObject):
    """Emits `dropped(paths)` for files dropped on any of the widgets watched, while `may` says so."""

    dropped = Signal(object)

    def __init__(self, parent: QObject, widgets: Iterable[QWidget], may: Callable[[], bool]) -> None:
        super().__init__(parent)
        self._may = may
        for widget in widgets:
            self.watch(widget)

    def watch(self, widget: QWidget) -> None:
        """Take files dropped here too."""
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if not isinstance(event, QDragEnterEvent | QDragMoveEvent | QDropEvent):
            return super().eventFilter(watched, event)
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if not files:
            return super().eventFilter(watched, event)
        if not self._may():
            event.ignore()
            return True
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.dropped.emit(files)
        return True
