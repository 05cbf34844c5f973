"""Every record type in one way, by its Fields: list, show, import. Rules of a topic stay with that topic's service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy import case as case_of

from kanto_desk.clock import today
from kanto_desk.db.operation import Operation
from kanto_desk.db.schema import Record, fields_of, records, wire_table, wired
from kanto_desk.db.store import Store, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Field, Json
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.calendar import fiscal_year
from kanto_desk.masters import strategy_nodes
from kanto_desk.rules import plausible
from kanto_desk.services import added_codes, codes, consultations, identifying, importing
from kanto_desk.services.field_values import Reading
from kanto_desk.services.given_values import blank, line_of, note_of
from kanto_desk.services.importing import Outcome, Report
from kanto_desk.services.references import new_reference
from kanto_desk.services.rows_of_files import Row, need_single

NOT_IMPORTED = frozenset({"transition", "confirmation", "version", "attachment", "saved_view",
                          "organization_pair", "directory_fact"})
"""What signing alone writes, and files, which come with `import DIR` of an export."""

_ID_KEYS = ("id", "uid", "own_id", "管理番号")
_NOTES = ("notes", "note")
"""Fields that take what a row says in keys nobody knows."""


@dataclass(frozen=True, slots=True)
class Type:
    """A record type: its name in commands, in both languages, and how many records there are."""

    name: str
    ja: str
    en: str
    part_of: str | None
    imported: bool
    count: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One record as wire values by field name; `id` is the caller's own id, if it has one."""

    type: str
    uid: str
    id: str
    deleted: bool
    sample: bool
    values: Mapping[str, Json]


def types(store: Store) -> list[Type]:
    """Every record type, in alphabetical order of names."""
    with store.read() as conn:
        return [Type(name, cls.ja, cls.en, cls.parent, name not in NOT_IMPORTED, _count(conn, name))
                for name, cls in sorted(records().items())]


def fields(type_name: str) -> tuple[Field, ...]:
    """The fields of a record type. Raises Refused for an unknown one."""
    return fields_of(_record(type_name))


def count(store: Store, type_name: str) -> int:
    """How many records of a type there are, those in the bin left out."""
    _record(type_name)
    with store.read() as conn:
        return _count(conn, type_name)


def listing(store: Store, type_name: str, *, limit: int = 100, offset: int = 0) -> list[Shown]:
    """Records of a type in their own order, else in that of their making. Raises Refused for an unknown type."""
    _record(type_name)
    table = wire_table(type_name)
    with store.read() as conn:
        return [_shown(type_name, row) for row in conn.execute(
            select(table).where(table.c.deleted_at.is_(None)).order_by(*_order(type_name, table), table.c.uid)
            .limit(limit).offset(offset)).mappings()]


def _order(type_name: str, table: Table) -> list[Any]:
    """Model cases by number, proposers as listed with theirs, the strategy as a tree; the uids of shipped rows are
    made from their keys and say nothing of order."""
    if type_name == "model_case":
        return [table.c.number]
    if type_name == "proposer":
        case = wire_table("model_case")
        number = select(case.c.number).where(case.c.uid == table.c.model_case).scalar_subquery()
        return [number, table.c.position]
    if type_name == "strategy_node":
        tree = {node.code: n for n, node in enumerate(strategy_nodes())}
        return [case_of(tree, value=table.c.code, else_=len(tree)), table.c.code]
    return []


def get(store: Store, type_name: str, uid: str) -> Shown:
    """One record, also one in the bin. Raises Refused when there is none."""
    _record(type_name)
    table = wire_table(type_name)
    with store.read() as conn:
        row = conn.execute(select(table).where(table.c.uid == uid)).mappings().one_or_none()
    if row is None:
        raise Refused(tr("このパソコンに無い記録です。"), "id")
    return _shown(type_name, row)


