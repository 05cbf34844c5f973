"""合言葉を決める: what a desk with sample data alone asks for before the first record of the user's own.

Keeps nothing; protecting the desk is the work of whoever opens the box.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS, flush_composition
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column
from kanto_desk.ui.passphrase import PassphraseInput, passphrase_row
from kanto_desk.ui.text import Wrapped


class FirstPassphraseBox(Box):
    """Emits `asked(passphrase)`; closing it without one leaves the desk open."""

    asked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("合言葉を決める"), width=560, height=520)
        self.passphrase = PassphraseInput()
        self.row = passphrase_row(tr("合言葉"), self.passphrase, judged=True,
                                  help_text=tr("記録を開くときに打ちます。どこにも送られません。"))
        self.decide = Button(tr("合言葉を決める"), "check", "primary", key="Enter")
        self.decide.clicked.connect(self.submit)
        self.done_button.set_words(tr("あとで"))
        self.fill(Column(
            Wrapped(tr("これまでは見本データだけで、誰でも開けました。自分の記録は、合言葉で守ってから書きます。")),
            self.row, None, space=14, margins=(24, 16, 24, 16)), self.decide)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Ask for the protection; an empty field is said below it."""
        flush_composition(self)
        if not self.decide.isEnabled():
            return
        word = self.passphrase.phrase()
        self.row.set_error(None if word.strip() else tr("合言葉を決めます"))
        if word.strip():
            self.decide.setEnabled(False)
            self.decide.set_words(tr("用意しています…"))
            self.repaint()   # the window stands still for a moment while the files are encrypted anew
            self.asked.emit(word)

    def refuse(self, message: str) -> None:
        """Show why the desk is not protected."""
        self.decide.setEnabled(True)
        self.decide.set_words(tr("合言葉を決める"))
        self.row.set_error(message)
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() not in ENTER_KEYS:
            super().keyPressEvent(event)
        elif isinstance(focus, QAbstractButton):
            focus.click()
        else:
            self.submit()
