"""定型文を直す by keys: written, added, deleted, put in order, undone; and what is refused stays in its box."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.services import consultations, organizations, phrases
from kanto_desk.ui.dialogs.first_passphrase import FirstPassphraseBox
from kanto_desk.ui.dialogs.phrases import PhrasesBox
from kanto_desk.ui.dialogs.settings import SettingsBox
from kanto_desk.ui.frame import Frame
from tests.ui.conftest import Compose
from tests.ui.window import ALT, CTRL, PASSPHRASE, Hands, too_small, unnamed

Key = Qt.Key


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "home", qtbot)
    made.make_desk()
    yield made
    made.close()


def opened(hands: Hands) -> tuple[Frame, PhrasesBox, Any]:
    _window, frame = hands.unlocked()
    frame.do("phrases")
    box = hands.box()
    assert isinstance(box, PhrasesBox)
    hands.until(box.list.hasFocus)
    return frame, box, frame.desk.store


def titles(store: Any) -> list[str]:
    return [one.title for one in phrases.in_order(store)]


def test_the_alt_arrows_move_and_delete_removes_and_undo_brings_back(hands: Hands) -> None:
    _frame, box, store = opened(hands)
    first, second, third = titles(store)[:3]
    hands.key(Key.Key_Down, ALT)
    hands.until(lambda: titles(store)[:2] == [second, first])
    hands.until(lambda: box.list.currentRow() == 1 and box.title.text() == first)
    hands.key(Key.Key_Delete)
    hands.until(lambda: titles(store)[:2] == [second, third] and box.undo.isVisible())
    assert box.said.text() == "定型文を消しました" and box.title.text() == third
    box.undo.click()
    hands.until(lambda: titles(store)[:2] == [second, first])
    hands.key(Key.Key_Up, ALT)
    hands.until(box.list.hasFocus)
    assert unnamed(box) == [] and too_small(box) == []


def test_what_is_written_saves_itself_and_composed_text_is_kept(hands: Hands, compose: Compose) -> None:
    _frame, box, store = opened(hands)
    hands.key(Key.Key_Return)
    assert box.text.hasFocus()
    QTest.keyClick(box.text, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    compose(box.text, commit="今日の一番は［　］で、次は［　］。")
    QTest.keyClick(box.text, Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    for _ in range(2):
        hands.key(Key.Key_Tab)
        assert box.text.hasFocus() and box.text.textCursor().selectedText() == "［　］"
    hands.key(Key.Key_Tab)
    assert not box.text.hasFocus()
    hands.until(lambda: phrases.in_order(store)[0].text == "今日の一番は［　］で、次は［　］。")
    box.kinds["memo"].click()
    hands.until(lambda: phrases.in_order(store)[0].kind == "memo")
    box.title.setFocus()
    compose(box.title, preedit="けさ")
    QTest.keyClick(box.title, Key.Key_Escape)   # the input method's
    QTest.keyClick(box.title, Key.Key_Return)
    assert box.isVisible() and box.title.composing
    box.done_button.click()
    hands.until(lambda: "けさ" in titles(store)[0])


def test_a_new_one_is_named_first_and_an_empty_name_is_refused_beside_its_field(hands: Hands,
                                                                               compose: Compose) -> None:
    _frame, box, store = opened(hands)
    count = len(titles(store))
    box.add.click()
    hands.until(lambda: len(titles(store)) == count + 1 and box.title.hasFocus())
    assert box.title.selectedText() == "新しい定型文" == titles(store)[-1]
    hands.key(Key.Key_Delete)
    hands.key(Key.Key_Tab)
    hands.until(lambda: bool(box.rows["title"].error.plain()))
    assert titles(store)[-1] == "新しい定型文" and box.title.text() == ""
    box.title.setFocus()
    compose(box.title, commit="測った値")
    hands.key(Key.Key_Tab)
    hands.until(lambda: titles(store)[-1] == "測った値")
    hands.until(lambda: box.list.currentItem().text() == "測った値")


def test_the_settings_lead_there_in_both_languages(hands: Hands, qapp: QApplication) -> None:
    _window, frame = hands.unlocked()
    i18n.use("en")
    frame.do("settings")
    settings = hands.box()
    assert isinstance(settings, SettingsBox)
    settings.phrases.click()
    hands.until(lambda: any(one.isVisible() for one in frame.findChildren(PhrasesBox)))
    (box,) = (one for one in frame.findChildren(PhrasesBox) if one.isVisible())
    assert box.windowTitle() == "Edit or add set phrases" and box.title.text() == "What matters most today"
    assert "[ ]" in box.text.toPlainText()
    box.close()


def test_f2_in_the_panel_opens_the_phrase_the_cursor_is_on(hands: Hands) -> None:
    _window, frame = hands.unlocked()
    store = frame.desk.store
    visit = consultations.create(store, organizations.create(store, {"name": "湖南精工"}))
    frame.open_consultation(visit)
    hands.until(lambda: frame.actions_.served("phrase"))
    frame.do("phrase")
    hands.key(Key.Key_Down)
    wanted = frame.phrasing.panel.rows()[1]
    hands.key(Key.Key_F2)
    box = hands.box()
    assert isinstance(box, PhrasesBox) and box.title.text() == wanted
    box.close()


def test_on_sample_data_phrases_are_put_in_freely_and_keeping_ones_own_asks_for_a_passphrase(
        tmp_path: Path, qtbot: QtBot, compose: Compose) -> None:
    hands = Hands(tmp_path / "sample", qtbot)
    try:
        window = hands.start()
        hands.type("Takahashi")
        hands.key(Key.Key_Return, CTRL)
        frame = hands.frame(window)
        home: Any = frame.places.current
        hands.until(lambda: home.card is not None)
        hands.key(Key.Key_Return)
        hands.until(lambda: hands.focus().accessibleName() == "記録する文")
        box: Any = hands.focus()
        store = frame.desk.store
        hands.key(Key.Key_Semicolon, CTRL)
        hands.key(Key.Key_Return)
        hands.until(lambda: any(one.used for one in phrases.in_order(store)))
        assert "［　］" in box.toPlainText() and frame.alarm.isHidden() and not frame.desk.protected
        hands.key(Key.Key_Semicolon, CTRL)
        compose(hands.focus(), commit="この文")
        hands.key(Key.Key_Return)
        hands.until(lambda: any(one.isVisible() for one in frame.findChildren(FirstPassphraseBox)))
        count = len(phrases.in_order(store))
        asking = next(one for one in frame.findChildren(FirstPassphraseBox) if one.isVisible())
        hands.until(asking.passphrase.hasFocus)
        hands.type(PASSPHRASE)
        hands.key(Key.Key_Return)
        hands.until(lambda: frame.desk.protected and len(phrases.in_order(store)) == count + 1)
    finally:
        hands.close()
