"""Imports: every row accepted or refused with its line and reason; a batch of operations that can be undone as one.

Importing the same file twice changes nothing, not even what people edited since; a changed row updates what came from
it before. An import that was killed leaves whole operations and is named by the next one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk.clock import today
from kanto_desk.db import local
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.consultations import Consultation as ConsultationRecord
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.organizations import Organization as OrganizationRecord
from kanto_desk.db.schema import Record, canonical, fields_of, new_uid, records
from kanto_desk.db.store import Store, put_setting, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import to_wire
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import half_width
from kanto_desk.rules.ordering import between
from kanto_desk.services import interchange
from kanto_desk.services.consultations import need_editable
from kanto_desk.services.references import new_reference
from kanto_desk.services.rows_of_files import Row, rows_of
from kanto_desk.services.timeline import text_hash

CREATED, UPDATED, SAME, DUPLICATE, REJECTED = "created", "updated", "same", "duplicate", "rejected"
ROWS_A_STEP = 40
UNFINISHED = "import_unfinished"
"""Setting that names a running import; it stands in the transaction of every step, so a killed one leaves it behind."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row."""

    line: int
    what: str
    uid: str
    name: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An import that ended in the middle: its file, when it began (ISO), and how many rows were taken."""

    file: str
    import_id: str
    started: str
    rows: int


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. `import_id` undoes all of it; `unfinished` is what an earlier import left behind."""

    import_id: str
    outcomes: tuple[Outcome, ...]
    unfinished: Unfinished | None = None

    def count(self, what: str) -> int:
        """How many rows ended so."""
        return sum(o.what == what for o in self.outcomes)


Progress = Callable[[int], None]
Taker = Callable[[Store, Operation, Row], Outcome]
"""Takes one row into an operation and says what became of it. Raises Refused for a row that cannot be taken."""


def import_organizations(store: Store, path: Path, *, dry_run: bool = False,
                         progress: Progress | None = None) -> Report:
    """Import organizations from JSON lines, CSV or Excel. Raises Refused or Trouble when the file cannot be read."""
    return take_rows(store, path, _organization, dry_run=dry_run, progress=progress)


def import_consultations(store: Store, path: Path, *, dry_run: bool = False,
                         progress: Progress | None = None) -> Report:
    """Import consultations from JSON lines; their organizations must be in this store (by id or name)."""
    return take_rows(store, path, _consultation, dry_run=dry_run, progress=progress)


def undo_import(store: Store, import_id: str) -> int:
    """Move everything an import made to the bin; gives how many records. Rows it updated keep the update."""
    with store.read() as conn:
        txs = list(conn.execute(select(local.operation.c.tx).where(
            local.operation.c.import_id == import_id)).scalars())
        made = [(c.type, c.uid) for tx in txs for c in conn.execute(select(local.change).where(
            local.change.c.tx == tx)) if c.base == "{}" and c.before in (None, "{}")]
    for i in range(0, len(made), 400):
        with store.operation(tr("取り込みを戻す")) as op:
            for key in made[i:i + 400]:
                op.delete(*key)
    return len(made)


class _Undone(Exception):
    """Rolls a dry run back."""


def unfinished(store: Store) -> Unfinished | None:
    """The import that ended in the middle, until the next one runs to its end."""
    noted = store.setting(UNFINISHED)
    return Unfinished(**noted) if noted else None


def take_rows(store: Store, path: Path, take: Taker, *, dry_run: bool = False,
              progress: Progress | None = None) -> Report:
    """Import every row of a file by `take`, some rows a transaction; the way of every importer."""
    import_id = new_uid(store.clock())
    before = unfinished(store)
    started = store.clock().isoformat(timespec="seconds")
    outcomes: list[Outcome] = []
    for step in _steps(rows_of(path)):
        try:
            with store.operation(tr("取り込み"), origin="import", undoable=False, import_id=import_id) as op:
                outcomes += [_taken(store, op, row, take) for row in step]
                put_setting(op.conn, UNFINISHED, {"file": path.name, "import_id": import_id, "started": started,
                                                  "rows": len(outcomes)})
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        if progress is not None:
            progress(len(outcomes))
    if not dry_run:
        store.set_setting(UNFINISHED, None)
    return Report(import_id, tuple(outcomes), before)


