"""Text boxes that know when the Japanese input method is composing, and never lose or submit what is being composed.

`Composing` is mixed into a Qt text widget, before it. Must not know what the text is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    _Widget = QWidget
else:
    _Widget = object   # a mixin: the Qt class comes from the class that mixes it in

ENTER_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
GUARDED_KEYS = ENTER_KEYS | {
    Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left,
    Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}
"""Keys that belong to the input method while it composes."""

_PLAIN = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
_LEAVING = frozenset({QEvent.Type.FocusOut, QEvent.Type.Hide, QEvent.Type.Close})


class Composing(_Widget):
    """Mixin for QLineEdit, QPlainTextEdit and QTextEdit: `class Box(Composing, QLineEdit)`."""

    _preedit = ""
    _rescued = ""
    held = False
    """A panel of the window is choosing something for this box: that the focus goes there is no leaving."""

    @property
    def composing(self) -> bool:
        """Whether the input method holds text that is not in the box yet."""
        return bool(self._preedit)

    @property
    def preedit(self) -> str:
        """The text being composed."""
        return self._preedit

    def composition_changed(self) -> None:
        """Called after each event of the input method; for boxes that react to text being composed."""

    def ask_input_method(self) -> None:
        """Ask the input method to commit. Some do so at once, some later, some never."""
        QGuiApplication.inputMethod().commit()

    def rescue(self) -> None:
        """Bring the text being composed into the box, exactly once, whether or not the input method helps."""
        if self._preedit:
            self.ask_input_method()
        if not self._preedit:
            return
        text = self._preedit
        event = QInputMethodEvent("", [])
        event.setCommitString(text)
        QApplication.sendEvent(self, event)
        self._preedit = ""
        self._rescued = text   # a commit that arrives late must not bring it a second time
        if self.hasFocus():
            QGuiApplication.inputMethod().reset()

    def event(self, event: QEvent, /) -> bool:
        kind = event.type()
        if kind == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            return self._compose(event)
        if kind in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            if self._preedit and belongs_to_input_method(event):
                event.accept()
                return True
            if kind == QEvent.Type.KeyPress:
                self._rescued = ""
        elif kind in _LEAVING:
            self.rescue()   # before the base class or the view reads the text
        elif kind == QEvent.Type.FocusIn:
            self._rescued = ""
        return super().event(event)

    def _compose(self, event: QInputMethodEvent) -> bool:
        if self._rescued and event.commitString() == self._rescued and not event.preeditString():
            self._rescued = ""
            event.accept()
            return True
        if event.preeditString():
            self._rescued = ""
        self._preedit = event.preeditString()
        done = super().event(event)
        self.composition_changed()
        return done


def belongs_to_input_method(event: QKeyEvent) -> bool:
    """Whether a key press (or the question whether it is a shortcut) is the input method's while it composes."""
    if event.key() in GUARDED_KEYS:
        return True
    return event.type() == QEvent.Type.ShortcutOverride and event.modifiers() in _PLAIN


def flush_composition(window: QWidget) -> None:
    """Commit whatever is being composed anywhere in `window`: call before sync, sign, close and change of page."""
    for widget in (window, *window.findChildren(QWidget)):
        if isinstance(widget, Composing) and widget.composing:
            widget.rescue()
