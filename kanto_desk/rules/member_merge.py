"""Three-way merge of lists of members (fields of kind CODES): what both sides added and took away. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def merged_members(base: Sequence[str], one: Sequence[str], two: Sequence[str]) -> list[str] | None:
    """Members of the base that both kept, in its order, then what the first and the second added.

    None where people have to say: a side put members into another order, or nothing would be left though neither
    side emptied the list.
    """
    added = [_added(base, side) for side in (one, two)]
    if added[0] is None or added[1] is None:
        return None
    out = list(dict.fromkeys([*(m for m in base if m in one and m in two), *added[0], *added[1]]))
    return out if out or not one or not two else None


def _added(base: Sequence[str], side: Sequence[str]) -> list[str] | None:
    """What stands after the members of the base that were kept; None where something else differs, too."""
    kept = [member for member in base if member in side]
    rest = list(side[len(kept):])
    clean = list(side[:len(kept)]) == kept and len({*base}) == len(base) and len({*side}) == len(side)
    return rest if clean else None
