"""The first fill of an open window in a process of its own: typing goes on, stop, kill, going on. Real hub process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import func, select

from kanto_desk import own_process
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Turn
from kanto_desk.errors import Trouble
from kanto_desk.services import consultations, filling_apart, filling_child, organizations, receipts, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.sync.client import keep_known, known_hub
from tests.ui.host import Host
from tests.ui.sync.filled import Full, full_hub

COMPANIES, VISITS = 300, 900
LONG_MS = 60_000


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Full]:
    with full_hub(tmp_path_factory.mktemp("full") / "hub", COMPANIES, VISITS) as made:
        yield made


@pytest.fixture
def desk(full: Full, tmp_path: Path) -> Iterator[Desk]:
    made = full.desk(tmp_path / "desk")
    yield made
    made.close()


@pytest.fixture
def host(desk: Desk) -> Iterator[Host]:
    made = Host(desk)
    made.frame.begin()
    made.settle()
    yield made
    made.end()


def rows(desk: Desk) -> int:
    """Companies and visits of the hub that are here."""
    with desk.store.read() as conn:
        return sum(conn.execute(select(func.count()).where(wire_table(name).c[field].like(words))).scalar_one()
                   for name, field, words in (("organization", "name", "株式会社 見本______製作所"),
                                              ("consultation", "theme", "第%回 医療機器への参入 %")))


def children() -> list[int]:
    """The processes that fill for this one."""
    said = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True)
    return [int(line.split()[0]) for line in said.stdout.splitlines() if own_process.FILL in line]


def test_lines_are_written_while_the_child_fills(desk: Desk, host: Host, qtbot: QtBot) -> None:
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    visit = consultations.create(desk.store, company)
    consultations.start(desk.store, visit)
    host.open(visit)
    host.frame.sync_now()
    qtbot.waitUntil(lambda: bool(children()), timeout=LONG_MS)
    qtbot.waitUntil(lambda: rows(desk) > 0, timeout=LONG_MS)
    assert host.frame.syncing.running
    host.frame.do("capture")
    for n in range(3):
        for letter in f"line {n}":
            qtbot.keyClick(host.focus(), letter)
        qtbot.keyClick(host.focus(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    host.settle()
    assert host.frame.syncing.trouble is None and children() == []
    assert [line.text for line in timeline.lines(desk.store, visit)] == ["line 0", "line 1", "line 2"]
    assert rows(desk) == COMPANIES + VISITS
    noted, *_ = receipts.kept(desk.store)
    assert noted.came >= COMPANIES + VISITS and not noted.stopped
    assert not filling_apart.is_due(desk.store), "what comes next is little, and comes on the thread"


class Noting(Turn):
    """Turns of a store, with who had them."""

    def __init__(self) -> None:
        super().__init__()
        self.had: list[str] = []

    def __enter__(self) -> None:
        super().__enter__()
        self.had.append(threading.current_thread().name)


def test_the_child_writes_in_its_turn_among_the_saves_of_the_window(desk: Desk) -> None:
    """So a save waits for one slice at most, as it does for a thread (`Turn` serves in the order they came)."""
    desk.store.turn = turn = Noting()
    receipt = filling_apart.run(desk, lambda _receipt: True)
    assert receipt.complete and rows(desk) == COMPANIES + VISITS
    assert len(turn.had) >= (COMPANIES + VISITS) / filling_child.SLICE
    with turn:
        pass   # given back at the end


def test_a_turn_of_a_killed_child_is_given_back(desk: Desk) -> None:
    class Killing(Noting):
        def __enter__(self) -> None:
            super().__enter__()
            if len(self.had) == 9:
                os.kill(children()[0], signal.SIGKILL)
    desk.store.turn = Killing()
    with pytest.raises(Trouble, match="途中で止まりました"):
        filling_apart.run(desk, lambda _receipt: True)
    organizations.create(desk.store, {"name": "株式会社 湖南精工"})   # does not wait for a turn that nobody ends


def test_an_installed_program_starts_itself_as_the_child(
        desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The executable of a package starts no module; a script that is the program stands for it."""
    program = tmp_path / "kanto-desk"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\nexec "{sys.executable}" -m kanto_desk "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert filling_apart.is_due(desk.store)
    receipt = filling_apart.run(desk, lambda _receipt: True)
    assert receipt.complete and rows(desk) == COMPANIES + VISITS
    assert (tmp_path / "asked").read_text().split() == [own_process.FILL]


def test_stop_ends_the_child_and_the_next_sync_goes_on(desk: Desk, host: Host, qtbot: QtBot) -> None:
    host.frame.sync_now()
    qtbot.waitUntil(lambda: rows(desk) > 0, timeout=LONG_MS)
    host.frame.syncing.stop(0)
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    host.settle()
    noted, *_ = receipts.kept(desk.store)
    assert host.frame.syncing.trouble is None and noted.stopped and children() == []
    assert 0 < rows(desk) < COMPANIES + VISITS and filling_apart.is_due(desk.store)
    assert noted.came >= rows(desk)
    host.frame.sync_now()
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    host.settle()
    noted, *_ = receipts.kept(desk.store)
    assert host.frame.syncing.trouble is None and not noted.stopped and rows(desk) == COMPANIES + VISITS


def test_a_killed_child_is_told_and_the_next_sync_goes_on(desk: Desk, host: Host, qtbot: QtBot) -> None:
    host.frame.sync_now()
    qtbot.waitUntil(lambda: rows(desk) > 0, timeout=LONG_MS)
    child, = children()
    os.kill(child, signal.SIGKILL)
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    trouble = host.frame.syncing.trouble
    assert trouble is not None and "途中で止まりました" in trouble.happened and "続きから" in trouble.to_do
    came = rows(desk)
    assert 0 < came < COMPANIES + VISITS and filling_apart.is_due(desk.store)
    host.frame.sync_now()
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=LONG_MS)
    assert host.frame.syncing.trouble is None and rows(desk) == COMPANIES + VISITS


def test_a_hub_that_cannot_be_reached_is_told_as_ever(desk: Desk, full: Full) -> None:
    with desk.store.write() as conn:
        known = known_hub(desk.store)
        known.url = "https://127.0.0.1:9"
        keep_known(conn, known)
    with pytest.raises(OSError):
        filling_apart.run(desk, lambda _receipt: True)
    assert children() == []
