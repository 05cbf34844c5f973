"""Reading dates and times of day as people type them, in any width. Refuses with the reason; never guesses a day.

A day without a year lies within the last 90 days or is the coming one. Words count from `today`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, time, timedelta
from functools import cache

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.eras import ERAS, WEEKDAYS, Era, era_of, era_year, wareki
from kanto_desk.japanese.holidays import is_business_day
from kanto_desk.japanese.text import half_width, to_hiragana

_PAST_DAYS = 90
_COUNT = r"(\d{1,4})"
_KANJI_DIGITS = "〇一二三四五六七八九"
_KANJI_NUMBER = re.compile(rf"[零{_KANJI_DIGITS}十百]+(?=[年月日週営]|[かけゕゖ箇個]月)")
_MONTHS = "[かけゕゖ箇個]月"
_WORDS = {
    "今日": 0, "本日": 0, "きょう": 0, "ほんじつ": 0, "当日": 0, "明日": 1, "あした": 1, "あす": 1, "翌日": 1,
    "明後日": 2, "あさって": 2, "明々後日": 3, "明明後日": 3, "しあさって": 3, "昨日": -1, "きのう": -1, "前日": -1,
    "一昨日": -2, "おととい": -2, "おとつい": -2, "翌々日": 2, "today": 0, "tomorrow": 1, "yesterday": -1,
}
_WEEKS = {"先々週": -2, "先週": -1, "今週": 0, "来週": 1, "翌週": 1, "再来週": 2}
_YEAR_WORDS = {"一昨年": -2, "昨年": -1, "去年": -1, "今年": 0, "本年": 0, "来年": 1, "翌年": 1, "再来年": 2}
_MONTH_WORDS = {"先々月": -2, "先月": -1, "前月": -1, "今月": 0, "当月": 0, "来月": 1, "翌月": 1, "再来月": 2}
_KANA = {   # what stands in the box when it was left before it was converted
    "さらいしゅう": "再来週", "らいしゅう": "来週", "こんしゅう": "今週", "せんしゅう": "先週", "さらいげつ": "再来月",
    "らいげつ": "来月", "こんげつ": "今月", "げつまつ": "月末", "ねんどまつ": "年度末", "ねんまつ": "年末",
    "にち": "日", "れいわ": "令和", "へいせい": "平成", "しょうわ": "昭和", "さ来週": "再来週", "さ来月": "再来月",
    **{f"{kana}よう{end}": f"{kanji}曜" for end in ("び", "") for kana, kanji in zip(
        ("げつ", "か", "すい", "もく", "きん", "ど", "にち"), "月火水木金土日", strict=True)},
}
_KANA_WORD = re.compile("|".join(sorted(_KANA, key=len, reverse=True)))
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = rf"({'|'.join(_ENGLISH_MONTHS)})[a-z]*\.?"
_YEAR_WORD = re.compile(f"^({'|'.join(sorted(_YEAR_WORDS, key=len, reverse=True))})の?(?=\\d)")
_MONTH_WORD = re.compile(f"^({'|'.join(sorted(_MONTH_WORDS, key=len, reverse=True))})の?(?=\\d|末|中|$)")
_WEEKDAY = re.compile(rf"(?<=[\d日])(?:\(([{WEEKDAYS}])(?:曜日?)?(?:[・/,]?祝日?)?\)|([{WEEKDAYS}])曜日?)$")
_ERA_NAMES = {sign: era for era in ERAS for sign in (era.name, era.name[0], era.letter, era.letter.lower())}


def _last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _day(year: int, month: int, day: int) -> date:
    """The date, or Refused with the reason why there is none."""
    if not 1 <= year <= 9998:
        raise Refused(tr("{year}年という年は使えません。", year=year))
    if not 1 <= month <= 12:
        raise Refused(tr("{month}月はありません。月は1から12までです。", month=month))
    last = _last_day(year, month)
    if not 1 <= day <= last:
        raise Refused(tr("{month}月{day}日はありません。{year}年{month}月は{last}日までです。",
                         year=year, month=month, day=day, last=last))
    return date(year, month, day)


def _of_month(day: int, today: date) -> date:
    """This day of the month; one that only the month before had is meant of that: 「31日」 on 28 November."""
    before = today.replace(day=1) - timedelta(days=1)
    return before.replace(day=day) if _last_day(today.year, today.month) < day <= before.day else _day(
        today.year, today.month, day)


def _yearless(month: int, day: int, today: date) -> date:
    """The first such day not more than 90 days ago."""
    earliest = today - timedelta(days=_PAST_DAYS)
    if not 1 <= month <= 12:
        return _day(today.year, month, day)
    reached = (month, min(day, _last_day(2000, month))) >= (earliest.month, earliest.day)
    return _day(earliest.year if reached else earliest.year + 1, month, day)


def _in_era(era: Era, year: int, month: int, day: int) -> date:
    """A date of an era, refused outside its days. The day of change belonged to both 明治 and 大正, 大正 and 昭和."""
    if year < 1:
        raise Refused(tr("年は元年（1年）からです。"))
    if era.name == "明治" and year < 6:
        raise Refused(tr("明治5年までは旧暦のため、西暦の日付で入れてください。"))
    found = _day(era.year_before + year, month, day)
    if found < era.first:
        first = f"{era_year(era, era.first.year - era.year_before)}{era.first.month}月{era.first.day}日"
        raise Refused(tr("{era}は{first}からです。この日は{right}にあたります。",
                         era=era.name, first=first, right=wareki(found)))
    shared_day = era.last is not None and era.letter in "MT" and found == era.last + timedelta(days=1)
    if era.last is not None and found > era.last and not shared_day:
        raise Refused(tr("{era}は{last}までです。この日は{right}にあたります。",
                         era=era.name, last=wareki(era.last), right=wareki(found)))
    return found


def _era_number(text: str) -> int:
    return 1 if text == "元" else int(text)


def _kanji_number(match: re.Match[str]) -> str:
    """十二 → 12, 二十 → 20, 二〇二六 → 2026."""
    text = match[0].replace("零", "〇")
    if not {"十", "百"} & set(text):
        return "".join(str(_KANJI_DIGITS.index(one)) for one in text)
    number, digit = 0, 0
    for one in text:
        if one in "十百":
            number, digit = number + (digit or 1) * (10 if one == "十" else 100), 0
        else:
            digit = _KANJI_DIGITS.index(one)
    return str(number + digit)


def _english(day: str, month: str, year: str | None, today: date) -> date:
    number = _ENGLISH_MONTHS.index(month) + 1
    return _day(int(year), number, int(day)) if year else _yearless(number, int(day), today)


def _months_on(day: date, months: int) -> date:
    """The same day some months on, or the last of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9998:
        raise OverflowError
    return date(year, month + 1, min(day.day, _last_day(year, month + 1)))


