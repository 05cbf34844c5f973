"""Statements that would run for days, in the real window: 中止 ends them, a newer word ends an older one, and what is
typed or opened meanwhile does not wait behind a count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, organizations
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from kanto_desk.ui.pages.figures.page import FiguresPage
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from kanto_desk.ui.waiting import WORDS_MS
from tests.db.parts import never_ending
from tests.services.conftest import clock, desk  # noqa: F401 - fixtures
from tests.ui.host import Host
from tests.ui.window import Hands, press

LONG_MS = 20_000
COUNTED = "referral"   # a table that only the figures read
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def visit(desk: Desk) -> str:  # noqa: F811 - the fixture
    company = organizations.create(desk.store, {"name": "株式会社 Konan 湖南精工"})
    return consultations.create(desk.store, company, {"held_on": date(2026, 11, 20), "theme": "mekki の相談"})


@pytest.fixture
def host(desk: Desk, visit: str, qtbot: QtBot) -> Iterator[Host]:  # noqa: F811
    made = Host(desk)
    made.frame.begin()
    made.settle()
    yield made
    made.crash()   # does not wait: after a failed test a statement may still run


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "home", qtbot)
    yield made
    made.close()


def counting(host: Host, qtbot: QtBot) -> FiguresPage:
    """Go to 集計, which does not come to an end."""
    QTest.keyClick(host, Qt.Key.Key_5, ALT)
    page = host.frame.places.current
    assert isinstance(page, FiguresPage)
    qtbot.waitUntil(page.waiting.isVisible, timeout=LONG_MS)
    return page


def calm(host: Host) -> bool:
    """Nothing is running, and nobody is told of a failure."""
    assert host.frame.jobs.wait_idle(LONG_MS), "a statement still runs"
    host.settle()
    return host.frame.alarm.isHidden() and not host.frame.footer.said.full()


def test_a_click_on_stop_ends_the_count_within_its_statement(host: Host, desk: Desk, visit: str, qtbot: QtBot) -> None:  # noqa: F811
    with never_ending(desk.store, COUNTED) as quick:
        page = counting(host, qtbot)
        qtbot.waitUntil(page.waiting.stop.isVisible, timeout=WORDS_MS + LONG_MS)
        press(page.waiting.stop)
        assert page.stopped.isVisible() and not page.waiting.isVisible()
        assert host.focus() is page.stopped.button
        assert calm(host)
        consultations.edit(desk.store, visit, {"theme": "mekki の相談の続き"})   # the store writes as before
        assert page.stopped.isVisible()
        quick()
    assert page.stopped.button is not None
    press(page.stopped.button)
    host.settle()
    qtbot.waitUntil(lambda: not page.stopped.isVisible(), timeout=LONG_MS)
    host.settle()
    assert page.cards.cards[0].accessibleName() == "相談（延べ） 1件"
    assert desk.store.engine.pool.checkedout() == 0


def test_nothing_that_is_typed_or_opened_waits_behind_a_count(host: Host, desk: Desk, visit: str, qtbot: QtBot) -> None:  # noqa: F811
    frame = host.frame
    with never_ending(desk.store, COUNTED):
        page = counting(host, qtbot)
        QTest.keyClick(host.focus(), Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(frame.palette_.box, "konan")
        qtbot.waitUntil(lambda: any("湖南精工" in row for row in frame.palette_.rows()), timeout=LONG_MS)
        QTest.keyClick(frame.palette_.box, Qt.Key.Key_Return)   # open the company
        qtbot.waitUntil(lambda: frame.places.here is not None and frame.places.here[0] == "organization"
                        and frame.places.current is not None and "湖南精工" in frame.places.current.title(),
                        timeout=LONG_MS)
        frame.open_consultation(visit)
        qtbot.waitUntil(lambda: frame.places.here == ("consultation", visit), timeout=LONG_MS)
        frame.go("companies")
        listing = frame.places.current
        QTest.keyClicks(listing.filters.box, "konan")
        qtbot.waitUntil(lambda: listing.count.text().endswith("社のうち 1社"), timeout=LONG_MS)
        visits = frame.places.show_place("visits")
        assert isinstance(visits, ConsultationListPage)
        QTest.keyClicks(visits.search, "mekki")
        qtbot.waitUntil(lambda: visits.count.text() == "1件", timeout=LONG_MS)
        qtbot.waitUntil(lambda: frame.jobs.waiting == 2, timeout=LONG_MS)   # the count, and behind it that of offers
        frame.go("figures")
        qtbot.waitUntil(page.waiting.stop.isVisible, timeout=WORDS_MS + LONG_MS)
        press(page.waiting.stop)
        assert calm(host)


@pytest.mark.parametrize("place", ["companies", "visits"])
def test_a_newer_word_ends_the_search_of_the_older_one(place: str, host: Host, desk: Desk, qtbot: QtBot) -> None:  # noqa: F811
    """Searches run one after the other: were the first only dropped, the second would wait for days."""
    host.frame.go(place)
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage | OrganizationListPage)
    box = page.search if isinstance(page, ConsultationListPage) else page.filters.box
    with never_ending(desk.store, "found") as quick:
        QTest.keyClicks(box, "k")
        qtbot.waitUntil(lambda: desk.store.engine.pool.checkedout() > 0, timeout=LONG_MS)
        quick()
        QTest.keyClicks(box, "onan")
        qtbot.waitUntil(lambda: page.count.text().endswith(("社のうち 1社", "1件")), timeout=LONG_MS)
    assert not page.waiting.isVisible() and host.frame.alarm.isHidden()


def test_a_newer_word_in_the_palette_ends_the_search_of_the_older_one(host: Host, desk: Desk, qtbot: QtBot) -> None:  # noqa: F811
    palette = host.frame.palette_
    host.ctrl(Qt.Key.Key_K)
    with never_ending(desk.store, "found") as quick:
        QTest.keyClicks(palette.box, "k")
        qtbot.waitUntil(lambda: desk.store.engine.pool.checkedout() > 0, timeout=LONG_MS)
        quick()
        QTest.keyClicks(palette.box, "onan")
        qtbot.waitUntil(lambda: any("湖南精工" in row for row in palette.rows()), timeout=LONG_MS)
    assert calm(host)


def test_a_palette_that_closes_ends_its_search(host: Host, desk: Desk, qtbot: QtBot) -> None:  # noqa: F811
    host.ctrl(Qt.Key.Key_K)
    with never_ending(desk.store, "found"):
        host.frame.palette_.box.setText("湖")
        qtbot.waitUntil(lambda: desk.store.engine.pool.checkedout() > 0, timeout=LONG_MS)
        QTest.keyClick(host.frame.palette_.box, Qt.Key.Key_Escape)
        assert calm(host)


def test_stop_over_a_company_closes_it(host: Host, desk: Desk, visit: str, qtbot: QtBot) -> None:  # noqa: F811
    company = consultations.get(desk.store, visit).record.organization
    with never_ending(desk.store, "site"):
        host.frame.go("visits")
        host.frame.open_organization(company)
        page = host.frame.places.current
        qtbot.waitUntil(page.waiting.stop.isVisible, timeout=WORDS_MS + LONG_MS)
        press(page.waiting.stop)
        assert host.frame.places.current is not page
        assert calm(host)


def test_the_window_closes_while_a_count_runs(hands: Hands) -> None:
    hands.make_desk(lambda new: consultations.create(new.store, organizations.create(new.store, {"name": "湖南精工"}),
                                                     {"held_on": date(2026, 11, 20)}))
    window, frame = hands.unlocked()
    store = frame.desk.store
    with never_ending(store, COUNTED) as quick:
        hands.key(Qt.Key.Key_5, ALT)
        page = frame.places.current
        assert isinstance(page, FiguresPage)
        hands.until(page.waiting.isVisible)
        quick()   # for those who read it from now on
        window.close()
        hands.until(lambda: window.desk is None)
        assert frame.jobs.waiting == 0
    hands.change(lambda old: old.store.setting("nothing"))   # it opens again
