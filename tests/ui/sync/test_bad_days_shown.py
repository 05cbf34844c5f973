"""What the window says on bad days: a real hub behind TLS, a server in front of it that spoils answers, a real frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import delete

from kanto_desk import i18n
from kanto_desk.clock import JST, system_clock
from kanto_desk.hub import tables as t
from kanto_desk.hub.demonstrating import Shown, serving
from kanto_desk.services import desk as desks
from kanto_desk.services import receipts, sending, syncing
from kanto_desk.sync.wire import Problem, packed
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.sync.front import Fault, Front, cut, fronted, lost, says
from tests.sync.test_exchange import a_visit
from tests.ui.host import Host

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@dataclass
class World:
    """A served hub with a front, and a desk that joined it."""

    hub: Shown
    front: Front
    desk: desks.Desk

    def host(self) -> Host:
        made = Host(self.desk)
        made.frame.begin()
        made.settle()
        return made

    def line(self) -> str:
        """A line of enrolment that leads over the front."""
        return self.hub.line_for("高橋 直子").replace(self.hub.url.removeprefix("https://"),
                                                 self.front.url.removeprefix("https://"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with serving(tmp_path / "hub", "事務局", system_clock) as hub:
        port = int(hub.url.rsplit(":", 1)[1])
        with fronted(tmp_path / "hub", ("127.0.0.1", port)) as front:
            desk = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", clock=system_clock, cost=CHEAP)
            made = World(hub, front, desk)
            syncing.enrol(desk, made.line())
            yield made
            desk.close()


@pytest.fixture
def language() -> Iterator[Callable[[i18n.Language], None]]:
    yield i18n.use
    i18n.use("ja")


def page_of(host: Host) -> SyncPage:
    host.key(Qt.Key.Key_6, ALT)
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    host.settle()
    return page


def busy(seconds: int) -> Fault:
    return says(429, packed(Problem("busy", retry_after=seconds)))


FAULTS: dict[str, tuple[Fault, str, str]] = {
    "lost": (lost, "同期先につながりません。", "The hub cannot be reached."),
    "cut": (cut, "同期先につながりません。", "The hub cannot be reached."),
    "401": (says(401), "途中のサーバーが、同期先へ通しませんでした（401）。", "A server on the way did not let it through to the hub (401)."),
    "413": (says(413), "一度に送る量が多すぎました。", "Too much was sent at once."),
    "429": (says(429), "同期先が混み合っています。", "The hub is busy."),
    "500": (says(500), "同期先の中で誤りがありました。", "Something went wrong inside the hub."),
    "502": (says(502), "同期先は、いま動いていません。", "The hub is not running at the moment."),
    "page": (says(200), "同期先の答えを読めませんでした。", "The hub's answer could not be read."),
    "full": (says(503, packed(Problem("full"))), "同期先の空きが足りず、受け取れませんでした。", "The hub has no room left and could not take it."),
    "clock": (says(401, packed(Problem("clock"))), "同期先と時刻を合わせられませんでした。", "The time could not be agreed with the hub."),
    "revoked": (says(401, packed(Problem("revoked"))), "このパソコンは、事務局が使用を止めました。", "The secretariat has stopped this computer.")}
AGAIN = {"clock"}   # asked again once before it is told
REACHED = set(FAULTS) - {"lost", "cut"}


@pytest.mark.parametrize("shown", ["ja", "en"])
def test_the_page_says_what_happened_what_is_safe_and_what_to_do(
        world: World, language: Callable[[i18n.Language], None], shown: i18n.Language) -> None:
    language(shown)
    host = world.host()
    try:
        page = page_of(host)
        a_visit(world.desk)
        told, online = {}, {}
        for name, (fault, *_) in FAULTS.items():
            world.front.next(*[fault] * (2 if name in AGAIN else 1))
            host.key(Qt.Key.Key_Return, CTRL)
            assert page.overview.trouble.isVisible(), name
            told[name] = page.overview.trouble.message.plain()
            online[name] = host.frame.syncing.marks.online
            assert host.said().startswith(told[name]), "the footer says it, too"
            assert sending.unsent(world.desk.store).changes == 3
        expected = {name: ja if shown == "ja" else en for name, (_, ja, en) in FAULTS.items()}
        safe = "入力はすべてこのパソコンにあります。" if shown == "ja" else "Everything you entered is on this computer."
        assert {name: text for name, text in told.items() if not text.startswith(expected[name])} == {}
        assert {name: text for name, text in told.items() if safe not in text or text.endswith(safe)} == {}
        assert {name for name, there in online.items() if there} == REACHED, "a hub that answers is not offline"
        host.key(Qt.Key.Key_Return, CTRL)
        assert page.overview.trouble.isHidden() and sending.unsent(world.desk.store).changes == 0
    finally:
        host.end()


def test_a_busy_hub_is_waited_for_until_a_time_that_is_shown_and_stopping_ends_it_at_once(
        world: World, qtbot: QtBot) -> None:
    host = world.host()
    page = page_of(host)
    sync = host.frame.syncing
    a_visit(world.desk)
    world.front.next(busy(50))
    before = system_clock()
    host.frame.do("sync_now")
    qtbot.waitUntil(lambda: sync.waits_until is not None, timeout=20_000)
    until = sync.waits_until
    assert until is not None and 40 < (until - before).total_seconds() < 120
    assert page.overview.state.text() == "同期先が空くのを待っています"
    assert f"{until.astimezone(JST):%H:%M:%S} まで待って" in page.overview.more.plain()
    assert page.overview.stop.isVisible() and page.overview.stop.isEnabled()
    page.overview.stop.click()
    host.settle()   # waits for the thread of the sync: it would hang for those 50 seconds otherwise
    assert not sync.running and sync.waits_until is None and sync.trouble is None
    kept = receipts.kept(world.desk.store)[0]
    assert (kept.stopped, kept.trouble) == (True, "")
    assert host.said() == "同期を途中で止めました"
    assert page.overview.more.plain() == "途中で止めました　残り3件の記録は、次の同期で送ります。"
    assert len(world.front.seen) == 3, "the authority, the enrolment, one request: nobody asked again"
    host.key(Qt.Key.Key_Return, CTRL)
    assert sending.unsent(world.desk.store).changes == 0
    host.end()


def test_a_window_closes_while_the_hub_is_waited_for(world: World, qtbot: QtBot) -> None:
    host = world.host()
    sync = host.frame.syncing
    world.front.next(busy(50))
    host.frame.do("sync_now")
    qtbot.waitUntil(lambda: sync.waits_until is not None, timeout=20_000)
    assert sync.close(), "the thread of the sync has ended"
    host.end()


def test_a_hub_that_is_free_again_is_asked_by_itself(world: World, qtbot: QtBot) -> None:
    host = world.host()
    a_visit(world.desk)
    world.front.next(busy(1))
    host.frame.do("sync_now")
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=20_000)
    host.settle()
    assert sending.unsent(world.desk.store).changes == 0 and host.frame.syncing.trouble is None
    host.end()


def test_a_computer_that_the_hub_does_not_know_joins_again_on_the_page(world: World) -> None:
    host = world.host()
    page = page_of(host)
    a_visit(world.desk)
    host.key(Qt.Key.Key_Return, CTRL)
    assert page.overview.join.isHidden()
    with world.hub._hub.write() as conn:   # as of a hub made anew from an old backup
        conn.execute(delete(t.received))
        conn.execute(delete(t.device))
    host.key(Qt.Key.Key_Return, CTRL)
    assert "同期先は、このパソコンを知りません。" in page.overview.trouble.message.plain()
    assert page.overview.join.isVisible()
    page.overview.join.click()
    host.settle()
    assert page.enrol is not None and page.enrol.line.hasFocus()
    QApplication.clipboard().setText(world.line())
    page.enrol.line.paste()
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert page.enrol is None and page.overview.join.isHidden() and page.overview.trouble.isHidden()
    assert sending.unsent(world.desk.store).changes == 0
    assert receipts.kept(world.desk.store)[0].sent == 3, "all of it once more"
    host.end()
