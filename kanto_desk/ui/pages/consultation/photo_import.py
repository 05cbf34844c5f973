"""Photos come in: from files, the clipboard, a drop, a card or a camera. Each is read on the thread for pictures, so
that typing, saving and searching never wait; all of them join the record in one step at the end. What cannot be read is
named with its reason, and the others go in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import photo_intake, photos, pictures
from kanto_desk.services.cameras import Shot
from kanto_desk.services.photo_intake import Kept, Taken
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.own_keys import picture_files

KINDS = " ".join(f"*{ending}" for ending in pictures.ENDINGS)


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to be read: its name, how, and the time of its file if it has one.

    `own_clock`: this computer took it.
    """

    name: str
    read: Callable[[], tuple[bytes, datetime | None]]
    own_clock: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of the pictures of one import."""

    kept: list[Kept] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)


class PhotoImport(QObject):
    """Brings pictures into one record. `progressed(done, all)` between them, `ended(outcome)` when all are in."""

    added = Signal()
    progressed = Signal(int, int)
    ended = Signal(object)
    stopped = Signal()

    def __init__(self, window: Window, uid: str, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._uid = window, uid
        self._queue: deque[Source] = deque()
        self._all, self._running = 0, False
        self._outcome = Outcome()
        self._clocks: Mapping[str, timedelta] | None = None

    @property
    def running(self) -> bool:
        """Whether pictures are being read."""
        return self._running

    def count(self) -> int:
        """How many pictures the record has."""
        return len(photos.pictures(self._window.desk.store, self._uid))

    def choose(self, parent: QWidget) -> None:
        """Ask for picture files and add them."""
        self.add_files(self._window.files.open(parent, tr("写真を選ぶ"), tr("写真（{kinds}）", kinds=KINDS)))

    def add_files(self, files: Sequence[Path], clocks: Mapping[str, timedelta] | None = None) -> None:
        """Add picture files; `clocks` says how the clocks of their cameras differ, where people just said so."""
        self._clocks = clocks if clocks is not None else self._clocks
        self._add([Source(file.name, lambda file=file: _read(file)) for file in files])   # type: ignore[misc]

    def paste(self) -> bool:
        """Add the picture on the clipboard; False if there is none."""
        files = picture_files()
        if files:
            self.add_files([Path(name) for name in files])
            return True
        image = QGuiApplication.clipboard().image()
        if image.isNull():
            return False
        now = self._window.clock()
        self._add([Source(tr("貼り付けた写真"), lambda: (_png(image), now))])
        return True

    def add_shot(self, shot: Shot, at: datetime) -> None:
        """Add a picture that the camera of this computer took at this moment."""
        self._add([Source(tr("カメラの写真"), lambda: (shot.photo(at), at), own_clock=True)])

    def stop(self) -> None:
        """Take none of those under way."""
        if self._running:
            self._queue.clear()
            self._begin_anew()
            self.stopped.emit()
            self._window.say(tr("写真の取り込みを中止しました。何も入れていません"))

    def _add(self, sources: Sequence[Source]) -> None:
        if not sources:
            return
        self._queue.extend(sources)
        self._all += len(sources)
        if not self._running:
            self._running = True
            self._next()

    def _next(self) -> None:
        outcome, done = self._outcome, self._all - len(self._queue)
        self.progressed.emit(done, self._all)
        if not self._queue:
            self._finish(outcome)
            return
        source = self._queue.popleft()
        store, blobs = self._window.desk.store, self._window.desk.blobs

        def job() -> Kept:
            content, written = source.read()
            return photo_intake.keep(store, blobs, content, source.name, written, own_clock=source.own_clock)

        def kept(one: Kept) -> None:
            if outcome is self._outcome:   # else it was stopped meanwhile
                outcome.kept.append(one)
                self._next()

        def failed(error: Exception) -> bool:
            if outcome is not self._outcome:
                return True
            if not isinstance(error, Refused | OSError):
                self.stop()
                return False
            outcome.refused.append((source.name, error.message if isinstance(error, Refused) else
                                    tr("ファイルを読めません")))
            self._next()
            return True
        self._window.work(job, kept, failed, beside=True)

    def _finish(self, outcome: Outcome) -> None:
        store, uid, clocks = self._window.desk.store, self._uid, self._clocks
        self._begin_anew()

        def take() -> Taken:
            return photo_intake.take(store, uid, outcome.kept, clocks)

        def done(taken: Taken) -> None:
            outcome.taken = taken
            self._tell(outcome)

        def failed(_error: Exception) -> bool:
            self.stopped.emit()
            return False
        if outcome.kept:
            self._window.write(take, done, failed)
        else:
            self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        taken = outcome.taken
        words = []
        if taken.photos:
            words.append(tr("写真を{n}枚入れました", n=len(taken.photos)))
        if taken.known:
            words.append(tr("{n}枚はもう入っていました", n=len(taken.known)))
        if outcome.refused:
            name, why = outcome.refused[0]
            words.append(tr("「{name}」は入りませんでした：{why}", name=name, why=why))
        undo = photo_intake.undo_steps(lambda: self._window.do("undo"), taken) if taken.photos else None
        self._window.say("　".join(words), undo)
        self.ended.emit(outcome)
        self.added.emit()

    def _begin_anew(self) -> None:
        self._running, self._all = False, 0
        self._outcome, self._clocks = Outcome(), None


def _read(file: Path) -> tuple[bytes, datetime | None]:
    """A file and when it was written. Raises Refused before a file too large is read."""
    about = file.stat()
    if about.st_size > pictures.MOST_FILE_BYTES:
        raise Refused(tr("ファイルが大きすぎます（{mb} MB）", mb=about.st_size // 1_000_000))
    return file.read_bytes(), datetime.fromtimestamp(about.st_mtime, JST)


def _png(image: QImage) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # Qt's stub knows the path only
    return bytes(kept.data())
