"""A budget of random histories in every run; more by `python -m tests.sync.simulator --histories N --seed S`."""

from __future__ import annotations

import os
from pathlib import Path

from tests.sync.simulator import run_one, shared

HISTORIES = int(os.environ.get("KANTO_HISTORIES", "150"))
"""Continuous integration has the time for more than a developer."""

SEED = 7_000_000


def test_histories_end_alike_on_every_laptop_and_lose_nothing() -> None:
    run, failed, done = shared(SEED, HISTORIES, 2)
    print(f"{run} histories from seed {SEED}: {dict(done)}")
    assert not failed, failed[0]
    assert run == HISTORIES
    assert sum(done.values()) > 5 * HISTORIES


def test_a_seed_repeats_a_history_with_every_stamp(tmp_path: Path) -> None:
    once, again, other = (run_one(seed, tmp_path, hashed=True).digest for seed in (SEED, SEED, SEED + 1))
    assert once == again != other
