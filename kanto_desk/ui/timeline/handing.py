"""A list in which typing goes to a text box elsewhere: nobody looks where the focus is before writing what is said.

Knows no lines. Keys that mean something to the list stay with the list.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QListView

from kanto_desk.ui.composing import belongs_to_input_method
from kanto_desk.ui.inputs import GrowingText
from kanto_desk.ui.timeline.model import Index

_MODIFIERS = Qt.KeyboardModifier
_WRITING = frozenset({
    _MODIFIERS.NoModifier, _MODIFIERS.ShiftModifier, _MODIFIERS.KeypadModifier,
    _MODIFIERS.ControlModifier | _MODIFIERS.AltModifier,   # AltGr
    _MODIFIERS.ControlModifier | _MODIFIERS.AltModifier | _MODIFIERS.ShiftModifier, _MODIFIERS.GroupSwitchModifier,
})


class HandsTyping(QListView):
    """Letters and compositions begun on a row go to `box`, Esc puts the cursor there; while `box` is hidden, neither.

    A composition is passed on while the list keeps the focus: a change of focus would break it off in the input method.
    """

    def __init__(self) -> None:
        super().__init__()
        self._box: GrowingText | None = None

    def hand_typing_to(self, box: GrowingText) -> None:
        """From now on typing goes to `box`."""
        self._box = box
        self._let_compose()

    def _target(self) -> GrowingText | None:
        box = self._box
        editing = self.state() == QListView.State.EditingState
        return None if box is None or editing or not box.isVisibleTo(self.window()) else box

    def _let_compose(self) -> None:
        if self._box is not None:   # the list would let the input method in on rows that can be edited only
            self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, self._target() is not None)

    def event(self, event: QEvent, /) -> bool:
        box = self._box
        if (box is not None and box.composing and isinstance(event, QKeyEvent)
                and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
                and belongs_to_input_method(event)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        box = self._target()
        text = event.text()
        writes = bool(text) and text.isprintable() and event.modifiers() in _WRITING
        if box is None or not (writes or event.key() == Qt.Key.Key_Escape):
            super().keyPressEvent(event)
            return
        box.setFocus(Qt.FocusReason.OtherFocusReason)
        if writes:
            QApplication.sendEvent(box, event)
        event.accept()

    def inputMethodEvent(self, event: QInputMethodEvent, /) -> None:
        box = self._target()
        if box is None:
            super().inputMethodEvent(event)
            return
        QApplication.sendEvent(box, event)
        if not box.composing:   # committed or given up: from here on the box asks the input method itself
            box.setFocus(Qt.FocusReason.OtherFocusReason)

    def inputMethodQuery(self, query: Qt.InputMethodQuery, /) -> Any:
        box = self._target()
        if box is None:
            return super().inputMethodQuery(query)
        answer = box.inputMethodQuery(query)
        if isinstance(answer, QRect | QRectF):   # the list of candidates opens where the text appears
            return answer.translated(box.mapTo(self.window(), QPoint()) - self.mapTo(self.window(), QPoint()))
        return answer

    def focusInEvent(self, event: QFocusEvent, /) -> None:
        super().focusInEvent(event)
        self._let_compose()

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        if self._box is not None and self._box.composing:
            self._box.rescue()
        super().focusOutEvent(event)

    def currentChanged(self, current: Index, previous: Index, /) -> None:
        super().currentChanged(current, previous)
        self._let_compose()
