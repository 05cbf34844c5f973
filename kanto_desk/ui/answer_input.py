"""A line that is an answer: Enter gives it, Esc gives it up."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.inputs import LineInput


class AnswerInput(LineInput):
    """One line, asked for by something that stands round it, which reads it when it is entered."""

    entered = Signal()
    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)
