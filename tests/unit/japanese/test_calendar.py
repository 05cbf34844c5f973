"""Dates on paper, fiscal years, holidays."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanto_desk import i18n
from kanto_desk.japanese.calendar import (
    fiscal_year,
    fiscal_year_label,
    fiscal_year_span,
    holiday_name,
    is_business_day,
    month_day,
    wareki,
    wareki_month,
    wareki_short,
    western,
)


@pytest.mark.parametrize(("day", "long", "short"), [
    (date(2026, 12, 4), "令和8年12月4日（金）", "R8.12.4"),
    (date(2019, 5, 1), "令和元年5月1日（水）", "R1.5.1"),
    (date(2019, 4, 30), "平成31年4月30日（火）", "H31.4.30"),
    (date(1989, 1, 8), "平成元年1月8日（日）", "H1.1.8"),
    (date(1989, 1, 7), "昭和64年1月7日（土）", "S64.1.7"),
    (date(1926, 12, 25), "昭和元年12月25日（土）", "S1.12.25"),
    (date(1926, 12, 24), "大正15年12月24日（金）", "T15.12.24"),
    (date(1912, 7, 30), "大正元年7月30日（火）", "T1.7.30"),
    (date(1912, 7, 29), "明治45年7月29日（月）", "M45.7.29"),
    (date(1873, 1, 1), "明治6年1月1日（水）", "M6.1.1"),
    (date(1872, 12, 31), "1872年12月31日（火）", "1872.12.31"),
])
def test_written_forms(day: date, long: str, short: str) -> None:
    assert wareki(day) == long
    assert wareki_short(day) == short


def test_other_written_forms() -> None:
    day = date(2026, 12, 4)
    assert wareki(day, weekday=False) == "令和8年12月4日"
    assert western(day) == "2026年12月4日（金）"
    assert month_day(day) == "12月4日（金）"
    assert wareki_month(date(2019, 5, 31)) == "令和元年5月"


@pytest.mark.parametrize(("day", "year", "label"), [
    (date(2026, 4, 1), 2026, "令和8年度"), (date(2027, 3, 31), 2026, "令和8年度"), (date(2026, 3, 31), 2025, "令和7年度"),
    (date(2019, 4, 1), 2019, "令和元年度"), (date(2019, 3, 31), 2018, "平成30年度"), (date(1989, 4, 1), 1989, "平成元年度"),
    (date(1989, 3, 31), 1988, "昭和63年度"), (date(2014, 5, 30), 2014, "平成26年度"),
])
def test_fiscal_year(day: date, year: int, label: str) -> None:
    assert fiscal_year(day) == year
    assert fiscal_year_label(year) == fiscal_year_label(day) == label


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)))
def test_every_day_lies_in_its_fiscal_year(day: date) -> None:
    first, last = fiscal_year_span(fiscal_year(day))
    assert first <= day <= last
    assert fiscal_year(last + timedelta(days=1)) == fiscal_year(day) + 1


@pytest.mark.parametrize(("day", "ja", "en"), [
    (date(2026, 11, 23), "勤労感謝の日", "Labour Thanksgiving Day"),
    (date(2019, 5, 6), "こどもの日（振替休日）", "Children's Day (substitute holiday)"),
    (date(2026, 9, 22), "国民の休日", "National Holiday"),
    (date(2019, 5, 1), "天皇の即位の日", "Accession Day of the Emperor"),
])
def test_holidays(day: date, ja: str, en: str) -> None:
    assert holiday_name(day) == ja
    assert not is_business_day(day)
    i18n.use("en")
    try:
        assert holiday_name(day) == en
    finally:
        i18n.use("ja")


@pytest.mark.parametrize(("day", "works"), [
    (date(2026, 11, 24), True), (date(2026, 11, 21), False), (date(2026, 12, 28), True), (date(2026, 12, 29), False),
    (date(2027, 1, 1), False), (date(2027, 1, 3), False), (date(2027, 1, 4), True),
])
def test_business_days(day: date, works: bool) -> None:
    assert is_business_day(day) is works
    assert holiday_name(date(2026, 12, 4)) is None
