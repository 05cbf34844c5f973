"""What docs/hub.md promises of nginx, PostgreSQL and two processes, walked by all of them: sizes, page, addresses, ends."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kanto_desk.clock import system_clock
from kanto_desk.db.attachments import CHUNK
from kanto_desk.db.records.consultations import Entry
from kanto_desk.errors import Trouble
from kanto_desk.hub.content_address import place_of
from kanto_desk.hub.limits import LIMITS
from kanto_desk.hub.opening import create
from kanto_desk.services import carrying, syncing
from kanto_desk.sync import wire
from kanto_desk.sync.link import HttpsLink
from tests.hub.behind import in_front, own_postgresql
from tests.hub.served import Served
from tests.hub.test_operations import a_code
from tests.hub.test_process import joined
from tests.hub.test_web import a_secretary, a_session, sign_in
from tests.sync.parts import a_body, a_person
from tests.sync.test_contents import a_photo, blobs_of
from tests.sync.test_exchange import a_visit


class Desk:
    """A laptop that joined through nginx."""

    def __init__(self, world, tmp_path: Path, name: str) -> None:
        hub, front, _, person, _ = world
        self.store = joined(tmp_path, name, front.url, a_code(hub, person))
        self.sizes: list[int] = []

    def link(self, url: str, ca: str):
        way = HttpsLink(url, ca)

        def noted(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            self.sizes.append(len(body))
            return way(path, headers, body)

        noted.close = way.close
        return noted

    def sync(self, wait=time.sleep) -> None:
        assert syncing.sync(self.store, link=self.link, wait=wait).complete

    def lines(self, visit: str) -> int:
        with self.store.read() as conn:
            return conn.execute(select(func.count()).where(Entry.consultation == visit)).scalar_one()

    def write(self, visit: str, text: str) -> None:
        with self.store.operation("行") as op:
            op.add("entry", {"consultation": visit, "kind": "said", "text": text})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    folder = tmp_path_factory.mktemp("behind") / "hub"
    with own_postgresql() as server:
        database = server.database()
        hub = create(folder, system_clock, "事務局", database)
        body = a_body(hub)
        a_secretary(hub, body)
        person = a_person(hub, body)
        with in_front(folder, database) as (front, its):
            yield hub, front, its, person, server
        hub.close()


@pytest.fixture
def place(world, tmp_path: Path) -> Path:
    """Where `joined` finds the hub's authority beside the laptops."""
    (tmp_path / "hub").symlink_to(world[0].folder)
    return tmp_path


@pytest.mark.slow
def test_a_batch_of_4_mib_passes(world, place: Path) -> None:
    one, two = (Desk(world, place, name) for name in ("one", "two"))
    _, visit, _ = a_visit(one)
    chance = random.Random(1)
    letters = [chr(n) for n in range(0x4E00, 0x9FA0)]
    with one.store.operation("行") as op:
        for _ in range(69):
            op.add("entry", {"consultation": visit, "kind": "said", "text": "".join(chance.choices(letters, k=20_000))})
    one.sync()
    assert max(one.sizes) > wire.MOST_BYTES // 2
    two.sync()
    assert two.lines(visit) == one.lines(visit) == 70
    for desk in (one, two):
        desk.store.close()


def test_two_desks_with_chunks_of_1_mib_and_bodies_at_the_limit(world, place: Path) -> None:
    hub, front, _, _, _ = world
    one, two = (Desk(world, place, name) for name in ("one", "two"))
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK)
    one.sync()
    assert carrying.carry(one.store, one.blobs, link=one.link).sent == 1
    assert max(one.sizes[-4:]) > CHUNK and place_of(hub).check(digest)
    two.sync()
    assert carrying.fetch_one(two.store, blobs_of(two), digest, link=two.link) == one.blobs.get(digest)
    status, _, body = front.ask("/sync", "POST", b"x" * (wire.MOST_UNPACKED - 1000))
    assert status == 400 and wire.unpacked(body, wire.Problem)   # of the hub, not of nginx
    assert front.ask("/sync", "POST", b"x" * (wire.MOST_UNPACKED + 1000))[0] == 413
    for desk in (one, two):
        desk.store.close()


def test_the_page_signs_in_through_it_and_strange_forms_do_nothing(world) -> None:
    _, front, _, _, _ = world
    assert sign_in(front, Origin="https://other.example")[0] == 403
    status, headers, _ = sign_in(front)
    assert (status, headers["location"]) == (303, "/web")
    kept = {part.strip().lower() for part in headers["set-cookie"].split(";")[1:]}
    assert {"secure", "httponly", "samesite=strict", "path=/"} <= kept and headers["set-cookie"].startswith("__Host-")
    cookie, word = a_session(front)
    for _ in range(4):   # whichever process answers
        assert front.ask("/web", headers={"Cookie": cookie})[0] == 200
    body = f"form={word}".encode()
    assert front.ask("/web/sign-out", "POST", body, {"Cookie": cookie, "Origin": "https://other.example"})[0] == 403
    assert front.ask("/web/sign-out", "POST", b"form=x", {"Cookie": cookie, "Origin": front.url})[0] == 403
    assert front.ask("/web", headers={"Cookie": cookie})[0] == 200
    assert front.ask("/web/sign-out", "POST", body, {"Cookie": cookie, "Origin": front.url})[0] == 303
    assert front.ask("/web", headers={"Cookie": cookie})[0] == 303
    assert front.ask("/metrics")[0] == 404


