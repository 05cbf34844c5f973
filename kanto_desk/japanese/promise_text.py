"""Reading a promise as it is jotted down: what, who, by when. What is not clearly written stays None.

「機器利用の申し込み（湖南精工 宮坂さん・12/4 まで）」, 「宮坂さん 12/4まで」, 「先方が来週金曜に図面を送る」.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from kanto_desk.errors import Refused
from kanto_desk.japanese.dates import parse_date
from kanto_desk.japanese.variants import VARIANTS

Span = tuple[int, int]
"""First and behind-last character in the text as typed."""


@dataclass(frozen=True, slots=True)
class PromiseReading:
    """What was read: `who_span` covers the name, `due_span` the date without まで, `what` is the rest or empty."""

    what: str
    who: str | None
    due: date | None
    who_span: Span | None
    due_span: Span | None


_DELIMITER = r"[\s、。,.・/:;()「」【】\[\]→|-]"
_BEFORE = rf"(?:(?<=^)|(?<={_DELIMITER}))"
_WEEKDAY = r"(?:\s?\([月火水木金土日](?:曜日?)?\))?"
_MONTHS = "(?:か|カ|ヶ|ケ|ヵ|箇|個)月"
_COUNT = r"(?:\d{1,3}|[一二三四五六七八九十])"
_FULL = (r"(?:(?:令和|平成|[RrHh])\.?(?:元|\d{1,2})[年./-]\d{1,2}[月./-]\d{1,2}日?"
         r"|\d{4}[年./-]\d{1,2}[月./-]\d{1,2}日?"
         r"|(?:今年|本年|来年|翌年)?の?(?<!\d)\d{1,2}月\d{1,2}日)" + _WEEKDAY)
_WORD = (rf"(?:本日|今日|明後日|明日|あさって|しあさって|{_COUNT}(?:日|営業日|週間|{_MONTHS})(?:後|以内)"
         r"|(?:今週|再来週|来週)の?[月火水木金土日]曜日?|(?:次|今度)の[月火水木金土日]曜日?"
         r"|(?:今|来|再来|翌)月の?\d{1,2}日"
         r"|(?:今月|再来月|来月|翌月|(?:来年の?)?(?<!\d)\d{1,2}月)末日?|(?:今月|来月)中|(?:今|本|来)?年度(?:末|内)"
         r"|(?<![か個ヶケカ\d])月末|年末|年内)")
_SLASH = rf"(?<![\d/.])\d{{1,2}}/\d{{1,2}}(?![\d/.]){_WEEKDAY}"
_ONLY_WITH_UNTIL = r"(?<!\d)\d{1,2}日|(?<![先今来次週度の])[月火水木金土日]曜日?"
_PART_OF_DAY = r"(?:の?(?:朝一?番?|午前中?|昼|午後|夕方|夜|夕)|中(?=[にで]))?"
_UNTIL = rf"{_PART_OF_DAY}\s?(?:頃|ごろ)?(?:まで(?:に|で)?|迄に?|必着で?|〆切?|締め?切?り?|期限|厳守)"
_EVERY = re.compile("毎[週月年]?の?$")
_LABEL = r"(?:期限|期日|締め?切り?|〆切?|納期)\s?[:は]?\s?"
_DUE_MARKED = (
    rf"(?:(?:{_LABEL})(?P<labelled>{_FULL}|{_WORD}|{_SLASH})(?:{_UNTIL})?"
    rf"|(?P<until>{_FULL}|{_WORD}|{_SLASH}|{_ONLY_WITH_UNTIL}){_UNTIL})")
# 明日使う図面, 12日に届いた見本: the day belongs to the thing, not to the promise.
_OF_A_THING = (r"(?![^、。,()]{0,16}?[一-龥ァ-ヶー](?:(?![をにはがでとも])[ぁ-ん]){0,2}[うくぐすつぬぶむるただ]"
               r"(?:予定の)?[一-龥ァ-ヶA-Z]|[一-龥]{2,6}(?:予定|済み?|分)の)")
_DOING = r"(?:(?<=[がはで])|(?<=から))"
_DUE_ALONE = (
    rf"{_BEFORE}(?P<alone>{_FULL}|{_WORD}|{_SLASH}){_PART_OF_DAY}(?:に(?!つ){_OF_A_THING}|(?={_DELIMITER}|$))"
    rf"|{_DOING}(?P<after>{_FULL}|{_WORD}){_PART_OF_DAY}(?:に(?!つ){_OF_A_THING}|(?={_DELIMITER}|$))"
    rf"|(?:{_BEFORE}|{_DOING})(?P<day>\d{{1,2}}日)に(?![つ\d一二三]){_OF_A_THING}"
    rf"|(?:{_BEFORE}|{_DOING})(?P<adverb>{_WORD}(?<![中内後]))(?:の(?:朝一?番?|午前中?|午後|夕方))?"
    rf"(?=[一-龥ァ-ヶA-Z])(?!以降|時点|中){_OF_A_THING}")

_TITLES = ("さん|様|さま|氏|先生|社長|会長|副社長|専務|常務|取締役|部長|次長|課長|係長|主任|工場長|所長|店長|理事長"
           "|事務局長|教授|准教授|コーディネーター|主査|主幹|班長|室長|センター長")
_NAME = "[一-龥々〆ヶ﨑髙A-Zァ-ヴー]{1,8}"
_NOT_OF_A_NAME = re.compile("(?:本日|今日|明日|明後日|再来週|来週|今週|今月|来月|翌月|月末|年末|年内|次回|後|日|内)"
                            "(?=[一-龥々髙﨑A-Zァ-ヴー]{2})")
# What さん, 様 or a title can follow without naming anybody.
_NOT_PERSONS = frozenset((
    "客", "お客", "皆", "業者", "担当者", "取引先", "奥", "娘", "息子", "職人", "母", "父", "親", "各", "御", "同",
    "何", "誰", "嫁", "店", "本", "当", "副", "代表", "元", "前", "新"))
_SIDES = "私ども|私たち|私|当方|先方|弊社|御社|貴社|当社|双方|両者|当センター|当財団|当機構|事務局|こちら|そちら"
_ROLES = "社長|会長|専務|常務|部長|課長|係長|工場長|所長|店長|理事長|教授|ご担当者|担当者"
_PERSON = (
    rf"(?P<named>{_NAME}(?:{_TITLES}))|(?P<side>{_SIDES})|(?P<role>(?<![一-龥ァ-ヴー々])(?:{_ROLES}))")
_DOER = re.compile(r"\s?(?:側)?(?:にて|から|より|が|は|で(?!は?な)(?!す))(?![一-龥]{0,2}(?:せ|な)い)")
_WHO_LABEL = re.compile(r"(?:担当|担当者|実施|対応)\s?[:は]\s?$")
_BRACKETS = re.compile(r"\(([^()]*)\)|【([^【】]*)】|\[([^\[\]]*)\]")
_EDGE = re.compile(r"^[\s、。,・:;/→-]+|[\s、,・:;/→-]+$")
_SEPARATOR = re.compile(r"[・、,;/]|\s[-–]\s")


@cache
def _due_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # Compiled at the first promise: 17 ms that the start of the program need not wait for.
    return re.compile(_DUE_MARKED), re.compile(_DUE_ALONE)


@cache
def _person_pattern() -> re.Pattern[str]:
    return re.compile(_PERSON)


class _Text:
    """The text with every character in its plain form, and where each came from."""

    def __init__(self, typed: str) -> None:
        self.typed = typed
        plain, origin = [], []
        for place, char in enumerate(typed):
            for piece in unicodedata.normalize("NFKC", char).replace("\n", " "):
                plain.append("-" if piece in "−–—‐" else piece)
                origin.append(place)
        self.plain = "".join(plain)
        self._origin = [*origin, len(typed)]

    def span(self, start: int, end: int) -> Span:
        """Where a part of the plain text stands in the typed one."""
        return self._origin[start], self._origin[end - 1] + 1

    def words(self, start: int, end: int) -> str:
        """A part of the plain text as it was typed."""
        first, behind = self.span(start, end)
        return self.typed[first:behind]


def _coming(words: str, today: date) -> date | None:
    try:
        due = parse_date(words, today)
        if due < today and re.fullmatch(r"\d{1,2}日", words):
            due = parse_date(f"来月{words}", today)   # 「5日まで」 said on the 24th
    except Refused:
        return None
    return due


@dataclass(frozen=True, slots=True)
class _Found:
    """A part of the plain text: the words meant, and the whole that goes from `what` with them."""

    start: int
    end: int
    whole: Span
    rank: int = 0
    due: date | None = None


_APART = _Found(-1, -1, (0, 0))
"""Two who do not stand together: each does a part of it, and a date is that of one part."""


def _due(plain: str, today: date) -> _Found | None:
    """The one date by which it is to be done; None when there are two different ones."""
    for pattern in _due_patterns():
        found = []
        for match in pattern.finditer(plain):
            group = match.lastgroup or ""
            if plain[match.end():match.end() + 1] in ("~", "〜", "以") or _EVERY.search(plain[:match.start(group)]):
                continue
            day = _coming(match[group].strip(), today)
            if day is not None:
                found.append(_Found(*match.span(group), match.span(), due=day))
        if len({one.due for one in found}) > 1:
            return None
        if found:
            return found[0]
    return None


def _people_pattern(people: Sequence[str]) -> re.Pattern[str] | None:
    names: set[str] = set()
    for person in people:
        parts = [re.sub(f"(?:{_TITLES})$", "", part) or part for part in unicodedata.normalize("NFKC", person).split()]
        if parts:
            names |= {r"\s?".join(map(_in_any_form, parts)), _in_any_form(parts[0])}
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(ordered)})(?:{_TITLES})?") if ordered else None


def _in_any_form(name: str) -> str:
    """A pattern for a name however its kanji are written: 髙橋さん is also 高橋さん."""
    return "".join(f"[{re.escape(forms)}]" if (forms := _forms().get(char)) else re.escape(char) for char in name)


@cache
def _forms() -> dict[str, str]:
    """Kanji → every form of it. Documented cache: a table of the program."""
    return {char: group for group in VARIANTS.split() for char in group}


def _inside(place: int, spans: Sequence[Span]) -> Span | None:
    return next(((start, end) for start, end in spans if start <= place < end), None)


def _who(text: _Text, due: _Found | None, people: Sequence[str]) -> _Found | None:
    """The one who does it; None when nobody is named, `_APART` when two are."""
    plain = text.plain
    brackets = [match.span() for match in _BRACKETS.finditer(plain)]
    matches = [(match.start(), match.end()) for pattern in (_people_pattern(people), _person_pattern()) if pattern
               for match in pattern.finditer(plain) if _is_person(match)]
    matches = [(_begin_of_name(plain, start, end, due), end) for start, end in matches]
    found: list[_Found] = []
    for start, end in matches:
        if any(one.start < end and start < one.end for one in found):
            continue
        before, after = plain[:start], plain[end:]
        bracket = _inside(start, brackets)
        label = _WHO_LABEL.search(before)
        doer = _DOER.match(after)
        ends = re.match(rf"$|{_DELIMITER}", after) is not None or (due is not None and end == due.whole[0])
        begins = re.search(rf"(?:^|{_DELIMITER}|[はが])$", before) is not None or (
            due is not None and start == due.whole[1])
        if bracket and ends and bracket[1] - bracket[0] <= 40:
            part_start = max([bracket[0] + 1, *(bracket[0] + 1 + sep.end() for sep in _SEPARATOR.finditer(
                plain[bracket[0] + 1:start]))])
            if due and part_start <= due.whole[0] < start:
                part_start = due.whole[1]
            part_start += len(plain[part_start:start]) - len(plain[part_start:start].lstrip(" -"))
            found.append(_Found(part_start, end, (part_start, end), 4))
        elif label:
            found.append(_Found(start, end, (label.start(), end), 3))
        elif ends and begins:
            found.append(_Found(start, end, (start, end), 2))
        elif doer and (begins or doer.group().strip("側 ") in ("が", "は", "で", "にて")):
            found.append(_Found(start, end, (start, end + doer.end()), 1))
    if not found:
        return None
    best = max(one.rank for one in found)
    first, *others = sorted((one for one in found if one.rank == best), key=lambda one: one.start)
    for other in others:
        if not re.fullmatch(r"\s?[、・,と]\s?|\s", plain[first.end:other.start]):
            return _APART
        first = _Found(first.start, other.end, (first.whole[0], other.whole[1]), best)
    for start, end in matches:   # 宮坂さんと佐藤さんで
        if end + 1 == first.start and plain[end] in "と・、":
            first = _Found(start, first.end, (start, first.whole[1]), best)
    return first


def _begin_of_name(plain: str, start: int, end: int, due: _Found | None) -> int:
    """Where a name begins: 明日宮坂さん is 宮坂さん, also behind a date that was read or 12日."""
    if due is not None and start < due.whole[1] < end:
        return due.whole[1]
    if due is not None and due.whole[1] == start:
        return start   # 12/4日野さん
    day = _NOT_OF_A_NAME.match(plain, start, end)
    if day is not None and (len(day[0]) > 1 or plain[start - 1:start].isdigit() or plain[start - 1:start] in "間以月"):
        return day.end()
    return start


def _is_person(match: re.Match[str]) -> bool:
    if match.lastgroup != "named":
        return True
    return re.sub(f"(?:{_TITLES})$", "", match.group()) not in _NOT_PERSONS


def _rest(plain: str, text: _Text, cut: Sequence[Span]) -> str:
    """What remains as typed once the parts read are taken out, with brackets that this empties; blanks to fill stay."""
    keep = [True] * len(plain)
    for start, end in cut:
        keep[start:end] = [False] * (end - start)
    for match in _BRACKETS.finditer(plain):
        inside = range(match.start() + 1, match.end() - 1)
        inner = "".join(plain[n] for n in inside if keep[n])
        blank = match[0][0] == "[" and match[0][1:-1].isspace()   # of a set phrase: ［　］
        if not blank and not _EDGE.sub("", inner).strip(" 、・,"):
            keep[match.start():match.end()] = [False] * (match.end() - match.start())
    pieces: list[str] = []
    last: int | None = None
    for n, kept in enumerate(keep):
        if not kept:
            continue
        place = text.span(n, n + 1)[0]
        if last is not None and place == last:
            continue   # one typed character became several plain ones
        pieces.append(text.typed[place])
        last = place
    rest = re.sub(r"[ \u3000]{2,}", " ", "".join(pieces))
    if len(keep) > 1 and not keep[-1] and rest[-1:] == "は":
        rest = rest[:-1]   # 電話は宮坂さんが明日
    return re.sub(r"^[\s、。，,・:：;／/→-]+|[\s、，,・:：;／/→-]+$", "", rest)


def read_promise(text: str, today: date, people: Sequence[str] = ()) -> PromiseReading:
    """What, who and by when a line says. `people` are names known in this consultation (「宮坂 健一」, 「宮坂さん」).

    Who is the one that acts (宮坂さんが, 当方で, （宮坂さん…）), not the one acted for (宮坂さんに). Two who do not
    stand together leave both unread, two different dates the date. Dates count from `today`.
    """
    whole = _Text(text)
    due = _due(whole.plain, today)
    who = _who(whole, due, people)
    if who is _APART:
        who = due = None
    cut = [found.whole for found in (due, who) if found]
    return PromiseReading(
        what=_rest(whole.plain, whole, cut),
        who=whole.words(who.start, who.end) if who else None,
        due=due.due if due else None,
        who_span=whole.span(who.start, who.end) if who else None,
        due_span=whole.span(due.start, due.end) if due else None)
