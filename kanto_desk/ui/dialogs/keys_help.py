"""キーの一覧 (F1): every key that works, from the action table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.actions import Action, Actions
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column, Row, hairline, holder
from kanto_desk.ui.text import KeyCap, Label, Wrapped
from kanto_desk.ui.theme import look


class KeysBox(Box):
    """The keys under their headings, in two columns where there is room."""

    def __init__(self, parent: QWidget, actions: Actions, *more: str) -> None:
        """`more`: paragraphs below the keys."""
        super().__init__(parent, tr("キーの一覧"), width=820, height=620)
        groups = actions.key_list()
        half = sum(len(rows) + 1 for _, rows in groups) / 2
        left, right, count = Column(space=4), Column(space=4), 0
        for group, rows in groups:
            column = left if count < half else right
            count += len(rows) + 1
            column.fill(4, Label(tr(group), "h3"), hairline())
            for row in rows:
                cap = KeyCap(row.key_text)
                line = Row(Label(row.words), None, cap)
                widget = holder(line)
                widget.setMinimumHeight(look().px(26))
                widget.setAccessibleName(f"{row.words} {row.key_text}")
                column.fill(widget)
        left.fill(None)
        right.fill(None)
        columns = Row(left, right, space=32)
        columns.setStretch(0, 1)
        columns.setStretch(1, 1)
        if 2 * _widest(groups) + look().px(32) > min(look().px(820), parent.window().width() - 40) - look().px(64):
            columns.setDirection(QBoxLayout.Direction.TopToBottom)
        note = Wrapped(tr("変換中は、Enter も Esc も日本語入力のものです。F6〜F10 は使いません。"), "caption")
        self.fill(Column(columns, 6, note, *(Wrapped(words, "caption") for words in more), None,
                         margins=(24, 10, 24, 16)))


def _widest(groups: Sequence[tuple[str, Sequence[Action]]]) -> float:
    """How wide the longest line is, in pixels."""
    words, keys = look().metrics(), look().metrics("mark", fixed=True)
    return max(words.horizontalAdvance(row.words) + keys.horizontalAdvance(row.key_text) + look().px(24)
               for _group, rows in groups for row in rows)