def _from_now(number: str, unit: str, direction: str, today: date) -> date:
    count = -int(number) if direction == "前" else int(number)
    if unit == "日":
        return today + timedelta(days=count)
    if unit == "営業日":
        if abs(count) > 400:
            raise OverflowError
        day, step = today, 1 if count > 0 else -1
        for _ in range(abs(count)):
            day += timedelta(days=step)
            while not is_business_day(day):
                day += timedelta(days=step)
        return day
    if unit.startswith("週"):
        return today + timedelta(weeks=count)
    return _months_on(today, count * 12 if unit == "年" else count)


def _of_week(week: str, weekday: str, today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=_WEEKS[week], days=WEEKDAYS.index(weekday))


def _next_weekday(weekday: str, today: date) -> date:
    return today + timedelta(days=(WEEKDAYS.index(weekday) - today.weekday() - 1) % 7 + 1)


def _fiscal_year_end(today: date, later: int) -> date:
    return date(today.year + (today.month > 3) + later, 3, 31)


def _month_end(year: int, month: int) -> date:
    return _day(year, month, _last_day(year, month) if 1 <= month <= 12 and 1 <= year <= 9998 else 1)


def _yearless_month_end(month: int, today: date) -> date:
    end = _yearless(month, 28, today)
    return _month_end(end.year, month)


def _current_era(year: int, month: int, day: int, today: date) -> date:
    era = era_of(today) or ERAS[-1]
    return _in_era(era, year, month, day)


def _refuse(message: str) -> date:
    raise Refused(message)


