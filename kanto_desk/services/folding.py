"""Long texts side by side, folded around their differences, a page of them at a time. Pure; must not know widgets."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from kanto_desk.i18n import tr
from kanto_desk.services import contested, differences
from kanto_desk.services.contested_sides import Contested

MOST_LINES = 12
"""Longer texts are folded."""
_PAGE = 16     # lines of differences shown together
_AROUND = 1    # lines shown before and after a difference
_MANY = 200    # lines from which on frequent ones (empty, "同上") are no anchor: each would be tried with each

Mark = tuple[int, int, bool]
"""Begin, end, and whether it belongs to the difference one is at."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One difference: lines of the first text, and those of the second that stand in their place (end exclusive)."""

    lines: tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Both texts, what differs in each, the differences one goes through, and both texts as one ("" if they do not)."""

    texts: tuple[str, ...]
    spans: tuple[tuple[differences.Span, ...], ...]
    pieces: tuple[Piece, ...]
    joined: str


def is_long(one: Contested) -> bool:
    """Whether comparing its texts takes longer than anybody should wait."""
    return one.textual and not one.deletion and any(len(s.words) > 400 for s in one.sides)


def folds(one: Contested) -> bool:
    """Whether its texts are shown in part: two that are long by their lines."""
    return is_long(one) and len(one.sides) == 2 and any(s.words.count("\n") >= MOST_LINES for s in one.sides)


def compare(one: Contested) -> Compared:
    """What differs between the sides; takes up to a second for the longest texts."""
    texts = tuple(side.words for side in one.sides)
    spans = tuple(differences.spans(text, next(t for n, t in enumerate(texts) if n != at))
                  for at, text in enumerate(texts))
    joined = contested.joined(one) if one.joins else ""
    return Compared(texts, spans, _pieces(texts[0], texts[1]), joined if isinstance(joined, str) else "")


def folded(found: Compared, side: int, at: int) -> tuple[str, list[Mark]]:
    """The text of a side around difference number `at` and those near it, with what is marked there."""
    lines = found.texts[side].split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    out: list[str] = []
    marks: list[Mark] = []
    done = length = 0

    def add(text: str) -> None:
        nonlocal length
        out.append(text)
        length += len(text) + 1
    for n in _page(found.pieces, at):
        begin, end = found.pieces[n].lines[side]
        first = max(done, begin - _AROUND)
        if first > done:
            add(tr("（{n}行を省いています）", n=f"{first - done:,}"))
        for i in range(first, max(first, min(end + _AROUND, len(lines)))):
            here = n == at and begin <= i < end
            marks += [(length + max(a, starts[i]) - starts[i], length + min(b, starts[i + 1] - 1) - starts[i], here)
                      for a, b in found.spans[side] if a < starts[i + 1] - 1 and b > starts[i]]
            add(lines[i])
            done = i + 1
    if done < len(lines):
        add(tr("（{n}行を省いています）", n=f"{len(lines) - done:,}"))
    return "\n".join(out), marks


def near(found: Compared, text: str, at: int) -> str:
    """The lines of a result around difference number `at`."""
    lines = text.split("\n")
    if len(lines) <= MOST_LINES or not found.pieces:
        return text
    wanted = {line for side in (0, 1) for line in found.texts[side].split("\n")[slice(*found.pieces[at].lines[side])]
              if line.strip()}
    hit = next((i for i, line in enumerate(lines) if line in wanted), 0)
    begin = max(0, hit - _AROUND)
    end = min(len(lines), begin + MOST_LINES)
    return "\n".join([*([tr("（{n}行を省いています）", n=f"{begin:,}")] if begin else []), *lines[begin:end],
                      *([tr("（{n}行を省いています）", n=f"{len(lines) - end:,}")] if end < len(lines) else [])])


def _pieces(first: str, second: str) -> tuple[Piece, ...]:
    one, two = first.split("\n"), second.split("\n")
    out = []
    for tag, a, b, c, d in SequenceMatcher(None, one, two, autojunk=len(two) > _MANY).get_opcodes():
        if tag == "equal":
            continue
        for i in range(0, max(b - a, d - c), MOST_LINES):   # a difference of many lines is gone through in parts
            one_part, two_part = ((min(y, x + i), min(y, x + i + MOST_LINES)) for x, y in ((a, b), (c, d)))
            out.append(Piece((one_part, two_part)))
    return tuple(out)


def _page(pieces: tuple[Piece, ...], at: int) -> range:
    """The differences shown with number `at`: pages as many lines long as can be read at once."""
    begin = room = 0
    for n, piece in enumerate(pieces):
        size = max(b - a for a, b in piece.lines) + 2 * _AROUND
        if room and room + size > _PAGE:
            if n > at:
                return range(begin, n)
            begin, room = n, 0
        room += size
    return range(begin, len(pieces))
