"""The camera of this computer inside the page: its live picture, Enter takes a photo, Esc lets the camera go.

The camera is on only while the panel is in sight: another tab, another page or a hidden window switch it off, and it
never comes on again by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.cameras import Camera
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import Column, Row, holder
from kanto_desk.ui.notices import announce
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.camera_feed import CameraFeed
from kanto_desk.ui.pages.consultation.key_hints import KeyHints
from kanto_desk.ui.pages.consultation.thumbs import fitted
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.text import Elided, Label, Picture, Wrapped
from kanto_desk.ui.theme import look

_LOW = 380         # px at 100 %: below this height the picture has the room alone
_NAME = 100        # px at 100 %: the least that a camera's name is worth showing in
_LAST = (72, 48)   # px at 100 %: the photo taken last, small


class CameraPanel(QWidget):
    """Emits `taken(shot, at)` for each photo, `files_asked` for the system's dialog, `closed`."""

    taken = Signal(object, object)
    files_asked = Signal()
    closed = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._cameras: list[Camera] = []
        self._at, self._count, self._turn = 0, 0, 0
        self._before: Camera | None = None   # the one shown when the next was asked for
        self._open = self._left = False
        self._drawn = QImage()
        self.feed = CameraFeed(self)
        self.feed.arrived.connect(self._show_picture)
        self.feed.ended.connect(self._show_trouble)
        self.title, self.name = Elided("", "h3"), Elided("", "caption")
        self.other = Button(tr("ほかのカメラ"), "refresh-cw", key="C")
        self.other.clicked.connect(self._next_camera)
        self.away = Button(tr("とじる"), kind="ghost", key="Esc")
        self.away.clicked.connect(self.closed)
        self.live = LivePicture()
        self.live.pressed.connect(self.shoot)
        self.live.resized.connect(self.feed.set_room)
        self.trouble = Wrapped("")
        self.instead = Wrapped("", "second")
        self.again = Button(tr("もう一度ためす"), "refresh-cw")
        self.again.clicked.connect(self._start)
        self.files = Button(tr("写真を選ぶ"), "image", key="Ctrl+Shift+P")
        self.files.clicked.connect(self.files_asked)
        self.last, self.count = Label(""), Label("", "caption")
        self.hint = KeyHints(("Enter", tr("撮る")), ("Esc", tr("とじる")))
        self.ok = Button(tr("撮る"), "camera", "primary", key="Enter")
        self.ok.clicked.connect(self.shoot)
        self._lay_out()

    def _lay_out(self) -> None:
        # The button of the camera stands above the picture: below it a low window would have no room for both.
        head = Row(self.title, self.name, self.other, self.ok, self.away, space=10)
        head.setStretch(1, 1)
        self._icon = picture = Picture("camera", "text3", 32)
        for text in (self.trouble, self.instead):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        ways = Row(None, self.again, self.files, None, space=8)
        words = Column(None, picture, self.trouble, self.instead, ways, None, space=12, margins=(24, 0, 24, 0))
        words.setAlignment(picture, Qt.AlignmentFlag.AlignHCenter)
        self._sorry = holder(words)
        self.stack = OneShown()
        self.stack.addWidget(self.live)
        self.stack.addWidget(self._sorry)
        foot = Row(self.last, self.count, None, self.hint, space=12)
        foot.setStretch(2, 1)
        foot.setAlignment(self.hint, Qt.AlignmentFlag.AlignVCenter)
        self._foot = holder(foot)
        whole = Column(holder(head), self.stack, self._foot, space=8, margins=(24, 10, 20, 12))
        whole.setStretch(1, 1)
        self.setLayout(whole)

    # What the page asks

    def open(self, title: str, instead: str) -> None:
        """Show the live picture; `instead` says what else can be done where there is none."""
        self.title.set_text(title)
        self.instead.set_text(instead)
        self._count, self._open, self._left = 0, True, False
        self._turn += 1
        turn = self._turn
        self.count.clear()
        self.last.hide()
        self.name.set_text("")
        self.other.hide()
        self._wait()

        def told(found: Sequence[Camera]) -> None:
            if turn == self._turn:   # else it was closed meanwhile
                self._cameras = list(found)
                self._at = min(self._at, max(0, len(found) - 1))
                self._start()
        self._window.work(self._window.cameras, told, beside=True)

    def take_focus(self) -> None:
        """Put the cursor where the work goes on: the picture, or what can be done where there is none."""
        live = self.stack.currentWidget() is self.live
        (self.live if live else self.again).setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Let the camera go at once."""
        self._open = False
        self._turn += 1
        self.feed.stop()
        self.live.set_image(QImage())

    def shoot(self) -> None:
        """撮る."""
        shot = self.feed.shot
        if shot is None:
            if self.stack.currentWidget() is self.live:
                self._window.say(tr("カメラを開いています。映像が出たら撮れます"))
            return
        self._count += 1
        self.count.setText(tr("{n}枚撮りました", n=self._count))
        self._drawn = self.feed.image
        self._show_last()
        announce(self.live, self.count.text())
        self.taken.emit(shot, self._window.clock())

    # What is seen

    def _wait(self) -> None:
        self.live.set_image(QImage())
        self.stack.setCurrentWidget(self.live)
        self.ok.setEnabled(False)
        self._show_parts()

    def _start(self) -> None:
        """Open the camera chosen; where the system does not name cameras, the first that answers from there on."""
        self._wait()
        asked = [*self._cameras[self._at:], *self._cameras[:self._at]]
        self.feed.start(asked[:1] if asked and asked[0].sure else asked)
        self.take_focus()

    def _next_camera(self) -> None:
        if len(self._cameras) > 1:
            self._before = self.feed.camera
            self._at = (self._at + 1) % len(self._cameras)
            self._start()

    def _show_picture(self) -> None:
        first = self.live.image.isNull()
        self.live.set_image(self.feed.image)
        camera = self.feed.camera
        if first and camera is not None:
            self._at = self._cameras.index(camera)
            self.name.set_text(camera.name)
            self.live.setAccessibleName(tr("カメラの映像 {name}", name=camera.name))
            self.ok.setEnabled(True)
            self._show_parts()
            if camera == self._before:   # of numbers that may be cameras no other one answered
                self._window.say(tr("ほかのカメラは見つかりません"))
            self._before = None
            announce(self.live, tr("{name}の映像が出ています。Enter で撮ります", name=camera.name))

    def _show_trouble(self, words: str) -> None:
        had = self.isAncestorOf(focus) if (focus := self.window().focusWidget()) is not None else False
        self.live.set_image(QImage())
        self.trouble.set_text(words)
        self.stack.setCurrentWidget(self._sorry)
        self.ok.setEnabled(False)
        self._show_parts()
        if had:
            self.take_focus()
        announce(self.again, f"{words}{self.instead.plain()}")

    def _show_last(self) -> None:
        size = QSize(look().px(_LAST[0]), look().px(_LAST[1]))
        self.last.setPixmap(fitted(self._drawn, size, self.devicePixelRatioF()))
        self.last.setAccessibleName(tr("いま撮った写真"))
        self._show_parts()

    def _show_parts(self) -> None:
        """Show what can be done now; in a low window the picture has the room for itself."""
        low = self.height() < look().px(_LOW)
        live = self.stack.currentWidget() is self.live
        self.other.setVisible(len(self._cameras) > 1)
        self.ok.setVisible(live)
        self._icon.setVisible(not low)
        self.last.setVisible(bool(self._count))
        self._foot.setVisible(live and not low)
        self.hint.setVisible(self.hint.fits(self.width() - self.count.sizeHint().width() - look().px(220)))
        buttons = [button for button in (self.other, self.ok, self.away) if not button.isHidden()]
        taken = self.title.sizeHint().width() + sum(button.sizeHint().width() + look().px(10) for button in buttons)
        self.name.setVisible(self.width() - taken >= look().px(_NAME + 24 + 20))

    def restyle(self) -> None:
        """Take the sizes in use."""
        if self._count:
            self._show_last()
        self._show_parts()

    # What the window tells

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() == Qt.Key.Key_C and not event.modifiers():
            self._next_camera()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._show_parts()

    def hideEvent(self, event: QHideEvent, /) -> None:
        super().hideEvent(event)
        self._left = self._open
        self.leave()

    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        if self._left:   # it was on when the page or the window went out of sight: it does not come on by itself
            self._left = False
            QTimer.singleShot(0, self, self.closed.emit)


class LivePicture(QWidget):
    """The picture of a camera, as large as there is room. Enter and Space press the button of the camera."""

    pressed = Signal()
    resized = Signal(QSize)
    accessible_role = QAccessible.Role.Graphic

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("カメラの映像"))
        self.setMinimumSize(80, 60)

    def set_image(self, image: QImage) -> None:
        """Show a picture; a null one says that the camera is being opened."""
        self.image = image
        self.update()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if (event.key() in ENTER_KEYS or event.key() == Qt.Key.Key_Space) and not event.modifiers() & ~_KEYPAD:
            if not event.isAutoRepeat():   # a key held down is one photo
                self.pressed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, _event: QMouseEvent, /) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.resized.emit(self.size() * self.devicePixelRatioF())

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used, painter = look(), QPainter(self)
        if self.image.isNull():
            painter.fillRect(self.rect(), used.color("neutral_soft"))
            painter.setPen(used.color("text2"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap,
                             tr("カメラを開いています"))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = QSize(self.image.size())
            size.scale(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self.image)
        if self.hasFocus():
            wide = max(1, used.px(2))
            pen = painter.pen()
            pen.setColor(used.color("focus"))
            pen.setWidth(wide)
            painter.setPen(pen)
            half = wide // 2
            painter.drawRect(self.rect().adjusted(half, half, half - wide, half - wide))
        painter.end()


_KEYPAD = Qt.KeyboardModifier.KeypadModifier
