"""The line of an open visit whose number another visit of the company bears; one press gives it the next free one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from kanto_desk.i18n import tr
from kanto_desk.services.visit_numbers import Twice
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Row, set_property
from kanto_desk.ui.pages.words import short_or_long_day
from kanto_desk.ui.text import Picture, Wrapped


class NumberTwice(QFrame):
    """Emits `renumber(nth)` when the button is pressed. Hidden where the number stands once."""

    renumber = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._free = 0
        self.words = Wrapped("")
        self.change = Button(tr("回数を変える"), "pen-line")
        self.change.clicked.connect(lambda: self.renumber.emit(self._free))
        row = Row(Picture("triangle-alert", "warn", 18), self.words, self.change, space=10, margins=(24, 6, 20, 6))
        row.setStretch(1, 1)
        self.setLayout(row)
        self.hide()

    def show_twice(self, found: Twice | None) -> None:
        """Say which other visit bears the number; None hides the line."""
        if found is not None:
            self._free = found.free
            day = short_or_long_day(found.held_on) if found.held_on else ""
            self.words.set_text(tr("この企業には、第{n}回の相談がもう1件あります（{which}）。", n=found.nth,
                                   which="　".join(filter(None, (day, found.theme))) or "–"))
            self.change.set_words(tr("この相談を第{n}回にする", n=found.free))
            self.setAccessibleName(self.words.plain())
        self.setVisible(found is not None)
