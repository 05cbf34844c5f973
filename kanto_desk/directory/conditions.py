"""Conditions on the index, and which parts of them it is asked: what sifts less than it costs is left to the judge.

The index goes through the list of a word id by id where others make it jump often. A word that half of all
corporations have is read through beside any other for milliseconds, and spares a few looks at rows. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

AND, OR = " AND ", " OR "

_LEAF = 2000   # ids on one page of a list; others are passed over unread
_ALIKE = 0.3
"""Of those that have one word of a text, at least this part is thought to have its next one, too."""
_FAR = 20
"""A list so many times longer than the candidates is asked only for what all the others offer."""
_NEVER = '"0"'   # words begin with a small letter
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}   # as the index's own words


class Condition(str):
    """The text of a condition, and what it is made of; empty where nothing can fulfil it."""

    joint: str
    parts: tuple[Condition, ...]

    def __new__(cls, text: str = "", joint: str = "", parts: tuple[Condition, ...] = ()) -> Condition:
        """A text whose parts, if any, are joined by AND or OR."""
        made = super().__new__(cls, text)
        made.joint, made.parts = joint, parts
        return made


def word(kind: str, text: str) -> Condition:
    """That a corporation has a word."""
    return Condition(f'"{kind}{text}"')


def joined(conditions: Iterable[Condition], joint: str) -> Condition:
    """Several as one, each once; of one that is joined alike, the parts."""
    found: dict[Condition, None] = {}
    for one in conditions:
        found.update(dict.fromkeys(one.parts if one.joint == joint else (one,)))
    if len(found) == 1:
        return next(iter(found))
    return Condition(f"({joint.join(found)})", joint, tuple(found)) if found else Condition()


class Costs(NamedTuple):
    """In microseconds: a step along a list of the index, a row fetched and judged, a trait looked up."""

    step: float = 0.008
    look: float = 30.0
    sift: float = 0.3


MEASURED = Costs()


class Asked(NamedTuple):
    """What the index is asked. `whole`: everything, so that what it vouches for need not be judged."""

    text: str
    whole: bool


class Planner:
    """Chooses by how many corporations have each frequent word; without these, everything is asked."""

    def __init__(self, sizes: Mapping[str, int], total: int, parts: int, costs: Costs = MEASURED) -> None:
        """`total`: corporations; a word that is not among `sizes` has fewer than one in `parts` of them."""
        self._sizes, self._total, self._costs = sizes, max(1, total), costs
        self._rare = self._total / parts / 2

    def size(self, condition: Condition) -> float:
        """About how many corporations fulfil a condition; neighbouring words depend on each other."""
        if not condition.joint:
            return self._sizes.get(condition[1:-1].translate(_LOWER), self._rare)
        sizes = sorted(map(self.size, condition.parts))
        if condition.joint == OR:
            return min(self._total, sum(sizes))
        found = sizes[0]
        for size in sizes[1:]:
            found *= sqrt(size / self._total)
        return found

    def asked(self, condition: Condition, must: Sequence[Condition] = (), told: Sequence[Condition] = ()) -> Asked:
        """What to ask for a condition that the judge can decide, with others that only the index can (`must`), and
        others that are looked up for every id it gives (`told`), and never have to be asked."""
        if not self._sizes:
            return Asked(joined((condition, *must, *told), AND), True)
        looks = condition.parts if condition.joint == AND and not must else (condition,)
        parts = [(self.size(one), self._costs.look, one) for one in looks]
        parts += [(self.size(one), self._costs.sift, one) for one in told]
        return self._chosen(parts, must)

    def _within(self, condition: Condition) -> str:
        """A condition, and within each of its alternatives only what is worth asking."""
        if not condition.joint:
            return condition
        if condition.joint == AND:
            return self._chosen([(self.size(one), self._costs.look, one) for one in condition.parts], ()).text
        return f"({OR.join(dict.fromkeys(map(self._within, condition.parts)))})"

    def _chosen(self, parts: list[tuple[float, float, Condition]], must: Sequence[Condition]) -> Asked:
        text, left, whole = "", float(self._total), True
        for one in must:
            left = min(left, self.size(one))
            text = f"{text}{AND}{one}" if text else one
        for size, cost, one in sorted(parts):
            share = size / self._total
            if text and min(size, left * _LEAF) * self._costs.step > left * (1 - share) * cost:
                whole = whole and cost == self._costs.sift
                continue
            inner = self._within(one)
            if not text:
                text = inner
            elif size > left * _FAR:
                text = f"(({text}){OR}{_NEVER}){AND}{inner}"   # an AND within an AND would be made one with it
            else:
                text = f"{text}{AND}{inner}"
            left = min(left, size) * (max(_ALIKE, sqrt(share)) if left < self._total else 1)
        return Asked(f"({text})", whole)
