"""A small grammar that writes Japanese notes from nested phrases. It knows nothing of consultations or files;
the words come from bench/words, the order of random numbers from its caller."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Node: TypeAlias = "str | tuple[str, tuple[Sequence[Node], ...]]"
"""A finished text, or a %-format with one pool of nodes for each of its gaps."""

Pool: TypeAlias = Sequence[Node]
Expand: TypeAlias = Callable[[Pool], str]

WORDS = Path(__file__).parent / "words"
_GAP = re.compile(r"\{(\w+)\}")


def read_words(name: str) -> Any:
    """The content of one file of bench/words."""
    return json.loads((WORDS / name).read_text(encoding="utf-8"))


def counters(cities: Sequence[str], families: Sequence[str]) -> dict[str, list[str]]:
    """Pools of numbers, money, dates, places and persons, as people write them in a hurry."""
    money = [f"{n}万円" for n in (*range(3, 100), *range(100, 1000, 10), *range(1000, 9000, 100))]
    money += [f"{n / 10:.1f}億円" for n in range(10, 95)]
    count = [str(n) for n in (*range(3, 100), *range(100, 1000, 5))] + [f"{n:,}" for n in range(1000, 48000, 125)]
    return {
        "money": money,
        "count": count,
        "small": [str(n) for n in range(2, 10)],
        "years": [str(n) for n in range(2, 48)],
        "months": [str(n) for n in range(2, 19)],
        "month": [str(n) for n in range(1, 13)],
        "weeks": [str(n) for n in range(3, 31)],
        "hours": [f"{n / 2:g}" for n in range(2, 60)],
        "minutes": [str(n) for n in range(3, 181)],
        "pct": [str(n) for n in range(1, 96)] + [f"{n / 10:.1f}" for n in range(11, 99, 3)],
        "rate": [f"{n / 10:.1f}" for n in range(3, 128)],
        "yen": [f"{n:,}" for n in (*range(5, 1000, 5), *range(1000, 32000, 50))],
        "temp": [str(n) for n in range(-2, 39)],
        "date": [f"{m}/{d}" for m in range(1, 13) for d in range(1, 29)],
        "place": list(cities),
        "person": [f"{family}さん" for family in families],
    }


class Grammar:
    """Templates compiled once: `{name}` becomes a gap that is filled from the pool of that name."""

    def __init__(self, pools: Mapping[str, Sequence[str]]) -> None:
        self._texts = pools
        self._pools: dict[str, Pool] = {}
        self._open: list[str] = []

    def _pool(self, name: str) -> Pool:
        if name not in self._pools:
            if name in self._open:
                raise ValueError(f"phrases refer to each other in a circle: {' → '.join([*self._open, name])}")
            self._open.append(name)
            self._pools[name] = self.compile(self._texts[name])
            self._open.pop()
        return self._pools[name]

    def compile(self, templates: Sequence[str]) -> Pool:
        """The templates as nodes. Raises KeyError for a gap nothing fills."""
        return [self._node(template) for template in templates]

    def _node(self, template: str) -> Node:
        names = _GAP.findall(template)
        if not names:
            return template
        return _GAP.sub("%s", template.replace("%", "%%")), tuple(self._pool(name) for name in names)


def expander(random: Callable[[], float]) -> Expand:
    """A function that draws one text from a pool with the given source of numbers in [0, 1)."""

    def expand(pool: Pool) -> str:
        node = pool[int(random() * len(pool))]
        if isinstance(node, str):
            return node
        return node[0] % tuple([expand(inner) for inner in node[1]])

    return expand
