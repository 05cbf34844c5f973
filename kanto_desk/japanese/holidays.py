"""National holidays and working days of public offices. By the law as the jpholiday package knows it (1949 on)."""

from __future__ import annotations

from datetime import date

from kanto_desk.i18n import tr

_SUBSTITUTE = " 振替休日"


def _law_name(day: date) -> str | None:
    # Imported when first asked: a desk that only opens a record needs no holidays.
    import jpholiday

    return jpholiday.is_holiday_name(day)


def holiday_name(day: date) -> str | None:
    """Name of the national holiday in the language in use; None on other days."""
    name = _law_name(day)
    if name is None:
        return None
    if name.endswith(_SUBSTITUTE):
        return tr("{holiday}（振替休日）", holiday=tr(name.removesuffix(_SUBSTITUTE)))
    return tr(name)


def is_business_day(day: date) -> bool:
    """Whether public offices work: no weekend, no national holiday, not 29 December to 3 January."""
    closing = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not closing and _law_name(day) is None
