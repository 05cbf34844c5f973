"""What was typed and is no change yet, made into changes: before a desk forgets, so that it is sealed with the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.consultations import Consultation, Entry, Promise
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store, read_one
from kanto_desk.i18n import tr
from kanto_desk.rules.ordering import between

_LINE, _DUE, _PRIVATE = "line", "due", "memo"
_VISIT, _COMPANY = "consultation", "organization"


@dataclass(frozen=True, slots=True)
class InBox:
    """Text that stands in a box and that no field takes: the record of its page, the box's name, what was typed.

    `root`: None where its page belongs to no record.
    """

    root: tuple[str, str] | None
    name: str
    text: str


def keep(store: Store, boxes: Sequence[InBox] = ()) -> int:
    """Make drafts and the texts of boxes into changes, all or nothing; gives how many. Raises Trouble of the disk.

    The capture box becomes a line of its kind, the line being edited gets its new text; what no field takes becomes a
    private line of its visit or a note of its company; what belongs to no record becomes private lines of a visit of
    its own, without a company. Whether the record is signed is no matter: nobody edits it here any more.
    """
    with store.read() as conn:
        waiting = conn.execute(select(local.draft).order_by(local.draft.c.at)).all()
    if not waiting and not boxes:
        return 0
    kept = 0
    with store.operation(tr("書きかけの入力"), None) as op:
        for one in waiting:
            kept += _draft(op, str(one.uid), str(one.kind), str(one.text))
        loose = [box for box in boxes if box.root is None]
        if loose:
            visit = op.add(_VISIT, {"theme": tr("書きかけの入力"), "held_on": op.now.astimezone(JST).date()})
            for box in loose:
                _add_line(op, visit, _PRIVATE, f"〔{box.name}〕{box.text}")
            kept += len(loose)
        for root in dict.fromkeys(box.root for box in boxes if box.root is not None):
            kept += _in_record(op, root, "\n".join(f"〔{box.name}〕{box.text}" for box in boxes if box.root == root))
        op.conn.execute(delete(local.draft))
    return kept


def _draft(op: Operation, uid: str, kind: str, text: str) -> int:
    if kind == _LINE:
        line = read_one(op.conn, Entry, uid)
        if line is None or line.text == text:
            return 0
        op.put("entry", uid, {"text": text, "edited_at": op.now})
        return 1
    if kind == _DUE:
        promise = read_one(op.conn, Promise, uid)
        if promise is None or promise.consultation is None:
            return 0
        _add_line(op, promise.consultation, _PRIVATE, f"{promise.text or ''} {tr('期限：{text}', text=text)}".strip())
        return 1
    if read_one(op.conn, Consultation, uid) is None:
        return 0
    _add_line(op, uid, kind, text)
    return 1


def _in_record(op: Operation, root: tuple[str, str], told: str) -> int:
    kind, uid = root
    if kind == _VISIT and read_one(op.conn, Consultation, uid) is not None:
        _add_line(op, uid, _PRIVATE, told)
        return 1
    company = read_one(op.conn, Organization, uid) if kind == _COMPANY else None
    if company is None:
        return 0
    op.put(_COMPANY, uid, {"notes": "\n".join(filter(None, (company.notes, told)))})
    return 1


def _add_line(op: Operation, visit: str, kind: str, text: str) -> None:
    op.add("entry", {"consultation": visit, "kind": kind, "text": text, "at": op.now,
                     "place": between(_last(op.conn, visit), None)})


def _last(conn: Connection, visit: str) -> str | None:
    return conn.execute(select(func.max(Entry.place)).where(Entry.consultation == visit)).scalar()
