"""Signing in to the secretariat's page: passwords as Argon2id, sessions that end, forms that no other page can send."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, insert, select, update

from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.i18n import tr
from kanto_desk.rules.access import Role

SHORTEST: Final = 10
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
MAY_ENTER: Final = frozenset({Role.SECRETARIAT, Role.ADMINISTRATOR})
"""Roles in the organisation that runs the hub: the page lets a laptop join for anybody, and stops any computer."""

_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_NOBODYS: Final = _HASHER.hash(secrets.token_hex(16))   # verified where nobody is, so that the time tells nothing


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in; `form` is the word that every form of this session carries."""

    person: str
    name: str
    form: str


def set_password(conn: Connection, person: str, password: str, now: datetime) -> None:
    """Set the password of a person of the secretariat; whoever is signed in as this person no longer is.

    Raises Refused for a short password or a person whose roles do not open the page.
    """
    if len(password) < SHORTEST:
        raise Refused(tr("合言葉は{n}文字以上にします。", n=SHORTEST), "password")
    if not _may_enter(conn, person, now):
        raise Refused(tr("ハブを動かす機関の事務局か管理者の役割を持つ人だけが、ページに入れます。"), "person")
    conn.execute(update(t.person).where(t.person.c.uid == person).values(password=_HASHER.hash(password)))
    conn.execute(delete(t.session).where(t.session.c.person == person))
    accounts.note(conn, "hub", "password", now, person=person)


def person_with(conn: Connection, name: str, password: str, now: datetime) -> str | None:
    """The one person with this name (or uid) and password who may enter; None otherwise, after the same time."""
    p = t.person.c
    found = conn.execute(select(p.uid, p.password).where((p.name == name) | (p.uid == name))).all()
    kept = found[0].password if len(found) == 1 and found[0].password else _NOBODYS
    try:
        _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return None
    return str(found[0].uid) if kept is not _NOBODYS and _may_enter(conn, found[0].uid, now) else None


def begin_session(conn: Connection, person: str, now: datetime) -> str:
    """A new session; gives what the cookie holds. Only its hash is kept."""
    token = secrets.token_urlsafe(32)
    conn.execute(delete(t.session).where(t.session.c.made_at < (now - LONGEST).isoformat()))
    conn.execute(insert(t.session).values(hash=_hash(token), person=person, form=secrets.token_urlsafe(24),
                                          made_at=now.isoformat(), seen_at=now.isoformat()))
    return token


def visitor_of(conn: Connection, token: str | None, now: datetime) -> Visitor | None:
    """Who is signed in with this cookie; None after half an hour of rest, twelve hours, or without the role."""
    if not token:
        return None
    s = t.session.c
    row = conn.execute(select(s.person, s.form, s.made_at, s.seen_at, t.person.c.name).join_from(
        t.session, t.person, t.person.c.uid == s.person).where(s.hash == _hash(token))).one_or_none()
    if row is None or datetime.fromisoformat(row.seen_at) < now - IDLE or \
            datetime.fromisoformat(row.made_at) < now - LONGEST or not _may_enter(conn, row.person, now):
        return None
    if datetime.fromisoformat(row.seen_at) < now - timedelta(minutes=1):
        conn.execute(update(t.session).where(s.hash == _hash(token)).values(seen_at=now.isoformat()))
    return Visitor(row.person, row.name, row.form)


def end_session(conn: Connection, token: str) -> None:
    """Sign out."""
    conn.execute(delete(t.session).where(t.session.c.hash == _hash(token)))


def is_of(visitor: Visitor, form: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(visitor.form.encode(), form.encode("utf-8", "replace"))


def _may_enter(conn: Connection, person: str, now: datetime) -> bool:
    reader = accounts.reader_of(conn, person, now.date())
    return any(g.role in MAY_ENTER and g.body == reader.home for g in reader.grants)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
