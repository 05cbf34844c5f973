"""From an empty folder to the first line, by keys; and what the first page refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.services import consultations, organizations, samples, timeline
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.first_run import FirstRun, FirstRunPage
from kanto_desk.ui.passphrase import strength
from kanto_desk.ui.text import KeyCap, Wrapped
from kanto_desk.ui.theme import controller
from tests.ui.window import CTRL, PASSPHRASE, Hands, press, too_small, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def first_page(window: MainWindow) -> FirstRunPage:
    assert isinstance(window.gate, FirstRunPage)
    return window.gate


def test_nothing_is_written_before_はじめる(hands: Hands) -> None:
    window = hands.start()
    assert first_page(window).name.hasFocus()
    hands.type("takahashi")
    window.close()
    assert not hands.home.exists()


def test_name_by_composition_to_first_line_typed(hands: Hands, compose: Callable[..., None]) -> None:
    window = hands.start()
    page = first_page(window)
    compose(page.name, preedit="たかはし")
    compose(page.name, commit="高橋")
    assert page.kana.text() == "タカハシ"
    for _ in range(3):                               # name, reading, organization: then はじめる with the sample data
        hands.key(Qt.Key.Key_Return)
    frame = hands.frame(window)
    home = frame.places.current
    hands.until(lambda: getattr(home, "card", None) is not None)
    hands.key(Qt.Key.Key_Return)                     # 相談をはじめる: one key from the start screen
    hands.until(lambda: frame.places.here is not None and frame.places.here[0] == "consultation")
    hands.until(lambda: hands.focus().accessibleName() == "記録する文")
    hands.type("juchu ga heru")
    hands.key(Qt.Key.Key_Return)
    uid = frame.places.here[1] if frame.places.here else ""
    store = frame.desk.store
    hands.until(lambda: any("juchu ga heru" in line.text for line in timeline.lines(store, uid)))
    assert consultations.get(store, uid).record.started_at is not None
    assert samples.present(store)


def test_missing_name_and_passphrase_are_said_below_their_fields(hands: Hands) -> None:
    window = hands.start()
    page = first_page(window)
    press(page.begin_button)
    assert page.name.hasFocus()
    assert page.name.accessibleDescription() == "お名前を書きます"
    assert page.passphrase.accessibleDescription() != "合言葉を決めます"   # sample data alone needs none
    press(page.cards["empty"])
    press(page.begin_button)
    assert page.passphrase.accessibleDescription() == "合言葉を決めます"
    press(page.cards["sample"])
    assert not page.passphrase.isVisible() and page.no_need.isVisible()
    assert not hands.home.exists()


def test_the_words_on_the_passphrase_fit_what_was_chosen(hands: Hands) -> None:
    page = first_page(hands.start())
    row = page._rows["passphrase"]
    advice = next(one for one in row.findChildren(Wrapped) if "言葉を3つ4つ" in one.plain())
    for chosen in ("sample", "empty", "import", "sample"):
        before = page.cards["sample"].mapTo(page, page.cards["sample"].rect().topLeft())
        press(page.cards[chosen])  # type: ignore[index]  # the three of the page
        needed = chosen != "sample"
        assert advice.isVisible() == row.mark.isVisible() == page.passphrase.isVisible() == needed
        assert page.no_need.isVisible() != needed
        assert row.mark.text() == "必須"
        assert page.cards["sample"].mapTo(page, page.cards["sample"].rect().topLeft()) == before   # nothing jumps


def test_a_passphrase_typed_before_the_sample_was_chosen_is_not_taken(hands: Hands) -> None:
    page = first_page(hands.start())
    seen: list[FirstRun] = []
    page.chosen.disconnect()
    page.chosen.connect(seen.append)
    page.name.setText("高橋")
    press(page.cards["empty"])
    page.passphrase.setText(PASSPHRASE)
    press(page.cards["sample"])
    page.begin()
    assert seen[0].passphrase == "" and seen[0].begin == "sample"


def test_the_first_page_is_read_within_a_minute(hands: Hands) -> None:
    page = first_page(hands.start(1366, 768))
    assert "Ctrl+Enter" in [cap.text() for cap in page.findChildren(KeyCap) if cap.isVisible()]
    assert page.side.isVisible()

    def words(part: QWidget) -> int:
        return sum(len(one.plain() if isinstance(one, Wrapped) else one.text())
                   for one in part.findChildren(QLabel) if one.isVisible())

    assert words(page.side) <= 110          # 10 characters a second
    assert words(page) <= 400


def test_empty_start_has_no_sample_and_offers_the_first_visit(hands: Hands) -> None:
    window = hands.start()
    page = first_page(window)
    hands.type("Takahashi")
    page.passphrase.setFocus()
    hands.type(PASSPHRASE)
    press(page.cards["empty"])
    hands.key(Qt.Key.Key_Return, CTRL)
    frame = hands.frame(window)
    home = frame.places.current
    hands.until(lambda: getattr(home, "card", None) is not None)
    assert not samples.present(frame.desk.store)
    assert organizations.count(frame.desk.store) > 0         # the shipped organizations are there
    hands.key(Qt.Key.Key_Return)
    assert frame.palette_.isVisible()                         # which company?


def test_language_switches_at_once_and_keeps_what_was_typed(hands: Hands) -> None:
    window = hands.start()
    hands.type("Takahashi")
    press(first_page(window).other_language)
    page = first_page(window)
    assert page.begin_button.words == "Start"
    assert page.name.text() == "Takahashi"
    press(page.other_language)
    assert first_page(window).begin_button.words == "はじめる"


def test_passphrase_can_be_shown_and_is_judged(hands: Hands) -> None:
    page = first_page(hands.start())
    assert page.passphrase.echoMode() == QLineEdit.EchoMode.Password
    press(page.passphrase.show_button)
    assert page.passphrase.echoMode() == QLineEdit.EchoMode.Normal
    assert [strength(words)[1] for words in ("", "1234", "aaaaaaaaaaaa", "みずうみ 自転車 味噌")] == [
        "text3", "warn", "warn", "ok"]


def test_what_was_chosen_never_shows_the_passphrase(hands: Hands) -> None:
    page = first_page(hands.start())
    seen: list[object] = []
    page.chosen.disconnect()
    page.chosen.connect(seen.append)
    page.name.setText("高橋")
    page.passphrase.setText("himitsu no kotoba")
    page.begin()
    assert "himitsu" not in repr(seen[0])


@pytest.mark.parametrize(("width", "height", "zoom"), [(1366, 768, 100), (960, 600, 100), (1280, 680, 200)])
def test_every_control_is_named_and_large_enough(hands: Hands, width: int, height: int, zoom: int) -> None:
    window = hands.start(width, height)
    controller().set_zoom(zoom)
    page: QWidget = first_page(window)
    assert unnamed(page) == []
    assert too_small(page) == []


def test_a_folder_that_cannot_be_made_is_told_and_nothing_typed_is_lost(hands: Hands) -> None:
    hands.home.write_bytes(b"a file where the folder should be")
    page = first_page(hands.start())
    hands.type("Takahashi")
    page.passphrase.setText(PASSPHRASE)
    page.begin()
    hands.until(page.trouble.isVisible)
    assert page.trouble.message.plain() and page.begin_button.isEnabled()
    assert page.name.text() == "Takahashi"


def test_labels_side_by_side_stand_on_one_line(hands: Hands) -> None:
    page = first_page(hands.start())
    press(page.cards["empty"])   # with the sample data no passphrase is asked for
    QApplication.processEvents()
    for left, right in (("person", "kana"), ("organization", "passphrase")):
        tops = [page._rows[name].label.mapTo(page, page._rows[name].label.rect().center()).y() for name in (left, right)]
        fields = [page._rows[name].editor.mapTo(page, page._rows[name].editor.rect().topLeft()).y()
                  for name in ("person", "kana")]
        assert tops[0] == tops[1] and fields[0] == fields[1]


def test_sample_data_goes_with_one_press_and_plain_words(hands: Hands) -> None:
    window = hands.start()
    hands.type("Takahashi")
    hands.key(Qt.Key.Key_Return, CTRL)
    frame = hands.frame(window)
    hands.until(lambda: not frame.top.sample.isHidden() and getattr(frame.places.current, "card", None) is not None)
    press(frame.top.remove)
    hands.until(lambda: not samples.present(frame.desk.store) and not frame.top.remove.isVisible())
    assert frame.footer.said.full() == "見本データを消しました"
    assert frame.desk.store.setting("open_tabs", []) in ([], None)
