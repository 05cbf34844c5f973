"""Blanks of set phrases: ［　］ and [ ] stand where something is filled in later."""

from __future__ import annotations

import re

BLANK = "［　］"
"""How a blank is written in Japanese; in English it is "[ ]"."""

_BLANK = re.compile(r"［[ \u3000]*］|\[[ \u3000]+\]")   # [] has other senses


def blanks(text: str) -> list[tuple[int, int]]:
    """Begin and end of every blank in a text, in characters."""
    return [found.span() for found in _BLANK.finditer(text)]


def has_blank(text: str) -> bool:
    """Whether something in a text is still to be filled in."""
    return _BLANK.search(text) is not None
