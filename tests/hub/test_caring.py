"""What a serving hub looks after by itself: its certificate, its authority, its files; a real process with a set clock."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from sqlalchemy import select

from kanto_desk.clock import system_clock
from kanto_desk.hub import authorities
from kanto_desk.hub import tables as t
from kanto_desk.hub.content_address import place_of
from kanto_desk.hub.own_ca import CA_DAYS, CA_FILE, CA_KEY, SERVER_DAYS, authority_ends, fingerprint, ready_server
from kanto_desk.sync.client import keep_known, known_hub
from kanto_desk.sync.link import HttpsLink
from tests.hub.test_operations import a_code
from tests.hub.test_process import joined, sync
from tests.sync.parts import a_body, a_hub, a_person

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from datetime import timedelta
from pathlib import Path
from kanto_desk.clock import system_clock
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.serving import serve
folder, days = Path(sys.argv[1]), Path(sys.argv[2])
hub = open_hub(folder, lambda: system_clock() + timedelta(days=int(days.read_text())))
serve(hub, "127.0.0.1", 0, ["127.0.0.1", "localhost"], lambda url: print(url, flush=True), 0.1)
hub.close()
"""


class Cared:
    """A hub in a process of its own whose clock goes by a file of days, looked after ten times a second."""

    def __init__(self, url: str, days: Path, log: Path) -> None:
        self.url, self._days, self._log = url, days, log

    def forward(self, days: int) -> None:
        new = self._days.with_suffix(".new")
        new.write_text(str(days))
        new.replace(self._days)

    def shown(self) -> x509.Certificate:
        """The certificate that a new connection is shown."""
        parts = urlsplit(self.url)
        return x509.load_pem_x509_certificate(ssl.get_server_certificate((parts.hostname, parts.port)).encode())

    def log(self) -> str:
        return self._log.read_text()


@contextmanager
def cared_for(folder: Path, place: Path) -> Iterator[Cared]:
    place.mkdir(exist_ok=True)
    days, log = place / "days", place / "log"
    days.write_text("0")
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), str(days)], stdout=subprocess.PIPE,
                                   stderr=out, text=True, cwd=ROOT)
    try:
        url = process.stdout.readline().strip()
        assert url, log.read_text()
        yield Cared(url, days, log)
    finally:
        process.terminate()
        ended = process.wait(timeout=60)
        process.stdout.close()
    assert ended in (0, -signal.SIGTERM), log.read_text()


def until(seen: Callable[[], bool], it: Cared) -> None:
    for _ in range(300):
        if seen():
            return
        time.sleep(0.1)
    pytest.fail(it.log())


@pytest.fixture
def hub(tmp_path: Path):
    made = a_hub(tmp_path / "hub", system_clock)
    yield made
    made.close()


def test_a_running_hub_renews_its_certificate_before_it_ends(hub, tmp_path: Path) -> None:
    person = a_person(hub, a_body(hub))
    with cared_for(hub.folder, tmp_path / "care") as it:
        store = joined(tmp_path, "one", it.url, a_code(hub, person))
        first = it.shown()
        open_before = HttpsLink(it.url, (hub.folder / CA_FILE).read_text())
        assert open_before("/sync", {}, b"")[0] == 400
        it.forward(300)
        until(lambda: "swept" in it.log(), it)   # it has looked after the hub on that day
        assert it.shown() == first
        it.forward(SERVER_DAYS - 30)
        until(lambda: it.shown() != first, it)
        assert it.shown().not_valid_after_utc - first.not_valid_after_utc > timedelta(days=300)
        assert open_before("/sync", {}, b"")[0] == 400   # what was connected stays so
        open_before.close()
        sync(store)   # trusts the same authority
        store.close()
        assert "certificate renewed" in it.log() and "care failed" not in it.log()


def test_a_running_hub_takes_the_next_authority_when_it_is_put_into_use(hub, tmp_path: Path) -> None:
    person = a_person(hub, a_body(hub))
    with cared_for(hub.folder, tmp_path / "care") as it:
        store = joined(tmp_path, "one", it.url, a_code(hub, person))
        first = it.shown()
        fresh = authorities.announce(hub)
        for _ in range(2):   # learns it, and says so
            sync(store)
        assert authorities.use_next(hub) == fresh
        until(lambda: it.shown() != first, it)
        sync(store)
        known = known_hub(store)
        known.ca = known.ca.split("-----END CERTIFICATE-----\n")[1] + "-----END CERTIFICATE-----\n"
        with store.write() as conn:   # the old one alone is not enough, the new one is
            keep_known(conn, known)
        sync(store)
        store.close()


def test_the_next_authority_is_announced_a_year_before_the_old_one_ends(hub, tmp_path: Path) -> None:
    ends = authority_ends(hub.folder)
    person = a_person(hub, a_body(hub))
    with cared_for(hub.folder, tmp_path / "care") as it:
        store = joined(tmp_path, "one", it.url, a_code(hub, person))
        until(lambda: '"swept"' in it.log(), it)   # it has looked once, before the day is another one
        it.forward(CA_DAYS - 405)
        until(lambda: it.log().count('"swept"') >= 2, it)
        assert not authorities.next_of(hub)
        it.forward(CA_DAYS - 390)
        until(lambda: "authority ends" in it.log(), it)
        assert ends == authority_ends(hub.folder) and '"not_told": 1' in it.log()
        assert authorities.not_told(hub) == ["one"]
        with hub.read() as conn:
            assert conn.execute(select(t.audit.c.who).where(t.audit.c.what == "authority announced")).scalars().all() == ["hub"]
        store.close()


def test_a_change_of_the_authority_that_was_cut_is_gone_on_with(hub) -> None:
    fresh = authorities.announce(hub)
    old = (hub.folder / CA_FILE).read_bytes()
    former = hub.folder / authorities.FORMER
    former.mkdir()
    (hub.folder / CA_KEY).rename(former / CA_KEY)   # as far as it came
    (hub.folder / authorities.NEXT / CA_KEY).rename(hub.folder / CA_KEY)
    key = (former / CA_KEY).read_bytes()
    assert authorities.use_next(hub) == fresh == fingerprint((hub.folder / CA_FILE).read_bytes())
    assert ((former / CA_KEY).read_bytes(), (former / CA_FILE).read_bytes()) == (key, old)
    chain, _ = ready_server(hub.folder, ["localhost"], system_clock())
    x509.load_pem_x509_certificate(chain.read_bytes()).verify_directly_issued_by(
        x509.load_pem_x509_certificate((hub.folder / CA_FILE).read_bytes()))


def test_files_are_looked_through_once_a_day(hub, tmp_path: Path) -> None:
    place_of(hub).put("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589", [b"abcd"])
    with cared_for(hub.folder, tmp_path / "care") as it:
        until(lambda: it.log().count('"swept"') == 1, it)
        for week in range(1, 6):
            assert list(place_of(hub).names())
            it.forward(week * 7)
            until(lambda week=week: it.log().count('"swept"') == week + 1, it)
        assert not list(place_of(hub).names())
        assert "care failed" not in it.log()
