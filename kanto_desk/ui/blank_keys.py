"""Set phrases in text boxes: putting one in at the cursor, and Tab from blank to blank.

Tab goes on to the next blank behind the cursor and leaves as usual when there is none, so no box is a trap.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QLineEdit

from kanto_desk.japanese.blanks import blanks
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.watching import TextBox, WatchesBox


class BlankKeys(WatchesBox):
    """Tab and Shift+Tab between the blanks of whichever text box inside the page has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) or event.modifiers() not in _PLAIN:
            return False
        box = self._watched
        if box is None or watched is not box or box.isReadOnly() or (isinstance(box, Composing) and box.composing):
            return False
        return step(box, forward=event.key() == Qt.Key.Key_Tab)


_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)


def put_in(box: TextBox, text: str) -> None:
    """Write a text at the cursor as one step of the box's own undo, and choose its first blank.

    A selection is replaced. A box of one line gets it on one line.
    """
    if isinstance(box, QLineEdit):
        text = " ".join(text.splitlines())
        start = box.selectionStart() if box.hasSelectedText() else box.cursorPosition()
        box.insert(text)
        box.textEdited.emit(box.text())   # Qt tells of typing only
    else:
        cursor = box.textCursor()
        start = cursor.selectionStart()
        cursor.insertText(text)
        box.setTextCursor(cursor)
    found = _spans(text)
    if found:
        _choose(box, start + found[0][0], start + found[0][1])


def step(box: TextBox, *, forward: bool = True) -> bool:
    """Choose the next or previous blank; False where there is none."""
    if isinstance(box, QLineEdit):
        text = box.text()
        chosen = box.hasSelectedText()
        first = box.selectionStart() if chosen else box.cursorPosition()
        last = box.selectionEnd() if chosen else first
    else:
        text, cursor = box.toPlainText(), box.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
    spans = _spans(text)
    if forward:
        found = next((span for span in spans if span[0] >= last), None)
    else:
        found = next((span for span in reversed(spans) if span[1] <= first), None)
    if found is None:
        return False
    _choose(box, *found)
    return True


def choose_first(box: TextBox) -> bool:
    """Choose the first blank of a box, wherever the cursor is; False where there is none."""
    spans = _spans(box.text() if isinstance(box, QLineEdit) else box.toPlainText())
    if spans:
        _choose(box, *spans[0])
    return bool(spans)


def _choose(box: TextBox, start: int, end: int) -> None:
    if isinstance(box, QLineEdit):
        box.setSelection(start, end - start)
        return
    cursor = box.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    box.setTextCursor(cursor)
    box.ensureCursorVisible()


def _spans(text: str) -> list[tuple[int, int]]:
    """Begin and end of the blanks in UTF-16 units, as Qt counts."""
    if text.isascii():
        return blanks(text)
    return [(units(text[:start]), units(text[:end])) for start, end in blanks(text)]


def units(text: str) -> int:
    """Length of a text as Qt counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
