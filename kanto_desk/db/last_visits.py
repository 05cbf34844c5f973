"""The companies in the order of their last visit: a projection kept in step with every change of company or visit.

One row for each company of the list: neither deleted nor merged into another one; visits to one that was merged are
those of the company that stands for it. `rebuild` makes it anew from the records, which are the truth.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, select, text

from kanto_desk.db import at_once, local
from kanto_desk.db.apply import Key, Row

COMPANY, VISIT = "organization", "consultation"

_TRUE = """
    SELECT o.uid, c.held_on, c.uid, o.kana IS NULL, o.kana, o.name
    FROM organization o LEFT JOIN consultation c ON c.uid = (
        SELECT v.uid FROM consultation v
        WHERE v.organization = o.uid AND v.deleted_at IS NULL AND v.held_on IS NOT NULL
        ORDER BY v.held_on DESC, v.uid DESC LIMIT 1)
    WHERE o.deleted_at IS NULL AND o.merged_into IS NULL
"""
# With mergers: every company with each one that it is merged into, by one step or more. Who stands for itself is merged
# into none, or is the lowest of a circle; whoever leads there belongs to it. The signs + keep SQLite from walking the
# visits by day.
_WAYS = """
    WITH RECURSIVE way(start, here) AS (
        SELECT uid, merged_into FROM organization WHERE merged_into > ''
        UNION SELECT w.start, m.merged_into FROM way w JOIN organization m ON m.uid = w.here WHERE m.merged_into > '')
"""
_MERGED_TRUE = """
    SELECT o.uid, c.held_on, c.uid, o.kana IS NULL, o.kana, o.name
    FROM organization o LEFT JOIN consultation c ON c.uid = (
        SELECT v.uid FROM consultation v
        WHERE v.organization IN (SELECT o.uid UNION SELECT start FROM way WHERE here = o.uid)
            AND +v.deleted_at IS NULL AND +v.held_on IS NOT NULL
        ORDER BY v.held_on DESC, v.uid DESC LIMIT 1)
    WHERE +o.deleted_at IS NULL AND (o.merged_into IS NULL OR o.uid IN (
        SELECT start FROM way GROUP BY start HAVING min(here) = start))
"""
_INSERT = "INSERT INTO last_visit(organization, day, visit, unread, kana, name)"
_SOME = " AND o.uid IN (SELECT value FROM json_each(:companies))"
_KEPT = "SELECT organization, day, visit, unread, kana, name FROM last_visit"


def _comparing(ways: str, true: str) -> str:
    return (f"{ways} SELECT count(*) FROM (SELECT * FROM ({true} EXCEPT {_KEPT}) UNION ALL "
            f"SELECT * FROM ({_KEPT} EXCEPT {true}))")


# Most desks have nothing merged: the plain statements cost a save what they always did.
_FILL = {False: text(_INSERT + _TRUE), True: text(_WAYS + _INSERT + _MERGED_TRUE)}
_FILL_SOME = {False: text(_INSERT + _TRUE + _SOME), True: text(_WAYS + _INSERT + _MERGED_TRUE + _SOME)}
_WRONG = {False: text(_comparing("", _TRUE)), True: text(_comparing(_WAYS, _MERGED_TRUE))}
_DROP_SOME = delete(local.last_visit).where(at_once.one_of(local.last_visit.c.organization, "companies"))
_LAST_WAS = select(local.last_visit.c.organization).where(at_once.one_of(local.last_visit.c.visit, "visits"))
_ANY_MERGED = text("SELECT EXISTS (SELECT 1 FROM organization WHERE merged_into > '')")
_MERGERS = text("SELECT uid, merged_into FROM organization WHERE merged_into > ''")
# Whose last visit is one to these, and was theirs by a merger that may be over.
_THEIRS = text("SELECT v.organization FROM last_visit v JOIN consultation c ON c.uid = v.visit "
               "WHERE c.organization IN (SELECT value FROM json_each(:companies)) AND v.organization <> c.organization")


def follow(conn: Connection, rows: Mapping[Key, Row]) -> None:
    """Projection of `apply`: bring the companies in step that these records touch, as they are or as they were."""
    visits = [key for key in rows if key[0] == VISIT]
    companies = {uid for name, uid in rows if name == COMPANY}
    reached = bool(companies)
    if visits:
        companies |= {str(company) for key in visits if (company := rows[key].values.get(COMPANY))}
        # moved from one company to another: the one it was the last visit of
        companies |= set(conn.execute(_LAST_WAS, {"visits": [uid for _, uid in visits]}).scalars())
    if companies:
        merged = _any_merged(conn)
        if merged:
            companies = _together(conn, companies)
        if reached:   # one that was merged until now leaves its visits
            companies |= set(conn.execute(_THEIRS, {"companies": json.dumps(sorted(companies))}).scalars())
        _renew(conn, companies, merged=merged)


def rebuild(conn: Connection) -> None:
    """Make every row anew."""
    conn.execute(delete(local.last_visit))
    conn.execute(_FILL[_any_merged(conn)])


def wrong(conn: Connection) -> int:
    """How many rows differ from what the records say."""
    return int(conn.execute(_WRONG[_any_merged(conn)]).scalar_one())


def _any_merged(conn: Connection) -> bool:
    return bool(conn.execute(_ANY_MERGED).scalar_one())


def _together(conn: Connection, companies: Collection[str]) -> set[str]:
    """These and all that hang together with them by mergers, in either direction."""
    beside: dict[str, set[str]] = {}
    for one, other in conn.execute(_MERGERS):
        beside.setdefault(one, set()).add(other)
        beside.setdefault(other, set()).add(one)
    found, ahead = set(companies), list(companies)
    while ahead:
        fresh = beside.get(ahead.pop(), set()) - found
        found |= fresh
        ahead += fresh
    return found


def _renew(conn: Connection, companies: Collection[str], *, merged: bool) -> None:
    conn.execute(_DROP_SOME, {"companies": list(companies)})
    conn.execute(_FILL_SOME[merged], {"companies": json.dumps(sorted(companies))})
