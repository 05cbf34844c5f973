"""企業, すべての法人: a real directory in the real window, scrolled, searched, narrowed by keys, mouse and composing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from bench import corporations
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import read_all
from kanto_desk.services import company_directory
from kanto_desk.services.all_corporations import CLOSED, MERGED, OPEN, AllCorporations, Corporation, Wanted
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations.directory.filters import CITY, PREFECTURE
from kanto_desk.ui.pages.organizations.directory.panel import DirectoryPanel
from kanto_desk.ui.table import BLOCK
from tests.directory.build import put_into, take
from tests.ui.conftest import Compose
from tests.ui.host import Host

ROWS = 1200


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a directory of 1,200 corporations, some of them hidden."""
    folder = tmp_path_factory.mktemp("agency")
    corporations.write(folder / "full.csv", corporations.full(ROWS, 21))
    take(folder / "home", folder / "full.csv")
    return folder / "home"


@pytest.fixture
def source(desk: Desk, built: Path) -> Iterator[AllCorporations]:
    """The directory in the desk, read beside the window."""
    put_into(desk, built)
    made = AllCorporations(desk)
    yield made
    made.close()


@pytest.fixture
def panel(host: Host, source: AllCorporations) -> DirectoryPanel:
    """The list of all corporations, after its switch was pressed."""
    return turned(host)


def turned(host: Host) -> DirectoryPanel:
    """Press the switch."""
    page = host.list()
    QTest.mouseClick(page.switch.all, Qt.MouseButton.LeftButton)
    host.settle()
    assert page.all is not None and page.all.isVisible() and page.switch.own.isChecked()
    return page.all


def listed(source: AllCorporations, wanted: Wanted) -> list[Corporation]:
    """Everything that a list holds, straight from the directory."""
    listing = source.whole(wanted)
    assert listing is not None
    return [one for one in source.rows(listing, 0, listing.known) if one is not None]


def uid(panel: DirectoryPanel, number: int) -> str:
    """What stands in a row; "" while it is blank."""
    found = panel.table.rows.row(number)
    assert found is not None
    return found.uid


def shows(qtbot: QtBot, host: Host, panel: DirectoryPanel, rows: list[Corporation]) -> None:
    """Wait until the list is just this."""
    def check() -> None:
        host.settle()
        assert panel.count.text() == f"{len(rows):,}件の法人"
        assert panel.table.rows.rowCount() == len(rows)
        assert not rows or [uid(panel, n) for n in range(min(len(rows), 5))] == [one.number for one in rows[:5]]
    qtbot.waitUntil(lambda: check() is None, timeout=4000)


def test_the_handle_dragged_anywhere_shows_the_rows_of_there(
        panel: DirectoryPanel, host: Host, source: AllCorporations, qtbot: QtBot) -> None:
    rows, table = listed(source, Wanted()), panel.table
    assert ROWS > len(rows) > ROWS * 0.98
    shows(qtbot, host, panel, rows)
    bar = table.verticalScrollBar()
    for share in (0.5, 0.93, 0.17, 1.0):
        bar.setValue(round(bar.maximum() * share))
        table.viewport().grab()
        assert uid(panel, table.rowAt(0)) in ("", rows[table.rowAt(0)].number), "blank, never another row's words"
        host.settle()
        assert not table.waiting
        assert [uid(panel, n) for n in range(table.rowAt(0), table.rowAt(200))] == [
            one.number for one in rows[table.rowAt(0):table.rowAt(200)]]
    assert uid(panel, len(rows) - 1) == rows[-1].number


def test_keys_alone_go_through_the_list_and_to_the_facts(
        panel: DirectoryPanel, host: Host, source: AllCorporations, qtbot: QtBot) -> None:
    rows, table = listed(source, Wanted()), panel.table
    assert host.focus() is panel.filters.box
    host.key(Qt.Key.Key_Down)
    assert host.focus() is table and table.currentIndex().row() == 0
    host.key(Qt.Key.Key_End)
    assert table.currentIndex().row() == len(rows) - 1 and table.current_uid() == rows[-1].number
    qtbot.waitUntil(lambda: (host.settle(), ("法人番号", rows[-1].number) in panel.facts.lines)[1])
    host.key(Qt.Key.Key_Home)
    assert table.currentIndex().row() == 0 and table.current_uid() == rows[0].number
    for _ in range(15):
        host.key(Qt.Key.Key_PageDown)
    at = table.currentIndex().row()
    assert at > BLOCK and table.current_uid() == rows[at].number
    host.key(Qt.Key.Key_Up)
    assert table.current_uid() == rows[at - 1].number
    host.key(Qt.Key.Key_Return)
    assert panel.facts.isAncestorOf(host.focus())
    qtbot.waitUntil(lambda: (host.settle(), ("法人番号", rows[at - 1].number) in panel.facts.lines)[1])
    host.ctrl(Qt.Key.Key_I)
    assert panel.facts.isHidden()
    host.ctrl(Qt.Key.Key_F)
    assert host.focus() is panel.filters.box


