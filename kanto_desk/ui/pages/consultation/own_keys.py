"""Ctrl+V with a picture on the clipboard belongs to the record, also while a text box has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from kanto_desk.services.pictures import ENDINGS
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.watching import WatchesBox


class OwnKeys(WatchesBox):
    """Takes a pasted picture from whichever text box inside `page` has the focus."""

    def __init__(self, page: QWidget, paste_picture: Callable[[], bool]) -> None:
        super().__init__(page)
        self._paste = paste_picture

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if isinstance(watched, Composing) and watched.composing:
            return False   # the box itself keeps every key from us
        return event.matches(QKeySequence.StandardKey.Paste) and clipboard_has_picture() and self._paste()


def clipboard_has_picture() -> bool:
    """Whether Ctrl+V should bring a picture: picture files, or a picture without text (spreadsheets send both)."""
    data = QGuiApplication.clipboard().mimeData()
    return data is not None and (bool(picture_files()) or (data.hasImage() and not data.hasText()))


def picture_files() -> list[str]:
    """The local picture files on the clipboard."""
    data = QGuiApplication.clipboard().mimeData()
    if data is None or not data.hasUrls():
        return []
    return [url.toLocalFile() for url in data.urls()
            if url.isLocalFile() and url.toLocalFile().lower().endswith(ENDINGS)]
