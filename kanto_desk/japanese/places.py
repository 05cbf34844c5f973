"""Where a text is written in another: begin and end of every hit as it stands, whatever its spelling.

For marks on the screen. `folding.fold` says whether a text holds another; this says where, in characters of the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate

from kanto_desk.japanese.folding import fold

Span = tuple[int, int]

_UNIT = re.compile(
    r"[(（\[［〔]\s*[株有名資同合特非一社財公福学医独地宗農]{1,2}\s*[)）\]］〕]"   # an abbreviated legal form
    r"|[ヴゔｳ]ﾞ?[ァィゥェォぁぃぅぇぉｧｨｩｪｫ]?"
    r"|.[々〻ヽヾゝゞ]+"
    r"|.[\u0300-\u036f\u3099\u309aﾞﾟ\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
    r"|.", re.DOTALL)
"""Pieces that are folded as a whole: what stands beside a piece changes nothing in it, but for ヶ between kanji."""

_BETWEEN_KANJI = re.compile("[ケカガ]")   # folded otherwise where a kanji follows


def places(text: str, wanted: str) -> list[Span]:
    """Every place where `wanted` stands in `text`, in order and without overlap; none for an empty one.

    Marks alone (、 or ・), which folding drops, are looked for as they are typed. Where a spelling cannot be followed
    piece by piece, the whole text is the hit.
    """
    if not wanted.strip():
        return []
    query = fold(wanted)
    if not query:
        return [found.span() for found in re.finditer(re.escape(wanted.strip()), text)]
    if query not in fold(text) and not _BETWEEN_KANJI.search(query):
        return []
    folded, pieces, ends = _pieces(text)
    hits = _hits(pieces, query) or _hits(pieces, "".join(fold(unit) for unit in _UNIT.findall(wanted)))
    if len(folded) == len(pieces):   # ヶ and が between kanji are one there
        hits = sorted({*hits, *_hits(folded, query)})
    elif not hits and query in folded:
        return [(0, len(text))]
    found: list[Span] = []
    for start, end in hits:
        first, last = ends[start], ends[end - 1]
        if not found or first[0] >= found[-1][1]:
            found.append((first[0], last[1]))
    return found


def _hits(folded: str, query: str) -> list[Span]:
    found, at = [], folded.find(query)
    while at >= 0:
        found.append((at, at + len(query)))
        at = folded.find(query, at + len(query))
    return found


@lru_cache(maxsize=8192)
def _pieces(text: str) -> tuple[str, str, list[Span]]:
    """The text folded as a whole and piece by piece, and for each character of the latter its piece's place."""
    units = _UNIT.findall(text)
    stops = list(accumulate(map(len, units)))
    pieces: list[str] = []
    of: list[Span] = []
    for unit, stop in zip(units, stops, strict=True):
        piece = fold(unit)
        pieces.append(piece)
        of += [(stop - len(unit), stop)] * len(piece)
    return fold(text), "".join(pieces), of
