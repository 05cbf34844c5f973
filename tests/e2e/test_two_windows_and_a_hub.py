"""Two real windows on screens of their own and a real hub process: joined by keys, edited apart, killed in the middle of a
sync on both sides, brought together, and the conflict decided by keys. Then both folders are read.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.clock import system_clock
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.services import contested, history, sending
from kanto_desk.services import desk as desks
from tests.e2e.program import ROOT
from tests.e2e.screen import Screen, end, missing, until
from tests.services.conftest import CHEAP
from tests.sync.parts import a_body, a_hub, a_person

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no screen of its own here: {', '.join(missing())} is missing")
PASSPHRASE = "mizuumi jitensha"
BACKLOG, A_STEP = 24_000, 400   # records; several batches of a sync
SEED = "Start from contract work."


class HubProcess:
    """Serves a folder on one port; can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"https://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.hub_on_port", str(self._folder), str(self._port)],
            stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == self.url

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


class Laptop:
    """A folder and the program on it, on a screen of its own."""

    def __init__(self, home: Path, person: str) -> None:
        self.home, self.person = home, person
        self.errors = home.with_name(home.name + ".errors")
        desk = desks.create(home, PASSPHRASE, person=person, organization="Kanto Centre", clock=system_clock, cost=CHEAP)
        self.dev = f"{desk.store.device()[0]:016x}"
        desk.close()

    def start(self, screen: Screen) -> None:
        self.screen = screen
        self.program = screen.start("-m", "kanto_desk", errors=self.errors, KANTO_DESK_HOME=str(self.home),
                                    HOME=str(self.home.parent), XDG_RUNTIME_DIR=str(self.home.parent))
        screen.wait_for_title("kanto-desk")
        screen.rest()
        screen.type(PASSPHRASE)
        screen.key("Return")
        until(lambda: any(title != "kanto-desk" for title in screen.titles().values()), "the desk did not open")
        screen.rest()

    def kill(self) -> None:
        """kill -9 of the window."""
        self.program.kill()
        self.program.wait()

    def join(self, line: str) -> None:
        """同期, the line, Ctrl+Enter."""
        self.screen.key("alt+6")
        self.screen.wait_for_title("同期")
        self.screen.rest()
        self.screen.type(line)
        self.screen.key("ctrl+Return")

    def edit_last_line(self, text: str) -> None:
        """Find the company, open its last visit, ↑ in the empty box, write over the line."""
        self.screen.key("ctrl+k")
        self.screen.rest()
        self.screen.type("Konan")
        self.screen.rest()
        self.screen.key("Return")
        self.screen.wait_for_title("Konan")
        self.screen.rest()
        self.screen.key("ctrl+shift+l")
        self.screen.wait_for_title("第1回")
        self.screen.rest()
        self.screen.key("ctrl+l", "Up")
        self.screen.rest()
        self.screen.key("ctrl+a")
        self.screen.type(text)
        self.screen.key("Return")
        self.screen.rest()

    def sync(self) -> None:
        self.screen.key("ctrl+shift+s")

    def opened(self) -> Store:
        """The folder, after the program has ended."""
        self.desk = desks.unlock(self.home, PASSPHRASE)
        return self.desk.store


def received(hub: Hub, dev: str = "") -> int:
    """How many changes the hub holds, of one laptop or of all."""
    with hub.read() as conn:
        c = t.received.c
        return int(conn.execute(select(func.count()).select_from(t.received).where(*((c.dev == dev,) if dev else ()))).scalar_one())


def write(home: Path) -> tuple[str, str]:
    """A company, a visit and its lines, as a desk writes them; gives the visit and its last line."""
    desk = desks.unlock(home, PASSPHRASE)
    store = desk.store
    with store.operation("相談") as op:
        company = op.add("organization", {"name": "Konan Seiko", "kana": "コナンセイコウ"})
        visit = op.add("consultation", {"organization": company, "nth": 1, "theme": "Medical devices",
                                        "held_on": store.clock().date()})
        line = op.add("entry", {"consultation": visit, "kind": "said", "text": SEED, "place": "z", "at": store.clock()})
    desk.close()
    return visit, line


