"""What cannot be right about values that each read well alone. Knows no store; services say it with their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.dates import parse_date
from kanto_desk.japanese.text import half_width

_YEAR = timedelta(days=366)
_AHEAD = {"held_on": 2 * _YEAR, "next_on": 10 * _YEAR, "due_on": 10 * _YEAR, "done_on": 2 * _YEAR}
"""From how far ahead a day is doubted: a visit is planned for months, a promise for years."""

_LONG_AGO = 80 * _YEAR
_ERA = "明治|大正|昭和|平成|令和|[MTSHRmtshr]"
_MONTH_OF_YEAR = re.compile(
    rf"((?:\d{{4}})|(?:{_ERA})\.?(?:元|\d{{1,2}}))(?:年|[./-])?(?:(\d{{1,2}})(?:月|[./-])?(?:(\d{{1,2}})日?)?)?")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value worth a second look: its field, how it is written, and why."""

    field: str
    value: str
    reason: str


def far_days(values: Mapping[str, Any], today: date) -> list[Doubt]:
    """Days of a visit or promise that lie too far off to be meant."""
    found = []
    for name, ahead in _AHEAD.items():
        day = values.get(name)
        if isinstance(day, date) and not today - _LONG_AGO <= day <= today + ahead:
            reason = tr("ずっと先の日です") if day > today else tr("ずっと前の日です")
            found.append(Doubt(name, day.isoformat(), reason))
    return found


def need_order(values: Mapping[str, Any]) -> None:
    """Raises Refused for a visit that ends before it begins."""
    begun, ended = values.get("started_at"), values.get("ended_at")
    if begun is not None and ended is not None and ended < begun:
        raise Refused(tr("終わりが始まりより前です：{begun}〜{ended}", begun=f"{begun:%H:%M}", ended=f"{ended:%H:%M}"),
                      "ended_at")


def founded(text: str, today: date) -> Doubt | None:
    """Why a year and month of founding cannot be right; None for one that can, or in free words."""
    match = _MONTH_OF_YEAR.fullmatch(re.sub(r"\s", "", half_width(text)))
    if match is None:
        return None
    year = match[1] if match[1].isdigit() else f"{match[1]}年".replace(".", "")
    reason = ""
    for month, day in ((m, d) for m in ([match[2]] if match[2] else ["1", "12"])
                       for d in ([match[3]] if match[3] else ["1", "28"])):
        try:   # an era begins and ends within its months
            found = parse_date(f"{year}年{month}月{day}日".replace("年年", "年"), today)
        except Refused as refused:
            reason = reason or refused.message
            continue
        return Doubt("founded", text, tr("これからの年月です")) if found > today else None
    return Doubt("founded", text, reason)
