"""The capture box: one key makes a line, prefixes and keys choose the kind, nothing typed is lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.ui.capture import Capture, Draft
from kanto_desk.ui.kinds import KINDS, prefix
from tests.ui.conftest import Compose

ENTER, SHIFT = Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def capture(qtbot: QtBot) -> Capture:
    box = Capture()
    qtbot.addWidget(box)
    box.resize(920, 140)
    with qtbot.waitExposed(box):
        box.show()
    box.activateWindow()
    box.text.setFocus()
    qtbot.waitUntil(box.text.hasFocus)
    return box


@pytest.fixture
def lines(capture: Capture) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    capture.submitted.connect(lambda kind, text: out.append((kind, text)))
    return out


def test_enter_adds_but_never_while_composing(capture: Capture, lines: list[tuple[str, str]], compose: Compose) -> None:
    compose(capture.text, "みつもり")
    QTest.keyClick(capture.text, ENTER)
    compose(capture.text, "", "見積もり")
    assert lines == []
    QTest.keyClick(capture.text, ENTER)
    assert lines == [("said", "見積もり")] and capture.text.toPlainText() == ""
    QTest.keyClick(capture.text, ENTER)
    assert len(lines) == 1


def test_shift_enter_makes_a_new_line_and_the_box_grows_to_five(capture: Capture, lines: list[tuple[str, str]]) -> None:
    heights = [capture.text.height()]
    for _ in range(7):
        QTest.keyClicks(capture.text, "a")
        QTest.keyClick(capture.text, ENTER, SHIFT)
        heights.append(capture.text.height())
    step = capture.text.step
    assert [h - heights[0] for h in heights] == [0, 0, step, 2 * step, 3 * step, 3 * step, 3 * step, 3 * step]
    QTest.keyClick(capture.text, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert lines == [("said", "\n".join("a" * 7))] and capture.text.height() == heights[0]


@pytest.mark.parametrize("colon", ["：", ":"])
@pytest.mark.parametrize(("word", "code"), [(kind.ja, kind.code) for kind in KINDS])
def test_a_prefix_chooses_the_kind(capture: Capture, lines: list[tuple[str, str]], compose: Compose, word: str,
                                   code: str, colon: str) -> None:
    compose(capture.text, "よみ")
    compose(capture.text, "", word)
    compose(capture.text, "", colon)
    assert (capture.kind(), capture.text.toPlainText()) == (code, "")
    compose(capture.text, "", "納期が合わない")
    QTest.keyClick(capture.text, ENTER)
    assert lines == [(code, "納期が合わない")] and capture.kind() == "said"


@pytest.mark.parametrize(("text", "code"), [("課題：a", "issue"), (" Issue: b", "issue"), ("ﾒﾓ:c", "memo"),
                                            ("納期：d", None), ("課題がある：e", None), ("課題", None)])
def test_what_counts_as_a_prefix(text: str, code: str | None) -> None:
    found = prefix(text)
    assert (found[0].code if found else None) == code


def test_a_prefix_that_is_only_being_composed_changes_nothing(capture: Capture, compose: Compose) -> None:
    compose(capture.text, "課題：")
    assert capture.kind() == "said" and capture.text.preedit == "課題："


def test_the_actions_of_the_page_choose_the_kind(capture: Capture, qtbot: QtBot) -> None:
    for action in capture.kind_actions(capture):
        capture.addAction(action)
    QTest.keyClick(capture.text, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert capture.kind() == "promise" and capture.text.hasFocus()


def test_up_in_an_empty_box_edits_the_last_line(capture: Capture, qtbot: QtBot) -> None:
    with qtbot.waitSignal(capture.edit_last):
        QTest.keyClick(capture.text, Qt.Key.Key_Up)
    QTest.keyClicks(capture.text, "a")
    with qtbot.assertNotEmitted(capture.edit_last):
        QTest.keyClick(capture.text, Qt.Key.Key_Up)


def test_the_draft_holds_kind_text_and_what_is_being_composed(capture: Capture, compose: Compose, qtbot: QtBot) -> None:
    capture.set_kind("advice")
    QTest.keyClicks(capture.text, "ab")
    with qtbot.waitSignal(capture.draft_changed):
        compose(capture.text, "みつ")
    draft = capture.draft()
    assert draft == Draft("advice", "ab", "みつ")
    other = Capture()
    qtbot.addWidget(other)
    other.set_draft(draft)
    assert (other.kind(), other.text.toPlainText()) == ("advice", "abみつ")


def test_typing_tells_of_the_draft_and_submitting_empties_it(capture: Capture, qtbot: QtBot) -> None:
    with qtbot.waitSignal(capture.draft_changed):
        QTest.keyClicks(capture.text, "a")
    with qtbot.waitSignals([capture.submitted, capture.draft_changed]):
        QTest.mouseClick(capture.add, Qt.MouseButton.LeftButton)
    assert capture.draft() == Draft("said", "") and capture.text.hasFocus()


def test_the_button_takes_what_is_still_being_composed(capture: Capture, lines: list[tuple[str, str]],
                                                       compose: Compose) -> None:
    compose(capture.text, "みつもり")
    QTest.mouseClick(capture.add, Qt.MouseButton.LeftButton)
    assert lines == [("said", "みつもり")]


def test_the_words_follow_the_language(qtbot: QtBot) -> None:
    i18n.use("en")
    box = Capture()
    qtbot.addWidget(box)
    assert box.add.words == "Add" and "Issue" in [kind.word for kind in KINDS]
