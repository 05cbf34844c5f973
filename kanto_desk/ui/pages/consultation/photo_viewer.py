"""A photo large in the page, and the list of lines it can be moved to. Arrows step, Esc goes back to the grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import photos
from kanto_desk.services.timeline import Line
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.kinds import BY_CODE
from kanto_desk.ui.layout import Column, Row, set_property
from kanto_desk.ui.page import Window
from kanto_desk.ui.text import Elided, Wrapped
from kanto_desk.ui.theme import look

if TYPE_CHECKING:
    from kanto_desk.services.carrying import Links


class _Canvas(QWidget):
    """The picture, as large as there is room, never larger than it is."""

    stepped = Signal(int)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(80, 60)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_PageUp):
            self.stepped.emit(-1)
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
            self.stepped.emit(1)
        elif event.key() == Qt.Key.Key_Escape or event.key() in ENTER_KEYS:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, _event: QMouseEvent, /) -> None:
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.image.isNull():
            painter.fillRect(self.rect(), look().color("neutral_soft"))
        else:
            ratio = self.devicePixelRatioF()
            size = QSize(self.image.size())
            room = QSize(round(self.width() * ratio), round(self.height() * ratio))
            if size.width() > room.width() or size.height() > room.height():
                size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
            width, height = size.width() / ratio, size.height() / ratio
            left, top = (self.width() - width) / 2, (self.height() - height) / 2
            painter.drawImage(QRectF(left, top, width, height), self.image)
        if self.hasFocus():
            painter.setPen(look().color("focus"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class PhotoViewer(QWidget):
    """Shows one photo large. Emits `stepped(±1)` and `closed`."""

    stepped = Signal(int)
    closed = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window, self._digest = window, ""
        self.words = Elided("", "body")
        before = Button("", "chevron-left", "icon", name=tr("前の写真"), key="←")
        after = Button("", "chevron-right", "icon", name=tr("次の写真"), key="→")
        back = Button(tr("一覧にもどる"), "arrow-left", key="Esc")
        before.clicked.connect(lambda: self.stepped.emit(-1))
        after.clicked.connect(lambda: self.stepped.emit(1))
        back.clicked.connect(self.closed)
        self.canvas = _Canvas()
        self.canvas.stepped.connect(self.stepped)
        self.canvas.closed.connect(self.closed)
        head = Row(back, self.words, before, after, space=10)
        head.setStretch(1, 1)
        self.absent = _Absent(window)
        self.absent.came.connect(self._came)
        whole = Column(head, self.absent, self.canvas, space=8)
        whole.setStretch(2, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.canvas)

    def show_photo(self, digest: str, words: str) -> None:
        """Show a photo; it is read on the thread for pictures."""
        self.words.set_text(words)
        self.canvas.setAccessibleName(tr("大きな写真 {name}", name=words))
        if digest == self._digest:
            return
        self._digest, blobs = digest, self._window.desk.blobs
        self.canvas.image = QImage()
        self.absent.hide()

        def read(found: tuple[bytes | None, bool]) -> None:
            if digest == self._digest:
                content, whole = found
                self.canvas.image = QImage.fromData(content) if content is not None else QImage()
                self.canvas.update()
                self.absent.tell("" if whole else digest)
        self._window.work(lambda: photos.large_or_small(blobs, digest), read, lambda _error: True, beside=True)
        self.canvas.update()

    def _came(self, digest: str, content: bytes) -> None:
        if digest == self._digest:
            self.canvas.image = QImage.fromData(content)
            self.canvas.update()
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)


class _Absent(QWidget):
    """Says that a photo has not come to this laptop yet, and gets it. Emits `came(digest, content)`."""

    came = Signal(str, bytes)

    def __init__(self, window: Window) -> None:
        super().__init__()
        self.links: Links | None = None   # another way to the hub than the network
        self._window, self._digest = window, ""
        self.words = Wrapped("")
        self.button = Button(tr("写真を取り込む"), "download")
        self.button.clicked.connect(self._fetch)
        row = Row(self.words, self.button, space=10)
        row.setStretch(0, 1)
        self.setLayout(row)
        self.hide()

    def tell(self, digest: str) -> None:
        """Show the words for a photo that is not here; nothing for an empty one."""
        self._digest = digest
        joined = bool(digest) and photos.may_come(self._window.desk.store)
        self.words.set_text(tr("この写真は、まだ届いていません。小さな写真だけを表示しています。") if joined
                            else tr("この写真は、このパソコンにありません。"))
        self.button.setVisible(joined)
        self.button.setEnabled(True)
        self.setVisible(bool(digest))

    def _fetch(self) -> None:
        digest, desk, links = self._digest, self._window.desk, self.links

        def work() -> bytes:
            from kanto_desk.services import carrying  # the network's libraries, once somebody wants something of it

            return carrying.fetch_one(desk.store, desk.blobs, digest, links or carrying.to_hub)

        self.button.setEnabled(False)
        self.words.set_text(tr("取り込んでいます…"))

        def done(content: bytes) -> None:
            if digest == self._digest:
                self.hide()
            self._window.say(tr("写真を取り込みました。"))
            self.came.emit(digest, content)

        def failed(error: Exception) -> bool:
            if not isinstance(error, Refused | Trouble):
                return False
            if digest == self._digest:
                self.words.set_text(error.message if isinstance(error, Refused) else f"{error.happened}{error.to_do}")
                self.button.setEnabled(True)
                self.button.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        self._window.work(work, done, failed, beside=True)


class LineChooser(QFrame):
    """別の行へ移す: the lines of the record. Emits `chosen(uid of the line)` or `closed`."""

    chosen = Signal(str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = Wrapped("")
        self.lines = _Lines()
        self.lines.setAccessibleName(tr("移す先の行"))
        self.lines.entered_line.connect(self.chosen)
        self.lines.given_up.connect(self.closed)
        self.lines.itemClicked.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))
        back = Button(tr("やめる"), kind="ghost", key="Esc")
        back.clicked.connect(self.closed)
        head = Row(self.words, back, space=10)
        head.setStretch(0, 1)
        whole = Column(head, self.lines, space=8)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.setFocusProxy(self.lines)

    def ask(self, lines: Sequence[Line], count: int, here: str) -> None:
        """Ask under which line so many photos go; `here` is the line they are under now."""
        self.words.set_text(tr("{n}枚を移す先の行を選び、Enter を押します。", n=count))
        self.lines.clear()
        for line in lines:
            text = "　".join(filter(None, (line.time, BY_CODE[line.kind].word, line.text.replace("\n", " "))))
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, line.uid)
            item.setSizeHint(QSize(1, look().px(36)))
            self.lines.addItem(item)
            if line.uid == here:
                self.lines.setCurrentItem(item)
        if self.lines.currentRow() < 0 and self.lines.count():
            self.lines.setCurrentRow(0)
        self.lines.setFocus(Qt.FocusReason.OtherFocusReason)


class _Lines(QListWidget):
    """Lines in a list: Enter takes the one under the cursor."""

    entered_line = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "card")
        self.restyle()
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        item = self.currentItem()
        if event.key() in ENTER_KEYS and item is not None:
            self.entered_line.emit(item.data(Qt.ItemDataRole.UserRole))
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def restyle(self) -> None:
        """Take the sizes in use."""
        side = look().px(10)
        self.setViewportMargins(side, look().px(4), side, look().px(4))
