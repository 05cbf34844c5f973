"""Who may read and write what: roles (CL39), scopes, levels, consent. Pure; the hub enforces it in both directions.

A scope is a name to which rows are given out. A row is *placed* in scopes, each with the level up to which its fields
go there; a reader *reads* the scopes that grants open. Nothing else decides what a laptop gets, so a leak would be a
row placed wrongly here, or a scope opened wrongly here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from kanto_desk.fields import Json, Level

Scope = str
"""`member`, `public`, or one of `person:…`, `body:…`, `secretariat:…`, `programme:…`, `office:…`, `case:…`."""

MEMBER: Scope = "member"
PUBLIC: Scope = "public"


class Role(StrEnum):
    """CL39. What a person does in one support organisation."""

    EXPERT = "1"
    ADVISER = "2"
    COORDINATOR = "3"
    SECRETARIAT = "4"
    REVIEWER = "5"
    ACCOUNTING = "6"
    ADMINISTRATOR = "7"
    READER = "8"


WRITERS = frozenset({Role.EXPERT, Role.ADVISER, Role.COORDINATOR, Role.SECRETARIAT, Role.ACCOUNTING})
"""Roles whose laptops may change records."""

SCORED = frozenset({"score_sheet"})
"""All that a reviewer writes, within the case given to him."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a support organisation (`body`), for programmes and for single cases."""

    role: Role
    body: str
    programmes: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """A person with the grants in force. `home` is the organisation that runs the hub."""

    person: str
    grants: tuple[Grant, ...] = ()
    home: str = ""

    @property
    def writes(self) -> bool:
        """Whether any role allows changes of records."""
        return any(g.role in WRITERS for g in self.grants)

    @property
    def bodies(self) -> tuple[str, ...]:
        """The organisations for which this person may change records, in the order in which the roles were given."""
        return tuple(dict.fromkeys(g.body for g in self.grants if g.role in WRITERS))

    @property
    def reviews(self) -> bool:
        """Whether any role allows score sheets."""
        return any(g.role is Role.REVIEWER for g in self.grants)


def body_scope(body: str) -> Scope:
    """Everything of one support organisation but what is private to a person."""
    return f"body:{body}"


def secretariat_scope(body: str) -> Scope:
    """What never leaves the secretariat of one support organisation."""
    return f"secretariat:{body}"


def programme_scope(programme: str) -> Scope:
    """What bodies of the same programme show one another (P2)."""
    return f"programme:{programme}"


def office_scope(programme: str) -> Scope:
    """What the secretariat of a programme sees: all of it but what is private to a person."""
    return f"office:{programme}"


def person_scope(person: str, body: str = "") -> Scope:
    """What is private to one person; it reaches his other laptops and nobody else.

    What he made for an organisation (`body`) is his as long as he has a role there, or he would go on reading what his
    colleagues of then add to it. Without one it is about his own desk.
    """
    return f"person:{person}@{body}" if body else f"person:{person}"


def device_scope(dev: str) -> Scope:
    """What concerns one laptop alone: rows that it wrote and may not keep."""
    return f"device:{dev}"


def case_scope(case: str) -> Scope:
    """One dispatch case, given to somebody by assignment."""
    return f"case:{case}"


ANY_PROGRAMME = "none"
"""Records without a programme belong to the office of this name: that of the organisation that runs the hub.

Their own secretariat sees them by its organisation's scope; that of another organisation has nothing to do with them.
"""


def scopes_read(reader: Reader) -> frozenset[Scope]:
    """The scopes these grants open. A person without grants reads nothing, not even what is public."""
    scopes: set[Scope] = set()
    for grant in reader.grants:
        scopes |= {PUBLIC} | {case_scope(c) for c in grant.cases}
        if grant.role in (Role.ADMINISTRATOR, Role.READER, Role.REVIEWER):
            continue
        scopes |= {MEMBER, body_scope(grant.body)}
        scopes |= {person_scope(reader.person), person_scope(reader.person, grant.body)}
        scopes |= {programme_scope(p) for p in grant.programmes}
        if grant.role in (Role.SECRETARIAT, Role.ACCOUNTING):
            scopes |= {secretariat_scope(grant.body)}
        if grant.role is Role.SECRETARIAT:
            scopes |= {office_scope(p) for p in grant.programmes - {ANY_PROGRAMME}}
            scopes |= {office_scope(ANY_PROGRAMME)} if grant.body and grant.body == reader.home else set()
    return frozenset(scopes)


