"""Whose step a transition is: only the owner of a visit takes it from state to state, colleagues ask (DECISIONS 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from sqlalchemy import Connection, select

from kanto_desk.db.apply import Change, Key
from kanto_desk.db.schema import wire_table
from kanto_desk.hub import tables as t
from kanto_desk.hub.placing import Made
from kanto_desk.rules.asked_steps import ASKED, is_owner

_SLICE = 400


def not_theirs(conn: Connection, changes: Sequence[Change], parents: Mapping[Key, Key], known: Mapping[Key, Made],
               person: str) -> dict[int, str]:
    """seq → `expert`, for steps and versions of visits that this person may only ask for.

    A visit that nobody holds yet is the pusher's own; the expert is the one that stands after the push.
    """
    steps = [c for c in changes if c.type in ("transition", "version")]
    visits = {p for c in steps if (p := parents.get((c.type, c.uid))) and p[0] == "consultation" and p in known
              and known[p].person != person}
    if not visits:
        return {}
    name = str(conn.execute(select(t.person.c.name).where(t.person.c.uid == person)).scalar() or "")
    others = {key for key, expert in _experts(conn, changes, visits).items()
              if not is_owner(expert, name, made=False)}
    asked = {str((_facts(c)).get("version")) for c in steps if c.set.get("to_state") == ASKED}
    return {c.seq: "expert" for c in steps if parents.get((c.type, c.uid)) in others and not (
        c.uid in asked if c.type == "version" else c.set.get("to_state") == ASKED)}


def _experts(conn: Connection, changes: Sequence[Change], visits: Set[Key]) -> dict[Key, str | None]:
    table = wire_table("consultation")
    uids, out = sorted(uid for _, uid in visits), {}
    for i in range(0, len(uids), _SLICE):
        for row in conn.execute(select(table.c.uid, table.c.expert).where(table.c.uid.in_(uids[i:i + _SLICE]))):
            out["consultation", str(row.uid)] = row.expert
    for c in changes:
        if (c.type, c.uid) in out and "expert" in c.set:
            out[c.type, c.uid] = str(c.set["expert"] or "")
    return out


def _facts(change: Change) -> Mapping[str, object]:
    found = change.set.get("facts")
    return found if isinstance(found, Mapping) else {}
