"""A real encrypted desk in a temporary folder; only Argon2's cost is lowered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.keys import Cost
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock

CHEAP = Cost(passes=1, memory_kib=1024, lanes=1)
PASSPHRASE = "諏訪湖の朝"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def desk(tmp_path: Path, clock: SetClock) -> Iterator[Desk]:
    made = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", clock=clock,
                        cost=CHEAP)
    yield made
    made.close()
