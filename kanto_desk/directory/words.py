"""The words under which a corporation is indexed, and the folded texts that a search is judged by. Pure.

The first letter of a word tells what it is: n a pair of characters of the name or reading (three of a Latin run), u one
character of the name, h its beginning of 1 to 4 characters, a a pair of the address, p prefecture, c municipality,
l legal form (CL08), z open or closed, i industry, x prefecture and industry together. Legal forms are kept out of the
pairs, so that 株式会社 costs one word; prefecture and municipality are known by their codes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from kanto_desk.directory.columns import CLOSED, MERGED
from kanto_desk.japanese.folding import (
    LEGAL_FORMS,
    bigrams,
    core_name,
    legal_codes,
    legal_forms_in,
    legal_spans,
    spellings,
)

WORDS_VERSION = 1
"""Raised with every change of the words of a row: what is indexed has to be indexed anew then (with FOLD_VERSION)."""

LONGEST_CORE = 127
SHORTEST_RUN = 3
DIGITS = frozenset("0123456789")
COUNTERS = frozenset("目番地号")
LATIN = re.compile("[0-9A-Z]{3,}")
NUMBERED = frozenset({"丁目", "番地"})
"""Pairs of an address that are as good as digits: nearly every address has them, and nobody looks for them alone."""
_FIRST_DIGIT = re.compile("[0-9０-９]")


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


@lru_cache(maxsize=1024)
def _codes(span: str) -> tuple[str, ...]:
    return legal_codes(span)


def address_pairs(folded: str) -> list[str]:
    """The pairs of an address that are indexed: not those that the numbers of nearly every address have."""
    return [pair for pair in bigrams(folded) if pair not in NUMBERED
            and not (pair[0] in DIGITS and pair[1] not in DIGITS) and not (pair[0] in COUNTERS and pair[1] in DIGITS)]


@lru_cache(maxsize=256)
def names_a_place(folded: str) -> bool:
    """Whether a text says enough to be looked for in addresses: two neighbouring signs that are no numbers."""
    return any(pair not in NUMBERED and pair[0] not in DIGITS and pair[1] not in DIGITS for pair in bigrams(folded))


def latin_runs(folded: str) -> list[str]:
    """Every three neighbouring characters of a run of Latin letters and digits: pairs of these are too common."""
    return [run[at:at + SHORTEST_RUN] for run in LATIN.findall(folded) for at in range(len(run) - SHORTEST_RUN + 1)]


def words_of(name: str, kana: str, place: Place, street: str, state: int, industry: str) -> tuple[int, str]:
    """The length of the name without its legal forms, which ranks it, and its words, parted by blanks.

    A word may come twice, which the index does not mind.
    """
    found: list[str] = []
    length = 0
    for whole in spellings(name):
        core, spans = whole, legal_spans(whole)
        if spans:
            core = _cut(whole, spans)
            for start, end in spans:
                found += _form_words(whole[start:end])
                if start:
                    found.append("n" + whole[start - 1:start + 1])
                if end < len(whole):
                    found.append("n" + whole[end - 1:end + 1])
        length = length or min(len(core), LONGEST_CORE)
        if len(core) > 1:
            found.append("n" + " n".join([a + b for a, b in pairwise(core)]))   # one text of all, made at one go
        if core:
            found.append("u" + " u".join(core))
            found.append(f"h{core[:1]} h{core[:2]} h{core[:3]} h{core[:4]}")   # a short one again and again
        if LATIN.search(core):
            found += ["n" + three for three in latin_runs(core)]
    if kana:
        for reading in spellings(kana):
            if len(reading) > 1:
                found.append("n" + " n".join([a + b for a, b in pairwise(reading)]))
            if reading:
                found.append(f"h{reading[:1]} h{reading[:2]} h{reading[:3]} h{reading[:4]}")
    if street:
        cut = _FIRST_DIGIT.search(street)
        town, rest = (street, "") if cut is None else (street[:cut.start()], street[cut.start():])
        last, pairs = _town(place.folded[-1:], town)
        if pairs:
            found.append(pairs)
        if rest:
            if pairs := _numbers(rest):
                found.append(pairs)
            if last and last not in COUNTERS:
                found.append(f"a{last}{ord(rest[0]) & 15}")   # 0-9 and ０-９ alike
    if place.code:
        found += ("p" + place.code[:2], "c" + place.code)
    found.append("zc" if state in (CLOSED, MERGED) else "zo")
    for code in industry.split():
        found += ("i" + code, "x" + place.code[:2] + code)
    return length, " ".join(found)


@lru_cache(maxsize=1024)
def _form_words(span: str) -> tuple[str, ...]:
    forms = legal_forms_in(span)
    joints = {"n" + one[-1] + other[0] for one, other in pairwise(forms)}
    return (*("l" + LEGAL_FORMS[form] for form in forms), *joints)


def _cut(whole: str, spans: list[tuple[int, int]]) -> str:
    """What `core_name` gives, of spans that are known."""
    if len(spans) == 1:
        start, end = spans[0]
        return whole[:start] + whole[end:] or whole
    return core_name(whole)


@lru_cache(maxsize=1 << 16)
def _town(before: str, town: str) -> tuple[str, str]:
    """The last sign and the words of an address up to its first digit, which thousands share; `before`: the sign
    before. A digit is no neighbour that folding looks at, so that both parts fold as the whole does."""
    parts = [before + part for part in spellings(town)] if town else [before]
    return parts[0][-1:], " ".join({"a" + pair for part in parts for pair in address_pairs(part)})


@lru_cache(maxsize=1 << 14)
def _folded_town(town: str) -> tuple[str, ...]:
    """An address up to its first digit, as it is searched."""
    return spellings(town) if town else ("",)


@lru_cache(maxsize=1 << 16)
def _numbers(rest: str) -> str:
    """The words of an address from its first digit on."""
    return " ".join({"a" + pair for part in spellings(rest) for pair in address_pairs(part)})


class Texts:
    """The folded texts of one corporation that a search is judged by, each made when it is asked for."""

    __slots__ = ("_kana", "_name", "_street", "areas_", "cores_", "kana_", "place", "wholes_")

    def __init__(self, name: str, kana: str | None, place: Place, street: str) -> None:
        self._name, self._kana, self.place, self._street = name, kana, place, street
        self.wholes_: tuple[str, ...] | None = None
        self.cores_: tuple[str, ...] | None = None
        self.kana_: tuple[str, ...] | None = None
        self.areas_: tuple[str, ...] | None = None

    @property
    def wholes(self) -> tuple[str, ...]:
        """The name with its legal form."""
        if self.wholes_ is None:
            self.wholes_ = spellings(self._name)
        return self.wholes_

    @property
    def cores(self) -> tuple[str, ...]:
        """The name without its legal form."""
        if self.cores_ is None:
            self.cores_ = tuple(core_name(whole) for whole in self.wholes)
        return self.cores_

    @property
    def kana(self) -> tuple[str, ...]:
        """The reading, in no spelling where there is none."""
        if self.kana_ is None:
            self.kana_ = spellings(self._kana) if self._kana else ()
        return self.kana_

    @property
    def areas(self) -> tuple[str, ...]:
        """The address from the prefecture on."""
        if self.areas_ is None:
            place, street = self.place.folded, self._street
            cut = _FIRST_DIGIT.search(street)
            at = cut.start() if cut is not None else len(street)
            rests = spellings(street[at:]) if at < len(street) else ("",)
            towns = _folded_town(street[:at])
            if len(rests) == len(towns) == 1:
                self.areas_ = (place + towns[0] + rests[0],)
            else:
                self.areas_ = tuple(place + part for part in spellings(street))
        return self.areas_

    @property
    def codes(self) -> frozenset[str]:
        """Codes of the legal forms."""
        return frozenset(code for whole in self.wholes for start, end in legal_spans(whole)
                         for code in _codes(whole[start:end]))
