"""改称: the new name of a company, its reading, since when and why, in place. Emits what was written; saves nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame

from kanto_desk.clock import today
from kanto_desk.i18n import tr
from kanto_desk.services import codes
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.composing import flush_composition
from kanto_desk.ui.dates import DateInput
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.names import KanaInput, NameInput
from kanto_desk.ui.notices import FieldRow
from kanto_desk.ui.pages.words import date_reader, long_day, other_day
from kanto_desk.ui.text import Label, Wrapped


class RenameCard(QFrame):
    """Emits `asked(name, reading, day, reason)`. What is typed stays while it is put away."""

    asked = Signal(str, str, object, str)
    left = Signal()

    def __init__(self, desk: Any) -> None:
        super().__init__()
        self._desk = desk
        self.name, self.kana = NameInput(max_length=80), KanaInput(max_length=80)
        self.kana.follow(self.name)
        self.day = DateInput(date_reader(desk), long_day, also=other_day)
        self.reasons = {c.code: Chip(c.label) for c in codes.choices(desk.store, "name_change_reason")}
        for code, chip in self.reasons.items():
            chip.clicked.connect(lambda _on=False, one=code: self._choose(one))
        self._rows = {
            "name": FieldRow(tr("新しい名称"), self.name, required=True),
            "kana": FieldRow(tr("ふりがな"), self.kana, extra=self.kana.doubt_mark()),
            "on": FieldRow(tr("前の名称の最後の日"), self.day, required=True),
        }
        names = Row(self._rows["name"], self._rows["kana"], space=14)
        names.setStretch(0, 1)
        names.setStretch(1, 1)
        self.button = Button(tr("改称する"), "check")
        self.button.clicked.connect(self.ask)
        self.away = Button(tr("やめる"), key="Esc")
        self.away.clicked.connect(self.left)
        told = tr("前の名称は名称履歴に残り、これからもさがせます。書きまちがいを直すときは、編集で直します。")
        self.setProperty("box", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setLayout(Column(
            Label(tr("改称を書く"), "h3"), Wrapped(told, "caption"), names, self._rows["on"],
            Label(tr("事由"), "bold"), holder(Flow(*self.reasons.values())), Row(self.button, self.away, None),
            space=10, margins=(18, 14, 18, 16)))
        self.setAccessibleName(tr("改称を書く"))
        self.day.set_value(today(desk.store.clock))
        self._choose("renamed")

    def begin(self) -> None:
        """Put the cursor where the new name is written."""
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask(self) -> None:
        """Ask for the change of name; what is missing is said below its field."""
        flush_composition(self)
        name, day = str(self.name.value() or "").strip(), self.day.value()
        self.refuse("name", None if name else tr("新しい名称を書きます。"))
        self.refuse("on", None if isinstance(day, date) else tr("日付を書きます（例：12/4）。"))
        if name and isinstance(day, date):
            self.asked.emit(name, str(self.kana.value() or ""), day, self._reason)
        else:
            (self.day if name else self.name).setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, field: str, message: str | None) -> None:
        """Show why it cannot be done below a field; None takes it away."""
        self._rows.get(field, self._rows["name"]).set_error(message)

    def clear(self) -> None:
        """Forget what was written: it was done."""
        self.name.set_value(None)
        self.kana.set_value(None)
        self.day.set_value(today(self._desk.store.clock))
        self._choose("renamed")

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _choose(self, code: str) -> None:
        self._reason = code
        for other, chip in self.reasons.items():
            chip.setChecked(other == code)
