"""Small pictures of a record's photos, read off the UI thread and kept while the page is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPixmap

from kanto_desk.services import photos
from kanto_desk.ui.page import Window
from kanto_desk.ui.theme import look

_ROUND = 6


class Thumbs(QObject):
    """Pictures by the hash of their content. `arrived` comes when one more was read."""

    arrived = Signal()

    def __init__(self, window: Window, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._images: dict[str, QImage] = {}
        self._asked: set[str] = set()
        self._drawn: dict[tuple[str, int, int, float], QPixmap] = {}
        self._hashes: Mapping[str, str] = {}

    def know(self, hashes: Mapping[str, str]) -> None:
        """Which content stands behind each photo: uid → hash."""
        self._hashes = dict(hashes)

    def of_photo(self, uid: str, size: QSize) -> QPixmap:
        """The picture of a photo in this size, or a plain ground while it is being read."""
        return self.of_hash(self._hashes.get(uid, ""), size)

    def of_hash(self, digest: str, size: QSize, ratio: float = 1.0) -> QPixmap:
        """The picture of a content in this size, cut to fill it."""
        image = self._images.get(digest)
        if image is None:
            self._ask(digest)
            return plain(size)
        key = (digest, size.width(), size.height(), ratio)
        if key not in self._drawn:
            self._drawn[key] = fitted(image, size, ratio)
        return self._drawn[key]

    def _ask(self, digest: str) -> None:
        if not digest or digest in self._asked:
            return
        self._asked.add(digest)
        blobs = self._window.desk.blobs
        self._window.work(lambda: photos.thumbnail(blobs, digest), self._read(digest), lambda _error: True, beside=True)

    def _read(self, digest: str) -> Callable[[bytes | None], None]:
        def take(content: bytes | None) -> None:
            if content is not None:
                self._images[digest] = QImage.fromData(content)
                self.arrived.emit()
        return take


def plain(size: QSize) -> QPixmap:
    """A grey ground, while the picture is being read."""
    picture = QPixmap(size)
    picture.fill(look().color("neutral_soft"))
    return picture


def fitted(image: QImage, size: QSize, ratio: float) -> QPixmap:
    """A picture cut to fill a size, with round corners."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    whole = image.scaled(picture.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                         Qt.TransformationMode.SmoothTransformation)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge, radius = QPainterPath(), look().px(_ROUND)
    area = QRectF(0, 0, size.width(), size.height())
    edge.addRoundedRect(area, radius, radius)
    painter.setClipPath(edge)
    left, top = (whole.width() - picture.width()) / 2, (whole.height() - picture.height()) / 2
    painter.drawImage(area, whole, QRectF(left, top, picture.width(), picture.height()))
    painter.end()
    return picture
