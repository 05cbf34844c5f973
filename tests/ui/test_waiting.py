"""While something is read: nothing at first, then grey shapes, then words and 中止; typing goes on all the while."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, organizations
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from kanto_desk.ui.theme import look
from kanto_desk.ui.waiting import QUIET_MS, WORDS_MS, Waiting
from tests.db.parts import SetClock, never_ending
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.ui.host import Host
from tests.ui.window import press


@pytest.fixture
def desk(tmp_path: Path, clock: SetClock) -> Iterator[Desk]:
    made = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", organization="見本支援センター", clock=clock, cost=CHEAP)
    yield made
    made.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def host(desk: Desk, qtbot: QtBot) -> Iterator[Host]:
    made = Host(desk)
    yield made
    made.end()


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(900, 500)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("shapes", ["rows", "cards", "page"])
def test_nothing_then_shapes_then_words_and_a_count(over: QWidget, shapes: str, qtbot: QtBot) -> None:
    waiting = Waiting(over, shapes)  # type: ignore[arg-type]
    waiting.begin()
    assert not waiting.isVisible()
    qtbot.waitUntil(waiting.isVisible, timeout=QUIET_MS + 2000)
    assert waiting.geometry() == over.rect() and not waiting.stop.isVisible()
    picture = waiting.grab().toImage()
    grey, ground = look().color("neutral_soft"), look().color("canvas")
    seen = {QColor(picture.pixel(x, y)).name() for x in range(0, 900, 7) for y in range(0, 500, 7)}
    assert {grey.name(), ground.name()} <= seen
    qtbot.waitUntil(waiting.stop.isVisible, timeout=WORDS_MS + 2000)
    waiting.tell(1200, 5000)
    assert waiting.words.text() == "読み込んでいます　1,200／5,000"
    with qtbot.waitSignal(waiting.stopped):
        QTest.keyClick(waiting.stop, Qt.Key.Key_Space)
    assert not waiting.isVisible()


def test_what_is_there_at_once_shows_no_shapes(over: QWidget, qtbot: QtBot) -> None:
    waiting = Waiting(over, "rows")
    waiting.begin()
    waiting.end()
    QTest.qWait(QUIET_MS + 100)
    assert not waiting.isVisible()


def test_a_search_that_takes_long_waits_visibly_and_can_be_stopped(host: Host, desk: Desk, qtbot: QtBot) -> None:
    consultations.create(desk.store, organizations.create(desk.store, {"name": "株式会社 Konan"}))
    host.frame.go("visits")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage)
    with never_ending(desk.store, "visit_number"):   # what the index found is put in order by it
        page.search.setFocus()
        QTest.keyClicks(host.focus(), "konan")
        qtbot.waitUntil(page.waiting.isVisible, timeout=QUIET_MS + 2000)
        QTest.keyClicks(host.focus(), " a")   # the box takes keys while the list waits
        assert page.search.text() == "konan a"
        qtbot.waitUntil(page.waiting.stop.isVisible, timeout=WORDS_MS + 2000)
        press(page.waiting.stop)
        assert not page.waiting.isVisible() and page.count.text() == "中止しました"
        assert host.frame.jobs.wait_idle(20_000), "the statement goes on"
    host.settle()
    assert page.count.text() == "中止しました" and host.frame.alarm.isHidden()
    QTest.keyClicks(page.search, "b")
    host.settle()
    assert page.count.text() == "0件" and not page.waiting.isVisible()
