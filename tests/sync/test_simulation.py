"""A budget of random histories in every run; more by `python -m tests.sync.simulator --histories N --seed S`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.simulator import run_one

HISTORIES = 150
SEED = 7_000_000


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder whose files are not really written, where the system has one."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        yield Path(folder)


def test_histories_end_alike_on_every_laptop_and_lose_nothing(memory: Path) -> None:
    done: dict[str, int] = {}
    for n in range(HISTORIES):
        for what, times in run_one(SEED + n, memory).kinds.items():
            done[what] = done.get(what, 0) + times
    print(f"{HISTORIES} histories from seed {SEED}: {done}")
    assert sum(done.values()) > 5 * HISTORIES
