"""Places of lines: always room between two, short when appended by the thousand."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanto_desk.rules import consultation_state as cs
from kanto_desk.rules.ordering import between, spread


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=120))
def test_a_line_can_go_anywhere_at_any_time(moves):
    places = [between(None, None)]
    for move in moves:
        k = move % (len(places) + 1)
        new = between(places[k - 1] if k else None, places[k] if k < len(places) else None)
        places.insert(k, new)
        assert places == sorted(set(places))


def test_appending_thousands_stays_short():
    last = None
    for _ in range(20_000):
        new = between(last, None)
        assert last is None or new > last
        last = new
    assert len(last) <= 8


def test_wrong_neighbours_are_a_bug():
    with pytest.raises(ValueError, match="before"):
        between("b", "a")


@given(st.integers(1, 3000))
def test_spread_places_are_in_order_with_room(count):
    places = spread(count)
    assert len(places) == count
    assert places == sorted(set(places))
    for a, b in itertools.pairwise(places):
        assert a < between(a, b) < b


def step(n: int, old: str, new: str) -> cs.Step:
    return cs.Step(f"u{n}", f"2026-11-24T10:{n:02d}", old, new)


def test_the_state_is_the_replay_of_its_steps():
    steps = [step(1, "draft", "final"), step(2, "final", "corrected"), step(3, "corrected", "final")]
    assert [cs.replay(steps[:n]).state for n in range(4)] == ["draft", "final", "corrected", "final"]


def test_a_step_from_another_state_is_held_and_changes_nothing():
    steps = [step(1, "draft", "final"), step(2, "draft", "cancelled"), step(3, "final", "draft")]
    assert cs.replay(reversed(steps)) == cs.Outcome("final", ("u2", "u3"))


def test_steps_of_the_same_moment_follow_from_each_other():
    at = "2026-11-24T10:00"
    steps = [cs.Step("z", at, "draft", "final"), cs.Step("a", at, "final", "corrected")]
    assert cs.replay(steps) == cs.Outcome("corrected", ())