def test_words_being_composed_and_conditions_narrow_together(
        panel: DirectoryPanel, host: Host, source: AllCorporations, qtbot: QtBot, compose: Compose) -> None:
    compose(panel.filters.box, "やま")
    shows(qtbot, host, panel, listed(source, Wanted("やま")))
    compose(panel.filters.box, "", "株式会社")
    found = listed(source, Wanted("株式会社"))
    shows(qtbot, host, panel, found)
    assert len(found) > 20
    panel.filters.prefecture.setFocus()
    compose(panel.filters.prefecture, "", "東京")
    host.key(Qt.Key.Key_Down)
    host.key(Qt.Key.Key_Return)
    tokyo = [one for one in found if one.city_code.startswith("13")]
    shows(qtbot, host, panel, tokyo)
    panel.filters.states[OPEN].click()
    shows(qtbot, host, panel, [one for one in tokyo if one.state == OPEN])
    assert panel.filters.words() == ["「株式会社」", "東京都", "存続"]
    code = tokyo[0].city_code
    panel.filters.city.open_list()
    options = panel.filters.city.suggestions()
    assert options is not None and options.count() and all(
        str(options.item(n).text()).startswith("東京都") for n in range(options.count()))
    panel.filters.add(CITY, code)
    shows(qtbot, host, panel, [one for one in tokyo if one.state == OPEN and one.city_code == code])
    chip = panel.filters.chip(PREFECTURE, "13")
    assert chip is not None
    chip.click()
    shows(qtbot, host, panel, [one for one in found if one.state == OPEN and one.city_code == code])
    assert host.focus() is panel.filters.box and panel.filters.loosen.isVisible()
    panel.filters.loosen.click()
    shows(qtbot, host, panel, listed(source, Wanted()))
    assert not panel.filters.loosen.isVisible()


def test_each_state_is_a_condition_of_its_own(
        panel: DirectoryPanel, host: Host, source: AllCorporations, qtbot: QtBot) -> None:
    everything = listed(source, Wanted())
    for state in (CLOSED, MERGED):
        panel.filters.states[state].click()
        rows = [one for one in everything if one.state == state]
        assert len(rows) > 10
        shows(qtbot, host, panel, rows)
        panel.filters.states[state].click()
    panel.filters.states[CLOSED].click()
    panel.filters.states[MERGED].click()
    shows(qtbot, host, panel, [one for one in everything if one.state != OPEN])


def test_an_answer_to_an_older_question_is_dropped(
        panel: DirectoryPanel, host: Host, source: AllCorporations, qtbot: QtBot) -> None:
    for text in ("会", "会社", "東京", "製作 東京"):
        panel.filters.box.setText(text)
        panel.filters.box.ask_now()
    shows(qtbot, host, panel, listed(source, Wanted("製作 東京")))


def test_a_question_without_hits_says_what_was_asked(panel: DirectoryPanel, host: Host) -> None:
    panel.filters.box.setText("龘龘龘")
    panel.filters.box.ask_now()
    host.settle()
    assert panel.no_hits.isVisible() and "「龘龘龘」" in panel.no_hits.words.plain() and panel.facts.number == ""
    assert panel.no_hits.button is not None
    panel.no_hits.button.click()
    host.settle()
    assert panel.table.isVisible() and host.focus() is panel.filters.box


def test_the_facts_of_a_merged_corporation_name_its_end_and_its_source(
        panel: DirectoryPanel, host: Host, source: AllCorporations, qtbot: QtBot) -> None:
    merged = next(one for one in listed(source, Wanted(states=(MERGED,))) if one.facts.get("successor"))
    known = source.one(merged.number)
    assert known is not None
    panel.filters.box.setText(f"T{merged.number}")
    panel.filters.box.ask_now()
    qtbot.waitUntil(lambda: (host.settle(), panel.facts.number == merged.number and bool(panel.facts.lines))[1])
    told = dict(panel.facts.lines)
    assert told["法人番号"] == merged.number and merged.street in told["所在地"]
    assert told["閉鎖の日"] and merged.facts["successor"] in told["引き継いだ法人"]
    if known.successor is not None:
        assert known.successor.name in told["引き継いだ法人"]
    row = panel.table.rows.row(0)
    assert row is not None and row.cells[3].words == "合併により解散" and row.cells[0].words == merged.name
    texts = [label.plain() for label in panel.facts.findChildren(type(panel.no_hits.words)) if label.isVisible()]
    assert merged.name in texts and company_directory.source_line() in texts


