"""What somebody asks the directory: terms and filters, as conditions on its index and as a judge of what is found.

The index may offer too much (pairs of characters need not stand together), never too little; the judge decides on the
folded texts. Pure: knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kanto_desk import masters
from kanto_desk.directory.columns import CLOSED, MERGED
from kanto_desk.directory.conditions import AND, OR, Condition, joined
from kanto_desk.directory.conditions import word as _word
from kanto_desk.directory.words import Place, Texts, address_pairs, latin_runs, names_a_place
from kanto_desk.japanese.folding import LEGAL_FORMS, bigrams, core_name, legal_codes, legal_spans, spellings

EXACT, HEAD, NAME, ADDRESS = range(4)
"""How well a corporation fits: it is named so, its name or reading begins so, holds it, or its address does."""

LONGEST_HEAD = 4
MOST_TERMS = 8
MOST_CODES = 40   # more municipalities than these are no narrower than the pairs beside them
LONGEST_TERM = 60
_FORM_PAIRS = frozenset(pair for form in LEGAL_FORMS for pair in bigrams(form))


class Places:
    """The municipalities of one directory, and which of them hold a text."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._codes: dict[str, set[str]] = {}
        for place in places:
            if place.code:
                self._codes.setdefault(place.folded, set()).add(place.code)
        self._ends: dict[str, set[str]] = {}
        for name, codes in self._codes.items():
            for at in range(len(name)):
                self._ends.setdefault(name[at:], set()).update(codes)
        self._prefectures = {spellings(one.ja)[-1]: one.code for one in masters.prefectures()}
        self.holding = lru_cache(maxsize=256)(self._holding)

    def _holding(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Codes of the prefectures whose name holds a text, and of other municipalities that hold it, theirs before."""
        prefectures = {code for name, code in self._prefectures.items() if text in name}
        codes = {code for name, codes in self._codes.items() if text in name for code in codes
                 if code[:2] not in prefectures}
        return tuple(sorted(prefectures)), tuple(sorted(codes))

    def ending(self, text: str) -> tuple[str, ...]:
        """Codes of municipalities whose name, prefecture before it, ends so."""
        return tuple(sorted(self._ends.get(text, ())))


@dataclass(frozen=True, slots=True)
class Filters:
    """What must hold besides the terms: codes of prefectures (2 digits), municipalities (5), legal forms (CL08),
    industries; `open` True for corporations that exist, False for closed and merged ones. Empty or None: any."""

    prefectures: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    open: bool | None = None

    def condition(self) -> list[Condition]:
        """Conditions on the index."""
        return [*self.listed(), *self.told()]

    def listed(self) -> list[Condition]:
        """Those of them that only the index knows."""
        found = [_word("x", self.prefectures[0] + self.industries[0])] if self._both else []
        if self.industries and not self._both:
            found.append(_or(_word("i", code) for code in self.industries))
        if self.forms:
            found.append(_or(_word("l", code) for code in self.forms))
        return found

    def told(self) -> list[Condition]:
        """Those that the place and the state of a corporation tell."""
        found = []
        if self.cities:
            found.append(_or(_word("c", code) for code in self.cities))
        elif self.prefectures and not self._both:
            found.append(_or(_word("p", code) for code in self.prefectures))
        if self.open is not None:
            found.append(_word("z", "o" if self.open else "c"))
        return found

    @property
    def _both(self) -> bool:
        return len(self.prefectures) == 1 and len(self.industries) == 1 and not self.cities

    def hold(self, place: Place, state: int) -> bool:
        """Whether place and state are such as are wanted."""
        if self.open is not None and self.open == (state in (CLOSED, MERGED)):
            return False
        return place.code in self.cities if self.cities else not self.prefectures or place.code[:2] in self.prefectures


class Term:
    """One part of what was typed, in its spellings; one that holds a legal form (㈱山田) also as form and rest."""

    def __init__(self, typed: str) -> None:
        self.typed = typed
        self.texts = tuple(text for text in spellings(typed) if text)
        self.forms: list[tuple[frozenset[str], str]] = []
        for text in self.texts:
            spans = legal_spans(text)
            if spans:
                codes = frozenset(code for start, end in spans for code in legal_codes(text[start:end]))
                rest = core_name(text)
                self.forms.append((codes, "" if rest == text else rest))

    def fits(self, texts: Texts, rank: int) -> bool:
        """Whether a corporation fits this term as well as `rank` (EXACT to NAME) or better."""
        fit = _FITS[rank]
        return any(fit(text, texts) for text in self.texts) or any(
            codes <= texts.codes and (fit(rest, texts) if rest else rank >= NAME) for codes, rest in self.forms)

    def fits_address(self, texts: Texts) -> bool:
        """Whether the address holds it; where the name does, it need not be told."""
        return any(_in_area(text, texts) for text in self.texts) or any(
            bool(rest) and _in_area(rest, texts) and codes <= texts.codes for codes, rest in self.forms)

    def rank(self, texts: Texts) -> int | None:
        """How well a corporation fits this term; None where it does not."""
        ranks = [rank for text in self.texts if (rank := _rank(text, texts)) is not None]
        for codes, rest in self.forms:
            if codes <= texts.codes and (rank := _rank(rest, texts) if rest else NAME) is not None:
                ranks.append(rank)
        return min(ranks, default=None)

    def certain(self, rank: int) -> bool:
        """Whether all that the index offers for a rank fits, so that nobody needs to look: one or two signs."""
        if len(self.texts) > 1 or self.forms:
            return False
        text = self.texts[0]
        if rank == HEAD:
            return len(text) <= LONGEST_HEAD
        return rank == NAME and len(text) <= 2 and not any(text in form for form in LEGAL_FORMS)

    @cached_property
    def heads(self) -> Condition:
        """The condition under which a name or reading begins so."""
        return _or(self._each(_head))

    @cached_property
    def names(self) -> Condition:
        """The condition under which a name or reading holds it, or a name has the legal form that is all of it."""
        alone = [_with_forms(codes) for codes, rest in self.forms if not rest]
        return _or([*self._each(_name), *alone])

    def addresses(self, places: Places) -> Condition:
        """The condition under which an address holds it; empty where none can."""
        return _or(self._each(lambda text: _address(text, places)))

    def anywhere(self, places: Places) -> Condition:
        """The condition under which it stands anywhere."""
        single = any(len(text) == 1 for text in (*self.texts, *(rest for _, rest in self.forms)))
        return _or(filter(None, (self.names, self.addresses(places), self.heads if single else Condition())))

    def _each(self, condition: Callable[[str], Condition]) -> list[Condition]:
        found = [condition(text) for text in self.texts]
        for codes, rest in self.forms:
            if rest and (inner := condition(rest)):
                found.append(_and((_with_forms(codes), inner)))
        return list(filter(None, found))


class Question:
    """Everything typed, with filters. `empty` where nothing in it can be looked for."""

    def __init__(self, typed: str, filters: Filters | None = None) -> None:
        self.filters = filters or Filters()
        parts = dict.fromkeys(part[:LONGEST_TERM] for part in typed.split())
        self.terms = [term for term in map(Term, list(parts)[:MOST_TERMS]) if term.texts]

    @property
    def empty(self) -> bool:
        """Whether there is neither a term nor a filter."""
        return not self.terms and not self.filters.condition()

    @cached_property
    def number(self) -> str:
        """The 13 digits typed, with or without T before them; empty where it is anything else."""
        if len(self.terms) != 1:
            return ""
        digits = self.terms[0].texts[0].removeprefix("T")
        return digits if len(digits) == 13 and digits.isascii() and digits.isdigit() else ""

    def conditions(self, places: Places) -> list[tuple[int, Condition]]:
        """Conditions of the terms in the order of rank, with the worst rank that each may bring; filters apart."""
        every = [term.anywhere(places) for term in self.terms]
        if not every or not all(every):
            return []

        def beside(conditions: list[Condition]) -> Condition:
            """One of the terms fits so, and the others anywhere."""
            return _or(_and((one, *every[:place], *every[place + 1:])) for place, one in enumerate(conditions) if one)

        heads = beside([term.heads for term in self.terms])
        names = self.terms[0].names
        addresses = self.terms[0].addresses(places)
        if len(every) > 1:   # many fit so, and one pass finds the first; by one beside the others it was a fifth slower
            names, addresses = _and((_or(filter(None, (term.names for term in self.terms))), *every)), _and(every)
        return [(rank, one) for rank, one in ((HEAD, heads), (NAME, names), (ADDRESS, addresses)) if one]

    def exact(self) -> list[tuple[int, Condition]]:
        """For one term: the lengths of names that are just it, each with its condition on the index."""
        if len(self.terms) != 1:
            return []
        term = self.terms[0]
        lengths = dict.fromkeys(len(text) for text in (*term.texts, *(rest for _, rest in term.forms)) if text)
        return [(length, term.heads) for length in lengths]

    def fits(self, texts: Texts, rank: int) -> bool:
        """Whether a corporation that does not fit better fits all terms, and one of them so well."""
        if len(self.terms) == 1:
            return self.terms[0].fits_address(texts) if rank == ADDRESS else self.terms[0].fits(texts, rank)
        found = self.rank(texts)
        return found is not None and found <= rank

    def rank(self, texts: Texts) -> int | None:
        """How well a corporation fits all of several terms: as the one that fits best; None where it does not."""
        best = ADDRESS
        for term in self.terms:
            rank = term.rank(texts)
            if rank is None:
                return None
            best = min(best, rank)
        return max(HEAD, best)

    def certain(self, rank: int) -> bool:
        """Whether all that the index offers for a rank fits."""
        return rank > EXACT and len(self.terms) < 2 and all(term.certain(rank) for term in self.terms)


def _is_exact(text: str, texts: Texts) -> bool:
    return text in texts.cores


def _is_head(text: str, texts: Texts) -> bool:
    return any(core.startswith(text) for core in texts.cores) or any(kana.startswith(text) for kana in texts.kana)


def _in_name(text: str, texts: Texts) -> bool:
    if any(text in whole for whole in texts.wholes):
        return True
    if any(text in kana if len(text) > 1 else kana.startswith(text) for kana in texts.kana):
        return True
    return any(text in core for core in texts.cores)


def _in_area(text: str, texts: Texts) -> bool:
    return names_a_place(text) and (text in texts.place.folded or any(text in area for area in texts.areas))


def _rank(text: str, texts: Texts) -> int | None:
    """The best of the four, in one go."""
    best = ADDRESS + 1
    for core in texts.cores:
        at = core.find(text)
        if not at:
            if core == text:
                return EXACT
            best = HEAD
        elif at > 0 and best > NAME:
            best = NAME
    if best == HEAD:
        return HEAD
    for kana in texts.kana:
        at = kana.find(text)
        if not at:
            return HEAD
        if at > 0 and len(text) > 1:
            best = NAME
    if best <= NAME or any(text in whole for whole in texts.wholes):
        return NAME
    return ADDRESS if _in_area(text, texts) else None


_FITS: tuple[Callable[[str, Texts], bool], ...] = (_is_exact, _is_head, _in_name)


def _with_forms(codes: frozenset[str]) -> Condition:
    return _and(_word("l", code) for code in sorted(codes))


def _and(conditions: Iterable[Condition]) -> Condition:
    return joined(conditions, AND)


def _or(conditions: Iterable[Condition]) -> Condition:
    return joined(conditions, OR)


def _grams(text: str) -> list[str]:
    """The words that a name holding a text has: threes within a Latin run, pairs everywhere else."""
    threes = latin_runs(text)
    return threes + [pair for pair in bigrams(text) if not (threes and pair.isascii())]


def _head(text: str) -> Condition:
    words = [_word("h", text[:LONGEST_HEAD])]
    if len(text) > LONGEST_HEAD:
        grams = _grams(text) if text.isascii() else bigrams(text)[LONGEST_HEAD - 1:]
        words += [_word("n", gram) for gram in grams]
    return _and(words)


def _name(text: str) -> Condition:
    forms = sorted({code for form, code in LEGAL_FORMS.items() if text in form})
    within = [_word("l", code) for code in forms]
    if len(text) == 1:
        return _or([_word("u", text), *within])
    found = [_and(_word("n", gram) for gram in _grams(text)), *within]
    pairs = bigrams(text)
    outer = [pair for pair in pairs if pair not in _FORM_PAIRS]
    if outer and len(outer) < len(pairs):   # part of it may lie in a legal form, which is not indexed by pairs
        found.append(_and(_word("n", pair) for pair in outer))
    elif not outer:
        found += _across_forms(text)
    return _or(found)


def _across_forms(text: str) -> list[Condition]:
    """The conditions of a text, all of whose pairs are some legal form's, that begins or ends in one beside a name."""
    found = []
    for start in range(len(text)):
        before = sorted({code for form, code in LEGAL_FORMS.items() if start and form.endswith(text[:start])})
        for end in range(start + 1, len(text) + 1):
            after = sorted({code for form, code in LEGAL_FORMS.items()
                            if end < len(text) and form.startswith(text[end:])})
            if bool(before) == bool(start) and bool(after) == (end < len(text)) and (before or after):
                forms = [_or(_word("l", code) for code in codes) for codes in (before, after) if codes]
                pairs = bigrams(text[max(start - 1, 0):end + 1])
                found.append(_and([*forms, *(_word("n", pair) for pair in pairs)]))
    return found


def _address(text: str, places: Places) -> Condition:
    if not names_a_place(text):
        return Condition()
    pairs = address_pairs(text)
    prefectures, cities = places.holding(text)
    found = [*(_word("p", code) for code in prefectures), *(_word("c", code) for code in cities),
             _and(_word("a", pair) for pair in pairs)]
    for at in range(2, len(text)):
        codes = places.ending(text[:at])
        if codes:
            found.append(_across(codes, address_pairs(text[at - 1:])))
    return _or(found)


def _across(codes: Sequence[str], pairs: Sequence[str]) -> Condition:
    """The condition of a text that begins in one of these municipalities and goes on in the street."""
    narrow = [_or(_word("c", code) for code in codes)] if len(codes) <= MOST_CODES or not pairs else []
    return _and([*narrow, *(_word("a", pair) for pair in pairs)])
