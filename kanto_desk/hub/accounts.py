"""People, roles and laptops of a hub: who may have a laptop, and which laptop is whose."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, update

from kanto_desk.db.schema import new_uid
from kanto_desk.errors import Refused
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import last_number, put_value, take_numbers
from kanto_desk.hub.parts import new_part
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import clean_text
from kanto_desk.rules.access import Grant, Reader, Role

CODE_MINUTES: Final = 15
MOST_NAME: Final = 200
"""Letters of a name."""
MOST_CODE: Final = 12
"""Letters of the code with which reference numbers of an organisation begin."""

ENDED: Final = "ended "
"""Setting, with the uid of a role that was taken away: its line is gone, and an older backup still holds it."""

HOME: Final = "home"
"""Setting: the organisation that runs the hub, the first one named there."""

_STATE: Final = select(t.person.c.state).where(t.person.c.uid == bindparam("at_person"))
_HOME: Final = select(t.hub.c.value).where(t.hub.c.key == HOME).scalar_subquery()
_EPOCH: Final = select(t.hub.c.value).where(t.hub.c.key == "epoch").scalar_subquery()
_GRANTS: Final = select(t.grant, _HOME.label("home")).where(
    t.grant.c.person == bindparam("at_person")).order_by(t.grant.c.uid)
_LAPTOP: Final = select(
    t.device.c.person, t.device.c.state, t.device.c.signing, t.device.c.seq, t.device.c.forgot,
    t.person.c.state.label("person_state"), t.grant.c.role, t.grant.c.body, t.grant.c.programmes, t.grant.c.cases,
    t.grant.c.valid_from, t.grant.c.valid_to, _HOME.label("home"), _EPOCH.label("epoch")).outerjoin_from(
    t.device, t.person, t.person.c.uid == t.device.c.person).outerjoin(
    t.grant, t.grant.c.person == t.device.c.person).where(
    t.device.c.dev == bindparam("at_dev")).order_by(t.grant.c.uid)
_SCOPES: Final = select(t.device_scope.c.scope).where(t.device_scope.c.dev == bindparam("at_dev"))
_SINCE: Final = select(t.device_scope.c.since).where(t.device_scope.c.dev == bindparam("at_dev"),
                                                     t.device_scope.c.scope == bindparam("at_scope"))
_ADD_SCOPE: Final = insert(t.device_scope)
_CODE: Final = select(t.code).where(t.code.c.hash == bindparam("at_hash")).with_for_update()
_USED: Final = update(t.code).where(t.code.c.hash == bindparam("at_hash"))
_DEVICE: Final = select(t.device).where(t.device.c.dev == bindparam("at_dev")).with_for_update()
_PERSON: Final = select(t.person).where(t.person.c.uid == bindparam("at_person"))
_BODY: Final = select(t.body).where(t.body.c.uid == bindparam("at_body"))
_ADD_PERSON, _ADD_CODE, _ADD_DEVICE, _NOTE = insert(t.person), insert(t.code), insert(t.device), insert(t.audit)
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"   # no 0/O, 1/I: read aloud on the telephone


@dataclass(frozen=True, slots=True)
class Laptop:
    """An enrolled laptop and its user as of now."""

    dev: str
    state: str
    signing: bytes
    seq: int
    forgot: bool
    reader: Reader
    body: str
    epoch: str
    """The hub's, when it was asked."""


def add_body(conn: Connection, name: str, base_code: str, now: datetime) -> str:
    """A support organisation, the first of them the one that runs the hub; gives its uid.

    Raises Refused without a name, or for one that is no single short line.
    """
    uid = new_uid(now)
    if conn.execute(select(t.body.c.uid).limit(1)).first() is None:
        put_value(conn, HOME, uid)
    conn.execute(insert(t.body).values(uid=uid, name=_needed(name), base_code=_line(base_code, MOST_CODE)))
    return uid


