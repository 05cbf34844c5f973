"""The long list: fetched in blocks, two lines a row, opened and starred by key and by mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui.layout import Column, holder
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.table import BLOCK, Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.theme import controller, look

COLUMNS = (TableColumn("企業"), TableColumn("所在地", 160), TableColumn("状態", 120), TableColumn("従業員", 90, number=True))


def row(n: int) -> TableRow:
    return TableRow(f"u{n}", (Cell(f"株式会社 湖南精工とても長い名前の製作所 {n}", "コナンセイコウ"), Cell("諏訪市"),
                              Cell("署名済み", tone="ok"), Cell(f"{n:,}", number=True)), starred=n == 1)


class Source:
    def __init__(self, count: int) -> None:
        self.count, self.asked = count, []

    def __call__(self, offset: int, limit: int) -> list[TableRow]:
        self.asked.append((offset, limit))
        return [row(n) for n in range(offset, min(offset + limit, self.count))]


@pytest.fixture
def table(qtbot: QtBot) -> TableView:
    made = TableView(COLUMNS, "企業の一覧")
    qtbot.addWidget(made)
    made.resize(900, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_only_the_blocks_in_sight_are_fetched(table: TableView) -> None:
    source = Source(100_000)
    table.set_source(100_000, source)
    table.viewport().grab()
    assert source.asked == [(0, BLOCK)]
    table.scrollTo(table.rows.index(50_000, 0))
    table.viewport().grab()
    assert all(offset in (0, 49_900, 50_000) for offset, _ in source.asked) and len(source.asked) <= 3


def test_the_last_block_asks_for_no_more_than_there_is(table: TableView) -> None:
    source = Source(130)
    table.set_source(130, source)
    assert table.rows.row(129).uid == "u129" and source.asked == [(100, 30)]


def test_a_source_with_fewer_rows_than_said_shows_empty_rows(table: TableView) -> None:
    table.set_source(10, Source(3))
    assert table.rows.row(5) is None and table.rows.index(5, 0).data() is None
    table.viewport().grab()


def test_rows_are_54_high_and_follow_the_zoom(table: TableView) -> None:
    table.set_source(5, Source(5))
    assert table.rowHeight(0) == 54
    controller().set_zoom(150)
    assert table.rowHeight(0) == 81 and table.columnWidth(1) == 240


def test_a_row_is_opened_by_key_and_by_double_click(table: TableView, qtbot: QtBot) -> None:
    table.set_source(5, Source(5))
    table.selectRow(2)
    with qtbot.waitSignal(table.opened) as told:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert told.args == ["u2"] and table.current_uid() == "u2"
    place = table.visualRect(table.rows.index(3, 1)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(table.opened) as told:
        QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ["u3"]


def test_the_star_is_pressed_without_choosing_the_row(table: TableView, qtbot: QtBot) -> None:
    table.set_source(5, Source(5))
    table.selectRow(2)
    place = table.star_area(table.visualRect(table.rows.index(1, 0))).center()
    with qtbot.waitSignal(table.star_clicked) as told:
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ["u1", False] and table.current_uid() == "u2"
    with qtbot.waitSignal(table.star_clicked) as told:
        QTest.keyClicks(table, "*")
    assert told.args == ["u2", True]


def test_the_chosen_row_is_kept_by_its_uid(table: TableView, qtbot: QtBot) -> None:
    table.set_source(5, Source(5))
    with qtbot.waitSignal(table.current_changed):
        table.set_source(4, Source(4), keep="u3")
    assert table.current_uid() == "u3"


def test_rows_are_read_aloud(table: TableView) -> None:
    table.set_source(5, Source(5))
    spoken = table.rows.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "湖南精工" in spoken and "コナンセイコウ" in spoken and table.accessibleName() == "企業の一覧"


def test_refreshing_fetches_again(table: TableView) -> None:
    source = Source(5)
    table.set_source(5, source)
    table.viewport().grab()
    table.rows.refresh()
    table.viewport().grab()
    assert source.asked == [(0, 5), (0, 5)]


@pytest.mark.parametrize(("width", "zoom", "hidden"), [(900, 100, []), (700, 100, [2]), (560, 100, [1, 2]),
                                                       (1150, 200, [1, 2]), (1800, 200, [])])
def test_what_may_be_missing_goes_before_a_name_is_cut_to_nothing(qtbot: QtBot, width: int, zoom: int,
                                                                  hidden: list[int]) -> None:
    controller().set_zoom(zoom)
    table = TableView((TableColumn("企業"), TableColumn("件名", goes=2), TableColumn("回", 90, goes=1),
                       TableColumn("相談日", 170), TableColumn("状態", 160)), "相談の一覧")
    qtbot.addWidget(table)
    table.resize(width, 400)
    table.show()
    assert [n for n in range(5) if table.isColumnHidden(n)] == hidden
    assert table.columnWidth(0) >= 180 * zoom / 100
    table.resize(2000, 400)
    assert not any(table.isColumnHidden(n) for n in range(5)), "with room again they come back"


def test_a_card_is_never_pressed_flat(qtbot: QtBot) -> None:
    card = Pressable(Column(QLabel("約束の完了率"), QLabel("43 %"), QLabel("前年同期より +2")), "約束の完了率")
    below = QWidget()
    below.setMinimumHeight(400)
    page = holder(Column(card, below))
    qtbot.addWidget(page)
    assert page.layout().minimumSize().height() >= card.layout().minimumSize().height() + 400


def test_the_focus_ring_is_2_px_all_around_the_row(table: TableView) -> None:
    table.set_source(3, Source(3))
    table.selectRow(1)
    table.setFocus()
    assert table.hasFocus()
    picture, focus = table.viewport().grab().toImage(), look().color("focus").name()
    row = table.visualRect(table.rows.index(1, 0)).united(table.visualRect(table.rows.index(1, len(COLUMNS) - 1)))
    edge = [(x, y) for x in range(row.left(), row.right() + 1)
            for y in (row.top(), row.top() + 1, row.bottom() - 1, row.bottom())]
    edge += [(x, y) for y in range(row.top(), row.bottom() + 1)
             for x in (row.left(), row.left() + 1, row.right() - 1, row.right())]
    assert {picture.pixelColor(*at).name() for at in edge} == {focus}
