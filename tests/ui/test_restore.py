"""Going back to a backup in the real window: chosen and looked at by keys, from the settings, before a damaged desk."""

from __future__ import annotations

import resource
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kanto_desk.services import care, organizations
from kanto_desk.ui.dialogs.passphrase import PassphraseBox
from kanto_desk.ui.dialogs.restore import RestoreBox
from kanto_desk.ui.dialogs.settings import SettingsBox
from kanto_desk.ui.pages.unlock import UnlockPage
from kanto_desk.ui.text import Wrapped
from tests.ui.window import PASSPHRASE, Hands, MemoryKeychain, press, too_small, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def words(box: RestoreBox) -> str:
    """Everything the box shows now."""
    return "\n".join(label.plain() if isinstance(label, Wrapped) else label.text()
                     for label in box.findChildren(QLabel) if label.isVisible())


def restore_box(hands: Hands) -> RestoreBox:
    hands.until(lambda: isinstance(hands.box(), RestoreBox))
    box = hands.box()
    assert isinstance(box, RestoreBox)
    return box


def two_backups(hands: Hands) -> Any:
    """An older backup of 70 companies, a newer one of 71, and one more company since."""
    def fill(desk: Any) -> None:
        care.backup(desk)
        hands.clock.on(days=1)
        organizations.create(desk.store, {"name": "一日あと"})
        care.backup(desk)
        hands.clock.on(hours=1)
        organizations.create(desk.store, {"name": "控えのあと"})
    hands.make_desk(fill)
    hands.clock.on(hours=1)


def test_damaged_records_go_back_to_the_chosen_backup(hands: Hands) -> None:
    two_backups(hands)
    (hands.home / "records.db").write_bytes(b"x" * 8192)
    window = hands.start()
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    box = restore_box(hands)
    assert len(box.lines) == 2 and "企業 71" in box.lines[0].accessibleDescription()
    assert unnamed(box) == [] and too_small(box) == []
    hands.key(Qt.Key.Key_Down)
    hands.key(Qt.Key.Key_Return)
    assert box.isVisible() and window.frame is None                  # looked at; nothing has happened yet
    shown = words(box)
    assert "令和8年11月24日（火） 09:12 の控え" in shown and "比べられません" in shown and "手でとった控え" in shown
    assert unnamed(box) == [] and too_small(box) == []
    hands.key(Qt.Key.Key_Escape)                                     # back to the list, at the same line
    assert box.isVisible() and box.lines[1].hasFocus() and box.go_back.isHidden()
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Return)
    frame = hands.frame(window)
    assert organizations.count(frame.desk.store) == 70
    (aside,) = hands.home.glob("backups/damaged-*")
    assert (aside / "records.db").read_bytes() == b"x" * 8192
    assert "11月24日 09:12 の控えに戻しました" in frame.footer.said.full()
    assert f"backups/{aside.name}" in frame.footer.said.full()


def test_cancelling_leaves_everything_as_it_was(hands: Hands) -> None:
    hands.make_desk(care.backup)
    (hands.home / "records.db").write_bytes(b"x" * 8192)
    before = sorted(path.name for path in (hands.home / "backups").iterdir())
    window = hands.start()
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    box = restore_box(hands)
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Escape)
    hands.key(Qt.Key.Key_Escape)
    assert not box.isVisible() and window.frame is None
    assert (hands.home / "records.db").read_bytes() == b"x" * 8192
    assert sorted(path.name for path in (hands.home / "backups").iterdir()) == before


def test_a_sound_desk_goes_back_from_the_settings_and_what_was_there_is_kept(hands: Hands) -> None:
    two_backups(hands)
    window, frame = hands.unlocked()
    frame.do("settings")
    settings = hands.box()
    assert isinstance(settings, SettingsBox)
    press(settings.restore)
    box = restore_box(hands)
    hands.key(Qt.Key.Key_End)
    hands.key(Qt.Key.Key_Return)
    assert "この控えのあとの変更2件" in words(box) and "企業2社・相談0件" in words(box)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: window.frame is not None and window.frame is not frame)
    again = hands.frame(window)
    assert organizations.count(again.desk.store) == 70
    kept = care.listing(hands.home)[0]
    assert kept.reason == "restore" and f"backups/{kept.path.name}" in again.footer.said.full()
    hands.clock.on(hours=1)
    again.do("restore")                                              # from the palette, and forth again
    box = restore_box(hands)
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: window.frame is not None and window.frame is not again)
    assert organizations.count(hands.frame(window).desk.store) == 72


def test_folders_of_backups_out_of_reach_are_named(hands: Hands, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    hands.make_desk(lambda desk: care.backup(desk, usb))
    shutil.move(usb, tmp_path / "drawer")
    _window, frame = hands.unlocked()
    frame.do("settings")
    settings = hands.box()
    assert isinstance(settings, SettingsBox)
    hands.until(lambda: str(usb) in settings.unreached.plain() and settings.unreached.isVisible())
    press(settings.passphrase)
    (box,) = frame.findChildren(PassphraseBox)                       # above the settings, which stay
    box.asked.emit(PASSPHRASE, "atarashii kotoba")
    hands.until(frame.alarm.isVisible)
    assert str(usb) in frame.alarm.words.plain() and "前の合言葉のまま" in frame.alarm.words.plain()


class SlowKeychain(MemoryKeychain):
    """Does not answer before it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()

    def __bool__(self) -> bool:
        return self.let.wait(20)


@pytest.mark.parametrize("slow", [False, True])
def test_lost_keys_are_put_back_and_the_desk_opens_as_it_was(hands: Hands, *, slow: bool) -> None:
    """Also where the keychain fails only after the passphrase is typed: they are put back once."""
    keychain = SlowKeychain()
    if not slow:
        keychain.let.set()
    hands.keychain = keychain

    def fill(desk: Any) -> None:
        care.backup(desk)
        organizations.create(desk.store, {"name": "控えのあと"})
    hands.make_desk(fill)
    for name in ("keys.json", "keys.json.bak"):
        (hands.home / name).write_bytes(b"{")
    window = hands.start()
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    keychain.let.set()
    assert organizations.count(hands.frame(window).desk.store) == 71
    assert len(list(hands.home.glob("backups/damaged-*"))) == 1


def test_a_full_disk_while_going_back_is_told_and_the_desk_opens_as_it_was(hands: Hands) -> None:
    two_backups(hands)
    window, frame = hands.unlocked()
    frame.do("restore")
    restore_box(hands)
    hands.key(Qt.Key.Key_End)
    hands.key(Qt.Key.Key_Return)
    assert frame.settle()
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, usual[1]))   # no file may grow, as on a full disk
    try:
        hands.key(Qt.Key.Key_Return)
        hands.until(lambda: isinstance(window.gate, UnlockPage) and window.gate.trouble.isVisible())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    gate = window.gate
    assert isinstance(gate, UnlockPage) and gate.open_button.isEnabled() and window.frame is None
    hands.until(gate.passphrase.hasFocus)
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    assert organizations.count(hands.frame(window).desk.store) == 72
