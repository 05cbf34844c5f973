"""Figures over visits: 延べ and 実数, time, promises, signatures, by any dimension, beside the year before.

延べ counts visits; 実数 counts organizations, merged ones once and for earlier years too. An issue counts its visits by
main issue (件数) and its mentions by all issues (延べ). What lies in the bin, was called off or was only planned never
counts; sample data counts while it is here, and how much of it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Connection, and_, select

from kanto_desk.clock import today
from kanto_desk.db import at_once
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.i18n import Language, language
from kanto_desk.services import figures_sql as sql
from kanto_desk.services import merging, spans
from kanto_desk.services.figures_words import names_of
from kanto_desk.services.spans import Span

Measure = Literal["visits", "organizations", "minutes", "new", "continued", "signed", "unsigned", "referrals", "made",
                  "kept", "dropped", "overdue", "mentions", "sample"]
DIMENSIONS: Final = ("month", "prefecture", "issue", "industry", "size", "form", "category", "programme", "expert",
                     "sector", "response", "result")
USUAL: Final = ("month", "prefecture", "issue", "industry")
Key = tuple[str, str | None]
"""A dimension ("" for the total) and a key of it."""
_OF_PROMISES: Final = frozenset({"made", "kept", "dropped", "overdue"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is counted: the days, one's own visits or all, and by what."""

    span: Span
    own: bool = False
    by: tuple[str, ...] = USUAL


@dataclass(frozen=True, slots=True)
class Sums:
    """One set of figures. `visits` is 延べ, `organizations` 実数; `nameless` are visits without an organization."""

    visits: int = 0
    organizations: int = 0
    minutes: int = 0
    signed: int = 0
    new: int = 0
    made: int = 0
    kept: int = 0
    dropped: int = 0
    overdue: int = 0
    referrals: int = 0
    sample: int = 0
    nameless: int = 0

    @property
    def continued(self) -> int:
        """Visits that were not the first one."""
        return self.visits - self.new

    @property
    def unsigned(self) -> int:
        """Visits without a signed version."""
        return self.visits - self.signed

    @property
    def kept_share(self) -> int | None:
        """Promises kept in per cent of those not dropped; None without any."""
        return _share(self.kept, self.made - self.dropped)

    @property
    def signed_share(self) -> int | None:
        """Visits signed in per cent; None without any."""
        return _share(self.signed, self.visits)


Rows = dict[Key, Sums]
Names = dict[Key, str]


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one key of a dimension; key None is what has none. `mentions` counts all issues (延べ)."""

    key: str | None
    name: str
    sums: Sums
    before: Sums = Sums()
    mentions: int = 0
    mentions_before: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures asked for. `counted` is the part of the span that has passed, `compared` what stands beside it."""

    wanted: Wanted
    day: date
    counted: Span
    compared: Span | None
    total: Sums
    before: Sums
    groups: dict[str, tuple[Group, ...]]


@dataclass(frozen=True, slots=True)
class Which:
    """One number: a measure, of everything or of one key of a dimension."""

    measure: Measure
    by: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """What a number stands for: uids of one record type, in the order of a list."""

    type: Literal["consultation", "organization", "promise"]
    uids: tuple[str, ...]


def usual(store: Store) -> Wanted:
    """This fiscal year, one's own visits."""
    day = today(store.clock)
    return Wanted(spans.fiscal(day.year if day.month >= 4 else day.year - 1), own=bool(store.person))


def read(store: Store, wanted: Wanted, shown: Language | None = None) -> Figures:
    """The figures, with names in a language (that of the screen unless told). KeyError for an unknown dimension."""
    day = today(store.clock)
    counted, earlier = wanted.span.until(day), spans.before(wanted.span, day)
    with store.read() as conn:
        now = _counted(conn, store, wanted, counted, day)
        rows = _rows(conn, now, wanted.by)
        past: Rows = {}
        if earlier is not None:
            then = replace(now, first=earlier.first, last=earlier.last)
            if day <= wanted.span.last:   # a year that is over is compared as both stand today
                then = replace(then, judged=spans.same_day_before(wanted.span, earlier, day), as_of=True)
            past = _rows(conn, then, wanted.by)
        months = {("month", key) for key in _months(counted, [k for by, k in rows if by == "month" and k])}
        names = names_of(conn, rows.keys() | past.keys() | months, shown or language())
    groups = {by: _groups(by, rows, past, names) for by in wanted.by if by != "month"}
    if "month" in wanted.by:
        groups["month"] = _by_month(rows, past, names, counted, earlier)
    return Figures(wanted, day, counted, earlier, rows[("", None)], past.get(("", None), Sums()), groups)


