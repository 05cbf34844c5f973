"""The one page of a desk that its hub had forgotten: what happened, what was kept and where, whom to call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import Column, Row, card, holder, scrolling
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Label, Picture, Wrapped
from kanto_desk.ui.theme import look

WIDTH = 560


class ForgottenPage(QWidget):
    """Emits `left` to close the window and `begin_asked` to set up another desk here.

    `is_over`: the records are gone; else the page tells what keeps them from going.
    """

    left = Signal()
    begin_asked = Signal()

    def __init__(self, *, is_over: bool = False) -> None:
        super().__init__()
        self.is_over = is_over
        self._again: Callable[[], None] | None = None
        self.heading = Wrapped("", "h1")
        self.happened, self.kept, self.call = (Wrapped("", selectable=True) for _ in range(3))
        self._parts = [Column(Label(name, "bold"), text, space=2) for name, text in (
            (tr("起きたこと"), self.happened), (tr("残っているもの"), self.kept), (tr("このあとすること"), self.call))]
        self._told = holder(Column(*self._parts, space=14))
        self.leave = Button(tr("終了"), "log-out")
        self.leave.clicked.connect(self.left)
        self.again = Button(tr("もう一度"), "rotate-ccw", "primary")
        self.again.clicked.connect(self._try_again)
        self.begin = Button(tr("はじめの設定をする"), "arrow-right")
        self.begin.clicked.connect(self.begin_asked)
        self._box = card(self._told, box="hero", space=18, margins=(28, 22, 28, 22))
        head = Row(Picture("shield-check", "accent", 28), self.heading, space=12)
        head.setStretch(1, 1)
        column = Column(None, holder(head), self._box, None, None, space=16, margins=(24, 24, 24, 24))
        # below what scrolls: the button that has the cursor is in sight at every size
        foot = Row(None, self.begin, self.again, self.leave, None, space=10, margins=(24, 8, 24, 16))
        self._area = scrolling(holder(Row(None, holder(column), None)))
        whole = Column(self._area, holder(foot), space=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        for button in (self.again, self.begin):
            button.hide()
        self.restyle()

    def show_busy(self) -> None:
        """The order is being obeyed; what was typed is on the disk."""
        self._head(tr("事務局の求めで、このパソコンの記録を消しています"))
        self.happened.set_text(tr("事務局が、このパソコンの使用を止めました。"))
        self.kept.set_text(tr("まだ送っていない変更と書きかけの入力を、事務局だけが開けるファイルに残しています。"))
        self.call.set_text(tr("このまま、終わるまで待ちます。"))
        for button in (self.leave, self.again, self.begin):
            button.setVisible(button is self.leave)
            button.setEnabled(False)

    def tell(self, told: Trouble, *, begin_anew: bool = False, again: Callable[[], None] | None = None) -> None:
        """Say how it ended, or what keeps it from ending: then `again` tries once more."""
        self._again = again
        self._head(tr("このパソコンの記録を消しました") if self.is_over
                   else tr("このパソコンの記録を、まだ消せていません"))
        for text, words in ((self.happened, told.happened), (self.kept, told.safe), (self.call, told.to_do)):
            text.set_text(words)
        for button, on in ((self.again, again is not None), (self.begin, begin_anew), (self.leave, True)):
            button.setVisible(on)
            button.setEnabled(True)
        announce(self, f"{told.happened}{told.safe}{told.to_do}")
        self.activate()

    def activate(self) -> None:
        """Put the cursor on what is to be pressed next."""
        (self.again if self._again is not None else self.leave).setFocus(Qt.FocusReason.OtherFocusReason)

    def set_busy(self, _busy: bool) -> None:
        """Nothing can be typed here."""

    def show_trouble(self, *_told: Any) -> None:
        """Nothing is opened from here."""

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() in ENTER_KEYS and isinstance(focus, QAbstractButton):
            focus.click()
        else:
            super().keyPressEvent(event)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._box.setMinimumWidth(look().px(WIDTH))
        self._box.setMaximumWidth(look().px(WIDTH))

    def _head(self, words: str) -> None:
        self.heading.set_text(words)
        self.setAccessibleName(words)
        self._area.read_by_keys(words)

    def _try_again(self) -> None:
        again, self._again = self._again, None
        if again is not None:
            self.show_busy()
            again()
