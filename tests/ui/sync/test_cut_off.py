"""止める while the hub does not answer: the sync ends without its answer, in the window and in the child that fills.

Real hub process behind a way that holds answers back. Without the cut each wait lasts two minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kanto_desk.services import organizations, receipts, syncing
from kanto_desk.services.desk import Desk
from tests.sync.proxy import Fault, Proxy, proxied
from tests.ui.host import Host
from tests.ui.sync.filled import Full, full_hub
from tests.ui.sync.test_fill_apart import LONG_MS, children, rows

COMPANIES, VISITS = 20, 60


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    with full_hub(tmp_path_factory.mktemp("full") / "hub", COMPANIES, VISITS) as made:
        yield made


@pytest.fixture(scope="module")
def proxy(full: Full) -> Iterator[Proxy]:
    with proxied(full.served.address) as made:
        yield made


@pytest.fixture
def desk(full: Full, proxy: Proxy, tmp_path: Path) -> Iterator[Desk]:
    made = full.desk(tmp_path / "desk")
    made.store.set_setting("hub", {**made.store.setting("hub"), "url": proxy.url})
    yield made
    made.close()


@pytest.fixture
def host(desk: Desk) -> Iterator[Host]:
    made = Host(desk)
    made.frame.begin()
    made.settle()
    yield made
    made.end()


def never() -> bool:
    """An answer that is held back until the desk has gone."""
    return False


def begun(host: Host, proxy: Proxy, qtbot: QtBot, fault: Fault) -> None:
    """Sync; its first request has left, or hangs before it could."""
    before = len(proxy.passed)
    proxy.next(fault)
    host.frame.sync_now()
    qtbot.waitUntil(lambda: len(proxy.passed) > before, timeout=LONG_MS)
    if fault.held is None:
        qtbot.waitUntil(proxy.passed[before].asked.is_set, timeout=LONG_MS)
    assert host.frame.syncing.running


def stopped(host: Host, qtbot: QtBot) -> None:
    host.frame.syncing.stop()
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    host.settle()
    assert host.frame.syncing.trouble is None and receipts.kept(host.frame.desk.store)[0].stopped


def test_an_answer_held_back_is_not_waited_for_and_comes_with_the_next_sync(
        desk: Desk, host: Host, proxy: Proxy, qtbot: QtBot) -> None:
    receipts.sync(desk.store)   # filled: what comes now comes on the thread of the window
    organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    begun(host, proxy, qtbot, Fault(lost_when=never))
    assert children() == []
    stopped(host, qtbot)
    assert syncing.waiting(desk.store).changes == 1, "unsent until a receipt has come"
    host.frame.sync_now()
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    host.settle()
    assert host.frame.syncing.trouble is None and syncing.waiting(desk.store).changes == 0


def test_the_child_that_fills_waits_no_longer_either(desk: Desk, host: Host, proxy: Proxy, qtbot: QtBot) -> None:
    begun(host, proxy, qtbot, Fault(lost_when=never))
    assert len(children()) == 1
    stopped(host, qtbot)
    assert children() == []
    host.frame.sync_now()
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    assert rows(desk) == COMPANIES + VISITS


def test_a_window_that_closes_waits_for_no_answer(desk: Desk, host: Host, proxy: Proxy, qtbot: QtBot) -> None:
    begun(host, proxy, qtbot, Fault(lost_when=never))
    assert host.frame.syncing.close(LONG_MS / 1000), "its threads have ended"
    assert children() == []
