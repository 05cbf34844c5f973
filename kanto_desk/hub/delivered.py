"""Which support organisations have a file: their laptops delivered it to the last byte, so it was theirs to give.

A SHA-256 is no secret: signed versions, exports and journals name it. So a row that names a file lets nobody have it
until somebody of the organisation that made the row has delivered the file itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, delete, select, text

from kanto_desk.db.at_once import insert_rows
from kanto_desk.db.content_parts import NAMED
from kanto_desk.hub import tables as t

FILE: Final = "file"
THUMB: Final = "thumb"
"""What was delivered; a thumbnail only where there was none before, so that it is the deliverer's own."""

_BEGUN: Final = ("", "", "begun")   # a row of the table itself: it comes and goes with a backup
_SLICE: Final = 400
_NOTE: Final = text("INSERT INTO hub_delivered (hash, body, kind) VALUES (:hash, :body, :kind) ON CONFLICT DO NOTHING")


def delivered(conn: Connection, digests: Iterable[str]) -> dict[str, set[tuple[str, str]]]:
    """File → (organisation, `FILE` or `THUMB`) for what was delivered."""
    out: dict[str, set[tuple[str, str]]] = {}
    wanted, c = sorted(set(digests)), t.delivered.c
    for i in range(0, len(wanted), _SLICE):
        for r in conn.execute(select(c.hash, c.body, c.kind).where(c.hash.in_(wanted[i:i + _SLICE]))):
            out.setdefault(r.hash, set()).add((r.body, r.kind))
    return out


def note(conn: Connection, bodies: Mapping[str, Iterable[str]], kind: str) -> None:
    """Note that these files (file → organisations) were delivered; again changes nothing."""
    lines = [{"hash": d, "body": b, "kind": kind} for d in sorted(bodies) for b in sorted(bodies[d])]
    if lines:
        conn.execute(_NOTE, lines)


def forget(conn: Connection, digests: Iterable[str]) -> None:
    """Files that are gone for good."""
    for digest in digests:
        conn.execute(delete(t.delivered).where(t.delivered.c.hash == digest))


def begin(conn: Connection) -> None:
    """Once, at a hub that did not note deliveries: a file is taken for that of the row that made it known first."""
    c = t.delivered.c
    if conn.execute(select(c.hash).where(c.kind == _BEGUN[2])).first() is not None:
        return
    r, m = t.received.c, t.member.c
    field = dict(NAMED)
    first: dict[str, str] = {}
    for row in conn.execute(select(r.type, r.set, m.body).where(
            r.type.in_(field), r.verdict.is_(None), m.type == r.type, m.uid == r.uid).order_by(r.n)):
        digest = json.loads(row.set).get(field[row.type])
        if isinstance(digest, str) and digest:
            first.setdefault(digest, row.body)
    insert_rows(conn, t.delivered, ("hash", "body", "kind"),
                [(d, first[d], kind) for d in sorted(first) for kind in (FILE, THUMB)] + [_BEGUN])
