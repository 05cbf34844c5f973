"""The whole content of a consultation as one JSON value, and the hash that says whether two of them are the same.

Private lines and what hangs on them are left out: a version travels further than the expert's own notes may
(ARCHITECTURE.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import (
    Consent,
    Consultation,
    Entry,
    Issue,
    Participant,
    Promise,
    Referral,
    SummaryItem,
)
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import Record, canonical
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Json
from kanto_desk.i18n import tr
from kanto_desk.rules.access import HANGS, SECRET
from kanto_desk.services.consultations import TYPE
from kanto_desk.services.timeline import private_lines

Content = dict[str, list[dict[str, Json]]]
"""Record type → its rows as wire values, with their uids, in order."""


def read(conn: Connection, consultation: str) -> Content:
    """Everything of a consultation but private lines, their parts, and 極秘 files, which stay in the organisation.

    Raises Refused for an unknown record.
    """
    c = read_one(conn, Consultation, consultation)
    if c is None:
        raise Refused(tr("このパソコンに無い記録です。"))
    organization = read_one(conn, Organization, c.organization) if c.organization else None
    body: Content = {TYPE: [{"uid": c.uid, **c.wire()}]}
    if organization is not None:
        body["organization"] = [{"uid": organization.uid, **_without(organization.wire(), "notes")}]
    private = private_lines(conn, consultation)
    for record in (Entry, Issue, SummaryItem, Promise, Participant, Referral, Consent):
        rows = read_all(conn, record, record.consultation == consultation, order_by=record.uid)
        body[record.type_name()] = [{"uid": r.uid, **r.wire()} for r in rows if not _is_private(r, private)]
    body["attachment"] = [{"uid": a.uid, **a.wire()} for a in read_all(
        conn, Attachment, Attachment.owner == consultation, order_by=Attachment.uid)
        if a.confidentiality != SECRET and not _is_private(a, private)]
    return body


def digest(body: Content) -> str:
    """SHA-256 of the canonical JSON, hexadecimal."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def digest_of(store: Store, consultation: str) -> str:
    """The digest of a consultation as it stands. Raises Refused for an unknown record."""
    with store.read() as conn:
        return digest(read(conn, consultation))


def _is_private(row: Record, lines: Collection[str]) -> bool:
    return row.uid in lines or getattr(row, HANGS.get(row.type_name(), "uid")) in lines


def _without(values: Mapping[str, Json], *names: str) -> dict[str, Json]:
    return {k: v for k, v in values.items() if k not in names}
