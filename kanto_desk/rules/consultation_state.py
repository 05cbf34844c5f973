"""The states of a consultation record (CL40a) by replay of its transitions; pure. A state is never a written field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

DRAFT = "draft"
FINAL = "final"
CORRECTED = "corrected"   # being corrected: edits are allowed, every one with the reason given
CANCELLED = "cancelled"

ALLOWED = frozenset({
    (DRAFT, FINAL), (FINAL, CORRECTED), (CORRECTED, FINAL), (DRAFT, CANCELLED), (CANCELLED, DRAFT),
})

EDITABLE = frozenset({DRAFT, CORRECTED})


@dataclass(frozen=True, slots=True)
class Step:
    """One transition: `at` and `uid` order the replay, so that every laptop sees the same state."""

    uid: str
    at: str
    from_state: str
    to_state: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state, and the steps that could not be taken (shown as 保留)."""

    state: str
    held: tuple[str, ...]


def replay(steps: Iterable[Step]) -> Outcome:
    """The state after all steps in order of time; a step from another state than the present one is held.

    Steps of the same moment are taken in the order in which each follows from the state before it.
    """
    state = DRAFT
    held: list[str] = []
    for _, same_moment in groupby(sorted(steps, key=lambda s: (s.at, s.uid)), key=lambda s: s.at):
        waiting = list(same_moment)
        while waiting:
            step = next((s for s in waiting if s.from_state == state and (s.from_state, s.to_state) in ALLOWED), None)
            if step is None:
                held += [s.uid for s in waiting]
                break
            waiting.remove(step)
            state = step.to_state
    return Outcome(state, tuple(held))
