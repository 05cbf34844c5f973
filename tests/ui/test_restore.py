"""Before a desk that does not open: backups to choose from by keys, and lost keys put back without losing a record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.services import care, organizations
from kanto_desk.ui.dialogs.restore import RestoreBox
from tests.ui.window import PASSPHRASE, Hands, too_small, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def test_damaged_records_go_back_to_the_chosen_backup(hands: Hands) -> None:
    hands.make_desk(care.backup)
    (hands.home / "records.db").write_bytes(b"x" * 8192)
    window = hands.start()
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    box = hands.box()
    assert isinstance(box, RestoreBox) and len(box.lines) == 1
    assert "企業 70" in box.lines[0].accessibleDescription()
    assert unnamed(box) == [] and too_small(box) == []
    hands.key(Qt.Key.Key_Space)
    assert organizations.count(hands.frame(window).desk.store) == 70
    assert [f.read_bytes() for f in hands.home.glob("backups/damaged-*/records.db")] == [b"x" * 8192]


def test_lost_keys_are_put_back_and_the_desk_opens_as_it_was(hands: Hands) -> None:
    def fill(desk: object) -> None:
        care.backup(desk)  # type: ignore[arg-type]
        organizations.create(desk.store, {"name": "控えのあと"})  # type: ignore[attr-defined]
    hands.make_desk(fill)
    for name in ("keys.json", "keys.json.bak"):
        (hands.home / name).write_bytes(b"{")
    window = hands.start()
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    assert organizations.count(hands.frame(window).desk.store) == 71
