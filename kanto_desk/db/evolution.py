"""What each schema step means for changes that travel: the names they carry are those of the version that wrote them.

One line a step, also where nothing that travels changes. A change from an older program is raised to this version's
names when it comes in; an answer to an older program is lowered to its names. What nobody has a name for is kept as it
is. A wire name keeps its kind for ever (DECISIONS 10), so a step only adds names or replaces one by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from kanto_desk.db.apply import Change
from kanto_desk.fields import Json

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Renamed:
    """A field that goes on under another name. `up` and `down` turn its value; one that they cannot turn stays."""

    type: str
    old: str
    new: str
    up: Callable[[Json], Json] = lambda value: value
    down: Callable[[Json], Json] = lambda value: value


@dataclass(frozen=True, slots=True)
class Step:
    """One schema step: the version it leads to, what it means for what travels, and names that it replaced."""

    version: int
    says: str
    added: frozenset[str] = frozenset()
    """Record types that came with it; older programs keep them unread."""
    renamed: tuple[Renamed, ...] = field(default=())


STEPS: tuple[Step, ...] = (
    Step(1001, "the first schema"),
    Step(1002, "効果確認 came", added=frozenset({"outcome"})),
    Step(1003, "set phrases and saved views came", added=frozenset({"phrase", "saved_view"})),
    Step(1004, "nothing travels: the order of last visits"),
    Step(1005, "nothing travels: how far a desk has read at its hub"),
    Step(1006, "nothing travels: records of unknown types are kept"),
    Step(1007, "decisions about organizations that look alike came", added=frozenset({"organization_pair"})),
    Step(1008, "what was answered to the directory of corporations came", added=frozenset({"directory_fact"})),
)
"""Every step of `kanto_desk.db.migrations`; a test compares them."""


def raised(change: Change, steps: Sequence[Step] = STEPS) -> Change:
    """A change of an older program in this program's names; a newer one as it is."""
    if change.sv >= steps[-1].version:
        return change
    turned = _up(change.type, change.sv, steps)
    return replace(change, sv=steps[-1].version, set=_values(change.set, turned), base=_names(change.base, turned))


def raised_parts(type_name: str, sv: int, sets: Mapping[str, Json], base: Mapping[str, V],
                 steps: Sequence[Step] = STEPS) -> tuple[dict[str, Json], dict[str, V]]:
    """The same for the two parts of a change that were stored as text."""
    turned = _up(type_name, sv, steps)
    return _values(sets, turned), _names(base, turned)


def lowered_parts(type_name: str, sv: int, sets: Mapping[str, Json], base: Mapping[str, V],
                  steps: Sequence[Step] = STEPS) -> tuple[dict[str, Json], dict[str, V]]:
    """The parts of a change of this program in the names of an older one."""
    turned = _down(type_name, sv, steps)
    return _values(sets, turned), _names(base, turned)


def raised_fields(type_name: str, fields: Mapping[str, Mapping[str, Json]], sv: int,
                  steps: Sequence[Step] = STEPS) -> dict[str, dict[str, Json]]:
    """A row that came whole (field → stamp → value), in this program's names."""
    return _registers(fields, _up(type_name, sv, steps))


def lowered_fields(type_name: str, fields: Mapping[str, Mapping[str, Json]], sv: int,
                   steps: Sequence[Step] = STEPS) -> dict[str, dict[str, Json]]:
    """A row of this program in the names of an older one."""
    return _registers(fields, _down(type_name, sv, steps))


def lowered_names(type_name: str, names: Iterable[str], sv: int, steps: Sequence[Step] = STEPS) -> list[str]:
    """Names of fields in those of an older program."""
    return list(_names(dict.fromkeys(names), _down(type_name, sv, steps)))


def lowers(sv: int, steps: Sequence[Step] = STEPS) -> bool:
    """Whether anything has another name for a program of this version."""
    return any(step.renamed for step in steps if step.version > sv)


Turn = tuple[str, str, Callable[[Json], Json]]
"""From which name, to which, and how the value turns."""


def _up(type_name: str, sv: int, steps: Sequence[Step]) -> list[Turn]:
    return [(r.old, r.new, r.up) for step in steps if step.version > sv
            for r in step.renamed if r.type == type_name]


def _down(type_name: str, sv: int, steps: Sequence[Step]) -> list[Turn]:
    return [(r.new, r.old, r.down) for step in reversed(steps) if step.version > sv
            for r in step.renamed if r.type == type_name]


def _values(values: Mapping[str, Json], turns: Sequence[Turn]) -> dict[str, Json]:
    out = dict(values)
    for old, new, turn in turns:
        if old in out and new not in out:
            out[new] = turn(out.pop(old))
    return out


def _names(named: Mapping[str, V], turns: Sequence[Turn]) -> dict[str, V]:
    out = dict(named)
    for old, new, _ in turns:
        if old in out and new not in out:
            out[new] = out.pop(old)
    return out


def _registers(fields: Mapping[str, Mapping[str, Json]], turns: Sequence[Turn]) -> dict[str, dict[str, Json]]:
    out = {name: dict(values) for name, values in fields.items()}
    for old, new, turn in turns:
        if old in out:
            turned = {stamp: turn(value) for stamp, value in out.pop(old).items()}
            out[new] = {**turned, **out.get(new, {})}
    return out
