"""Dates and times of day as people type them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.errors import Refused
from kanto_desk.japanese.calendar import (
    ERAS,
    parse_date,
    parse_time,
    wareki,
    wareki_short,
    western,
    western_short,
)

TUESDAY = date(2026, 11, 24)
_DAYS = st.dates(date(1873, 1, 1), date(2999, 12, 31))


@pytest.mark.parametrize(("typed", "day"), [
    ("令和8年12月4日", "2026-12-04"), ("令和８年１２月４日（金）", "2026-12-04"), ("R8.12.4", "2026-12-04"),
    ("Ｒ８．１２．４", "2026-12-04"), ("r8/12/4", "2026-12-04"), ("R8-12-4", "2026-12-04"), ("R081204", "2026-12-04"),
    ("令8.12.4", "2026-12-04"), ("㋿8年12月4日", "2026-12-04"), ("H26.5.30", "2014-05-30"), ("S47.4.1", "1972-04-01"),
    ("令和元年5月1日", "2019-05-01"), ("R1.5.1", "2019-05-01"), ("平成元年1月8日", "1989-01-08"), ("平成31年4月30日", "2019-04-30"),
    ("昭和64年1月7日", "1989-01-07"), ("大正元年7月30日", "1912-07-30"), ("明治45年7月30日", "1912-07-30"),
    ("大正15年12月25日", "1926-12-25"), ("昭和元年12月25日", "1926-12-25"), ("明治6年1月1日", "1873-01-01"),
    ("R6/4/1", "2024-04-01"), ("8年12月4日", "2026-12-04"),
    ("2026/12/4", "2026-12-04"), ("2026-12-04", "2026-12-04"), ("2026.12.4", "2026-12-04"), ("2026年12月4日", "2026-12-04"),
    ("２０２６ー１２ー４", "2026-12-04"), ("20261204", "2026-12-04"), ("0718/3/3", "0718-03-03"),
    ("12/4", "2026-12-04"), ("１２／４", "2026-12-04"), ("12-4", "2026-12-04"), ("12.4", "2026-12-04"), ("1204", "2026-12-04"),
    ("12月4日", "2026-12-04"), (" 12 / 4 ", "2026-12-04"), ("12/4(金)", "2026-12-04"), ("12月4日金曜日", "2026-12-04"),
    ("11/23(月・祝)", "2026-11-23"), ("11/24", "2026-11-24"), ("8/26", "2026-08-26"), ("8/25", "2027-08-25"),
    ("1/15", "2027-01-15"), ("20日", "2026-11-20"),
    ("今日", "2026-11-24"), ("本日", "2026-11-24"), ("明日", "2026-11-25"), ("あした", "2026-11-25"), ("あさって", "2026-11-26"),
    ("明後日", "2026-11-26"), ("しあさって", "2026-11-27"), ("昨日", "2026-11-23"), ("おととい", "2026-11-22"),
    ("来週の金曜", "2026-12-04"), ("来週金曜", "2026-12-04"), ("来週の金曜日", "2026-12-04"), ("来週金", "2026-12-04"),
    ("今週の日曜", "2026-11-29"), ("先週の火曜", "2026-11-17"), ("再来週の月曜", "2026-12-07"), ("金曜", "2026-11-27"),
    ("火曜日", "2026-12-01"), ("次の月曜", "2026-11-30"),
    ("10日後", "2026-12-04"), ("一週間後", "2026-12-01"), ("2週間後", "2026-12-08"), ("3日前", "2026-11-21"), ("１０日以内", "2026-12-04"),
    ("1か月後", "2026-12-24"), ("1ヶ月後", "2026-12-24"), ("三カ月後", "2027-02-24"), ("半年後", "2027-05-24"), ("1年後", "2027-11-24"),
    ("3営業日後", "2026-11-27"), ("4営業日前", "2026-11-17"),
    ("月末", "2026-11-30"), ("今月末", "2026-11-30"), ("来月末", "2026-12-31"), ("再来月末", "2027-01-31"), ("12月末", "2026-12-31"),
    ("2月末", "2027-02-28"), ("来年3月末", "2027-03-31"), ("令和10年2月末", "2028-02-29"), ("来月10日", "2026-12-10"),
    ("来月の10日", "2026-12-10"), ("31日", "2026-10-31"), ("30日", "2026-11-30"), ("今月中", "2026-11-30"), ("来年3月31日", "2027-03-31"), ("昨年12月4日", "2025-12-04"),
    ("年末", "2026-12-31"), ("年内", "2026-12-31"), ("年度末", "2027-03-31"), ("今年度末", "2027-03-31"), ("来年度末", "2028-03-31"),
    ("令和8年度末", "2027-03-31"), ("2026年度末", "2027-03-31"),
    ("十二月四日", "2026-12-04"), ("令和八年十二月四日（金）", "2026-12-04"), ("二〇二六年十二月四日", "2026-12-04"), ("四日", "2026-11-04"),
    ("二十日後", "2026-12-14"), ("十五日後", "2026-12-09"), ("十二月末", "2026-12-31"), ("1ヶ月後", "2026-12-24"), ("3ケ月後", "2027-02-24"),
    ("12/4まで", "2026-12-04"), ("金曜までに", "2026-11-27"), ("末日", "2026-11-30"), ("ﾚｲﾜ8年12月4日", "2026-12-04"),
    ("れいわ8.12.4", "2026-12-04"), ("らいしゅうのきんようび", "2026-12-04"), ("らいげつ10にち", "2026-12-10"), ("アシタ", "2026-11-25"),
    ("さ来週の月曜", "2026-12-07"), ("らいしゅうのにちよう", "2026-12-06"), ("4 Dec", "2026-12-04"), ("Dec 4, 2026", "2026-12-04"), ("4 December 2026", "2026-12-04"),
    ("Tomorrow", "2026-11-25"), ("ＴＯＤＡＹ", "2026-11-24"),
])
def test_dates_as_typed(typed: str, day: str) -> None:
    assert parse_date(typed, TUESDAY).isoformat() == day


@pytest.mark.parametrize(("typed", "reason"), [
    ("2026/2/30", "2月は28日まで"), ("2/29", "2027年2月は28日まで"), ("13/4", "月は1から12まで"), ("1340", "月は1から12まで"),
    ("4/31", "4月は30日まで"), ("32日", "11月は30日まで"), ("0日", "11月は30日まで"), ("12/0", "12月は31日まで"), ("0000/1/1", "使えません"),
    ("昭和64年1月8日", "平成元年1月8日"), ("平成元年1月7日", "昭和64年1月7日"), ("平成31年5月1日", "令和元年5月1日"),
    ("令和元年4月30日", "平成31年4月30日"), ("昭和元年12月24日", "大正15年12月24日"), ("大正元年7月29日", "明治45年7月29日"),
    ("大正15年12月26日", "昭和元年12月26日"), ("明治5年3月1日", "旧暦"), ("令和0年1月1日", "元年"),
    ("12/4（木）", "金曜日"), ("来週", "曜日まで"), ("来週中", "曜日まで"), ("12月", "日まで"), ("12月上旬", "日まで"), ("来月", "日まで"),
    ("261204", "4桁"), ("26/12/4", "4桁"), ("8/12/4", "4桁"), ("31 Feb", "2月は28日まで"), ("31 Foo", "読めません"), ("", "読めません"), ("近日中", "読めません"), ("あとで", "読めません"), ("9999年後", "遠すぎる"),
    ("9999営業日後", "遠すぎる"), ("12/4 12/5", "読めません"),
])
def test_impossible_or_unclear_dates_are_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_date(typed, TUESDAY)
    assert reason in refused.value.message


@given(_DAYS, st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_reading_undoes_writing(day: date, today: date) -> None:
    for written in (wareki(day), wareki(day, weekday=False), wareki_short(day), western(day), western_short(day),
                    day.isoformat(), day.strftime("%Y%m%d")):
        assert parse_date(written, today) == day


@given(st.dates(date(1900, 1, 1), date(2500, 1, 1)), st.integers(-90, 270))
def test_days_without_year_are_recent_or_coming(today: date, distance: int) -> None:
    day = today + timedelta(days=distance)
    if (day.month, day.day) != (2, 29):
        assert parse_date(f"{day.month}/{day.day}", today) == day
        assert parse_date(f"{day.month:02}{day.day:02}", today) == day


@given(st.text() | st.text(st.sampled_from("0123456789/.-年月日令和平成昭末後前来週今金曜（）か元RHS半度")), st.dates())
def test_anything_typed_is_a_date_or_refused(typed: str, today: date) -> None:
    try:
        assert isinstance(parse_date(typed, today), date)
    except Refused as refused:
        assert refused.message.endswith("。")


@given(_DAYS)
def test_every_day_belongs_to_the_era_it_is_written_with(day: date) -> None:
    era = next(era for era in reversed(ERAS) if era.first <= day)
    assert wareki(day).startswith(era.name)
    assert era.last is None or day <= era.last


@pytest.mark.parametrize(("typed", "found"), [
    ("13:30", time(13, 30)), ("１３：３０", time(13, 30)), ("1330", time(13, 30)), ("930", time(9, 30)), ("9:05", time(9, 5)),
    ("13時半", time(13, 30)), ("13時", time(13, 0)), ("13時5分", time(13, 5)), ("午後1時半", time(13, 30)), ("午前9時", time(9, 0)),
    ("午後0時15分", time(12, 15)), ("午後1:30", time(13, 30)), ("1:30pm", time(13, 30)), ("12:10 AM", time(0, 10)),
    ("正午", time(12, 0)), ("0:00", time(0, 0)), ("午後13時", time(13, 0)),
])
def test_times_as_typed(typed: str, found: time) -> None:
    assert parse_time(typed) == found


@pytest.mark.parametrize(("typed", "reason"), [
    ("24:00", "23:59"), ("13:60", "59"), ("午前13時", "午前"), ("午後12時", "12:00"), ("", "読めません"), ("昼", "読めません"),
    ("13", "読めません"),
])
def test_impossible_times_are_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_time(typed)
    assert reason in refused.value.message


@given(st.times())
def test_times_return(moment: time) -> None:
    written = moment.replace(second=0, microsecond=0)
    assert parse_time(written.isoformat("minutes")) == written
    assert parse_time(f"{written.hour}時{written.minute}分") == written
