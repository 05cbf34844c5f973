"""The six kinds of a timeline line as the screen shows them: word, icon, colours and the prefix that chooses it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from kanto_desk.i18n import tr


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of line. `ink` and `ground` are tokens."""

    code: str
    ja: str
    icon: str
    ink: str
    ground: str

    @property
    def word(self) -> str:
        """The word in the language in use."""
        return tr(self.ja)


# The words are named here so that the search for untranslated texts finds them: tr("発言") tr("課題") tr("助言")
# tr("約束") tr("写真") tr("メモ")
KINDS: Final = (
    LineKind("said", "発言", "message-square", "text2", "neutral_soft"),
    LineKind("issue", "課題", "triangle-alert", "danger", "danger_soft"),
    LineKind("advice", "助言", "lightbulb", "accent", "accent_soft"),
    LineKind("promise", "約束", "flag", "ok", "ok_soft"),
    LineKind("photo", "写真", "camera", "info", "info_soft"),
    LineKind("memo", "メモ", "pen-line", "violet", "violet_soft"),
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
        if word in (unicodedata.normalize("NFKC", kind.ja), tr(kind.ja, "en").casefold(), kind.code):
            return kind, found.end()
    return None
