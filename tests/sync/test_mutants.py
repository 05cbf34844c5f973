"""Some of the planted faults in every run, others with every change of the code; all by `python -m tests.sync.mutants`."""

from __future__ import annotations

import hashlib
import os

import pytest

from tests.sync.mutants import MUTANTS, ROOT, Mutant, shown

AT_ONCE = int(os.environ.get("KANTO_MUTANTS", "4"))


def turn() -> tuple[Mutant, ...]:
    """The next few, from where a hash over the files in which faults are planted points to."""
    files = sorted({m.file for m in MUTANTS})
    total = hashlib.sha256(b"".join((ROOT / "kanto_desk" / file).read_bytes() for file in files))
    first = int.from_bytes(total.digest()[:8], "big")
    return tuple(MUTANTS[(first + n) % len(MUTANTS)] for n in range(min(AT_ONCE, len(MUTANTS))))


@pytest.mark.parametrize("mutant", turn(), ids=lambda m: m.name)
def test_a_planted_fault_is_noticed(mutant: Mutant) -> None:
    seen = shown(mutant)
    assert seen.noticed, seen.said


def test_every_fault_can_still_be_planted() -> None:
    """A place that was written anew would let its fault pass for planted."""
    assert len({m.name for m in MUTANTS}) == len(MUTANTS) >= 20
    for mutant in MUTANTS:
        assert (ROOT / "kanto_desk" / mutant.file).read_text("utf-8").count(mutant.sound) == 1, mutant.name
