"""The connections of a link: cut by another thread, and gone with the link."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

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
