"""Two desks that share a hub, and a window on the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.host import Host
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


@pytest.fixture
def host(two: Two) -> Iterator[Host]:
    made = Host(two.one, link=two.link)
    made.frame.begin()
    made.settle()
    yield made
    made.end()
