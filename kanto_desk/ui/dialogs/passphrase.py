"""合言葉を変える: the former passphrase and the new one. Keeps neither; changing is the main window's work."""

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


class PassphraseBox(Box):
    """Emits `asked(old, new)`; Enter goes on to the next field and then changes."""

    asked = Signal(str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("合言葉を変える"), width=560, height=470)
        self.old, self.new = PassphraseInput(), PassphraseInput()
        self.rows = {
            "old": passphrase_row(tr("いまの合言葉"), self.old),
            "passphrase": passphrase_row(tr("新しい合言葉"), self.new, tr("これからは、この合言葉で開きます。"),
                                         judged=True),
        }
        self.change = Button(tr("合言葉を変える"), "check", "primary", key="Enter")
        self.change.clicked.connect(self.submit)
        self.fill(Column(Wrapped(tr("控え（バックアップ）も、新しい合言葉で開くようになります。"), "second"),
                         *self.rows.values(), None, space=14, margins=(24, 16, 24, 16)), self.change)
        self.old.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Ask for the change; what is missing is said below its field."""
        flush_composition(self)
        if not self.change.isEnabled():
            return
        self.rows["old"].set_error(None if self.old.phrase() else tr("合言葉を入れてください。"))
        self.rows["passphrase"].set_error(None if self.new.phrase().strip() else tr("合言葉を決めます"))
        if self.old.phrase() and self.new.phrase().strip():
            self.change.setEnabled(False)
            self.asked.emit(self.old.phrase(), self.new.phrase())

    def refuse(self, message: str, field: str | None) -> None:
        """Show why it was not changed; the seconds to wait stand in the message."""
        self.change.setEnabled(True)
        row = self.rows["passphrase" if field == "passphrase" else "old"]
        row.set_error(message)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() not in ENTER_KEYS:
            super().keyPressEvent(event)
        elif isinstance(focus, QAbstractButton):
            focus.click()
        elif focus is self.old:
            self.new.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.submit()
