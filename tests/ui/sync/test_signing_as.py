"""Joining a hub that knows its person by another name than was typed at set-up: the window says so, and follows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.clock import system_clock
from kanto_desk.hub import accounts
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.services import desk as desks
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.db.parts import SetClock
from tests.hub.test_process import serving
from tests.sync.parts import a_body, a_hub, a_person
from tests.ui.host import Host
from tests.ui.synced import CHEAP, PASSPHRASE


def test_the_window_says_under_whose_name_it_signs_from_now_on(qtbot: QtBot, tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub), name="高橋 直子")
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    desk = desks.create(tmp_path / "desk", PASSPHRASE, person="試験 太郎", clock=SetClock(), cost=CHEAP)
    with serving(tmp_path / "hub") as url:
        host = Host(desk, 1366, 768)
        host.key(Qt.Key.Key_6, Qt.KeyboardModifier.AltModifier)
        page = host.frame.places.current
        assert isinstance(page, SyncPage)
        host.settle()
        assert page.enrol is not None and page.renamed.isHidden()
        page.enrol.line.setText(line_of_enrolment(url, code, fingerprint((tmp_path / "hub" / CA_FILE).read_bytes())))
        page.enrol.begin()
        host.settle()
        qtbot.waitUntil(lambda: page.enrol is None, timeout=15_000)
        host.settle()
        assert not page.renamed.isHidden()
        assert "「高橋 直子」" in page.renamed.message.plain() and "「試験 太郎」" in page.renamed.message.plain()
        assert host.frame.top.user.text() == "高橋"
        host.end()
    desk.close()
    hub.close()
