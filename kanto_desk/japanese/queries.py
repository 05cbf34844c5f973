"""What is typed into a search, taken apart: words in any order, phrases in quotation marks, words that may not stand.

「医療 機器」 and "医療 機器" are one term, blanks or not; -見積 leaves out what holds 見積. Pure; knows no index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kanto_desk.japanese.folding import fold

_MINUS = "－−-"
"""What a Japanese keyboard gives for the key of the minus. Not ー: ーザー is looked for as a part of レーザー."""
_TERM = re.compile(
    rf"(?P<minus>[{_MINUS}](?=[^\s{_MINUS}]))?"
    r"(?:「(?P<a>[^」]*)(?:」(?=\s|$)|$)|『(?P<b>[^』]*)(?:』(?=\s|$)|$)"
    r"|[“”\"＂](?P<c>[^“”\"＂]*)(?:[“”\"＂](?=\s|$)|$)|(?P<word>\S+))")
"""A quotation mark opens a phrase at the beginning of a term alone, and a phrase that is still typed is one already."""


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must stand, as typed but without blanks, and terms that may not."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]


def parse(text: str) -> Query:
    """Take a query apart. Without any wanted term a minus is no sign: -5 alone looks for 5. Never fails."""
    wanted, unwanted = list[str](), list[str]()
    for found in _TERM.finditer(text):
        term = re.sub(r"\s+", "", next((part for part in found.group("a", "b", "c", "word") if part is not None), ""))
        if fold(term):
            (unwanted if found["minus"] else wanted).append(term)
    return Query(tuple(wanted), tuple(unwanted)) if wanted else Query(tuple(unwanted), ())
