"""What the directory of corporations says of one, as values of an organization, and what somebody answered to it.

A fact is a group of fields that change together: a company moves with its postcode. Every answer is a row of its own
(`DirectoryFact`), so that laptops that answer apart from each other have nothing to contest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from kanto_desk.db import at_once
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.organizations import DirectoryFact, Organization
from kanto_desk.db.schema import fields_of, wire_table
from kanto_desk.db.stamps import unpack
from kanto_desk.db.store import read_all
from kanto_desk.directory.columns import CLOSED, MERGED
from kanto_desk.directory.searching import Corporation
from kanto_desk.fields import Json, from_wire
from kanto_desk.i18n import tr
from kanto_desk.japanese.folding import legal_forms
from kanto_desk.japanese.numbers import municipality_code, postcode

TYPE = "directory_fact"
NAME, KANA, ADDRESS, STATE = "name", "kana", "address", "state"
FACTS: Mapping[str, tuple[str, ...]] = {
    NAME: ("name", "name_en", "legal_form"),
    KANA: ("kana",),
    ADDRESS: ("postal_code", "prefecture", "city", "city_code", "address"),
    STATE: ("state",),
}
"""Fact → the fields of an organization that it fills."""
TAKEN, LEFT = "taken", "left"
"""Answers."""
AGENCY = "国税庁法人番号公表サイト"
"""The source of what comes from the tax agency's files, as rows keep it."""

_STATES = {CLOSED: "closed", MERGED: "merged"}
_KINDS = frozenset({101, 201, 301, 302, 303, 304, 305, 401, 499})

Said = Mapping[str, Json]
"""What the directory says of one fact: wire values by field; of the state also closed, cause and successor."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one saying of the directory. `updated`: the directory's own day of it."""

    uid: str
    fact: str
    says: Said
    source: str
    updated: date | None
    answer: str


def facts_of(corporation: Corporation) -> dict[str, Said]:
    """What the directory says of a corporation, by fact; a reading that it does not know is no fact."""
    name: dict[str, Json] = {"name": corporation.name, "legal_form": _legal_form(corporation)}
    more = corporation.facts
    if more.get("name_en"):
        name["name_en"] = more["name_en"]
    code = corporation.city_code
    found: dict[str, Said] = {NAME: name, ADDRESS: {
        "postal_code": postcode(corporation.postcode) or None,
        "prefecture": code[:2] or None, "city": corporation.city or None,
        "city_code": municipality_code(code) if code else None,
        "address": corporation.street or more.get("abroad") or None}}
    if corporation.kana:
        found[KANA] = {"kana": corporation.kana}
    found[STATE] = {"state": _STATES.get(corporation.state, "active"),
                    **{name: more[name] for name in ("closed", "cause", "successor") if name in more}}
    return found


def source_words(source: str) -> str:
    """What people call the source of a fact."""
    return tr("国税庁法人番号公表サイト") if source == AGENCY else source


def values_of(said: Iterable[Said]) -> dict[str, object]:
    """Facts as Python values of an organization."""
    known = {f.name: f for f in fields_of(Organization)}
    return {name: from_wire(known[name], wire) for one in said for name, wire in one.items() if name in known}


def answers(conn: Connection, organizations: Iterable[str]) -> dict[str, list[Answer]]:
    """What was answered at these organizations, by organization, the oldest first."""
    uids, found = sorted(set(organizations)), dict[str, list[Answer]]()
    for at in range(0, len(uids), 400):
        for row in read_all(conn, DirectoryFact, DirectoryFact.organization.in_(uids[at:at + 400]),
                            order_by=(DirectoryFact.updated_on, DirectoryFact.uid)):
            if row.organization and row.fact and row.fact in FACTS and isinstance(row.says, dict):
                found.setdefault(row.organization, []).append(
                    Answer(row.uid, row.fact, row.says, row.source or "", row.updated_on, row.answer or ""))
    return found


def stamps(conn: Connection, organization: str) -> dict[str, Answer]:
    """What was taken in at an organization, by its stamp: values that came with it have the same."""
    told = {answer.uid: answer for answer in answers(conn, [organization]).get(organization, ())
            if answer.answer == TAKEN}
    table = wire_table(TYPE)
    rows = conn.execute(select(table.c.uid, table.c["_stamps"]).where(at_once.among(table.c.uid, told)))
    return {unpack(row["_stamps"])["answer"]: told[row["uid"]] for row in rows.mappings()}


def note(op: Operation, organization: str, fact: str, said: Said, updated: date, answer: str) -> None:
    """Keep an answer to what the directory says, with the directory's own day of it."""
    op.add(TYPE, {"organization": organization, "fact": fact, "says": dict(said), "source": AGENCY,
                  "updated_on": updated, "answer": answer})


def _legal_form(corporation: Corporation) -> str | None:
    """The code of CL08: the kind of the files, or what the name tells of other registered corporations."""
    if corporation.kind in _KINDS:
        return str(corporation.kind)
    told = [form for form in legal_forms(corporation.name) if form.startswith("399")]
    return told[0] if told else "39999"
