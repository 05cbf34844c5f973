"""The lines of a consultation: add, edit, move, remove. A promise line makes its promise in the same operation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from kanto_desk.clock import JST
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import Consultation, Entry, Participant, Promise
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import new_uid, wire_table
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold
from kanto_desk.japanese.promise_text import read_promise
from kanto_desk.japanese.text import clean_text
from kanto_desk.rules.ordering import between
from kanto_desk.services.consultations import TYPE, need_editable, on_its_day

KINDS = ("said", "issue", "advice", "promise", "photo", "memo")
"""Codes of the kinds of lines, in the order of Ctrl+1…6: 発言 課題 助言 約束 写真 メモ."""

PRIVATE = frozenset({"memo"})
"""Kinds that never leave the expert's screen: not in client view, not on paper, not in an issued version."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo shown under its line."""

    uid: str
    hash: str
    caption: str
    consent: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the timeline shows it. For a promise line `who` and `due_on` are those of its promise."""

    uid: str
    at: datetime | None
    kind: str
    text: str
    edited: bool
    pictures: tuple[Picture, ...] = ()
    promise: str | None = None
    who: str = ""
    due_on: date | None = None

    @property
    def time(self) -> str:
        """Time of day as HH:MM, Japanese time."""
        here = self.at.astimezone(JST) if self.at else None
        return f"{here.hour:02d}:{here.minute:02d}" if here else ""


def lines(store: Store, consultation: str) -> list[Line]:
    """The lines in order, with their pictures and promises."""
    with store.read() as conn:
        return lines_of(conn, consultation)


def private_lines(conn: Connection, consultation: str) -> frozenset[str]:
    """Uids of the private lines of a consultation."""
    e = wire_table("entry").c
    return frozenset(conn.execute(select(e.uid).where(e.consultation == consultation, e.kind.in_(PRIVATE))).scalars())


def lines_of(conn: Connection, consultation: str) -> list[Line]:
    """`lines` inside a snapshot of the caller's.

    Columns without conversion, and only the two times converted: opening a long record must not cost a frame.
    """
    e, a, p = wire_table("entry").c, wire_table("attachment").c, wire_table("promise").c
    pictures: dict[str, list[Picture]] = {}
    for shot in conn.execute(select(a.uid, a.hash, a.caption, a.name, a.consent, a.entry).where(
            a.owner == consultation, a.deleted_at.is_(None), a.entry.is_not(None)).order_by(a.place, a.uid)):
        pictures.setdefault(shot.entry, []).append(Picture(shot.uid, shot.hash or "", shot.caption or shot.name or "",
                                                           shot.consent or "unasked"))
    promised = {r.source: r for r in conn.execute(select(p.uid, p.source, p.who, p.due_on).where(
        p.consultation == consultation, p.deleted_at.is_(None), p.source.is_not(None)))}
    out = []
    for uid, at, kind, text, edited_at in conn.execute(select(e.uid, e.at, e.kind, e.text, e.edited_at).where(
            e.consultation == consultation, e.deleted_at.is_(None)).order_by(e.place, e.uid)):
        own = promised.get(uid)
        out.append(Line(uid, datetime.fromisoformat(at) if at else None, kind or "said", text or "",
                        edited_at is not None, tuple(pictures.get(uid, ())), own.uid if own else None,
                        (own.who or "") if own else "",
                        date.fromisoformat(own.due_on) if own and own.due_on else None))
    return out


def new_line_uid(store: Store) -> str:
    """A uid for a line that is shown before it is on disk; give it to `add`."""
    return new_uid(store.clock())


def add(store: Store, consultation: str, kind: str, text: str, *, at: datetime | None = None,
        uid: str | None = None) -> str:
    """Add a line at the end; gives its uid. The first line written on the day of the visit starts its clock.

    Raises Refused when the text is empty or the record is signed.
    """
    text = clean_text(text).strip()
    if not text:
        raise Refused(tr("行が空です。"), "text")
    with store.operation(tr("行の追加"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        last = op.conn.execute(select(func.max(Entry.place)).where(Entry.consultation == consultation)).scalar()
        uid = op.add("entry", {"consultation": consultation, "kind": kind, "text": text, "at": at or op.now,
                               "place": between(last, None)}, uid)
        record = read_one(op.conn, Consultation, consultation)
        if record is not None and record.started_at is None and on_its_day(record, op.now):
            op.put(TYPE, consultation, {"started_at": op.now.replace(second=0, microsecond=0)})
        if kind == "promise":
            _make_promise(op, consultation, uid, text)
        op.conn.exec_driver_sql("DELETE FROM draft WHERE uid = ?", (consultation,))
    return uid


def edit(store: Store, consultation: str, uid: str, *, text: str | None = None, kind: str | None = None,
         at: datetime | None = None) -> None:
    """Change a line in place; it keeps its first time (unless `at` is given) and is marked as edited.

    A promise follows its line while nobody edited the promise itself. Raises Refused when the record is signed.
    """
    with store.operation(tr("行の編集"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        entry = _need(op.conn, uid)
        new_text = clean_text(text).strip() if text is not None else entry.text or ""
        if not new_text:
            raise Refused(tr("行が空です。消すときは「削除」を使います。"), "text")
        new_kind = kind or entry.kind or "said"
        if (new_text, new_kind, at or entry.at) == (entry.text, entry.kind, entry.at):
            return
        op.put("entry", uid, {"text": new_text, "kind": new_kind, "at": at or entry.at, "edited_at": op.now})
        promises = read_all(op.conn, Promise, Promise.source == uid)
        if new_kind != "promise":
            for promise in promises:
                op.delete("promise", promise.uid)
        elif not promises:
            _make_promise(op, consultation, uid, new_text)
        for promise in promises if new_kind == "promise" else ():
            if promise.source_hash == text_hash(entry.text or ""):
                op.put("promise", promise.uid, {**_reading(op, consultation, new_text, promise),
                                                "source_hash": text_hash(new_text)})


def move(store: Store, consultation: str, uid: str, to: int) -> None:
    """Move a line to position `to` (0 is first) among the present lines; one row changes."""
    with store.operation(tr("行の移動"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        e = Entry
        others = [(r.uid, r.place) for r in op.conn.execute(select(e.uid, e.place).where(
            e.consultation == consultation, e.deleted_at.is_(None)).order_by(e.place, e.uid)) if r.uid != uid]
        to = max(0, min(to, len(others)))
        before = others[to - 1][1] if to else None
        after = others[to][1] if to < len(others) else None
        op.put("entry", uid, {"place": between(before, after)})


def delete(store: Store, consultation: str, uid: str) -> None:
    """Remove a line, the promise read from it and its pictures."""
    with store.operation(tr("行の削除"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        op.delete("entry", uid)
        for promise in read_all(op.conn, Promise, Promise.source == uid):
            op.delete("promise", promise.uid)
        for picture in read_all(op.conn, Attachment, Attachment.entry == uid):
            op.delete("attachment", picture.uid)


def text_hash(text: str) -> str:
    """What a promise or summary item keeps of the line it was taken from, to notice that the line changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _need(conn: Connection, uid: str) -> Entry:
    entry = read_one(conn, Entry, uid)
    if entry is None:
        raise Refused(tr("このパソコンに無い記録です。"))
    return entry


