"""Steps of a record that somebody asks its owner for, and the owner's answers; pure (DECISIONS 7).

Everybody of the organisation may have the company sign, but only the owner of a record takes it from state to state.
What somebody else does is a row that asks, and has no effect before the owner's row accepts it. Programs that do not
know such rows hold them, because no step leads to these states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kanto_desk.rules.consultation_state import Step
from kanto_desk.rules.spelling import same_name

ASKED, ACCEPTED, DECLINED = "asked", "accepted", "declined"
REQUESTED = frozenset({ASKED, ACCEPTED, DECLINED})
"""What `to_state` says of a row that asks, and of the two that answer; `facts` say for what (`to`), or which (`of`)."""


@dataclass(frozen=True, slots=True)
class Told:
    """A transition as it was written; `facts` as far as they name a request, its answer, or an issued version."""

    uid: str
    at: str
    from_state: str
    to_state: str
    by: str = ""
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The steps that count, the requests that wait for an answer, and the versions that nothing which counts names."""

    steps: tuple[Step, ...]
    waiting: tuple[Told, ...]
    not_issued: frozenset[str]


def is_owner(expert: str | None, person: str, *, made: bool) -> bool:
    """Whether somebody takes a visit from state to state: the expert it names, and who made it; without one everybody.

    Who made it counts because an expert may have no laptop, and then nobody could answer.
    """
    return not (expert or "").strip() or made or same_name(str(expert), person)


def resolve(rows: Iterable[Told], refused: frozenset[str] = frozenset()) -> Resolved:
    """What counts of the transitions of one record, in any order; `refused` are those that the hub did not take.

    The first answer to a request stands. Who asks again for the same takes the former request back.
    """
    ordered = sorted(rows, key=lambda r: (r.at, r.uid))
    answers: dict[str, Told] = {}
    for row in ordered:
        if row.to_state in (ACCEPTED, DECLINED) and row.uid not in refused:
            answers.setdefault(_fact(row, "of"), row)
    steps: list[Step] = []
    newest: dict[tuple[str, str], Told] = {}
    issued, named = set(), set()
    for row in ordered:
        named.add(_fact(row, "version"))
        if row.uid in refused or row.to_state in (ACCEPTED, DECLINED):
            continue
        answer = answers.get(row.uid) if row.to_state == ASKED else None
        if row.to_state == ASKED:
            newest[row.by, _fact(row, "to")] = row
        if row.to_state != ASKED:
            steps.append(Step(row.uid, row.at, row.from_state, row.to_state))
        elif answer is None or answer.to_state == DECLINED:
            continue
        else:
            steps.append(Step(row.uid, answer.at, row.from_state, _fact(row, "to")))
        issued.add(_fact(row, "version"))
    waiting = tuple(row for row in newest.values() if row.uid not in answers)
    return Resolved(tuple(steps), waiting, frozenset(named - issued - {""}))


def _fact(row: Told, name: str) -> str:
    return str((row.facts or {}).get(name) or "")
