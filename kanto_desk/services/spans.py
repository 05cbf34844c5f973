"""Spans of days that figures are counted over, and the span each is compared with. Pure dates, no store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.calendar import fiscal_year_span

_BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day, both counted. `year` names the fiscal year it is, if it is one."""

    first: date
    last: date
    year: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it has no beginning: everything up to the last day."""
        return self.first == _BEGINNING

    def until(self, day: date) -> Span:
        """The part that has passed by the end of a day; the first day at least."""
        return Span(self.first, max(self.first, min(self.last, day)), self.year)


def fiscal(year: int) -> Span:
    """A fiscal year, 1 April to 31 March. Raises Refused for a year no calendar has."""
    if not 1868 <= year <= 9998:
        raise Refused(tr("年度は西暦4桁の数です（例：2026）"), "year")
    return Span(*fiscal_year_span(year), year)


def everything(today: date) -> Span:
    """All days up to today."""
    return Span(_BEGINNING, today)


def between(first: date, last: date) -> Span:
    """Any span. Raises Refused when it ends before it begins."""
    if last < first:
        raise Refused(tr("期間の終わりが、はじまりより前です。"), "last")
    return Span(first, last)


def before(span: Span, today: date) -> Span | None:
    """What a span is compared with: the year before, or the span before of the same length; None without one.

    Of a span that is not over, the same part: up to the same day. Whole months are compared with whole months.
    """
    if span.whole:
        return None
    if span.year is not None:
        earlier = fiscal(span.year - 1)
        return earlier if today >= span.last else earlier.until(_a_year_earlier(max(today, span.first)))
    if span.first.day == 1 and (span.last + timedelta(days=1)).day == 1:
        months = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1
        first = _months_earlier(span.first, months)
    else:
        first = span.first - (span.last - span.first) - timedelta(days=1)
    last = span.first - timedelta(days=1)
    if today < span.last:
        last = min(last, first + (max(today, span.first) - span.first))
    return Span(first, last)


def same_day_before(span: Span, earlier: Span, today: date) -> date:
    """The day in the earlier span that today is compared with: promises count as they stood on it."""
    if span.year is not None:
        return _a_year_earlier(today)
    return today - (span.first - earlier.first)


def _a_year_earlier(day: date) -> date:
    """The same day of the year before; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _months_earlier(first: date, months: int) -> date:
    at = first.year * 12 + first.month - 1 - months
    return date(at // 12, at % 12 + 1, 1)
