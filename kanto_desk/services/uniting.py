"""まとめる: two organizations become one, and two again. What belongs to the one stays where it is and is read with the
other (`merging`); no value of either is lost.

The one that goes keeps its row with all its values. Where one of them takes the place of what stood on the other, the
decision keeps what stood there, so that both are on the profile and まとめを解く finds them, on any laptop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from kanto_desk import masters
from kanto_desk.db import at_once
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.organizations import Organization, OrganizationName, OrganizationPair
from kanto_desk.db.schema import fields_of, wire_table
from kanto_desk.db.stamps import clock_of, millis_of, unpack
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Field, Json, from_wire, to_wire
from kanto_desk.i18n import language, tr
from kanto_desk.services import merging
from kanto_desk.services.duplicates import ONE, PAIR, TYPE

_NEVER = frozenset({"merged_into", "own_id", "deleted_at"})
_NAMES = ("name", "kana")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both: the value that stands on each, and which one stands unless somebody chooses otherwise."""

    field: Field
    stays: object
    goes: object

    @property
    def differs(self) -> bool:
        """Whether the two say something different; one that says nothing differs from none."""
        return not _empty(self.stays) and not _empty(self.goes) and self.stays != self.goes

    @property
    def taken(self) -> bool:
        """Whether the value of the one that goes is taken unless asked otherwise: where the other says nothing."""
        return _empty(self.stays) and not _empty(self.goes)


@dataclass(frozen=True, slots=True)
class Moves:
    """What will be read with the one that stays: how many visits, promises, people, sites and names."""

    visits: int
    promises: int
    people: int
    sites: int
    names: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Two organizations side by side. `fixed`: the one that stays came with the program, so it cannot be the other."""

    stays: Organization
    goes: Organization
    lines: tuple[Line, ...]
    moves: Moves
    fixed: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that does not stand, beside the one that does."""

    field: Field
    value: object
    stands: object


@dataclass(frozen=True, slots=True)
class United:
    """One that was merged into the organization shown: its name, since when, and what it says otherwise."""

    uid: str
    name: str
    at: datetime | None
    values: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """What まとめを解く left as it was, because somebody wrote it since: labels of fields."""

    name: str
    left: tuple[str, ...]


def better(store: Store, one: str, other: str) -> tuple[str, str]:
    """Which of two should stay, and which should go: shipped before own, more visits before fewer, the older first."""
    with store.read() as conn:
        visits = _visits(conn, (one, other))
    stays, goes = sorted((one, other), key=lambda uid: (not is_shipped(uid), -visits.get(uid, 0), uid))
    return stays, goes


def is_shipped(uid: str) -> bool:
    """Whether an organization came with the program: it lies on every desk, and no desk may take it from the others."""
    return uid in {o.uid for o in masters.organizations()} | {o.uid for o in masters.secretariats()}


def compare(store: Store, stays: str, goes: str) -> Compared:
    """Two organizations side by side, field by field. Raises Refused where this laptop lacks one of them."""
    with store.read() as conn:
        one, other = _need(conn, stays), _need(conn, goes)
        lines = tuple(line for f in comparable()
                      if not _empty((line := Line(f, getattr(one, f.name), getattr(other, f.name))).stays)
                      or not _empty(line.goes))
        moves = _moves(conn, merging.members(conn, goes))
    return Compared(one, other, lines, moves, is_shipped(stays))


def comparable() -> tuple[Field, ...]:
    """The fields between which one can choose."""
    return tuple(f for f in fields_of(Organization) if not f.bookkeeping and f.name not in _NEVER)


def merge(store: Store, stays: str, goes: str, taken: Collection[str] | None = None) -> str:
    """Merge one organization into another, in one undoable step; gives the uid of the decision.

    `taken` names the fields in which the value of the one that goes shall stand; by itself those that the other leaves
    empty. Raises Refused for one that is missing, merged already, in the bin, or that came with the program.
    """
    with store.operation(tr("企業をまとめる"), (TYPE, stays)) as op:
        one, other = _need(op.conn, stays), _need(op.conn, goes)
        if stays == goes:
            raise Refused(tr("同じ企業を二つ選んでいます。"))
        for record in (one, other):
            if record.merged_into:
                raise Refused(tr("「{name}」は、もうほかの企業にまとめられています。", name=record.name or ""))
        if is_shipped(goes):
            raise Refused(tr("「{name}」ははじめから入っている企業です。こちらを残してまとめます。",
                             name=other.name or ""))
        wanted = {f.name: f for f in comparable()}
        lines = [Line(f, getattr(one, name), getattr(other, name)) for name, f in wanted.items()]
        chosen = [line for line in lines if not _empty(line.goes) and line.stays != line.goes
                  and (line.taken if taken is None else line.field.name in taken)]
        kept = {line.field.name: to_wire(line.field, line.stays) for line in chosen}
        op.put(TYPE, stays, {line.field.name: line.goes for line in chosen})
        op.put(TYPE, goes, {"merged_into": stays})
        names = _keep_names(op, one) if kept.get("name") else []
        return op.add(PAIR, {"organization": stays, "other": goes, "verdict": ONE,
                             "kept": {"values": kept, "names": names}})


