"""A budget of histories with sticks in every run; more by `python -m tests.sync.stick_histories --histories N`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.sync.stick_histories import run_one
from tests.sync.test_simulation import memory

HISTORIES = 25
SEED = 9_000_000

__all__ = ["memory"]


def test_sticks_in_any_order_lose_nothing_and_leak_nothing(memory: Path) -> None:
    done: Counter[str] = Counter()
    for n in range(HISTORIES):
        done += run_one(SEED + n, memory)
    print(f"{HISTORIES} histories from seed {SEED}: {dict(done)}")
    assert {"make", "take", "answer", "back", "trip", "bad"} <= set(done)
