"""A real encrypted desk with the sample companies, in the real frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.services import desk as desks
from kanto_desk.services import organization_search, samples
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.ui.host import Host


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = SetClock()
    made = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", clock=clock,
                        cost=CHEAP)
    samples.load(made)
    clock.forward(seconds=1)   # the sample's stamps are those of this moment; an edit comes after it
    yield made
    made.close()


@pytest.fixture
def host(desk: Desk, qapp: object) -> Iterator[Host]:
    made = Host(desk)
    yield made
    made.end()


@pytest.fixture
def konan(desk: Desk) -> str:
    return organization_search.find(desk.store, Wanted("湖南精工"))[0]
