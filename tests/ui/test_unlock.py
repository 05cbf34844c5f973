"""Opening an existing desk: passphrase, refusal with the seconds to wait, recovery key, keychain, second window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.services import desk as desks
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.unlock import UnlockPage
from tests.ui.window import CHEAP, PASSPHRASE, Hands, press, too_small, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def unlock_page(window: MainWindow) -> UnlockPage:
    assert isinstance(window.gate, UnlockPage)
    return window.gate


def test_wrong_passphrase_is_refused_and_the_fourth_waits_with_the_seconds_shown(hands: Hands) -> None:
    hands.make_desk()
    window = hands.start()
    page = unlock_page(window)
    for tries in range(1, 4):
        hands.type("wrong")
        hands.key(Qt.Key.Key_Return)
        hands.until(lambda: "合言葉が違います" in page.passphrase.accessibleDescription())
        if tries < 3:
            assert page.open_button.isEnabled()
            page.row.set_error(None)
    assert "次は" in page.passphrase.accessibleDescription()
    assert not page.open_button.isEnabled()           # counting down
    assert window.desk is None
    hands.clock.on(seconds=10)
    hands.until(page.open_button.isEnabled)
    page.passphrase.selectAll()
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    assert hands.frame(window).desk.store.person == "高橋 直子"


def test_a_new_window_still_waits(hands: Hands) -> None:
    hands.make_desk()
    for _ in range(3):
        with pytest.raises(Exception, match="合言葉"):
            desks.unlock(hands.home, "wrong", clock=hands.clock, cost=CHEAP)
    page = unlock_page(hands.start())
    hands.until(lambda: "秒待ってください" in page.passphrase.accessibleDescription())
    assert not page.open_button.isEnabled()


def test_recovery_key_opens_and_sets_a_new_passphrase(hands: Hands) -> None:
    key = hands.make_desk(lambda desk: desk.new_recovery_key())
    window = hands.start()
    page = unlock_page(window)
    press(page.way)
    assert page.recovery.hasFocus()
    hands.type("AAAA-BBBB")
    hands.key(Qt.Key.Key_Return)
    hands.type("new words for it")
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: bool(page.recovery.accessibleDescription()) and page.open_button.isEnabled())
    page.recovery.selectAll()
    page.recovery.setFocus()
    hands.type(key)
    page.submit()
    hands.frame(window)
    hands.close()
    with pytest.raises(Exception, match="合言葉が違います"):
        desks.unlock(hands.home, PASSPHRASE, clock=hands.clock, cost=CHEAP)
    desks.unlock(hands.home, "new words for it", clock=hands.clock, cost=CHEAP).close()


def test_keychain_opens_without_asking_when_the_user_wished_so(hands: Hands) -> None:
    hands.make_desk(lambda desk: desk.keys.remember_in_keychain(desk.key, hands.keychain))
    assert hands.frame(hands.start()).desk.store.person == "高橋 直子"


def test_a_folder_in_use_says_so_and_lets_try_again(hands: Hands) -> None:
    hands.make_desk()
    other = desks.unlock(hands.home, PASSPHRASE, clock=hands.clock, cost=CHEAP)
    window = hands.start_blocked()
    page = unlock_page(window)
    assert page.trouble.isVisible()
    assert "ほかの関東デスクが使っています" in page.trouble.message.plain()
    assert not page.passphrase.isVisible()
    other.close()
    press(page.open_button)
    hands.until(unlock_page(window).passphrase.isVisible)
    assert unlock_page(window) is not page


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (960, 600)])
def test_every_control_is_named_and_large_enough(hands: Hands, width: int, height: int) -> None:
    hands.make_desk()
    window = hands.start(width, height)
    for _ in range(2):
        assert unnamed(window) == []
        assert too_small(window) == []
        press(unlock_page(window).way)


def test_an_index_that_is_made_anew_says_how_far_it_is_and_goes_when_it_fails(hands: Hands) -> None:
    hands.make_desk()
    page = unlock_page(hands.start())
    before = page.sub.plain()
    page.set_busy(True)
    for done, percent in ((0, "0 %"), (600, "50 %"), (1200, "100 %")):
        page.tell_indexing(done, 1200)
        assert percent in page.open_button.words and "1,200件" in page.sub.plain()
        assert not page.open_button.isEnabled()
    page.show_trouble("ディスクがいっぱいです。")
    assert page.sub.plain() == before and page.open_button.words == "ひらく"
