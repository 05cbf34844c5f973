"""Power that fails in the middle of a sync, on either side; every place by `python -m tests.sync.crashes`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync import crashes

EVERY = 12


@pytest.mark.parametrize("side", crashes.SIDES)
def test_a_sync_that_was_switched_off_ends_like_one_that_was_not(side: str, tmp_path: Path) -> None:
    assert crashes.all_places(tmp_path, side, EVERY, first=5) >= 6
