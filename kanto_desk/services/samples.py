"""見本データ: 24 invented companies and 6 visits around the day of installation. Tagged, unjournalled, removable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, text

from kanto_desk.clock import JST, today
from kanto_desk.db import index_places, last_visits, local, search, visit_names
from kanto_desk.db.apply import Change
from kanto_desk.db.operation import Touched
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import SCHEMA_VERSION, fields_of, new_uid, records, wire_table
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.db.store import Store, put_setting
from kanto_desk.fields import Json, to_wire
from kanto_desk.i18n import tr
from kanto_desk.paths import resources
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import interchange, photos, picture_origin, references, sample_dates, sheets
from kanto_desk.services.closing import Closing
from kanto_desk.services.consultations import TYPE
from kanto_desk.services.desk import Desk
from kanto_desk.services.finalizing import Signature, as_signed, issue_rows
from kanto_desk.services.references import new_reference
from kanto_desk.services.timeline import text_hash

_FOR_THE_SAMPLE = frozenset({"sample", "headline", "links", "starred", "confirmed_by", "referrals", "heard_months_ago"})
_CAMERA = "Sample camera"
_MONTH_DAYS = 30.5
_NO_WRITING = frozenset({"transition", "version"})
_OF_THE_COURSE = frozenset({"started_at", "ended_at", "state", "reference", "held_on", "fiscal_year"})
Made = tuple[str, str, dict[str, Any]]


def present(store: Store) -> bool:
    """Whether sample rows are in the store."""
    with store.read() as conn:
        return bool(conn.execute(select(func.count()).select_from(Organization).where(
            Organization.sample == 1)).scalar_one())


def load(desk: Desk) -> int:
    """Put the sample data in, dated around today; gives how many rows. Does nothing when it is in already."""
    if present(desk.store):
        return 0
    day = today(desk.clock)
    me = (desk.store.person or tr("相談員")).split(" ")[0].split("　")[0]
    ids: dict[str, str] = {}
    rows = [*_organizations(desk, ids, day, me)]
    visits = [*_consultations(desk, ids, day, me)]
    for visit in visits:
        rows += visit[0]
    _put(desk.store, rows, {ids[row["id"]]: row["heard_months_ago"] for row in _lines("organizations.jsonl")})
    for _, row in visits:
        if row.get("state") == "confirmed":
            _confirm(desk, ids[row["id"]], row)
    with desk.store.write() as conn:
        for row in _lines("organizations.jsonl"):
            if row.get("starred"):
                conn.execute(local.favourite.insert().values(type="organization", uid=ids[row["id"]]))
    return len(rows)


@dataclass(frozen=True, slots=True)
class Written:
    """What the user wrote on the samples: lines and photos still there, and whether anything else."""

    lines: int = 0
    photos: int = 0
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.lines or self.photos or self.other)


def written(store: Store) -> Written:
    """What `remove` would take of the user's own. That a visit was begun or ended is no writing."""
    c = local.change.c
    lines, photo_uids, other = set(), set(), False
    with store.read() as conn:
        for name, uid, kept in conn.execute(select(c.type, c.uid, c.set).where(c.sample == 1)).all():
            table = wire_table(name)
            row = conn.execute(select(table).where(table.c.uid == uid)).mappings().first()
            if row is None or row["deleted_at"] is not None or name in _NO_WRITING:
                continue
            if name == "entry":
                lines.add(uid)
            elif name == "attachment" and row["kind"] == "photo":
                photo_uids.add(uid)
            elif row.get("source") is None and set(json.loads(kept)) - _OF_THE_COURSE:
                other = True   # what was read out of a line goes with the line
        d, visits = local.draft.c, wire_table(TYPE).c
        drafts = conn.execute(select(d.text).join(wire_table(TYPE), visits.uid == d.uid).where(
            visits["_sample"] == 1)).scalars()
        other = other or any(draft.strip() for draft in drafts)
    return Written(len(lines), len(photo_uids), other)


def remove(desk: Desk) -> int:
    """Take the sample data out without a trace, also what was written on it since; gives how many rows went."""
    gone: list[tuple[str, str]] = []
    with desk.store.write() as conn:
        for name in records():
            table = wire_table(name)
            gone += [(name, uid) for uid in conn.execute(select(table.c.uid).where(table.c["_sample"] == 1)).scalars()]
        gone += _written_on(conn, {uid for _, uid in gone})
        table = wire_table(TYPE)
        numbers = {n for n in conn.execute(select(table.c.reference).where(
            table.c.uid.in_([uid for name, uid in gone if name == TYPE]))).scalars() if n}
        for name, uid in dict.fromkeys(gone):
            _forget(conn, name, uid)
        last_visits.rebuild(conn)   # rows that go without a trace are seen by no projection
        references.give_back(conn, numbers)
        _forget_in_settings(conn, {uid for _, uid in gone})
    photos.sweep(desk.store, desk.blobs)
    desk.store.announce(Touched(frozenset(gone), "sample", "", tr("見本データを消す")))
    return len(dict.fromkeys(gone))


