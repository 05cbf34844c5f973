"""Time as a value that is passed in, so that tests can set it. Nothing else in the program asks the system's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Returns the present moment as an aware datetime."""

JST = timezone(timedelta(hours=9), "JST")
"""Japan has one time zone and no daylight saving, so dates on paper never depend on the laptop's setting."""


def system_clock() -> datetime:
    """The present moment in Japanese time."""
    return datetime.now(JST)


def today(clock: Clock) -> date:
    """The present day in Japan."""
    return clock().astimezone(JST).date()
