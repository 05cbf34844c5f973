"""A notice box with one button below its sentence, shown when something went wrong beside it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row
from kanto_desk.ui.notices import Notice, NoticeTone


class AskingNotice(Notice):
    """`asked` comes when its button is pressed. The button joins the box before it can be shown: a button shown on
    its own would be a window of its own for a moment, and take the focus from the input method."""

    asked = Signal()

    def __init__(self, tone: NoticeTone, action: str) -> None:
        super().__init__(tone, "")
        self.button = Button(action)
        self.button.clicked.connect(self.asked)
        column = self.layout()
        assert isinstance(column, Column)
        column.fill(Row(self.button, None))
