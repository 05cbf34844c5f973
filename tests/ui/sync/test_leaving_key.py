"""A recovery key left with the secretariat from the window: while joining, in the settings, and no card for paper then."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kanto_desk.clock import system_clock
from kanto_desk.hub import accounts
from kanto_desk.hub import escrow as hub_escrow
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.services import desk as desks
from kanto_desk.services import escrow, home
from kanto_desk.ui import leaving_key
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.db.parts import SetClock
from tests.hub.served import served
from tests.sync.parts import a_body, a_hub, a_person
from tests.ui.host import Host
from tests.ui.synced import CHEAP, PASSPHRASE, Two


def test_joining_in_the_window_leaves_the_key(tmp_path: Path, qtbot: QtBot) -> None:
    clock = SetClock(system_clock())
    hub = a_hub(tmp_path / "hub", clock)
    person = a_person(hub, a_body(hub))
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    mark = fingerprint((hub.folder / CA_FILE).read_bytes())
    desk = desks.create(tmp_path / "desk", PASSPHRASE, person="高橋 直子", clock=clock, cost=CHEAP)
    with served(hub.folder) as at:
        host = Host(desk)
        host.key(Qt.Key.Key_6, Qt.KeyboardModifier.AltModifier)
        host.settle()
        page = host.frame.places.current
        assert isinstance(page, SyncPage) and page.enrol is not None
        assert page.enrol.leave_key.isChecked()   # nothing is on paper
        page.enrol.line.setText(f"{at.url.removeprefix('https://')}/{code}/{mark}")
        page.enrol.begin()
        qtbot.waitUntil(lambda: escrow.state(desk.store).at is not None, timeout=60_000)
        host.settle()
        assert home.read(desk.store).recovery_key_noted
        host.end()
    with hub.write() as conn:
        key = hub_escrow.read_out(hub, conn, f"{desk.store.device()[0]:016x}", system_clock()).key
    desk.keys.unlock_by_recovery_key(key)
    desk.close()
    hub.close()


def test_the_choice_counts_at_once_and_tells_how_it_stands(two: Two, host: Host, qtbot: QtBot) -> None:
    store = two.one.store
    assert not home.read(store).recovery_key_noted
    part = leaving_key.made_for(host.frame)
    assert part is not None and not part.chip.isChecked() and "預けていません" in part.standing.plain()
    qtbot.addWidget(part)
    part.show()
    part.chip.click()
    qtbot.waitUntil(lambda: "預けてあります" in part.standing.plain(), timeout=20_000)
    assert home.read(store).recovery_key_noted
    dev = f"{store.device()[0]:016x}"
    with two.hub.write() as conn:
        key = hub_escrow.read_out(two.hub, conn, dev, two.clock()).key
    two.one.keys.unlock_by_recovery_key(key)
    two.link.down = True
    part.chip.click()
    qtbot.waitUntil(lambda: not host.frame.syncing.running and not escrow.state(store).wanted, timeout=20_000)
    assert not part.chip.isChecked() and not escrow.is_told(store)
    two.link.down = False
    host.frame.syncing.begin()
    qtbot.waitUntil(lambda: escrow.is_told(store), timeout=20_000)
    with two.hub.read() as conn:
        assert hub_escrow.left_by(conn, [dev]) == {}
