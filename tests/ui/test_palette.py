"""The search palette: asks while composing, drops stale answers, is driven by keys, gives the focus back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui.palette import Found, Group, Palette
from tests.ui.conftest import Compose

GROUPS = [Group("企業", [Found("株式会社 湖南精工", "諏訪市", "building-2", data="c1"), Found("諏訪プレス", data="c2")]),
          Group("約束", []), Group("操作", [Found("新しい相談", key="Ctrl+N", data="new")])]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    QVBoxLayout(made).addWidget(QLineEdit(objectName="before"))
    qtbot.addWidget(made)
    made.resize(1000, 600)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    box = made.findChild(QLineEdit, "before")
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    return made


@pytest.fixture
def asked() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def palette(window: QWidget, asked: list[tuple[str, int]]) -> Palette:
    made = Palette(window)
    made.query_changed.connect(lambda text, seq: asked.append((text, seq)))
    made.open()
    return made


def test_it_asks_at_once_and_before_conversion(palette: Palette, asked: list[tuple[str, int]],
                                               compose: Compose) -> None:
    compose(palette.box, "す")
    compose(palette.box, "すわ")
    compose(palette.box, "", "諏訪")
    assert [text for text, _ in asked] == ["", "す", "すわ", "諏訪"]
    assert [seq for _, seq in asked] == [1, 2, 3, 4]
    assert palette.box.hasFocus() and palette.window() is palette.parentWidget()


def test_a_stale_answer_is_dropped(palette: Palette, asked: list[tuple[str, int]]) -> None:
    QTest.keyClicks(palette.box, "ab")
    old, new = asked[-2][1], asked[-1][1]
    assert palette.show_results(new, GROUPS)
    assert not palette.show_results(old, [])
    assert palette.rows() == ["株式会社 湖南精工", "諏訪プレス", "新しい相談"]


def test_keys_choose_among_the_results_over_the_headings(palette: Palette, asked: list[tuple[str, int]],
                                                         qtbot: QtBot) -> None:
    palette.show_results(asked[-1][1], GROUPS)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(palette.box, key)
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(palette.box, Qt.Key.Key_Return)
    assert told.args[0].data == "new" and not palette.isVisible()


def test_enter_while_composing_chooses_nothing(palette: Palette, asked: list[tuple[str, int]], compose: Compose,
                                               qtbot: QtBot) -> None:
    palette.show_results(asked[-1][1], GROUPS)
    compose(palette.box, "すわ")
    palette.show_results(asked[-1][1], GROUPS)
    with qtbot.assertNotEmitted(palette.chosen):
        QTest.keyClick(palette.box, Qt.Key.Key_Return)
        QTest.keyClick(palette.box, Qt.Key.Key_Escape)
    assert palette.isVisible() and palette.box.composing


def test_esc_gives_the_focus_back(palette: Palette, window: QWidget, qtbot: QtBot) -> None:
    with qtbot.waitSignal(palette.closed):
        QTest.keyClick(palette.box, Qt.Key.Key_Escape)
    assert window.findChild(QLineEdit, "before").hasFocus()


def test_a_click_chooses(palette: Palette, asked: list[tuple[str, int]], qtbot: QtBot) -> None:
    palette.show_results(asked[-1][1], GROUPS)
    place = palette.list.visualItemRect(palette.list.item(2)).center()
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args[0].data == "c2"


def test_nothing_found_says_what_was_searched(palette: Palette, asked: list[tuple[str, int]]) -> None:
    QTest.keyClicks(palette.box, "zz")
    palette.show_results(asked[-1][1], [])
    assert palette.nothing.isVisible() and "zz" in palette.nothing.plain() and "短く" in palette.nothing.plain()
    QTest.keyClick(palette.box, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_it_stays_inside_a_small_window(palette: Palette, window: QWidget) -> None:
    window.resize(500, 320)
    assert window.rect().contains(palette.geometry())
    rows = [palette.list.item(n).sizeHint().height() for n in range(palette.list.count())]
    assert all(height >= 24 for height in rows)


def test_enter_before_the_results_takes_the_first_of_them_and_not_one_of_an_older_query(
        palette: Palette, asked: list[tuple[str, int]]) -> None:
    got: list[object] = []
    palette.chosen.connect(lambda found: got.append(found.data))
    palette.show_results(asked[-1][1], [Group("", [Found("最近ひらいた別の企業", data="old")])])
    QTest.keyClicks(palette.box, "suwa")
    QTest.keyClick(palette.box, Qt.Key.Key_Return)
    assert got == [] and palette.isVisible()
    palette.show_results(asked[-1][1], GROUPS)
    assert got == ["c1"] and not palette.isVisible()


def test_typing_on_after_enter_takes_it_back(palette: Palette, asked: list[tuple[str, int]]) -> None:
    got: list[object] = []
    palette.chosen.connect(lambda found: got.append(found.data))
    QTest.keyClicks(palette.box, "su")
    QTest.keyClick(palette.box, Qt.Key.Key_Return)
    QTest.keyClicks(palette.box, "w")
    palette.show_results(asked[-1][1], GROUPS)
    assert got == [] and palette.isVisible()


def test_a_long_search_without_hits_is_told_whole(window: QWidget, qtbot: QtBot) -> None:
    palette = Palette(window)
    palette.open()
    palette.box.setText("湖南精工の宮坂さんが十二月四日までに送ると約束した見積もりの控えと図面")
    qtbot.waitUntil(lambda: palette._asked != "")
    palette.show_results(palette._seq, [])
    qtbot.waitUntil(palette.nothing.isVisible)
    assert palette.nothing.width() <= palette.width() - 2 * 16
    assert palette.nothing.height() >= palette.nothing.heightForWidth(palette.nothing.width()) - 4
