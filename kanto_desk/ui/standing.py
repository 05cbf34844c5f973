"""Where the user stood on a page: its inner tab, the box with the cursor, and the place of the cursor in it.

Told in JSON that the same page understands when it is built anew from the same records. Knows no page and no record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit, QTextEdit, QWidget

Box = list[Any]
"""[class of the box, its number among the visible boxes of that class, place of the cursor in UTF-16 units]."""


def box_of(page: QWidget) -> Box | None:
    """The box on `page` that has the cursor; None when there is none."""
    window = page.window()
    focus = window.focusWidget() if window is not None else None
    if not isinstance(focus, QLineEdit | QTextEdit) or not page.isAncestorOf(focus):
        return None
    alike = _alike(page, type(focus).__name__)
    if focus not in alike:
        return None
    at = focus.cursorPosition() if isinstance(focus, QLineEdit) else focus.textCursor().position()
    return [type(focus).__name__, alike.index(focus), at]


def take_box(page: QWidget, box: object) -> bool:
    """Put the cursor where `box_of` told; False when that box is not there any more."""
    if not isinstance(box, list) or len(box) != 3:
        return False
    name, number, at = box
    alike = _alike(page, str(name))
    if not isinstance(number, int) or not isinstance(at, int) or not 0 <= number < len(alike):
        return False
    found = alike[number]
    found.setFocus(Qt.FocusReason.OtherFocusReason)
    if isinstance(found, QLineEdit):
        found.setCursorPosition(min(max(0, at), len(found.text().encode("utf-16-le")) // 2))
    else:
        cursor = QTextCursor(found.document())
        cursor.setPosition(min(max(0, at), found.document().characterCount() - 1))
        found.setTextCursor(cursor)
    return True


def _alike(page: QWidget, name: str) -> Sequence[QLineEdit | QTextEdit]:
    boxes: list[QLineEdit | QTextEdit] = [*page.findChildren(QLineEdit), *page.findChildren(QTextEdit)]
    return [box for box in boxes if type(box).__name__ == name and box.isVisibleTo(page) and box.isEnabled()]
