"""Two real processes of one hub on PostgreSQL: what each must know of the other, and both behind nginx."""

from __future__ import annotations

import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.clock import system_clock
from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.limits import LIMITS
from kanto_desk.hub.opening import Hub, create, last_number
from kanto_desk.hub.own_ca import CA_FILE, SERVER_FILE, SERVER_KEY, make_ca
from kanto_desk.sync import wire
from kanto_desk.sync.client import Exchange, known_hub
from kanto_desk.sync.link import HttpsLink
from tests.hub.behind import nginx
from tests.hub.served import Served, served
from tests.hub.test_operations import a_code
from tests.hub.test_process import joined
from tests.hub.test_requests import a_request
from tests.hub.test_web import a_secretary, a_session, sign_in
from tests.sync.parts import a_body, a_person
from tests.sync.test_exchange import a_visit

ROOT = Path(__file__).parents[2]
ROUNDS = 6


class Desk:
    """A laptop that takes turns between the processes."""

    def __init__(self, store, its: list[Served]) -> None:
        self.store = store
        self.links = [HttpsLink(it.url, (it.folder / CA_FILE).read_text()) for it in its]
        self.turn = 0

    def __call__(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self.turn += 1
        return self.links[self.turn % len(self.links)](path, headers, body)

    def sync(self) -> None:
        known = known_hub(self.store)
        assert known is not None
        assert Exchange(self.store, self, known).run().complete

    def close(self) -> None:
        for link in self.links:
            link.close()
        self.store.close()


@pytest.fixture
def world(postgresql: Callable[[], str], tmp_path: Path) -> Iterator[tuple[Hub, list[Served], str]]:
    database = postgresql()
    hub = create(tmp_path / "hub", system_clock, "事務局", database)
    person = a_person(hub, a_body(hub))
    with ExitStack() as stack:
        starting: list[Served | None] = [None, None]

        def start(n: int) -> None:   # both at once: they make the server's certificate together
            starting[n] = stack.enter_context(served(tmp_path / "hub", database))

        threads = [threading.Thread(target=start, args=(n,)) for n in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        yield hub, [it for it in starting if it is not None], person
    hub.close()


def test_laptops_that_change_between_two_processes_lose_nothing(world, tmp_path: Path) -> None:
    hub, its, person = world
    assert len(its) == 2
    desks = [Desk(joined(tmp_path, f"desk{n}", its[n % 2].url, a_code(hub, person)), its) for n in range(4)]
    _, visit, _ = a_visit(desks[0])
    for desk in desks:
        desk.sync()
    failures: list[BaseException] = []

    def work(n: int) -> None:
        try:
            for i in range(ROUNDS):
                with desks[n].store.operation("行") as op:
                    op.add("entry", {"consultation": visit, "kind": "said", "text": f"行{n}-{i}"})
                desks[n].sync()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for desk in desks:
        desk.sync()
        with desk.store.read() as conn:
            assert conn.execute(select(func.count()).select_from(Entry.__table__)).scalar_one() == 4 * ROUNDS + 1
    with hub.read() as conn:   # each number was given out once
        numbers = conn.execute(select(t.received.c.n)).scalars().all()
        assert len(numbers) == len(set(numbers)) == 3 + 4 * ROUNDS and max(numbers) <= last_number(conn, "n")
        audit = conn.execute(select(t.audit.c.n).order_by(t.audit.c.n)).scalars().all()
        assert audit == list(range(1, len(audit) + 1))
        parts = conn.execute(select(t.device.c.part)).scalars().all()
        assert len(set(parts)) == 4
    for desk in desks:
        desk.close()


def test_a_request_seen_by_one_is_a_repeat_for_the_other(world, tmp_path: Path) -> None:
    hub, its, person = world
    desk = Desk(joined(tmp_path, "desk", its[0].url, a_code(hub, person)), its)
    a_visit(desk)
    headers, body = a_request(desk)
    said = [HttpsLink(it.url, (it.folder / CA_FILE).read_text()) for it in its]
    assert said[0]("/sync", headers, body)[0] == 200
    status, answer = said[1]("/sync", headers, body)
    assert (status, wire.unpacked(answer, wire.Problem).reason) == (401, "repeated")
    for link in said:
        link.close()
    desk.close()


def test_limits_and_sessions_hold_over_both(world) -> None:
    hub, its, _ = world
    with hub.read() as conn:
        body = conn.execute(select(t.body.c.uid)).scalar_one()
    a_secretary(hub, body)
    cookie, _ = a_session(its[0])
    assert its[1].ask("/web", headers={"Cookie": cookie})[0] == 200
    ask = wire.packed(wire.Enrol(1, "AAAA", "0" * 16, "x", "x", "x"))
    most = LIMITS["code"].most
    assert [its[n % 2].ask("/enrol", "POST", ask)[0] for n in range(most + 2)] == [403] * most + [429, 429]
    most = LIMITS["sign-in"].most
    assert [sign_in(its[n % 2], password="違います違います")[0] for n in range(most)] == [401] * most
    assert {sign_in(it)[0] for it in its} == {429}


def test_both_show_a_certificate_of_the_one_authority(world) -> None:
    _, its, _ = world
    for it in its:
        for _ in range(3):
            assert it.ask("/health/ready")[0] == 200   # verified against the authority
    assert (its[0].folder / SERVER_FILE).read_bytes().count(b"BEGIN CERTIFICATE") == 1


def test_one_that_ends_leaves_the_other_serving(world, tmp_path: Path) -> None:
    hub, its, person = world
    desk = Desk(joined(tmp_path, "desk", its[1].url, a_code(hub, person)), [its[1]])
    its[0].process.send_signal(signal.SIGTERM)
    assert its[0].process.wait(timeout=30) == 0
    a_visit(desk)
    desk.sync()
    desk.close()


def test_processes_that_begin_at_once_agree_on_key_and_certificate(tmp_path: Path) -> None:
    make_ca(tmp_path, "x", system_clock())
    program = (f"from pathlib import Path; from kanto_desk.clock import system_clock; from kanto_desk.hub.own_ca import ready_server\n"
               f"for n in range(40): ready_server(Path({str(tmp_path)!r}), [f'h{{n}}.example'], system_clock())")
    processes = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tmp_path / SERVER_FILE, tmp_path / SERVER_KEY)


# -- behind nginx, with the configuration of the document ----------------------------------------------------------------


def test_behind_nginx_as_documented(world, tmp_path: Path) -> None:
    hub, its, person = world
    with nginx(its[0].folder, [it.address[1] for it in its]) as url:
        front = Served(url, its[0].folder, its[0].process, its[0].log_file)
        store = joined(tmp_path, "desk", url, a_code(hub, person))
        desk = Desk(store, [front])
        _, visit, _ = a_visit(desk)
        for i in range(6):
            with store.operation("行") as op:
                op.add("entry", {"consultation": visit, "kind": "said", "text": f"行{i}"})
            desk.sync()
        assert front.ask("/metrics")[0] in (403, 404) and front.ask("/health/ready")[0] == 200
        assert front.ask("/sync", "POST", b"x" * (33 << 20))[0] == 413
        its[0].process.send_signal(signal.SIGTERM)   # as for an update: one after the other
        assert its[0].process.wait(timeout=30) == 0
        for i in range(6):
            with store.operation("行") as op:
                op.add("entry", {"consultation": visit, "kind": "said", "text": f"後{i}"})
            desk.sync()
        with hub.read() as conn:
            assert accounts.laptop_of(conn, f"{store.device()[0]:016x}", system_clock().date()).seq == 15
        desk.close()
