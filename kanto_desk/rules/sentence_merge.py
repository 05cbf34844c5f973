"""Three-way merge of long notes by sentence: a text where both edits are clearly apart, else nothing. Pure.

Whatever is doubtful is left to people: two edits that touch, sentences that were moved, the same new sentence from both
sides.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

_SENTENCE: Final = re.compile(r"[^。．！？!?\n]*[。．！？!?]+[」』）)\]]*[ \t　]*\n*"   # ended by a mark
                              r"|[^。．！？!?\n]*\n+|[^。．！？!?\n]+")                # or by its line or the text
MOST_SENTENCES: Final = 2_000
"""Longer texts are left to people: comparing takes time in the square of it."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Sentences `start` to `end` of the base become `new`."""

    start: int
    end: int
    new: tuple[str, ...]


def sentences(text: str) -> list[str]:
    """A text in sentences, each with what ends it; joined they are the text."""
    return _SENTENCE.findall(text)


def merged(base: str, left: str, right: str) -> str | None:
    """The text with both edits; None unless they are apart by a sentence that neither touched."""
    if left in (right, base):
        return right
    if right == base:
        return left
    was, one, two = sentences(base), sentences(left), sentences(right)
    if max(len(was), len(one), len(two)) > MOST_SENTENCES:
        return None
    mine, theirs = _edits(was, one), _edits(was, two)
    edits = sorted([*mine, *theirs], key=lambda e: (e.start, e.end))
    touching = any(a.end >= b.start and (a in mine) != (b in mine) for a, b in pairwise(edits))
    if touching or set(mine) & set(theirs) or _moves(was, mine) or _moves(was, theirs):
        return None
    out, at = [], 0
    for edit in edits:
        if edit.start < at:
            return None
        out += [*was[at:edit.start], *edit.new]
        at = edit.end
    out += was[at:]
    return "".join(out) if _counts(was, one, two, out) and _runs(out) else None


def _edits(was: list[str], now: list[str]) -> list[Edit]:
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    return [Edit(i, j, tuple(now[k:m])) for what, i, j, k, m in matcher.get_opcodes() if what != "equal"]


def _moves(was: list[str], edits: list[Edit]) -> bool:
    """Whether a sentence was taken from one place and put at another: what stands around it counts then."""
    taken = {s for e in edits for s in was[e.start:e.end]}
    return any(s in taken for e in edits for s in e.new)


def _counts(was: list[str], one: list[str], two: list[str], out: list[str]) -> bool:
    """Whether each sentence stands as often as both edits together make it, and only one side wrote or took it."""
    base, left, right, both = Counter(was), Counter(one), Counter(two), Counter(out)
    for sentence in set(base) | set(left) | set(right) | set(both):
        a, b = left[sentence] - base[sentence], right[sentence] - base[sentence]
        if both[sentence] != base[sentence] + a + b or a * b != 0:
            return False
    return True


def _runs(out: list[str]) -> bool:
    """Whether no two sentences flow into each other: what lacks its end may stand last only, or alone in its line."""
    return all(_ENDED.search(sentence) for sentence in out[:-1])


_ENDED: Final = re.compile(r"[。．！？!?」』）)\]\n][ \t　]*$")
