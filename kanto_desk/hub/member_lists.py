"""Lists of members that two laptops ticked apart, joined member by member from what both began from.

A list that was joined or decided once may be joined again with a third laptop's: what both stand upon is looked for
through all that each of them named as seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from kanto_desk.fields import Json
from kanto_desk.rules.member_merge import merged_members

_NOTHING = ""
"""Stands for the field before anything was written into it; older than every stamp."""


def joined_members(known: Mapping[str, tuple[Json, list[str]]], one: tuple[str, Json],
                   two: tuple[str, Json]) -> list[str] | None:
    """What both ticks come to; None where people have to say.

    `known`: stamp → what it wrote and the stamps it stands upon. Two values of one laptop were set apart on purpose.
    """
    if one[0][16:] == two[0][16:]:
        return None
    before = [_before(known, stamp) for stamp, _ in (one, two)]
    if before[0] is None or before[1] is None:
        return None
    shared = before[0] & before[1]
    nearest = list(shared.difference(*(known[s][1] or [_NOTHING] for s in shared if s)))
    values = [_members(known[nearest[0]][0] if nearest and nearest[0] else None), _members(one[1]), _members(two[1])]
    if len(nearest) != 1 or values[0] is None or values[1] is None or values[2] is None:
        return None
    return merged_members(values[0], values[1], values[2])


def _before(known: Mapping[str, tuple[Json, list[str]]], stamp: str) -> set[str] | None:
    """Everything a value stands upon; None where the hub does not know all of it."""
    out: set[str] = set()
    open_ = [stamp]
    while open_:
        at = open_.pop()
        if at not in known:
            return None
        found = known[at][1] or [_NOTHING]
        open_ += [s for s in found if s not in out and s != _NOTHING]
        out.update(found)
    return out


def _members(value: Json) -> list[str] | None:
    """The members of a wire value; a field that is empty has none."""
    if value is None:
        return []
    return [str(m) for m in value] if isinstance(value, list) and all(isinstance(m, str) for m in value) else None
