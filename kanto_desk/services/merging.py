"""Which organization stands for which after merging: visits to a merged one count for the one it was merged into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from kanto_desk.db.schema import wire_table


def roots(conn: Connection) -> dict[str, str]:
    """Uid of every merged organization → uid of the one that stands for it, known to this laptop or not."""
    table = wire_table("organization")
    found = conn.execute(select(table.c.uid, table.c.merged_into).where(table.c.merged_into.is_not(None)))
    return resolve({uid: into for uid, into in found if into})


def resolve(into: Mapping[str, str]) -> dict[str, str]:
    """The end of every chain of mergers (`end_of`) that is not its own."""
    return {uid: end for uid in into if (end := end_of(uid, into.get)) != uid}


def end_of(uid: str, into: Callable[[str], str | None]) -> str:
    """Who stands for `uid`; `into` gives what one was merged into, None or "" for one that stands for itself.

    A circle breaks at its lowest uid, which then stands for all that lead there.
    """
    way: list[str] = []
    here = uid
    while here not in way and (following := into(here)):
        way.append(here)
        here = following
    return min(way[way.index(here):]) if here in way else here


def members(conn: Connection, uid: str) -> list[str]:
    """The organization and all that it stands for: reads of what belongs to it look for each of these."""
    return [uid, *sorted(one for one, end in roots(conn).items() if end == uid)]


def stands(conn: Connection, o: Any) -> ColumnElement[bool]:
    """The condition that an organization stands for itself: it is merged into none, or the lowest of a circle."""
    ends = roots(conn)
    heads = set(ends.values()) & _merged(conn) if ends else set()
    alone: ColumnElement[bool] = o.merged_into.is_(None)
    return or_(alone, o.uid.in_(sorted(heads))) if heads else alone


def _merged(conn: Connection) -> set[str]:
    table = wire_table("organization")
    return set(conn.execute(select(table.c.uid).where(table.c.merged_into.is_not(None))).scalars())


def shown(conn: Connection, uids: Iterable[str]) -> set[str]:
    """Who stands for each of these."""
    ends = roots(conn)
    return {ends.get(uid, uid) for uid in uids}
