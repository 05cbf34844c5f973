"""What a killed window left behind, read without it, and whether that is what the person was promised.

Promised: what the footer called saved is there; of the typing at most the last second is gone; every file is whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kanto_desk.db import putting_back
from kanto_desk.errors import Trouble
from kanto_desk.services import consultations, timeline
from kanto_desk.services import desk as desks
from tests.e2e.kill.template import CHEAP, PASSPHRASE
from tests.e2e.kill.typed import Written

SAVED = re.compile(r"すべてこのパソコンに保存済み")
UP_TO = re.compile(r"(\d\d:\d\d:\d\d) まで保存済み")
LOST_AT_MOST_MS = 1000.0


@dataclass(frozen=True)
class Told:
    """What the child said until it died: when each step was typed, and how many were when the footer spoke."""

    typed_at: tuple[float, ...]
    acknowledged: tuple[tuple[float, int], ...]   # (moment, steps typed by then)


@dataclass
class Verdict:
    """One kill. `lost_ms`: age at the kill of the oldest key that is not in the folder."""

    killed_at: float
    near_key: bool
    acknowledgements: int
    lost_ms: float
    faults: list[str] = field(default_factory=list)
    acknowledged_lost: int = 0
    damaged: int = 0


def told(lines: Sequence[dict[str, Any]]) -> Told:
    """The child's own words in order.

    「すべて…保存済み」 acknowledges every step done before it was read, 「T まで保存済み」 every step before the second T.
    """
    steps = [one for one in lines if "step" in one]
    acknowledged = []
    for one in lines:
        words = one.get("footer", "")
        if SAVED.search(words):
            acknowledged.append((one["at"], one["done"]))
        elif up_to := UP_TO.search(words):
            acknowledged.append((one["at"], sum(step["clock"] < up_to[1] for step in steps[:one["done"]])))
    return Told(tuple(one["at"] for one in steps), tuple(acknowledged))


def read(home: Path, uid: str) -> tuple[Written, list[str]]:
    """What the folder holds, and what is damaged in it: every page is read and authenticated."""
    try:
        desk = desks.unlock(home, PASSPHRASE, cost=CHEAP)
    except Trouble as trouble:
        return Written(), [str(trouble)]
    try:
        damaged = [f"{found.file}: {found.problem}" for found in putting_back.check(desk.folder, desk.key)]
        kind, box = consultations.draft(desk.store, uid) or ("said", "")
        lines = tuple((line.kind, line.text) for line in timeline.lines(desk.store, uid))
        direction = consultations.get(desk.store, uid).record.direction or ""
    finally:
        desk.close()
    return Written(lines, kind, box, direction), damaged


def judge(states: Sequence[Written], found: Written, said: Told, killed_at: float) -> Verdict:
    """Compare what is found after a kill with what was typed; `states` is what was written before and after each step.

    An acknowledgement covers everything typed before it, however young: nothing of that may be missing.
    """
    typed = len(said.typed_at)
    last = said.typed_at[-1] if said.typed_at else None
    verdict = Verdict(killed_at, last is not None and killed_at - last <= 1.0, len(said.acknowledged), 0.0)
    for name, part in (("capture", _capture), ("field", _field)):
        same = [n for n in range(typed + 1) if part(states[n]) == part(found)]
        if not same:
            verdict.faults.append(f"{name}: {part(found)!r} was never written; last was {part(states[typed])!r}")
            verdict.acknowledged_lost += 1
            continue
        kept = same[-1]
        missing = [n for n in range(kept + 1, typed + 1) if part(states[n]) != part(states[n - 1])]
        if missing:
            verdict.lost_ms = max(verdict.lost_ms, (killed_at - said.typed_at[missing[0] - 1]) * 1000)
        needed = max((done for _, done in said.acknowledged), default=0)
        if any(n <= needed for n in missing):
            verdict.acknowledged_lost += 1
            verdict.faults.append(f"{name}: step {missing[0]} of {typed} is gone, the footer had called {needed} saved")
    if verdict.lost_ms > LOST_AT_MOST_MS:
        verdict.faults.append(f"{verdict.lost_ms:.0f} ms of typing lost")
    return verdict


_capture: Callable[[Written], Any] = lambda written: written.capture  # noqa: E731
_field: Callable[[Written], Any] = lambda written: written.field  # noqa: E731
