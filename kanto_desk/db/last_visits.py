"""The companies in the order of their last visit: a projection kept in step with every change of company or visit.

One row for each company of the list: neither deleted nor merged into another one. `rebuild` makes it anew from the
records, which are the truth.
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
_INSERT = "INSERT INTO last_visit(organization, day, visit, unread, kana, name)" + _TRUE
_FILL = text(_INSERT)
_FILL_SOME = text(_INSERT + " AND o.uid IN (SELECT value FROM json_each(:companies))")
_DROP_SOME = delete(local.last_visit).where(at_once.one_of(local.last_visit.c.organization, "companies"))
_LAST_WAS = select(local.last_visit.c.organization).where(at_once.one_of(local.last_visit.c.visit, "visits"))
_KEPT = "SELECT organization, day, visit, unread, kana, name FROM last_visit"
_WRONG = text(f"SELECT count(*) FROM (SELECT * FROM ({_TRUE} EXCEPT {_KEPT}) UNION ALL "
              f"SELECT * FROM ({_KEPT} EXCEPT {_TRUE}))")


def follow(conn: Connection, rows: Mapping[Key, Row]) -> None:
    """Projection of `apply`: bring the companies in step that these records touch, as they are or as they were."""
    visits = [key for key in rows if key[0] == VISIT]
    companies = {uid for name, uid in rows if name == COMPANY}
    if visits:
        companies |= {str(company) for key in visits if (company := rows[key].values.get(COMPANY))}
        # moved from one company to another: the one it was the last visit of
        companies |= set(conn.execute(_LAST_WAS, {"visits": [uid for _, uid in visits]}).scalars())
    if companies:
        _renew(conn, companies)


def rebuild(conn: Connection) -> None:
    """Make every row anew."""
    conn.execute(delete(local.last_visit))
    conn.execute(_FILL)


def wrong(conn: Connection) -> int:
    """How many rows differ from what the records say."""
    return int(conn.execute(_WRONG).scalar_one())


def _renew(conn: Connection, companies: Collection[str]) -> None:
    conn.execute(_DROP_SOME, {"companies": list(companies)})
    conn.execute(_FILL_SOME, {"companies": json.dumps(sorted(companies))})
