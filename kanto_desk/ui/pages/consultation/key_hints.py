"""Which keys work here, as key caps with a word each. Where the room is short they go: buttons and F1 say them too."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kanto_desk.ui.layout import Flow, Row, holder
from kanto_desk.ui.text import KeyCap, Label
from kanto_desk.ui.theme import look

_MOST_ROWS_PX = 60   # two rows of caps


class KeyHints(QWidget):
    """Pairs of keys and what they do."""

    def __init__(self, *hints: tuple[str, str]) -> None:
        super().__init__()
        pairs = (holder(Row(KeyCap(keys), Label(words, "caption"), space=5)) for keys, words in hints)
        self._flow = Flow(*pairs, space=12)
        self.setLayout(self._flow)

    def fits(self, width: int) -> bool:
        """Whether two rows are enough in this width."""
        return self._flow.heightForWidth(width) <= look().px(_MOST_ROWS_PX)
