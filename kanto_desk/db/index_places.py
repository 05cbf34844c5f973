"""Where a row stands in the full-text index: its id begins with the day of its visit, so that the newest come first.

The id of a part of a visit is the number of the visit and a line within it; the number begins with the visit's day. So
hits come in the order of days without a look at any record, a span of days is a range of ids, and the visit behind a
hit needs no look either. Other records stand above them, companies and people above all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import Connection, bindparam, func, insert, select, text

from kanto_desk.db import at_once, local
from kanto_desk.db.schema import wire_table

LINE_BITS, _SEQ_BITS = 16, 14
_DAYLESS = 64
"""The first so many days' worth of numbers belongs to visits without a day."""
_FIRST, _DAYS = date(1900, 1, 1).toordinal(), 1 << 17
VISITS_END, NAMED_FROM, END = 1 << 48, 1 << 50, 1 << 62
_ROOM = 1 << LINE_BITS
NAMES_LINE = _ROOM - 1
"""The last line of each visit belongs to the names of its company (`visit_names`); no record stands behind it."""


def of_days(since: date | None, until: date | None) -> tuple[int, int]:
    """The ids of what belongs to visits held from one day to another, both included: from the first, below the second.

    Visits without a day are there only where neither is given.
    """
    low = 0 if since is None and until is None else _numbers(_at(since) if since else _DAYLESS)[0] << LINE_BITS
    return low, _numbers(_at(until))[1] << LINE_BITS if until else VISITS_END


def day_of(value: object) -> int:
    """The place of a visit's day, given as it is kept (ISO text); 0 for none."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return 0
    return _at(day)


def numbered(conn: Connection, visits: Collection[str]) -> dict[str, int]:
    """The numbers of these visits, as far as they have one."""
    return {row.uid: row.number for row in conn.execute(_KNOWN, {"uids": list(visits)})}


def fits(conn: Connection, number_: int, day: int) -> bool:
    """Whether a visit of this day (`day_of`) may keep this number: one of the day's, or none where the day is full."""
    low, high = _numbers(day)
    return low <= number_ < high or (number_ < _numbers(0)[1] and _after(conn, day) >= high)


def number(conn: Connection, days: Mapping[str, int]) -> dict[str, int]:
    """Give each of these visits (uid → `day_of`) a new number after all others of its day."""
    given: dict[str, int] = {}
    last: dict[int, int] = {}
    for uid, day in days.items():
        free = last[day] if day in last else _after(conn, day)
        if day and free >= _numbers(day)[1]:   # a day on which more visits are held than a day has numbers
            day = 0
            free = last[0] if 0 in last else _after(conn, 0)
        given[uid], last[day] = free, free + 1
    if given:
        conn.execute(_NUMBER, [{"number": n, "uid": uid} for uid, n in given.items()])
    return given


def days_of(conn: Connection, visits: Iterable[str]) -> dict[str, int]:
    """The days of visits as they are kept; 0 for those that this laptop has not."""
    c = wire_table("consultation").c
    wanted = list(visits)
    known = {row.uid: day_of(row.held_on) for row in conn.execute(
        select(c.uid, c.held_on).where(at_once.one_of(c.uid, "uids")), {"uids": wanted})}
    return {uid: known.get(uid, 0) for uid in wanted}


def forget_visit(conn: Connection, number_: int) -> None:
    """A visit has this number no longer."""
    conn.execute(_UNNUMBER, {"number": number_})


def names_line(number_: int) -> int:
    """The id of the line with the names of a visit's company."""
    return (number_ << LINE_BITS) + NAMES_LINE


def next_day(line: int) -> int:
    """The first id of the day after that of a part of a visit."""
    day = line >> LINE_BITS >> _SEQ_BITS
    return _numbers(day if day >= _DAYLESS else 0)[1] << LINE_BITS


def same_day(one: int, other: int) -> bool:
    """Whether two numbers are of visits of the same day."""
    return max(one >> _SEQ_BITS, _DAYLESS - 1) == max(other >> _SEQ_BITS, _DAYLESS - 1)


class Lines:
    """Free ids, handed out one after the other."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._next: dict[int, int] = {}

    def of_visit(self, number_: int) -> int:
        """The next id of a part of this visit. Freed ids come again once 65,535 have been given."""
        low = number_ << LINE_BITS
        end = low + NAMES_LINE
        free = self._next.get(low) or self._after(low, end)
        if free == end:
            used = set(self._conn.execute(_USED, {"low": low, "high": end}).scalars())
            free = next((n for n in range(low, end) if n not in used), -1)
            if free < 0:
                raise OverflowError("a visit with more than 65,535 parts")
            return free
        self._next[low] = free + 1
        return free

    def of_other(self, *, named: bool) -> int:
        """The next id of a record that is no part of a visit."""
        low, high = (NAMED_FROM, END) if named else (VISITS_END, NAMED_FROM)
        free = self._next.get(low) or self._after(low, high)
        self._next[low] = free + 1
        return free

    def _after(self, low: int, high: int) -> int:
        last = self._conn.execute(_LAST, {"low": low, "high": high}).scalar()
        return low if last is None else int(last) + 1


def _at(day: date) -> int:
    at = day.toordinal() - _FIRST + _DAYLESS
    return at if _DAYLESS <= at < _DAYS else 0


def _numbers(day: int) -> tuple[int, int]:
    return (day << _SEQ_BITS, (day + 1) << _SEQ_BITS) if day else (1, _DAYLESS << _SEQ_BITS)


def _after(conn: Connection, day: int) -> int:
    low, high = _numbers(day)
    last = conn.execute(_LAST_NUMBER, {"low": low, "high": high}).scalar()
    return low if last is None else int(last) + 1


_v, _f = local.visit_number.c, local.found.c
_KNOWN = select(_v.number, _v.uid).where(at_once.one_of(_v.uid, "uids"))
_NUMBER = insert(local.visit_number)
_UNNUMBER = text("DELETE FROM visit_number WHERE number = :number")
_LAST_NUMBER = select(func.max(_v.number)).where(_v.number >= bindparam("low"), _v.number < bindparam("high"))
_LAST = select(func.max(_f.id)).where(_f.id >= bindparam("low"), _f.id < bindparam("high"))
_USED = select(_f.id).where(_f.id >= bindparam("low"), _f.id < bindparam("high"))
