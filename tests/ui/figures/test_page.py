"""集計 on a real desk, worked with keys: numbers, lists behind them, filters, states, paper and tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.services import consultations, figures, organizations, promises, samples
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.figures.chart import round_up, ticks
from kanto_desk.ui.pages.figures.filters import CHOSEN, EVERYTHING
from kanto_desk.ui.pages.figures.page import FiguresPage
from kanto_desk.ui.pages.figures.parts import NumberCard
from tests.report.reading import bare, by_pdfium
from tests.services.conftest import clock, desk  # noqa: F401 - fixtures
from tests.ui.fit import misfits, too_wide
from tests.ui.host import Host
from tests.ui.window import press

ENTER, ESC, TAB = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab
Open = Callable[..., tuple[Host, FiguresPage]]


@pytest.fixture
def figures_page(desk: Desk, qtbot: QtBot) -> Iterator[Open]:  # noqa: F811 - the fixture
    hosts = []

    def show(width: int = 1366, height: int = 768) -> tuple[Host, FiguresPage]:
        host = Host(desk, width, height)
        hosts.append(host)
        QTest.keyClick(host, Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
        host.settle()
        page = host.frame.places.current
        assert isinstance(page, FiguresPage)
        return host, page
    yield show
    for host in hosts:
        host.end()


def work(desk: Desk, name: str, prefecture: str, *days: date, issue: str = "1401") -> str:  # noqa: F811
    """A company with visits on these days, each with a promise that is past its day."""
    company = organizations.create(desk.store, {"name": name, "prefecture": prefecture})
    for day in days:
        visit = consultations.create(desk.store, company, {"held_on": day, "theme": f"{name}の相談"})
        consultations.set_issues(desk.store, visit, [issue])
        promises.add(desk.store, visit, {"text": f"{name}へ送る", "due_on": day + timedelta(days=3)})
    return company


@pytest.fixture
def two(desk: Desk) -> tuple[str, str]:  # noqa: F811
    """Two companies: three visits in Nagano, one in Saitama, and one a year ago."""
    return (work(desk, "湖南精工", "20", date(2026, 5, 7), date(2026, 6, 8), date(2026, 11, 20)),
            work(desk, "秩父木工", "11", date(2026, 6, 9), date(2025, 6, 9), issue="0401"))


def words(page: FiguresPage) -> str:
    return "\n".join(label.accessibleName() or label.text() for label in page.findChildren(QLabel) if label.isVisible())


def card(page: FiguresPage, number: int) -> NumberCard:
    return page.cards.cards[number]


def test_the_numbers_stand_there_with_what_they_are_compared_with(figures_page: Open, two: tuple[str, str]) -> None:
    _, page = figures_page()
    assert [one.accessibleName() for one in page.cards.cards] == [
        "相談（延べ） 4件", "企業（実数） 2社", "約束の完了率 0%", "署名をいただいた相談 0件"]
    assert "▲ 前年同期より +3件" in card(page, 0).accessibleDescription()
    assert "令和8年4月1日～令和8年11月24日（くらべる期間：令和7年4月1日～令和7年11月24日）" in page.about.plain()
    assert [line.accessibleName() for line in page.rankings[0].lines] == ["長野県 3件", "埼玉県 1件"]
    assert page.chart.chart.accessibleName() == "月別の相談。合計 4件、最も多いのは 6月 の 2件です。"
    assert [line.accessibleName() for line in page.tasks.lines] == ["期限が過ぎた約束", "署名がまだの相談"]


def test_a_number_opens_its_list_by_keys_and_esc_leads_back(figures_page: Open, two: tuple[str, str], desk: Desk) -> None:  # noqa: F811
    host, page = figures_page()
    assert host.focus() is card(page, 0), "the first number has the cursor"
    host.key(ENTER)
    assert page.behind.title.full() == "相談" and page.behind.table.rows.rowCount() == 4
    assert host.focus() is page.behind.table and [c.words for c in page.crumbs()] == ["集計", "相談"]
    host.key(ENTER)
    assert host.frame.places.here == ("consultation", page.behind.table.current_uid())
    host.frame.places.back()
    host.settle()
    assert page.behind.isVisible() and host.focus() is page.behind.table, "back from the record to the list"
    host.key(ESC)
    assert page.cards.isVisible() and host.focus() is card(page, 0), "and to the number it came from"
    host.key(TAB)
    host.key(ENTER)
    assert page.behind.count.text() == "2社" and page.behind.table is page.behind.tables["organization"]
    host.key(Qt.Key.Key_Down)
    chosen = page.behind.table.current_uid()
    host.key(ENTER)
    assert host.frame.places.here == ("organization", chosen)


def test_a_list_behind_a_number_is_looked_through_with_ctrl_f(
        figures_page: Open, two: tuple[str, str], qtbot: QtBot) -> None:
    host, page = figures_page()
    for number, word, found, told in ((0, "諏訪", 0, "4件のうち 0件"), (0, "湖南", 3, "4件のうち 3件"),
                                      (1, "秩父", 1, "2件のうち 1件"), (2, "秩父木工 送る", 1, "4件のうち 1件")):
        card(page, number).click()
        host.settle()
        QTest.keyClick(host, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert host.focus() is page.behind.box
        page.behind.box.insert(word)
        qtbot.waitUntil(lambda told=told: page.behind.count.text() == told)
        assert (page.behind.table.rows.rowCount() if found else 0) == found
        assert page.behind.table.isVisible() == bool(found) and page.behind.no_hits.isVisible() == (not found)
        host.key(ESC)
        host.settle()
        assert page.behind.table.isVisible() and page.behind.box.text() == "", "the first Esc takes the words away"
        host.key(ESC)
        assert page.cards.isVisible()


def test_every_card_line_bar_and_cell_opens_as_many_records_as_it_says(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page()
    for number, rows, kind in ((0, 4, "consultation"), (1, 2, "organization"), (2, 4, "promise"), (3, 0, "consultation")):
        card(page, number).click()
        host.settle()
        assert page.behind.table.rows.rowCount() == rows and page.behind.table is page.behind.tables[kind]
        host.key(ESC)
    press(page.rankings[0].lines[0])
    host.settle()
    assert (page.behind.title.full(), page.behind.table.rows.rowCount()) == ("長野県・相談", 3)
    host.key(ESC)
    assert host.focus() is page.rankings[0].lines[0]
    press(page.tasks.lines[0])
    host.settle()
    assert (page.behind.title.full(), page.behind.count.text()) == ("期限が過ぎた約束", "約束 5件")
    assert page.behind.table.rows.row(0).cells[0].below == "秩父木工"
    host.key(ENTER)
    assert host.frame.places.here is not None and host.frame.places.here[0] == "consultation"


def test_the_chart_is_walked_with_arrows_and_has_a_table(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page()
    chart = page.chart.chart
    chart.setFocus()
    host.key(Qt.Key.Key_Right)
    host.key(Qt.Key.Key_Right)
    assert chart.accessibleDescription() == "6月 2件（前年同期 1件）"
    host.key(ENTER)
    assert (page.behind.title.full(), page.behind.table.rows.rowCount()) == ("令和8年6月・相談", 2)
    host.key(ESC)
    assert host.focus() is chart
    page.chart.as_table.setFocus()
    host.key(Qt.Key.Key_Space)
    grid = page.chart.grid
    assert grid.isVisible() and not chart.isVisible()
    grid.setFocus()
    host.key(Qt.Key.Key_Down)
    host.key(Qt.Key.Key_Down)
    index = grid.currentIndex()
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "令和8年6月 延べ（件） 2"
    for _ in range(3):
        host.key(Qt.Key.Key_Right)   # past the comparison: 実数
    host.key(ENTER)
    assert page.behind.count.text() == "2社"
    host.key(ESC)
    assert host.focus() is grid
    assert grid.table.index(2, 3).data() == "+1"


def test_other_dimensions_are_chosen_by_chips(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page()
    page.chart.chips["issue"].setFocus()
    host.key(Qt.Key.Key_Space)
    assert page.chart.title.text() == "課題別"
    assert [(bar.name, bar.value) for bar in page.chart.chart.bars] == [("医療機器参入", 3), ("商品・サービス開発", 1)]
    assert host.focus() is page.chart.chips["issue"], "the cursor stays"
    page.chart.chips["industry"].click()
    host.settle()
    assert [bar.name for bar in page.chart.chart.bars] == ["記入なし"]
    page.chart.chart.setFocus()
    host.key(ENTER)
    assert page.behind.table.rows.rowCount() == 4


def test_years_spans_and_whose_visits(figures_page: Open, two: tuple[str, str], desk: Desk) -> None:  # noqa: F811
    consultations.create(desk.store, two[0], {"held_on": date(2026, 7, 1), "expert": "佐々木 学"})
    host, page = figures_page()
    assert card(page, 0).accessibleName() == "相談（延べ） 4件"
    page.filters.all.setFocus()
    host.key(Qt.Key.Key_Space)
    assert card(page, 0).accessibleName() == "相談（延べ） 5件" and "すべての相談" in page.about.plain()
    page.filters.years[2025].click()
    host.settle()
    assert card(page, 0).accessibleName() == "相談（延べ） 1件"
    page.filters.years[EVERYTHING].click()
    host.settle()
    assert card(page, 0).accessibleName() == "相談（延べ） 6件" and "期" not in card(page, 0).accessibleDescription()[:1]
    page.filters.years[2026].click()
    page.filters.years[CHOSEN].click()
    host.settle()
    assert host.focus() is page.filters.first and card(page, 0).accessibleName() == "相談（延べ） 5件"
    page.filters.first.selectAll()
    QTest.keyClicks(host.focus(), "2026/6/1")
    host.key(TAB)
    page.filters.last.selectAll()
    QTest.keyClicks(host.focus(), "2026/6/30")
    host.key(TAB)
    assert card(page, 0).accessibleName() == "相談（延べ） 2件"
    assert "くらべる期間：令和8年5月1日～令和8年5月31日" in page.about.plain()
    page.filters.first.setFocus()
    page.filters.first.selectAll()
    QTest.keyClicks(host.focus(), "2026/7/15")
    host.key(TAB)
    assert page.filters.wrong.isVisible() and card(page, 0).accessibleName() == "相談（延べ） 2件"


def test_what_is_chosen_stands_again_after_the_screens_are_built_anew(figures_page: Open, two: tuple[str, str],
                                                                      desk: Desk) -> None:  # noqa: F811
    host, page = figures_page()
    page.filters.years[2025].click()
    page.filters.all.click()
    page.chart.chips["prefecture"].click()
    page.chart.as_table.click()
    host.settle()
    standing = page.standing()
    other = FiguresPage(desk, host.frame)
    other.stand_again(standing)
    host.settle()
    assert other.standing() == standing and other.filters.span().year == 2025 and other.chart.by == "prefecture"
    other.stand_again("不明")   # a word of another version changes nothing
    host.settle()
    other.deleteLater()


def test_an_empty_desk_and_days_without_visits_say_what_to_do(figures_page: Open, desk: Desk) -> None:  # noqa: F811
    host, page = figures_page()
    assert page.empty.isVisible() and "まだ相談がありません" in page.empty.words.plain()
    assert host.focus() is page.empty.button and not page.paper.isEnabled()
    work(desk, "昔の企業", "20", date(2021, 5, 6))
    promises.set_done(desk.store, consultations.listing(desk.store)[0].uid, promises.overdue(desk.store)[0].uid, True)
    host.settle()
    page.read()
    host.settle()
    assert page.none.isVisible() and "令和8年度の相談はありません" in page.none.words.plain()
    page.none.button.click()
    host.settle()
    assert page.cards.isVisible() and card(page, 0).accessibleName() == "相談（延べ） 1件"


def test_changes_show_at_once_and_the_cursor_stays(figures_page: Open, two: tuple[str, str], desk: Desk, qtbot: QtBot) -> None:  # noqa: F811
    host, page = figures_page()
    page.rankings[0].lines[1].setFocus()
    work(desk, "諏訪味噌", "20", date(2026, 11, 2))
    qtbot.waitUntil(lambda: card(page, 0).accessibleName() == "相談（延べ） 5件")
    assert host.focus() is page.rankings[0].lines[1]
    card(page, 0).click()
    host.settle()
    consultations.delete(desk.store, consultations.listing(desk.store)[0].uid)
    qtbot.waitUntil(lambda: page.behind.table.rows.rowCount() == 4)


def test_the_page_stays_where_it_was_scrolled(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page(1280, 680)
    bar = page._area.verticalScrollBar()
    assert bar.maximum() > 60 and bar.value() == 0 and host.focus() is card(page, 0)
    page.chart.choose("issue")
    host.settle()
    assert bar.value() == 0
    bar.setValue(50)
    page.chart.choose("prefecture")
    host.settle()
    assert bar.value() == min(50, bar.maximum())


def test_sample_data_is_told_on_the_page(figures_page: Open, desk: Desk) -> None:  # noqa: F811
    samples.load(desk)
    _, page = figures_page()
    assert page.sample.isVisible() and page.sample.text() == "見本データを含みます"
    assert card(page, 0).accessibleName() == "相談（延べ） 5件"


def test_waiting_shows_shapes_then_seconds_and_can_be_stopped(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page()
    page._later.timeout.emit()
    assert page.waiting.isVisible() and not page.waiting.stop.isVisible()
    page.waiting._clock.timeout.emit()
    page.waiting._clock.timeout.emit()
    assert page.waiting.words.text() == "数えています… 2秒" and page.waiting.stop.isVisible()
    page.read()
    page.waiting.stop.click()
    host.settle()
    assert page.stopped.isVisible(), "what was counted for nothing is not shown"
    page.stopped.button.click()
    host.settle()
    assert page.cards.isVisible()


def test_waiting_keeps_the_cursor_of_chips_and_lines(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page()
    for widget in (lambda: page.chart.chips["issue"], lambda: page.rankings[0].lines[1], lambda: card(page, 2)):
        widget().setFocus()
        page._wait()
        assert page.waiting.hasFocus()
        page._filled = None   # as after a change
        page.read()
        host.settle()
        assert host.focus() is widget()


def test_paper_and_tables_are_written_where_the_user_says(figures_page: Open, two: tuple[str, str], tmp_path: Path) -> None:
    host, page = figures_page()
    host.key(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    text = bare(by_pdfium(host.answers.printed[0]))
    assert "実績集計（令和8年度）" in text and "相談（延べ・件）41+3" in text
    assert host.said() == "印刷に出しました"
    host.answers.target = tmp_path
    host.key(ENTER, Qt.KeyboardModifier.ControlModifier)
    assert (tmp_path / "実績集計_令和8年度.pdf").read_bytes() == host.answers.printed[0], "the same figures, the same bytes"
    assert host.said() == "「実績集計_令和8年度.pdf」を保存しました"
    page.table_file.click()
    host.settle()
    assert (tmp_path / "実績集計_令和8年度.xlsx").read_bytes()[:2] == b"PK"
    host.answers.save = lambda *_: tmp_path / "表.csv"  # type: ignore[method-assign]
    page.table_file.click()
    host.settle()
    rows = list(csv.reader(io.StringIO((tmp_path / "表.csv").read_text("utf-8-sig"))))
    assert ["長野県", "3", "0", "3", "1", "0", "3", "0"] in rows
    host.answers.save = lambda *_: tmp_path / "表.doc"  # type: ignore[method-assign]
    page.table_file.click()
    host.settle()
    assert "書き出せるのは" in host.said() and not (tmp_path / "表.doc").exists()
    host.answers.save = lambda *_: None  # type: ignore[method-assign]
    page.table_file.click()
    host.settle()


@pytest.mark.parametrize(("language", "size"), [("ja", (1280, 680)), ("en", (1366, 768)), ("en", (960, 600))])
def test_everything_fits_also_as_a_table_and_as_a_list(figures_page: Open, two: tuple[str, str], language: str,
                                                       size: tuple[int, int]) -> None:
    i18n.use("en" if language == "en" else "ja")
    host, page = figures_page(*size)
    found = [*misfits(host), *too_wide(host)]
    page.filters.years[CHOSEN].click()
    for by in ("issue", "month"):
        page.chart.choose(by)
        page.chart.as_table.toggle()
        host.settle()
        found += [*misfits(host), *too_wide(host)]
    for number in range(3):
        card(page, number).click()
        host.settle()
        found += [*misfits(host), *too_wide(host)]
        page.back_to_figures()
    assert found == []
    assert all(w.accessibleName() for w in page.findChildren(NumberCard)) and QApplication.focusWidget() is not None


def test_the_grid_ends_at_round_numbers() -> None:
    assert [round_up(n) for n in (1, 4, 5, 9, 21, 197, 4001)] == [4, 4, 8, 20, 40, 200, 8000]
    assert ticks(40) == (0, 10, 20, 30, 40)
    assert figures.Sums().kept_share is None


def test_the_map_opens_the_visits_of_a_prefecture_and_esc_leads_back(figures_page: Open, two: tuple[str, str]) -> None:
    host, page = figures_page()
    shown = page.map.map
    assert shown.words("20") == "長野県　3件" and shown.words("11") == "埼玉県　1件" and shown.words("13") == "東京都　0件"
    shown.setFocus()
    host.key(ENTER)
    assert page.map.isVisible(), "without a visit nothing opens"
    host.key(Qt.Key.Key_Up)
    assert shown.current == "11"
    host.key(ENTER)
    assert page.behind.isVisible() and page.behind.table.rows.rowCount() == 1
    host.key(ESC)
    assert host.focus() is shown
