"""Bad days of the real window: no room on the disk, a second window, a clock gone wrong, a damaged file."""

from __future__ import annotations

import os
import resource
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kanto_desk import app
from kanto_desk.clock import JST, system_clock
from kanto_desk.db.dialect import make_engine, writing
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import KeyFile
from kanto_desk.services import timeline
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.unlock import UnlockPage
from tests.db.parts import SetClock
from tests.e2e.kill import template


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "home", template.make(tmp_path / "home")


def shown(qtbot: QtBot, home: Path, clock: object = system_clock) -> MainWindow:
    window = app.build(home, "ja", clock, options={"cost": template.CHEAP})  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    return window


def unlocked(qtbot: QtBot, home: Path, clock: object = system_clock) -> tuple[MainWindow, ConsultationPage]:
    window = shown(qtbot, home, clock)
    unlock(window)
    qtbot.waitUntil(lambda: window.frame is not None and isinstance(window.frame.places.current, ConsultationPage)
                    and not window.frame.saving.waiting, timeout=20_000)
    page = window.frame.places.current  # type: ignore[union-attr]
    assert isinstance(page, ConsultationPage)
    return window, page


def unlock(window: MainWindow) -> None:
    assert isinstance(window.gate, UnlockPage)
    QTest.keyClicks(window.gate.passphrase, template.PASSPHRASE)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)


def test_a_full_disk_shows_a_banner_that_stays_and_everything_is_saved_once_there_is_room(
        qtbot: QtBot, made: tuple[Path, str]) -> None:
    home, uid = made
    window, page = unlocked(qtbot, home)
    frame = window.frame
    assert frame is not None and window.desk is not None
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = (home / "records.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(room // 2, 4096), usual[1]))   # no file may grow, as on a full disk
    try:
        page.go_to_capture()
        for text in ("abc", "def"):
            QTest.keyClicks(page.record.capture.text, text)
            QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
        QTest.keyClicks(page.record.capture.text, "unfinished")
        qtbot.waitUntil(lambda: frame.saving.trouble is not None, timeout=10_000)
        frame.saving.again()
        qtbot.waitUntil(lambda: not frame.alarm.isHidden() and "まだ保存できていません" in frame.footer.state.text())
        assert "ディスクの空きがなく" in frame.alarm.words.text()   # SQLite itself calls it an input/output error
        assert page.record.capture.text.toPlainText() == "unfinished"
        assert timeline.lines(window.desk.store, uid) == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    frame.alarm.retry.click()
    qtbot.waitUntil(lambda: frame.saving.trouble is None and not frame.saving.waiting, timeout=10_000)
    qtbot.waitUntil(lambda: frame.footer.state.text().startswith("すべてこのパソコンに保存済み"), timeout=10_000)
    assert frame.alarm.isHidden()
    assert [line.text for line in timeline.lines(window.desk.store, uid)] == ["abc", "def"]
    window.close()


def test_a_second_window_says_who_holds_the_folder_and_opens_when_it_is_free(
        qtbot: QtBot, made: tuple[Path, str]) -> None:
    with DataFolder(made[0]).locked(system_clock):
        window = shown(qtbot, made[0])
        gate = window.gate
        assert isinstance(gate, UnlockPage)
        words = gate.trouble.message.text()
        assert not gate.trouble.isHidden() and "ほかの関東デスクが使っています" in words and "記録は無事です" in words
    gate.open_button.click()
    unlock(window)
    qtbot.waitUntil(lambda: window.frame is not None, timeout=20_000)
    window.close()


@pytest.mark.parametrize("year", [2019, 2041])
def test_a_clock_years_off_never_refuses_a_save(qtbot: QtBot, made: tuple[Path, str], year: int) -> None:
    home, uid = made
    window, page = unlocked(qtbot, home, SetClock(datetime(year, 1, 5, 9, 0, tzinfo=JST)))
    assert window.frame is not None and window.desk is not None
    QTest.keyClicks(page.record.capture.text, "clock")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    frame, desk = window.frame, window.desk
    qtbot.waitUntil(lambda: not frame.saving.waiting, timeout=10_000)
    qtbot.waitUntil(frame.alarm.isVisible, timeout=10_000)   # far before or after what was written here: told once
    assert "時計" in frame.alarm.words.plain() and "そのまま保存されます" in frame.alarm.words.plain()
    assert [line.text for line in timeline.lines(desk.store, uid)] == ["clock"]
    window.close()


@pytest.mark.parametrize(("harm", "safe"), [
    ("flipped", "ファイルには何も書き込んでいません"), ("cut", "確認済みのバックアップはそのまま残っています")])
def test_a_damaged_file_is_told_with_what_is_safe_and_restore_is_named(
        qtbot: QtBot, made: tuple[Path, str], harm: str, safe: str) -> None:
    file = made[0] / "records.db"
    harmed = bytearray(file.read_bytes())
    for at in range(0, len(harmed), 4096) if harm == "flipped" else ():
        harmed[at + 100] ^= 1
    if harm == "cut":
        del harmed[len(harmed) // 2:]
    file.write_bytes(harmed)
    for left in made[0].glob("records.db-*"):
        left.unlink()
    words = refused(qtbot, made[0])
    assert safe in words and "復元" in words
    assert file.read_bytes() == bytes(harmed)


def test_newer_data_is_told_and_left_alone(qtbot: QtBot, made: tuple[Path, str]) -> None:
    folder = DataFolder(made[0])
    key = KeyFile(folder.keys, system_clock).unlock(template.PASSPHRASE)
    engine = make_engine(folder.records, key.subkey("records.db"))
    with writing(engine) as conn:
        conn.exec_driver_sql("PRAGMA user_version = 9000")
    engine.dispose()
    before = folder.records.read_bytes()
    assert "新しい版" in refused(qtbot, made[0])
    assert folder.records.read_bytes() == before


def test_a_read_only_folder_opens_for_reading_and_is_left_alone(qtbot: QtBot, made: tuple[Path, str]) -> None:
    home = made[0]
    before = (home / "records.db").read_bytes()
    modes = {path: path.stat().st_mode for path in [home, *home.rglob("*"), *list(home.parents)[:-2]]}
    for path in [home, *home.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in list(home.parents)[:-2]:
        parent.chmod(modes[parent] | 0o055)
    own = os.geteuid()
    try:
        if own == 0:   # nothing is read-only to root
            os.seteuid(65534)
        window = shown(qtbot, home)
        unlock(window)
        qtbot.waitUntil(lambda: window.frame is not None and window.frame.alarm.isVisible(), timeout=20_000)
        assert window.frame is not None
        words = window.frame.alarm.words.plain()
        window.close()
    finally:
        os.seteuid(own)
        for path, mode in modes.items():
            path.chmod(mode)
    assert "書き込めないので、読むだけでひらきました" in words and "無事" in words
    assert (home / "records.db").read_bytes() == before


def refused(qtbot: QtBot, home: Path) -> str:
    """What the window says when the folder cannot be opened."""
    window = shown(qtbot, home)
    gate = window.gate
    assert isinstance(gate, UnlockPage)
    if gate.trouble.isHidden():
        unlock(window)
    qtbot.waitUntil(lambda: not gate.trouble.isHidden(), timeout=20_000)
    words = str(gate.trouble.message.text())
    window.close()
    return words