@dataclass(frozen=True, slots=True)
class Root:
    """What decides about an aggregate: its root row, who made it, and for whom.

    `bodies` are the bodies in charge: the one that made it and, for a company, those that hold a visit with it
    (`holding`, with the programmes of those visits) or wrote into it. `agreed` are the bodies to which the company said
    that it may be passed on to related bodies (CL41 20); `shown_to_related` that the one that made this is among them.
    `disclosure` is the step of a record disclosed step by step (CL20c); None for all others.
    """

    type: str
    uid: str
    person: str
    bodies: frozenset[str]
    programmes: frozenset[str] = frozenset()
    visibility: str | None = None
    shown_to_related: bool = False
    shipped: bool = False
    holding: Mapping[str, frozenset[str]] = field(default_factory=dict)
    agreed: frozenset[str] = frozenset()
    deleted: bool = False
    disclosure: str | None = None


Placement = Mapping[Scope, Level]
"""Scope → the level up to which a row's fields go there; DESK means all of them, OWN only at scopes of bodies."""


class Sight(NamedTuple):
    """How much of a row a reader sees: fields up to a level, and above it what was written for these bodies."""

    level: Level
    own: frozenset[str] = frozenset()

BY_LEVEL = frozenset({"organization", "organization_name", "site", "person", "affiliation"})
"""Types whose fields have levels of their own; the others go whole or not at all."""

OWN = frozenset({"saved_view"})
"""What a person makes for his own desk."""

EVERYBODY = frozenset({"programme", "model_case", "proposer", "strategy_node", "code_entry"})
"""Shipped and shared data without anything personal."""

WORDS = frozenset({"code_entry"})
"""Words that somebody added to a list: what was typed there is free text, and goes no further than his organisation."""

SEALED = frozenset({"bank_account", "identity_paper"})
"""Never leave the secretariat of the organisation that wrote them (DECISIONS 17)."""


HANGS: Mapping[str, str] = {"attachment": "entry", "promise": "source", "summary_item": "source"}
"""Parts that hang on a line, by the field that names it: they say what it says, so they go no further than it."""


SECRET = "4"
"""極秘 of CL40b."""

SIGNED = frozenset({"version", "confirmation"})
"""What was signed holds the whole record as it stood, and the signature: it goes no further than body and office."""


APPENDED: Mapping[str, frozenset[str]] = {
    "transition": frozenset({"record_type", "record", "to_state", "at"}),
    "confirmation": frozenset({"consultation", "name", "confirmed_at"}),
    "version": frozenset({"record_type", "record", "n", "body", "sha256"}),
}
"""Rows that are written once, whole, and never changed (DECISIONS 7, 8), with what none of them lacks."""


def placement(type_name: str, values: Mapping[str, Json], root: Root, maker: str, private_to: Scope = "",
              body: str = "", *, shared: bool = False, writers: frozenset[str] = frozenset()) -> Placement:
    """Where a row of this aggregate goes; `maker` is the person who first wrote it, for the organisation `body`.

    `shared` rows have the same uid at every organisation, so nobody made them: all may write, each reads its own.
    `writers` are the bodies that wrote into the row, besides the one that made it, what is not public.
    `private_to` is the scope of the private line that it hangs on (`HANGS`), if it hangs on one.
    Rules: P0–P4 of the visit (CL37; unset counts as P1, the support organisation itself); beyond the body only with
    the company's consent to be passed on; private lines (メモ) to their writer alone; attachments beyond the body only
    if they are 公開 (CL40b). What is not public of a company goes to who made the row, to the office of a programme in
    which all that wrote it hold a visit, and to those that hold a visit if the company agreed with all that wrote it: a
    visit or a consent of one's own opens nothing of others. Other bodies in charge read what they wrote themselves.
    """
    if type_name in SEALED:
        return {secretariat_scope(body): Level.DESK}
    if type_name in OWN:
        return {person_scope(maker): Level.DESK}
    if type_name in WORDS and body and not shared:
        return {body_scope(body): Level.DESK}
    if type_name in EVERYBODY:
        return {MEMBER: Level.DESK, PUBLIC: Level.PUBLIC}
    if private_to:
        return {private_to: Level.DESK}
    if type_name == "entry" and values.get("kind") == "memo":
        return {person_scope(maker, body): Level.DESK}
    if root.type == "organization" or type_name in BY_LEVEL:
        return _by_level(root, "" if shared else body, writers)
    return _visit(type_name, values, root)


