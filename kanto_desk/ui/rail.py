"""The navigation rail: the six places, and help and settings at its foot. Knows no page."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel

from kanto_desk.i18n import tr
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.buttons import RailButton
from kanto_desk.ui.icons import logo
from kanto_desk.ui.layout import Column, set_property
from kanto_desk.ui.page import Place
from kanto_desk.ui.theme import look

PLACES: Final[tuple[Place, ...]] = ("today", "visits", "companies", "match", "figures", "sync")
WIDE, NARROW = 82, 60


class Rail(QFrame):
    """Emits `asked(action id)`."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setAccessibleName(tr("行き先"))
        self._narrow = False
        self._mark = QLabel()
        self._mark.setAccessibleName("kanto-desk")
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = Column(self._mark, 6, space=4, margins=(0, 10, 0, 10))
        self.places: dict[str, RailButton] = {}
        for place in PLACES:
            row = BY_ID[place]
            self.places[place] = self._button(column, place, RailButton(row.words, row.icon, row.key_text))
        column.fill(None)
        self.help = self._button(column, "keys",
                                 RailButton(tr("ヘルプ"), "circle-question-mark", "F1", checkable=False))
        self.settings = self._button(column, "settings", RailButton(tr("設定"), "settings", checkable=False))
        self.setLayout(column)
        self.restyle()

    def set_place(self, place: str) -> None:
        """Mark the place the page shown belongs to."""
        if (button := self.places.get(place)) is not None:
            button.setChecked(True)

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, or icons with names."""
        if narrow != self._narrow:
            self._narrow = narrow
            for button in (*self.places.values(), self.help, self.settings):
                button.set_narrow(narrow)
            self.restyle()

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        self._mark.setPixmap(logo(40))
        widest = max((button.width() for button in (*self.places.values(), self.help, self.settings)), default=0)
        px = look().px
        self.setFixedWidth(max(px(NARROW if self._narrow else WIDE), widest + px(12)))

    def _button(self, column: Column, action: str, button: RailButton) -> RailButton:
        button.clicked.connect(lambda: self.asked.emit(action))
        column.fill(button)
        column.setAlignment(button, Qt.AlignmentFlag.AlignHCenter)
        return button