def test_another_directory_put_in_its_place_is_shown(
        panel: DirectoryPanel, host: Host, desk: Desk, source: AllCorporations, qtbot: QtBot, tmp_path: Path) -> None:
    before = len(listed(source, Wanted()))
    corporations.write(tmp_path / "more.csv", corporations.full(1500, 5))
    company_directory.import_files(desk, [tmp_path / "more.csv"], lambda _: True)
    rows = listed(source, Wanted())
    assert len(rows) > before
    bar = panel.table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    panel.table.viewport().grab()
    shows(qtbot, host, panel, rows)


def test_esc_and_the_switch_lead_back_to_the_own_records(panel: DirectoryPanel, host: Host) -> None:
    page = host.list()
    assert [crumb.words for crumb in page.crumbs()] == ["企業", "すべての法人"]
    panel.table.setFocus()
    host.key(Qt.Key.Key_Escape)
    assert page.table.isVisible() and host.focus() is page.filters.box
    QTest.mouseClick(page.switch.all, Qt.MouseButton.LeftButton)
    host.settle()
    assert panel.isVisible() and panel.switch.all.isChecked()
    QTest.mouseClick(panel.switch.own, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert page.table.isVisible()


def test_what_is_looked_at_stays_where_it_is_when_every_place_is_known(
        host: Host, desk: Desk, source: AllCorporations, qtbot: QtBot) -> None:
    page, gate, jobs = host.list(), Event(), host.frame.jobs
    panel = page.all = DirectoryPanel(desk, host.frame, page.labels, source=AllCorporations(desk, at_once=0))
    page._stack.addWidget(panel)
    page.show_all()
    jobs.submit(gate.wait, lane="finding")   # the first rows are asked for by now, the places of all are not
    rows, table = listed(source, Wanted()), panel.table
    qtbot.waitUntil(lambda: table.rows.rowCount() == len(rows))
    bar = table.verticalScrollBar()
    bar.setValue(bar.maximum() * 2 // 3 + 11)
    qtbot.waitUntil(lambda: bool(table.top_uid()) and not table.waiting)
    table.setCurrentIndex(table.rows.index(table.rowAt(0) + 2, 0))
    top, chosen, edge = table.top_uid(), table.current_uid(), table.rowViewportPosition(table.rowAt(0))
    before = table.rowAt(0)
    gate.set()
    host.settle()
    qtbot.waitUntil(lambda: bool(table.top_uid()) and not table.waiting)
    host.settle()
    assert (table.top_uid(), table.current_uid()) == (top, chosen) and panel.facts.number == chosen
    assert table.rowViewportPosition(table.rowAt(0)) == edge
    assert rows[table.rowAt(0)].number == top and table.rowAt(0) != before, "its place was only about right before"
    assert uid(panel, table.currentIndex().row()) == rows[table.currentIndex().row()].number


def test_a_corporation_is_taken_into_the_own_records_by_its_button_and_by_key(
        host: Host, desk: Desk, source: AllCorporations, qtbot: QtBot) -> None:
    panel = turned(host)
    qtbot.waitUntil(lambda: (host.settle(), bool(panel.facts.lines))[1])
    known = source.one(panel.facts.number)
    assert known is not None and panel.facts.take.isVisible() and panel.facts.take.words == "自分の企業に加える"
    QTest.mouseClick(panel.facts.take, Qt.MouseButton.LeftButton)
    host.settle()
    assert known.corporation.name in host.shown_profile().title()
    assert numbers(desk) == {known.corporation.number}
    assert host.list().all is panel and panel.isVisible()
    panel.table.setFocus()
    host.key(Qt.Key.Key_Down)
    host.ctrl(Qt.Key.Key_Return)
    assert numbers(desk) == {known.corporation.number, panel.table.current_uid()} and host.shown_profile().uid


def numbers(desk: Desk) -> set[str]:
    """Corporate numbers of the own companies."""
    with desk.store.read() as conn:
        return {one.corporate_number for one in read_all(conn, Organization) if one.corporate_number}
