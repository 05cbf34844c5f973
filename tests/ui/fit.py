"""What does not fit in a window: cut-off words, parts over one another, parts outside what holds them.

Looks at what is visible now; what stands in a scroll area may be higher than it, never wider.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QLabel, QLayout, QLineEdit, QScrollArea, QWidget

from kanto_desk.ui.buttons import RailButton
from kanto_desk.ui.page import Page
from kanto_desk.ui.text import Elided, Pill
from kanto_desk.ui.theme import look
from kanto_desk.ui.top_bar import TopBar

_SLACK = 1   # px: rounding of zoomed sizes


def misfits(root: QWidget) -> list[str]:
    """Everything in `root` that is cut off, covered or outside; empty when all of it can be read."""
    seen = [w for w in root.findChildren(QWidget) if w.isVisible() and not isinstance(w.parentWidget(), QLineEdit)]
    told = [words for w in seen if (words := _cut(w))]
    told += [words for w in seen if (words := _outside(w, root))]
    for parent in (root, *seen):
        told += _covering(parent)
    return told


def too_wide(root: QWidget) -> list[str]:
    """Pages and bars that ask for more width than they have, and what scrolls up and down in too narrow a place."""
    found = []
    for w in root.findChildren(QWidget):
        scrolled = isinstance(w.parentWidget(), QWidget) and isinstance(w.parentWidget().parentWidget(), QScrollArea)
        has = w.parentWidget().width() if scrolled else w.width()
        if w.isVisible() and (scrolled or isinstance(w, Page | TopBar)) and w.minimumSizeHint().width() > has + _SLACK:
            found.append(f"{_name(w)} needs {w.minimumSizeHint().width()} of {has}")
    return found


def _cut(widget: QWidget) -> str:
    if isinstance(widget, Elided):
        if widget.full() and widget.text() != widget.full():
            if not widget.toolTip():
                return f"{_name(widget)} is shortened without a tooltip"
            if len(widget.text().strip("…")) < 2:
                return f"{_name(widget)} shows nothing: {widget.text()!r}"
        return ""
    if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
        if widget.wordWrap():
            need = widget.heightForWidth(widget.width())
            return _said(widget, f"is {widget.height()} high, needs {need}") if widget.height() < need - _SLACK else ""
        need = widget.sizeHint().width()
        return _said(widget, f"is {widget.width()} wide, needs {need}") if widget.width() < need - _SLACK else ""
    if isinstance(widget, QAbstractButton) and widget.text():
        need = widget.sizeHint()
        if isinstance(widget, RailButton):   # Qt asks for edges that the style sheet does not draw
            bold = look().metrics("caption", bold=True)
            narrow = widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
            need = widget.iconSize() if narrow else QSize(math.ceil(bold.horizontalAdvance(widget.text())), 0)
        if widget.width() < need.width() - _SLACK or widget.height() < need.height() - _SLACK:
            return _said(widget, f"is {widget.width()}×{widget.height()}, needs {need.width()}×{need.height()}")
    return ""


def _outside(widget: QWidget, root: QWidget) -> str:
    """Where a part of words or a field reaches beyond something that holds it."""
    if not isinstance(widget, QLabel | QAbstractButton | QLineEdit | Pill):
        return ""
    here: QWidget | None = widget
    while here is not None and here is not root:
        above = here.parentWidget()
        if above is None:
            break
        area = QRect(widget.mapTo(above, QPoint()), widget.size())
        scrolls = isinstance(above.parentWidget(), QAbstractScrollArea)
        wide = area.left() < -_SLACK or area.right() > above.width() - 1 + _SLACK
        high = not scrolls and (area.top() < -_SLACK or area.bottom() > above.height() - 1 + _SLACK)
        if wide or high:
            return _said(widget, f"at {area.getRect()} leaves {type(above).__name__} "
                                 f"{above.width()}×{above.height()}")
        if scrolls:
            return ""
        here = above
    return ""


def _covering(parent: QWidget) -> list[str]:
    """Parts laid out beside one another that stand over one another."""
    layout = parent.layout()
    if layout is None:
        return []
    parts = [w for w in parent.findChildren(QWidget)
             if w.parentWidget() is parent and w.isVisible() and _laid_out(layout, w)]
    found = []
    for at, one in enumerate(parts):
        for other in parts[at + 1:]:
            common = one.geometry().intersected(other.geometry())
            if common.width() > _SLACK and common.height() > _SLACK:
                found.append(f"{_name(one)} and {_name(other)} stand over one another {common.getRect()}")
    return found


def _laid_out(layout: QLayout, widget: QWidget) -> bool:
    return layout.indexOf(widget) >= 0 or any(_laid_out(one, widget) for one in layout.children()
                                              if isinstance(one, QLayout))


def _said(widget: QWidget, what: str) -> str:
    return f"{_name(widget)} {what}"


def _name(widget: QWidget) -> str:
    words = getattr(widget, "text", None)
    shown = words() if callable(words) else widget.accessibleName()
    return f"{type(widget).__name__} {str(shown)[:40]!r}"