def _written_on(conn: Connection, roots: set[str]) -> list[tuple[str, str]]:
    """Parts that the user added to sample records: they cannot stand without them."""
    found: list[tuple[str, str]] = []
    fresh = set(roots)
    while fresh:
        added: set[str] = set()
        for name, cls in records().items():
            if cls.parent is None:
                continue
            table = wire_table(name)
            for row in conn.execute(select(table.c.uid, table.c[cls.parent])):
                if row[1] in fresh and row[0] not in roots:
                    found.append((name, row[0]))
                    added.add(row[0])
        table = wire_table(TYPE)
        for row in conn.execute(select(table.c.uid, table.c.organization)):
            if row[1] in fresh and row[0] not in roots:
                found.append((TYPE, row[0]))
                added.add(row[0])
        roots |= added
        fresh = added
    return found


def _forget(conn: Connection, name: str, uid: str) -> None:
    found = conn.execute(select(local.found.c.id).where(local.found.c.type == name, local.found.c.uid == uid)).scalar()
    if found is not None:
        conn.execute(text("DELETE FROM record_index WHERE rowid = :id"), {"id": found})
        search.forget(conn, [found])
    table = wire_table(name)
    conn.execute(delete(table).where(table.c.uid == uid))
    for other in (local.change, local.head, local.gone, local.favourite, local.opened):
        conn.execute(delete(other).where(other.c.type == name, other.c.uid == uid))
    numbers = index_places.numbered(conn, [uid]).values()
    if numbers:
        visit_names.forget(conn, numbers)
    conn.execute(delete(local.visit_number).where(local.visit_number.c.uid == uid))
    conn.execute(delete(local.operation).where(local.operation.c.root == uid))
    conn.execute(delete(local.draft).where(local.draft.c.uid == uid))


def _forget_in_settings(conn: Connection, gone: Set[str]) -> None:
    """Open tabs, lists of this laptop and the like name records; those that are gone must not stand there."""
    table = local.setting
    for key, kept in conn.execute(select(table.c.key, table.c.value)).all():
        value = json.loads(kept)
        left = None if key.rpartition(":")[2] in gone else _without(value, gone)
        if left == value:
            continue
        if left in (None, [], {}):
            conn.execute(delete(table).where(table.c.key == key))
        else:
            put_setting(conn, key, left)


def _without(value: Json, gone: Set[str]) -> Json:
    """A kept value without what is gone, the rows of a list that name it, and the lists that are empty then."""
    if isinstance(value, str):
        return None if value in gone else value
    if isinstance(value, list):
        return [one for one in value if not any(isinstance(name, str) and name in gone
                                                for name in (one if isinstance(one, list) else [one]))]
    if isinstance(value, dict):
        left = {name: _without(one, gone) for name, one in value.items()}
        return {name: one for name, one in left.items() if one or one == value[name]}
    return value


