"""Japanese is written in the source; this module finds the English for it. Free of Qt: screens, papers, commands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from string import Formatter
from typing import Any, Literal

from kanto_desk.paths import resources

Language = Literal["ja", "en"]

Years = Literal["era", "western"]
"""Which year a Japanese date names first: 令和8年 or 2026年."""

_years: Years = "era"
_language: Language = "ja"   # the one language of this process: screens are rebuilt when it changes


def use(language: Language) -> None:
    """Choose the language of the screens and messages of this process."""
    global _language  # noqa: PLW0603 - a process shows one language at a time
    _language = language


def language() -> Language:
    """The language in use."""
    return _language


def use_years(years: Years) -> None:
    """Choose which year comes first on the Japanese screens of this process; papers name the era."""
    global _years  # noqa: PLW0603 - as the language
    _years = years


def years() -> Years:
    """Which year comes first."""
    return _years


@cache
def catalogue() -> dict[str, str]:
    """Japanese text → English text, from every resources/i18n/en*.json."""
    texts: dict[str, str] = {}
    for file in sorted((resources() / "i18n").glob("en*.json")):
        texts.update(json.loads(file.read_text("utf-8")))
    return texts


def listed(words: Iterable[str], language: Language | None = None) -> str:
    """Words one after the other, with the mark between them of the language in use (or the one named)."""
    return (", " if (language or _language) == "en" else "、").join(words)


def tr(text: str, /, language: Language | None = None, **values: object) -> str:
    """`text` in the language in use (or the one named), with {names} replaced by `values`.

    English counts: "{n} {n:row|rows}" shows the word for one or for any other number (`one_or_other`). A text without
    English entry is shown in Japanese; a test fails on such texts.
    """
    shown = catalogue().get(text, text) if (language or _language) == "en" else text
    if not values:
        return shown
    return _COUNTING.format(shown, **values) if "|" in shown else shown.format(**values)


def one_or_other(count: object, words: str) -> str:
    """The word of "one|other" that goes with a count, given as a number or as it is shown ("1", "1,200")."""
    one, other = words.split("|")
    return one if str(count) == "1" else other


class _Counting(Formatter):
    """Formats as `str.format` does; a specification with "|" chooses between two words."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value in the format named, or the word that goes with it."""
        if "|" in format_spec:
            return one_or_other(value, format_spec)
        formatted: str = super().format_field(value, format_spec)
        return formatted


_COUNTING = _Counting()
