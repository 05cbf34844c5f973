"""Lists of members merged three ways: additions and removals of both sides, everything doubtful left to people."""

from __future__ import annotations

import pytest

from kanto_desk.rules.member_merge import merged_members


@pytest.mark.parametrize(("base", "one", "two", "joined"), [
    ("", "1", "2", "12"),
    ("1", "12", "13", "123"),
    ("123", "13", "12", "1"),
    ("12", "2", "123", "23"),
    ("1", "12", "12", "12"),
    ("12", "", "12", ""),        # one emptied it, the other changed nothing
    ("12", "1", "2", None),      # nothing would be left, which neither wanted
    ("12", "21", "123", None),   # another order
    ("1", "21", "13", None),     # put in front: the first is the main one
    ("12", "213", "12", None),
])
def test_additions_and_removals_of_both_sides(base: str, one: str, two: str, joined: str | None) -> None:
    assert merged_members(base, one, two) == (None if joined is None else list(joined))
