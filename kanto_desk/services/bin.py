"""ごみ箱: what was deleted in the last 30 days, by whom, and back again; afterwards it is gone from the list by itself.

Deleting is a field (`deleted_at`), so nothing is taken out of the tables or the journal here: the deletion has to
travel, and what was written elsewhere meanwhile has to meet it. What leaves is the way back and, with it, the photos.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from kanto_desk.db import at_once, local
from kanto_desk.db.apply import Key
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.journal import IN_BIN
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.dossier import Confirmation, Version
from kanto_desk.db.schema import fields_of, records, wire_table, wired
from kanto_desk.db.stamps import unpack
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.fields import Field, Json, Kind, from_wire
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.folding import fold
from kanto_desk.services import codes
from kanto_desk.services.consultations import need_editable

DAYS: Final = IN_BIN.days

_LEADS: Final = ("organization", "consultation", "person", "affiliation", "site", "entry", "attachment", "promise",
                 "summary_item", "participant", "referral", "consent", "phrase", "saved_view")
"""Of several records deleted in one step, the first of these gives it its name."""
_TITLES: Final = ("title", "theme", "name", "caption", "text", "reference")
_HASH = re.compile(r"[0-9a-f]{64}")
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """One step of deleting: its first record and those that went with it. `place` and `on` say where it belonged.

    `used`: it is past its days and stays, because something that is still there names it.
    """

    key: Key
    others: tuple[Key, ...]
    kind: str
    title: str
    place: str
    on: date | None
    at: datetime
    by: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What an item held: its fields in words, and a line for each record that hangs on it."""

    fields: tuple[tuple[Field, object], ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; `root` is the record whose undo takes it away again, `also` what had to come with it."""

    title: str
    root: Key
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many records left the bin for good, and how many photos and files were removed with them."""

    records: int
    blobs: int


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    values: dict[str, Json]
    at: datetime
    stamp: str


def listing(store: Store, query: str = "") -> list[Item]:
    """What is in the bin, the newest first; with `query` what holds each of its words in any spelling."""
    since = store.clock() - IN_BIN
    terms = [fold(term) for term in query.split()]
    with store.read() as conn:
        items = _items(conn, _deleted(conn, since))
    return [item for item in items if _fits(item, terms)][:_MOST]


def preview(store: Store, item: Item) -> Preview:
    """What an item held."""
    type_name, uid = item.key
    with store.read() as conn:
        row = conn.execute(select(wire_table(type_name)).where(wire_table(type_name).c.uid == uid)).mappings().one()
        shown = [(f, _word(store, f, from_wire(f, wired(f.kind, row[f.name])))) for f in fields_of(records()[type_name])
                 if not f.bookkeeping and f.kind not in (Kind.REFERENCE, Kind.DATA) and row[f.name] is not None]
        return Preview(tuple(shown), tuple(_hanging_on(conn, item)))


def restore(store: Store, item: Item) -> Restored:
    """もとに戻す: the records of an item, and what they belong to if that is in the bin, too.

    Raises Refused when it is not in the bin any more, or belongs to a signed consultation.
    """
    root = _root(store, item.key)
    with store.operation(tr("ごみ箱から戻す"), root) as op:
        keys = [key for key in (item.key, *item.others) if _is_deleted(op.conn, key)]
        if item.key not in keys:
            raise Refused(tr("もうごみ箱にありません。"))
        if root[0] == "consultation" and root != item.key:
            need_editable(op.conn, root[1])
        also = [root] if root != item.key and root not in keys and _is_deleted(op.conn, root) else []
        for type_name, uid in (*keys, *also):
            op.put(type_name, uid, {"deleted_at": None})
        told = tuple(_name(op.conn, key) for key in also)
    return Restored(item.title, root, told)


def empty_old(store: Store, blobs: Blobs) -> Emptied:
    """What is past its days leaves for good: this laptop forgets its stars and drafts, and its photos are removed.

    The rows stay as they are, deleted, with their stamps and their journal. Photos go when no record that is there or
    in the bin, no version, no before-value and no other head has named them for 30 days. Raises Trouble.
    """
    now = store.clock()
    since = now - IN_BIN
    with store.read() as conn:
        gone = {row.key for row in _over(conn, since)}
    with store.write() as conn:
        for table in (local.favourite, local.opened):
            conn.execute(table.delete().where(at_once.among(table.c.uid, {uid for _, uid in gone})))
        conn.execute(local.draft.delete().where(at_once.among(local.draft.c.uid, {uid for _, uid in gone})))
    old = set(blobs.kept_before(since.isoformat()))
    if old:
        with store.read() as conn:
            old -= _named(conn, since, {uid for _, uid in gone}, old)
    return Emptied(len(gone), blobs.sweep(set(blobs.hashes()) - old, since.isoformat()) if old else 0)


# What is in the bin -------------------------------------------------------------------------------------------------


def _deleted(conn: Connection, since: datetime) -> list[tuple[_Row, bool]]:
    """Deleted records that can come back, and whether one stays past its days because it is named."""
    rows = list(_rows(conn))
    used = _used(conn, [row for row in rows if row.at < since])
    return [(row, row.key in used) for row in rows if row.at >= since or row.key in used]


def _over(conn: Connection, since: datetime) -> list[_Row]:
    """Deleted records that cannot come back any more."""
    old = [row for row in _rows(conn) if row.at < since]
    used = _used(conn, old)
    return [row for row in old if row.key not in used]


def _rows(conn: Connection) -> Iterable[_Row]:
    for name in records():
        if name in ("organization_pair", "directory_fact"):   # no things of their own: the decision was taken back
            continue
        table = wire_table(name)
        for row in conn.execute(select(table).where(table.c.deleted_at.is_not(None))).mappings():
            kinds = {f.name: f.kind for f in fields_of(records()[name])}
            yield _Row((name, row["uid"]), {n: wired(k, row[n]) for n, k in kinds.items() if row[n] is not None},
                       datetime.fromisoformat(row["deleted_at"]), unpack(row["_stamps"]).get("deleted_at", ""))


def _used(conn: Connection, rows: Sequence[_Row]) -> set[Key]:
    """Which of these are named by a record that is there and is no part of them, or by an issued version."""
    by_type: dict[str, set[str]] = {}
    for row in rows:
        by_type.setdefault(row.key[0], set()).add(row.key[1])
    used: set[Key] = set()
    for name, cls in records().items() if by_type else ():
        table = wire_table(name)
        for field in fields_of(cls):
            if field.kind is Kind.REFERENCE and field.target in by_type and field.name != cls.parent:
                column = table.c[field.name]
                used |= {(field.target, uid) for uid in conn.execute(select(column).distinct().where(
                    at_once.among(column, by_type[field.target]), table.c.deleted_at.is_(None))).scalars()}
    left = {uid: row.key for row in rows for uid in [row.key[1]] if row.key not in used}
    if left:
        for body in conn.execute(select(wire_table("version").c.body)).scalars():
            used |= {key for uid, key in left.items() if uid in (body or "")}
    return used


def _items(conn: Connection, rows: Sequence[tuple[_Row, bool]]) -> list[Item]:
    """One item for each step of deleting."""
    steps: dict[str, list[tuple[_Row, bool]]] = {}
    writers: dict[str, str] = {}
    for row, used in rows:
        c = local.change.c
        found = conn.execute(select(c.tx, c.by).where(
            c.type == row.key[0], c.uid == row.key[1], c.hlc == row.stamp[:16], c.dev == row.stamp[16:])).one_or_none()
        step = found.tx if found is not None else row.key[1]
        steps.setdefault(step, []).append((row, used))
        writers[step] = found.by if found is not None else ""
    items = [item for step, own in steps.items() if (item := _item(conn, own, writers[step])) is not None]
    return sorted(items, key=lambda item: (item.at, item.key), reverse=True)


def _item(conn: Connection, rows: Sequence[tuple[_Row, bool]], by: str) -> Item | None:
    """None for records without any words of their own: nothing would be missed."""
    told = [(row, used, title) for row, used in rows if (title := _title(conn, row.key, row.values))]
    if not told:
        return None
    first, used, title = min(told, key=lambda one: _rank(one[0].key[0]))
    cls = records()[first.key[0]]
    return Item(first.key, tuple(row.key for row, _ in rows if row.key != first.key),
                cls.en if language() == "en" else cls.ja, title, *_place(conn, first), first.at, by, used)


def _rank(type_name: str) -> int:
    return _LEADS.index(type_name) if type_name in _LEADS else len(_LEADS)


def _fits(item: Item, terms: Sequence[str]) -> bool:
    text = fold("|".join((item.title, item.place, item.kind, item.by)))
    return all(term in text for term in terms)


# Words --------------------------------------------------------------------------------------------------------------


def _title(conn: Connection, key: Key, values: dict[str, Json]) -> str:
    if key[0] == "affiliation":
        return _name(conn, ("person", str(values.get("person"))))
    if key[0] == "consent":
        return str(values.get("code") or "") and tr("同意")
    found = next((str(values[name]) for name in _TITLES if values.get(name)), "")
    return " ".join(found.split())


def _name(conn: Connection, key: Key) -> str:
    """What a record is called, deleted or not; "" for none."""
    table = wire_table(key[0])
    row = conn.execute(select(table).where(table.c.uid == key[1])).mappings().one_or_none()
    return "" if row is None else _title(conn, key, {n: row[n] for n in _TITLES if n in row and row[n] is not None})


def _place(conn: Connection, row: _Row) -> tuple[str, date | None]:
    """Company and day of a consultation; the company and day of the visit that a part belongs to; a part's company."""
    table = wire_table("consultation")
    values: Any = row.values
    if row.key[0] != "consultation":
        parent = _parent(row.key[0], values)
        if parent is None:
            return "", None
        if parent[0] != "consultation":
            return _name(conn, parent), None
        values = conn.execute(select(table).where(table.c.uid == parent[1])).mappings().one_or_none() or {}
    company = _name(conn, ("organization", str(values.get("organization"))))
    held = values.get("held_on")
    return company, date.fromisoformat(held) if isinstance(held, str) else None


def _parent(type_name: str, values: Any) -> Key | None:
    """The record that this one is part of."""
    cls = records()[type_name]
    uid = values.get(cls.parent) if cls.parent else None
    if not isinstance(uid, str):
        return None
    target = next((f.target for f in fields_of(cls) if f.name == cls.parent), None)
    target = target or values.get("owner_type") or values.get("record_type")
    return (target, uid) if target in records() else None


def _root(store: Store, key: Key) -> Key:
    table = wire_table(key[0])
    with store.read() as conn:
        row = conn.execute(select(table).where(table.c.uid == key[1])).mappings().one_or_none()
    return (_parent(key[0], row) if row is not None else None) or key


def _word(store: Store, field: Field, value: Any) -> object:
    if field.kind is Kind.CODE and isinstance(value, str):
        return codes.label(store, field.codes or "", value)
    if field.kind is Kind.CODES and isinstance(value, list | tuple):
        return tuple(codes.label(store, field.codes or "", str(one)) for one in value)
    return value


def _hanging_on(conn: Connection, item: Item) -> Iterable[str]:
    """The lines of a visit; the visits of a company, which stay; what else went in the same step."""
    entry, visit = wire_table("entry"), wire_table("consultation")
    if item.key[0] == "consultation":
        yield from conn.execute(select(entry.c.text).where(
            entry.c.consultation == item.key[1], entry.c.deleted_at.is_(None), entry.c.text.is_not(None))
            .order_by(entry.c.place, entry.c.uid).limit(50)).scalars()
    if item.key[0] == "organization":
        for row in conn.execute(select(visit.c.held_on, visit.c.theme).where(
                visit.c.organization == item.key[1], visit.c.deleted_at.is_(None))
                .order_by(visit.c.held_on.desc()).limit(50)):
            yield "　".join(filter(None, (row.held_on, row.theme)))
    for key in item.others[:50]:
        name = _name(conn, key)
        if name:
            yield name


def _is_deleted(conn: Connection, key: Key) -> bool:
    table = wire_table(key[0])
    return conn.execute(select(table.c.deleted_at).where(table.c.uid == key[1])).scalar() is not None


# Photos -------------------------------------------------------------------------------------------------------------


def still_named(conn: Connection, digests: Collection[str]) -> set[str]:
    """Which of these files a record still names: one that is there or in the bin, a version, a before-value, a head."""
    copies = [str(one) for one in conn.execute(select(Attachment.own_id).where(
        Attachment.own_id.contains(" "))).scalars()]
    ever = datetime.min.replace(tzinfo=UTC)
    return _named(conn, ever, (), digests) | {d for d in digests for one in copies if d in one}


def _named(conn: Connection, since: datetime, gone: Collection[str], old: Collection[str]) -> set[str]:
    """Which of these hashes something still names."""
    a = Attachment
    named = {row.hash for row in conn.execute(select(a.hash, a.uid, a.owner, a.deleted_at).where(
        at_once.among(a.hash, old))) if row.owner not in gone and (row.deleted_at is None or row.deleted_at >= since)}
    for column in (Version.pdf, Confirmation.paper):
        named |= set(conn.execute(select(column).where(at_once.among(column, old))).scalars())
    if set(old) <= named:
        return named
    c = local.change.c
    texts: list[Any] = [
        select(wire_table("version").c.body),
        select(c.before).where(or_(*(c.before.like(f'%"{name}":%') for name in ("hash", "pdf", "paper")))),
        select(local.head.c.value).where(local.head.c.field.in_(("hash", "pdf", "paper")))]
    for statement in texts:
        for text in conn.execute(statement).scalars():
            named |= set(_HASH.findall(text or ""))
    return named
