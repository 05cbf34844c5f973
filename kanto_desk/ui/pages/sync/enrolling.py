"""同期先に参加する: the secretariat's line is pasted, what it names is shown, and this laptop joins.

Emits `joined(hub's name)`. The line is checked while it is typed; nothing goes to the network before the button.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import escrow, syncing
from kanto_desk.services.failures import told
from kanto_desk.sync.enrolling import invitation
from kanto_desk.ui import leaving_key
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Row, card, holder
from kanto_desk.ui.notices import FieldRow, Notice
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.sync_words import spoken
from kanto_desk.ui.text import Elided, Label, Wrapped


class EnrolPanel(QWidget):
    """What a desk without a hub shows; or, with `again`, one whose hub does not know it any more."""

    joined = Signal(str)

    def __init__(self, desk: Any, window: Window, *, again: bool = False) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._busy = False
        why_again = desk.store.setting(syncing.LEFT)
        again, restored = again or why_again is not None, why_again == syncing.RESTORED
        title = tr("もう一度参加する") if again else tr("はじめての同期")
        words = tr("新しい1行で参加すると、同期先にまだ無い記録を、このパソコンから送ります。"
                   "このパソコンの記録はそのまま残ります。") if again else (
            tr("参加すると、記録を事務局へ送り、ほかのパソコンで書いた記録を受け取れます。"
               "参加しなくても、すべての仕事はこのパソコンだけでできます。"))
        self.line = LineInput(composed=True)
        self.line.setMaxLength(400)
        self.name = LineInput(width=16, max_length=40, composed=True)
        once = tr("メールや紙で届いた1行を、そのまま貼り付けます。15分のあいだ、1回だけ使えます。")
        self.line_row = FieldRow(tr("事務局から受け取った1行"), self.line, required=True, help_text=once)
        named = tr("事務局が見分けるための名前です。書かないときは、パソコンに付いている名前を使います。")
        self.name_row = FieldRow(tr("このパソコンの名前"), self.name, help_text=named)
        self.hub = Elided("", "bold")
        self.mark = Label("", "time")
        self.shown = card(Label(tr("つなぐ相手"), "caption"), self.hub, Label(tr("相手の指紋"), "caption"), self.mark,
                          Wrapped(tr("事務局の紙にある指紋と同じかどうか、見くらべられます。"), "caption"),
                          box="soft", space=4)
        self.shown.hide()
        left = escrow.state(desk.store)   # on where nothing else helps who forgets the passphrase
        noted = bool(desk.store.setting("recovery_key_noted", False))
        self.leave_key = leaving_key.chip(on=desk.protected and (left.wanted or not noted))
        self.trouble = Notice("danger", "")
        self.trouble.hide()
        self.join = Button(tr("同期先に参加する"), "refresh-cw", "primary", key="Ctrl+Enter")
        self.join.clicked.connect(self.begin)
        why = [Notice("warn", tr("控えに戻したので、同期先にもう一度参加します。記録はすべてこのパソコンにあります。"
                                "事務局に、新しい1行を頼みます。"))] if restored else []
        whole = card(
            Label(title, "h2"), *why, Wrapped(words, "second"),
            self.line_row, self.shown, self.name_row,
            Column(Row(self.leave_key, None), leaving_key.meaning(), space=6), self.trouble, Row(self.join, None),
            space=14, margins=(20, 16, 20, 18))
        row = Row(whole, None, space=0)
        row.setStretch(0, 3)
        row.setStretch(1, 1)
        self.setLayout(Column(holder(row), None, space=0))
        self.line.edited.connect(self._look_at_line)
        self.setAccessibleName(title)

    def begin(self) -> None:
        """Join the hub that the line names."""
        self.line.rescue()
        self.name.rescue()
        line, name, desk = str(self.line.value() or ""), str(self.name.value() or ""), self._desk
        if self._busy:
            return
        self._set_busy(on=True)

        def done(hub: str) -> None:
            self._set_busy(on=False)
            self.joined.emit(hub)

        def failed(error: Exception) -> bool:
            self._set_busy(on=False)
            if isinstance(error, Refused):
                self.line_row.set_error(error.message)
                self.line.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            trouble = error if isinstance(error, Trouble) else told(error)
            if trouble is None:
                return False
            self.trouble.set_text(spoken(trouble))
            self.trouble.show()
            QTimer.singleShot(0, self, self._show_trouble)   # once the page has its new height
            return True
        leave = self.leave_key.isChecked()

        def join() -> str:
            hub = syncing.enrol(desk, line, name)
            wanted = escrow.state(desk.store).wanted
            if leave and not wanted:
                escrow.want(desk)   # the first sync brings it
            elif wanted and not leave:
                escrow.take_back(desk)
            return hub
        self._window.work(join, done, failed, lane="long")

    def _show_trouble(self) -> None:
        """Bring what went wrong into sight: it stands below the fold of a low window."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(self.trouble)
            above.ensureWidgetVisible(self.join)
        self.join.setFocus(Qt.FocusReason.OtherFocusReason)   # what is to be pressed again

    def _set_busy(self, *, on: bool) -> None:
        self._busy = on
        self.join.setEnabled(not on)
        self.join.set_words(tr("つないでいます") if on else tr("同期先に参加する"))
        if on:
            self.trouble.hide()
            self.line_row.set_error(None)

    def _look_at_line(self) -> None:
        asked = invitation(self.line.text())
        self.shown.setVisible(asked is not None)
        self.trouble.hide()
        if asked is not None:
            self.line_row.set_error(None)
            self.hub.set_text(asked.url.removeprefix("https://"))
            mark = asked.fingerprint.upper()
            self.mark.setText(" ".join(mark[i:i + 4] for i in range(0, len(mark), 4)))
