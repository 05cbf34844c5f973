"""The Japanese calendar: dates as they are shown and printed, fiscal years, holidays and working days.

Reading what people type is in `dates`, holidays in `holidays`; their names are found here too.
"""

from __future__ import annotations

from datetime import date, timedelta

from kanto_desk.japanese import eras
from kanto_desk.japanese.dates import parse_date, parse_time
from kanto_desk.japanese.eras import ERAS, WEEKDAYS, Era, era_of
from kanto_desk.japanese.holidays import holiday_name, is_business_day

__all__ = [
    "ERAS", "WEEKDAYS", "Era", "era_of", "fiscal_year", "fiscal_year_label", "fiscal_year_span", "holiday_name",
    "is_business_day", "month_day", "parse_date", "parse_time", "wareki", "wareki_month", "wareki_short", "western",
    "western_short",
]

_FISCAL_YEAR_STARTS = 4   # April


def wareki(day: date, weekday: bool = True) -> str:
    """令和8年12月4日（金）, without the weekday if `weekday` is false; days before 1873 in western years."""
    return eras.wareki(day, weekday)


def wareki_short(day: date) -> str:
    """R8.12.4; 1872.5.1 before 1873."""
    era = era_of(day)
    year = f"{era.letter}{day.year - era.year_before}" if era else str(day.year)
    return f"{year}.{day.month}.{day.day}"


def wareki_month(day: date) -> str:
    """令和8年12月."""
    era = era_of(day)
    year = eras.era_year(era, day.year - era.year_before) if era else f"{day.year}年"
    return f"{year}{day.month}月"


def western(day: date, weekday: bool = True) -> str:
    """2026年12月4日（金）, without the weekday if `weekday` is false."""
    return f"{day.year}年{month_day(day, weekday)}"


def western_short(day: date) -> str:
    """2026/12/4."""
    return f"{day.year}/{day.month}/{day.day}"


def month_day(day: date, weekday: bool = True) -> str:
    """12月4日（金）, without the weekday if `weekday` is false."""
    return f"{day.month}月{day.day}日" + (f"（{WEEKDAYS[day.weekday()]}）" if weekday else "")


def fiscal_year(day: date) -> int:
    """The western year in which the fiscal year (1 April – 31 March) of a day began."""
    return day.year if day.month >= _FISCAL_YEAR_STARTS else day.year - 1


def fiscal_year_span(year: int) -> tuple[date, date]:
    """First and last day of a fiscal year."""
    return date(year, _FISCAL_YEAR_STARTS, 1), date(year + 1, _FISCAL_YEAR_STARTS, 1) - timedelta(days=1)


def fiscal_year_label(year: int | date) -> str:
    """令和8年度 for 2026 or a day in it: named by the era of its first day, save 令和元年度 for 2019."""
    if isinstance(year, date):
        year = fiscal_year(year)
    # By notice of the Cabinet Office the whole fiscal year that began on 2019-04-01 is 令和元年度.
    era = era_of(date(year, 5, 1)) if year == 2019 else era_of(date(year, _FISCAL_YEAR_STARTS, 1))
    return f"{eras.era_year(era, year - era.year_before)}度" if era else f"{year}年度"