_ERA = rf"({'|'.join(sorted(_ERA_NAMES, key=len, reverse=True))})\.?(元|\d{{1,3}})"
_Reader = Callable[[re.Match[str], date], date]
_FORMS: tuple[tuple[str, _Reader], ...] = (
    ("|".join(_WORDS), lambda m, today: today + timedelta(days=_WORDS[m[0]])),
    (r"(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?", lambda m, _today: _day(int(m[1]), int(m[2]), int(m[3]))),
    (r"(\d{4})(\d\d)(\d\d)", lambda m, _today: _day(int(m[1]), int(m[2]), int(m[3]))),
    (rf"{_ERA}[年./-](\d{{1,2}})[月./-](\d{{1,2}})日?",
     lambda m, _today: _in_era(_ERA_NAMES[m[1]], _era_number(m[2]), int(m[3]), int(m[4]))),
    (r"([MTSHRmtshr])(\d\d)(\d\d)(\d\d)",
     lambda m, _today: _in_era(_ERA_NAMES[m[1]], int(m[2]), int(m[3]), int(m[4]))),
    (r"(元|\d{1,2})年(\d{1,2})月(\d{1,2})日",
     lambda m, today: _current_era(_era_number(m[1]), int(m[2]), int(m[3]), today)),
    (r"(\d{1,2})[月./-](\d{1,2})日?", lambda m, today: _yearless(int(m[1]), int(m[2]), today)),
    (r"(\d\d)(\d\d)", lambda m, today: _yearless(int(m[1]), int(m[2]), today)),
    (r"(\d{1,2})日", lambda m, today: _of_month(int(m[1]), today)),
    (rf"{_COUNT}(日|営業日|週間?|年|{_MONTHS})(後|以内|前)", lambda m, today: _from_now(m[1], m[2], m[3], today)),
    (r"半年後", lambda _m, today: _months_on(today, 6)),
    (rf"({'|'.join(_WEEKS)})の?([{WEEKDAYS}])(?:曜日?)?", lambda m, today: _of_week(m[1], m[2], today)),
    (rf"(?:(?:今度|次)の)?([{WEEKDAYS}])曜日?", lambda m, today: _next_weekday(m[1], today)),
    (r"(?:月末|末日)", lambda _m, today: _month_end(today.year, today.month)),
    (r"(\d{4})年(\d{1,2})月(?:末日?|中)", lambda m, _today: _month_end(int(m[1]), int(m[2]))),
    (rf"{_ERA}年(\d{{1,2}})月(?:末日?|中)", lambda m, _today: _in_era(
        _ERA_NAMES[m[1]], _era_number(m[2]), int(m[3]),
        _month_end(_ERA_NAMES[m[1]].year_before + _era_number(m[2]), int(m[3])).day)),
    (r"(\d{1,2})月(?:末日?|中)", lambda m, today: _yearless_month_end(int(m[1]), today)),
    (r"(?:今年の?|本年の?)?年末|年内|今年中|年末まで", lambda _m, today: date(today.year, 12, 31)),
    (r"(?:今|本|当)?年度(?:末|内|中)", lambda _m, today: _fiscal_year_end(today, 0)),
    (r"(?:来|翌)年度(?:末|内|中)", lambda _m, today: _fiscal_year_end(today, 1)),
    (r"(\d{4})年度末", lambda m, _today: _day(int(m[1]) + 1, 3, 31)),
    (rf"{_ERA}年度末", lambda m, _today: _day(_ERA_NAMES[m[1]].year_before + _era_number(m[2]) + 1, 3, 31)),
    (rf"(?:{'|'.join(_WEEKS)})(?:中|末|明け|頭)?", lambda _m, _today: _refuse(
        tr("曜日まで書くと決まります（例：来週の金曜）。"))),
    (rf"(?:(?:{_ERA}|\d{{4}})年)?\d{{1,2}}月(?:上旬|中旬|下旬|初め|頃)?", lambda _m, _today: _refuse(
        tr("日まで書くと決まります（例：12/4、12月末）。"))),
    (rf"(\d{{1,2}}){_ENGLISH},?(\d{{4}})?", lambda m, today: _english(m[1], m[2], m[3], today)),
    (rf"{_ENGLISH}(\d{{1,2}}),?(\d{{4}})?", lambda m, today: _english(m[2], m[1], m[3], today)),
    (r"\d{1,2}[./-]\d{1,2}[./-]\d{1,2}|\d{6}", lambda _m, _today: _refuse(
        tr("年は4桁か元号で書くと決まります（例：2026/12/4、R8.12.4）。"))),
)


