"""Classes of characters for Japanese line composition, and what may happen between two neighbours.

Knows no fonts and no widths: only characters. The classes follow the W3C note on Japanese text layout (JLREQ, annex A).
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache
from typing import NamedTuple


class Sort(IntEnum):
    """The class of a character (of a cluster's first character)."""

    PLAIN = 0           # kanji, kana, full-width letters
    OPEN = 1            # 始め括弧類
    CLOSE = 2           # 終わり括弧類
    STOP = 3            # 句点・読点
    MIDDLE = 4          # 中点類
    EXCLAIM = 5         # 区切り約物
    NO_START = 6        # 小書きの仮名・長音記号・繰返し記号
    LETTER = 7          # Latin, Greek, Cyrillic
    DIGIT = 8
    SPACE = 9           # U+0020
    WIDE_SPACE = 10     # U+3000
    DASH = 11           # 分離禁止文字
    PREFIX = 12         # 前置省略記号
    SUFFIX = 13         # 後置省略記号
    LATIN_CLOSE = 14    # half-width closing brackets and stops
    LATIN_OPEN = 15     # half-width opening brackets


_MEMBERS: dict[Sort, str] = {
    Sort.OPEN: "（〔［｛〈《「『【‘“〘〖｟⦅«",
    Sort.CLOSE: "）〕］｝〉》」』】’”〙〗｠⦆»〟",
    Sort.STOP: "、。，．",
    Sort.MIDDLE: "・：；",
    Sort.EXCLAIM: "！？‼⁇⁈⁉",
    Sort.NO_START: "ヽヾゝゞ々〻ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ"
                   "゛゜〜～゠‐–",
    Sort.SPACE: " ",
    Sort.WIDE_SPACE: "\u3000",
    Sort.DASH: "…‥―—",
    Sort.PREFIX: "￥＄￡＃№〒€",
    Sort.SUFFIX: "％‰℃°′″￠ℓ",
    Sort.LATIN_CLOSE: ",.:;?!)]}%｡｣､･ｰﾞﾟ",
    Sort.LATIN_OPEN: "([{¥$£｢",
}
_SORTS: dict[str, Sort] = {char: sort for sort, chars in _MEMBERS.items() for char in chars}
_LETTERS = re.compile("[!-~\u00a1-\u024f\u0370-\u03ff\u0400-\u04ff]")

NEVER_FIRST = frozenset({Sort.CLOSE, Sort.STOP, Sort.MIDDLE, Sort.EXCLAIM, Sort.NO_START, Sort.SUFFIX,
                         Sort.LATIN_CLOSE})
"""行頭禁則: these never begin a line."""
NEVER_LAST = frozenset({Sort.OPEN, Sort.PREFIX, Sort.LATIN_OPEN})
"""行末禁則: these never end a line."""
BLANKS = frozenset({Sort.SPACE, Sort.WIDE_SPACE})
"""Dropped at both ends of a line."""
_LATIN = frozenset({Sort.LETTER, Sort.DIGIT, Sort.LATIN_CLOSE, Sort.LATIN_OPEN})
_JAPANESE = frozenset({Sort.PLAIN, Sort.NO_START})
_BLANK_BEHIND = frozenset({Sort.CLOSE, Sort.STOP})

LETTER_GAP, DIGIT_GAP = 0.18, 0.11
"""四分アキ between Japanese and Latin, in em: less than a quarter, as proportional BIZ UDP has own blanks."""


class Pair(NamedTuple):
    """What holds between two neighbours: a break allowed, blank added (em), and whose own blanks may be squeezed."""

    may_break: bool
    gap: float
    squeeze_behind: bool
    squeeze_before: bool
    collapse: bool
    may_stretch: bool


def sort_of(cluster: str) -> Sort:
    """The class of a cluster, told by its first character."""
    char = cluster[0]
    found = _SORTS.get(char)
    if found is not None:
        return found
    if char.isascii() and char.isdigit():
        return Sort.DIGIT
    if _LETTERS.match(char):
        return Sort.LETTER
    return Sort.PLAIN


@cache
def pair(before: Sort, behind: Sort) -> Pair:
    """The rule between a character of class `before` and the next one of class `behind`."""
    may_break = not (behind in NEVER_FIRST or before in NEVER_LAST or behind in BLANKS
                     or (before in _LATIN and behind in _LATIN))
    gap = 0.0
    if (before in _LATIN and behind in _JAPANESE) or (before in _JAPANESE and behind in _LATIN):
        latin = before if before in _LATIN else behind
        gap = {Sort.LETTER: LETTER_GAP, Sort.DIGIT: DIGIT_GAP}.get(latin, 0.0)
    squeeze_behind = before in _BLANK_BEHIND
    squeeze_before = behind is Sort.OPEN
    collapse = (squeeze_behind and (behind in _BLANK_BEHIND or behind is Sort.OPEN or behind is Sort.MIDDLE)) or (
        before is Sort.OPEN and behind is Sort.OPEN)
    may_stretch = not (before in _LATIN and behind in _LATIN)
    return Pair(may_break, gap, squeeze_behind, squeeze_before, collapse, may_stretch)


_LONG_RUN = re.compile(r"[!-~]{19,}|[a-z]+://[!-~]+")
_AFTER = re.compile(r"(?<=[/?&=_.#%:])(?![/?&=_.#%:,.;)\]}!-]|$)|(?<=[A-Za-z0-9]-)(?=[A-Za-z0-9])")
_HYPHEN = re.compile(r"(?<=[A-Za-z]-)(?=[A-Za-z])")


def latin_breaks(text: str) -> list[int]:
    """Places inside Latin runs where a line may be cut: words at their hyphens, addresses behind / ? & - . _ and so on.

    Offsets count characters from the start of `text`.
    """
    found = [match.start() for match in _HYPHEN.finditer(text)] if "-" in text else []
    for run in _LONG_RUN.finditer(text):
        found += [run.start() + match.start() for match in _AFTER.finditer(run.group())]
    return found
