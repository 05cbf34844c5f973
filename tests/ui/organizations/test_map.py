"""The map beside the list of companies: unfolded, it filters by prefecture; its numbers follow the other conditions."""

from __future__ import annotations

from PySide6.QtCore import Qt

from kanto_desk.services import organization_search, prefectures
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from tests.ui.host import Host


def test_a_prefecture_chosen_by_keys_filters_and_esc_folds_the_map(host: Host, desk: Desk) -> None:
    page = host.list()
    assert not page.map.isVisible()
    page.filters.map.setFocus()
    host.key(Qt.Key.Key_Space)
    assert host.focus() is page.map.map and page.table.isVisible()
    host.key(Qt.Key.Key_Left)
    host.key(Qt.Key.Key_Return)
    [chosen] = page.filters.wanted().prefectures
    assert chosen == "19" and "選んでいます" in page.map.map.accessibleDescription()
    assert page.table.rows.rowCount() == len(organization_search.find(desk.store, Wanted(prefectures=("19",))))
    assert page.map.map.words("20").endswith("社"), "the others keep their numbers"
    host.key(Qt.Key.Key_Return)
    assert page.filters.wanted().prefectures == ()
    host.key(Qt.Key.Key_Escape)
    assert not page.map.isVisible() and host.focus() is page.filters.map


def test_its_numbers_are_those_of_what_fits(host: Host, desk: Desk) -> None:
    page = host.list()
    page.filters.map.setChecked(True)
    host.settle()
    for measure in prefectures.MEASURES:
        page.map.chips[measure].click()
        host.settle()
        counted = prefectures.counts(desk.store, measure)
        assert {code: page.map.map.level(code) > 0 for code in ("13", "20")} == {
            code: counted.get(code, 0) > 0 for code in ("13", "20")}
        assert f"{counted.get('20', 0):,}" in page.map.map.words("20")
    page.map.chips["organizations"].click()
    page.filters.box.setText("湖南精工")
    page.filters.box.ask_now()
    host.settle()
    assert "1社" in page.map.map.words("20") and "0社" in page.map.map.words("13")