def behind(store: Store, wanted: Wanted, which: Which) -> Behind:
    """The records behind one of the numbers that `read` gives; their number is that number (save of minutes).

    KeyError for an unknown dimension.
    """
    day = today(store.clock)
    with store.read() as conn:
        counted = _counted(conn, store, wanted, wanted.span.until(day), day)
        base = sql.visits(counted)
        where = _where(base, which, counted)
        if which.measure in _OF_PROMISES:
            return Behind("promise", _promises(conn, base, where, which.measure, counted))
        if which.measure == "organizations":
            o = wire_table("organization")
            found = select(base.c.organization).outerjoin(o, o.c.uid == base.c.organization).where(
                *where, base.c.organization.is_not(None)).group_by(base.c.organization).order_by(
                o.c.kana.is_(None), o.c.kana, base.c.organization)
            return Behind("organization", tuple(at_once.uids(conn, found)))
        found = select(base.c.uid).where(*where).order_by(base.c.held_on.desc(), base.c.uid.desc())
        return Behind("consultation", tuple(at_once.uids(conn, found)))


def years(store: Store) -> tuple[int, ...]:
    """The fiscal years that have visits, the newest first."""
    c = wire_table("consultation")
    with store.read() as conn:
        found = conn.execute(select(c.c.fiscal_year).where(c.c.deleted_at.is_(None), c.c.fiscal_year.is_not(None))
                             .distinct().order_by(c.c.fiscal_year.desc()))
        return tuple(found.scalars())


def _counted(conn: Connection, store: Store, wanted: Wanted, span: Span, day: date) -> sql.Counted:
    last = min(span.last, day)   # days to come count nothing, whatever the span
    return sql.Counted(span.first, last, day, store.person if wanted.own else "", False, merging.roots(conn),
                       sql.added_parents(conn), sql.cancelled(conn))


def _rows(conn: Connection, counted: sql.Counted, by: Sequence[str]) -> Rows:
    statement = sql.sums(sql.visits(counted), by, counted.parents)
    return {(row[0], row[1]): _sums(row[2:]) for row in conn.execute(statement)}


def _sums(values: Iterable[Any]) -> Sums:
    found = dict(zip(sql.SUMS, values, strict=True))
    return Sums(**{**{k: v for k, v in found.items() if k != "seconds"}, "minutes": found["seconds"] // 60})


def _by_month(rows: Rows, past: Rows, names: Names, counted: Span, earlier: Span | None) -> tuple[Group, ...]:
    """Every month, each beside the month that stands at its place in the span compared with."""
    months = _months(counted, [key for by, key in rows if by == "month" and key])
    back = (counted.first.year - earlier.first.year) * 12 + counted.first.month - earlier.first.month if earlier else 0
    return tuple(Group(month, names["month", month], rows.get(("month", month), Sums()),
                       past.get(("month", _earlier(month, back)), Sums())) for month in months)


def _groups(by: str, rows: Rows, past: Rows, names: Names) -> tuple[Group, ...]:
    def sums(of: Rows, name: str, key: str | None) -> Sums:
        return of.get((name, key), Sums())

    keys = {key for name, key in rows if name == by}
    if by == "issue":
        keys |= {key for name, key in rows if name == sql.MENTIONS}
    found = [Group(key, names[by, key], sums(rows, by, key), sums(past, by, key), sums(rows, sql.MENTIONS, key).visits,
                   sums(past, sql.MENTIONS, key).visits) for key in keys]
    return tuple(sorted(found, key=lambda g: (g.key is None, -g.sums.visits, -g.mentions, g.key or "")))


def _months(counted: Span, present: Sequence[str]) -> list[str]:
    """Every month of the span, also those without a visit; of everything, those from the first visit on."""
    first = min(present, default="") if counted.whole else f"{counted.first:%Y-%m}"
    last = max(present, default="") if counted.whole else f"{counted.last:%Y-%m}"
    if not first:
        return []
    return [_month(n) for n in range(_number(first), _number(last) + 1)]


def _earlier(month: str, by: int) -> str:
    return _month(_number(month) - by)


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _where(base: Any, which: Which, counted: sql.Counted) -> list[Any]:
    where: list[Any] = []
    if which.measure == "mentions":
        return [sql.mentioning(base, which.key, counted.parents)]
    if which.by:
        if which.by not in DIMENSIONS:
            raise KeyError(which.by)
        where.append(sql.having(base, which.by, which.key))
    only = {"new": base.c.new == 1, "continued": base.c.new == 0, "signed": base.c.signed == 1,
            "unsigned": base.c.signed == 0, "minutes": base.c.seconds > 0, "referrals": base.c.referrals > 0,
            "sample": base.c.sample == 1}
    if which.measure in only:
        where.append(only[which.measure])
    return where


def _promises(conn: Connection, base: Any, where: list[Any], measure: str, counted: sql.Counted) -> tuple[str, ...]:
    p = wire_table("promise")
    state = {"kept": [sql.is_kept(p, counted)], "dropped": [p.c.state == "dropped"],
             "overdue": [sql.is_overdue(p, counted)]}.get(measure, [])
    found = select(p.c.uid).select_from(base.join(p, and_(p.c.consultation == base.c.uid, p.c.deleted_at.is_(None)))
                                        ).where(*where, *state).order_by(p.c.due_on.is_(None), p.c.due_on, p.c.uid)
    return tuple(at_once.uids(conn, found))


def _share(part: int, whole: int) -> int | None:
    return (part * 100 + whole // 2) // whole if whole else None
