"""The index of the search, made anew when a desk of an older program opens: how far it has come is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.services import consultation_search, consultations, organizations
from kanto_desk.services import desk as desks
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The folder of a closed desk whose index another program made."""
    made = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", clock=SetClock(), cost=CHEAP)
    company = organizations.create(made.store, {"name": "湖南精工"})
    consultations.create(made.store, company, {"theme": "面粗さ"})
    with made.store.write() as conn:
        conn.exec_driver_sql("UPDATE counter SET value = 7 WHERE name = 'search'")
        conn.exec_driver_sql("INSERT INTO record_index(record_index) VALUES ('delete-all')")
    made.close()
    return made.home


def test_how_far_it_has_come_is_told_once_and_never_again(older: Path) -> None:
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        opened = desks.unlock(older, PASSPHRASE, clock=SetClock(), cost=CHEAP, told=lambda *now: seen.append(now))
        assert len(consultation_search.find(opened.store, "面粗さ 湖南")) == 1
        opened.close()
    total = seen[0][1]
    assert seen[0] == (0, total) and seen[-1] == (total, total) and total >= 2
    assert seen == sorted(set(seen))


def test_who_gives_up_meanwhile_loses_nothing(older: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        desks.unlock(older, PASSPHRASE, clock=SetClock(), cost=CHEAP, told=stop)
    opened = desks.unlock(older, PASSPHRASE, clock=SetClock(), cost=CHEAP)
    assert len(consultation_search.find(opened.store, "面粗さ")) == 1
    opened.close()
