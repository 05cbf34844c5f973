"""Bad days between a desk and a hub served over a real TLS socket: what is told, that nothing is lost, that it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zstandard

from kanto_desk.clock import system_clock
from kanto_desk.db.records.consultations import Entry
from kanto_desk.errors import Trouble
from kanto_desk.hub.demonstrating import Shown, serving
from kanto_desk.services import syncing
from kanto_desk.sync.enrolling import enrol, invitation
from kanto_desk.sync.link import HttpsLink, authority_of
from kanto_desk.sync.wire import Problem, packed
from tests.db.parts import a_store
from tests.sync.test_exchange import a_visit

Answer = tuple[int, bytes]
Send = Callable[[], Answer]


class Desk:
    def __init__(self, store) -> None:
        self.store = store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Shown, Desk, Desk]]:
    with serving(tmp_path / "hub", "事務局", system_clock) as hub:
        desks = []
        for name in ("one", "two"):
            store = a_store(tmp_path / name, system_clock)
            asked = invitation(hub.line_for("高橋 直子"))
            assert asked is not None
            authority = authority_of(asked.url, asked.fingerprint)
            assert authority is not None
            enrol(store, asked, authority, name, HttpsLink)
            desks.append(Desk(store))
        yield hub, *desks
        for desk in desks:
            desk.store.close()


class Bad:
    """A real link on which the first request of a sync goes wrong."""

    def __init__(self, fault: Callable[[Send], Answer]) -> None:
        self.fault = fault

    def __call__(self, url: str, ca: str):
        real, asked = HttpsLink(url, ca), []

        def send(path: str, headers: dict[str, str], body: bytes) -> Answer:
            asked.append(path)
            if len(asked) == 1:
                return self.fault(lambda: real(path, headers, body))
            return real(path, headers, body)
        send.close = real.close
        return send


def lost(send: Send) -> Answer:
    send()
    raise ConnectionResetError("the reply was lost")


def cut(send: Send) -> Answer:
    status, answer = send()
    return status, answer[:len(answer) // 2]


def doubled(send: Send) -> Answer:
    send()
    return send()


def bomb(_send: Send) -> Answer:
    return 200, zstandard.ZstdCompressor(level=3).compress(b" " * (256 << 20))


def says(status: int, answer: bytes) -> Callable[[Send], Answer]:
    return lambda _send: (status, answer)


FAULTS = {"lost": lost, "cut": cut, "bomb": bomb,
          "unreachable": lambda _send: (_ for _ in ()).throw(TimeoutError("late")),
          "401": says(401, packed(Problem("signature"))), "413": says(413, packed(Problem("size"))),
          "429": says(429, packed(Problem("busy"))), "500": says(500, b"<html>Internal Server Error</html>")}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_request_that_goes_wrong_is_told_and_the_next_sync_brings_everything(world, name: str) -> None:
    _hub, one, two = world
    _, _, line = a_visit(one)
    with pytest.raises(Trouble) as told:
        syncing.sync(one.store, link=Bad(FAULTS[name]))
    assert told.value.happened and told.value.to_do and "このパソコンにあります" in told.value.safe
    assert one.store.get(Entry, line).text == "受注が減る見込み"
    assert syncing.sync(one.store).left == 0
    assert syncing.waiting(one.store).changes == 0
    syncing.sync(two.store)
    assert two.store.get(Entry, line).text == "受注が減る見込み"


def test_a_doubled_request_is_asked_anew_and_nobody_is_troubled(world) -> None:
    _hub, one, two = world
    _, _, line = a_visit(one)
    done = syncing.sync(one.store, link=Bad(doubled))
    assert (done.sent, done.left, done.complete) == (3, 0, True)
    syncing.sync(two.store)
    assert two.store.get(Entry, line).text == "受注が減る見込み"


@pytest.mark.parametrize(("status", "words"), [(413, "多すぎました"), (401, "通しませんでした（401）"), (407, "通しませんでした（407）"),
                                                 (429, "混み合って"), (503, "混み合って"), (500, "誤りがありました"), (502, "いま動いていません")])
def test_the_page_of_a_server_in_front_of_the_hub_is_told_by_its_status(world, status: int, words: str) -> None:
    _hub, one, _two = world
    with pytest.raises(Trouble, match=words):
        syncing.sync(one.store, link=Bad(says(status, b"<html>nginx</html>")))


def test_a_reply_that_comes_late_after_the_next_one_changes_nothing(world) -> None:
    _hub, one, two = world
    _, _, line = a_visit(one)
    old: list[Answer] = []

    def kept(send: Send) -> Answer:
        old.append(send())
        raise TimeoutError("late")

    with pytest.raises(Trouble):
        syncing.sync(one.store, link=Bad(kept))
    syncing.sync(one.store)
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "受注が2割減る見込み"})
    syncing.sync(one.store, link=Bad(lambda _send: old[0]))
    syncing.sync(one.store)
    syncing.sync(two.store)
    assert one.store.get(Entry, line).text == two.store.get(Entry, line).text == "受注が2割減る見込み"


def test_another_address_than_loopback_fails_the_test_that_opens_it() -> None:
    import socket

    with socket.socket() as one, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        one.connect(("192.0.2.1", 9))