def _by_level(root: Root, body: str, writers: frozenset[str]) -> dict[Scope, Level]:
    wrote = writers | {body} if body else writers
    passed_on = {b for b in root.holding if root.agreed and wrote - {b} <= root.agreed}
    placed = {body_scope(b): Level.DESK if b in passed_on else Level.OWN for b in root.bodies}
    placed |= {body_scope(body): Level.DESK} if body else {}
    for p in root.programmes:
        within = all(p in root.holding.get(b, ()) for b in wrote)
        placed[office_scope(p)] = Level.DESK if within else Level.PUBLIC
    if not root.programmes:
        placed[office_scope(ANY_PROGRAMME)] = Level.DESK
    if root.shipped or root.shown_to_related:
        placed[MEMBER] = Level.PUBLIC
    return placed


def _visit(type_name: str, values: Mapping[str, Json], root: Root) -> dict[Scope, Level]:
    placed: dict[Scope, Level] = {person_scope(root.person, b): Level.DESK for b in root.bodies or {""}}
    level = root.visibility or "P1"
    if level == "P0":
        return placed
    secret = values.get("confidentiality") if type_name == "attachment" else None
    placed |= {body_scope(b): Level.DESK for b in root.bodies}
    if secret == SECRET:   # drawings and clinical needs stay in the body
        return placed
    placed |= {office_scope(p): Level.DESK for p in root.programmes or {ANY_PROGRAMME}}
    if root.deleted or values.get("deleted_at"):   # who deleted it means nobody beyond to read it in his bin
        return placed
    if not root.shown_to_related or type_name in SIGNED or (type_name == "attachment" and secret != "1"):
        return placed
    if level in ("P2", "P3", "P4"):
        placed |= {programme_scope(p): Level.DESK for p in root.programmes}
    if level in ("P3", "P4"):
        placed[MEMBER] = Level.DESK
    if level == "P4":
        placed[PUBLIC] = Level.DESK
    return placed


def visible(placed: Placement, scopes: Iterable[Scope]) -> Level | None:
    """The level up to which a reader of these scopes sees a row, whoever wrote it; None if not at all."""
    found = [placed[s] for s in scopes if s in placed]
    return max((Level.PUBLIC, *found), key=lambda level: level.value) if found else None


def sight(placed: Placement, scopes: Iterable[Scope]) -> Sight | None:
    """As `visible`, with the bodies for which the reader sees what they wrote above that level."""
    names = list(scopes)
    level = visible(placed, names)
    if level is None or level is Level.DESK:
        return Sight(level) if level is not None else None
    return Sight(level, frozenset(s.removeprefix(body_scope("")) for s in names if placed.get(s) is Level.OWN))


def reach(level: Level) -> float:
    """What orders placements by how much they show: OWN is more than PUBLIC, and less than any level above."""
    return 0.5 if level is Level.OWN else float(level.value)


def may_see(level: Level, field_level: Level) -> bool:
    """Whether a field of `field_level` is shown up to `level`."""
    return field_level.value <= level.value


def in_charge(placed: Placement, scopes: Iterable[Scope]) -> bool:
    """Whether who reads these scopes sees a row as its own organisation or person does, not as an office or a guest.

    Only they say who else sees a visit, and only they take it from one state to another (DECISIONS 7).
    """
    return any(s in placed for s in scopes if s.startswith((body_scope(""), person_scope(""))))


def may_write_for_everybody(scopes: Iterable[Scope]) -> bool:
    """Whether who reads these scopes may change what lies on every desk: the secretariat that runs the hub."""
    return office_scope(ANY_PROGRAMME) in scopes


def may_write(reader: Reader, type_name: str, level: Level | None, names: Mapping[str, Level]) -> str | None:
    """Why this reader may not write these fields (name → level) of a row he sees up to `level`; None if he may.

    A row that nobody holds yet is seen up to DESK by its maker. Reasons are codes: `role`, `scope`, `level`.
    """
    if not reader.writes and not (reader.reviews and type_name in SCORED):
        return "role"
    if level is None:
        return "scope"
    if type_name in SEALED and not any(g.role in (Role.SECRETARIAT, Role.ACCOUNTING) for g in reader.grants):
        return "scope"
    if any(not may_see(level, wanted) for wanted in names.values()):
        return "level"
    return None