def test_apart_killed_together_and_decided_by_keys(tmp_path: Path) -> None:
    own = a_hub(tmp_path / "hub", system_clock)
    hub = HubProcess(tmp_path / "hub")
    one, two = Laptop(tmp_path / "one" / "home", "Takahashi Naoko"), Laptop(tmp_path / "two" / "home", "Sasaki Ryo")
    visit, line = write(one.home)
    body = a_body(own)
    people = [a_person(own, body, name=laptop.person) for laptop in (one, two)]
    mark = fingerprint((tmp_path / "hub" / CA_FILE).read_bytes())

    def invitation(person: str) -> str:
        with own.write() as conn:
            return line_of_enrolment(hub.url, accounts.new_code(conn, person, system_clock()), mark)
    hub.start()
    try:
        with Screen() as first, Screen() as second:
            one.start(first)
            two.start(second)
            one.join(invitation(people[0]))
            until(lambda: received(own, one.dev) >= 3, "the first laptop did not send")
            two.join(invitation(people[1]))
            second.rest()
            second.rest()
            hub.kill()   # from here on there is no network
            one.edit_last_line("Start from contract work, certified in two years.")
            two.edit_last_line("Start from contract work, with the prefecture centre.")
            two.sync()   # in vain: the page says so, nothing else happens
            second.rest()
            assert two.program.poll() is None and received(own) == 3

            end(one.program)
            _more(one.home)
            hub.start()
            one.start(first)
            one.sync()
            until(lambda: received(own, one.dev) > 3, "no batch arrived")
            hub.kill()                       # in the middle of the sync
            first.rest()
            at_kill = received(own, one.dev)
            assert at_kill < BACKLOG, "the hub was killed when everything had arrived already"
            hub.start()
            one.sync()
            until(lambda: received(own, one.dev) > at_kill, "the sync did not go on")
            one.kill()                       # now the window, in the middle of its sync
            assert received(own, one.dev) < BACKLOG + 4
            one.start(first)
            one.sync()
            until(lambda: received(own, one.dev) >= BACKLOG + 4, "not everything arrived", 240.0)
            two.sync()
            until(lambda: received(own, two.dev) >= 1, "the second laptop did not send")
            first.rest()
            one.sync()
            first.rest()
            first.rest()

            first.key("alt+6")
            first.wait_for_title("同期")
            first.rest()
            first.key("Tab", "Tab", "Tab", "Return")   # いま同期する → ファイルを書き出す → 取り込む → 確認する
            first.rest()
            first.key("shift+Tab", "space", "ctrl+Return")   # 両方を残す is offered first → 相手 → この内容で決める
            first.rest()
            one.sync()
            until(lambda: received(own, one.dev) >= BACKLOG + 5, "the decision was not sent")
            for _ in range(12):              # what the other lacks comes in slices, while its window stays alive
                second.rest()
            two.sync()
            for _ in range(4):
                second.rest()
            assert one.program.poll() is None and two.program.poll() is None
            end(one.program)
            end(two.program)
    finally:
        hub.kill()
        own.close()
    assert (one.errors.read_text("utf-8"), two.errors.read_text("utf-8")) == ("", "")
    stores = [laptop.opened() for laptop in (one, two)]
    try:
        for store in stores:
            assert contested.count(store) == 0
            found = store.get(Entry, line)
            assert found is not None and found.text == "Start from contract work, with the prefecture centre."
            assert sending.unsent(store).changes == 0
            told = [change.after for group in history.groups(store, ("consultation", visit)) for change in group.changes]
            assert "Start from contract work, certified in two years." in told, "the side not chosen stays in 変更履歴"
        counts = []
        for store in stores:
            with store.read() as conn:
                counts.append(conn.execute(select(func.count()).where(Organization.name.like("No. %"))).scalar_one())
        assert counts == [BACKLOG, BACKLOG]
    finally:
        for laptop in (one, two):
            laptop.desk.close()


def _more(home: Path) -> None:
    """So many records that a sync takes several batches."""
    desk = desks.unlock(home, PASSPHRASE)
    for begin in range(0, BACKLOG, A_STEP):
        with desk.store.operation("企業の取り込み") as op:
            for n in range(begin, begin + A_STEP):
                op.add("organization", {"name": f"No. {n}", "notes": "x" * 40})
    desk.close()
