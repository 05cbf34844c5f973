"""Whether words on the screen stand out from their ground, by the colours met in a picture.

A word's ground is the colour that most of its part of the picture has, its ink the colour that stands out most from it:
strokes too thin for a whole pixel count with the colour that they have on the screen.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QTextEdit, QWidget

from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import Tokens, contrast, luminance
from tests.ui.access import colours_of

NEED = 4.5


def faint(root: QWidget, picture: QImage) -> list[str]:
    """Words in a picture of `root` whose ink has less than 4.5 : 1 on their ground. What is switched off may be faint."""
    used = look().tokens
    found = []
    for widget in root.findChildren(QWidget):
        words = _words(widget)
        if not any(one.isalnum() for one in words):   # a mark between words says nothing by itself
            continue
        area = QRect(widget.mapTo(root, QPoint()), widget.size())
        if widget.visibleRegion().boundingRect() != widget.rect() or _covered(root, widget, area):
            continue   # met whole on another screen
        pair = ink_and_ground(picture.copy(area), used)
        if pair is not None and contrast(*pair) < NEED:
            found.append(f"{type(widget).__name__} {words[:40]!r} has only {contrast(*pair):.2f} : 1 "
                         f"({pair[0]} on {pair[1]})")
    return found


def _covered(root: QWidget, widget: QWidget, area: QRect) -> bool:
    """Whether something else stands over it, as the palette over a page."""
    there = root.childAt(area.center())
    return there is not None and not (there is widget or there.isAncestorOf(widget) or widget.isAncestorOf(there))


def ink_and_ground(picture: QImage, tokens: Tokens) -> tuple[str, str] | None:
    """The colours of words and ground in a picture; None where there is no word or its ground is no token."""
    counts = colours_of(picture)
    (ground, _), = counts.most_common(1)
    if f"#{ground:06X}" not in tokens.values() or len(counts) < 2:
        return None
    below = _luminance(ground)
    ink = max(counts, key=lambda colour: abs(_luminance(colour) - below))
    return f"#{ink:06X}", f"#{ground:06X}"


@cache
def _luminance(colour: int) -> float:
    return luminance(f"#{colour:06X}")


def _words(widget: QWidget) -> str:
    if not widget.isVisible() or not widget.isEnabled() or isinstance(widget.parentWidget(), QLineEdit):
        return ""
    if isinstance(widget, QLabel):
        return widget.text() if widget.pixmap().isNull() else ""
    if isinstance(widget, QAbstractButton | QLineEdit):
        return widget.text()
    return widget.toPlainText() if isinstance(widget, QTextEdit) else ""
