"""Backups that nobody asks for, in the real window: at the end, at the start, when they fail and when they take long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.services import care, organizations
from kanto_desk.ui.main_window import MainWindow
from tests.ui.window import Hands, SetClock, press


class HeldClock(SetClock):
    """Lets a backup wait until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def __call__(self) -> datetime:
        if threading.current_thread().name.startswith("backup"):
            assert self.go.wait(20)
        return super().__call__()


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    made.make_desk()
    yield made
    made.close()


def changed(hands: Hands) -> MainWindow:
    """An open window in which something was saved since the last backup."""
    window, frame = hands.unlocked()
    frame.write(lambda: organizations.create(frame.desk.store, {"name": f"桐生織物 {hands.clock.now:%H%M%S}"}))
    return window


def reasons(hands: Hands) -> list[str]:
    return [one.reason for one in care.listing(hands.home)]


def test_closing_backs_up_what_changed_and_only_then(hands: Hands) -> None:
    before = changed(hands)
    assert reasons(hands) == []
    before.close()   # a slow disk takes more than the moment for which closing waits; the window closes by itself then
    hands.until(lambda: not before.isVisible())
    [made] = care.listing(hands.home)
    assert made.reason == "end" and made.counts["organization"] == 71
    window, _ = hands.unlocked()
    window.close()
    assert [one.path for one in care.listing(hands.home)] == [made.path]


def test_some_time_after_the_start_what_a_crash_left_is_backed_up(hands: Hands) -> None:
    window = changed(hands)
    hands.until(lambda: window.frame is not None and window.frame.keeping.saving.waiting == 0)
    assert window.backups is not None
    assert window.backups.later.isActive() and window.backups.later.interval() >= 10_000
    window.backups.later.timeout.emit()
    hands.until(lambda: reasons(hands) == ["start"])
    window.close()
    assert reasons(hands) == ["start"]


def test_a_backup_that_fails_is_told_once_and_closing_goes_on(hands: Hands) -> None:
    (hands.home / "backups").write_bytes(b"a file where the folder should be")
    window = changed(hands)
    window.close()
    frame: Any = window.frame
    hands.until(frame.alarm.isVisible)
    assert window.isVisible() and "自動の控えをとれませんでした" in frame.alarm.words.plain()
    assert "保存されています" in frame.alarm.words.plain()
    window.close()
    assert not window.isVisible()


def test_a_long_one_may_be_waited_for_stopped_or_left(tmp_path: Path, qtbot: QtBot) -> None:
    hands = Hands(tmp_path / "desk", qtbot)
    hands.make_desk()
    clock = HeldClock()
    hands.clock = clock
    window = changed(hands)
    window.close()
    frame: Any = window.frame
    band = frame.keeping.band
    assert window.isVisible() and band.isVisible() and "控え" in band.words.plain()
    press(band.stay_button)
    assert not band.isVisible()
    hands.key(Qt.Key.Key_F1)                                     # the window lives on
    hands.box().accept()
    window.close()
    assert band.isVisible()
    clock.go.set()
    hands.until(lambda: not window.isVisible())
    assert reasons(hands) == ["end"]
    hands.close()

    clock.go.clear()
    clock.on(hours=1)
    window = changed(hands)
    desk = window.desk
    window.close()
    frame = window.frame
    press(frame.keeping.band.close_anyway)
    assert not window.isVisible() and reasons(hands) == ["end"]
    backups = next(thread for thread in threading.enumerate() if thread.name.startswith("backup"))
    clock.go.set()
    backups.join(0.2)                                            # it lives as long as the process; so does the desk
    hands.close()
    assert desk is not None
    desk.close()