def enrol_from(it: Served, source: str, **headers: str) -> int:
    """A wrong one-time code from an address of this machine."""
    connection = http.client.HTTPSConnection(*it.address, context=it.context(), timeout=60, source_address=(source, 0))
    try:
        connection.request("POST", "/enrol", wire.packed(wire.Enrol(1, "AAAA", "0" * 16, "x", "x", "x")), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_limits_go_by_the_address_that_nginx_saw_and_believe_nobody_else(world) -> None:
    _, front, its, _, _ = world
    most = LIMITS["code"].most
    # Behind nginx: what the client says of itself does not count, and others are not closed out with it.
    assert [enrol_from(front, "127.0.0.2", **{"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(most + 1)] == [403] * most + [429]
    assert enrol_from(front, "127.0.0.3") == 403
    # A process that is asked past nginx, by somebody who is not nginx, believes no header.
    straight = its[1].it
    assert [enrol_from(straight, "127.0.0.4", **{"X-Forwarded-For": f"10.0.1.{n}"}) for n in range(most + 1)] == [403] * most + [429]
    assert enrol_from(straight, "127.0.0.2") == 429   # both processes count together


@pytest.mark.slow
def test_processes_that_end_while_desks_sync_lose_nothing(world, place: Path) -> None:
    _, _, its, _, _ = world
    desks = [Desk(world, place, f"desk{n}") for n in range(2)]
    _, visit, _ = a_visit(desks[0])
    for desk in desks:
        desk.sync()
    over = threading.Event()
    failures: list[BaseException] = []
    written = [0, 0]

    def work(n: int) -> None:
        try:
            while not over.is_set():
                desks[n].write(visit, f"行{n}-{written[n]}")
                written[n] += 1
                desks[n].sync()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for it in its:   # an update: one after the other
        it.stop()
        it.start()
    its[0].kill()   # and what is no update
    its[0].start()
    over.set()
    for thread in threads:
        thread.join()
    assert not failures and all(n > 3 for n in written)
    for desk in desks * 2:
        desk.sync()
    assert [desk.lines(visit) for desk in desks] == [sum(written) + 1] * 2
    for desk in desks:
        desk.store.close()


@pytest.mark.slow
def test_no_process_at_all_is_told_and_the_queue_goes_on(world, place: Path) -> None:
    _, front, its, _, _ = world
    desk, other = (Desk(world, place, name) for name in ("one", "two"))
    _, visit, _ = a_visit(desk)
    desk.sync()
    for it in its:
        it.stop()
    desk.write(visit, "待つ行")
    with pytest.raises(Trouble, match="いま動いていません") as told:
        desk.sync()
    assert "このパソコンにあります" in told.value.safe and "もう一度同期します" in told.value.to_do
    assert syncing.waiting(desk.store).changes == 1
    for it in its:
        it.start()
    assert front.ask("/health/ready")[0] == 200   # at once: no process is left out for a while
    desk.sync()
    other.sync()
    assert syncing.waiting(desk.store).changes == 0
    with other.store.read() as conn:
        assert "待つ行" in conn.execute(select(Entry.text)).scalars().all()
    for each in (desk, other):
        each.store.close()


@pytest.mark.slow
def test_a_database_that_is_killed_is_told_and_the_queue_goes_on(world, place: Path) -> None:
    _, front, its, _, server = world
    desk, other = (Desk(world, place, name) for name in ("one", "two"))
    _, visit, _ = a_visit(desk)
    desk.sync()
    server.kill()
    desk.write(visit, "データベースを待つ行")
    with pytest.raises(Trouble, match="混み合って") as told:
        desk.sync(wait=lambda _seconds: True)
    assert "このパソコンにあります" in told.value.safe
    assert front.ask("/health/ready")[0] == 503 and front.ask("/health/live")[0] == 200
    assert syncing.waiting(desk.store).changes == 1
    server.start()
    for it in its:
        assert it.it.process.poll() is None   # the hub itself goes on, and needs no start
    for each in (desk, other):
        each.sync(wait=lambda _seconds: True)
    assert syncing.waiting(desk.store).changes == 0 and other.lines(visit) == desk.lines(visit) == 2
    for each in (desk, other):
        each.store.close()
