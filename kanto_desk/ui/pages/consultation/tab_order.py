"""Tab follows reading order also for boxes that come and go: Qt would put every new one at the end of the window."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLayout, QScrollArea, QWidget


def reading_order(root: QWidget) -> list[QWidget]:
    """The boxes and buttons inside `root` in the order of its layouts."""
    found: list[QWidget] = []
    layout = root.layout()
    if layout is not None:
        _walk(layout, found)
    return found


def follow_reading_order(root: QWidget) -> None:
    """Let Tab go through `root` as one reads it; its first box keeps its place in the window."""
    for before, after in pairwise(reading_order(root)):
        if before.nextInFocusChain() is not after:
            QWidget.setTabOrder(before, after)


def _walk(layout: QLayout, found: list[QWidget]) -> None:
    for at in _positions(layout):
        item = layout.itemAt(at)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is None:
            if inner is not None:
                _walk(inner, found)
        elif isinstance(widget, QScrollArea):
            content = widget.widget()
            held = content.layout() if content is not None else None
            if held is not None:
                _walk(held, found)
        elif widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
            found.append(widget)
        elif (below := widget.layout()) is not None:
            _walk(below, found)


def _positions(layout: QLayout) -> list[int]:
    if not isinstance(layout, QGridLayout):
        return list(range(layout.count()))
    return sorted(range(layout.count()), key=lambda at: layout.getItemPosition(at)[:2])  # type: ignore[index]  # a tuple
