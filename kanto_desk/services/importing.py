"""Imports: every row accepted or refused with its line and reason; a batch of operations that can be undone as one.

Importing the same file twice changes nothing, not even what people edited since; a changed row updates what came from
it before. An import that was killed leaves whole operations and is named by the next one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from kanto_desk.clock import today
from kanto_desk.db import local
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.consultations import Consultation as ConsultationRecord
from kanto_desk.db.records.organizations import Organization as OrganizationRecord
from kanto_desk.db.schema import Record, canonical, fields_of, new_uid, records
from kanto_desk.db.store import Store, put_setting, read_one
from kanto_desk.errors import Refused, Trouble
from kanto_desk.fields import to_wire
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.numbers import corporate_number_warning
from kanto_desk.japanese.text import half_width
from kanto_desk.rules import plausible
from kanto_desk.services import added_codes, interchange, visit_parts
from kanto_desk.services.consultations import need_editable
from kanto_desk.services.given_values import LISTED, label_of, note_of
from kanto_desk.services.references import new_reference
from kanto_desk.services.row_cleaning import Dropped, names_of
from kanto_desk.services.rows_of_files import Row, Source, read
from kanto_desk.services.trial import trial_of
from kanto_desk.services.visit_rows import need_consultation_headings

CREATED, UPDATED, SAME, DUPLICATE, REJECTED = "created", "updated", "same", "duplicate", "rejected"
ROWS_A_STEP = 40
RECORDS_A_STEP = 400   # an operation takes 500 (db.operation.MOST_ROWS)
MOST_PARTS = 400
"""Lines, people, promises and the like of one row; it comes in whole, as one operation."""
LONG_LINE = 2000       # characters: more than a page of the sheet
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
    normalised: int = 0
    """How many of its texts were put into their usual spelling: width, kana, hyphens, outer blanks."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An import that ended in the middle: its file, when it began (ISO), and how many rows were taken."""

    file: str
    import_id: str
    started: str
    rows: int


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. `import_id` undoes all of it; `unfinished` is what an earlier import left behind; `notes`
    are worth telling of the file as a whole."""

    import_id: str
    outcomes: tuple[Outcome, ...]
    unfinished: Unfinished | None = None
    notes: tuple[str, ...] = ()

    def count(self, what: str) -> int:
        """How many rows ended so."""
        return sum(o.what == what for o in self.outcomes)

    @property
    def warned(self) -> int:
        """How many rows were accepted with something to look at."""
        return sum(bool(o.remarks) and o.what not in (REJECTED, DUPLICATE) for o in self.outcomes)

    @property
    def normalised(self) -> int:
        """How many texts of accepted rows were put into their usual spelling."""
        return sum(o.normalised for o in self.outcomes)


Progress = Callable[[int], None]
NeedHeadings = Callable[[tuple[str, ...]], None]
Taker = Callable[[Store, Operation, Row], Outcome]
"""Takes one row into an operation and says what became of it. Raises Refused for a row that cannot be taken."""


def import_organizations(store: Store, path: Path, *, dry_run: bool = False,
                         progress: Progress | None = None) -> Report:
    """Import organizations from JSON lines, CSV or Excel. Raises Refused or Trouble when the file cannot be read."""
    return take_rows(store, path, _organization, dry_run=dry_run, progress=progress, type_name="organization",
                     need_headings=interchange.need_organization_headings, searched=False)


def import_consultations(store: Store, path: Path, *, dry_run: bool = False,
                         progress: Progress | None = None) -> Report:
    """Import consultations from JSON lines; their organizations must be in this store (by id or name)."""
    return take_rows(store, path, _consultation, dry_run=dry_run, progress=progress, type_name="consultation",
                     need_headings=need_consultation_headings, searched=False)


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


def unfinished(store: Store) -> Unfinished | None:
    """The import that ended in the middle, until the next one runs to its end."""
    noted = store.setting(UNFINISHED)
    return Unfinished(**noted) if noted else None


def take_rows(store: Store, path: Path, take: Taker, *, dry_run: bool = False, progress: Progress | None = None,
              type_name: str = "", need_headings: NeedHeadings | None = None, searched: bool = True,
              id_keys: Collection[str] = ("id",)) -> Report:
    """Import every row of a file by `take`, some rows a transaction; the way of every importer.

    An id (a key of `id_keys`) stands for one row of a file: a second one with other content is refused, because
    nobody can tell which of them is meant.

    A dry run takes the rows into a copy in memory, so that it tells what the import would do. `type_name` names the
    fields in messages; `need_headings` raises Refused for a table that cannot be meant; `searched`: `take` uses the
    search index. Raises Refused for a file without rows.
    """
    source = read(path)
    if need_headings is not None and source.headings is not None:
        need_headings(source.headings)
    rows = _Rows(take, type_name, id_keys)
    with trial_of(store, searched=searched) if dry_run else nullcontext(store) as target:
        return _took(target, path.name, source, rows, progress)


def _took(store: Store, file: str, source: Source, rows: _Rows, progress: Progress | None) -> Report:
    import_id = new_uid(store.clock())
    before = unfinished(store)
    started = store.clock().isoformat(timespec="seconds")
    outcomes: list[Outcome] = []
    for step in _steps(source.rows):
        done = len(outcomes)
        try:
            with store.operation(tr("取り込み"), origin="import", undoable=False, import_id=import_id) as op:
                outcomes += [rows.taken(store, op, row) for row in step]
                put_setting(op.conn, UNFINISHED, {"file": file, "import_id": import_id, "started": started,
                                                  "rows": len(outcomes)})
        except Trouble as trouble:
            raise _stopped(trouble, done) from trouble
        if progress is not None:
            progress(len(outcomes))
    if not outcomes:
        if source.headings:
            raise Refused(tr("見出しのほかに行がありません。2行目から1行に1件を書きます。何も取り込んでいません。"))
        raise Refused(tr("取り込む行がありません。1行に1件を書きます。何も取り込んでいません。"))
    store.set_setting(UNFINISHED, None)
    return Report(import_id, tuple(outcomes), before, source.notes)


def _stopped(trouble: Trouble, done: int) -> Trouble:
    """What the disk said in the middle of an import, and how many rows are in."""
    return Trouble(trouble.happened, tr("これまでに保存した記録は無事です。取り込みは{n}行まで済んでいます。",
                                        n=done),
                   tr("原因を除いてから、同じファイルをもう一度取り込みます。済んだ行は二重になりません。"),
                   trouble.detail)


def _steps(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows in steps of one transaction. Rows that may mean the same record never share one: the second must see the
    first as it was written."""
    step: list[Row] = []
    marks: set[tuple[str, str]] = set()
    held = 0
    for row in rows:
        own, size = _marks(row), _records(row)
        if step and (len(step) == ROWS_A_STEP or own & marks or held + size > RECORDS_A_STEP):
            yield step
            step, marks, held = [], set(), 0
        step.append(row)
        marks |= own
        held += size
    if step:
        yield step


