"""Searching what is shown inside a widget: its text boxes and, if wanted, its labels, in the order of its layouts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QLabel, QLayout, QLineEdit, QScrollArea, QStackedWidget, QTextEdit, QWidget
from shiboken6 import isValid

from kanto_desk.japanese.places import Span, places
from kanto_desk.ui.blank_keys import units
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.text import Elided, KeyCap, Picture, Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import FOUND, HERE

Shown = QTextEdit | QLineEdit | QLabel


@dataclass(frozen=True, slots=True)
class _Hit:
    widget: Shown
    span: Span


class TextsFinder:
    """A `Finder` over everything inside `area`. Labels of one line count once, however often they hold the words."""

    def __init__(self, area: QScrollArea, *, labels: bool = False) -> None:
        self._area, self._labels = area, labels
        self._hits: list[_Hit] = []

    def find(self, wanted: str) -> int:
        """Mark what is wanted; gives the number of hits."""
        for widget in dict.fromkeys(hit.widget for hit in self._hits):
            if isValid(widget):
                _mark(widget, [], None)
        self._hits = []
        for widget in self._widgets() if wanted.strip() else ():
            spans = places(_text(widget), wanted)
            if isinstance(widget, QLabel) and not isinstance(widget, Wrapped):
                spans = spans[:1]
            self._hits += [_Hit(widget, span) for span in spans]
        self._mark(None)
        return len(self._hits)

    def nearest(self) -> int:
        """The first hit that is not above what is in sight."""
        view = self._area.viewport()
        return next((n for n, hit in enumerate(self._hits)
                     if hit.widget.mapTo(view, QPoint(0, hit.widget.height())).y() > 0), 0)

    def show(self, at: int) -> None:
        """Bring a hit into sight and mark it apart."""
        hit = self._hits[at]
        if not isValid(hit.widget):
            return
        self._mark(hit)
        content = self._area.widget()
        if content is not None:
            middle = hit.widget.mapTo(content, _rect(hit).center())
            self._area.ensureVisible(middle.x(), middle.y(), 0, look().px(80))

    def _mark(self, here: _Hit | None) -> None:
        by: dict[Shown, list[_Hit]] = {}
        for hit in self._hits:
            by.setdefault(hit.widget, []).append(hit)
        for widget, hits in by.items():
            if isValid(widget):
                _mark(widget, [hit.span for hit in hits], here.span if here and here.widget is widget else None)

    def _widgets(self) -> Iterator[Shown]:
        content = self._area.widget()
        if content is None:
            return
        for widget in _inside(content):
            if widget.isVisibleTo(content) and (self._labels or not isinstance(widget, QLabel)):
                yield widget


def _inside(widget: QWidget) -> Iterator[Shown]:
    if isinstance(widget, QLabel):
        if not isinstance(widget, Picture | KeyCap):
            yield widget
    elif isinstance(widget, QTextEdit | QLineEdit):
        if not (isinstance(widget, QLineEdit) and widget.echoMode() is not QLineEdit.EchoMode.Normal):   # no secrets
            yield widget
    elif isinstance(widget, QScrollArea):
        if (content := widget.widget()) is not None:
            yield from _inside(content)
    elif isinstance(widget, QStackedWidget):
        if (shown := widget.currentWidget()) is not None:
            yield from _inside(shown)
    elif (layout := widget.layout()) is not None:
        yield from _laid_out(layout)


def _laid_out(layout: QLayout) -> Iterator[Shown]:
    for at in range(layout.count()):
        item = layout.itemAt(at)
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield from _inside(widget)
        elif (inner := item.layout()) is not None:
            yield from _laid_out(inner)


def _text(widget: Shown) -> str:
    if isinstance(widget, QTextEdit):
        return widget.toPlainText()
    if isinstance(widget, Wrapped):
        return widget.plain()
    return widget.full() if isinstance(widget, Elided) else widget.text()


def _mark(widget: Shown, spans: list[Span], here: Span | None) -> None:
    if isinstance(widget, QTextEdit):
        widget.setExtraSelections([_selection(widget, span, here=span == here) for span in spans])
    elif isinstance(widget, Wrapped):
        widget.mark([(start, end, (start, end) == here) for start, end in spans])
    else:
        set_property(widget, "found", "here" if here else "true" if spans else "")
        if isinstance(widget, QLineEdit) and not widget.hasFocus():
            if here:
                text = widget.text()
                start, end = units(text[:here[0]]), units(text[:here[1]])
                widget.setSelection(start, end - start)   # one line has no other way to show where in it
            else:
                widget.deselect()


def _selection(box: QTextEdit, span: Span, *, here: bool) -> QTextEdit.ExtraSelection:
    text = box.toPlainText()
    made, ink = QTextEdit.ExtraSelection(), QTextCharFormat()
    foreground, background = HERE if here else FOUND
    ink.setForeground(look().color(foreground))
    ink.setBackground(look().color(background))
    cursor = QTextCursor(box.document())
    cursor.setPosition(units(text[:span[0]]))
    cursor.setPosition(units(text[:span[1]]), QTextCursor.MoveMode.KeepAnchor)
    made.cursor, made.format = cursor, ink
    return made


def _rect(hit: _Hit) -> QRect:
    if isinstance(hit.widget, QTextEdit):
        cursor = QTextCursor(hit.widget.document())
        cursor.setPosition(units(hit.widget.toPlainText()[:hit.span[0]]))
        return hit.widget.cursorRect(cursor)
    return hit.widget.rect()