def part(store: Store, stays: str, goes: str) -> Parted:
    """まとめを解く: both stand for themselves again, in one undoable step.

    A value that was taken goes back where it still stands as it was taken; what was written since stays. Raises
    Refused when they are not merged.
    """
    with store.operation(tr("まとめを解く"), (TYPE, stays)) as op:
        ends = merging.roots(op.conn)
        if ends.get(goes, goes) != stays or goes == stays:
            raise Refused(tr("この二つは、もうまとめられていません。"))
        one, other = _need(op.conn, stays), read_one(op.conn, Organization, goes)
        if other is None:
            raise Refused(tr("このパソコンに無い企業です。"))
        op.put(TYPE, goes, {"merged_into": None})
        ended = {(other.merged_into, goes)}
        if one.merged_into:   # a circle: two laptops merged them crosswise, and the lower one stands for both
            op.put(TYPE, stays, {"merged_into": None})
            ended.add((one.merged_into, stays))
        left: dict[str, Field] = {}
        for decision in _decisions(op.conn, {uid for pair in ended for uid in pair if uid}):
            if (decision.organization, decision.other) in ended:
                left |= _give_back(op, decision)
                op.put(PAIR, decision.uid, {"verdict": None})
    return Parted(other.name or "", tuple(f.label(language()) for f in left.values()))


def united(store: Store, uid: str) -> tuple[United, ...]:
    """What was merged into an organization, with every value that does not stand."""
    with store.read() as conn:
        return united_in(conn, uid)


def united_in(conn: Connection, uid: str) -> tuple[United, ...]:
    """The same inside a snapshot of the caller's."""
    others = merging.members(conn, uid)[1:]
    record = read_one(conn, Organization, uid)
    if record is None or not others:
        return ()
    known = {other: found for other in others if (found := read_one(conn, Organization, other)) is not None}
    decided: dict[str, list[OrganizationPair]] = {}
    for decision in _decisions(conn, (uid, *others)):
        for goes in {decision.organization or "", decision.other or ""} - {uid}:
            decided.setdefault(goes, []).append(decision)
    return tuple(_united(record, found, decided.get(other, ())) for other, found in known.items())


def _united(record: Organization, other: Organization, decisions: Iterable[OrganizationPair]) -> United:
    values: list[Kept] = []
    told: set[tuple[str, str]] = set()

    def keep(field: Field, value: object) -> None:
        stands = getattr(record, field.name)
        if not _empty(value) and value != stands and (field.name, str(value)) not in told:
            told.add((field.name, str(value)))
            values.append(Kept(field, value, stands))
    stood: list[Mapping[str, Json]] = []
    at: datetime | None = None
    for decision in decisions:
        stood.append(_kept_values(decision))
        said = unpack(decision.stamps).get("verdict")
        if at is None and said:
            at = datetime.fromtimestamp(millis_of(clock_of(said)) / 1000, UTC)
    for f in comparable():
        keep(f, getattr(other, f.name))
        for before in stood:
            if f.name in before:
                keep(f, from_wire(f, before[f.name]))
    return United(other.uid, other.name or "", at, tuple(values))


def _give_back(op: Operation, decision: OrganizationPair) -> dict[str, Field]:
    """Put back what a decision replaced; gives the fields that somebody wrote since."""
    holder = read_one(op.conn, Organization, decision.organization or "")
    giver = read_one(op.conn, Organization, decision.other or "")
    if holder is None or giver is None:
        return {}
    known = {f.name: f for f in comparable()}
    left: dict[str, Field] = {}
    for name, wire in _kept_values(decision).items():
        field = known.get(name)
        if field is None:
            continue
        if getattr(holder, name) == getattr(giver, name):
            op.put(TYPE, holder.uid, {name: from_wire(field, wire)})
        else:
            left[name] = field
    if "name" not in left:
        for uid in _kept_names(op.conn, decision):
            op.delete("organization_name", uid)
    return left


def _keep_names(op: Operation, one: Organization) -> list[str]:
    """What stood as name goes on being found: it becomes another name of the one that stays."""
    return [op.add("organization_name", {"organization": one.uid, **{n: getattr(one, n) for n in _NAMES}})]


def _kept_names(conn: Connection, decision: OrganizationPair) -> list[str]:
    kept = decision.kept if isinstance(decision.kept, dict) else {}
    wanted = kept.get("names")
    uids = [uid for uid in wanted if isinstance(uid, str)] if isinstance(wanted, list | tuple) else []
    return [uid for uid in uids if (found := read_one(conn, OrganizationName, uid)) is not None
            and found.deleted_at is None and found.organization == decision.organization]


def _kept_values(decision: OrganizationPair) -> Mapping[str, Any]:
    kept = decision.kept if isinstance(decision.kept, dict) else {}
    values = kept.get("values")
    return values if isinstance(values, dict) else {}


def _decisions(conn: Connection, uids: Collection[str]) -> list[OrganizationPair]:
    """Standing decisions about mergers among these, the newest first."""
    p = OrganizationPair
    return list(read_all(conn, p, at_once.among(p.organization, uids), at_once.among(p.other, uids),
                         p.verdict == ONE, p.deleted_at.is_(None), order_by=p.uid.desc()))


def _moves(conn: Connection, uids: Collection[str]) -> Moves:
    def count(type_name: str) -> int:
        table = wire_table(type_name)
        return int(conn.execute(select(func.count()).select_from(table).where(
            at_once.among(table.c.organization, uids), table.c.deleted_at.is_(None))).scalar_one())
    return Moves(count("consultation"), count("promise"), count("affiliation"), count("site"),
                 count("organization_name"))


def _visits(conn: Connection, uids: Collection[str]) -> dict[str, int]:
    c = wire_table("consultation").c
    return {r.organization: r.n for r in conn.execute(
        select(c.organization, func.count().label("n")).where(at_once.among(c.organization, uids),
                                                              c.deleted_at.is_(None)).group_by(c.organization))}


def _need(conn: Connection, uid: str) -> Organization:
    record = read_one(conn, Organization, uid)
    if record is None:
        raise Refused(tr("このパソコンに無い企業です。"))
    if record.deleted_at is not None:
        raise Refused(tr("この企業はごみ箱にあります。「ごみ箱」から戻せます。"))
    return record


def _empty(value: object) -> bool:
    return value is None or value == "" or value == ()


