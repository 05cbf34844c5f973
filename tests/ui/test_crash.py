"""A fault of the program: logged without any text of a record, shown with a report, and the program goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui.crash import LOG, CrashHandler
from tests.ui.window import SetClock, press, unnamed

SECRET = "社長は来月やめると言った"


@pytest.fixture
def handler(tmp_path: Path, qtbot: QtBot) -> Iterator[CrashHandler]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    window.show()
    made = CrashHandler(tmp_path, SetClock())
    made.parent_window = window
    yield made
    if made.box is not None:
        made.box.accept()
    made.close()


def fail() -> None:
    raise ValueError(SECRET)


def raised() -> None:
    """Hand an error to the hook as Python does."""
    try:
        fail()
    except ValueError:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]


def test_log_and_report_name_the_place_and_no_personal_text(handler: CrashHandler, qtbot: QtBot,
                                                           tmp_path: Path) -> None:
    raised()
    qtbot.waitUntil(lambda: handler.box is not None)
    log = (tmp_path / LOG).read_text("utf-8")
    assert handler.box is not None
    for text in (log, handler.box.report.toPlainText()):
        assert "ValueError" in text and "test_crash.py" in text and " fail" in text
        assert SECRET not in text
    press(handler.box.copy)
    assert "ValueError" in QGuiApplication.clipboard().text()
    assert unnamed(handler.box) == []
    press(handler.box.go_on)
    qtbot.waitUntil(lambda: handler.box is None)


def test_a_slot_that_fails_reaches_the_box_and_typed_text_is_saved(handler: CrashHandler, qtbot: QtBot) -> None:
    rescued = []
    handler.set_rescue(lambda: rescued.append(True))
    raised()
    raised()
    qtbot.waitUntil(lambda: handler.box is not None and handler.box.report.toPlainText().count("ValueError") == 2)
    assert rescued == [True, True]
    assert handler.box is not None and "入力の途中だった文も保存しました" in handler.box.words.plain()


def test_a_second_fault_while_saving_is_told_honestly(handler: CrashHandler, qtbot: QtBot) -> None:
    handler.set_rescue(fail)
    raised()
    qtbot.waitUntil(lambda: handler.box is not None)
    assert handler.box is not None and "保存しました" not in handler.box.words.plain()


def test_hooks_are_given_back(tmp_path: Path, qtbot: QtBot) -> None:
    before = sys.excepthook
    made = CrashHandler(tmp_path, SetClock())
    assert sys.excepthook != before
    made.close()
    assert sys.excepthook == before


def test_nothing_is_written_before_the_folder_exists(tmp_path: Path, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    made = CrashHandler(tmp_path / "none", SetClock())
    made.parent_window = window
    raised()
    qtbot.waitUntil(lambda: made.box is not None)
    assert not (tmp_path / "none").exists()
    assert made.box is not None and made.box.findChildren(QPushButton)
    made.box.accept()
    made.close()
