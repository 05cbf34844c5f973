"""What the directory says newly of organizations of a desk: 改称, 移転, 閉鎖, 合併, 復活. Offered, nothing overwritten.

A fact is offered when the directory says something else than when it was last answered, and later. An organization that
was typed has no such answer: there the directory must say that something changed after the value was written. What was
answered travels, so that a laptop whose directory is older offers nothing that another one has answered already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, select

from kanto_desk.clock import JST
from kanto_desk.db import at_once
from kanto_desk.db.driver import Error
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import fields_of, wire_table
from kanto_desk.db.stamps import clock_of, millis_of, unpack
from kanto_desk.db.store import read_one
from kanto_desk.directory.columns import HIDDEN
from kanto_desk.directory.searching import Corporation, Directory
from kanto_desk.errors import Refused
from kanto_desk.fields import Field, Json
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import core_name, fold
from kanto_desk.masters import shipped_uid
from kanto_desk.services import company_directory, directory_facts, merging, taking_over
from kanto_desk.services.desk import Desk
from kanto_desk.services.directory_facts import ADDRESS, FACTS, KANA, LEFT, NAME, STATE, TAKEN, Answer, Said

TYPE = "organization"
_KEYS: Mapping[str, tuple[str, ...]] = {NAME: ("name",), KANA: ("kana",), ADDRESS: ("prefecture", "city", "address"),
                                        STATE: ("state",)}
"""The fields that make a fact another one: a new postcode alone is no move."""
_PROCESSES: Mapping[str, frozenset[int]] = {
    NAME: frozenset({11}), KANA: frozenset(), ADDRESS: frozenset({12, 13}), STATE: frozenset({21, 22, 71, 72, 81})}
"""処理区分 whose day is the day on which a fact changed: of a corporation only what happened last is dated."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an offer: what stands, and what the directory says; codes and texts, empty for none."""

    field: Field
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One fact that can be taken in or left. `since`: when it happened, as far as the directory tells.

    `successor`: the number of the corporation that took it over, with its name, and `own` its uid if it is in the desk.
    """

    organization: str
    name: str
    number: str
    fact: str
    changes: tuple[Change, ...]
    says: Said
    source: str
    updated: date
    since: date | None
    successor: str = ""
    successor_name: str = ""
    own: str = ""

    @property
    def kind(self) -> str:
        """What happened, in a word."""
        if self.fact == STATE:
            return {"closed": tr("閉鎖"), "merged": tr("合併")}.get(str(self.says.get("state")), tr("復活"))
        return {NAME: tr("改称"), KANA: tr("フリガナ"), ADDRESS: tr("移転")}[self.fact]


def listing(desk: Desk, organizations: Collection[str] | None = None) -> list[Offer]:
    """What can be taken in, of these organizations or of all, by name; nothing where there is no directory.

    Raises Trouble when the directory cannot be read.
    """
    with desk.store.read() as conn:
        rows = _numbered(conn, organizations)
        known = directory_facts.answers(conn, [row["uid"] for row in rows])
    directory = company_directory.opened(desk) if rows else None
    if directory is None:
        return []
    try:
        with directory:
            found = [offer for row in rows for offer in _of(directory, row, known.get(row["uid"], ()))]
    except Error as error:
        raise company_directory.damaged(error) from error
    with desk.store.read() as conn:
        own = taking_over.owners(conn, [offer.successor for offer in found if offer.successor])
    found = [replace(offer, own=own.get(offer.successor, "")) for offer in found]
    return sorted(found, key=lambda one: (one.name, one.organization, list(FACTS).index(one.fact)))


def take(desk: Desk, offer: Offer) -> None:
    """取り込む: the organization gets what the directory says; a former name goes into 名称履歴. One undoable step.

    Does nothing where it was answered meanwhile. Raises Refused for an organization that is gone.
    """
    label = tr("法人情報の変更を取り込む（{kind}）", kind=offer.kind)
    with desk.store.operation(label, (TYPE, offer.organization)) as op:
        record = read_one(op.conn, Organization, offer.organization)
        if record is None or record.deleted_at is not None:
            raise Refused(tr("このパソコンに無い企業です。"))
        if _is_answered(op.conn, offer):
            return
        values = directory_facts.values_of([offer.says])
        if offer.fact == NAME and record.name:
            kept = core_name(fold(record.name)) == core_name(fold(str(values["name"])))
            values |= {} if kept else {"kana": None}   # the reading of the former name goes with it
            former = shipped_uid("organization_name", f"{offer.organization}/{record.name}/{values['name']}")
            op.add("organization_name", {   # under one uid on every laptop: two that take it in have one former name
                "organization": offer.organization, "name": record.name, "kana": record.kana,
                "valid_to": offer.since or offer.updated, "reason": "renamed", "deleted_at": None}, former)
        op.put(TYPE, offer.organization, values)
        directory_facts.note(op, offer.organization, offer.fact, offer.says, offer.updated, TAKEN)


def leave(desk: Desk, offer: Offer) -> None:
    """取り込まない: not offered again until the directory says something newer. One undoable step."""
    label = tr("法人情報の変更を取り込まない（{kind}）", kind=offer.kind)
    with desk.store.operation(label, (TYPE, offer.organization)) as op:
        if not _is_answered(op.conn, offer):
            directory_facts.note(op, offer.organization, offer.fact, offer.says, offer.updated, LEFT)


def one(desk: Desk, organization: str, fact: str) -> Offer:
    """The offer of one fact of an organization. Raises Refused where there is none."""
    found = next((offer for offer in listing(desk, [organization]) if offer.fact == fact), None)
    if found is None:
        raise Refused(tr("取り込める変更はありません。"))
    return found


# Inside --------------------------------------------------------------------------------------------------------------


def _numbered(conn: Connection, organizations: Collection[str] | None) -> list[dict[str, Any]]:
    """Stored rows of the organizations that have a number and stand for themselves."""
    o = wire_table(TYPE).c
    names = sorted({name for fields in FACTS.values() for name in fields})
    wanted = select(o.uid, o.corporate_number, o["_stamps"], *(o[name] for name in names)).where(
        o.corporate_number.is_not(None), o.deleted_at.is_(None), merging.stands(conn, o))
    if organizations is not None:
        wanted = wanted.where(at_once.among(o.uid, organizations))
    return [dict(row) for row in conn.execute(wanted).mappings()]


def _of(directory: Directory, row: Mapping[str, Any], answers: Sequence[Answer]) -> Iterator[Offer]:
    corporation = directory.by_number(row["corporate_number"])
    if corporation is None or corporation.state == HIDDEN:
        return
    facts = directory_facts.facts_of(corporation)
    for fact, said in facts.items():
        told = [answer for answer in answers if answer.fact == fact]
        if _same(fact, said, row) or not (_is_new(fact, said, corporation, told) if told
                                          else _came_later(fact, said, corporation, row)):
            continue
        yield _offer(directory, corporation, row, fact, said)


def _same(fact: str, said: Said, row: Mapping[str, Any]) -> bool:
    """Whether the organization says so already; a state that nobody wrote is that of one that exists."""
    default = "active" if fact == STATE else ""
    return all((said.get(name) or "") == (row[name] or default) for name in _KEYS[fact])


def _is_new(fact: str, said: Said, corporation: Corporation, told: Sequence[Answer]) -> bool:
    """Whether the directory says something else than what was answered last, and not before that."""
    day, last = date.fromisoformat(corporation.updated), told[-1]
    if last.updated is not None and day < last.updated:
        return False
    of_day = [answer.says for answer in told if answer.updated == day] or [last.says]
    return all(_key(fact, said) != _key(fact, says) for says in of_day)


def _came_later(fact: str, said: Said, corporation: Corporation, row: Mapping[str, Any]) -> bool:
    """Whether what the directory tells happened after the values here were written, and is no mere spelling."""
    values = [str(row[name] or "") for name in _KEYS[fact]]
    if fact == STATE and said["state"] != "active":
        return True
    if not any(values) or fold("".join(values)) == fold("".join(str(said.get(name) or "") for name in _KEYS[fact])):
        return False
    stamps = unpack(row["_stamps"])
    written = max((millis_of(clock_of(stamps[name])) for name in _KEYS[fact] if name in stamps), default=0)
    return date.fromisoformat(corporation.changed) > datetime.fromtimestamp(written / 1000, UTC).astimezone(JST).date()


def _key(fact: str, said: Said) -> tuple[Json, ...]:
    return tuple(said.get(name) for name in _KEYS[fact])


def _offer(directory: Directory, corporation: Corporation, row: Mapping[str, Any], fact: str, said: Said) -> Offer:
    known = {f.name: f for f in fields_of(Organization)}
    changes = tuple(Change(known[name], str(row[name] or ""), str(said[name] or ""))
                    for name in FACTS[fact] if not known[name].bookkeeping and name in said
                    and (said[name] != row[name] or fact == ADDRESS))   # an address is read as a whole
    since = date.fromisoformat(corporation.changed) if corporation.process in _PROCESSES[fact] else None
    number = str(said.get("successor") or "")
    successor = directory.by_number(number) if number else None
    return Offer(row["uid"], row["name"] or "", corporation.number, fact, changes, said, directory_facts.AGENCY,
                 date.fromisoformat(corporation.updated), since, number, successor.name if successor else "")


def _is_answered(conn: Connection, offer: Offer) -> bool:
    told = directory_facts.answers(conn, [offer.organization]).get(offer.organization, ())
    return any(one.fact == offer.fact and one.updated == offer.updated
               and _key(offer.fact, one.says) == _key(offer.fact, offer.says) for one in told)
