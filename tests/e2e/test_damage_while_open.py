"""A file that breaks while its desk is open: the real window tells it, keeps what is typed, and restores a backup."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.errors import Trouble
from kanto_desk.services import care, consultations, organizations, timeline
from kanto_desk.ui.crash import CrashHandler
from kanto_desk.ui.dialogs.restore import RestoreBox
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from tests.ui.window import Hands, press, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def damaged_while_open(hands: Hands, *, typing: bool = True) -> tuple[MainWindow, Frame, str]:
    """A window on a visit; then every page but the first becomes unreadable, and a line is typed or a search begun."""
    def fill(desk: Any) -> str:
        uid = consultations.create(desk.store, organizations.create(desk.store, {"name": "湖南精工"}))
        timeline.add(desk.store, uid, "said", "控えにある行")
        care.backup(desk)
        return uid
    uid = hands.make_desk(fill)
    hands.clock.on(hours=1)
    window, frame = hands.unlocked()
    frame.open_consultation(uid)
    hands.until(lambda: isinstance(frame.places.current, ConsultationPage))
    page = frame.places.current
    assert isinstance(page, ConsultationPage)
    page.go_to_capture()
    assert frame.settle()
    with frame.desk.store.engine.connect() as connection:   # so that the pages are read from the file itself
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    frame.desk.store.engine.dispose()                       # nor from the memory of a connection
    file = hands.home / "records.db"
    content = bytearray(file.read_bytes())
    for at in range(4096, len(content), 4096):
        content[at + 100] ^= 1
    file.write_bytes(content)
    if typing:
        hands.type("typed into a damaged file")
        hands.key(Qt.Key.Key_Return)
    else:
        frame.do("search")                                  # reads on the worker thread
        hands.type("konan")
    hands.until(lambda: frame.alarm.isVisible() and frame.alarm.restore.isVisible())
    return window, frame, uid


def test_a_file_that_breaks_while_open_is_restored_and_what_was_typed_is_kept(hands: Hands, tmp_path: Path) -> None:
    window, frame, uid = damaged_while_open(hands)
    assert frame.saving.trouble is not None and "まだ保存できていません" in frame.footer.state.text()
    assert unnamed(frame.alarm) == []
    press(frame.alarm.restore)
    hands.until(lambda: isinstance(hands.box(), RestoreBox))
    hands.files.answer = tmp_path / "kept.txt"
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: window.frame is not None and window.frame is not frame)
    again = hands.frame(window)
    assert "typed into a damaged file" in (tmp_path / "kept.txt").read_text("utf-8-sig")
    assert [line.text for line in timeline.lines(again.desk.store, uid)] == ["控えにある行"]
    assert not care.check(again.desk).findings
    (aside,) = hands.home.glob("backups/damaged-*")
    assert f"backups/{aside.name}" in again.footer.said.full()
    timeline.add(again.desk.store, uid, "said", "戻したあとの行")       # it can be worked with


def test_damage_met_by_reading_alone_offers_the_backups_too(hands: Hands) -> None:
    window, frame, uid = damaged_while_open(hands, typing=False)
    assert frame.saving.trouble is None and frame.alarm.retry.isHidden()   # nothing waits to be saved
    press(frame.alarm.restore)
    hands.until(lambda: isinstance(hands.box(), RestoreBox))
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: window.frame is not None and window.frame is not frame)
    assert [line.text for line in timeline.lines(hands.frame(window).desk.store, uid)] == ["控えにある行"]


def test_damage_met_while_a_page_is_built_is_told_and_is_no_fault_of_the_program(hands: Hands) -> None:
    window, frame, _uid = damaged_while_open(hands, typing=False)
    frame.palette_.close_palette()
    frame.alarm.hide()
    handler = CrashHandler(hands.home, hands.clock)
    handler.set_told(lambda error: window.frame is not None and window.frame.tells(error))
    try:
        try:
            frame.go("visits")
            frame.go("companies")
            frame.open_organization("no such record")
            pytest.fail("every page was read from a damaged file")
        except Trouble:
            sys.excepthook(*sys.exc_info())   # as Qt does with what a handler of an event raises
        hands.until(lambda: frame.alarm.isVisible() and frame.alarm.restore.isVisible())
        assert handler.box is None and not (hands.home / "crash.log").exists()
        sys.excepthook(KeyError, KeyError("x"), None)
        hands.until(lambda: handler.box is not None)
        assert handler.box is not None
        handler.box.accept()
    finally:
        handler.close()


def test_without_a_place_for_what_is_typed_nothing_is_restored(hands: Hands) -> None:
    window, frame, _uid = damaged_while_open(hands)
    before = (hands.home / "records.db").read_bytes()
    press(frame.alarm.restore)
    hands.until(lambda: isinstance(hands.box(), RestoreBox))
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Return)                                     # no file is chosen
    hands.until(lambda: "戻していません" in frame.footer.said.full())
    assert window.frame is frame and frame.saving.waiting and frame.alarm.isVisible()
    assert (hands.home / "records.db").read_bytes() == before and not list(hands.home.glob("backups/damaged-*"))
    frame.leave_asked.emit()                                         # else closing waits for the disk
