"""How every page words and reads days, visits and their states. Pure text: no widget, no saving."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from kanto_desk.clock import JST, today
from kanto_desk.i18n import language, tr, years
from kanto_desk.japanese import calendar
from kanto_desk.japanese.eras import era_of, era_year
from kanto_desk.rules import consultation_state as states
from kanto_desk.services.consultations import Listed
from kanto_desk.ui.text import Tone


def long_day(day: date) -> str:
    """令和8年12月4日（金） or 2026年12月4日（金）, as the user chose; 2026-12-04 in English."""
    if language() == "en":
        return day.isoformat()
    return calendar.wareki(day) if years() == "era" else calendar.western(day)


def other_day(day: date) -> str:
    """The same day the other way, for a tooltip: the year that `long_day` does not name."""
    return calendar.western(day) if language() == "ja" and years() == "era" else calendar.wareki(day)


def date_reader(desk: Any) -> Callable[[str], date]:
    """Reads a date as people write it, counted from today's date of this desk; the reader raises Refused."""
    return lambda text: calendar.parse_date(text, today(desk.store.clock))


def nth_words(nth: int | None) -> str:
    """第3回; empty without a number."""
    return tr("第{n}回", n=nth) if nth else ""


def visit_title(row: Listed) -> str:
    """第3回 医療機器参入."""
    return " ".join(filter(None, (nth_words(row.nth), row.theme))) or tr("テーマが未記入")


def visit_state(row: Listed) -> tuple[str, Tone, str]:
    """Word, tone and icon of the state of a visit, as lists show it."""
    if row.state == states.FINAL:
        return tr("署名済み"), "ok", "check"
    if row.state == states.CORRECTED:
        return tr("訂正中"), "warn", "pen-line"
    if row.state == states.CANCELLED:
        return tr("取りやめ"), "text2", "ban"
    if row.started_at is None:
        return tr("これから"), "accent", "clock"
    return tr("未署名"), "warn", "circle-alert"


def short_or_long_day(day: date) -> str:
    """令和8年12月4日 or 2026年12月4日, as the user chose, or 2026-12-04 in English: without the weekday."""
    if language() == "en":
        return day.isoformat()
    return calendar.wareki(day, weekday=False) if years() == "era" else calendar.western(day, weekday=False)


def year_words(day: date) -> str:
    """令和8年 or 2026年, as the user chose; 2026 in English."""
    era = era_of(day) if language() == "ja" and years() == "era" else None
    return era_year(era, day.year - era.year_before) if era else tr("{year}年", year=day.year)


def long_moment(at: datetime) -> str:
    """令和8年12月4日（金） 13:30 in Japan, or 2026-12-04 13:30 in English."""
    here = at.astimezone(JST)
    return f"{long_day(here.date())} {here:%H:%M}"
