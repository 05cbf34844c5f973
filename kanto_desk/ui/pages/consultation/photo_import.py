"""Photos come in: from files, from the clipboard, by drop. Scaling runs on the worker thread, so that typing and saving
never wait for a picture; a picture that cannot be read says so and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import photos
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.own_keys import picture_files

KINDS = "*.jpg *.jpeg *.png *.webp *.bmp *.tif *.tiff"


class PhotoImport(QObject):
    """Brings pictures into one record, each with a 写真 line of its own."""

    added = Signal()

    def __init__(self, window: Window, uid: str, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._uid = window, uid
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many pictures are still being read."""
        return self._waiting

    def count(self) -> int:
        """How many pictures the record has."""
        return len(photos.pictures(self._window.desk.store, self._uid))

    def choose(self, parent: QWidget) -> None:
        """Ask for picture files and add them."""
        self.add_files(self._window.files.open(parent, tr("写真を選ぶ"), tr("写真（{kinds}）", kinds=KINDS)))

    def add_files(self, files: Sequence[Path]) -> None:
        """Add picture files in the order given."""
        for file in files:
            self._add(file.name, lambda file=file: file.read_bytes())

    def paste(self) -> bool:
        """Add the picture on the clipboard; False if there is none."""
        files = picture_files()
        if files:
            self.add_files([Path(name) for name in files])
            return True
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            return False
        self._add(tr("貼り付けた写真"), lambda: _png(image))
        return True

    def _add(self, name: str, read: object) -> None:
        store, blobs, uid = self._window.desk.store, self._window.desk.blobs, self._uid
        assert callable(read)

        def job() -> str:
            try:
                content = read()
            except OSError as error:
                raise Refused(tr("「{name}」を読めません。元のファイルはそのままです。", name=name)) from error
            return photos.attach(store, blobs, uid, content, name)
        self._waiting += 1
        self._window.work(job, lambda _uid: self._over(), self._failed)

    def _over(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self.added.emit()

    def _failed(self, _error: Exception) -> bool:
        self._over()
        return False   # the window says it


def _png(image: QImage) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # Qt's stub knows the path only
    return bytes(kept.data())