def _steps(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in steps of one transaction. Rows that may mean the same record never share one: the second must see the
    first as it was written."""
    step: list[Row] = []
    marks: set[tuple[str, str]] = set()
    for row in rows:
        own = _marks(row)
        if step and (len(step) == ROWS_A_STEP or own & marks):
            yield step
            step, marks = [], set()
        step.append(row)
        marks |= own
    if step:
        yield step


def _marks(row: Row) -> set[tuple[str, str]]:
    named = {(interchange.HEADINGS.get(key, key), half_width(str(value))) for key, value in row.values.items()}
    return {(key, value) for key, value in named if value and key in ("id", "uid", "name", "corporate_number")}


def _taken(store: Store, op: Operation, row: Row, take: Taker) -> Outcome:
    if row.refused:
        return Outcome(row.line, REJECTED, "", "", (row.refused,))
    try:
        return take(store, op, row)
    except Refused as refused:
        where = f"{refused.field}: " if refused.field else ""
        named = {interchange.HEADINGS.get(key, key): value for key, value in row.values.items()}
        return Outcome(row.line, REJECTED, "", str(named.get("name") or named.get("id") or "")[:60],
                       (where + refused.message,))


def _organization(store: Store, op: Operation, row: Row) -> Outcome:  # noqa: ARG001 - one shape for every importer
    made = interchange.organization(row.values)
    check_lengths(OrganizationRecord, made.values)
    remarks = tuple(made.remarks)
    name = made.values["name"]
    known = _by_own_id(op, "organization", made.own_id)
    again = seen_before(op, "organization", made.own_id, row.values)
    if known is not None:
        record = read_one(op.conn, OrganizationRecord, known)
        same = again or (record is not None and all(getattr(record, k) == v for k, v in made.values.items()))
        if not same:
            op.put("organization", known, made.values)
        remember(op, "organization", made.own_id, row.values)
        return Outcome(row.line, SAME if same else UPDATED, known, name, remarks)
    twin = _twin(op, made.values)
    if twin is not None:
        told = tr("同じ企業がすでにあります。取り込みませんでした")
        return Outcome(row.line, DUPLICATE, twin, name, (*remarks, told))
    uid = op.add("organization", {**made.values, "own_id": made.own_id or None})
    for contact in made.contacts:
        check_lengths(records()["person"], dict(contact))
        person = op.add("person", {"name": contact["name"], "kana": contact.get("kana"), "kinds": ("contact",),
                                   "phone": contact.get("phone"), "email": contact.get("email")})
        op.add("affiliation", {"person": person, "organization": uid, "role": contact.get("role"),
                               "is_contact": contact["is_contact"]})
    remember(op, "organization", made.own_id, row.values)
    return Outcome(row.line, CREATED, uid, name, remarks)


def _consultation(store: Store, op: Operation, row: Row) -> Outcome:
    made = interchange.consultation(row.values, today(store.clock))
    check_lengths(ConsultationRecord, made.values)
    organization = find_organization(op.conn, made.organization)
    if organization is None:
        raise Refused(tr("この企業が見つかりません：{name}", name=made.organization), "organization")
    made.values["organization"] = organization
    for kind, values in made.parts:
        check_lengths(records()[kind], values)
    name = made.values.get("theme") or made.own_id
    known = _by_own_id(op, "consultation", made.own_id)
    again = seen_before(op, "consultation", made.own_id, row.values)
    if known is not None:
        record = read_one(op.conn, ConsultationRecord, known)
        same = record is not None and all(getattr(record, k) == v for k, v in made.values.items())
        fresh = [] if again else _new_parts(op, known, made)
        if again or (same and not fresh):
            return Outcome(row.line, SAME, known, name, tuple(made.remarks))
        need_editable(op.conn, known)
        op.put("consultation", known, made.values)
        made.parts = fresh
        add_parts(op, known, organization, made)
        remember(op, "consultation", made.own_id, row.values)
        return Outcome(row.line, UPDATED, known, name, tuple(made.remarks))
    values = {**made.values, "own_id": made.own_id or None,
              "reference": new_reference(op.conn, made.values["fiscal_year"])}
    uid = op.add("consultation", values)
    add_parts(op, uid, organization, made)
    remember(op, "consultation", made.own_id, row.values)
    return Outcome(row.line, CREATED, uid, name, tuple(made.remarks))


def add_parts(op: Operation, uid: str, organization: str, made: interchange.Consultation) -> list[tuple[str, Any]]:
    """Add lines, issues, people, promises and consents of a consultation; gives (entry uid, its photos)."""
    entries: list[tuple[str, str]] = []
    photos: list[tuple[str, Any]] = []
    for kind, values in made.parts:
        own = {"consultation": uid, **values}
        if kind == "entry":
            pictures = own.pop("photos")
            entry = op.add(kind, own)
            entries.append((entry, values["text"]))
            photos += [(entry, picture) for picture in pictures]
            continue
        if kind == "promise":
            line = own.pop("line")
            own["organization"] = organization
            if isinstance(line, int) and 0 <= line < len(entries):
                own["source"], own["source_hash"] = entries[line][0], text_hash(entries[line][1])
        if kind == "consent":
            own["organization"] = organization
        op.add(kind, own)
    return photos


_SAME_PART = {"entry": ("kind", "text"), "issue": ("code",), "participant": ("name",), "promise": ("text",),
              "consent": ("code",)}
"""What makes a part of a changed row one that is there already."""


def _new_parts(op: Operation, consultation: str, made: interchange.Consultation) -> list[tuple[str, dict[str, Any]]]:
    """Parts of a changed row that the consultation never had: what people removed or wrote here is left alone."""
    known = {(kind, *(getattr(part, n) for n in names)) for kind, names in _SAME_PART.items()
             for cls in (records()[kind],)
             for part in read_all(op.conn, cls, cls.__table__.c.consultation == consultation, deleted=True)}
    fresh = [(kind, values) for kind, values in made.parts
             if (kind, *(values.get(n) for n in _SAME_PART[kind])) not in known]
    lines = sum(kind == "entry" for kind, _ in fresh)
    last = op.conn.execute(select(func.max(Entry.place)).where(Entry.consultation == consultation)).scalar()
    for kind, values in fresh:
        if kind == "entry":
            last = values["place"] = between(last, None)
        if kind == "issue":
            values["primary"] = False
        if kind == "promise" and lines:
            values["line"] = None   # it counts the lines of the file, not the new ones
    return fresh


def seen_before(op: Operation, type_name: str, own_id: str, values: dict[str, Any]) -> bool:
    """Whether this very row was the last one imported under this id."""
    if not own_id:
        return False
    known = op.conn.execute(select(local.setting.c.value).where(
        local.setting.c.key == _seen_key(type_name, own_id))).scalar()
    return known == json.dumps(_digest(values))


def remember(op: Operation, type_name: str, own_id: str, values: dict[str, Any]) -> None:
    """Let `seen_before` know a row that was taken; one that was refused is read anew next time."""
    if own_id:
        put_setting(op.conn, _seen_key(type_name, own_id), _digest(values))


def _seen_key(type_name: str, own_id: str) -> str:
    return f"imported:{type_name}:{own_id}"


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(values).encode("utf-8", "surrogatepass")).hexdigest()


def find_organization(conn: Connection, name: str) -> str | None:
    """The organization of an imported id, uid, name or notation; None if there is none."""
    o = OrganizationRecord
    for column in (o.own_id, o.uid, o.name, o.source_notation):
        found = conn.execute(select(o.uid).where(column == name, o.deleted_at.is_(None)).limit(1)).scalar()
        if found is not None:
            return str(found)
    return None


def _by_own_id(op: Operation, type_name: str, own_id: str) -> str | None:
    if not own_id:
        return None
    record = OrganizationRecord if type_name == "organization" else ConsultationRecord
    found = op.conn.execute(select(record.uid).where(record.own_id == own_id, record.deleted_at.is_(None))
                            .limit(1)).scalar()
    return str(found) if found is not None else None


def _twin(op: Operation, values: dict[str, Any]) -> str | None:
    """An organization that is certainly the same: its corporate number, or name and place in any spelling."""
    o = OrganizationRecord
    number = values.get("corporate_number")
    if number:
        found = op.conn.execute(select(o.uid).where(o.corporate_number == number, o.deleted_at.is_(None))).scalar()
        if found is not None:
            return str(found)
    for r in op.conn.execute(select(o.uid, o.name, o.prefecture, o.city, o.corporate_number).where(
            o.name == values["name"], o.deleted_at.is_(None))):
        differs = number and r.corporate_number and number != r.corporate_number
        if not differs and (r.prefecture, r.city) == (values.get("prefecture"), values.get("city")):
            return str(r.uid)
    return None


def check_lengths(record: type[Record], values: dict[str, Any]) -> None:
    """Text longer than its field is refused, not cut: a cut value would be a wrong one."""
    for f in fields_of(record):
        wire = to_wire(f, values.get(f.name))
        if f.max_length and isinstance(wire, str) and len(wire) > f.max_length:
            raise Refused(tr("「{label}」が長すぎます（{n}文字、{most}文字まで）", label=f.ja, n=len(wire),
                             most=f.max_length), f.name)

