"""Japanese line composition: a text becomes lines whose breaks and blanks follow 禁則, 追い込み, 追い出し and 四分アキ.

All lengths here are in em, so one composition serves any size. Draws nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter

from kanto_desk.report.characters import BLANKS, NEVER_FIRST, NEVER_LAST, Sort, latin_breaks, pair
from kanto_desk.report.fonts import Glyph, stack

_SMALL = 1e-6
_SPACE_SHRINK, _SPACE_STRETCH, _GAP_STRETCH, _MOST_STRETCH = 0.08, 0.12, 0.1, 0.34
_FARTHEST_PULL = 12             # no line can shrink by more glyphs than this
_LAST_LINE_MIN = 2              # 文字のやもめ: a paragraph's last line has at least this many characters besides stops
_LATIN_QUOTE = re.compile("(?:(?<=[ -~])|^)[‘’“”](?=[ -~]|$)")
_PLAIN_QUOTES = {"‘": "'", "’": "'", "“": '"', "”": '"'}
_SORT = attrgetter("sort")
_ADVANCE = attrgetter("advance")
_LEANING = ("よる", "よって", "おける", "おいて", "関する", "対する", "ついて", "伴う", "向けた")   # begin no phrase
FREE, NEVER, SOFT = 1, 0, 2     # a boundary: break, no break, break only when the phrase does not fit


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a text in one weight, with a reading (ruby) over it if any."""

    text: str
    bold: bool = False
    ruby: str = ""


Text = str | tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """How lines are set. `indent` is the first line's, in em; `phrases` breaks between phrases (headings, captions).

    `least_full` is how full of phrases a line must be before it takes a part of the next phrase.
    """

    bold: bool = False
    indent: float = 0.0
    justify: bool = True
    phrases: bool = False
    least_full: float = 0.55


@dataclass(frozen=True, slots=True)
class Line:
    """A set line. `extra[k]` is blank added after glyph k, `left` where the first begins (may be < 0), all in em.

    `width` is the set width. `rubies` are (reading, start, end) over the line.
    """

    glyphs: list[Glyph]
    extra: list[float]
    left: float
    width: float
    tracking: float = 0.0
    rubies: tuple[tuple[str, float, float], ...] = ()

    @property
    def text(self) -> str:
        """What the line says."""
        return "".join(glyph.text for glyph in self.glyphs)


@dataclass(slots=True)
class _Galley:
    """One paragraph before it is cut: per boundary behind glyph k its break, blank and how far that may shrink."""

    glyphs: list[Glyph]
    sorts: list[Sort]
    breaks: list[int]
    blanks: list[float]
    shrinks: list[float]
    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    shrunk: list[float] = field(default_factory=list)
    rubies: list[tuple[int, int, str]] = field(default_factory=list)

    def sum_up(self) -> None:
        """Make the running sums that line breaking searches."""
        advances = list(map(_ADVANCE, self.glyphs))
        steps = [advance + blank for advance, blank in zip(advances, self.blanks, strict=True)]
        self.starts = [0.0, *accumulate(steps)]
        self.ends = [start + advance for start, advance in zip(self.starts, advances, strict=False)]
        self.shrunk = [0.0, *accumulate(self.shrinks)]

    def lead(self, first: int) -> float:
        """天付き: the blank an opening bracket loses at the start of a line."""
        return self.glyphs[first].left

    def natural(self, first: int, last: int) -> float:
        """The width of glyphs first..last as a line, its outer blanks taken off."""
        return self.ends[last] - self.starts[first] - self.glyphs[first].left - self.glyphs[last].right

    def shrinkable(self, first: int, last: int) -> float:
        """How far that line can shrink."""
        return self.shrunk[last] - self.shrunk[first]


@lru_cache(maxsize=16)
def _latin_quote(quote: str, before: str, bold: bool) -> Glyph:
    """A curly quote in Latin text: the faces' own is as wide as a kanji, so its straight brother is drawn for it."""
    sort = Sort.LETTER
    if quote in "‘“":
        sort = Sort.LATIN_OPEN
    elif quote == "”" or not before.isalpha():
        sort = Sort.LATIN_CLOSE
    return replace(stack(bold)[_PLAIN_QUOTES[quote]], text=quote, sort=sort)


