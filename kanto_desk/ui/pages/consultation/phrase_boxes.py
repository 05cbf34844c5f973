"""定型文 on an open record: which box takes the phrase, and of which kind of line that box is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from shiboken6 import isValid

from kanto_desk.ui.blank_keys import BlankKeys, put_in
from kanto_desk.ui.capture import Capture, CaptureText
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.inputs import GrowingText, LineInput
from kanto_desk.ui.page import Window
from kanto_desk.ui.phrasing import Asked
from kanto_desk.ui.watching import TextBox

KindOf = Callable[[QWidget], str]
"""A text box of the page → the kind of line it is for, "" for any."""


class PhraseBoxes(BlankKeys):
    """Asks the window for a phrase for the box that has, or had, the focus; without one for the box of `otherwise`."""

    def __init__(self, page: QWidget, window: Window, capture: Capture, kind_of: KindOf,
                 otherwise: Callable[[], TextBox | None]) -> None:
        super().__init__(page)
        self._window, self._capture, self._kind_of, self._otherwise = window, capture, kind_of, otherwise

    def ask(self) -> None:
        """Open the panel (Ctrl+;)."""
        box = self.target()
        if box is None:
            return
        if isinstance(box, Composing):
            box.rescue()   # what is being composed comes first, the phrase after it
            box.held = True
        if not box.hasFocus():
            box.setFocus(Qt.FocusReason.OtherFocusReason)
        kind = self._capture.kind() if isinstance(box, CaptureText) else self._kind_of(box)
        self._window.choose_phrase(Asked(kind, _chosen_words(box), partial(self._take, box), partial(_let_go, box)))

    def target(self) -> TextBox | None:
        """The box that would take a phrase now."""
        box = self.alive
        return box if box is not None and _takes(box) else self._otherwise()

    def _take(self, box: TextBox, text: str, kind: str) -> None:
        if not isValid(box) or not box.isVisible():
            found = self._otherwise()
            if found is None:
                return
            box = found
        if not box.hasFocus():
            box.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(box, CaptureText) and kind:
            self._capture.set_kind(kind)
        put_in(box, text)


def _takes(box: TextBox) -> bool:
    """Text boxes take phrases; names, dates, numbers and choices do not."""
    return isinstance(box, GrowingText) or type(box) is LineInput


def _chosen_words(box: TextBox) -> str:
    """The words chosen in a box, all of them where none are chosen."""
    if isinstance(box, QLineEdit):
        return box.selectedText() or box.text()
    return box.textCursor().selectedText().replace("\u2029", "\n") or box.toPlainText()


def _let_go(box: TextBox) -> None:
    """The panel is gone: when the focus did not come back, the box was left after all."""
    if isValid(box) and isinstance(box, Composing) and box.held:
        box.held = False
        if not box.hasFocus():
            QApplication.sendEvent(box, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.OtherFocusReason))
