"""定型文: texts with blanks that are used again and again. Shipped ones may be edited and deleted like one's own.

How often one is used is counted on this laptop alone: it is no change of anybody's data, so it is neither sent nor
undone, and two laptops cannot disagree about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk import masters
from kanto_desk.db import local
from kanto_desk.db.records.own import Phrase
from kanto_desk.db.schema import fields_of
from kanto_desk.db.store import Store, next_number, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.text import clean_text
from kanto_desk.rules.ordering import between
from kanto_desk.services import codes, history
from kanto_desk.services.history import Reverted

TYPE = "phrase"
ROOT = (TYPE, "phrases")
"""What undo works on: all set phrases together, apart from every open record."""

TITLE_MOST = 40
_TITLE_GUESS = 20
_COUNTER = "phrase "   # name of a counter: this and the uid


@dataclass(frozen=True, slots=True)
class Listed:
    """A set phrase as it is shown in the language in use. `kind` is a code of entry_kind, "" for any; `used` how often
    it was put in on this laptop."""

    uid: str
    title: str
    text: str
    kind: str
    used: int


def listing(store: Store, query: str = "", *, kind: str | None = None) -> list[Listed]:
    """The set phrases that hold every word of the query in any spelling: those for this kind of line first, then those
    for any kind, then the others; within them the most used ones first, then in their order.

    Shipped ones are found by their reading, too, so that text being composed already finds them.
    """
    words = [folded for word in query.split() if (folded := fold(word))]
    with store.read() as conn:
        used = _counts(conn)
        found = [(p, _listed(p, used.get(p.uid, 0))) for p in _in_order(conn)]
    labels = {c.code: c.label for c in codes.choices(store, "entry_kind")}
    fitting = [(p, one) for p, one in found
               if not words or _holds(_haystack(p, one, labels.get(one.kind, "")), words)]
    ranked = sorted(enumerate(fitting), key=lambda at: (_distance(at[1][1].kind, kind), -at[1][1].used, at[0]))
    return [one for _, (_, one) in ranked]


def in_order(store: Store) -> list[Listed]:
    """Every set phrase in the order that people gave them."""
    with store.read() as conn:
        used = _counts(conn)
        return [_listed(p, used.get(p.uid, 0)) for p in _in_order(conn)]


def fields() -> tuple[Field, ...]:
    """The fields of a set phrase that people write."""
    return tuple(f for f in fields_of(Phrase) if not f.bookkeeping)


def add(store: Store, text: str, *, title: str = "", kind: str = "") -> str:
    """Make a set phrase at the end of the list; without a title its first words are it. Gives its uid.

    Raises Refused for an empty or too long text.
    """
    text = _text(text)
    with store.operation(tr("定型文の追加"), ROOT) as op:
        last = op.conn.execute(select(func.max(Phrase.place)).where(Phrase.deleted_at.is_(None))).scalar()
        return op.add(TYPE, {"title": _title(title) or guessed_title(text), "text": text, "kind": kind or None,
                             "place": between(last, None)})


def edit(store: Store, uid: str, *, title: str | None = None, text: str | None = None, kind: str | None = None) -> None:
    """Change a set phrase; None leaves a value as it is, and kind "" means any. Raises Refused for an empty text."""
    values: dict[str, Any] = {}
    if text is not None:
        values["text"] = _text(text)
    if title is not None:
        values["title"] = _title(title)
        if not values["title"]:
            raise Refused(tr("名前が空です。"), "title")
    if kind is not None:
        values["kind"] = kind or None
    with store.operation(tr("定型文の編集"), ROOT, extend=f"{uid}:{','.join(sorted(values))}") as op:
        shown = _listed(_need(op.conn, uid), 0)   # shipped words read in English stay where nothing was written
        op.put(TYPE, uid, {name: value for name, value in values.items() if value != (getattr(shown, name) or None)})


def delete(store: Store, uid: str) -> None:
    """Move a set phrase to the bin."""
    with store.operation(tr("定型文の削除"), ROOT) as op:
        _need(op.conn, uid)
        op.delete(TYPE, uid)


def move(store: Store, uid: str, to: int) -> None:
    """Move a set phrase to position `to` (0 is first) in the order; one row changes."""
    with store.operation(tr("定型文の移動"), ROOT) as op:
        _need(op.conn, uid)
        others = [p for p in _in_order(op.conn) if p.uid != uid]
        to = max(0, min(to, len(others)))
        before = others[to - 1].place if to else None
        # two laptops may have given the same place: room is found before the next that stands behind
        after = next((p.place for p in others[to:] if p.place and p.place > (before or "")), None)
        op.put(TYPE, uid, {"place": between(before, after)})


def count_use(store: Store, uid: str) -> int:
    """Note that a set phrase was put in; gives how often it was so far."""
    with store.write() as conn:
        return next_number(conn, _COUNTER + uid)


def undo(store: Store) -> Reverted | None:
    """Revert the last change of the set phrases; None at the beginning."""
    return history.undo(store, ROOT)


def redo(store: Store) -> Reverted | None:
    """Revert the last undo of the set phrases; None when something was changed since."""
    return history.redo(store, ROOT)


def guessed_title(text: str) -> str:
    """The first words of a text, as the title of a set phrase nobody named."""
    first = clean_text(text).strip().split("\n")[0].strip()
    return first if len(first) <= _TITLE_GUESS else first[:_TITLE_GUESS - 1] + "…"


def _in_order(conn: Connection) -> Sequence[Phrase]:
    return read_all(conn, Phrase, order_by=(Phrase.place, Phrase.uid))


def _need(conn: Connection, uid: str) -> Phrase:
    found = read_one(conn, Phrase, uid)
    if found is None or found.deleted_at is not None:
        raise Refused(tr("この定型文は、もうありません。"))
    return found


def _text(text: str) -> str:
    text = clean_text(text).strip()
    if not text:
        raise Refused(tr("文が空です。"), "text")
    most = next(f.max_length for f in fields_of(Phrase) if f.name == "text")
    if most and len(text) > most:
        raise Refused(tr("文が長すぎます（{most}字まで）。", most=most), "text")
    return text


def _title(title: str) -> str:
    return " ".join(clean_text(title).split())[:TITLE_MOST]


def _shipped(uid: str) -> masters.ShippedPhrase | None:
    return next((one for one in masters.phrases() if one.uid == uid), None)


def _listed(phrase: Phrase, used: int) -> Listed:
    title, text = phrase.title or "", phrase.text or ""
    shipped = _shipped(phrase.uid) if language() == "en" else None
    if shipped is not None:   # what somebody wrote is shown as it was written
        title = shipped.title_en if title == shipped.title else title
        text = shipped.text_en if text == shipped.text else text
    return Listed(phrase.uid, title, text, phrase.kind or "", used)


def _haystack(phrase: Phrase, shown: Listed, kind: str) -> str:
    shipped = _shipped(phrase.uid)
    reading = shipped.kana if shipped is not None and phrase.title == shipped.title else ""
    return "\n".join(fold(part) for part in (shown.title, shown.text, phrase.title or "", kind, reading))


def _holds(haystack: str, words: Sequence[str]) -> bool:
    return all(word in haystack for word in words)


def _distance(own: str, wanted: str | None) -> int:
    if not wanted:
        return 0
    return 0 if own == wanted else 1 if not own else 2


def _counts(conn: Connection) -> dict[str, int]:
    c = local.counter.c
    rows = conn.execute(select(c.name, c.value).where(c.name.startswith(_COUNTER, autoescape=True)))
    return {row.name.removeprefix(_COUNTER): row.value for row in rows}
