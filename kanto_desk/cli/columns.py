"""How many columns of a terminal a text takes: full-width characters take two. Prints nothing."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Columns of a text in an East Asian terminal; combining marks and variation selectors take none."""
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Cf", "Cc")
               else 2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """The text with blanks behind it up to a number of columns."""
    return text + " " * max(0, columns - width(text))
