"""What a plain paper says: a title, facts about it, and parts made of tables. Plain words, as a screen shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its words, its share of the width, and whether it holds numbers, which stand right."""

    words: str
    share: float
    number: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A table under a heading (none: it is the only one). Without columns the first of two cells names the second.

    Lines of a cell are divided by line ends. `empty` is said in the place of a table without rows; `note` stands
    behind the heading.
    """

    heading: str
    columns: Sequence[ListColumn]
    rows: Sequence[Sequence[str]]
    empty: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlainPaper:
    """A paper made of words. `title` is what kind of paper it is, `name` whom or what it shows."""

    title: str
    name: str
    agency: str
    about: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    issued: date
    warning: str = ""
    notes: Sequence[str] = ()
    across: bool = False
