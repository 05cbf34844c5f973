"""Where each fact of an organization comes from and since when; what is old is asked again and can be confirmed.

Read from the stamps beside the row and the journal behind them. Writes nothing but a confirmation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from kanto_desk.clock import JST
from kanto_desk.db import journal, local
from kanto_desk.db.records.consultations import Consultation
from kanto_desk.db.records.people import Affiliation, Person
from kanto_desk.db.schema import wire_table
from kanto_desk.db.stamps import MASTERS_DEVICE, clock_of, device_of, millis_of, unpack
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import directory_facts, merging

OLD_YEARS = 2
"""A fact not said again for so long is marked 要確認."""

Origin = Literal["visit", "import", "directory", "masters", "sample", "typed", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Source:
    """Since when a value stands, who wrote it and on which way; `visit` is the uid of the visit it was heard in.

    Of one from the directory of corporations `source` tells where that has it from, and `updated` of which day.
    """

    at: datetime
    by: str
    origin: Origin
    old: bool
    visit: str = ""
    nth: int | None = None
    source: str = ""
    updated: date | None = None


Facts = Mapping[tuple[str, str], Source]
"""(uid of a record, field) → where its value comes from; fields that hold nothing are not there."""


@dataclass(frozen=True, slots=True)
class _Visit:
    uid: str
    nth: int | None
    started: datetime
    ended: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Whether the visit was going on; one that nobody ended lasts until midnight in Japan."""
        if self.ended is not None:
            return self.started <= moment <= self.ended
        return self.started <= moment and self.started.astimezone(JST).date() == moment.astimezone(JST).date()


def of_organization(store: Store, uid: str) -> Facts:
    """Sources of an organization, its sites and its people there.

    What was changed while a visit with it was going on was heard in that visit.
    """
    now = store.clock()
    own = store.device()[0]
    with store.read() as conn:
        visits, said_there = _visits(conn, uid), directory_facts.stamps(conn, uid)
        found: dict[tuple[str, str], Source] = {}
        for type_name, uids in _records(conn, uid).items():
            for record, stamps, sample in _stamps(conn, type_name, uids):
                changes = _changes(conn, type_name, record)
                for name, shown in stamps.items():
                    said = journal.stands_for(conn, (type_name, record), name, shown)
                    if said:
                        source = _source(said, changes.get(said), visits, own, sample, now)
                        if record == uid and said in said_there:   # written in one step with what the directory said
                            told = said_there[said]
                            source = Source(source.at, source.by, "directory", source.old, source=told.source,
                                            updated=told.updated)
                        found[record, name] = source
        return found


def newest(facts: Facts, keys: Iterable[tuple[str, str]]) -> Source | None:
    """The source of a line that shows several values: somebody saw them all when one was last written."""
    known = [facts[key] for key in keys if key in facts]
    return max(known, key=lambda one: one.at) if known else None


def confirm(store: Store, organization: str, type_name: str, uid: str, names: Sequence[str]) -> None:
    """いまも正しい: say these values of an organization or a part of it again; only who says so and when changes.

    Can be undone; then they are as old as before. Raises Refused when this laptop has no such record.
    """
    confirm_all(store, organization, [(type_name, uid, names)])


def confirm_all(store: Store, organization: str, shown: Iterable[tuple[str, str, Sequence[str]]]) -> None:
    """The same for fields of several records in one step: (record type, uid, fields)."""
    with store.operation(tr("いまも正しいことの確認"), ("organization", organization)) as op:
        for type_name, uid, names in shown:
            table = wire_table(type_name)
            there = select(table.c.uid).where(table.c.uid == uid, table.c.deleted_at.is_(None))
            if op.conn.execute(there).scalar() is None:
                raise Refused(tr("このパソコンに無い記録です。"))
            op.renew(type_name, uid, names)


def _records(conn: Connection, uid: str) -> dict[str, list[str]]:
    """The records whose facts the profile shows."""
    a, site, own = Affiliation, wire_table("site"), merging.members(conn, uid)
    places = conn.execute(select(a.uid, a.person).join(Person, Person.uid == a.person).where(
        a.organization.in_(own), a.deleted_at.is_(None))).all()
    sites = conn.execute(select(site.c.uid).where(site.c.organization.in_(own), site.c.deleted_at.is_(None))).scalars()
    return {"organization": [uid], "site": list(sites), "affiliation": [r.uid for r in places],
            "person": [r.person for r in places]}


def _stamps(conn: Connection, type_name: str, uids: Sequence[str]) -> list[tuple[str, dict[str, str], bool]]:
    """(uid, stamps of the fields that hold something, whether it is sample data) of records of one type."""
    table = wire_table(type_name)
    out = []
    for row in conn.execute(select(table).where(table.c.uid.in_(uids))).mappings():
        stamps = unpack(row["_stamps"])
        out.append((row["uid"], {n: s for n, s in stamps.items() if row.get(n) is not None}, bool(row["_sample"])))
    return out


def _changes(conn: Connection, type_name: str, uid: str) -> dict[str, Any]:
    """Stamp → the change that wrote it, with how its operation came about."""
    c, o = local.change.c, local.operation.c
    rows = conn.execute(select(c.hlc, c.dev, c.by, c.wall, o.import_id)
                        .select_from(local.change.outerjoin(local.operation, o.tx == c.tx))
                        .where(c.type == type_name, c.uid == uid))
    return {f"{r.hlc}{r.dev}": r for r in rows}


def _source(said: str, change: Any, visits: Sequence[_Visit], own: int, sample: bool, now: datetime) -> Source:
    at = (datetime.fromisoformat(change.wall) if change is not None
          else datetime.fromtimestamp(millis_of(clock_of(said)) / 1000, UTC))
    old = at < _years_before(now, OLD_YEARS)
    if change is None:
        origin: Origin = "masters" if device_of(said) == MASTERS_DEVICE else "sample" if sample else "elsewhere"
        return Source(at, "", origin, old)
    if change.import_id is not None:
        return Source(at, change.by, "import", old)
    visit = next((one for one in visits if one.covers(at)), None)
    if visit is not None:
        return Source(at, change.by, "visit", old, visit.uid, visit.nth)
    return Source(at, change.by, "typed" if device_of(said) == own else "elsewhere", old)


def _visits(conn: Connection, organization: str) -> list[_Visit]:
    """Visits that were begun, the latest first: of two at once the later one is meant."""
    c = Consultation
    rows = conn.execute(select(c.uid, c.nth, c.started_at, c.ended_at).where(
        c.organization.in_(merging.members(conn, organization)), c.deleted_at.is_(None), c.started_at.is_not(None)))
    return sorted((_Visit(r.uid, r.nth, r.started_at, r.ended_at) for r in rows), key=lambda v: v.started, reverse=True)


def _years_before(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:   # 29 February
        return moment.replace(year=moment.year - years, day=28)
