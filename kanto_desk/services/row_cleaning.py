"""Takes the characters that no record can hold, and those nobody can see, out of imported values and names them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kanto_desk.japanese.text import clean_text

_UNSEEN = frozenset("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069")
"""Marks that nobody sees: soft hyphen, blanks of no width, and those that turn the direction of what follows, so that
a name looks like another one. The joiners U+200C and U+200D stay: emoji are made with them."""

_DEEPEST = 50   # a value of JSON that lies deeper is left as it is: no field reads one


@dataclass(frozen=True, slots=True)
class Dropped:
    """Characters taken out of the value of one column: its key, its place (1 is the first, 0 in JSON), and them."""

    key: str
    column: int
    characters: str


def cleaned(values: Mapping[str, Any], columns: Mapping[str, int]) -> tuple[dict[str, Any], tuple[Dropped, ...]]:
    """Values without unusable characters, and what was taken out of each; `columns` are the places of the keys."""
    clean: dict[str, Any] = {}
    found: list[Dropped] = []
    for key, value in values.items():
        gone: list[str] = []
        clean[_text(key, gone)] = _without(value, gone, 0)
        if gone:
            found.append(Dropped(key, columns.get(key, 0), "".join(gone)))
    return clean, tuple(found)


def names_of(characters: str, most: int = 5) -> str:
    """Characters as U+0000、U+0007, each once."""
    known = [f"U+{ord(c):04X}" for c in dict.fromkeys(characters)]
    return "、".join(known[:most]) + ("…" if len(known) > most else "")


def _without(value: Any, gone: list[str], depth: int) -> Any:
    if isinstance(value, str):
        return _text(value, gone)
    if depth < _DEEPEST and isinstance(value, list):
        return [_without(item, gone, depth + 1) for item in value]
    if depth < _DEEPEST and isinstance(value, dict):
        return {_text(str(key), gone): _without(item, gone, depth + 1) for key, item in value.items()}
    return value


def _text(text: str, gone: list[str]) -> str:
    if text.isprintable() or not any(unicodedata.category(c) in ("Cc", "Cs", "Cf") for c in text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") if any(
        "\ud800" <= c <= "\udfff" for c in text) else text
    unusable = {c for c in set(joined) if c in _UNSEEN or not clean_text(c)}   # what the cleaner of text would drop
    if not unusable:
        return joined
    gone.extend(c for c in joined if c in unusable)
    return "".join(c for c in joined if c not in unusable)
