"""The words under which a corporation is indexed, and the folded texts that a search is judged by. Pure.

The first letter of a word tells what it is: n a pair of characters of the name or reading (three of a Latin run), u one
character of the name, h its beginning of 1 to 4 characters, a a pair of the address, p prefecture, c municipality,
l legal form (CL08), z open or closed, i industry, x prefecture and industry together. Legal forms are kept out of the
pairs, so that 株式会社 costs one word; prefecture and municipality are known by their codes.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

from kanto_desk.directory.columns import CLOSED, MERGED
from kanto_desk.japanese.folding import bigrams, core_name, legal_codes, legal_spans, spellings

WORDS_VERSION = 1
"""Raised with every change of the words of a row: what is indexed has to be indexed anew then (with FOLD_VERSION)."""

LONGEST_CORE = 127
SHORTEST_RUN = 3
LATIN = re.compile("[0-9A-Z]{3,}")
NUMBERED = frozenset({"丁目", "番地"})
"""Pairs of an address that are as good as digits: nearly every address has them, and nobody looks for them alone."""
_NO_DIGITS = re.compile("[0-9]")


class Place(NamedTuple):
    """A municipality as the files name it. `code`: five digits, empty abroad."""

    code: str
    prefecture: str
    city: str

    @property
    def folded(self) -> str:
        """Prefecture and municipality as they are searched."""
        return _folded_place(self.prefecture, self.city)


@lru_cache(maxsize=8192)
def _folded_place(prefecture: str, city: str) -> str:
    return spellings(prefecture + city)[-1]   # sign by sign: a place is known by its code, and parts of it are found


class Name(NamedTuple):
    """One spelling of a name: folded as a whole, without its legal forms, and their codes."""

    whole: str
    core: str
    codes: tuple[str, ...]


def names(name: str) -> list[Name]:
    """The spellings of a name."""
    found = []
    for whole in spellings(name):
        spans = legal_spans(whole)
        codes = tuple(code for start, end in spans for code in _codes(whole[start:end]))
        found.append(Name(whole, core_name(whole) if spans else whole, codes))
    return found


@lru_cache(maxsize=1024)
def _codes(span: str) -> tuple[str, ...]:
    return legal_codes(span)


def address_pairs(folded: str) -> list[str]:
    """The pairs of an address that are indexed: none with a digit, none that numbers always have beside them."""
    return [pair for pair in bigrams(folded) if pair not in NUMBERED and not _NO_DIGITS.search(pair)]


def latin_runs(folded: str) -> list[str]:
    """Every three neighbouring characters of a run of Latin letters and digits: pairs of these are too common."""
    return [run[at:at + SHORTEST_RUN] for run in LATIN.findall(folded) for at in range(len(run) - SHORTEST_RUN + 1)]


def words_of(name: str, kana: str, place: Place, street: str, state: int, industry: str) -> tuple[int, str]:
    """The length of the name without its legal forms, which ranks it, and its words, parted by blanks."""
    found: set[str] = set()
    length = 0
    for whole in spellings(name):
        core, spans = whole, legal_spans(whole)
        if spans:
            core = _cut(whole, spans)
            for start, end in spans:
                found.update(["l" + code for code in _codes(whole[start:end])])
                if start:
                    found.add("n" + whole[start - 1:start + 1])
                if end < len(whole):
                    found.add("n" + whole[end - 1:end + 1])
        length = length or min(len(core), LONGEST_CORE)
        found.update(["n" + a + b for a, b in itertools.pairwise(core)])
        found.update(["u" + sign for sign in core])
        found.update(("h" + core[:1], "h" + core[:2], "h" + core[:3], "h" + core[:4]))
        if LATIN.search(core):
            found.update(["n" + three for three in latin_runs(core)])
    if kana:
        for reading in spellings(kana):
            found.update(["n" + a + b for a, b in itertools.pairwise(reading)])
            found.update(("h" + reading[:1], "h" + reading[:2], "h" + reading[:3], "h" + reading[:4]))
    if street:
        before = place.folded[-1:]
        for part in spellings(street):
            found.update(["a" + pair for pair in _pairs(before + part)])
    if place.code:
        found.add("p" + place.code[:2])
        found.add("c" + place.code)
    found.add("zc" if state in (CLOSED, MERGED) else "zo")
    if industry:
        found.add("i" + industry)
        found.add("x" + place.code[:2] + industry)
    found.discard("h")
    return length, " ".join(found)


def _cut(whole: str, spans: list[tuple[int, int]]) -> str:
    """What `core_name` gives, of spans that are known."""
    if len(spans) == 1:
        start, end = spans[0]
        return whole[:start] + whole[end:] or whole
    return core_name(whole)


_DIGITS = frozenset("0123456789")


def _pairs(text: str) -> list[str]:
    """`address_pairs`, for millions of rows."""
    return [a + b for a, b in itertools.pairwise(text)
            if a not in _DIGITS and b not in _DIGITS and a + b not in NUMBERED]


class Texts:
    """The folded texts of one corporation that a search is judged by, made when they are asked for."""

    def __init__(self, name: str, kana: str, place: Place, street: str) -> None:
        self.names = names(name)
        self.kana = spellings(kana) if kana else ()
        self._place, self._street = place, street
        self._areas: tuple[str, ...] | None = None

    @property
    def codes(self) -> frozenset[str]:
        """Codes of its legal forms."""
        return frozenset(code for one in self.names for code in one.codes)

    @property
    def areas(self) -> tuple[str, ...]:
        """Its address from the prefecture on."""
        if self._areas is None:
            place = self._place.folded
            self._areas = tuple(place + part for part in spellings(self._street))
        return self._areas