def _own(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what it says to this module."""
    return {key: value for key, value in row.items() if key not in _FOR_THE_SAMPLE}


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (resources() / "sample" / name).read_text("utf-8").splitlines():
        yield json.loads(line)


def _organizations(desk: Desk, ids: dict[str, str], day: date, me: str) -> Iterator[Made]:
    for row in _lines("organizations.jsonl"):
        made = interchange.organization(_own(sample_dates.filled(row, day, me)))
        uid = ids[row["id"]] = new_uid(desk.clock())
        if row.get("headline"):
            made.values["products"] = made.values.get("products") or row["headline"]
        yield "organization", uid, {**made.values, "own_id": made.own_id}
        for contact in made.contacts:
            person = new_uid(desk.clock())
            yield "person", person, {"name": contact["name"], "kana": contact.get("kana"), "kinds": ("contact",)}
            yield "affiliation", new_uid(desk.clock()), {
                "person": person, "organization": uid, "role": contact.get("role"),
                "is_contact": bool(contact.get("is_contact"))}


def _consultations(desk: Desk, ids: dict[str, str], day: date,
                   me: str) -> Iterator[tuple[list[Made], dict[str, Any]]]:
    previous: dict[str, str] = {}
    for raw in _lines("consultations.jsonl"):
        row = sample_dates.dated(sample_dates.filled(raw, day, me), desk.clock())
        made = interchange.consultation(_own(row), day)
        uid = ids[raw["id"]] = new_uid(desk.clock())
        organization = ids[raw["organization"]]
        with desk.store.write() as conn:
            reference = new_reference(conn, made.values["fiscal_year"])
        values = {**made.values, "organization": organization, "own_id": made.own_id, "reference": reference,
                  "previous": previous.get(organization),
                  "expert_organization": desk.store.setting("organization", "") or None}
        previous[organization] = uid
        rows: list[Made] = [(TYPE, uid, values)]
        entries: list[tuple[str, str]] = []
        shown = 0   # photos so far: they keep the order of the lines
        for kind, part in made.parts:
            own = {"consultation": uid, **part}
            part_uid = new_uid(desk.clock())
            if kind == "entry":
                pictures = own.pop("photos")
                entries.append((part_uid, part["text"]))
                for picture in pictures:
                    rows.append(_photo(desk, uid, part_uid, picture, own["at"], shown))
                    shown += 1
            if kind == "promise":
                line = own.pop("line")
                if isinstance(line, int):
                    own["source"], own["source_hash"] = entries[line][0], text_hash(entries[line][1])
            if kind in ("promise", "consent"):
                own["organization"] = organization
            rows.append((kind, part_uid, own))
        rows += [("referral", new_uid(desk.clock()), {
            "consultation": uid, "organization": ids[one["organization"]], "note": one["note"], "place": f"V{n:03d}1"})
            for n, one in enumerate(raw["referrals"])]
        yield rows, row


def _photo(desk: Desk, consultation: str, entry: str, picture: Mapping[str, Any], at: datetime | None, n: int) -> Made:
    content = (resources() / "sample" / "photos" / picture["file"]).read_bytes()
    made = photos.prepare(content if at is None else picture_origin.stamped(content, at, _CAMERA))
    digest = desk.blobs.put(made.jpeg, "image/jpeg", desk.clock().isoformat())
    return "attachment", new_uid(desk.clock()), {
        "owner_type": TYPE, "owner": consultation, "entry": entry, "kind": "photo", "name": picture["file"],
        "caption": picture["caption"], "hash": digest, "size": len(made.jpeg), "mime": "image/jpeg",
        "width": made.width, "height": made.height, "taken_at": at, "consent": picture["consent"],
        "place": f"V{n:03d}1"}


def _put(store: Store, rows: list[Made], heard: Mapping[str, Mapping[str, int]] | None = None) -> None:
    """Write rows as of now; `heard` tells how many months ago single fields of a record were heard (uid → field)."""
    dev = store.device()[0]
    now = store.clock()
    changes: list[Change] = []

    def add(name: str, uid: str, at: datetime, wires: dict[str, Json]) -> None:
        n = len(changes)
        hlc = (int(at.timestamp() * 1000) << COUNTER_BITS) + n
        changes.append(Change(dev, -1 - n, hlc, SCHEMA_VERSION, "sample", name, uid, wires, {}, store.person,
                              at.isoformat()))

    for name, uid, values in rows:
        known = {f.name: f for f in fields_of(records()[name])}
        wires: dict[str, Json] = {k: to_wire(known[k], v) for k, v in values.items() if v is not None}
        old = {key: months for key, months in (heard or {}).get(uid, {}).items() if key in wires}
        add(name, uid, now, {key: wire for key, wire in wires.items() if key not in old})
        for key, months in old.items():
            add(name, uid, now - timedelta(days=months * _MONTH_DAYS), {key: wires[key]})
    for i in range(0, len(changes), 200):
        store.apply(changes[i:i + 200], "sample")


def _confirm(desk: Desk, consultation: str, row: Mapping[str, Any]) -> None:
    """Issue the version of a sample visit that was confirmed, at its own end, with its real PDF."""
    by = row.get("confirmed_by") or {}
    signature = Signature(by.get("name", ""), by.get("role", ""), "typed")
    held = date.fromisoformat(row["held_on"])
    end = interchange.consultation(row, held).values.get("ended_at") or datetime.combine(
        held, datetime.min.time(), JST)
    with desk.store.read() as conn:
        values = sheets.sheet_in(conn, desk.blobs, consultation,
                                 agency=desk.store.setting("organization", "") or "",
                                 approvals=sheets.APPROVALS, language="ja")
        values = as_signed(values, signature, end, 1, None, (), Closing())
        printed = sheets.pdf(replace(values, state="final"))
        pdf = desk.blobs.put(printed.pdf, "application/pdf", end.isoformat())
        rows = issue_rows(conn, consultation, signature, end, 1, pdf, desk.store.person, None, (), states.DRAFT, {})
    _put(desk.store, rows)
