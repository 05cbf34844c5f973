"""People who leave: every role ends, no code lets them join, and their computers forget at the next contact.

The way back, for a mistake: the roles that ended with it are given again, and the computers fill anew.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import put_value, value_of
from kanto_desk.i18n import tr
from kanto_desk.rules.access import Grant, Role

LEFT, BACK = "left ", "back "
"""Begin names of values of the hub: when somebody left with which roles, and when he came back."""


def leave(conn: Connection, person: str, now: datetime) -> list[str]:
    """Take a person out of use; gives the computers in use that will be told to forget. What he wrote stays.

    Raises Refused for a person who has left already.
    """
    p, g, d = t.person.c, t.grant.c, t.device.c
    if not conn.execute(update(t.person).where(p.uid == person, p.state == "active").values(
            state="left", password=None)).rowcount:
        raise Refused(tr("この人は、もう使わない人になっています。"), "person")
    roles = conn.execute(select(t.grant).where(g.person == person).order_by(g.uid)).mappings().all()
    for role in roles:
        accounts.end_grant(conn, role["uid"])
    put_value(conn, LEFT + person, {"at": now.isoformat(), "roles": [dict(role) for role in roles]})
    conn.execute(delete(t.code).where(t.code.c.person == person))
    conn.execute(delete(t.session).where(t.session.c.person == person))
    accounts.note(conn, "hub", "person left", now, person=person)
    return list(conn.execute(select(d.dev).where(d.person == person, d.state == "active").order_by(d.dev)).scalars())


def come_back(conn: Connection, person: str, now: datetime) -> int:
    """Take a person who left into use again; gives how many roles he has again. Page password and codes stay gone.

    Raises Refused for a person who has not left.
    """
    p = t.person.c
    if not conn.execute(update(t.person).where(p.uid == person, p.state == "left").values(state="active")).rowcount:
        raise Refused(tr("この人は、いまも使える人です。"), "person")
    roles: list[dict[str, Any]] = value_of(conn, LEFT + person, {"roles": []})["roles"]
    for n, role in enumerate(roles):   # under a new uid: one that ended stays ended; the first of them names his body
        given = Grant(Role(role["role"]), role["body"], frozenset(json.loads(role["programmes"])),
                      frozenset(json.loads(role["cases"])))
        at = now + timedelta(milliseconds=n)   # uids sort by time
        accounts.add_grant(conn, person, given, at, *(date.fromisoformat(day) if (day := role[name]) else None
                                                      for name in ("valid_from", "valid_to")))
    put_value(conn, BACK + person, now.isoformat())
    accounts.note(conn, "hub", "person came back", now, person=person, roles=len(roles))
    return len(roles)


def is_back(conn: Connection, source: Connection, person: str) -> bool:
    """Whether somebody came back here after he left as another state of this hub knows it."""
    back = str(value_of(conn, BACK + person, ""))
    return back > str(value_of(source, LEFT + person, {"at": ""})["at"])
