"""Names of other organizations in what the company will read: listed before signing, covered in one step.

Only what reaches the paper is looked at: まとめ, promises, subject and further texts of the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from kanto_desk.db.operation import Operation
from kanto_desk.db.records.consultations import Consultation, Promise, SummaryItem
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold
from kanto_desk.rules.ordering import between
from kanto_desk.services import summary
from kanto_desk.services.consultations import TYPE, need_editable
from kanto_desk.services.timeline import text_hash

LEAST = 3
"""Shorter names are words of everyday speech."""

COVERED = "（他社）"
_FIELDS = ("theme", "summary", "situation", "advice", "direction", "measures")


@dataclass(frozen=True, slots=True)
class Named:
    """Another organization named on the page: what it is called there, letter by letter."""

    organization: str
    written: str


def found(store: Store, consultation: str) -> list[Named]:
    """The other organizations named in what the company will read, in any spelling; longer names first."""
    with store.read() as conn:
        record = read_one(conn, Consultation, consultation)
        own = record.organization if record else None
        texts = summary.read_in(conn, consultation)
        agreed = read_all(conn, Promise, Promise.consultation == consultation)
        names = conn.execute(select(Organization.uid, Organization.name, Organization.short_name).where(
            Organization.deleted_at.is_(None), Organization.uid != (own or ""))).all()
    shown = [texts.summary, texts.situation, texts.advice, *(p.text or "" for p in agreed)]
    shown += [getattr(record, name) or "" for name in ("theme", "direction", "measures")] if record else []
    whole = "\n".join(shown)
    folded = fold(whole)
    hits: dict[str, Named] = {}
    for row in names:
        for name in filter(None, (row.name, row.short_name)):
            core = core_name(fold(name))
            if len(core) >= LEAST and core in folded:
                for written in _written(whole, core):
                    hits.setdefault(written, Named(row.uid, written))
    return sorted(hits.values(), key=lambda hit: -len(hit.written))


def cover(store: Store, consultation: str, written: str) -> None:
    """伏せる: put （他社） in place of a name wherever the company would read it; the lines of the record stay.

    Raises Refused when the record is signed.
    """
    texts = summary.read(store, consultation)
    with store.operation(tr("社名を伏せる"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        record = read_one(op.conn, Consultation, consultation)
        values = {name: text.replace(written, COVERED) for name in _FIELDS
                  if record is not None and written in (text := getattr(record, name) or "")}
        if not texts.summary_written and written in texts.summary:
            values["summary"] = texts.summary.replace(written, COVERED)
        if values:
            op.put(TYPE, consultation, values)
        for section, items in (("issue", texts.issues), ("advice", texts.advice_items)):
            for item in items:
                if written in item.text:
                    _cover_item(op, consultation, section, item, written)
        for promise in read_all(op.conn, Promise, Promise.consultation == consultation):
            if written in (promise.text or ""):
                op.put("promise", promise.uid, {"text": (promise.text or "").replace(written, COVERED)})


def _cover_item(op: Operation, consultation: str, section: str, item: summary.Item, written: str) -> None:
    values = {"consultation": consultation, "section": section, "text": item.text.replace(written, COVERED),
              "source": item.source, "source_hash": text_hash(item.line_text) if item.source else None}
    if item.uid is None:
        last = op.conn.execute(select(func.max(SummaryItem.place)).where(
            SummaryItem.consultation == consultation)).scalar()
        op.add("summary_item", {**values, "place": between(last, None)})
    else:
        op.put("summary_item", item.uid, values)


def _written(whole: str, core: str) -> list[str]:
    """The spellings of the name in the text: the shortest stretches whose folded form is the folded name."""
    spellings: dict[str, None] = {}
    start = 0
    while start < len(whole):
        ends = range(start + 1, min(len(whole), start + 3 * len(core)) + 1) if fold(whole[start]) else range(0)
        end = next((end for end in ends if fold(whole[start:end]) == core), None)
        if end is not None:
            spellings[whole[start:end]] = None
        start = end or start + 1
    return list(spellings)
