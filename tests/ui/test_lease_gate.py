"""The window of a desk that had no contact for a month: the digits to tell, the code that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.services import desk as desks
from kanto_desk.services import lease
from kanto_desk.sync.client import Known, keep_known
from kanto_desk.sync.contact import LEASE
from kanto_desk.sync.orders import unlock_code
from kanto_desk.ui.pages.unlock import UnlockPage
from tests.ui.window import CHEAP, PASSPHRASE, Hands, too_small, unnamed

SECRET = "ab" * 32


@pytest.fixture
def hands(tmp_path: Path, qtbot: QtBot) -> Iterator[Hands]:
    made = Hands(tmp_path / "desk", qtbot)
    yield made
    made.close()


def _joined(desk) -> str:
    with desk.store.write() as conn:
        keep_known(conn, Known("", "e", "", "p", "b", heard=int(desk.clock().timestamp() * 1000)))
    desk.store.set_setting(LEASE, {"days": 30, "secret": SECRET})
    return f"{desk.store.device()[0]:016x}"


def test_the_code_opens_the_window(hands: Hands) -> None:
    dev = hands.make_desk(_joined)
    hands.clock.on(days=31)
    window = hands.start()
    page = window.gate
    assert isinstance(page, UnlockPage)
    hands.type(PASSPHRASE)
    hands.key(Qt.Key.Key_Return)
    hands.until(page.trouble.isVisible)
    with pytest.raises(lease.LeaseOver) as over:
        desks.unlock(hands.home, PASSPHRASE, clock=hands.clock, cost=CHEAP)
    assert over.value.challenge in page.trouble.message.text() and window.desk is None
    assert not too_small(page) and not unnamed(page)
    hands.type("1234567890")   # the cursor stands in the field of the code
    hands.key(Qt.Key.Key_Return)
    hands.until(lambda: "解除コードが違います" in page._code.accessibleDescription())
    hands.type(unlock_code(SECRET, dev, over.value.challenge))
    hands.key(Qt.Key.Key_Return)
    assert lease.days_left(hands.frame(window).desk.store) == 30
