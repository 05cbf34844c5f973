"""The dates of 見本データ: days, months, names and hours of the files as they are at the moment of loading.

The rules are those of resources/sample/README.md.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from kanto_desk.clock import JST
from kanto_desk.japanese.calendar import fiscal_year, fiscal_year_span

_PLACE = re.compile(r"\{([dm])([+-]\d+)\}")


def _weekday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def filled(value: Any, day: date, me: str) -> Any:
    """Placeholders of the sample files in every text of a row."""
    if isinstance(value, str):
        def place(found: re.Match[str]) -> str:
            n = int(found[2])
            if found[1] == "m":
                return f"{(day.month - 1 + n) % 12 + 1}月"
            moved = _weekday(day + timedelta(days=n))
            return f"{moved.month}/{moved.day}"

        return _PLACE.sub(place, value).replace("{me}", me)
    if isinstance(value, list):
        return [filled(v, day, me) for v in value]
    if isinstance(value, dict):
        return {k: filled(v, day, me) for k, v in value.items()}
    return value


def dated(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Relative days made absolute."""
    day = now.astimezone(JST).date()
    ago = row.pop("days_ago")
    held = day if ago == 0 else _weekday(day - timedelta(days=ago))
    if row.pop("this_year"):
        held = max(held, _first_of_the_year(day))
    row["held_on"] = held.isoformat()
    following = row.pop("next_in_days", None)
    if following is not None:
        row["next_on"] = _weekday(day + timedelta(days=following)).isoformat()
    for promise in row.get("promises", []):
        for given, target in (("due_in_days", "due_on"), ("done_in_days", "done_on")):
            n = promise.pop(given, None)
            if n is not None:
                promise[target] = _weekday(day + timedelta(days=n)).isoformat()
    if held == day and row["state"] != "planned":
        return _over(row, now.astimezone(JST), timedelta(minutes=30 if ago == 1 else 150))
    return _ahead(row, now.astimezone(JST))


def _first_of_the_year(day: date) -> date:
    """The first working day of the fiscal year of a day, or that day while there was none."""
    first = fiscal_year_span(fiscal_year(day))[0]
    while first.weekday() > 4 and first < day:
        first += timedelta(days=1)
    return first


def _over(row: dict[str, Any], now: datetime, since: timedelta) -> dict[str, Any]:
    """A visit made today, on the first day of a fiscal year: its hours are put back until it has been over so long."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = datetime.combine(now.date(), time.fromisoformat(row["ended_at"]), JST)
    begin = datetime.combine(now.date(), time.fromisoformat(row["started_at"]), JST)
    back = min(max(end + since - now, timedelta()), begin - midnight)   # at night the day has no room for it
    for part, name in ((row, "started_at"), (row, "ended_at"), *((line, "at") for line in row["lines"])):
        moved = datetime.combine(now.date(), time.fromisoformat(part[name]), JST) - back
        part[name] = f"{moved:%H:%M}"
    return row


def _ahead(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A visit planned for an hour of today that has passed, put to a half hour that is still to come."""
    if row.get("state") != "planned" or row["held_on"] != now.date().isoformat():
        return row
    begin, end = (datetime.combine(now.date(), time.fromisoformat(row[name]), JST)
                  for name in ("started_at", "ended_at"))
    later = now.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=60 if now.minute < 30 else 90)
    moved = later + (end - begin)
    if begin < now and moved.date() == now.date():   # late in the evening the day has no room for it
        row["started_at"], row["ended_at"] = f"{later:%H:%M}", f"{moved:%H:%M}"
    return row
