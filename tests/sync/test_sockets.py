"""The connections of a link: cut by another thread, and gone with the link."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator

import pytest
import urllib3

from kanto_desk.clock import system_clock
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.sync.client import Stopped
from kanto_desk.sync.link import HttpsLink
from tests.hub.served import Served, served
from tests.sync.parts import a_hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("sockets") / "hub"
    a_hub(folder, system_clock).close()
    with served(folder) as it:
        yield it


def asked(hub: Served) -> HttpsLink:
    """A link with an open connection."""
    link = HttpsLink(hub.url, (hub.folder / CA_FILE).read_text())
    assert link("/nowhere", {}, b"")[0] == 404
    return link


def test_a_link_that_is_dropped_is_closed_at_once(hub: Served) -> None:
    gc.disable()
    try:
        link = asked(hub)
        (held,) = link._sockets._open
        assert held.fileno() >= 0
        del link
        assert held.fileno() == -1
    finally:
        gc.enable()


def test_a_link_that_was_cut_begins_nothing_new(hub: Served) -> None:
    link = asked(hub)
    link.cut()
    with pytest.raises(Stopped):
        link("/nowhere", {}, b"")
    link.close()


def test_a_link_that_was_closed_may_be_used_again(hub: Served) -> None:
    link = asked(hub)
    link.close()
    assert link("/nowhere", {}, b"")[0] == 404
    link.close()


@pytest.fixture
def busy() -> Iterator[str]:
    """A place that answers no greeting: its queue is full."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    port = listening.getsockname()[1]
    waiting = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
        waiting.append(one)
    yield f"https://127.0.0.1:{port}"
    for one in (*waiting, listening):
        one.close()


def test_a_link_is_cut_while_it_waits_for_a_greeting(hub: Served, busy: str) -> None:
    link = HttpsLink(busy, (hub.folder / CA_FILE).read_text(), urllib3.Timeout(connect=90, read=90))
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            link("/nowhere", {}, b"")
        except (OSError, Stopped) as error:
            ended.append(error)
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(0.5)
    assert asking.is_alive(), "nobody greets"
    link.cut()
    asking.join(60)
    assert [type(error) for error in ended] == [Stopped]
    link.close()


def test_a_hub_that_is_not_there_is_told_as_before(hub: Served) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        link = HttpsLink(f"https://127.0.0.1:{free.getsockname()[1]}", (hub.folder / CA_FILE).read_text())
        with pytest.raises(OSError, match="refused"):
            link("/nowhere", {}, b"")
