"""A pasted line with a long host fits the window, and a name that leads nowhere is told as that."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from kanto_desk.errors import NotReached
from kanto_desk.services import desk as desks
from kanto_desk.services import syncing
from kanto_desk.sync.client import known_hub
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.db.parts import SetClock
from tests.ui.host import Host
from tests.ui.synced import CHEAP, PASSPHRASE

LABEL = "sangyo-shien-center-no-kikan-server" * 5   # a name has 63 letters at most between its dots
MARK = "abcd2345" * 4


@pytest.mark.usefixtures("qtbot")
@pytest.mark.parametrize("width", [1366, 1024])
def test_a_long_host_makes_the_page_no_wider_than_the_window(tmp_path: Path, width: int) -> None:
    desk = desks.create(tmp_path, PASSPHRASE, person="高橋 直子", clock=SetClock(), cost=CHEAP)
    host = Host(desk, width, 768)
    host.key(Qt.Key.Key_6, Qt.KeyboardModifier.AltModifier)
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    host.settle()
    assert page.enrol is not None
    panel = page.enrol
    panel.line.setText(f"{LABEL}.example.jp:8443/ABCD-EFGH/{MARK}")
    panel._look_at_line()
    host.settle()
    assert panel.shown.isVisible() and panel.hub.full() == f"{LABEL}.example.jp:8443"
    assert panel.width() <= page.width() and page._area.horizontalScrollBar().maximum() == 0
    panel.begin()
    host.settle()
    host.settle()
    assert "という場所が見つかりません" in panel.trouble.message.plain()
    assert panel.width() <= page.width()
    assert page._area.widget().width() <= page._area.viewport().width()
    host.end()
    desk.close()


@pytest.mark.parametrize("host", [f"{LABEL}.example.jp:8443", "nobody.invalid:8443", "a..b:8443"])
def test_a_name_that_leads_nowhere_is_no_wrong_hub(tmp_path: Path, host: str) -> None:
    desk = desks.create(tmp_path, PASSPHRASE, person="高橋 直子", clock=SetClock(), cost=CHEAP)
    with pytest.raises(NotReached, match="見つかりません") as told:
        syncing.enrol(desk, f"{host}/ABCD-EFGH/{MARK}")
    assert "何も送っていません" in told.value.safe and known_hub(desk.store) is None
    desk.close()
