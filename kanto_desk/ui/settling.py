"""The polite wait for the disk before the window closes or is built anew: a band that says so, a limit, ways out.

The window goes on living meanwhile: boxes take keys, nothing new begins. Knows neither saves nor pages.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS, Composing
from kanto_desk.ui.layout import Column, Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Picture, Wrapped

QUIET_MS = 200
"""A wait that nobody notices: until then the window stands still, afterwards the band says why it stays."""
LIMIT_MS = 10_000
LOOK_MS = 50

_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick,
                      QEvent.Type.ContextMenu, QEvent.Type.DragEnter, QEvent.Type.Drop, QEvent.Type.TouchBegin})
_HELD = _PRESSES | {QEvent.Type.KeyPress, QEvent.Type.Shortcut}


class WaitingBand(QFrame):
    """Says what is waited for. Emits `elsewhere`, `stay` (do not close after all) and `leave` (close without it)."""

    elsewhere = Signal()
    stay = Signal()
    leave = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.words = Wrapped("")
        self.other = Button(tr("別の場所へ保存"), "hard-drive")
        self.stay_button = Button(tr("閉じるのをやめる"), "undo-2")
        self.close_anyway = Button(tr("保存せずに閉じる"), kind="ghost")
        self.other.clicked.connect(self.elsewhere)
        self.stay_button.clicked.connect(self.stay)
        self.close_anyway.clicked.connect(self.leave)
        line = Row(Picture("clock", "warn", 20), self.words, space=10)
        line.setStretch(1, 1)
        self.setLayout(Column(line, Row(self.stay_button, self.other, self.close_anyway, None), space=6,
                              margins=(20, 10, 16, 10)))
        self.hide()

    def say(self, words: str, *, leaving: bool, over: bool) -> None:
        """Show these words; the ways out come when the limit is over."""
        self.stay_button.set_words(tr("閉じるのをやめる") if leaving else tr("やめる"))
        self.close_anyway.set_words(tr("保存せずに閉じる"))
        self.other.setVisible(over)
        self.close_anyway.setVisible(over and leaving)
        self._show(words)

    def say_backup(self) -> None:
        """Everything is saved; what is waited for is the backup, and nobody has to."""
        self.stay_button.set_words(tr("閉じるのをやめる"))
        self.close_anyway.set_words(tr("控えをとらずに閉じる"))
        self.other.hide()
        self.close_anyway.show()
        self._show(tr("保存は済んでいます。閉じる前に控えをとっています。終わると自動で閉じます。"))

    def _show(self, words: str) -> None:
        if words != self.words.plain():
            self.words.set_text(words)
            self.setAccessibleName(words)
            announce(self, words)
        self.show()


class Settling(QObject):
    """Waits until `busy` gives 0, then calls what was wished for; `busy` is how much is still on its way."""

    def __init__(self, frame: QWidget, band: WaitingBand, busy: Callable[[], int], settle: Callable[[], bool]) -> None:
        super().__init__(frame)
        self._frame, self._band, self._busy, self._settle = frame, band, busy, settle
        self._then: Callable[[], None] | None = None
        self._leaving = self._over = False
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.setInterval(LIMIT_MS)
        self._limit.timeout.connect(self.say_over)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._again)
        band.stay.connect(self.stop)

    @property
    def waiting(self) -> bool:
        """Whether the window waits."""
        return self._then is not None

    def begin(self, then: Callable[[], None], *, leaving: bool) -> None:
        """Wait, and call `then` once; a wish that came before is replaced."""
        app = QApplication.instance()
        if self._then is None and app is not None:
            app.installEventFilter(self)
            self._limit.start()
            self._look.start()
            self._over = False
        self._then, self._leaving = then, leaving
        self._say()

    def stop(self) -> None:
        """Wait no more; what is on its way to the disk goes on."""
        app = QApplication.instance()
        if self._then is not None and app is not None:
            app.removeEventFilter(self)
        self._then = None
        self._limit.stop()
        self._look.stop()
        self._band.hide()

    def say_over(self) -> None:
        """The limit is over: offer the ways out."""
        self._over = True
        self._say()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        # What dies while the window waits sends its last events through here, and so does a frame torn down with its
        # window. An error out of here would end the process: PySide crashes while it tells of one (CPython 3.11).
        kind = event.type()
        if kind not in _HELD or not isValid(self._frame):
            return False
        if kind == QEvent.Type.Shortcut:
            return True   # a command would begin something new
        if not isinstance(watched, QWidget) or not self._frame.isAncestorOf(watched) or self._of_band(watched):
            return False
        if kind in _PRESSES:
            return True
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return not _is_text(watched, event)
        return False

    def _of_band(self, widget: QWidget) -> bool:
        return widget is self._band or self._band.isAncestorOf(widget)

    def _again(self) -> None:
        then = self._then
        if then is None or self._busy():
            if then is not None:
                self._say()
            return
        if self._settle():   # keys typed meanwhile are handed over first; they may need another turn
            self.stop()
            then()

    def _say(self) -> None:
        count = self._busy()
        if self._over:
            words = tr("保存にいつもより時間がかかっています（残り{count}件）。"
                       "このまま待つか、「別の場所へ保存」で文を残せます。", count=count)
            if self._leaving:
                words += tr("「保存せずに閉じる」を押すと、残りの入力は失われます。")
        elif self._leaving:
            words = tr("閉じる前に、入力をディスクに保存しています（残り{count}件）。"
                       "終わると自動で閉じます。", count=count)
        else:
            words = tr("表示を切り替える前に、入力をディスクに保存しています（残り{count}件）。", count=count)
        self._band.say(words, leaving=self._leaving, over=self._over)


def _is_text(box: QWidget, event: QKeyEvent) -> bool:
    """Whether a key goes on with what is being typed."""
    if isinstance(box, Composing) and box.composing:
        return True
    if event.key() == Qt.Key.Key_Escape:
        return False   # would leave the page
    if isinstance(box, QLineEdit):
        return event.key() not in ENTER_KEYS
    return isinstance(box, QTextEdit | QPlainTextEdit)
