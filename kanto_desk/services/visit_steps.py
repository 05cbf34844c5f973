"""The transitions of visits as they count on this laptop: taken, asked for, answered, or not taken by the hub."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from kanto_desk.db import at_once, local
from kanto_desk.db.local import HUB
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.dossier import Transition
from kanto_desk.db.store import setting_in
from kanto_desk.rules.asked_steps import REQUESTED, Resolved, Told, is_owner, resolve
from kanto_desk.rules.spelling import same_name

TYPE = "consultation"
NOT_THEIRS = ("owner", "expert")
"""Why the hub refuses a step that was not this person's to take: it waits in 確認, and does not count here either."""

_REFUSED = select(local.verdict.c.uid).where(
    local.verdict.c.type == "transition", local.verdict.c.state == "refused", local.verdict.c.reason.in_(NOT_THEIRS))
_t = Transition.__table__.c
_STEPS = select(_t.uid, _t.record, _t.at, _t.from_state, _t.to_state, _t.by).where(
    at_once.one_of(_t.record, "uids"), _t.record_type == TYPE)
_FACTS = select(_t.uid, _t.facts).where(at_once.one_of(_t.uid, "uids"))


def resolved(conn: Connection, uids: Sequence[str], *, versions: bool = False) -> dict[str, Resolved]:
    """What counts of each of these visits' transitions. Only with `versions` it says which of them are not issued."""
    told: dict[str, list[Told]] = {uid: [] for uid in uids}
    refused = frozenset(conn.execute(_REFUSED).scalars())
    rows = conn.execute(_STEPS, {"uids": uids}).all() if uids else ()
    wanted = [r.uid for r in rows if versions or r.to_state in REQUESTED]   # data of a step costs more than a step
    facts = {r.uid: r.facts for r in conn.execute(_FACTS, {"uids": wanted})} if wanted else {}
    for r in rows:
        if r.at is None or r.to_state is None:
            continue   # it came without what makes it a step: nobody can tell what it says
        told[r.record].append(Told(r.uid, r.at.isoformat(), r.from_state or "", r.to_state, r.by or "",
                                   facts.get(r.uid)))
    return {uid: resolve(own, refused) for uid, own in told.items()}


def whom_to_ask(conn: Connection, uid: str, person: str) -> str:
    """The expert whose answer a step of this visit needs when `person` takes it here; "" where it counts at once.

    A desk without a hub belongs to one person, and asks nobody.
    """
    if setting_in(conn, HUB) is None:
        return ""
    expert = conn.execute(select(Consultation.expert).where(Consultation.uid == uid)).scalar()
    return "" if is_owner(expert, person, made=_made_here(conn, uid, person)) else str(expert)


def _made_here(conn: Connection, uid: str, person: str) -> bool:
    """Whether the journal holds the making of a visit by this person or on this laptop."""
    c = local.change.c
    first = conn.execute(select(c.by, c.dev, c.base).where(c.type == TYPE, c.uid == uid)
                         .order_by(c.id).limit(1)).first()
    if first is None or any(json.loads(first.base).values()):
        return False   # it came whole, or what is known of it is an edit
    own = conn.execute(select(local.device.c.dev)).scalar()
    return str(first.dev) == str(own) or same_name(str(first.by), person)
