"""Consents of an organization given with a consultation (CL41): given on a day, withdrawn on a day, never forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from kanto_desk.clock import today
from kanto_desk.db.records.consultations import Consent, Consultation
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.i18n import tr
from kanto_desk.services import codes
from kanto_desk.services.codes import Choice
from kanto_desk.services.consultations import TYPE, need_editable

WITHDRAWN = "90"
"""CL41 撤回: no consent of its own here, because every consent keeps the day it was withdrawn on."""


def choices(store: Store) -> list[Choice]:
    """The consents that can be given."""
    return [choice for choice in codes.choices(store, "CL41") if choice.code != WITHDRAWN]


def of_consultation(store: Store, consultation: str) -> list[Consent]:
    """The consents recorded with a consultation, withdrawn ones too."""
    with store.read() as conn:
        return read_all(conn, Consent, Consent.consultation == consultation, order_by=(Consent.code, Consent.uid))


def given(store: Store, consultation: str) -> tuple[str, ...]:
    """The codes of the consents in force."""
    with store.read() as conn:
        return tuple(c.code for c in each(conn, consultation) if c.code and in_force(c))


def in_force(consent: Consent) -> bool:
    """Whether a consent was given and not withdrawn."""
    return consent.given_on is not None and consent.withdrawn_on is None


def each(conn: Connection, consultation: str) -> list[Consent]:
    """Every kind of consent once, in order of the codes; where two laptops recorded it apart, one that is in force."""
    rows = read_all(conn, Consent, Consent.consultation == consultation, order_by=(Consent.code, Consent.uid))
    one: dict[str | None, Consent] = {}
    for row in sorted(rows, key=lambda c: not in_force(c)):
        one.setdefault(row.code, row)
    return sorted(one.values(), key=lambda c: c.code or "")


def set_given(store: Store, consultation: str, chosen: Sequence[str], shown: Sequence[str] | None = None) -> None:
    """Let exactly these consents be in force: new ones are given today, missing ones are withdrawn today.

    With what was on the screen (`shown`), a consent that came since stays in force.

    A consent that two laptops recorded apart has two rows: all of them are withdrawn. Raises Refused when the record is
    signed.
    """
    day = today(store.clock)
    with store.operation(tr("同意の変更"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        record = read_one(op.conn, Consultation, consultation)
        known = {c.code: c for c in each(op.conn, consultation)}
        if shown is not None:
            came = [c.code for c in known.values() if c.code and in_force(c) and c.code not in shown]
            chosen = list(dict.fromkeys((*chosen, *came)))
        for code in chosen:
            if code not in known:
                op.add("consent", {"consultation": consultation, "code": code, "given_on": day,
                                   "organization": record.organization if record else None})
            elif known[code].withdrawn_on is not None or known[code].given_on is None:
                op.put("consent", known[code].uid, {"given_on": day, "withdrawn_on": None})
        for consent in read_all(op.conn, Consent, Consent.consultation == consultation):
            if consent.code not in chosen and consent.withdrawn_on is None:
                op.put("consent", consent.uid, {"withdrawn_on": day})
