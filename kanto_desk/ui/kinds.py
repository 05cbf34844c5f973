"""The six kinds of a timeline line as the screen shows them: word, icon, colours and the prefix that chooses it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from kanto_desk.i18n import language


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of line. `ink` and `ground` are tokens."""

    code: str
    ja: str
    en: str
    icon: str
    ink: str
    ground: str

    @property
    def word(self) -> str:
        """The word in the language in use."""
        return self.en if language() == "en" else self.ja


KINDS: Final = (
    LineKind("said", "発言", "Said", "message-square", "text2", "neutral_soft"),
    LineKind("issue", "課題", "Issue", "triangle-alert", "danger", "danger_soft"),
    LineKind("advice", "助言", "Advice", "lightbulb", "accent", "accent_soft"),
    LineKind("promise", "約束", "Promise", "flag", "ok", "ok_soft"),
    LineKind("photo", "写真", "Photo", "camera", "info", "info_soft"),
    LineKind("memo", "メモ", "Private note", "pen-line", "violet", "violet_soft"),
)
BY_CODE: Final = {kind.code: kind for kind in KINDS}

_PREFIX = re.compile(r"\s*(\S{1,12}?)[：:]\s?")


def prefix(text: str) -> tuple[LineKind, int] | None:
    """The kind named at the start of `text` (課題： or Issue:) and the length of that start; None without one."""
    found = _PREFIX.match(text)
    if not found:
        return None
    word = unicodedata.normalize("NFKC", found[1]).casefold()
    for kind in KINDS:
        if word in (unicodedata.normalize("NFKC", kind.ja), kind.en.casefold(), kind.code):
            return kind, found.end()
    return None