def _marks(row: Row) -> set[tuple[str, str]]:
    named = {(_MARKS[interchange.meaning(key)], half_width(str(value))) for key, value in row.values.items()
             if interchange.meaning(key) in _MARKS}
    return {(key, value) for key, value in named if value}


_MARKS = {"id": "id", "uid": "id", "own_id": "id", "name": "name", "corporate_number": "corporate_number",
          "Name": "name", "code": "code", "コード": "code", "Code": "code"}
"""Keys of files that name a record, by what they name it with."""


def _records(row: Row) -> int:
    """At most how many records a row makes: itself, the items of its lists (a contact is two), and their notes."""
    return 2 + sum(2 * len(value) if isinstance(value, list) else 2 * len(LISTED.findall(value)) + 2
                   for key, value in row.values.items() if isinstance(value, list)
                   or (isinstance(value, str) and key in _LISTS))


_LISTS = frozenset({"contacts", "lines", "participants", "issues", "promises", "consents"})


class _Rows:
    """Takes the rows of one file and remembers on which line each id stood."""

    def __init__(self, take: Taker, type_name: str, id_keys: Collection[str]) -> None:
        self._take, self._type_name, self._id_keys = take, type_name, frozenset(id_keys)
        self._accepted: dict[str, tuple[str, Outcome]] = {}

    def taken(self, store: Store, op: Operation, row: Row) -> Outcome:
        """What became of a row. One that was refused does not count: a later row of its id may be the right one."""
        own_id = next((half_width(note_of(value)) for key, value in row.values.items()
                       if interchange.meaning(key) in self._id_keys and note_of(value)), "")
        digest = _digest(row.values)
        earlier = None if row.refused else self._accepted.get(own_id)
        if earlier is not None:
            return _second(row, own_id, earlier[1], same=earlier[0] == digest)
        outcome = _taken(store, op, row, self._take, self._type_name)
        if own_id and outcome.what != REJECTED:
            self._accepted[own_id] = (digest, outcome)
        return outcome