@cache
def _readers() -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    # Compiled when the first date is read: 7 ms that the start of the program need not wait for.
    return tuple((re.compile(pattern), reader) for pattern, reader in _FORMS)


def _plain(text: str, today: date) -> str:
    """Half width, without blanks, words for months and years replaced by the month and year they mean."""
    typed = to_hiragana(re.sub(r"\s", "", half_width(text)))
    typed = re.sub("(?:まで|迄)に?$", "", _KANA_WORD.sub(lambda m: _KANA[m[0]], typed))
    typed = _KANJI_NUMBER.sub(_kanji_number, typed.lower() if typed.isascii() else typed)
    typed = _YEAR_WORD.sub(lambda m: f"{today.year + _YEAR_WORDS[m[1]]}年", typed)

    def month(match: re.Match[str]) -> str:
        meant = _months_on(today.replace(day=1), _MONTH_WORDS[match[1]])
        return f"{meant.year:04}年{meant.month}月"

    return _MONTH_WORD.sub(month, typed)


def parse_date(text: str, today: date) -> date:
    """The day that `text` means. Raises Refused with the reason in one sentence.

    Reads 令和8年12月4日, R8.12.4, R081204, 2026/12/4, 20261204, 12/4, 1204, 明日, 来週の金曜, 10日後, 3営業日後,
    1か月後, 月末, 来月10日, 年度末, 4 Dec and their like in any width, in kanji (十二月四日) or not yet converted
    (らいしゅうのきんよう); a weekday written beside a date must be the right one.
    """
    try:
        typed = _plain(text, today)
        weekday = _WEEKDAY.search(typed)
        if weekday:
            typed = typed[:weekday.start()]
        for pattern, reader in _readers():
            match = pattern.fullmatch(typed)
            if match:
                found = reader(match, today)
                break
        else:
            raise Refused(tr("日付として読めません（例：12/4、令和8年12月4日、来週の金曜、月末）。"))
    except OverflowError as far:
        raise Refused(tr("遠すぎる日付です。")) from far
    if weekday and (weekday[1] or weekday[2]) != WEEKDAYS[found.weekday()]:
        raise Refused(tr("{day}は{weekday}曜日です。", day=wareki(found), weekday=WEEKDAYS[found.weekday()]))
    return found


_TIME = re.compile(r"(午前|午後|AM|PM)?(\d{1,2})(?::(\d\d)|時(?:(\d{1,2})分|(半))?)(AM|PM)?", re.IGNORECASE)
_TIME_DIGITS = re.compile(r"(\d{1,2})(\d\d)")


def parse_time(text: str) -> time:
    """The time of day that `text` means: 13:30, 1330, 13時半, 午後1時30分, 正午. Raises Refused with the reason."""
    typed = re.sub(r"\s", "", half_width(text))
    if typed == "正午":
        return time(12, 0)
    half = ""
    digits = _TIME_DIGITS.fullmatch(typed)
    match = _TIME.fullmatch(typed)
    if digits:
        hour, minute = int(digits[1]), int(digits[2])
    elif match:
        half = (match[1] or match[6] or "").upper()
        hour, minute = int(match[2]), 30 if match[5] else int(match[3] or match[4] or 0)
    else:
        raise Refused(tr("時刻として読めません（例：13:30、1330、午後1時半）。"))
    if hour == 12 and half in ("午前", "午後"):
        raise Refused(tr("昼の12時は12:00、夜の12時は0:00と書くと決まります。"))
    if half in ("午前", "AM") and hour > 12:
        raise Refused(tr("午前は0時から11時59分までです。"))
    if half == "AM" and hour == 12:
        hour = 0
    if half in ("午後", "PM") and hour < 12:
        hour += 12
    if hour > 23:
        raise Refused(tr("{hour}時はありません。時刻は0:00から23:59までです。", hour=hour))
    if minute > 59:
        raise Refused(tr("{minute}分はありません。分は59までです。", minute=minute))
    return time(hour, minute)
