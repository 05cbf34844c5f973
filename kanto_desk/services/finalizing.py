"""署名して渡す = 確定: the company's confirmation, the issued version, corrections with a reason.

An issued version never changes. Its body is the whole consultation without private lines, because a version travels
further than the expert's own notes may (ARCHITECTURE.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.dossier import Confirmation, Transition, Version
from kanto_desk.db.schema import fields_of, new_uid, records
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Json
from kanto_desk.i18n import tr
from kanto_desk.report import consultation_values as paper
from kanto_desk.rules import asked_steps
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import aggregate, closing, sheets, visit_steps
from kanto_desk.services.consultations import TYPE, state_of
from kanto_desk.services.issued_versions import issued_of


@dataclass(frozen=True, slots=True)
class Signature:
    """How the company confirms: pen strokes in a unit box, a typed name, or paper signed and photographed.

    `of` is the digest of the content that was in sight when the signature was given (`aggregate.digest_of`).
    """

    name: str
    role: str = ""
    method: paper.Method = "pen"
    strokes: tuple[tuple[tuple[float, float], ...], ...] = ()
    photo: str | None = None   # hash of the photographed paper
    of: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """An issued version: its number, its PDF and what no font could print. `asked` is who has to accept it first, if
    somebody has.
    """

    version: str
    n: int
    pdf: bytes
    pages: int
    missing: tuple[str, ...]
    asked: str = ""


def finalize(store: Store, blobs: Blobs, consultation: str, signature: Signature) -> Issued:
    """署名して渡す: check, keep the confirmation and the version with its PDF. Gives the issued version.

    Where somebody else is the expert of the visit, it is signed, and 確定 waits until that person accepts it.

    Raises Refused with the first blocking gap, and where the content is not the one that was signed (decision 8);
    nothing is kept then.
    """
    _check(signature)
    agency = store.setting("organization", "") or ""
    approvals = tuple(store.setting("approvals", list(sheets.APPROVALS)))
    with store.operation(tr("署名と確定"), (TYPE, consultation), undoable=False) as op:
        state = state_of(op.conn, consultation)
        if state not in states.EDITABLE:
            raise Refused(tr("署名済みの版です。"))
        blocking = [g for g in closing.gaps_in(op.conn, consultation, op.now) if g.blocking]
        if blocking:
            raise Refused(blocking[0].text, blocking[0].field)
        if signature.of and signature.of != aggregate.digest(aggregate.read(op.conn, consultation)):
            raise Refused(tr("署名のあとに内容が変わりました。いまの内容をお見せして、もう一度署名をいただきます。"),
                          "signature")
        now: datetime = op.now
        filled = closing.closing(op.conn, consultation, now)
        before = issued_of(op.conn, consultation)
        n = (before[-1].n or 0) + 1 if before else 1
        reason = _reason(op.conn, consultation) if before else None
        body = _body(op.conn, consultation, filled.wire())
        corrected = _corrected(before[-1].body or {}, body) if before else ()
        values = sheets.sheet_in(op.conn, blobs, consultation, agency=agency, approvals=approvals, language="ja")
        values = as_signed(values, signature, now, n, reason, corrected, filled)
        printed = sheets.pdf(values)
        pdf_hash = blobs.put(printed.pdf, "application/pdf", now.isoformat())
        if filled.values():
            op.put(TYPE, consultation, filled.values())
        version, asked = "", visit_steps.whom_to_ask(op.conn, consultation, store.person)
        for type_name, uid, row in issue_rows(op.conn, consultation, signature, now, n, pdf_hash, store.person,
                                              reason, corrected, state, filled.wire()):
            row = asking(row) if asked and type_name == "transition" else row
            op.add(type_name, row, uid)
            version = uid if type_name == "version" else version
    return Issued(version, n, printed.pdf, printed.pages, printed.missing, asked)


def issue_rows(conn: Connection, consultation: str, signature: Signature, now: datetime, n: int, pdf_hash: str,
               by: str, reason: str | None, corrected: Sequence[str], state: str,
               filled: Mapping[str, Json]) -> list[tuple[str, str, dict[str, Any]]]:
    """The rows of a 確定: confirmation, version, transition as (record type, uid, values).

    `filled` are wire values that 確定 itself puts into the consultation.
    """
    body = _body(conn, consultation, filled)
    digest = aggregate.digest(body)
    confirmation, version = new_uid(now), new_uid(now)
    return [
        ("confirmation", confirmation, {
            "consultation": consultation, "name": signature.name.strip(), "role": signature.role.strip() or None,
            "method": signature.method, "strokes": [[list(p) for p in s] for s in signature.strokes] or None,
            "paper": signature.photo, "confirmed_at": now, "content_hash": digest}),
        ("version", version, {
            "record_type": TYPE, "record": consultation, "n": n, "body": body, "sha256": digest,
            "confirmation": confirmation, "pdf": pdf_hash, "issued_at": now, "issued_by": by or None,
            "reason": reason, "corrected": tuple(corrected) or None}),
        ("transition", new_uid(now), _step(conn, consultation, state, states.FINAL, now, by, None,
                                           {"version": version, "sha256": digest})),
    ]


def correct(store: Store, consultation: str, reason: str) -> str:
    """新しい版をつくる: open a signed record for edits with a reason. The signed one stays as it is, marked 旧版 later.

    Gives the expert who has to accept it first, "" where it is open now. Raises Refused without a reason or when the
    record is not signed.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(tr("訂正の理由を書きます。"), "reason")
    with store.operation(tr("訂正をはじめる"), (TYPE, consultation), undoable=False) as op:
        return open_correction(op, consultation, reason)