def _glyphs(text: str, *, bold: bool) -> list[Glyph]:
    glyphs = stack(bold).glyphs(text)
    if "’" in text or "“" in text or "‘" in text or "”" in text:
        written = [glyph.text for glyph in glyphs]
        for k, quote in enumerate(written):
            if quote in _PLAIN_QUOTES and _LATIN_QUOTE.search("".join(written[max(0, k - 1):k + 2]), min(k, 1)):
                glyphs[k] = _latin_quote(quote, written[k - 1] if k else "", bold)
    return glyphs


def _galley(text: Text, shape: Shape) -> _Galley:
    spans = (Span(text, shape.bold),) if isinstance(text, str) else text
    glyphs: list[Glyph] = []
    rubies: list[tuple[int, int, str]] = []
    for span in spans:
        start = len(glyphs)
        glyphs += _glyphs(span.text, bold=span.bold or shape.bold)
        if span.ruby and len(glyphs) > start:
            rubies.append((start, len(glyphs), span.ruby))
    sorts = list(map(_SORT, glyphs))
    count = len(glyphs)
    breaks, blanks, shrinks = [FREE] * count, [0.0] * count, [0.0] * count
    for k in range(count - 1):
        before, behind = sorts[k], sorts[k + 1]
        rule = pair(before, behind)
        if not rule.may_break or (before is Sort.DASH and glyphs[k].text == glyphs[k + 1].text):
            breaks[k] = NEVER
        if rule.gap:
            blanks[k], shrinks[k] = rule.gap, rule.gap * 0.5
        elif before is Sort.SPACE:
            shrinks[k] = _SPACE_SHRINK
        elif rule.squeeze_behind or rule.squeeze_before:
            own = glyphs[k].right if rule.squeeze_behind else 0.0
            own += glyphs[k + 1].left if rule.squeeze_before else 0.0
            if rule.collapse:      # 約物の連続: 」「 keeps the blank of one of the two
                taken = own * 0.5
                blanks[k], shrinks[k] = -taken, own - taken
            else:
                shrinks[k] = own
    galley = _Galley(glyphs, sorts, breaks, blanks, shrinks, rubies=rubies)
    written = "".join(glyph.text for glyph in glyphs)
    _set_latin_breaks(galley, written)
    for start, end, reading in rubies:
        _make_room_for_ruby(galley, start, end, reading)
    galley.sum_up()
    return galley


def _set_latin_breaks(galley: _Galley, written: str) -> None:
    """Open the breaks of addresses and hyphened words."""
    if not written.isascii() and not re.search("[!-~]{2}", written):
        return
    places = latin_breaks(written)
    if not places:
        return
    index_at: dict[int, int] = {}
    at = 0
    for index, glyph in enumerate(galley.glyphs):
        index_at[at] = index
        at += len(glyph.text)
    for place in places:
        index = index_at.get(place, 0)
        if index > 0 and galley.sorts[index] not in NEVER_FIRST and galley.sorts[index - 1] not in NEVER_LAST:
            galley.breaks[index - 1] = FREE


def _make_room_for_ruby(galley: _Galley, start: int, end: int, reading: str) -> None:
    """Keep a ruby's base together and spread it when the reading is wider."""
    for k in range(start, end - 1):
        galley.breaks[k] = NEVER
    base = sum(glyph.advance for glyph in galley.glyphs[start:end])
    over = stack().width(reading) * 0.5 - base
    if over > 0:
        each = over / (end - start)
        for k in range(start, end - 1):
            galley.blanks[k] += each
        galley.blanks[end - 1] += each / 2
        if start:
            galley.blanks[start - 1] += each / 2


def _soften(galley: _Galley) -> None:
    """Leave only breaks between phrases (BudouX) as first choice."""
    import budoux  # only narrow texts that do not fit on one line need the model

    written = "".join(glyph.text for glyph in galley.glyphs)
    ends: set[int] = set()
    at = 0
    for phrase in _phrase_parser(budoux).parse(written):
        if phrase.startswith(_LEANING):
            ends.discard(at)
        at += len(phrase)
        ends.add(at)
    at = 0
    for k, glyph in enumerate(galley.glyphs):
        at += len(glyph.text)
        if galley.breaks[k] == FREE and at not in ends and glyph.sort not in (
                Sort.CLOSE, Sort.STOP, Sort.SPACE, Sort.WIDE_SPACE):
            galley.breaks[k] = SOFT


@lru_cache(maxsize=1)
def _phrase_parser(budoux):  # type: ignore[no-untyped-def]  # the package has no types
    return budoux.load_default_japanese_parser()


