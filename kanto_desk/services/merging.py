"""Which organization stands for which after merging: visits to a merged one count for the one it was merged into."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from kanto_desk.db.schema import wire_table


def roots(conn: Connection) -> dict[str, str]:
    """Uid of every merged organization → uid of the one that stands for it, known to this laptop or not."""
    table = wire_table("organization")
    found = conn.execute(select(table.c.uid, table.c.merged_into).where(table.c.merged_into.is_not(None)))
    return resolve({uid: into for uid, into in found if into})


def resolve(into: Mapping[str, str]) -> dict[str, str]:
    """The end of every chain of mergers; a cycle breaks at its lowest uid, which then stands for all leading there."""
    ends: dict[str, str] = {}
    for uid in into:
        way: list[str] = []
        here = uid
        while here in into and here not in ends and here not in way:
            way.append(here)
            here = into[here]
        end = ends.get(here, here)
        if here in way:
            end = min(way[way.index(here):])
        ends.update(dict.fromkeys(way, end))
    return {uid: end for uid, end in ends.items() if uid != end}
