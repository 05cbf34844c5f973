"""The pictures of a camera, read on a thread of their own and brought to the window. The window never waits for it."""

from __future__ import annotations

import atexit
import itertools
import threading
import weakref
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage

from kanto_desk.errors import Refused
from kanto_desk.services import cameras
from kanto_desk.services.cameras import Camera, Shot

_END_SECONDS = 2.0   # how long the end of the program waits for a device that does not answer


class CameraFeed(QObject):
    """`arrived` when a newer picture is there, `ended(words)` when no more come; a feed that was stopped says nothing.

    A thread still waiting for a device is let go, never waited for; the next one, of whichever record, waits on its own
    thread until the device is free.
    """

    arrived = Signal()
    ended = Signal(str)
    _came = Signal(object)
    _over = Signal(object, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._reading: _Reading | None = None
        self._last: _Reading | None = None
        self._room = (640, 480)
        self._came.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._over.connect(self._end, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether pictures are asked for."""
        return self._reading is not None

    @property
    def camera(self) -> Camera | None:
        """The camera that sends; None before its first picture."""
        return self._reading.camera if self._reading is not None else None

    @property
    def shot(self) -> Shot | None:
        """The newest picture as the camera sent it."""
        return self._reading.shot if self._reading is not None else None

    @property
    def image(self) -> QImage:
        """The newest picture for the screen; null before the first."""
        return self._reading.image if self._reading is not None else QImage()

    def start(self, cameras_: Sequence[Camera]) -> None:
        """Show the first of these cameras that opens."""
        self.stop()
        reading = _Reading(tuple(cameras_), self)
        reading.room = self._room
        self._reading = self._last = reading
        reading.start()

    def stop(self) -> None:
        """Let the device go: as soon as the picture being read is there, and without waiting for it."""
        if self._reading is not None:
            self._reading.over.set()
            self._reading = None

    def released(self, limit_seconds: float) -> bool:
        """Wait for the device of a stopped feed: for scripts, not for people. Gives whether it is free."""
        return self._last is None or self._last.join_within(limit_seconds)

    def set_room(self, size: QSize) -> None:
        """How large the picture on the screen can be, in device pixels."""
        self._room = max(1, size.width()), max(1, size.height())
        if self._reading is not None:
            self._reading.room = self._room

    def tell_picture(self, reading: _Reading) -> None:
        """Called by the thread: there is a newer picture."""
        self._came.emit(reading)

    def tell_end(self, reading: _Reading, words: str) -> None:
        """Called by the thread: there are no more."""
        self._over.emit(reading, words)

    def _show(self, reading: _Reading) -> None:
        reading.waiting = False
        if reading is self._reading:
            self.arrived.emit()

    def _end(self, reading: _Reading, words: str) -> None:
        if reading is self._reading:
            self._reading = None
            self.ended.emit(words)


class _Reading:
    """One opening of a device, from the first picture to the last, on one thread."""

    def __init__(self, cameras_: tuple[Camera, ...], feed: CameraFeed) -> None:
        self._cameras, self._feed = cameras_, feed
        self._number = next(_NUMBERS)
        self.over = threading.Event()
        self.camera: Camera | None = None
        self.shot: Shot | None = None
        self.image = QImage()
        self.room = (640, 480)
        self.waiting = False   # a picture was told and is not on the screen yet: newer ones go untold
        # The end of the program must not hang in a device, and must not tear the thread out of the library either.
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        _OPEN.add(self)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def join_within(self, seconds: float) -> bool:
        """Wait until the device is free; whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        for before in list(_OPEN):   # the same device cannot be opened twice
            if before._number < self._number and before.over.is_set():
                before.join_within(threading.TIMEOUT_MAX)
        try:
            words = self._read()
        except Refused as refused:
            words = refused.message
        finally:
            self.shot = None   # the next one needs no more than that the device is free
        if not self.over.is_set():
            self._tell(lambda: self._feed.tell_end(self, words))

    def _read(self) -> str:
        if self.over.is_set():
            return ""
        with cameras.opened(self._cameras) as stream:
            while not self.over.is_set():
                shot = stream.read()
                if shot is None:
                    return cameras.gone_words(stream.camera)
                self._take(stream.camera, shot)
        return ""

    def _take(self, camera: Camera, shot: Shot) -> None:
        if not self.waiting:
            pixels = shot.fitted(*self.room)
            self.image = QImage(pixels.content, pixels.width, pixels.height, 3 * pixels.width,
                                QImage.Format.Format_BGR888).copy()
        self.camera, self.shot = camera, shot
        if not self.waiting:
            self.waiting = True
            self._tell(lambda: self._feed.tell_picture(self))

    def _tell(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except RuntimeError:
            self.over.set()   # the window is gone: there is nobody to tell any more


_OPEN: weakref.WeakSet[_Reading] = weakref.WeakSet()
_NUMBERS = itertools.count()


def _let_go() -> None:
    """At the end of the program, with the interpreter still whole: no camera stays lit, no thread is cut off."""
    for reading in list(_OPEN):
        reading.over.set()
    for reading in list(_OPEN):
        if reading._thread.is_alive():
            reading.join_within(_END_SECONDS)


atexit.register(_let_go)
