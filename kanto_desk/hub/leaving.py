"""People who leave: every role ends, no code lets them join, and their computers forget at the next contact."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.i18n import tr


def leave(conn: Connection, person: str, now: datetime) -> list[str]:
    """Take a person out of use; gives the computers in use that will be told to forget. What he wrote stays.

    Raises Refused for a person who has left already.
    """
    p, g, d = t.person.c, t.grant.c, t.device.c
    if not conn.execute(update(t.person).where(p.uid == person, p.state == "active").values(
            state="left", password=None)).rowcount:
        raise Refused(tr("この人は、もう使わない人になっています。"), "person")
    for uid in conn.execute(select(g.uid).where(g.person == person)).scalars().all():
        accounts.end_grant(conn, uid)
    conn.execute(delete(t.code).where(t.code.c.person == person))
    conn.execute(delete(t.session).where(t.session.c.person == person))
    accounts.note(conn, "hub", "person left", now, person=person)
    return list(conn.execute(select(d.dev).where(d.person == person, d.state == "active").order_by(d.dev)).scalars())