def open_correction(op: Operation, consultation: str, reason: str) -> str:
    """The step that opens a signed record, inside an operation; gives whom it asks.

    Raises Refused when the record is not signed, or when this person has asked for it already.
    """
    if state_of(op.conn, consultation) != states.FINAL:
        raise Refused(tr("署名済みの記録だけを訂正できます。"))
    step = _step(op.conn, consultation, states.FINAL, states.CORRECTED, op.now, op.by, reason, {})
    asked = visit_steps.whom_to_ask(op.conn, consultation, op.by)
    if asked and any(r.by == op.by and r.from_state == states.FINAL
                     for r in visit_steps.resolved(op.conn, [consultation])[consultation].waiting):
        raise Refused(tr("訂正は、{name}さんの確認を待っています。", name=asked))
    op.add("transition", asking(step) if asked else step)
    return asked


def asking(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step as the row that asks for it."""
    return {**step, "to_state": asked_steps.ASKED, "facts": {**step["facts"], "to": step["to_state"]}}


def versions(store: Store, consultation: str) -> list[Version]:
    """The issued versions, the first one first."""
    with store.read() as conn:
        return issued_of(conn, consultation)


def _body(conn: Connection, consultation: str, filled: Mapping[str, Json]) -> aggregate.Content:
    body = aggregate.read(conn, consultation)
    body[TYPE][0].update(filled)
    return body


def _check(signature: Signature) -> None:
    if not signature.name.strip():
        raise Refused(tr("お名前を書きます。"), "name")
    if signature.method == "pen" and not signature.strokes:
        raise Refused(tr("署名をいただくか、ほかの確認の方法を選びます。"), "signature")
    if signature.method == "paper" and not signature.photo:
        raise Refused(tr("署名した紙の写真を添えます。"), "signature")


def as_signed(values: paper.ConsultationSheet, signature: Signature, now: datetime, n: int, reason: str | None,
              corrected: Sequence[str], filled: closing.Closing) -> paper.ConsultationSheet:
    """The values of the sheet as it is being signed: closing times, version and confirmation filled in."""
    moment = now.astimezone(JST)
    start = filled.started_at.astimezone(JST).time() if filled.started_at else values.start
    end = filled.ended_at.astimezone(JST).time() if filled.ended_at else values.end
    minutes = values.duration_minutes
    if minutes is None and start and end and end > start:
        minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return replace(
        values, version=n, issued=moment.date(), state="final" if n == 1 else "corrected",
        start=start, end=end, duration_minutes=minutes,
        subject=filled.theme or values.subject,
        correction=paper.Correction(reason or "", tuple(corrected)) if n > 1 else None,
        confirmation=paper.Confirmation(signature.name.strip(), signature.role.strip(), moment.date(),
                                        signature.method, signature.strokes))


def _reason(conn: Connection, consultation: str) -> str:
    steps = read_all(conn, Transition, Transition.record == consultation, Transition.to_state == states.CORRECTED,
                     order_by=(Transition.at, Transition.uid))
    return (steps[-1].reason or "") if steps else ""


def _corrected(old: dict[str, Any], new: dict[str, list[dict[str, Json]]]) -> tuple[str, ...]:
    """What a correction changed, in the words of the sheet: field labels of the record, names of its parts."""
    labels = []
    was, now = (old.get(TYPE) or [{}])[0], new[TYPE][0]
    labels += [f.ja for f in fields_of(Consultation) if not f.bookkeeping and was.get(f.name) != now.get(f.name)]
    labels += [records()[name].ja for name in new if name != TYPE and old.get(name, []) != new[name]]
    return tuple(dict.fromkeys(labels))


def _step(conn: Connection, consultation: str, old: str, new: str, now: datetime, by: str, reason: str | None,
          facts: dict[str, Any]) -> dict[str, Any]:
    device = conn.execute(local.device.select()).one().dev
    return {"record_type": TYPE, "record": consultation, "from_state": old, "to_state": new, "by": by or None,
            "role": "expert", "device": device, "at": now, "reason": reason, "facts": facts}


def confirmation_of(conn: Connection, version: Version) -> Confirmation | None:
    """The company's confirmation of a version."""
    return read_one(conn, Confirmation, version.confirmation) if version.confirmation else None
