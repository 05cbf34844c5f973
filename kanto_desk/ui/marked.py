"""One painted line of text in which what a search found is marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextCharFormat, QTextLayout, QTextOption

from kanto_desk.ui.blank_keys import units
from kanto_desk.ui.text import Elided, Role
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import FOUND

_CUT = "…"


def draw_marked(p: QPainter, area: QRect, words: str, marks: Sequence[tuple[int, int]], role: str, ink: str) -> None:
    """Draw a line into an area, cut at its end if need be; marks are begin and end in characters."""
    used = look()
    shown = used.metrics(role).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
    kept = len(shown) - len(_CUT) if shown != words and shown.endswith(_CUT) else len(shown)
    layout = QTextLayout(shown, used.font(role))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(area.width() + used.px(8))
    layout.endLayout()
    formats = []
    for start, end in marks:
        if start < kept:
            one = QTextLayout.FormatRange()
            one.start = units(shown[:start])
            one.length = units(shown[:min(end, kept)]) - one.start
            form = QTextCharFormat()
            form.setForeground(used.color(FOUND[0]))
            form.setBackground(used.color(FOUND[1]))
            one.format = form
            formats.append(one)
    p.setPen(used.color(ink))
    top = area.top() + (area.height() - line.height()) / 2
    layout.draw(p, QPointF(area.left(), top), formats)


class MarkedLine(Elided):
    """A line in which what a search found is marked; it gives way at its end."""

    def __init__(self, words: str, marks: Sequence[tuple[int, int]], role: Role = "body") -> None:
        super().__init__(words, role)
        self._marks, self._role = marks, role

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        painter, ink = QPainter(self), "text2" if self._role == "caption" else "text"
        draw_marked(painter, self.rect(), self.full(), self._marks, self._role, ink)
        painter.end()
