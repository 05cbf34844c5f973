"""The statements behind the figures: which visits count, with everything they are grouped by, in one pass of SQLite.

Only sums leave the database, so that 100,000 visits cost the interpreter nothing. The rules of counting stand here once
and serve the numbers, the lists behind them and 手を打つところ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from kanto_desk.db import at_once
from kanto_desk.db.schema import wire_table
from kanto_desk.rules import consultation_state as states
from kanto_desk.services.consultations import CATEGORY_NEW, TYPE, states_of

SUMS: Final = ("visits", "organizations", "seconds", "signed", "new", "made", "kept", "dropped", "overdue",
               "referrals", "sample", "nameless")
"""Columns of a row of sums, after its dimension and key."""
SINGLE: Final = ("month", "prefecture", "issue", "industry", "size", "form", "category", "programme", "expert",
                 "sector", "result")
"""Dimensions of which a visit has one value or none."""
MENTIONS: Final = "issue+"


@dataclass(frozen=True, slots=True)
class Counted:
    """Which visits count. `me` is the expert whose own are meant ("" for all); `judged` is the day on which promises
    are looked at, and `as_of` whether what was kept after it is left out (to compare with an earlier year)."""

    first: date
    last: date
    judged: date
    me: str = ""
    as_of: bool = False
    roots: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    cancelled: Sequence[str] = ()


def cancelled(conn: Connection) -> list[str]:
    """Uids of visits that were called off, by replay: one taken up again is none of them."""
    t = wire_table("transition")
    once = set(conn.execute(select(t.c.record).where(t.c.to_state == states.CANCELLED,
                                                     t.c.record_type == TYPE)).scalars())
    return sorted(uid for uid, state in states_of(conn, sorted(once)).items() if state == states.CANCELLED)


def added_parents(conn: Connection) -> dict[str, str]:
    """Issue codes that users added → the class above them."""
    e = wire_table("code_entry")
    rows = conn.execute(select(e.c.code, e.c.parent_code).where(e.c.list_id == "CL03", e.c.deleted_at.is_(None)))
    return {code: parent or code for code, parent in rows if code}


def visits(counted: Counted) -> CTE:
    """The visits that count, one row each, with what they are grouped by and the sums of their parts."""
    c, o, p = wire_table(TYPE), wire_table("organization"), wire_table("promise")
    into = pairs(counted.roots, "into")
    root = func.coalesce(into.c.value, c.c.organization)
    open_ = func.coalesce(p.c.state, "open")
    rows = select(
        c.c.uid, c.c.held_on, root.label("organization"), func.substr(c.c.held_on, 1, 7).label("month"),
        o.c.prefecture, _class_of(_main_issue(c), counted.parents).label("issue"),
        func.coalesce(o.c.jsic_division, o.c.jsic_section).label("industry"), o.c.size, c.c.form, c.c.category,
        c.c.programme, func.trim(c.c.expert).label("expert"), c.c.strategic_industry.label("sector"), c.c.result,
        _seconds(c).label("seconds"), _flag(is_signed(c)).label("signed"),
        _flag(func.coalesce(c.c.category, "") == CATEGORY_NEW).label("new"),
        func.count(p.c.uid).label("made"), _total(is_kept(p, counted)).label("kept"),
        _total(open_ == "dropped").label("dropped"), _total(is_overdue(p, counted)).label("overdue"),
        _referrals(c).label("referrals"), _flag(func.coalesce(c.c["_sample"], 0) == 1).label("sample"),
    ).select_from(
        c.outerjoin(into, into.c.key == c.c.organization).outerjoin(o, o.c.uid == root)
        .outerjoin(p, and_(p.c.consultation == c.c.uid, p.c.deleted_at.is_(None)))
    ).where(*_counts(c, counted)).group_by(c.c.uid)
    return rows.cte("counted").prefix_with("MATERIALIZED")


def is_kept(p: Any, counted: Counted) -> ColumnElement[bool]:
    """Whether a promise was kept (by the day looked at, where later deeds are left out)."""
    done: ColumnElement[bool] = func.coalesce(p.c.state, "open") == "done"
    if not counted.as_of:
        return done
    return and_(done, func.coalesce(p.c.done_on, "") <= counted.judged.isoformat())


def is_overdue(p: Any, counted: Counted) -> ColumnElement[bool]:
    """Whether a promise was past its day on the day looked at, neither kept nor dropped."""
    return and_(~is_kept(p, counted), func.coalesce(p.c.state, "open") != "dropped",
                func.coalesce(p.c.due_on, "9999") < counted.judged.isoformat())


def took_place(c: Any) -> ColumnElement[bool]:
    """Whether anything says that a visit was made: one that was only planned (a time, and nothing since) was not.

    A memo says nothing: people write it while they prepare.
    """
    e = wire_table("entry")
    written = select(e.c.uid).where(e.c.consultation == c.c.uid, e.c.deleted_at.is_(None),
                                    func.coalesce(e.c.kind, "") != "memo").exists()
    return or_(c.c.planned_at.is_(None), c.c.started_at.is_not(None), c.c.ended_at.is_not(None), is_signed(c), written)


def is_mine(c: Any, me: str) -> ColumnElement[bool]:
    """Whether a visit is this expert's own. Blanks in a name do not matter; sample data is everybody's."""
    name = func.replace(func.replace(func.coalesce(c.c.expert, ""), " ", ""), "　", "")
    return or_(name == me.replace(" ", "").replace("　", ""), func.coalesce(c.c["_sample"], 0) == 1)


def sums(base: CTE, by: Sequence[str], parents: Mapping[str, str]) -> CompoundSelect[*tuple[Any, ...]]:
    """All sums at once: rows of dimension, key and SUMS; the dimension "" is the total. KeyError for an unknown one."""
    parts: list[Select[*tuple[Any, ...]]] = [select(literal_column("''", String), null(), *_sums(base))]
    for name in by:
        if name in SINGLE:
            key = func.nullif(base.c[name], "")
            parts.append(select(literal(name), key, *_sums(base)).group_by(key))
        elif name == "response":
            each = func.json_each(func.coalesce(_responses(base), "[]")).table_valued("value", joins_implicitly=True)
            parts.append(select(literal(name), each.c.value, *_sums(base)).group_by(each.c.value))
        else:
            raise KeyError(name)
    if "issue" in by:
        i = wire_table("issue")
        code = _class_of(i.c.code, parents)
        once = func.distinct(i.c.consultation.concat(func.coalesce(i.c.code, "")))   # two laptops may have named it
        zeros = (literal_column("0", Integer) for _ in SUMS[1:])
        parts.append(select(literal(MENTIONS), code, func.count(once), *zeros)
                     .select_from(base.join(i, and_(i.c.consultation == base.c.uid, i.c.deleted_at.is_(None))))
                     .group_by(code))
    return union_all(*parts)


def mentioning(base: CTE, key: str | None, parents: Mapping[str, str]) -> ColumnElement[bool]:
    """Whether a visit names an issue of a class, main or not."""
    i = wire_table("issue")
    code = _class_of(i.c.code, parents)
    return base.c.uid.in_(select(i.c.consultation).where(i.c.deleted_at.is_(None), _same(code, key)))


def having(base: CTE, by: str, key: str | None) -> ColumnElement[bool]:
    """Whether a visit belongs to a key of a dimension; None is what has none."""
    if by == "response":
        each = func.json_each(func.coalesce(_responses(base), "[]")).table_valued("value")
        return select(each.c.value).where(each.c.value == key).exists()
    return _same(func.nullif(base.c[by], ""), key)


def _same(column: ColumnElement[Any], key: str | None) -> ColumnElement[bool]:
    return column.is_(None) if key is None else column == key


def _counts(c: Any, counted: Counted) -> list[ColumnElement[bool]]:
    where = [c.c.deleted_at.is_(None), c.c.held_on.between(counted.first.isoformat(), counted.last.isoformat()),
             took_place(c)]
    if counted.cancelled:
        where.append(~at_once.among(c.c.uid, counted.cancelled))
    if counted.me:
        where.append(is_mine(c, counted.me))
    return where


def is_signed(c: Any) -> ColumnElement[bool]:
    """Whether a version of a visit was issued."""
    v = wire_table("version")   # append-only: never deleted, so its index alone answers
    return select(v.c.record).where(v.c.record == c.c.uid).exists()


def _main_issue(c: Any) -> ColumnElement[Any]:
    """The code that the sheet prints as 主な課題: the primary one, else the first."""
    i = wire_table("issue")
    return select(i.c.code).where(i.c.consultation == c.c.uid, i.c.deleted_at.is_(None)).order_by(
        func.coalesce(i.c.primary, 0).desc(), i.c.place, i.c.uid).limit(1).correlate(c).scalar_subquery()


def _class_of(code: ColumnElement[Any], parents: Mapping[str, str]) -> ColumnElement[Any]:
    """The class (大分類) of an issue: its first two digits, or what a user put an added code under."""
    own = func.substr(code, 1, 2)
    if not parents:
        return own
    return func.coalesce(func.json_extract(json.dumps(dict(parents)), '$."' + code + '"'), own)


def _referrals(c: Any) -> ColumnElement[Any]:
    r = wire_table("referral")
    return select(func.count()).where(r.c.consultation == c.c.uid, r.c.deleted_at.is_(None)).correlate(
        c).scalar_subquery()


def _responses(base: CTE) -> ColumnElement[Any]:
    c = wire_table(TYPE)
    return select(c.c.responses).where(c.c.uid == base.c.uid).correlate(base).scalar_subquery()


def _seconds(c: Any) -> ColumnElement[Any]:
    length = func.unixepoch(c.c.ended_at) - func.unixepoch(c.c.started_at)
    return func.max(func.coalesce(length, 0), 0)


def _sums(base: CTE) -> list[ColumnElement[Any]]:
    plain = ("seconds", "signed", "new", "made", "kept", "dropped", "overdue", "referrals", "sample")
    return [func.count(), func.count(base.c.organization.distinct()),
            *(func.coalesce(func.sum(base.c[name]), 0) for name in plain),
            func.coalesce(func.sum(_flag(base.c.organization.is_(None))), 0)]


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _total(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(_flag(condition)), 0)


def pairs(values: Mapping[str, str], name: str) -> CTE:
    """A small table of pairs; materialized, so that looking up one key does not read all of them."""
    each = func.json_each(json.dumps(dict(values))).table_valued("key", "value")
    return select(each.c.key, each.c.value).cte(name).prefix_with("MATERIALIZED")