def import_records(store: Store, type_name: str, path: Path, *, dry_run: bool = False,
                   progress: importing.Progress | None = None) -> Report:
    """Import records of any type; keys are field names or their labels in either language, and `id`.

    Raises Refused for an unknown type, one that is not imported, or an unreadable file; Trouble when it cannot be read.
    """
    record = _record(type_name)
    if type_name in NOT_IMPORTED:
        raise Refused(tr("「{type}」は取り込めません。署名や添付とともにできる記録です。",
                         type=record.en if language() == "en" else record.ja))
    keys = _keys(record)

    def take(inner: Store, op: Operation, row: Row) -> Outcome:
        return _take(inner, op, row, record, keys)

    return importing.take_rows(store, path, take, dry_run=dry_run, progress=progress, type_name=type_name,
                               need_headings=lambda headings: _need_headings(record, keys, headings),
                               id_keys=_ID_KEYS)


def _record(type_name: str) -> type[Record]:
    if type_name not in records():
        raise Refused(tr("「{type}」という種類の記録はありません（{known}）。", type=type_name,
                         known=tr("、").join(sorted(records()))), "type")
    return records()[type_name]


def _count(conn: Connection, type_name: str) -> int:
    table = wire_table(type_name)
    return int(conn.execute(select(func.count()).select_from(table).where(table.c.deleted_at.is_(None))).scalar_one())


def _shown(type_name: str, row: Mapping[Any, Any]) -> Shown:
    values = {f.name: wired(f.kind, row[f.name]) for f in fields_of(records()[type_name]) if f.name != "deleted_at"}
    return Shown(type_name, row["uid"], str(values.get("own_id") or ""), row["deleted_at"] is not None,
                 bool(row["_sample"]), values)


def _keys(record: type[Record]) -> dict[str, Field]:
    """What a column may be called → its field; bookkeeping is the program's own."""
    known: dict[str, Field] = {}
    for field in fields_of(record):
        if not field.bookkeeping:
            for spelling in (field.en, field.ja, field.name):
                known[spelling] = field
    return known


def _take(store: Store, op: Operation, row: Row, record: type[Record], keys: Mapping[str, Field]) -> Outcome:
    type_name = record.type_name()
    reading = Reading(op.conn, today(store.clock), added=added_codes.of(op.conn))
    given = _given(row, keys)
    own_id = line_of(given.pop(_ID_KEYS[0], None), "id")
    values = {name: reading.value(field, given[name]) for name, field in _fields(keys).items() if name in given}
    _keep_unknown(record, row, keys, values, reading)
    if type_name == "code_entry":
        reading.remarks += codes.settle_entry(op.conn, _known(op, type_name, own_id), values, reading.today)
    importing.check_lengths(record, values)
    plausible.need_order(values)
    doubts = plausible.far_days(values, reading.today)
    if type_name == "organization" and (doubt := plausible.founded(values.get("founded") or "", reading.today)):
        doubts.append(doubt)
    reading.remarks += [importing.words_of(doubt, type_name) for doubt in doubts]
    uid = _known(op, type_name, own_id)
    name = next((str(values[f.name]) for f in fields_of(record) if f.listed and values.get(f.name)), own_id)[:60]
    if uid is not None:
        held = read_one(op.conn, record, uid)
        same = importing.seen_before(op, type_name, own_id, row.values) or (
            held is not None and all(getattr(held, k) == v for k, v in values.items()))
        if not same:
            _need_open(op, record, uid, values)
            op.put(type_name, uid, values)
        importing.remember(op, type_name, own_id, row.values)
        return Outcome(row.line, importing.SAME if same else importing.UPDATED, uid, name, tuple(reading.remarks))
    for field in fields_of(record):
        if field.required and not field.bookkeeping and values.get(field.name) is None and _needed(record, field):
            raise Refused(tr("「{label}」がありません", label=field.label(language())), field.name)
    _need_open(op, record, None, values)
    if record.type_name() == consultations.TYPE:
        values["fiscal_year"] = fiscal_year(values["held_on"])
        values["reference"] = new_reference(op.conn, values["fiscal_year"])
    if own_id and any(f.name == "own_id" for f in fields_of(record)):
        uid = op.add(type_name, {**values, "own_id": own_id})
    else:
        uid = op.add(type_name, values, identifying.uid_of_own_id(type_name, own_id) if own_id else None)
    importing.remember(op, type_name, own_id, row.values)
    return Outcome(row.line, importing.CREATED, uid, name, tuple(reading.remarks))