def add_person(conn: Connection, name: str, kana: str, now: datetime) -> str:
    """A person who may have laptops; gives the uid. Raises Refused without a name, or for more than a line."""
    uid = new_uid(now)
    conn.execute(_ADD_PERSON, {"uid": uid, "name": _needed(name), "kana": _line(kana), "state": "active",
                               "made_at": now.isoformat()})
    return uid


def add_grant(conn: Connection, person: str, grant: Grant, now: datetime, valid_from: date | None = None,
              valid_to: date | None = None) -> str:
    """Give a person a role; gives the grant's uid."""
    uid = new_uid(now)
    conn.execute(insert(t.grant).values(
        uid=uid, person=person, role=grant.role.value, body=grant.body, programmes=json.dumps(sorted(grant.programmes)),
        cases=json.dumps(sorted(grant.cases)), valid_from=valid_from.isoformat() if valid_from else None,
        valid_to=valid_to.isoformat() if valid_to else None))
    return uid


def grants_like(conn: Connection, person: str, grant: Grant) -> list[str]:
    """Grants of a person with this role in this body and for these programmes and cases, if any are named."""
    g = t.grant.c
    found = conn.execute(select(g.uid, g.programmes, g.cases).where(
        g.person == person, g.role == grant.role.value, g.body == grant.body).order_by(g.uid))
    return [r.uid for r in found if (not grant.programmes or set(json.loads(r.programmes)) == grant.programmes)
            and (not grant.cases or set(json.loads(r.cases)) == grant.cases)]


def end_grant(conn: Connection, uid: str) -> None:
    """Take a role away; the laptop is told to forget at its next contact. Noted, so that no backup brings it back."""
    conn.execute(t.grant.delete().where(t.grant.c.uid == uid))
    put_value(conn, f"{ENDED}{uid}", True)


def ended_grants(conn: Connection) -> set[str]:
    """Roles that were taken away."""
    c = t.hub.c
    return {key.removeprefix(ENDED) for key in conn.execute(select(c.key).where(c.key.startswith(ENDED))).scalars()}


def reader_of(conn: Connection, person: str, today: date) -> Reader:
    """A person with the grants in force on a day; none if the person has left."""
    if conn.execute(_STATE, {"at_person": person}).scalar() != "active":
        return Reader(person)
    return _reader(person, conn.execute(_GRANTS, {"at_person": person}).all(), today)


def _reader(person: str, rows: Sequence[Any], today: date) -> Reader:
    """A person with those of these grants that are in force; each line names the organisation of the hub, too."""
    day = today.isoformat()
    return Reader(person, tuple(
        Grant(Role(r.role), r.body, frozenset(json.loads(r.programmes)), frozenset(json.loads(r.cases)))
        for r in rows if (r.valid_from or day) <= day <= (r.valid_to or day)),
        json.loads(rows[0].home) if rows and rows[0].home else "")


