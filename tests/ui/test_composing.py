"""The input method: no key of ours acts while it composes, and what it composes is brought in exactly once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.errors import Refused
from kanto_desk.ui.capture import CaptureText
from kanto_desk.ui.choices import ChoiceInput, among
from kanto_desk.ui.composing import GUARDED_KEYS, Composing, flush_composition
from kanto_desk.ui.dates import DateInput, TimeInput
from kanto_desk.ui.inputs import IntegerInput, LineInput, NumberInput, TextInput
from kanto_desk.ui.names import KanaInput, NameInput
from kanto_desk.ui.palette import PaletteInput
from kanto_desk.ui.timeline.editor import LineEditor
from tests.ui.conftest import Compose


def read_day(text: str) -> date:
    raise Refused(f"{text} は日付ではありません")


class PlainBox(Composing, QPlainTextEdit):
    """The mixin on the third Qt class it is made for."""


BOXES: dict[str, Callable[[], QWidget]] = {
    "line": LineInput, "text": TextInput, "plain": PlainBox, "integer": IntegerInput, "number": NumberInput,
    "date": lambda: DateInput(read_day, date.isoformat), "time": TimeInput, "name": NameInput,
    "kana": KanaInput, "choice": lambda: ChoiceInput(among([("a", "機械"), ("b", "電気")]), str),
    "capture": CaptureText, "palette": PaletteInput, "timeline": lambda: LineEditor(None),
}


def text_of(box: QWidget) -> str:
    return box.text() if isinstance(box, QLineEdit) else box.toPlainText()   # type: ignore[attr-defined]


@pytest.fixture(params=BOXES)
def box(request: pytest.FixtureRequest) -> QWidget:
    return BOXES[request.param]()


@pytest.fixture
def page(box: QWidget, qtbot: QtBot) -> QWidget:
    """A window with the box, another box, and a second page; an action on Enter counts its calls."""
    window, stack, first = QWidget(), QStackedWidget(), QWidget()
    column, inner = QVBoxLayout(window), QVBoxLayout(first)
    inner.addWidget(box)
    inner.addWidget(QLineEdit(objectName="other"))
    stack.addWidget(first)
    stack.addWidget(QWidget())
    column.addWidget(stack)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    return window


@pytest.mark.parametrize("key", sorted(GUARDED_KEYS))
def test_keys_of_the_input_method_do_nothing_here(page: QWidget, box: QWidget, compose: Compose, key: Qt.Key) -> None:
    acted: list[bool] = []
    action = QAction(page)
    action.setShortcut(QKeySequence(key))
    action.triggered.connect(lambda: acted.append(True))
    page.addAction(action)
    compose(box, "みつもり")
    QTest.keyClick(box, key)
    assert isinstance(box, Composing)
    assert box.composing and box.preedit == "みつもり" and box.hasFocus() and not acted
    assert text_of(box) == ""


def test_a_box_that_does_not_compose_lets_the_action_run(qtbot: QtBot) -> None:
    acted: list[bool] = []
    window, box = QWidget(), LineInput()
    QVBoxLayout(window).addWidget(box)
    qtbot.addWidget(window)
    action = QAction(window)
    action.setShortcut(QKeySequence(Qt.Key.Key_Escape))
    action.triggered.connect(lambda: acted.append(True))
    window.addAction(action)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert acted


def _focus_out(page: QWidget, box: QWidget) -> None:
    page.findChild(QLineEdit, "other").setFocus()


def _hide_page(page: QWidget, box: QWidget) -> None:
    page.findChild(QStackedWidget).setCurrentIndex(1)


LEAVING: dict[str, Callable[[QWidget, QWidget], None]] = {
    "focus out": _focus_out, "page change": _hide_page, "hide": lambda _page, box: box.hide(),
    "close": lambda page, _box: page.close() and None, "flush": lambda page, _box: flush_composition(page),
}


@pytest.mark.parametrize("way", LEAVING)
def test_text_being_composed_comes_in_once_when_no_commit_arrives(
        page: QWidget, box: QWidget, compose: Compose, way: str) -> None:
    compose(box, "いち")
    compose(box, "昼休")
    LEAVING[way](page, box)
    QApplication.processEvents()
    assert text_of(box) == "昼休"
    flush_composition(page)
    assert text_of(box) == "昼休"


@pytest.mark.parametrize("way", LEAVING)
def test_a_late_commit_does_not_bring_it_twice(page: QWidget, box: QWidget, compose: Compose, way: str) -> None:
    compose(box, "昼休")
    LEAVING[way](page, box)
    compose(box, "", "昼休")
    assert text_of(box) == "昼休"


class HelpfulLine(LineInput):
    """As with an input method that commits at once when asked."""

    asked = 0

    def ask_input_method(self) -> None:
        self.asked += 1
        event = QInputMethodEvent("", [])
        event.setCommitString("見積もり")
        QApplication.sendEvent(self, event)


def test_what_the_input_method_commits_when_asked_is_taken(qtbot: QtBot, compose: Compose) -> None:
    box = HelpfulLine()
    qtbot.addWidget(box)
    box.show()
    compose(box, "みつもり")
    box.rescue()
    box.rescue()
    assert (box.text(), box.asked, box.composing) == ("見積もり", 1, False)


def test_the_same_word_may_be_written_twice(qtbot: QtBot, compose: Compose) -> None:
    box = LineInput()
    qtbot.addWidget(box)
    box.show()
    compose(box, "はい")
    box.rescue()
    compose(box, "はい")
    compose(box, "", "はい")
    assert box.text() == "はいはい"


def test_tab_leaves_every_box(page: QWidget, box: QWidget) -> None:
    if isinstance(box, QPlainTextEdit):
        box.setTabChangesFocus(True)
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert not box.hasFocus() and text_of(box) == ""
