"""企業: found while composing, filtered, starred, opened by keys; a long list is read in blocks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, organization_search, organizations
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from kanto_desk.ui.table import BLOCK
from tests.ui.conftest import Compose
from tests.ui.host import Host


def names(page: OrganizationListPage) -> list[str]:
    """The names shown, in order."""
    model = page.table.rows
    return [row.cells[0].words for n in range(model.rowCount()) if (row := model.row(n)) is not None]


def wait_for(qtbot: QtBot, host: Host, page: OrganizationListPage, expected: list[str]) -> None:
    """Wait until the list shows these."""
    def check() -> None:
        host.settle()
        assert names(page) == expected
    qtbot.waitUntil(lambda: check() is None, timeout=4000)


def test_text_being_composed_finds_already(host: Host, qtbot: QtBot, compose: Compose) -> None:
    page = host.list()
    assert host.focus() is page.filters.box and len(names(page)) == 94
    compose(page.filters.box, "すわ")
    wait_for(qtbot, host, page, ["株式会社 湖南精工", "SUWAブランド推進委員会"])
    assert page.count.text() == "94社のうち 2社" and page.filters.box.text() == ""
    compose(page.filters.box, "", "諏訪 ")
    compose(page.filters.box, "ぱいぷ")
    wait_for(qtbot, host, page, ["株式会社 湖南精工"])


def test_an_answer_to_an_older_question_is_dropped(host: Host, qtbot: QtBot) -> None:
    page = host.list()
    for text in ("上", "上田", "上田プレス", "秩父"):
        page.filters.box.setText(text)
        page.filters.box.ask_now()
    wait_for(qtbot, host, page, ["秩父チタン工業 株式会社"])


def test_enter_in_the_search_box_opens_the_first_hit(host: Host, qtbot: QtBot, compose: Compose, konan: str) -> None:
    page = host.list()
    compose(page.filters.box, "こなん")
    QTest.keyClick(page.filters.box, Qt.Key.Key_Return)     # belongs to the input method
    host.settle()
    assert host.frame.places.current is page
    compose(page.filters.box, "", "こなん")
    host.key(Qt.Key.Key_Return)
    assert host.shown_profile().uid == konan


def test_a_company_and_its_last_visit_are_opened_by_keys_alone(host: Host, konan: str) -> None:
    page = host.list()
    QTest.keyClicks(page.filters.box, "konan")
    page.filters.box.ask_now()
    host.settle()
    host.key(Qt.Key.Key_Down)
    assert host.focus() is page.table and page.table.current_uid() == konan
    host.key(Qt.Key.Key_Return)
    assert host.shown_profile().uid == konan


def test_filters_narrow_and_are_taken_away(host: Host, desk: Desk) -> None:
    medical = next(row.uid for row in organizations.listing(desk.store, query="本郷メディカル"))
    organizations.set_star(desk.store, medical, True)
    page = host.list()
    page.filters.star.click()
    host.settle()
    assert len(names(page)) == 4
    tokyo = page.filters.chip("CL10", "13")
    assert tokyo is not None
    tokyo.click()
    host.settle()
    assert len(names(page)) == 1
    page.filters.box.setText("ロケット")
    page.filters.box.ask_now()
    host.settle()
    assert page.no_hits.isVisible() and "「ロケット」・東京都・お気に入り" in page.no_hits.words.plain()
    assert page.preview.uid == "" and not page.preview.start.isEnabled()
    assert page.no_hits.button is not None
    page.no_hits.button.click()
    host.settle()
    assert len(names(page)) == 94 and host.focus() is page.filters.box


def test_a_condition_is_added_by_typing_a_part_of_it(host: Host, compose: Compose) -> None:
    page = host.list()
    page.filters.more.click()
    assert host.focus() is page.filters.prefecture
    compose(page.filters.prefecture, "", "静岡")
    host.key(Qt.Key.Key_Down)
    host.key(Qt.Key.Key_Return)
    chip = page.filters.chip("CL10", "22")
    assert chip is not None and chip.isChecked() and chip.words == "静岡県"
    assert names(page) and all("静岡県" in (row.cells[1].words, row.cells[1].below)
                               for n in range(len(names(page))) if (row := page.table.rows.row(n)) is not None)


def test_those_not_seen_for_long_and_those_seen_last(host: Host, desk: Desk) -> None:
    page = host.list()
    page.filters.recent.click()
    host.settle()
    dates = [row.cells[5].words for n in range(3) if (row := page.table.rows.row(n)) is not None]
    assert dates[0] == "11/24" and all(dates)
    page.filters.unseen.click()
    host.settle()
    unseen = set(organization_search.find(desk.store, Wanted(not_visited=True)))
    assert len(names(page)) == len(unseen) < 94


def test_the_star_is_kept_and_shown(host: Host, desk: Desk) -> None:
    page = host.list()
    page.filters.box.setText("秩父チタン")
    page.filters.box.ask_now()
    host.settle()
    host.key(Qt.Key.Key_Down)
    QTest.keyClicks(page.table, "*")
    host.settle()
    uid = page.table.current_uid()
    assert organizations.profile(desk.store, uid).starred
    assert page.table.rows.row(0).starred is True  # type: ignore[union-attr]
    page.preview.read()
    host.settle()
    assert host.said() == "お気に入りにしました"
    page.preview.star.click()
    host.settle()
    assert not organizations.profile(desk.store, uid).starred and host.said() == "お気に入りから外しました"
    host.frame.footer.undo.click()
    host.settle()
    assert organizations.profile(desk.store, uid).starred and page.table.rows.row(0).starred  # type: ignore[union-attr]
    profile = host.profile(uid)
    profile.star.click()
    host.settle()
    assert host.said() == "お気に入りから外しました" and not organizations.profile(desk.store, uid).starred
    host.frame.close_page(profile)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    host.frame.footer.undo.click()   # the page that said so is gone
    host.settle()
    assert organizations.profile(desk.store, uid).starred


def test_the_preview_shows_the_chosen_company_and_starts_a_visit(host: Host, desk: Desk, konan: str) -> None:
    page = host.list()
    page.filters.box.setText("湖南精工")
    page.filters.box.ask_now()
    host.settle()
    page.preview.read()
    host.settle()
    spoken = "\n".join(w.accessibleName() for w in page.preview.findChildren(object) if hasattr(w, "accessibleName"))
    for words in ("株式会社 湖南精工", "宮坂 真理", "第2回 試作の見積もりと認証 署名済み", "ISO 9001"):
        assert words in spoken
    before = consultations.count(desk.store, organization=konan)
    host.ctrl(Qt.Key.Key_Return)
    assert consultations.count(desk.store, organization=konan) == before + 1
    assert host.frame.places.here is not None and host.frame.places.here[0] == "consultation"


def test_a_change_elsewhere_is_shown_without_losing_the_place(host: Host, qtbot: QtBot, desk: Desk) -> None:
    page = host.list()
    page.table.selectRow(40)
    chosen = page.table.current_uid()
    page.table.verticalScrollBar().setValue(1500)
    organizations.create(desk.store, {"name": "亜細亜精機", "kana": "アジアセイキ"})
    qtbot.waitUntil(lambda: host.settle() is None and page.table.rows.rowCount() == 95, timeout=4000)
    assert page.table.current_uid() == chosen and page.table.verticalScrollBar().value() == 1500


def test_20000_companies_are_read_in_blocks(host: Host, desk: Desk) -> None:
    for start in range(0, 20_000, 400):
        with desk.store.operation("x", undoable=False, origin="import") as op:
            for n in range(start, start + 400):
                op.add("organization", {"name": f"試験製作所{n:05}", "kana": f"シケン{n:05}"})
    page = host.list()
    page.table.viewport().grab()
    assert page.count.text() == "20,094社" and page.fetched <= 2 * BLOCK
    before = page.fetched
    page.table.scrollTo(page.table.rows.index(15_000, 0))
    page.table.viewport().grab()
    assert 0 < page.fetched - before <= 2 * BLOCK
    page.filters.box.setText("製作所 1234")
    page.filters.box.ask_now()
    before = page.fetched
    host.settle()
    page.table.viewport().grab()
    assert page.table.rows.rowCount() == 12 and page.fetched - before == 12


def test_an_empty_desk_says_what_belongs_here(host: Host, desk: Desk, qtbot: QtBot) -> None:
    page = host.list()
    for uid in organization_search.find(desk.store, Wanted()):
        with desk.store.operation("x", undoable=False) as op:
            op.delete("organization", uid)
    qtbot.waitUntil(lambda: host.settle() is None and page.table.rows.rowCount() == 0, timeout=4000)
    assert page.empty.isVisible() and page.empty.button is not None
    assert not page.add_button.isVisible(), "it is offered once"
    page.empty.button.click()
    assert page.new is not None and host.focus() is page.new.form.editor("name")


@pytest.mark.parametrize(("width", "side"), [(1366, True), (1280, False), (960, False)])
def test_the_preview_is_a_drawer_in_a_narrow_window(desk: Desk, qapp: object, width: int, side: bool) -> None:
    host = Host(desk, width, 680)
    page = host.list()
    assert page.preview.isVisible() is side
    host.ctrl(Qt.Key.Key_I)
    assert page.preview.isVisible() is not side
    host.end()