def new_code(conn: Connection, person: str, now: datetime) -> str:
    """A one-time code for a laptop of this person: 16 letters, good for 15 minutes; only its hash is kept."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
    conn.execute(_ADD_CODE, {"hash": _code_hash(letters), "person": person,
                             "valid_to": (now + timedelta(minutes=CODE_MINUTES)).isoformat()})
    return "-".join(letters[i:i + 4] for i in range(0, 16, 4))


def enrol(conn: Connection, code: str, dev: str, name: str, signing: str, sealing: str, now: datetime) -> Any:
    """Register a laptop by its one-time code; gives (device row, person, body). Raises Refused with a reason code.

    A laptop of this person that was never heard of since joins once more, with new keys: our answer was lost.
    """
    row = conn.execute(_CODE, {"at_hash": _code_hash(code)}).one_or_none()
    if row is None or row.used_by not in (None, dev) or row.valid_to < now.isoformat():
        raise Refused("code")
    there = conn.execute(_DEVICE, {"at_dev": dev}).one_or_none()
    silent = there is not None and (there.person, there.state, there.seen_at) == (row.person, "active", None)
    if len(dev) != 16 or (there is not None and not silent):
        raise Refused("code" if row.used_by else "device")
    public = base64.b64decode(signing, validate=True)
    if len(public) != 32:
        raise Refused("key")
    conn.execute(_USED, {"at_hash": row.hash, "used_by": dev})
    if there is not None:
        part = there.part
        conn.execute(update(t.device).where(t.device.c.dev == dev).values(
            name=clean_text(name)[:80], signing=public, sealing=sealing))
    else:
        part = new_part(conn)
        conn.execute(_ADD_DEVICE, {
            "dev": dev, "person": row.person, "name": clean_text(name)[:80], "signing": public, "sealing": sealing,
            "part": part, "state": "active", "seq": 0, "forgot": 0, "made_at": now.isoformat()})
    person = conn.execute(_PERSON, {"at_person": row.person}).one()
    reader = reader_of(conn, row.person, now.date())
    body = conn.execute(_BODY, {"at_body": body_of(reader)}).one_or_none()
    return part, person, body


def note_scopes(conn: Connection, dev: str, scopes: frozenset[str]) -> list[str]:
    """Note what a laptop may come to hold, before it is answered; gives the scopes that it has to forget."""
    have = set(conn.execute(_SCOPES, {"at_dev": dev}).scalars())
    if scopes - have:
        top = last_number(conn, "n")
        conn.execute(_ADD_SCOPE, [{"dev": dev, "scope": s, "since": top} for s in sorted(scopes - have)])
    return sorted(have - scopes)


def scope_since(conn: Connection, dev: str, scope: str) -> int:
    """The number after which a laptop has to hear what happened in a scope that it fills now."""
    return int(conn.execute(_SINCE, {"at_dev": dev, "at_scope": scope}).scalar() or 0)


def forget_scope(conn: Connection, dev: str, scope: str) -> None:
    """A laptop says that it holds nothing of this scope any more."""
    conn.execute(t.device_scope.delete().where(t.device_scope.c.dev == dev, t.device_scope.c.scope == scope))


def note_forgetting(conn: Connection, dev: str) -> None:
    """Note that a laptop is told to forget rows: from now on it is sent its own ones too."""
    conn.execute(update(t.device).where(t.device.c.dev == dev).values(forgot=1))


def body_of(reader: Reader) -> str:
    """The support organisation for which this person writes: that of the first role that may write, else the first."""
    return next(iter(reader.bodies or [g.body for g in reader.grants]), "")


def laptop_of(conn: Connection, dev: str, today: date) -> Laptop | None:
    """An enrolled laptop; None if the hub does not know it."""
    rows = conn.execute(_LAPTOP, {"at_dev": dev}).all()   # one for each role: asked with every request, so at once
    if not rows:
        return None
    row = rows[0]
    reader = _reader(row.person, rows if row.person_state == "active" and row.role is not None else (), today)
    return Laptop(dev, row.state, row.signing, row.seq, bool(row.forgot), reader, body_of(reader),
                  json.loads(row.epoch))


def note(conn: Connection, who: str, what: str, now: datetime, **detail: Any) -> None:
    """A line in the audit log; no text of records."""
    conn.execute(_NOTE, {"n": take_numbers(conn, "audit", 1), "at": now.isoformat(), "who": who, "what": what,
                         "detail": json.dumps(detail, ensure_ascii=False)})


def _code_hash(code: str) -> bytes:
    letters = "".join(c for c in code.upper() if c in _LETTERS)
    return hashlib.sha256(letters.encode()).digest()


def _needed(name: str) -> str:
    clean = _line(name)
    if not clean:
        raise Refused(tr("お名前を書きます。"), "name")
    return clean


def _line(text: str, most: int = MOST_NAME) -> str:
    """One line of text, as lists show it. Raises Refused for line ends, tabs and more than `most` letters."""
    clean = clean_text(text).strip()
    if "\n" in clean or "\t" in clean:
        raise Refused(tr("名前や略号は1行で書きます（改行とタブは使えません）。"), "name")
    if len(clean) > most:
        raise Refused(tr("長すぎます（{n}字）。{most}字までで書きます。", n=len(clean), most=most), "name")
    return clean
