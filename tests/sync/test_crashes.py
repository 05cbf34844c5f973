"""Power that fails in the middle of a sync, on either side; each state that a place leaves; every place by
`python -m tests.sync.crashes --each`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync import crashes
from tests.sync.turns import by_commit

EVERY = 35


@pytest.mark.parametrize("side", crashes.SIDES)
def test_a_sync_that_was_switched_off_ends_like_one_that_was_not(side: str, tmp_path: Path) -> None:
    tried, places = crashes.all_places(tmp_path, side)
    assert tried >= 2 and places > 60


@pytest.mark.parametrize("side", crashes.SIDES)
def test_a_few_more_places_each_time(side: str, tmp_path: Path) -> None:
    """Also where nothing was written between two places: the code that breaks off is another."""
    tried, _ = crashes.all_places(tmp_path, side, each=True, every=EVERY, first=by_commit())
    assert tried >= 2, f"first place {by_commit() % EVERY}"
