"""Changing the passphrase from the settings, by keys: what is refused, and what opens afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.errors import Refused
from kanto_desk.services import care, restoring
from kanto_desk.services import desk as desks
from kanto_desk.ui.dialogs.passphrase import PassphraseBox
from tests.ui.window import CHEAP, PASSPHRASE, Hands, too_small, unnamed

NEW = "yoru no mizuumi"


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def test_the_old_passphrase_is_asked_and_backups_follow(hands: Hands) -> None:
    hands.make_desk(care.backup)
    _, frame = hands.unlocked()
    frame.do("settings")
    settings = hands.box()
    settings.passphrase.click()  # type: ignore[attr-defined]
    box = next(one for one in frame.findChildren(PassphraseBox))
    hands.until(box.old.hasFocus)
    assert unnamed(box) == [] and too_small(box) == []
    hands.type("wrong")
    hands.key(Qt.Key.Key_Return)
    hands.type(NEW)
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: "合言葉が違います" in box.old.accessibleDescription())
    box.old.selectAll()
    hands.type(PASSPHRASE)
    box.submit()
    hands.until(lambda: not frame.findChildren(PassphraseBox))
    hands.close()
    options = {"clock": hands.clock, "cost": CHEAP}
    with pytest.raises(Refused):
        desks.unlock(hands.home, PASSPHRASE, **options)
    desks.unlock(hands.home, NEW, **options).close()
    for name in ("keys.json", "keys.json.bak"):
        (hands.home / name).unlink()
    assert restoring.preview(hands.home, care.listing(hands.home)[0], NEW, **options).counts["organization"] == 70
