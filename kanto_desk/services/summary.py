"""まとめ: what the sheet will say. Items follow their timeline lines until somebody edits them here.

Only edits are stored: an item without a row of its own shows its line's present text; an edited one keeps its text and
offers 取り込む when the line has changed since; a removed one stays removed (decision 13).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from kanto_desk.db.records.consultations import Consultation, SummaryItem
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import clean_text
from kanto_desk.rules.ordering import between
from kanto_desk.services.consultations import TYPE, need_editable
from kanto_desk.services.timeline import Line, lines_of, text_hash

SECTIONS = ("said", "issue", "advice")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a section. `uid` is None while it only follows its line; `changed` offers 取り込む."""

    uid: str | None
    source: str | None
    text: str
    edited: bool
    changed: bool
    line_text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The texts that the sheet prints, and whether each was written by hand or comes from the lines."""

    said: tuple[Item, ...]
    issues: tuple[Item, ...]
    advice_items: tuple[Item, ...]
    summary: str
    summary_written: bool
    situation: str
    situation_written: bool
    advice: str
    advice_written: bool


def read(store: Store, consultation: str, lines: Sequence[Line] | None = None) -> Summary:
    """まとめ of a consultation as it stands; `lines` when they have just been read."""
    with store.read() as conn:
        return read_in(conn, consultation, lines)


def read_in(conn: Connection, consultation: str, lines: Sequence[Line] | None = None) -> Summary:
    """`read` inside a snapshot of the caller's."""
    record = read_one(conn, Consultation, consultation)
    lines = lines_of(conn, consultation) if lines is None else lines
    stored = read_all(conn, SummaryItem, SummaryItem.consultation == consultation, deleted=True,
                      order_by=(SummaryItem.place, SummaryItem.uid))
    said, issues, advice = (_items(section, lines, stored) for section in SECTIONS)
    own = [(record.summary, record.situation, record.advice) if record else (None, None, None)][0]
    return Summary(said, issues, advice,
                   own[0] or _joined(said), bool(own[0]),
                   own[1] or _numbered(issues), bool(own[1]),
                   own[2] or _numbered(advice), bool(own[2]))


def edit_item(store: Store, consultation: str, section: str, item: Item, text: str) -> None:
    """Write an item by hand; an empty text removes it from the sheet (the line stays)."""
    text = clean_text(text).strip()
    with store.operation(tr("まとめの編集"), (TYPE, consultation), extend=f"{item.uid or item.source}:item") as op:
        need_editable(op.conn, consultation)
        # A removed item that has a line keeps its row with an empty text: deleting the row means "follow the line",
        # which is what undoing the first edit of an item does.
        values = {"consultation": consultation, "section": section, "text": text, "source": item.source,
                  "source_hash": text_hash(item.line_text) if item.source else None}
        uid = item.uid
        if uid is None:
            last = op.conn.execute(select(func.max(SummaryItem.place)).where(
                SummaryItem.consultation == consultation)).scalar()
            uid = op.add("summary_item", {**values, "place": between(last, None)})
        else:
            op.put("summary_item", uid, values)
        if not text and item.source is None:
            op.delete("summary_item", uid)


def add_item(store: Store, consultation: str, section: str, text: str) -> None:
    """Add an item that has no line."""
    edit_item(store, consultation, section, Item(None, None, "", False, False, ""), text)


def adopt(store: Store, consultation: str, item: Item) -> None:
    """取り込む: follow the line again, dropping the text written here (it stays in 変更履歴)."""
    if item.uid is None:
        return
    with store.operation(tr("行から取り込む"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        op.put("summary_item", item.uid, {"text": item.line_text, "source_hash": text_hash(item.line_text)})


def _items(section: str, lines: Sequence[Line], stored: list[SummaryItem]) -> tuple[Item, ...]:
    by_source = {i.source: i for i in stored if i.source and i.section == section and i.deleted_at is None}
    items = []
    for line in lines:
        if line.kind != section:
            continue
        own = by_source.pop(line.uid, None)
        if own is None:
            items.append(Item(None, line.uid, line.text, False, False, line.text))
        elif own.text:
            follows = own.text == line.text
            items.append(Item(own.uid, line.uid, own.text or "", not follows,
                              not follows and own.source_hash != text_hash(line.text), line.text))
    for own in stored:
        loose = own.section == section and own.deleted_at is None and own.text
        if loose and (own.source is None or own.source in by_source):
            items.append(Item(own.uid, None, own.text or "", True, False, ""))
    return tuple(items)


def _joined(items: tuple[Item, ...]) -> str:
    return "\n".join(i.text for i in items)


def _numbered(items: tuple[Item, ...]) -> str:
    if len(items) == 1:
        return items[0].text
    return "\n".join(f"{n}. {i.text}" for n, i in enumerate(items, 1))