def _second(row: Row, own_id: str, first: Outcome, *, same: bool) -> Outcome:
    if same:
        return Outcome(row.line, SAME, first.uid, first.name, (tr("{line}行目と同じです", line=first.line),))
    told = tr("{label}「{value}」は{line}行目にもあり、内容が違います。どちらか一つにします",
              label=label_of("", "id"), value=own_id[:40], line=first.line)
    return Outcome(row.line, REJECTED, "", _name_in(row), (told,))


def _taken(store: Store, op: Operation, row: Row, take: Taker, type_name: str) -> Outcome:
    told = (*(_dropped(d, type_name) for d in row.dropped), *row.remarks)
    if row.refused:
        return Outcome(row.line, REJECTED, "", "", (row.refused, *told))
    try:
        outcome = take(store, op, row)
    except Refused as refused:
        label = label_of(type_name, refused.field) if refused.field else ""
        told_already = label in refused.message or refused.message.startswith(("「", "“"))   # the field is named in it
        reason = refused.message if told_already else tr("{label}：{reason}", label=label, reason=refused.message)
        return Outcome(row.line, REJECTED, "", _name_in(row), (reason, *told))
    return replace(outcome, remarks=(*told, *outcome.remarks)) if told else outcome


def _name_in(row: Row) -> str:
    named = {interchange.meaning(key): value for key, value in row.values.items()}
    return note_of(named.get("name") or named.get("id"))[:60]


def _dropped(dropped: Dropped, type_name: str) -> str:
    what, n = names_of(dropped.characters), len(dropped.characters)
    if dropped.column:
        return tr("{column}列目「{heading}」から使えない文字を{n}個除きました（{what}）", column=dropped.column,
                  heading=dropped.key, n=n, what=what)
    return tr("「{heading}」から使えない文字を{n}個除きました（{what}）", heading=label_of(type_name, dropped.key), n=n,
              what=what)


def _organization(store: Store, op: Operation, row: Row) -> Outcome:
    made = interchange.organization(row.values, added_codes.of(op.conn))
    _need_few(2 * len(made.contacts), "contacts")   # a person and where he works
    check_lengths(OrganizationRecord, made.values)
    for contact in made.contacts:   # before anything is put: a refused row leaves nothing
        try:
            check_lengths(records()["person"], dict(contact))
        except Refused as refused:
            raise Refused(refused.message, "contacts") from refused
    doubt = plausible.founded(made.values.get("founded", ""), today(store.clock))
    remarks = (*made.remarks, *([words_of(doubt, "organization")] if doubt else []))
    name = made.values["name"]
    known = _by_own_id(op, "organization", made.own_id)
    again = seen_before(op, "organization", made.own_id, row.values)
    if known is not None:
        record = read_one(op.conn, OrganizationRecord, known)
        same = again or (record is not None and all(getattr(record, k) == v for k, v in made.values.items()))
        if not same:
            op.put("organization", known, made.values)
        remember(op, "organization", made.own_id, row.values)
        return Outcome(row.line, SAME if same else UPDATED, known, name, remarks, made.normalised)
    twin = _twin(op, made.values)
    if twin is not None:
        told = tr("同じ企業がすでにあります。取り込みませんでした")
        return Outcome(row.line, DUPLICATE, twin, name, (*remarks, told))
    uid = op.add("organization", {**made.values, "own_id": made.own_id or None})
    for contact in made.contacts:
        person = op.add("person", {"name": contact["name"], "kana": contact.get("kana"), "kinds": ("contact",),
                                   "phone": contact.get("phone"), "email": contact.get("email")})
        op.add("affiliation", {"person": person, "organization": uid, "role": contact.get("role"),
                               "is_contact": contact["is_contact"]})
    remember(op, "organization", made.own_id, row.values)
    return Outcome(row.line, CREATED, uid, name, remarks, made.normalised)


