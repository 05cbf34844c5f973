"""How values are worded on paper in Japanese and English: dates, times, counts. Pure."""

from __future__ import annotations

from datetime import date, time

from kanto_desk.i18n import Language, tr
from kanto_desk.japanese.eras import wareki
from kanto_desk.japanese.numbers import corporate_number_warning

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def day(value: date | None, language: Language, *, weekday: bool = False) -> str:
    """令和8年4月17日（金） or 17 April 2026 (Fri); empty for None."""
    if value is None:
        return ""
    if language == "ja":
        return wareki(value, weekday=weekday)
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" + (f" ({_DAYS[value.weekday()]})" if weekday else "")


def clock(value: time, language: Language) -> str:
    """10時00分 or 10:00."""
    return f"{value.hour}時{value.minute:02}分" if language == "ja" else f"{value.hour}:{value.minute:02}"


def hours(start: time | None, end: time | None, minutes: int | None, language: Language) -> str:
    """10時00分～12時30分（150分); what is not known is left out."""
    span = ""
    if start or end:
        mark = "～" if language == "ja" else "–"
        span = mark.join(clock(one, language) if one else "" for one in (start, end))
    if minutes is None:
        return span
    count = tr("{n}分", language, n=minutes)
    if not span:
        return count
    return f"{span}（{count}）" if language == "ja" else f"{span} ({count})"


def money(thousand_yen: int, language: Language) -> str:
    """An amount kept in thousand yen: 3,000万円, 1億2,000万円, 500千円; JPY 30,000,000."""
    if language == "en":
        return f"JPY {thousand_yen * 1000:,}"
    if thousand_yen % 10 or thousand_yen == 0:
        return f"{thousand_yen:,}千円"
    hundred_million, ten_thousand = divmod(thousand_yen // 10, 10_000)
    if not hundred_million:
        return f"{ten_thousand:,}万円"
    return f"{hundred_million:,}億" + (f"{ten_thousand:,}万円" if ten_thousand else "円")


def section_number(number: int, language: Language) -> str:
    """１ or 1, as headings are numbered."""
    return str(number).translate(_FULL_WIDTH) if language == "ja" else str(number)


def beside(text: str, note: str, language: Language) -> str:
    """A text with a note in brackets behind it; either may be empty."""
    if not note:
        return text
    if not text:
        return note
    return f"{text}（{note}）" if language == "ja" else f"{text} ({note})"


def listed(parts: tuple[str, ...], language: Language) -> str:
    """Parts one after the other, as the language separates them."""
    return ("、" if language == "ja" else ", ").join(part for part in parts if part)


def corporate_number(number: str, language: Language) -> str:
    """A corporate number; one that cannot be right is kept as it was given, with a mark."""
    doubtful = number and corporate_number_warning(number)
    return number + tr("（要確認）", language) if doubtful else number
