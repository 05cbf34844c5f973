"""Conditions kept under a name on both lists, and the columns of the companies; worked with keys, kept over a restart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication

from kanto_desk.services import organization_search, organizations, views
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.page import Place
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from tests.ui.conftest import Compose
from tests.ui.host import Host


def shown(page: OrganizationListPage) -> int:
    """How many rows the list has."""
    return page.table.rows.rowCount()


def from_palette(host: Host, name: str) -> None:
    """Choose what the palette finds first for a name."""
    host.ctrl(Qt.Key.Key_K)
    commit = QInputMethodEvent("", [])
    commit.setCommitString(name)
    QApplication.sendEvent(host.focus(), commit)
    host.settle()
    rows = host.frame.palette_.rows()
    for _ in range(rows.index(name)):
        host.key(Qt.Key.Key_Down)
    host.key(Qt.Key.Key_Return)


def test_conditions_are_kept_by_keys_and_opened_from_the_palette(host: Host, desk: Desk, compose: Compose) -> None:
    page = host.list()
    page.filters.star.click()
    host.settle()
    host.frame.do("views")
    host.settle()
    assert page.views.isVisible() and host.focus() is page.views.name
    compose(page.views.name, "", "お気に入り先")
    host.key(Qt.Key.Key_Return)
    assert "お気に入り先" in host.said()
    kept = views.listing(desk.store, "companies")
    assert [(v.name, dict(v.conditions)) for v in kept] == [("お気に入り先", {"starred": True})]
    assert page.views.chips[kept[0].uid].isChecked()
    page.filters.clear()
    host.settle()
    assert shown(page) == 94 and not page.views.chips[kept[0].uid].isChecked()
    host.frame.go("today")
    from_palette(host, "お気に入り先")
    assert host.frame.places.current is page and shown(page) == 3 and page.filters.star.isChecked()


def test_a_view_brings_every_condition_back(host: Host, desk: Desk) -> None:
    page = host.list()
    wanted = Wanted("すわ", ("20", "13"), ("24",), True, True, "last")
    page.filters.use(wanted)
    host.settle()
    again = page.filters.wanted()
    assert (again.query, set(again.prefectures), again.industries, again.starred, again.not_visited, again.order) == (
        "すわ", {"20", "13"}, ("24",), True, True, "last")
    kept = organization_search.conditions(again)
    page.filters.clear()
    page.show_view(kept)
    host.settle()
    assert organization_search.conditions(page.filters.wanted()) == kept


@pytest.mark.parametrize("kept", [
    {"query": 7, "prefectures": "20", "industries": [None, 3, "ZZ"], "starred": "yes", "order": ["last"]},
    {"prefectures": ["99", "20"], "unheard_of": {"a": 1}}, {},
])
def test_conditions_that_are_not_understood_are_left_out(host: Host, desk: Desk, kept: dict[str, object]) -> None:
    uid = views.keep(desk.store, "companies", "古い条件", kept)
    page = host.list()
    from_palette(host, "古い条件")
    assert page.filters.wanted().industries == () and page.filters.wanted().query == ""
    assert set(page.filters.wanted().prefectures) <= {"20"} and shown(page) > 0
    assert views.get(desk.store, uid) is not None


def test_rename_delete_and_undo(host: Host, desk: Desk, compose: Compose) -> None:
    uid = views.keep(desk.store, "companies", "お気に入り", {"starred": True})
    views.keep(desk.store, "companies", "長野", {"prefectures": ["20"]})
    page = host.list()
    host.frame.do("views")
    host.settle()
    assert host.focus() is page.views.chips[uid]
    host.key(Qt.Key.Key_Space)
    assert shown(page) == 3 and page.views.name.text() == "お気に入り" and page.views.rename_button.isVisible()
    page.views.name.set_value("長野")
    page.views.rename_button.click()
    host.settle()
    assert "もう使われています" in page.views.error.text() and host.focus() is page.views.name
    page.views.name.set_value("大切な会社")
    page.views.rename_button.click()
    host.settle()
    assert [v.name for v in views.listing(desk.store)] == ["大切な会社", "長野"]
    page.views.drop_button.click()
    host.settle()
    assert [v.name for v in views.listing(desk.store)] == ["長野"] and shown(page) == 3
    assert "大切な会社" in host.said()
    host.frame.footer.undo.click()
    host.settle()
    assert [v.name for v in views.listing(desk.store)] == ["大切な会社", "長野"]
    assert page.views.chips[uid].isChecked()


def test_the_list_of_visits_has_views_too(host: Host, desk: Desk, compose: Compose) -> None:
    host.frame.go("visits")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage)
    every = page.table.rows.rowCount()
    compose(page.search, "", "医療")
    page._years[2026].click()
    host.settle()
    some = page.table.rows.rowCount()
    assert 0 < some < every
    host.frame.do("views")
    host.settle()
    compose(page.views.name, "", "今年度の医療")
    host.key(Qt.Key.Key_Return)
    assert [dict(v.conditions) for v in views.listing(desk.store, "visits")] == [{"query": "医療", "year": "this"}]
    page.clear()
    host.settle()
    assert page.table.rows.rowCount() == every
    host.frame.go("today")
    from_palette(host, "今年度の医療")
    assert host.frame.places.current is page and page.table.rows.rowCount() == some
    page.show_view({"query": ["x"], "year": "2020"})
    host.settle()
    assert page.table.rows.rowCount() == every


def test_the_columns_chosen_are_kept(host: Host, desk: Desk) -> None:
    page = host.list()
    host.frame.do("columns")
    host.settle()
    assert page.columns.isVisible() and not page.table.isColumnHidden(1)
    page.columns.chips[0].setFocus()
    host.key(Qt.Key.Key_Space)
    assert page.table.isColumnHidden(1) and not page.table.isColumnHidden(5)
    again = Host(desk)
    other = again.list()
    assert other.table.isColumnHidden(1) and not other.columns.chips[0].isChecked()
    again.end()


@pytest.mark.parametrize("width", [1366, 1280])
def test_the_filters_keep_to_one_row_where_that_is_enough(desk: Desk, qapp: object, width: int) -> None:
    host = Host(desk, width, 680)
    page = host.list()
    bar = page.filters
    assert bar.columns.geometry().center().y() == bar.star.geometry().center().y() and bar.columns.isVisible()
    bar._make("CL10", "13").setChecked(True)
    bar._make("CL10", "20").setChecked(True)
    bar._make("CL12", "24").setChecked(True)
    host.settle()
    assert all(chip.isVisible() for chip in bar._codes.values() if chip.isChecked())
    host.end()


@pytest.mark.parametrize("place", ["companies", "visits"])
def test_esc_puts_the_views_away_and_stays_on_the_list(host: Host, place: Place) -> None:
    host.frame.go(place)
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, OrganizationListPage | ConsultationListPage)
    button = page.filters.views if isinstance(page, OrganizationListPage) else page.views_button
    host.frame.do("views")
    host.settle()
    assert host.focus() is page.views.name
    host.key(Qt.Key.Key_Escape)
    assert host.frame.places.current is page and page.views.isHidden() and host.focus() is button
    host.frame.do("views")
    host.settle()
    host.frame.do("views")
    assert host.focus() is button, "put away from the palette, the cursor is not lost to the rail either"


def test_certificates_stand_one_above_the_other(host: Host, desk: Desk, konan: str) -> None:
    organizations.edit(desk.store, konan, {"certificates": "ISO 9001\nJIS Q 9100、ISO 14001"})
    page = host.list()
    row = next(row for n in range(page.table.rows.rowCount()) if (row := page.table.rows.row(n)) and row.uid == konan)
    assert (row.cells[4].words, row.cells[4].below) == ("ISO 9001", "JIS Q 9100、ISO 14001")


def test_the_list_of_companies_opens_with_its_last_filter_after_a_restart(host: Host, desk: Desk) -> None:
    page = host.list()
    assert not page.filters.loosen.isVisible()
    page.filters.use(Wanted("すわ", ("20",), (), True, order="last"))
    host.settle()
    host.end()
    again = Host(desk)
    other = again.list()
    chip = other.filters.chip("CL10", "20")
    assert other.filters.wanted() == Wanted("すわ", ("20",), (), True, order="last")
    assert chip is not None and chip.isVisible() and chip.isChecked() and other.filters.star.isChecked()
    assert shown(other) == len(organization_search.find(desk.store, other.filters.wanted())) < 94
    assert other.filters.loosen.isVisible()
    other.filters.loosen.click()
    again.settle()
    assert shown(other) == 94 and not other.filters.loosen.isVisible() and again.focus() is other.filters.box
    again.end()
    assert views.last(desk.store, "companies") == {"order": "last"}   # an order is no condition


def test_codes_that_nobody_knows_today_are_left_out_of_the_last_filter(host: Host, desk: Desk) -> None:
    views.keep_last(desk.store, "companies", {"prefectures": ["99", "20"], "industries": "x", "starred": "yes"})
    page = host.list()
    assert page.filters.wanted() == Wanted(prefectures=("20",)) and 0 < shown(page) < 94
    desk.store.set_setting("last_conditions_visits", ["no conditions"])
    host.frame.go("visits")
    host.settle()
    listed = host.frame.places.current
    assert isinstance(listed, ConsultationListPage) and not listed.loosen.isVisible()


def test_a_view_that_is_asked_for_wins_over_the_last_filter(host: Host, desk: Desk) -> None:
    views.keep_last(desk.store, "companies", {"prefectures": ["20"]})
    views.keep(desk.store, "companies", "お気に入り先", {"starred": True})
    from_palette(host, "お気に入り先")
    page = host.frame.places.current
    assert isinstance(page, OrganizationListPage) and page.filters.wanted() == Wanted(starred=True)


def test_the_list_of_visits_opens_with_its_last_filter_after_a_restart(host: Host, desk: Desk,
                                                                      compose: Compose) -> None:
    host.frame.go("visits")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage) and not page.loosen.isVisible()
    every = page.table.rows.rowCount()
    compose(page.search, "", "医療")
    page._years[2026].click()
    host.settle()
    some = page.table.rows.rowCount()
    host.end()
    again = Host(desk)
    again.frame.go("visits")
    again.settle()
    other = again.frame.places.current
    assert isinstance(other, ConsultationListPage)
    assert other.search.text() == "医療" and other._years[2026].isChecked()
    assert other.table.rows.rowCount() == some < every and other.loosen.isVisible()
    other.loosen.click()
    again.settle()
    assert other.table.rows.rowCount() == every and not other.loosen.isVisible()
    again.end()


def test_the_way_out_of_the_conditions_is_offered_once(host: Host, desk: Desk) -> None:
    page = host.list()
    page.filters.use(Wanted("どこにもない会社"))
    host.settle()
    assert page.no_hits.isVisible() and not page.filters.loosen.isVisible()
    page.filters.use(Wanted(prefectures=("20",)))
    host.settle()
    assert page.filters.loosen.isVisible() and not page.no_hits.isVisible()
    host.frame.go("visits")
    host.settle()
    visits = host.frame.places.current
    assert isinstance(visits, ConsultationListPage)
    visits.search.set_value("どこにもない言葉")
    visits.read()
    host.settle()
    assert visits.none.isVisible() and not visits.loosen.isVisible()
