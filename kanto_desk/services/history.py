"""変更履歴 of a record and its parts in people's words; undo and redo of the open record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kanto_desk.db import journal
from kanto_desk.db.apply import Key
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import fields_of, records
from kanto_desk.db.store import Store, read_one
from kanto_desk.fields import Field, Json, Kind, from_wire
from kanto_desk.i18n import language, tr
from kanto_desk.services import codes, contested_signed


@dataclass(frozen=True, slots=True)
class Changed:
    """One field that an operation changed, with its label; values as Python values."""

    record: str
    field: str
    before: object
    after: object
    of: Field


@dataclass(frozen=True, slots=True)
class Group:
    """One operation: what, by whom, when, and the fields it changed."""

    label: str
    by: str
    at: datetime
    here: bool
    changes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Reverted:
    """What undo or redo did: the label of the operation, and a sentence for each thing it left alone."""

    label: str
    kept: tuple[str, ...]


def groups(store: Store, root: Key, limit: int = 200) -> list[Group]:
    """What was changed on a record and its parts, newest first."""
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        found = journal.history(conn, journal.parts_of(conn, root), limit)
    return [Group(_label(g), g.by, g.at, g.dev == own, tuple(_changes(g))) for g in found]


def in_words(store: Store, found: Sequence[Group]) -> list[Group]:
    """The same groups as people read them: codes by their labels, organizations by their names.

    A change of which nothing can be read (a bare reference to another part) is left out.
    """
    def word(of: Field, value: object) -> object:
        if of.kind is Kind.CODE and isinstance(value, str):
            return codes.label(store, of.codes or "", value)
        if of.kind is Kind.CODES and isinstance(value, list | tuple):
            return tuple(codes.label(store, of.codes or "", str(one)) for one in value)
        if of.kind is Kind.REFERENCE:
            return _name_of(store, of, value)
        return value

    def read(group: Group) -> Group:
        told = (replace(c, before=word(c.of, c.before), after=word(c.of, c.after)) for c in group.changes)
        return replace(group, changes=tuple(c for c in told if (c.before, c.after) != (None, None)))
    return [read(group) for group in found]


def _name_of(store: Store, of: Field, value: object) -> str | None:
    if of.target != "organization" or not isinstance(value, str):
        return None
    with store.read() as conn:
        record = read_one(conn, Organization, value)
    return record.name if record is not None else None


def undo(store: Store, root: Key) -> Reverted | None:
    """Revert the last operation on the open record; None at the beginning or behind a 確定."""
    done = _told(store.undo(root))
    contested_signed.note(store, [root], here=True)   # a decision may be open again
    return done


def redo(store: Store, root: Key) -> Reverted | None:
    """Revert the last undo; None when something was edited since."""
    done = _told(store.redo(root))
    contested_signed.note(store, [root], here=True)
    return done


def _told(done: tuple[str, tuple[journal.Kept, ...]] | None) -> Reverted | None:
    if done is None:
        return None
    label, kept = done
    return Reverted(label, tuple(_left_alone(k) for k in kept))


def _left_alone(kept: journal.Kept) -> str:
    if kept.too_old:
        cls = records()[kept.type]
        name = cls.en if language() == "en" else cls.ja
        return tr("「{record}」はごみ箱に入れて30日を過ぎたため戻しません", record=name)
    return tr("「{field}」は{by}さんが後で直したため戻しません", field=_field(kept.type, kept.field),
              by=kept.by or tr("ほかの人"))


def _label(group: journal.Group) -> str:
    if group.origin == "undo":
        return tr("元に戻す：{label}", label=group.label)
    if group.origin == "redo":
        return tr("やり直す：{label}", label=group.label)
    return group.label or tr("ほかのパソコンでの変更")


def _changes(group: journal.Group) -> list[Changed]:
    out = []
    for edit in group.edits:
        cls = records()[edit.type]
        name = cls.en if language() == "en" else cls.ja
        known = {f.name: f for f in fields_of(cls)}
        for field_name, (before, after) in edit.fields.items():
            field = known.get(field_name)
            if field is None or (field.bookkeeping and field_name != "deleted_at"):
                continue
            out.append(Changed(name, field.label(language()), _value(field, before), _value(field, after), field))
    return out


def _value(field: Field, wire: Json) -> object:
    return from_wire(field, wire)


def _field(type_name: str, name: str) -> str:
    return next((f.label(language()) for f in fields_of(records()[type_name]) if f.name == name), name)
