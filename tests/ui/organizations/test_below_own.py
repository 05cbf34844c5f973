"""企業: below the own companies that fit, those of the directory; reached by arrows, taken over by Enter."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from bench.corporations import Fields
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import read_all
from kanto_desk.services import company_directory, taking_over
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations.directory.below import MOST, Below
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from kanto_desk.ui.theme import controller
from tests.services import listing
from tests.ui.conftest import Compose
from tests.ui.fit import misfits
from tests.ui.host import Host

ROWS = listing.rows(60)
HITS = 11


def _named(name: str, row: Fields) -> Fields:
    found = list(row)
    found[6], found[2], found[18], found[19], found[20], found[28], found[29] = name, "01", "", "", "", "", "0"
    return found


CLOSED = _named("湖南精工旧社株式会社", ROWS[0])
CLOSED[2], CLOSED[18], CLOSED[19] = "21", "2026-03-31", "01"
GIVEN = [CLOSED, *(_named(f"湖南精工第{n}販売株式会社", ROWS[n]) for n in range(1, HITS)), *ROWS[HITS:]]


@pytest.fixture
def page(desk: Desk, host: Host) -> OrganizationListPage:
    """The list of own companies on a desk that has a directory."""
    listing.take(desk, GIVEN)
    return host.list()


def typed(page: OrganizationListPage, host: Host, text: str) -> Below:
    """Type words; gives what stands below."""
    page.filters.box.setText(text)
    page.filters.box.ask_now()
    host.settle()
    return page.below


def names(below: Below) -> list[str]:
    """The names that stand there."""
    rows = [below.table.rows.row(n) for n in range(below.table.rows.rowCount())]
    return [row.cells[0].words for row in rows if row is not None]


def numbers(desk: Desk) -> set[str]:
    """Corporate numbers of the own companies."""
    with desk.store.read() as conn:
        return {one.corporate_number for one in read_all(conn, Organization) if one.corporate_number}


def test_own_ones_stand_first_then_the_directory_with_address_and_state(
        page: OrganizationListPage, host: Host, compose: Compose) -> None:
    assert not page.below.isVisible()
    compose(page.filters.box, preedit="湖南精工")   # not yet taken from the input method
    page.filters.box.ask_now()
    host.settle()
    below = page.below
    assert page.table.rows.rowCount() == 1 and below.isVisible() and below.heading.text() == "すべての法人"
    assert len(names(below)) == MOST and all(name.startswith("湖南精工") for name in names(below))
    assert below.all.words == f"すべての法人で探す（{HITS}件）"
    assert below.source.isVisible() and below.source.full() == company_directory.source_line() and not misfits(page)
    compose(page.filters.box)
    top, edge = page.table.mapTo(page, page.table.rect().bottomLeft()), below.mapTo(page, below.rect().topLeft())
    assert top.y() < edge.y()
    typed(page, host, "湖南精工旧社")
    row = below.table.rows.row(0)
    assert row is not None and row.cells[2].words == "閉鎖" and CLOSED[9] in row.cells[1].words
    typed(page, host, "")
    assert not below.isVisible()


def test_arrows_lead_from_the_last_own_row_into_it_and_back_and_enter_takes_over(
        page: OrganizationListPage, host: Host, desk: Desk) -> None:
    below, before = typed(page, host, "湖南精工"), numbers(desk)
    host.key(Qt.Key.Key_Down)
    assert host.focus() is page.table
    host.key(Qt.Key.Key_Down)
    assert host.focus() is below.table and below.table.currentIndex().row() == 0
    host.key(Qt.Key.Key_Up)
    assert host.focus() is page.table and not below.chosen
    host.key(Qt.Key.Key_Down)
    for _ in range(MOST):
        host.key(Qt.Key.Key_Down)
    assert host.focus() is below.all
    host.key(Qt.Key.Key_Up)
    assert host.focus() is below.table and below.table.currentIndex().row() == MOST - 1
    host.key(Qt.Key.Key_Up)
    chosen, name = below.chosen, names(below)[MOST - 2]
    assert chosen and numbers(desk) == before
    host.key(Qt.Key.Key_Return)
    assert numbers(desk) == before | {chosen} and host.shown_profile().title() == name
    again = typed(host.list(), host, "湖南精工")
    assert name not in names(again) and len(names(again)) == MOST, "it is an own one now"
    assert again.all.words == f"すべての法人で探す（{HITS}件）"


def test_without_own_hits_enter_in_the_box_leads_to_them_and_takes_nothing_yet(
        page: OrganizationListPage, host: Host, desk: Desk) -> None:
    before = numbers(desk)
    below = typed(page, host, "湖南精工第3")
    assert page.no_hits.isVisible() and names(below) == ["湖南精工第3販売株式会社"]
    host.key(Qt.Key.Key_Return)
    assert host.focus() is below.table and numbers(desk) == before
    host.key(Qt.Key.Key_Up)
    assert host.focus() is page.filters.box
    host.key(Qt.Key.Key_Down)
    host.ctrl(Qt.Key.Key_Return)
    assert numbers(desk) == before | {ROWS[3][1]} and host.shown_profile().title() == "湖南精工第3販売株式会社"


def test_an_own_company_does_not_stand_there_twice(page: OrganizationListPage, host: Host, desk: Desk) -> None:
    taking_over.take_over(desk, ROWS[4][1])
    below = typed(page, host, "湖南精工第4")
    assert page.table.rows.rowCount() == 1 and below.isVisible() and not below.table.isVisible()
    assert below.all.words == "すべての法人で探す（1件）"


def test_the_line_turns_to_the_list_of_all_with_the_same_words(page: OrganizationListPage, host: Host) -> None:
    below = typed(page, host, "湖南精工")
    QTest.mouseClick(below.all, Qt.MouseButton.LeftButton)
    host.settle()
    assert page.all is not None and page.all.isVisible() and page.all.filters.words() == ["「湖南精工」"]
    assert page.all.count.text() == f"{HITS}件の法人"
    page.back_to_list()
    page.filters.use(page.filters.wanted().__class__("湖南精工", ("13",)))
    host.settle()
    tokyo = [row for row in GIVEN[:HITS] if row[13] == "13"]
    assert below.all.words == f"すべての法人で探す（{len(tokyo)}件）" or (not tokyo and not below.isVisible())


def test_the_bin_and_the_next_visit_do_not_mean_the_own_row_while_the_keys_are_there(
        page: OrganizationListPage, host: Host) -> None:
    typed(page, host, "湖南精工")
    page.below.enter()
    page.verbs()["discard"]()
    host.settle()
    assert page.table.rows.rowCount() == 1 and "先に一覧で選びます" in host.said()


def test_own_rows_do_not_wait_for_the_directory_and_an_older_answer_is_dropped(
        page: OrganizationListPage, host: Host, qtbot: QtBot) -> None:
    below, seen = page.below, set[str]()
    below.changed.connect(lambda: seen.update(names(below)))
    with below._source._all._lists._lock:   # the directory is busy
        page.filters.box.setText("湖南精工")
        page.filters.box.ask_now()
        qtbot.waitUntil(lambda: page.table.rows.rowCount() == 1)
        qtbot.waitUntil(lambda: below._asking is not None)
        assert not below.isVisible()
        page.filters.box.setText("旧社")
        page.filters.box.ask_now()
    host.settle()
    assert names(below) == [CLOSED[6]] and seen == {CLOSED[6]}


@pytest.mark.parametrize("text", ["湖南精工", "龘龘龘"])
def test_without_a_directory_nothing_is_shown(host: Host, text: str) -> None:
    page = host.list()
    assert not typed(page, host, text).isVisible()
    assert page.table.isVisible() or page.no_hits.isVisible()


def test_a_low_window_folds_it_to_the_line(page: OrganizationListPage, host: Host) -> None:
    below = typed(page, host, "湖南精工")
    assert below.table.isVisible()
    host.resize(host.width(), 480)
    host.settle()
    assert below.all.isVisible() and below.table.rows.rowCount() < MOST
    controller().set_zoom(200)
    host.settle()
    assert below.all.isVisible() and not below.table.isVisible()
    page.table.setFocus()
    host.key(Qt.Key.Key_Down)
    assert host.focus() is below.all
    host.key(Qt.Key.Key_Up)
    assert host.focus() is page.table
    typed(page, host, "湖南精工第3")
    assert page.no_hits.words.isVisible() and below.all.isVisible() and not misfits(page)


def test_a_damaged_directory_is_told_once_and_the_own_ones_are_found_all_the_same(
        page: OrganizationListPage, host: Host, desk: Desk) -> None:
    current = company_directory.pointer(desk).current()
    assert current is not None
    content = bytearray(current.path.read_bytes())
    content[:8192] = bytes(8192)
    current.path.write_bytes(content)
    assert not typed(page, host, "湖南精工").isVisible() and page.table.rows.rowCount() == 1
    assert host.frame.alarm.isVisible()
    host.frame.alarm.hide()
    typed(page, host, "湖南")
    assert page.table.rows.rowCount() and not host.frame.alarm.isVisible()