def _meaning(key: str, keys: Mapping[str, Field]) -> str:
    return keys[key].name if key in keys else _ID_KEYS[0] if key in _ID_KEYS else key


def _fields(keys: Mapping[str, Field]) -> dict[str, Field]:
    return {field.name: field for field in keys.values()}


def _need_headings(record: type[Record], keys: Mapping[str, Field], headings: tuple[str, ...]) -> None:
    """Raises Refused for a table with two columns for one thing, or without one that every new record needs."""
    meanings = [_meaning(heading, keys) for heading in headings]
    need_single(headings, meanings)
    missing = [] if _ID_KEYS[0] in meanings else [
        f.label(language()) for f in fields_of(record) if f.required and not f.bookkeeping and _needed(record, f)
        and f.name not in meanings]
    if missing or not set(meanings) & {_ID_KEYS[0], *_fields(keys)}:
        raise Refused(tr("要る列が見つかりません：{missing}（1行目の見出し：{given}）。分かる見出し：{known}。"
                         "何も取り込んでいません。", missing="、".join(missing) or tr("分かる見出し"),
                         given="、".join(filter(None, headings))[:200],
                         known="・".join(["id", *(f.label(language()) for f in _fields(keys).values())])))


def _given(row: Row, keys: Mapping[str, Field]) -> dict[str, Any]:
    """What a row gives, by field name. Raises Refused when two keys mean the same and differ."""
    given: dict[str, Any] = {}
    for key, value in row.values.items():
        name = _meaning(key, keys)
        if not blank(given.get(name)):
            if not blank(value) and given[name] != value:
                raise Refused(tr("同じ項目に二つの値があります：{values}",
                                 values="／".join(note_of(v)[:40] for v in (given[name], value))), name)
            continue
        given[name] = value
    return given


def _needed(record: type[Record], field: Field) -> bool:
    """A consultation is filled in during the visit: only company and day must be known before."""
    return record.type_name() != consultations.TYPE or field.name in ("organization", "held_on")


def _keep_unknown(record: type[Record], row: Row, keys: Mapping[str, Field], values: dict[str, Any],
                  reading: Reading) -> None:
    """Keys nobody knows become a note; a type without one refuses the row rather than drop them."""
    unknown = [k for k, v in row.values.items() if k not in keys and k not in _ID_KEYS and not blank(v)]
    if not unknown:
        return
    target = next((f.name for f in fields_of(record) if f.name in _NOTES), None)
    if target is None:
        raise Refused(tr("知らない項目です：{keys}", keys="、".join(unknown)))
    lines = [f"{k}: {note_of(row.values[k])}" for k in unknown]
    values[target] = "\n".join(filter(None, [values.get(target), *lines]))
    reading.remarks.append(tr("知らない項目をメモに残しました：{keys}", keys="、".join(unknown)))


def _known(op: Operation, type_name: str, own_id: str) -> str | None:
    """The record that an id names, also one in the bin; names do not count here: two companies may share one."""
    if not own_id:
        return None
    table = wire_table(type_name)
    for uid in (own_id, identifying.uid_of_own_id(type_name, own_id)):
        if op.conn.execute(select(table.c.uid).where(table.c.uid == uid)).scalar() is not None:
            return uid
    if "own_id" not in table.c:
        return None
    found = op.conn.execute(select(table.c.uid).where(table.c.own_id == own_id, table.c.deleted_at.is_(None))
                            .limit(1)).scalar()
    return str(found) if found is not None else None


def _need_open(op: Operation, record: type[Record], uid: str | None, values: Mapping[str, Any]) -> None:
    """A signed consultation and its parts are changed by a correction alone. Raises Refused."""
    if record.type_name() == consultations.TYPE:
        touched = [uid]
    elif record.parent == "consultation" and record.type_name() != "outcome":   # what came of it comes after signing
        held = read_one(op.conn, record, uid) if uid else None
        touched = [values.get("consultation"), getattr(held, "consultation", None)]
    else:
        return
    for one in touched:
        if one:
            consultations.need_editable(op.conn, one)
