"""Which keys work here, as key caps with a word each; wraps where the room is short."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from kanto_desk.ui.layout import Flow, Row, holder
from kanto_desk.ui.text import KeyCap, Label


def key_hints(*hints: tuple[str, str]) -> QWidget:
    """Pairs of keys and what they do."""
    pairs = (holder(Row(KeyCap(keys), Label(words, "caption"), space=5)) for keys, words in hints)
    return holder(Flow(*pairs, space=12))
