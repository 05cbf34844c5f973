"""What 実績集計 prints: tables, bars and words, already worded for one language. No records, no codes, no drawing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Tabled:
    """One table: what it is about, its headings, and rows of a name and numbers (None: not known).

    `change` is the column that says more or less, 0 without one.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | None, ...], ...]
    change: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One place of the chart: its name, its value and the value it is compared with (None: none)."""

    name: str
    value: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class FiguresSheet:
    """The whole 実績集計, already worded for one language. `issued` dates the file; `sentence` says the chart."""

    agency: str
    period: str
    days: str
    scope: str
    issued: date
    tables: tuple[Tabled, ...]
    bars: tuple[Bar, ...] = ()
    series: tuple[str, ...] = ()
    sentence: str = ""
    warning: str = ""
    notes: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()


def signed_number(value: int) -> str:
    """+23, −4, ±0."""
    return f"+{value:,}" if value > 0 else f"−{-value:,}" if value else "±0"
