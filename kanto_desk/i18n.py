"""Japanese is written in the source; this module finds the English for it. Free of Qt: screens, papers, commands."""

from __future__ import annotations

import json
from functools import cache
from typing import Literal

from kanto_desk.paths import resources

Language = Literal["ja", "en"]

_language: Language = "ja"   # the one language of this process: screens are rebuilt when it changes


def use(language: Language) -> None:
    """Choose the language of the screens and messages of this process."""
    global _language  # noqa: PLW0603 - a process shows one language at a time
    _language = language


def language() -> Language:
    """The language in use."""
    return _language


@cache
def catalogue() -> dict[str, str]:
    """Japanese text → English text, from every resources/i18n/en*.json."""
    texts: dict[str, str] = {}
    for file in sorted((resources() / "i18n").glob("en*.json")):
        texts.update(json.loads(file.read_text("utf-8")))
    return texts


def tr(text: str, /, language: Language | None = None, **values: object) -> str:
    """`text` in the language in use (or the one named), with {names} replaced by `values`.

    A text without English entry is shown in Japanese; a test fails on such texts.
    """
    shown = catalogue().get(text, text) if (language or _language) == "en" else text
    return shown.format(**values) if values else shown