def _legal_break(galley: _Galley, first: int, last: int, wanted: int) -> int:
    """The last boundary in first..last of the wanted kind (FREE, or SOFT for both), or -1."""
    breaks = galley.breaks
    for k in range(last, first - 1, -1):
        if breaks[k] == FREE or (wanted == SOFT and breaks[k] == SOFT):
            return k
    return -1


def _emergency_break(galley: _Galley, first: int, last: int) -> int:
    """Where nothing is legal (a long unbroken run): the last place that keeps 行頭・行末禁則, else just `last`."""
    for k in range(last, first - 1, -1):
        if galley.sorts[k + 1] not in NEVER_FIRST and galley.sorts[k] not in NEVER_LAST:
            return k
    return max(first, last)


def _line_end(galley: _Galley, first: int, room: float, least_full: float) -> int:
    """The index of the last glyph of the line that begins at `first`."""
    count = len(galley.glyphs)
    limit = galley.starts[first] + galley.lead(first) + room + _SMALL
    fits = bisect_right(galley.ends, limit) - 1
    while fits + 1 < count and galley.ends[fits + 1] - galley.glyphs[fits + 1].right <= limit:
        fits += 1
    if fits >= count - 1:
        return count - 1
    if fits + 1 < count and galley.sorts[fits + 1] in BLANKS:      # a blank hangs over the edge unseen
        while fits + 1 < count and galley.sorts[fits + 1] in BLANKS:
            fits += 1
        return fits
    fits = max(fits, first)
    best = _legal_break(galley, first, fits, FREE)
    if best < 0 or galley.natural(first, best) < room * least_full:
        best = max(best, _legal_break(galley, first, fits, SOFT))
    if best == fits:
        return best
    pulled = fits + 1                                                # 追い込み: as far as the next legal break
    while pulled < count - 1 and galley.breaks[pulled] == NEVER and pulled - fits < _FARTHEST_PULL:
        pulled += 1
    over = galley.natural(first, pulled) - room
    can = galley.shrinkable(first, pulled)
    lawful = galley.breaks[pulled] != NEVER or pulled == count - 1
    if lawful and over <= can * 0.95 + _SMALL and (
            best < 0 or over / max(can, _SMALL) <= _stretch_cost(galley, first, best, room)):
        return pulled
    return best if best >= 0 else _emergency_break(galley, first, fits)


def _stretch_cost(galley: _Galley, first: int, last: int, room: float) -> float:
    """How ugly 追い出し would be: blank per boundary against an eighth of an em."""
    return (room - galley.natural(first, last)) / max(1, last - first) / 0.125


def _cut(galley: _Galley, width: float, shape: Shape) -> list[tuple[int, int]]:
    """The (first, last) glyphs of each line."""
    count = len(galley.glyphs)
    lines: list[tuple[int, int]] = []
    first = 0
    while first < count:
        last = _line_end(galley, first, width - (0.0 if lines else shape.indent), shape.least_full)
        lines.append((first, last))
        first = last + 1
        while first < count and galley.sorts[first] in BLANKS:
            first += 1
    if len(lines) > 1 and shape.justify:
        _feed_last_line(galley, lines, width, shape)
    return lines


def _feed_last_line(galley: _Galley, lines: list[tuple[int, int]], width: float, shape: Shape) -> None:
    """No single character on the last line: pull it in if the line before can shrink, else bring company down."""
    first, last = lines[-1]
    if sum(1 for k in range(first, last + 1) if galley.sorts[k] not in NEVER_FIRST) >= _LAST_LINE_MIN:
        return
    before, end = lines[-2]
    room = width - (shape.indent if len(lines) == 2 else 0.0)
    if galley.natural(before, last) - room <= galley.shrinkable(before, last) * 0.95:
        lines[-2:] = [(before, last)]
        return
    earlier = _legal_break(galley, before, end - 1, FREE)
    if earlier > before and _stretch_cost(galley, before, earlier, room) <= 1.0:
        lines[-2:] = [(before, earlier), (earlier + 1, last)]


