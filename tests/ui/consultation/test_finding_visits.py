"""The list of visits by words and conditions: what is found is marked, opened where it stands, and kept under a name."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt

from kanto_desk.services import consultations, timeline, views
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.listing import ConsultationListPage
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.table import CELL, Cell
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key


def the_list(host: Host) -> ConsultationListPage:
    host.frame.places.show_place("visits")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationListPage)
    return page


def subject(page: ConsultationListPage, row: int) -> Cell:
    found = page.table.rows.index(row, 2).data(CELL)
    assert isinstance(found, Cell)
    return found


def test_what_is_found_is_marked_and_opened_in_its_line(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    for words in ("はじめの話", "髙い面粗さを測れない", "そのあと面粗さの話", "医療 機器"):
        timeline.add(desk.store, visit, "said", words)
    page = the_list(host)
    compose(page.search, preedit="たかい")
    host.settle()
    assert page.table.rows.rowCount() == 0
    compose(page.search, commit="高い 面粗さ -りんご")
    host.settle()
    assert page.table.rows.rowCount() == 1
    cell = subject(page, 0)
    assert cell.below == "髙い面粗さを測れない"
    assert [cell.below[start:end] for start, end in cell.marks] == ["髙い面粗さ"]   # side by side: one mark
    host.key(Key.Key_Down)
    host.key(Key.Key_Return)
    host.settle()
    record = host.frame.places.current
    assert isinstance(record, ConsultationPage) and record.tab == "record" and record.find_bar.isVisible()
    assert record.record.timeline.currentIndex().row() == 1
    host.key(Key.Key_Escape)
    assert not record.find_bar.isVisible()
    host.frame.palette_.open()
    compose(host.frame.palette_.box, commit="そのあと面粗さ")
    host.settle()
    host.key(Key.Key_Return)
    host.settle()
    assert host.frame.places.current is record and record.record.timeline.currentIndex().row() == 2


def test_a_word_of_the_summary_is_shown_there(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    consultations.edit(desk.store, visit, {"advice": "県の測定室を使う"})
    page = the_list(host)
    compose(page.search, commit="測定室")
    host.settle()
    assert "測定室" in subject(page, 0).below
    host.key(Key.Key_Return)
    host.key(Key.Key_Return)
    host.settle()
    record = host.frame.places.current
    assert isinstance(record, ConsultationPage) and record.tab == "summary" and record.find_bar.count.text() == "1／1"


def test_a_visit_found_by_its_name_is_opened_as_ever(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    consultations.edit(desk.store, visit, {"theme": "真円度の改善"})
    for words in ("真円度", "湖南精工"):
        host.frame.go("today")
        host.frame.palette_.open()
        compose(host.frame.palette_.box, commit=words)
        host.settle()
        while "第3回" not in host.frame.palette_.rows()[at_row(host)]:
            host.key(Key.Key_Down)
        host.key(Key.Key_Return)
        host.settle()
        record = host.frame.places.current
        assert isinstance(record, ConsultationPage) and record.uid == visit
        assert record.tab == "record" and not record.find_bar.isVisible()


def at_row(host: Host) -> int:
    """Which result of the palette the cursor is on, without headings."""
    palette = host.frame.palette_
    return sorted(palette._items).index(palette.list.currentRow())


def test_conditions_narrow_are_kept_and_come_back(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    before = consultations.get(desk.store, visit).record.previous
    assert before is not None
    consultations.edit(desk.store, before, {"expert": "佐藤 花"})
    consultations.set_issues(desk.store, before, ["0402"])
    page = the_list(host)
    page.filter_button.click()
    host.settle()
    assert host.focus() is page.filters.since
    compose(page.filters.since, commit="2026-10-01")
    compose(page.filters.until, commit="2026-10-31")
    host.key(Key.Key_Tab)
    host.settle()
    assert page.table.rows.rowCount() == 1
    page.filters.expert.set_value("佐藤花")   # blanks in a name do not matter
    page.filters.expert.edited.emit()
    page.filters.issue.set_value("04")       # the class above
    page.filters.issue.edited.emit()
    host.settle()
    assert page.table.rows.rowCount() == 1 and page.table.rows.row(0).uid == before   # type: ignore[union-attr]
    compose(page.search, commit="見積")
    host.settle()
    assert page.table.rows.rowCount() == 1
    page.views.name.set_value("佐藤さんの見積")
    page.views.keep()
    host.settle()
    kept = views.listing(desk.store, "visits")[0].conditions
    assert kept == {"query": "見積", "since": "2026-10-01", "until": "2026-10-31", "expert": "佐藤花", "issue": "04"}
    page.filters.issue.set_value("05")
    page.filters.issue.edited.emit()
    host.settle()
    assert page.none.isVisible()
    page.clear()
    host.settle()
    assert page.table.rows.rowCount() > 1 and not page.filters.only().narrows
    page.show_view(kept)
    host.settle()
    assert page.table.rows.rowCount() == 1 and page.filters.until.value() == date(2026, 10, 31)
    assert "佐藤花" in page.filters.words()
