"""合言葉: the page before an existing desk. Imports no service, so that it is painted at once.

Emits what was typed; opening the desk is the main window's work, which may take a moment on purpose.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from kanto_desk.i18n import Language, language, tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS, flush_composition
from kanto_desk.ui.icons import logo
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.layout import Column, Row, card, holder, scrolling
from kanto_desk.ui.lease_words import lease_words
from kanto_desk.ui.notices import FieldRow, Notice, announce
from kanto_desk.ui.passphrase import PassphraseInput, passphrase_row
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look

WIDTH = 520
_SECONDS = re.compile(r"\d+")


class UnlockPage(QWidget):
    """Emits `asked(passphrase)`, `recovery_asked(key, new passphrase)` and `language_chosen`."""

    asked = Signal(str)
    recovery_asked = Signal(str, str)
    language_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("合言葉"))
        self.passphrase = PassphraseInput()
        self.row = passphrase_row(tr("合言葉"), self.passphrase)
        self._form: _RecoveryForm | None = None
        self._code: LineInput | None = None
        self._code_row: FieldRow | None = None
        self.open_button = Button(tr("ひらく"), "arrow-right", "primary", key="Enter")
        self.open_button.clicked.connect(self.submit)
        self.way = Button(tr("合言葉を忘れたとき"), "key", "ghost")
        self.way.clicked.connect(self._other_way)
        self.other_language = Button("English" if language() == "ja" else "日本語", "languages", "ghost")
        self.other_language.clicked.connect(self._switch)
        self.trouble = Notice("danger", "")
        self.trouble.hide()
        self._by_recovery = self._indexing = False
        mark = QLabel()
        mark.setPixmap(logo(44, ground="accent", ink="on_accent"))
        self._mark = mark
        self.heading = Label(tr("関東デスク"), "h1")
        self.sub = Wrapped(tr("合言葉を打つと、このパソコンの記録がひらきます。"), "second")
        self._box = card(self.sub, self.trouble, self.row, 4,
                         Row(self.way, None, self.open_button), box="hero", space=12, margins=(28, 22, 28, 22))
        head = Row(mark, self.heading, None, space=14)
        column = Column(None, holder(head), self._box, Row(None, self.other_language), None, None, space=16,
                        margins=(24, 24, 24, 24))
        middle = Row(None, holder(column), None)
        self.setLayout(Column(scrolling(holder(middle)), space=0))
        self._count = QTimer(self)
        self._count.setInterval(1000)
        self._count.timeout.connect(self._tick)
        self._wait = 0
        self._refusal = ""
        self._show_way()
        self.restyle()

    @property
    def form(self) -> _RecoveryForm:
        """The fields of the recovery key; made when first asked for, because the first paint waits for every field."""
        if self._form is None:
            self._form = _RecoveryForm()
            self._form.hide()
            column = self._box.layout()
            if not isinstance(column, Column):
                raise TypeError("a card is a column")
            column.insertWidget(column.indexOf(self.row) + 1, self._form)
        return self._form

    def code(self) -> str:
        """The unlock code that was typed, where one was asked for."""
        return self._code.text().strip() if self._code is not None else ""

    def ask_code(self, text: str) -> None:
        """The lease is over: show what is to be told on the telephone, and a field for the code."""
        self.set_busy(False)
        if self._code is None:
            self._code = LineInput()
            self._code_row = FieldRow(tr("解除コード"), self._code, required=True)
            column = self._box.layout()
            if not isinstance(column, Column):
                raise TypeError("a card is a column")
            at = column.indexOf(self.row) + 1
            column.insertWidget(at, self._code_row)
            column.insertWidget(at + 1, Wrapped(lease_words(), "caption"))
        self.trouble.set_text(text)
        self.trouble.show()
        (self._code if self.passphrase.phrase() else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def recovery(self) -> LineInput:
        """The field of the recovery key."""
        return self.form.recovery

    def activate(self) -> None:
        """Put the cursor into the field to be typed."""
        (self.recovery if self._by_recovery else self.passphrase).setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Try what was typed."""
        flush_composition(self)
        if not self.open_button.isEnabled():
            return
        self.trouble.hide()
        if self._by_recovery:
            form = self.form
            key, new = form.recovery.text().strip(), form.new_passphrase.phrase()
            form.recovery_row.set_error(None if key else tr("回復用の鍵を打ちます"))
            form.new_row.set_error(None if new else tr("合言葉を決めます"))
            if key and new:
                self.set_busy(True)
                self.recovery_asked.emit(key, new)
        elif self.passphrase.phrase():
            self.row.set_error(None)
            self.set_busy(True)
            self.asked.emit(self.passphrase.phrase())
        else:
            self.row.set_error(tr("合言葉を入れてください。"))

    def set_busy(self, busy: bool) -> None:
        """While the key is computed nothing can be pressed twice."""
        self.open_button.setEnabled(not busy)
        self.open_button.set_words(tr("ひらいています…") if busy else tr("ひらく"))
        if not busy and self._indexing:
            self._indexing = False
            self._show_way()
        self.other_language.setEnabled(not busy)
        self.way.setEnabled(not busy)

    def tell_indexing(self, done: int, total: int) -> None:
        """While the index of the search is made anew: how far it has come, of how many records."""
        self._indexing = True
        percent = 100 * done // total if total else 100
        if not done:
            announce(self, tr("検索の索引をつくり直しています。"))
        self.open_button.set_words(tr("索引をつくっています… {n} %", n=percent))
        self.sub.set_text(tr("プログラムが新しくなったので、検索の索引をつくり直しています（{n}件の記録）。"
                             "途中で閉じても記録はそのままで、次にひらくときに、はじめからつくり直します。",
                             n=f"{total:,}"))

    def refuse(self, message: str, field: str | None, wait: int = 0) -> None:
        """Show why it did not open; with `wait`, count the seconds down before the next try."""
        self.set_busy(False)
        if field == "recovery_key":
            self.form.recovery_row.set_error(message)
            self.recovery.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if field == "unlock_code" and self._code is not None and self._code_row is not None:
            self._code_row.set_error(message)
            self._code.setFocus(Qt.FocusReason.OtherFocusReason)
            self._code.selectAll()
            return
        row = self.form.new_row if self._by_recovery else self.row
        row.set_error(message)
        if not self._by_recovery:
            self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
            self.passphrase.selectAll()
        self._wait, self._refusal = wait, message
        if wait > 0:
            self.open_button.setEnabled(False)
            self._count.start()

    def show_trouble(self, text: str, details: str = "") -> None:
        """Show why the folder cannot be opened at all."""
        self.set_busy(False)
        self.trouble.set_text(text if not details else f"{text}\n{details}")
        self.trouble.show()

    def ask_nothing(self) -> None:
        """The desk holds sample data alone: it opens without a passphrase, by itself."""
        for part in (self.row, self.way):
            part.hide()
        self.sub.set_text(tr("見本データのデスクをひらきます。"))
        self.open_button.clicked.disconnect()
        self.open_button.clicked.connect(self._open_without)
        self.set_busy(True)

    def _open_without(self) -> None:
        self.set_busy(True)
        self.asked.emit("")

    def block(self) -> None:
        """Another program holds the folder: nothing can be typed here."""
        for part in (self.row, self._form, self.way, self.sub):
            if part is not None:
                part.hide()
        self.open_button.set_words(tr("もう一度ためす"))

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() not in ENTER_KEYS:
            super().keyPressEvent(event)
        elif isinstance(focus, QAbstractButton):
            focus.click()
        elif self._form is not None and focus is self._form.recovery:
            self._form.new_passphrase.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.submit()

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        self._mark.setPixmap(logo(44, ground="accent", ink="on_accent"))
        self._box.setMinimumWidth(look().px(WIDTH))
        self._box.setMaximumWidth(look().px(WIDTH))

    def _tick(self) -> None:
        self._wait -= 1
        if self._wait > 0:
            self.row.set_error(_SECONDS.sub(str(self._wait), self._refusal, count=1))
            return
        self._count.stop()
        self.open_button.setEnabled(True)
        self.row.set_error(None)
        self.activate()

    def _other_way(self) -> None:
        self._by_recovery = not self._by_recovery
        self._show_way()
        self.activate()

    def _show_way(self) -> None:
        self.row.setVisible(not self._by_recovery)
        if self._form is not None or self._by_recovery:
            self.form.setVisible(self._by_recovery)
        self.way.set_words(tr("合言葉でひらく") if self._by_recovery else tr("合言葉を忘れたとき"))
        self.way.setAccessibleName(self.way.words)
        self.sub.set_text(tr("紙に控えた回復用の鍵でひらき、新しい合言葉を決めます。") if self._by_recovery
                          else tr("合言葉を打つと、このパソコンの記録がひらきます。"))

    def _switch(self) -> None:
        other: Language = "en" if language() == "ja" else "ja"
        self.language_chosen.emit(other)


class _RecoveryForm(QWidget):
    """The recovery key and the passphrase that is to hold from now on."""

    def __init__(self) -> None:
        super().__init__()
        self.recovery = LineInput()
        self.new_passphrase = PassphraseInput()
        self.recovery_row = FieldRow(tr("回復用の鍵"), self.recovery, required=True,
                                     help_text=tr("紙に控えた文字を、そのまま打ちます。区切りや大文字小文字は問いません。"))
        self.new_row = passphrase_row(tr("新しい合言葉"), self.new_passphrase,
                                      tr("これからは、この合言葉で開きます。"), judged=True)
        self.setLayout(Column(self.recovery_row, self.new_row, space=12))
