"""Where photos stand among the lines of a record by the time they were taken. Pure decisions; knows no store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

ONE_MOMENT: Final = timedelta(minutes=2)
"""Photos taken within this time, with nothing written between them, share a line."""

AROUND: Final = timedelta(minutes=15)
"""Photos taken this long before and after a visit still belong to it: the car park, the factory gate."""


def spot(lines: Sequence[datetime | None], at: datetime) -> int:
    """Before which line (0 is first) something of this time stands.

    Lines may have been moved by hand: the place is the one that puts the fewest lines on the wrong side, the last of
    equally good ones. Lines without a time have no say.
    """
    wrong = best = sum(1 for line in lines if line is not None and line <= at)
    place = 0
    for n, line in enumerate(lines, 1):
        if line is not None:
            wrong += -1 if line <= at else 1
        if wrong <= best:
            best, place = wrong, n
    return place


def moments(lines: Sequence[datetime | None], taken: Sequence[datetime]) -> list[tuple[int, list[int]]]:
    """Photos in groups of one moment, in order of time: (place as `spot` gives it, positions in `taken`)."""
    found: list[tuple[int, list[int]]] = []
    for n in sorted(range(len(taken)), key=lambda n: (taken[n], n)):
        place = spot(lines, taken[n])
        if found and found[-1][0] == place and taken[n] - taken[found[-1][1][0]] <= ONE_MOMENT:
            found[-1][1].append(n)
        else:
            found.append((place, [n]))
    return found


def within(at: datetime, begin: datetime, end: datetime) -> bool:
    """Whether a photo was taken during a visit, or shortly before or after it."""
    return begin - AROUND <= at <= end + AROUND
