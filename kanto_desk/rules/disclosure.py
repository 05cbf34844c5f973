"""Records disclosed step by step (CL20c, DECISIONS 16): whose fields are seen by whom at which step. Pure.

The numbers of CL20c are in no order: L4 asks for no clearance and L0 for the most. They are turned into `Level`s, and
only those are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kanto_desk.fields import Level
from kanto_desk.rules.access import (
    ANY_PROGRAMME,
    MEMBER,
    PUBLIC,
    Placement,
    Reader,
    Root,
    Scope,
    body_scope,
    case_scope,
    may_see,
    office_scope,
    scopes_read,
    visible,
)

LEVELS: Final[Mapping[str, Level]] = {
    "L4": Level.PUBLIC,   # 公開
    "L1": Level.GIST,     # 匿名要旨
    "L2": Level.DETAIL,   # 匿名詳細
    "L3": Level.NDA,      # NDA後
    "L0": Level.DESK,     # 窓口のみ
}
"""CL20c → the clearance that a field of it asks for."""

STEP: Final = "disclosure"
"""The field of such a record that says how far it was released; without one it is for its own desk (L0)."""

_OUTSIDE: Final[Mapping[str, Mapping[Scope, Level]]] = {
    "L1": {PUBLIC: Level.GIST, MEMBER: Level.GIST},
    "L2": {PUBLIC: Level.GIST, MEMBER: Level.DETAIL},
    "L3": {PUBLIC: Level.GIST, MEMBER: Level.DETAIL},
    "L4": {PUBLIC: Level.GIST, MEMBER: Level.DETAIL},
}


def is_staged(levels: Iterable[Level]) -> bool:
    """Whether a type with fields of these levels is disclosed step by step."""
    return not {Level.GIST, Level.DETAIL, Level.NDA}.isdisjoint(levels)


def disclosed(root: Root, *, staged: bool = True) -> Placement:
    """Where the rows of such a record go; parts of types without levels (`staged` is false) stay at the desk.

    The desks in charge and the office of the programme see all of it. Once it is released at all, everybody in the
    network has the gist and members of support organisations the anonymous detail from L2 on. Who signed an NDA is
    given the record as a case, with the dates of the NDA, and sees what stands under it while it is in force.
    """
    placed: dict[Scope, Level] = {body_scope(b): Level.DESK for b in root.bodies}
    placed |= {office_scope(p): Level.DESK for p in root.programmes or {ANY_PROGRAMME}}
    outside = _OUTSIDE.get(root.disclosure or "")
    if staged and outside is not None:
        placed |= {**outside, case_scope(root.uid): Level.NDA}
    return placed


def clearance(reader: Reader, need: Root) -> Level | None:
    """How much of a record disclosed step by step this reader may see; None if not even that it is there."""
    return visible(disclosed(need), scopes_read(reader))


def shows(reader: Reader, need: Root, code: str) -> bool:
    """Whether a field of this level (CL20c) is visible: clearance(reader, need) ≥ clearance(level)."""
    seen = clearance(reader, need)
    return seen is not None and may_see(seen, LEVELS[code])
