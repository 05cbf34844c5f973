"""The navigation rail: the six places, and help and settings at its foot. Knows no page."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel

from kanto_desk.i18n import tr
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.buttons import SQUARE, TALL, RailButton
from kanto_desk.ui.icons import logo
from kanto_desk.ui.layout import Column, set_property
from kanto_desk.ui.page import Place
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import TARGET

PLACES: Final[tuple[Place, ...]] = ("today", "visits", "companies", "match", "figures", "sync")
WIDE, NARROW = 82, 60
_GAP, _MARGIN, _MARK = 4, 10, 40


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
        column = Column(self._mark, 6, space=_GAP, margins=(0, _MARGIN, 0, _MARGIN))
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

    def set_count(self, place: str, count: int, words: str) -> None:
        """Mark a place with how much waits there; `words` say so to a screen reader. 0 takes the mark away."""
        self.places[place].set_count(count, words)

    def set_narrow(self, narrow: bool) -> None:
        """Icons alone, or icons with names."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.restyle()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        if event.size().height() != event.oldSize().height():
            self.restyle()

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)   # a low window takes the height from the buttons

    def restyle(self) -> None:
        """Take the colours and sizes in use: where the height is short the names go first, then the mark."""
        px, buttons = look().px, (*self.places.values(), self.help, self.settings)
        room = (self.height() - 2 * px(_MARGIN)) // len(buttons) - px(_GAP)   # for each, without the mark
        with_mark = room - px(_MARK + 3 * _GAP + 6) // len(buttons)
        narrow = self._narrow or with_mark < px(TALL)
        self._mark.setVisible(with_mark >= px(SQUARE if narrow else TALL))
        self._mark.setPixmap(logo(_MARK))
        for button in buttons:
            button.set_narrow(narrow)
            button.set_most(max(px(TARGET["least"]), room))
        widest = max(button.width() for button in buttons)
        self.setFixedWidth(max(px(NARROW if narrow else WIDE), widest + px(12)))

    def _button(self, column: Column, action: str, button: RailButton) -> RailButton:
        button.clicked.connect(lambda: self.asked.emit(action))
        column.fill(button)
        column.setAlignment(button, Qt.AlignmentFlag.AlignHCenter)
        return button
