"""What a search must find, by looking at every row: slow, plain, and with nothing of the index in it.

A term fits where its folded text stands in the folded name (with or without its legal form), reading or address; one
character looks at names, and at the beginning of readings; an address needs two neighbouring signs that are no numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kanto_desk.directory.columns import CLOSED, HIDDEN, MERGED, Row, whole_number
from kanto_desk.directory.words import NUMBERED
from kanto_desk.japanese.folding import bigrams, core_name, legal_forms, spellings

EXACT, HEAD, NAME, ADDRESS = range(4)


@dataclass(frozen=True)
class Folded:
    """One corporation as the oracle sees it."""

    number: str
    order: tuple[int, int]
    cores: tuple[str, ...]
    names: tuple[str, ...]
    kana: tuple[str, ...]
    areas: tuple[str, ...]
    forms: frozenset[str]
    prefecture: str
    city: str
    open: bool


def folded(rows: list[Row]) -> list[Folded]:
    """The corporations that can be found."""
    return [Folded(
        whole_number(row.base), (len(core_name(spellings(row.name)[0])), row.base),
        tuple(map(core_name, spellings(row.name))), spellings(row.name), spellings(row.kana) if row.kana else (),
        tuple(area for street in spellings(row.street) for area in [spellings(row.prefecture + row.city)[-1] + street]),
        frozenset(legal_forms(row.name)), row.city_code[:2], row.city_code, row.state not in (CLOSED, MERGED),
    ) for row in rows if row.state != HIDDEN]


@cache
def _read(term: str) -> list[tuple[str, frozenset[str], bool]]:
    """What a term may mean: a text (empty: any), the legal forms wanted with it, whether an address can hold it."""
    meant = []
    for text in spellings(term):
        forms = frozenset(legal_forms(text))
        rest = core_name(text)
        meant += [(text, frozenset[str]())] if text else []
        meant += [("" if rest == text else rest, forms)] if forms else []
    return [(text, forms, any(not any(sign in "0123456789" for sign in pair) and pair not in NUMBERED
                                    for pair in bigrams(text))) for text, forms in meant]


def _text_rank(text: str, one: Folded, addressed: bool) -> int | None:
    ranks = [EXACT for core in one.cores if core == text]
    ranks += [HEAD for part in (*one.cores, *one.kana) if part.startswith(text)]
    ranks += [NAME for part in (*one.cores, *one.names) if text in part]
    if len(text) > 1:
        ranks += [NAME for part in one.kana if text in part]
        if addressed:
            ranks += [ADDRESS for area in one.areas if text in area]
    return min(ranks, default=None)


def term_rank(term: str, one: Folded) -> int | None:
    """How a corporation fits one term."""
    ranks = [_text_rank(text, one, addressed) if text else NAME for text, forms, addressed in _read(term)
             if forms <= one.forms]
    return min((rank for rank in ranks if rank is not None), default=None)


def found(query: str, rows: list[Folded], prefecture: str = "", city: str = "",
          is_open: bool | None = None) -> list[tuple[int, tuple[int, int], str]]:
    """Rank, order and number of everything that fits, in the order of a search."""
    terms = [term for term in dict.fromkeys(query.split()) if any(spellings(term))]
    hits = []
    for one in rows:
        if (prefecture and one.prefecture != prefecture) or (city and one.city != city):
            continue
        if is_open is not None and one.open != is_open:
            continue
        ranks = [term_rank(term, one) for term in terms]
        if not terms and (prefecture or city or is_open is not None):   # marks alone say nothing
            hits.append((NAME, one.order, one.number))
        if terms and all(rank is not None for rank in ranks):
            best = min(rank for rank in ranks if rank is not None)
            hits.append((max(best, HEAD) if len(terms) > 1 else best, one.order, one.number))
    return sorted(hits)
