"""What the lease is said to be, where its code is asked for and in the help: a rule, no cryptography."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.sync.client import Known, keep_known
from kanto_desk.sync.contact import LEASE
from kanto_desk.ui.dialogs.keys_help import KeysBox
from kanto_desk.ui.pages.unlock import UnlockPage
from kanto_desk.ui.text import Wrapped
from tests.ui.window import PASSPHRASE, Hands, too_small, unnamed


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def _leased(desk) -> None:
    with desk.store.write() as conn:
        keep_known(conn, Known("", "e", "", "p", "b", heard=int(desk.clock().timestamp() * 1000)))
    desk.store.set_setting(LEASE, {"days": 30, "secret": "ab" * 32})


def _says_so(where) -> bool:
    return any("暗号の鍵ではありません" in one.plain() and one.isVisible() for one in where.findChildren(Wrapped))


def test_the_page_that_asks_for_the_code_says_what_it_is(hands: Hands) -> None:
    hands.make_desk(_leased)
    hands.clock.on(days=31)
    window = hands.start()
    page = window.gate
    assert isinstance(page, UnlockPage) and not _says_so(page)
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    hands.until(page.trouble.isVisible)
    assert _says_so(page) and not too_small(page) and not unnamed(page)


@pytest.mark.parametrize("leased", [True, False])
def test_the_help_says_so_too_where_there_is_a_lease(hands: Hands, leased: bool) -> None:
    hands.make_desk(_leased if leased else None)
    _, frame = hands.unlocked()
    frame.do("keys")
    box = hands.box()
    assert isinstance(box, KeysBox) and _says_so(box) is leased
