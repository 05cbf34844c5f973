"""企業, すべての法人 without a directory: one sentence, one button; files are taken in while the window goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from bench import corporations
from kanto_desk.services import company_directory
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations.directory.panel import DirectoryPanel
from tests.ui.host import Host

ROWS = 400


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A full file of the tax agency."""
    path = tmp_path / "00_zenkoku_all_20261031.zip"
    corporations.write(path, corporations.full(ROWS, 33))
    return path


@pytest.fixture
def panel(host: Host) -> DirectoryPanel:
    """The list of all corporations while there is no directory."""
    page = host.list()
    QTest.mouseClick(page.switch.all, Qt.MouseButton.LeftButton)
    host.settle()
    assert page.all is not None and page.all.none.isVisible()
    return page.all


def ended(qtbot: QtBot, host: Host, panel: DirectoryPanel) -> None:
    """Wait until nothing is taken in any more and the list has followed."""
    qtbot.waitUntil(lambda: not panel.taking_in.busy, timeout=30_000)
    host.settle()


def test_the_way_to_a_directory_is_one_button(
        panel: DirectoryPanel, host: Host, desk: Desk, file: Path, qtbot: QtBot) -> None:
    assert "法人番号公表サイト" in panel.none.words.plain() and host.focus() is panel.none.button
    assert panel.filters.isHidden() and panel.facts.isHidden()
    host.answers.files = [file]
    seen: list[str] = []
    panel.taking_in.ended.connect(lambda: seen.append(panel.taking_in.state.text()))
    host.key(Qt.Key.Key_Space)
    assert panel.taking_in.busy and panel.taking_in.bar.isVisible() and host.focus() is panel.taking_in.stop
    assert panel.coming.isVisible() and not panel.none.isVisible()
    page = host.list()   # the window goes on meanwhile
    page.back_to_list()
    page.filters.box.setText("諏訪")
    page.filters.box.ask_now()
    host.settle()
    assert page.table.rows.rowCount() == 1
    ended(qtbot, host, panel)
    total = company_directory.status(desk).corporations
    assert total > ROWS * 0.95 and f"いま {total:,}件をさがせます" in host.said()
    assert seen and seen != ["取り込みを始めています"], "it told how far it was"
    page.show_all()
    host.settle()
    assert panel.table.isVisible() and panel.table.rows.rowCount() == total and panel.taking_in.isHidden()
    assert host.focus() is panel.filters.box


def test_a_stopped_import_leaves_things_as_they_were_and_can_come_again(
        panel: DirectoryPanel, host: Host, desk: Desk, file: Path, qtbot: QtBot) -> None:
    panel.taking_in.begin([file])
    QTest.mouseClick(panel.taking_in.stop, Qt.MouseButton.LeftButton)
    ended(qtbot, host, panel)
    assert "前のまま" in host.said() and panel.none.isVisible() and panel.taking_in.isHidden()
    assert company_directory.opened(desk) is None
    panel.taking_in.begin([file])
    ended(qtbot, host, panel)
    assert panel.table.rows.rowCount() == company_directory.status(desk).corporations > 0


def test_a_foreign_file_is_refused_with_its_reason(
        panel: DirectoryPanel, host: Host, tmp_path: Path, qtbot: QtBot) -> None:
    other = tmp_path / "名簿.csv"
    other.write_text("名前,電話\n山田,03\n", "utf-8")
    host.answers.files = [other]
    assert panel.none.button is not None
    panel.none.button.click()
    ended(qtbot, host, panel)
    assert "名簿.csv" in panel.taking_in.notice.message.plain() and panel.taking_in.notice.isVisible()
    assert panel.none.isVisible() and host.focus() is panel.none.button


def test_a_file_that_is_in_already_is_told(
        panel: DirectoryPanel, host: Host, file: Path, qtbot: QtBot) -> None:
    panel.taking_in.begin([file])
    ended(qtbot, host, panel)
    panel.table.setFocus()
    panel.table.selectRow(120)
    host.settle()
    host.answers.files = [file]
    QTest.mouseClick(panel.import_button, Qt.MouseButton.LeftButton)
    ended(qtbot, host, panel)
    assert panel.taking_in.notice.message.plain() == f"{file.name}：もう取り込んであります。"
    assert panel.table.isVisible()


def test_nothing_chosen_takes_nothing_in(panel: DirectoryPanel, host: Host) -> None:
    assert panel.none.button is not None
    panel.none.button.click()
    host.settle()
    assert not panel.taking_in.busy and panel.none.isVisible()
