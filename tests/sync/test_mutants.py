"""Some of the planted faults in every run; all of them by `python -m tests.sync.mutants`."""

from __future__ import annotations

import pytest

from tests.sync.mutants import MUTANTS, OUTBOX, ROOT, Mutant, shown

FAST = tuple(m for m in MUTANTS if m.noticed_by is OUTBOX)


@pytest.mark.parametrize("mutant", FAST, ids=lambda m: m.name)
def test_a_planted_fault_is_noticed(mutant: Mutant) -> None:
    noticed, line = shown(mutant, 0)
    assert noticed, line


def test_every_fault_can_still_be_planted() -> None:
    """A place that was written anew would let its fault pass for planted."""
    assert len({m.name for m in MUTANTS}) == len(MUTANTS) >= 20
    for mutant in MUTANTS:
        assert (ROOT / "kanto_desk" / mutant.file).read_text("utf-8").count(mutant.sound) == 1, mutant.name