def _make_promise(op: Operation, consultation: str, source: str, text: str) -> None:
    record = read_one(op.conn, Consultation, consultation)
    last = op.conn.execute(select(func.max(Promise.place)).where(Promise.consultation == consultation)).scalar()
    op.add("promise", {
        "consultation": consultation, "organization": record.organization if record else None, "source": source,
        "source_hash": text_hash(text), "state": "open", "place": between(last, None),
        **_reading(op, consultation, text, None)})


def _reading(op: Operation, consultation: str, text: str, promise: Promise | None) -> dict[str, object]:
    """What, who and by when of a promise line. A reading that finds nothing leaves what people chose."""
    record = read_one(op.conn, Consultation, consultation)
    ours, theirs = _sides(op.conn, consultation)
    today = (record.held_on if record and record.held_on else op.now.astimezone(JST).date())
    reading = read_promise(text, today, people=sorted(filter(None, ours | theirs)))
    who = reading.who or (promise.who if promise else None) or ""
    return {"text": (reading.what or text)[:200], "who": who or None,
            "due_on": reading.due or (promise.due_on if promise else None), "side": _side(who, ours, theirs)}


def side_of(conn: Connection, consultation: str, who: str | None) -> str | None:
    """Whose promise it is when `who` keeps it ("support" or "company"); None where the name leaves a doubt."""
    return _side(who or "", *_sides(conn, consultation))


def _sides(conn: Connection, consultation: str) -> tuple[set[str], set[str]]:
    """The names of our side and of the company's."""
    record = read_one(conn, Consultation, consultation)
    company = read_one(conn, Organization, record.organization) if record and record.organization else None
    held = read_all(conn, Participant, Participant.consultation == consultation)
    return ({p.name or "" for p in held if p.side == "support"} | {record.expert or "" if record else ""},
            {p.name or "" for p in held if p.side != "support"} | {company.name or "" if company else ""})


def _side(who: str, ours: set[str], theirs: set[str]) -> str | None:
    """Whose promise it is, where the name leaves no doubt."""
    if not who:
        return None
    if who in ("当方", "弊所", "事務局", "私", "私ども", "私たち") or _named(who, ours):
        return "support"
    if who in ("先方", "御社", "貴社") or _named(who, theirs):
        return "company"
    return None


def _named(who: str, names: Iterable[str]) -> bool:
    """Whether a written name is one of these: any of its words is part of a name, or the other way round."""
    words = [core_name(fold(word.replace("さん", "").replace("様", ""))) for word in who.split()]
    known = [core_name(fold(name)) for name in names if name]
    return any(len(word) > 1 and (word in name or name in word) for word in words for name in known)
