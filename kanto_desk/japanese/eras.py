"""The five eras with their exact first days. Knows nothing of typing or printing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

WEEKDAYS = "月火水木金土日"
"""The signs of the weekdays, Monday first, as `date.weekday()` counts."""


@dataclass(frozen=True, slots=True)
class Era:
    """One era: its name, the sign and letter in short forms, its first day and its last (None: running)."""

    name: str
    letter: str
    first: date
    last: date | None

    @property
    def year_before(self) -> int:
        """Western year minus year of the era."""
        return self.first.year - 1 if self.name != "明治" else 1867


ERAS = (
    # The old lunar calendar ran to the end of 明治5年; days are counted like ours only from 明治6年1月1日 = 1873-01-01.
    Era("明治", "M", date(1873, 1, 1), date(1912, 7, 29)),
    Era("大正", "T", date(1912, 7, 30), date(1926, 12, 24)),
    Era("昭和", "S", date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", "H", date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", "R", date(2019, 5, 1), None),
)
"""Oldest first. The first days of 大正 and 昭和 also belonged to the era before; they are written with the new one."""


def era_of(day: date) -> Era | None:
    """The era of a day; None before 1873."""
    for era in reversed(ERAS):
        if day >= era.first:
            return era
    return None


def era_year(era: Era, year: int) -> str:
    """令和8年 for (令和, 8); 令和元年 for the first year."""
    return f"{era.name}{'元' if year == 1 else year}年"


def wareki(day: date, weekday: bool = False) -> str:
    """令和8年12月4日, or 令和8年12月4日（金） with `weekday`; days before 1873 in western years."""
    era = era_of(day)
    year = era_year(era, day.year - era.year_before) if era else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日" + (f"（{WEEKDAYS[day.weekday()]}）" if weekday else "")
