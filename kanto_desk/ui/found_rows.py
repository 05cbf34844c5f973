"""Rows of found things, painted: with a widget for each row, showing forty of them costs a tenth of a second."""

from __future__ import annotations

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListWidget, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from kanto_desk.ui.icons import pixmap
from kanto_desk.ui.theme import look

MORE, KEY, PICTURE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
"""The second text of a row, its key, and the name of its icon; the first text is the item's own."""

_ICON, _EDGE, _GAP = 18, 8, 10   # px at 100 %


class FoundRows(QStyledItemDelegate):
    """Icon, words, a second quieter text, and a key at the right edge; the second text gives way first."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem,
              index: QModelIndex | QPersistentModelIndex, /) -> None:
        if not index.data(PICTURE):
            return   # a heading is a label of its own
        used, row = look(), option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(row, used.color("select"))
        icon, edge, gap = used.px(_ICON), used.px(_EDGE), used.px(_GAP)
        painter.drawPixmap(row.left() + edge, row.center().y() - icon // 2 + 1,
                           pixmap(index.data(PICTURE), "text2", _ICON))
        left, right = row.left() + edge + icon + gap, row.right() - edge
        key, small = index.data(KEY) or "", used.metrics("caption")
        if key:
            width = math.ceil(small.horizontalAdvance(key))
            self._text(painter, QRect(right - width, row.top(), width + 1, row.height()), key, "caption", "text2")
            right -= width + gap
        words = index.data(Qt.ItemDataRole.DisplayRole)
        width = min(math.ceil(used.metrics().horizontalAdvance(words)) + 1, right - left)
        self._text(painter, QRect(left, row.top(), width, row.height()), words, "body", "text")
        left += width + gap
        if (more := index.data(MORE)) and right - left > used.px(48):
            self._text(painter, QRect(left, row.top(), right - left, row.height()), more, "caption", "text3")

    @staticmethod
    def _text(painter: QPainter, area: QRect, words: str, role: str, ink: str) -> None:
        used = look()
        painter.setFont(used.font(role))
        painter.setPen(used.color(ink))
        shown = used.metrics(role).elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, shown)
