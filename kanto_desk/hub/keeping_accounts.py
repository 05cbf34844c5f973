"""Whom a hub in use knows after it went back to a backup: everybody of then and of now, and nobody who was stopped.

Records go back; a role taken away, a person who left and a laptop that was stopped do not come back with them.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, insert, select, update

from kanto_desk.hub import accounts, leaving
from kanto_desk.hub import tables as t


def add_missing(source: Connection, conn: Connection) -> None:
    """Add those of a backup that a hub in use does not know, as when it went back to an older backup before.

    What was ended or stopped by the time of the backup or since stays so, whichever of the two knows it.
    """
    for uid in accounts.ended_grants(source):
        accounts.end_grant(conn, uid)
    for table in (t.body, t.person, t.grant, t.device):
        _add_missing(source, conn, table, accounts.ended_grants(conn) if table is t.grant else set())


def _add_missing(source: Connection, conn: Connection, table: Table, ended: set[str]) -> None:
    key = next(iter(table.primary_key.columns)).name
    known = ended | set(conn.execute(select(table.c[key])).scalars())
    stopped = []
    for row in source.execute(select(table)).mappings():
        if row[key] not in known:
            conn.execute(insert(table).values(**row))
        elif table in (t.person, t.device) and row["state"] != "active" and not (
                table is t.person and leaving.is_back(conn, source, row[key])):
            stopped.append((row[key], row["state"]))
    for uid, state in stopped:
        conn.execute(update(table).where(table.c[key] == uid, table.c.state == "active").values(state=state))
