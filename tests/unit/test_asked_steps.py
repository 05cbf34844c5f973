"""Requests of colleagues and their answers, as rows in any order."""

from __future__ import annotations

import itertools

import pytest

from kanto_desk.rules.asked_steps import Told, is_owner, resolve
from kanto_desk.rules.consultation_state import Step, replay

ASK = Told("a", "2026-11-24T10:01", "draft", "asked", "佐々木", {"to": "final", "version": "v1"})
YES = Told("y", "2026-11-24T10:03", "draft", "accepted", "高橋", {"of": "a"})
NO = Told("n", "2026-11-24T10:02", "draft", "declined", "高橋", {"of": "a"})
OWN = Told("o", "2026-11-24T10:02", "draft", "final", "高橋", {"version": "v2"})
AGAIN = Told("b", "2026-11-24T10:04", "draft", "asked", "佐々木", {"to": "final", "version": "v3"})


@pytest.mark.parametrize(("rows", "state", "waiting", "not_issued"), [
    ((ASK,), "draft", ["a"], {"v1"}),
    ((ASK, YES), "final", [], set()),
    ((ASK, NO), "draft", [], {"v1"}),
    ((ASK, NO, YES), "draft", [], {"v1"}),
    ((ASK, OWN), "final", ["a"], {"v1"}),
    ((ASK, OWN, YES), "final", [], set()),
    ((ASK, AGAIN), "draft", ["b"], {"v1", "v3"}),
    ((ASK, NO, AGAIN), "draft", ["b"], {"v1", "v3"}),
    ((YES,), "draft", [], set()),
    ((OWN,), "final", [], set()),
])
def test_the_same_stands_in_whatever_order_the_rows_came(rows: tuple[Told, ...], state: str, waiting: list[str],
                                                         not_issued: set[str]) -> None:
    for order in itertools.permutations(rows):
        found = resolve(order)
        assert (replay(found.steps).state, [r.uid for r in found.waiting], found.not_issued) == (
            state, waiting, not_issued)


def test_what_the_hub_did_not_take_counts_nowhere() -> None:
    found = resolve([OWN], frozenset({"o"}))
    assert replay(found.steps).state == "draft" and found.not_issued == {"v2"}
    assert [r.uid for r in resolve([ASK, YES], frozenset({"y"})).waiting] == ["a"]


def test_programs_that_know_no_requests_hold_them() -> None:
    """A desk of the version before this one replays every row as a step."""
    outcome = replay([Step(r.uid, r.at, r.from_state, r.to_state) for r in (ASK, YES)])
    assert outcome.state == "draft" and set(outcome.held) == {"a", "y"}


def test_the_owner_is_the_expert_or_who_made_it_and_without_an_expert_everybody() -> None:
    assert is_owner("高橋　直子", "高橋直子", made=False) and is_owner(None, "佐々木 亮", made=False)
    assert is_owner("高橋 直子", "佐々木 亮", made=True) and not is_owner("高橋 直子", "佐々木 亮", made=False)
