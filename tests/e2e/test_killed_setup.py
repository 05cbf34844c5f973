"""Setting a desk up is killed at any moment: it is told as what it is and begins again, and a finished desk opens."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kanto_desk import app
from kanto_desk.clock import system_clock
from kanto_desk.errors import Trouble
from kanto_desk.services import desk as desks
from kanto_desk.services import organizations
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.pages.first_run import FirstRunPage
from tests.e2e.kill import template
from tests.e2e.program import PASSPHRASE, answer
from tests.services.conftest import CHEAP

KILLED = """
import os, signal, sys
from pathlib import Path
from kanto_desk.clock import system_clock
from kanto_desk.db.keys import Cost
from kanto_desk.services import desk
home, last = Path(sys.argv[1]), int(sys.argv[2])
step = 0
def one_more():   # the process dies at one of its steps: a look at the clock, or at a file of the folder
    global step
    step += 1
    if step == last:
        os.kill(os.getpid(), signal.SIGKILL)
def clock():
    one_more()
    return system_clock()
def heard(event, given):
    if event in ("open", "os.rename", "os.remove", "os.chmod", "os.mkdir") and str(home) in str(given[0]):
        one_more()
made = None
sys.addaudithook(lambda event, given: made is None and heard(event, given))
made = desk.create(home, sys.argv[3], person="高橋 直子", clock=clock, cost=Cost(1, 64, 1))
print(step)
made.close()
"""


def set_up(home: Path, killed_at: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", KILLED, str(home), str(killed_at), PASSPHRASE], check=False,
                          capture_output=True, encoding="utf-8")


def moments(folder: Path) -> range:
    done = set_up(folder / "whole", 0)
    assert done.returncode == 0, done.stderr
    return range(1, int(done.stdout) + 1)


def test_killed_at_any_moment_it_begins_again(tmp_path: Path) -> None:
    unfinished = 0
    for at in moments(tmp_path)[::3]:
        home = tmp_path / f"killed-{at}"
        assert set_up(home, at).returncode == -signal.SIGKILL
        if (home / "setup.unfinished").exists():
            unfinished += 1
            with pytest.raises(Trouble, match="はじめの設定が、途中で終わっています") as told:
                desks.unlock(home, PASSPHRASE, cost=CHEAP)
            assert "まだ何も記録されていません" in told.value.safe
            made = desks.create(home, "another phrase", person="宮坂", cost=CHEAP)
        elif desks.exists(home):   # killed when all was done
            made = desks.unlock(home, PASSPHRASE, cost=CHEAP)
        else:
            made = desks.create(home, "another phrase", person="宮坂", cost=CHEAP)
        try:
            assert organizations.listing(made.store) and made.store.device()[0]
        finally:
            made.close()
        assert not (home / "setup.unfinished").exists()
    assert unfinished >= 3


def first_unfinished(tmp_path: Path) -> Path:
    for at in moments(tmp_path):
        home = tmp_path / f"killed-{at}"
        set_up(home, at)
        if (home / "setup.unfinished").exists() and (home / "keys.json").exists():
            return home
    raise AssertionError("no moment leaves keys without a desk")


def test_the_window_says_so_and_sets_up(qtbot: QtBot, tmp_path: Path) -> None:
    home = first_unfinished(tmp_path)
    window = app.build(home, "ja", system_clock, options={"cost": template.CHEAP})
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    page = window.gate
    assert isinstance(page, FirstRunPage)
    told = [notice.message.plain() for notice in page.findChildren(Notice) if notice.isVisible()]
    assert told == ["前のはじめの設定は、途中で終わっていました。まだ何も記録されていません。もう一度はじめます。"]
    page.name.setFocus()
    QTest.keyClicks(page.name, "Takahashi")
    page.passphrase.setFocus()
    QTest.keyClicks(page.passphrase, "mizuumi jitensha")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.frame is not None, timeout=20_000)
    window.close()
    qtbot.waitUntil(lambda: window.desk is None, timeout=20_000)   # the last backup first
    desks.unlock(home, "mizuumi jitensha", cost=CHEAP).close()


def test_commands_say_so_and_records_that_are_there_all_the_same_are_kept(tmp_path: Path) -> None:
    home = first_unfinished(tmp_path)
    assert answer(home, "organizations", "list", code=4)["message"] == "はじめの設定が、途中で終わっています。"
    whole = tmp_path / "whole"
    (whole / "setup.unfinished").touch()   # as if its end had never reached the disk
    before = (whole / "records.db").read_bytes()
    desks.create(whole, "another phrase", person="宮坂", cost=CHEAP).close()
    aside = next(whole.glob("unfinished-*"))
    assert (aside / "records.db").read_bytes() == before and (aside / "keys.json").exists()


def test_a_lost_file_of_a_finished_desk_is_no_unfinished_setup(tmp_path: Path) -> None:
    home = tmp_path / "home"
    desks.create(home, PASSPHRASE, person="高橋", cost=CHEAP).close()
    for file in home.glob("records.db*"):
        file.unlink()
    with pytest.raises(desks.RecordsLost):
        desks.unlock(home, PASSPHRASE, cost=CHEAP)