def _set(galley: _Galley, first: int, last: int, room: float, *, justify: bool, indent: float) -> Line:
    """One line with its blanks spread."""
    while last > first and galley.sorts[last] in BLANKS:
        last -= 1
    while first < last and galley.sorts[first] in BLANKS:
        first += 1
    glyphs = galley.glyphs[first:last + 1]
    extra = galley.blanks[first:last]
    natural = galley.natural(first, last)
    slack = room - natural
    tracking = 0.0
    if slack < -_SMALL:
        can = galley.shrinkable(first, last)
        share = min(1.0, -slack / can) if can > 0 else 0.0
        if share:
            extra = [blank - shrink * share for blank, shrink in zip(extra, galley.shrinks[first:last], strict=True)]
        natural -= can * share
        if natural - room > _SMALL and extra:        # only after an emergency break, where nothing else is left
            tracking = (room - natural) / len(extra)
            natural = room
    elif justify and extra and slack > _SMALL:
        extra, tracking = _stretched(galley, first, last, slack, extra)
        natural += sum(extra) - sum(galley.blanks[first:last]) + tracking * len(extra)
    return Line(glyphs, extra, indent - galley.lead(first), natural, tracking,
                _rubies(galley, first, last, extra, tracking))


def _stretched(galley: _Galley, first: int, last: int, slack: float, extra: list[float]) -> tuple[list[float], float]:
    """Spread `slack`: word spaces and 四分アキ first, then evenly between all but Latin letters; too much stays."""
    sorts = galley.sorts
    easy = [_SPACE_STRETCH if sorts[k] is Sort.SPACE else _GAP_STRETCH if galley.blanks[k] > 0 else 0.0
            for k in range(first, last)]
    possible = sum(easy)
    share = min(1.0, slack / possible) if possible else 0.0
    rest = slack - possible * share
    if rest <= _SMALL:
        return [blank + more * share for blank, more in zip(extra, easy, strict=True)], 0.0
    stretching = [pair(sorts[k], sorts[k + 1]).may_stretch for k in range(first, last)]
    open_places = sum(stretching)
    if not open_places or rest / open_places > _MOST_STRETCH:
        return extra, 0.0
    each = rest / open_places
    return [blank + more * share - (0.0 if may else each)
            for blank, more, may in zip(extra, easy, stretching, strict=True)], each


def _rubies(galley: _Galley, first: int, last: int, extra: list[float], tracking: float
            ) -> tuple[tuple[str, float, float], ...]:
    if not galley.rubies:
        return ()
    xs = [0.0, *accumulate(glyph.advance + blank + tracking for glyph, blank in
                           zip(galley.glyphs[first:last + 1], [*extra, 0.0], strict=True))]
    found = []
    for start, end, reading in galley.rubies:
        if first <= start and end <= last + 1:
            right = xs[end - 1 - first] + galley.glyphs[end - 1].advance
            found.append((reading, xs[start - first], right))
    return tuple(found)


def _compose(text: Text, width: float, shape: Shape) -> tuple[Line, ...]:
    lines: list[Line] = []
    for piece in _pieces(text):
        galley = _galley(piece, shape)
        if not galley.glyphs:
            lines.append(Line([], [], 0.0, 0.0))
            continue
        if shape.phrases and galley.natural(0, len(galley.glyphs) - 1) > width - shape.indent:
            _soften(galley)
        cuts = _cut(galley, width, shape)
        for index, (first, last) in enumerate(cuts):
            indent = 0.0 if index else shape.indent
            lines.append(_set(galley, first, last, width - indent,
                              justify=shape.justify and index < len(cuts) - 1, indent=indent))
    return tuple(lines)


def _pieces(text: Text) -> list[Text]:
    """The text at its line ends; spans hold none but in plain text."""
    if not isinstance(text, str):
        return [text]
    return [*text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").split("\n")]


_compose_kept = lru_cache(maxsize=2048)(_compose)   # labels and headings are the same on every sheet


def balanced(text: Text, width: float, shape: Shape) -> tuple[Line, ...]:
    """The lines of a short centred text, no more of them than needed and about equally long."""
    lines = compose(text, width, shape)
    narrower = width
    while 1 < len(lines) <= 3 and narrower > width * 0.5:
        narrower -= width * 0.06
        tried = compose(text, narrower, replace(shape, least_full=0.0))
        if len(tried) > len(lines):
            break
        lines = tried
    return lines


def compose(text: Text, width: float, shape: Shape) -> tuple[Line, ...]:
    """The lines of a text in a measure of `width` em. Line ends in it are kept; blanks at line ends go."""
    if isinstance(text, str) and len(text) <= 40:
        return _compose_kept(text, width, shape)
    return _compose(text, width, shape)
