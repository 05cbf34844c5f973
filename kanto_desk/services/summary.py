"""まとめ: what the sheet will say. Items follow their timeline lines until somebody edits them here.

Only edits are stored: an item without a text of its own shows its line's present text; an edited one keeps its text and
offers 取り込む when the line has changed since; a removed one stays removed (decision 13). An advice answers the issue
whose line stands before it until somebody says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from kanto_desk.db.records.consultations import Consultation, SummaryItem
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import clean_text
from kanto_desk.rules.ordering import between
from kanto_desk.services.consultations import TYPE, need_editable
from kanto_desk.services.timeline import Line, lines_of, text_hash

SECTIONS = ("said", "issue", "advice")
NO_ISSUE = "-"
"""What an advice keeps when somebody said that it answers no issue."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a section. `uid` is None while nothing of it is stored; `changed` offers 取り込む.

    `key` names it for others. `answers` is the key of the issue that an advice answers, "" for none; `guessed` when
    that comes from the order of the lines.
    """

    uid: str | None
    source: str | None
    text: str
    edited: bool
    changed: bool
    line_text: str
    key: str = ""
    answers: str = ""
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """An issue, "" for advice that answers none, and the advice on it."""

    issue: str
    advice: tuple[str, ...]


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
    pairs: tuple[Pair, ...] = ()
    """Issues with their advice; empty where no advice answers an issue, or a text was written as a whole."""


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
    said, issues, loose = (_items(section, lines, stored) for section in SECTIONS)
    advice = _answering(loose, issues, lines)
    own = [(record.summary, record.situation, record.advice) if record else (None, None, None)][0]
    return Summary(said, issues, advice,
                   own[0] or _joined(said), bool(own[0]),
                   own[1] or _numbered(issues), bool(own[1]),
                   own[2] or _numbered(advice), bool(own[2]),
                   () if own[1] or own[2] else _pairs(issues, advice))


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
            uid = op.add("summary_item", {**values, "place": _end_place(op.conn, consultation)})
        else:
            op.put("summary_item", uid, values)
        if not text and item.source is None:
            op.delete("summary_item", uid)


def set_answers(store: Store, consultation: str, item: Item, issue: str) -> None:
    """Say which issue an advice answers by the issue's key; "" for none. The advice goes on following its line."""
    with store.operation(tr("課題と助言の組"), (TYPE, consultation), extend=f"{item.key}:answers") as op:
        need_editable(op.conn, consultation)
        answers = issue or NO_ISSUE
        if item.uid is not None:
            op.put("summary_item", item.uid, {"answers": answers})
            return
        op.add("summary_item", {"consultation": consultation, "section": "advice", "source": item.source,
                                "answers": answers, "place": _end_place(op.conn, consultation)})


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
        if own is None or (not own.text and own.source_hash is None):   # a removed one keeps the hash of its line
            items.append(Item(own.uid if own else None, line.uid, line.text, False, False, line.text, line.uid,
                              (own.answers or "") if own else ""))
        elif own.text:
            follows = own.text == line.text
            items.append(Item(own.uid, line.uid, own.text or "", not follows,
                              not follows and own.source_hash != text_hash(line.text), line.text, line.uid,
                              own.answers or ""))
    for own in stored:
        loose = own.section == section and own.deleted_at is None and own.text
        if loose and (own.source is None or own.source in by_source):
            items.append(Item(own.uid, None, own.text or "", True, False, "", own.source or own.uid,
                              own.answers or ""))
    return tuple(items)


def _answering(advice: tuple[Item, ...], issues: tuple[Item, ...], lines: Sequence[Line]) -> tuple[Item, ...]:
    """The advice with the issue each answers: the one chosen, else that of the last issue line before its own."""
    known = {issue.key for issue in issues}
    guess: dict[str, str] = {}
    before = ""
    for line in lines:
        if line.kind == "issue" and line.uid in known:
            before = line.uid
        elif line.kind == "advice":
            guess[line.uid] = before
    out = []
    for item in advice:
        if item.answers == NO_ISSUE:
            out.append(replace(item, answers=""))
        elif item.answers in known:
            out.append(item)
        else:
            out.append(replace(item, answers=guess.get(item.key, ""), guessed=True))
    return tuple(out)


def _pairs(issues: tuple[Item, ...], advice: tuple[Item, ...]) -> tuple[Pair, ...]:
    if not any(item.answers for item in advice):
        return ()
    on = {key: tuple(item.text for item in advice if item.answers == key)
          for key in ("", *(issue.key for issue in issues))}
    rest = (Pair("", on[""]),) if on[""] else ()
    return (*(Pair(issue.text, on[issue.key]) for issue in issues), *rest)


def _end_place(conn: Connection, consultation: str) -> str:
    last = conn.execute(select(func.max(SummaryItem.place)).where(SummaryItem.consultation == consultation)).scalar()
    return between(last, None)


def _joined(items: tuple[Item, ...]) -> str:
    return "\n".join(i.text for i in items)


def _numbered(items: tuple[Item, ...]) -> str:
    if len(items) == 1:
        return items[0].text
    return "\n".join(f"{n}. {i.text}" for n, i in enumerate(items, 1))