def _consultation(store: Store, op: Operation, row: Row) -> Outcome:
    day = today(store.clock)
    made = interchange.consultation(row.values, day, added_codes.of(op.conn))
    plausible.need_order(made.values)
    made.remarks += [words_of(d, "consultation") for d in plausible.far_days(made.values, day)]
    made.remarks += [words_of(d, kind) for kind, values in made.parts for d in plausible.far_days(values, day)]
    check_lengths(ConsultationRecord, made.values)
    organization = find_organization(op.conn, made.organization)
    if organization is None:
        raise Refused(tr("この企業が見つかりません：{name}", name=made.organization), "organization")
    made.values["organization"] = organization
    pictures = sum(len(values["photos"]) for kind, values in made.parts if kind == "entry")
    if pictures:
        made.remarks.append(tr("写真は取り込みません（{n}枚）。記録の画面で加えます", n=pictures))
    _need_few(len(made.parts), "lines")
    for kind, values in made.parts:
        check_lengths(records()[kind], values)
    long = [len(values["text"]) for kind, values in made.parts if kind == "entry" and len(values["text"]) > LONG_LINE]
    if long:
        made.remarks.append(tr("長い行があります（{n}件、最も長い行は{most}文字）", n=len(long), most=f"{max(long):,}"))
    name = made.values.get("theme") or made.own_id
    known = _by_own_id(op, "consultation", made.own_id)
    again = seen_before(op, "consultation", made.own_id, row.values)
    if known is not None:
        if again:
            return Outcome(row.line, SAME, known, name, tuple(made.remarks), made.normalised)
        need_editable(op.conn, known)
        merged = visit_parts.merge(op, known, organization, made)
        remember(op, "consultation", made.own_id, row.values)
        return Outcome(row.line, UPDATED if merged.changed else SAME, known, name,
                       (*made.remarks, *merged.remarks), made.normalised)
    values = {**made.values, "own_id": made.own_id or None,
              "reference": new_reference(op.conn, made.values["fiscal_year"])}
    uid = op.add("consultation", values)
    visit_parts.add_parts(op, uid, organization, made)
    remember(op, "consultation", made.own_id, row.values)
    return Outcome(row.line, CREATED, uid, name, tuple(made.remarks), made.normalised)


def words_of(doubt: plausible.Doubt, type_name: str) -> str:
    """A doubt as a report says it."""
    return tr("{label}を確かめます：{value}（{reason}）", label=label_of(type_name, doubt.field),
              value=doubt.value[:40], reason=doubt.reason)


def _need_few(parts: int, key: str) -> None:
    if parts > MOST_PARTS:
        raise Refused(tr("1行に入っているものが多すぎます（{n}件、{most}件まで）。いくつかの行に分けます", n=parts,
                         most=MOST_PARTS), key)


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
    """An organization that is certainly the same: its corporate number, or name and place in any spelling.

    A number that cannot be right says neither that two are one nor that they are two.
    """
    o = OrganizationRecord
    number = _sure(values.get("corporate_number"))
    if number:
        found = op.conn.execute(select(o.uid).where(o.corporate_number == number, o.deleted_at.is_(None))).scalar()
        if found is not None:
            return str(found)
    for r in op.conn.execute(select(o.uid, o.name, o.prefecture, o.city, o.corporate_number).where(
            o.name == values["name"], o.deleted_at.is_(None))):
        differs = number and _sure(r.corporate_number) not in (None, number)
        if not differs and (r.prefecture, r.city) == (values.get("prefecture"), values.get("city")):
            return str(r.uid)
    return None


def _sure(number: str | None) -> str | None:
    return number if number and corporate_number_warning(number) is None else None


def check_lengths(record: type[Record], values: dict[str, Any]) -> None:
    """Text longer than its field is refused, not cut: a cut value would be a wrong one."""
    for f in fields_of(record):
        wire = to_wire(f, values.get(f.name))
        if f.max_length and isinstance(wire, str) and len(wire) > f.max_length:
            raise Refused(tr("「{label}」が長すぎます（{n}文字、{most}文字まで）", label=f.label(language()),
                             n=len(wire), most=f.max_length), f.name)

