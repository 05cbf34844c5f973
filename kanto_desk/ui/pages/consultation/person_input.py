"""A box for a person's name: anything may be typed, known names are offered below it. Saves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent

from kanto_desk.japanese.text import full_width_katakana
from kanto_desk.ui.choices import Suggestions, folded
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.inputs import LineInput


class PersonInput(LineInput):
    """A name with suggestions drawn inside the window: ↓ shows all, Enter takes the chosen one, Esc closes them.

    Katakana in it is made full width when it is left.
    """

    def __init__(self, people: Sequence[str] = (), *, width: float | None = None, max_length: int | None = 40) -> None:
        super().__init__(normalise=full_width_katakana, width=width, max_length=max_length)
        self._people = tuple(people)
        self._list: Suggestions | None = None
        self.textEdited.connect(self._offer)

    def set_people(self, people: Sequence[str]) -> None:
        """The names offered from now on."""
        self._people = tuple(people)

    def suggestions(self) -> Suggestions | None:
        """The list once it was opened."""
        return self._list

    def set_value(self, value: Any, /) -> None:
        super().set_value(value)
        self._close()

    def open_list(self) -> None:
        """Offer every name."""
        self._show(self._people)

    def take_offered(self) -> bool:
        """Take the name that is chosen in the list; False if none is."""
        option = self._list.current() if self._list is not None and self._list.isVisible() else None
        if option is not None:
            self._take(*option)
        return option is not None

    def composition_changed(self) -> None:
        if self.composing:
            self._offer(self.text() + self.preedit)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        shown = self._list is not None and self._list.isVisible()
        key = event.key()
        if self._list is not None and shown and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._list.step(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Down and not event.modifiers():
            self.open_list()
        elif key in ENTER_KEYS and self.take_offered():
            return
        elif shown and key == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        super().focusOutEvent(event)
        self._close()

    def _offer(self, text: str) -> None:
        wanted = folded(text)
        self._show([name for name in self._people if wanted and wanted in folded(name) and name != text])

    def _show(self, names: Sequence[str]) -> None:
        if not names:
            self._close()
            return
        if self._list is None:
            self._list = Suggestions(self.window())
            self._list.picked.connect(self._take)
            self.destroyed.connect(self._list.deleteLater)
        self._list.open_below(self, [(name, name) for name in names])

    def _close(self) -> None:
        if self._list is not None:
            self._list.hide()

    def _take(self, name: str, _words: str) -> None:
        self.setText(name)
        self._close()
        self.edited.emit()
