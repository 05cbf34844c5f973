"""The banner of a signed record: it may be read, and corrected with a reason that is written here, not in a dialog."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from kanto_desk.i18n import tr
from kanto_desk.ui.answer_input import AnswerInput
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, holder, set_property
from kanto_desk.ui.text import Label, Mark, Picture, Wrapped


class SignedBanner(QFrame):
    """署名済みの版です＋新しい版をつくる. Emits `correct(reason)`."""

    correct = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.words = Wrapped("")
        self.ask = Button(tr("新しい版をつくる"), "pen-line")
        self.ask.clicked.connect(self.open)
        self.reason = AnswerInput(max_length=200)
        self.reason.setAccessibleName(tr("訂正の理由"))
        self.reason.entered.connect(self._begin)
        self.reason.given_up.connect(self.close_reason)
        begin, stop = Button(tr("訂正をはじめる"), "check"), Button(tr("やめる"), kind="ghost")
        begin.clicked.connect(self._begin)
        stop.clicked.connect(self.close_reason)
        top = Row(Picture("lock", "warn", 18), self.words, self.ask, space=10)
        top.setStretch(1, 1)
        line = Row(Label(tr("訂正の理由"), "bold"), Mark(required=True), self.reason, begin, stop, space=8)
        line.setStretch(2, 1)
        self.error = Label("", "error")
        self.error.hide()
        self.reason.error_changed.connect(self._show_error)
        self._asking = holder(Column(line, self.error, space=4))
        self._asking.hide()
        self.setLayout(Column(top, self._asking, space=6, margins=(24, 6, 20, 6)))

    def say(self, words: str, *, correctable: bool = True) -> None:
        """Say which version this is; `correctable`: the disk takes a new one."""
        self.words.set_text(words)
        self.ask.setVisible(correctable and self._asking.isHidden())
        self.setAccessibleName(words)

    def open(self) -> None:
        """Ask for the reason, below the banner's sentence."""
        self.ask.hide()
        self._asking.show()
        self.reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_reason(self) -> None:
        """Ask no more."""
        self._asking.hide()
        self.ask.show()
        self.reason.set_value(None)

    def _begin(self) -> None:
        self.reason.rescue()
        text = self.reason.value()
        if text is None:
            self.reason.set_error(tr("訂正の理由を書きます。"))
            self.reason.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.close_reason()
        self.correct.emit(text)

    def _show_error(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))
