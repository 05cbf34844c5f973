"""Where two texts differ, and both of them in one: by sentence and by character, because Japanese has no spaces.

Pure; stdlib `difflib` alone. Must not know records.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_SENTENCE = re.compile(r"[^。．！？!?\n]*(?:[。．！？!?]+|\n|$)")
_MOST = 20_000
"""Longer texts are compared by sentence alone: characters would take seconds."""

_MANY = 200
"""Sentences from which on frequent ones ("同上。", line breaks) are no anchor: each would be tried with each."""

Span = tuple[int, int]
"""Begin and end in a text."""


def sentences(text: str) -> list[str]:
    """The sentences of a text with their marks and line breaks; together they are the text again."""
    return [part for part in _SENTENCE.findall(text) if part]


def spans(text: str, other: str) -> tuple[Span, ...]:
    """The places of `text` that `other` does not have: within sentences that differ, the characters that differ."""
    out: list[Span] = []
    mine, theirs = sentences(text), sentences(other)
    at = _starts(mine)
    room = _MOST * 100   # of characters with characters; what comes after is marked by sentence
    for tag, a, b, c, d in _compared(mine, theirs).get_opcodes():
        if tag == "delete":
            out.append((at[a], at[b]))
        elif tag == "replace" and len(mine) > _MANY and b - a == d - c:   # one for one: replaced throughout
            for i in range(b - a):
                room -= len(mine[a + i]) * len(theirs[c + i])
                found = _within(mine[a + i], theirs[c + i]) if room > 0 else [(0, len(mine[a + i]))]
                out += [(at[a + i] + begin, at[a + i] + end) for begin, end in found]
        elif tag == "replace":
            out += [(at[a] + begin, at[a] + end) for begin, end in
                    _within("".join(mine[a:b]), "".join(theirs[c:d]))]
    return tuple(_joined(out))


def both(first: str, second: str) -> str:
    """One text with every sentence of both, each once; where they differ `first` comes first."""
    if first in second or second in first:
        return max(first, second, key=len)
    one, two = sentences(first), sentences(second)
    if len(one) == len(two) == 1:
        return f"{first.rstrip()}\n{second.strip()}" if "\n" in first + second else f"{first}／{second}"
    out: list[str] = []
    for tag, a, b, c, d in _compared(one, two).get_opcodes():
        if tag == "equal":
            out += one[a:b]
            continue
        for part in (one[a:b], two[c:d]):
            if part and out and not out[-1].endswith(("。", "．", "！", "？", "!", "?", "\n")):
                out.append("\n")
            out += part
    return "".join(out)


def _compared(one: Sequence[str], two: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, one, two, autojunk=len(two) > _MANY)


def _within(text: str, other: str) -> Sequence[Span]:
    if len(text) * len(other) > _MOST * 50:
        return [(0, len(text))]
    found = SequenceMatcher(None, text, other, autojunk=False)
    if found.ratio() < 0.3:   # hardly a character in its place: single marked ones would say nothing
        return [(0, len(text))]
    return [(a, b) for tag, a, b, _, _ in found.get_opcodes() if tag in ("delete", "replace")]


def _starts(parts: Sequence[str]) -> list[int]:
    out = [0]
    for part in parts:
        out.append(out[-1] + len(part))
    return out


def _joined(found: Sequence[Span]) -> list[Span]:
    """Neighbouring places as one; a single equal character between two that differ reads as noise."""
    out: list[Span] = []
    for begin, end in found:
        if out and begin - out[-1][1] <= 1:
            out[-1] = (out[-1][0], end)
        else:
            out.append((begin, end))
    return out
