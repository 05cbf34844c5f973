"""Records disclosed step by step: who sees which fields at which step, by clearance and never by the L numbers."""

from __future__ import annotations

import pytest

from kanto_desk.fields import Level
from kanto_desk.rules.access import Grant, Reader, Role, Root, scopes_read, visible
from kanto_desk.rules.disclosure import LEVELS, clearance, disclosed, is_staged, shows


def need(step: str | None) -> Root:
    return Root("need", "n", "高橋", frozenset({"長野"}), frozenset({"p1"}), disclosure=step)


def reader(role: Role, body: str, cases: tuple[str, ...] = (), programmes: tuple[str, ...] = ()) -> Reader:
    return Reader("佐々木", (Grant(role, body, frozenset(programmes), frozenset(cases)),))


WHO = {
    "own desk": reader(Role.EXPERT, "長野"),
    "office": reader(Role.SECRETARIAT, "関東", programmes=("p1",)),
    "member": reader(Role.EXPERT, "群馬"),
    "member with NDA": reader(Role.EXPERT, "群馬", cases=("n",)),
    "reader": reader(Role.READER, "群馬"),
    "reader with NDA": reader(Role.READER, "群馬", cases=("n",)),
    "NDA of another need": reader(Role.READER, "群馬", cases=("m",)),
    "nobody": Reader("誰か"),
}
ALL, GIST, DETAIL, NDA = Level.DESK, Level.GIST, Level.DETAIL, Level.NDA
TABLE = {
    "own desk": (ALL, ALL, ALL, ALL, ALL),
    "office": (ALL, ALL, ALL, ALL, ALL),
    "member": (None, GIST, DETAIL, DETAIL, DETAIL),
    "member with NDA": (None, NDA, NDA, NDA, NDA),
    "reader": (None, GIST, GIST, GIST, GIST),
    "reader with NDA": (None, NDA, NDA, NDA, NDA),
    "NDA of another need": (None, GIST, GIST, GIST, GIST),
    "nobody": (None, None, None, None, None),
}


@pytest.mark.parametrize("who", TABLE)
def test_the_clearance_of_everybody_at_every_step(who: str) -> None:
    assert tuple(clearance(WHO[who], need(step)) for step in ("L0", "L1", "L2", "L3", "L4")) == TABLE[who]
    for step in ("", "L9", None):
        assert clearance(WHO[who], need(step)) is TABLE[who][0], "an unknown step releases nothing"


@pytest.mark.parametrize("who", TABLE)
@pytest.mark.parametrize("step", ["L0", "L1", "L2", "L3", "L4"])
def test_a_field_is_seen_where_its_clearance_is_reached(who: str, step: str) -> None:
    seen = clearance(WHO[who], need(step))
    asked = {"L4": 0, "L1": 1, "L2": 2, "L3": 3, "L0": 4}
    for code, least in asked.items():
        assert LEVELS[code].value == least
        assert shows(WHO[who], need(step), code) is (seen is not None and seen.value >= least)


def test_parts_without_levels_stay_at_the_desk() -> None:
    placed = disclosed(need("L4"), staged=False)
    for who, row in TABLE.items():
        assert visible(placed, scopes_read(WHO[who])) is (ALL if row[0] is ALL else None)


def test_types_are_told_by_the_levels_of_their_fields() -> None:
    assert is_staged([Level.PUBLIC, Level.GIST]) and is_staged([Level.NDA])
    assert not is_staged([Level.PUBLIC, Level.DESK])
