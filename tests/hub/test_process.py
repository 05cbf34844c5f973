"""A real hub process over TLS: enrolment by the secretariat's line, sync, an end that keeps what was said."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.db.records.consultations import Entry
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment, listening, serve
from kanto_desk.sync.client import Exchange, NotAnswered, known_hub
from kanto_desk.sync.enrolling import enrol, invitation
from kanto_desk.sync.link import HttpsLink, authority_of
from tests.db.parts import a_store
from tests.hub.hub_process import serving
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_exchange import a_visit


def joined(tmp_path: Path, name: str, url: str, code: str):
    store = a_store(tmp_path / name, system_clock)
    asked = invitation(line_of_enrolment(url, code, fingerprint((tmp_path / "hub" / CA_FILE).read_bytes())))
    assert asked is not None
    authority = authority_of(asked.url, asked.fingerprint)
    assert authority is not None
    enrol(store, asked, authority, name, HttpsLink)
    return store


def sync(store) -> None:
    known = known_hub(store)
    assert known is not None
    link = HttpsLink(known.url, known.ca)
    try:
        Exchange(store, link, known).run()
    finally:
        link.close()


def test_a_port_that_is_taken_is_told_and_nothing_is_served(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Trouble, match="待ち受けられません"):
        serve(hub, "127.0.0.1", taken.getsockname()[1], ["127.0.0.1"], pytest.fail)
    hub.close()


def test_what_is_written_to_a_laptop_leaves_at_once() -> None:
    async def is_prompt() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def came(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            near = writer.get_extra_info("socket")
            found.set_result(near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        place = listening("127.0.0.1", 0)
        async with await asyncio.start_server(came, sock=place):
            _, writer = await asyncio.open_connection(*place.getsockname())
            async with asyncio.timeout(10):
                told = await found
            writer.close()
            await writer.wait_closed()
        return told

    assert asyncio.run(is_prompt())   # or the body of an answer waits until its head is confirmed


def test_two_laptops_join_by_a_line_and_sync_over_tls(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with serving(tmp_path / "hub") as url:
        assert url.startswith("https://127.0.0.1:")
        with hub.write() as conn:   # as `hub code` does while the hub is serving
            codes = [accounts.new_code(conn, person, system_clock()) for _ in range(2)]
        one, two = (joined(tmp_path, name, url, code) for name, code in zip(("one", "two"), codes, strict=True))
        with pytest.raises(NotAnswered) as again:
            joined(tmp_path, "three", url, codes[0])
        assert again.value.problem.reason == "code"

        class Desk:
            store = one
        _, _, line = a_visit(Desk)
        sync(one)
        sync(two)
        found = two.get(Entry, line)
        assert found is not None and found.text == "受注が減る見込み"
        other = a_hub(tmp_path / "other", system_clock)
        assert authority_of(url, fingerprint((tmp_path / "other" / CA_FILE).read_bytes())) is None
        stranger = HttpsLink(url, (tmp_path / "other" / CA_FILE).read_text())
        with pytest.raises(OSError, match=r"(?i)certificate"):
            stranger("/sync", {}, b"")
        stranger.close()
        other.close()
    again_open = open_hub(tmp_path / "hub", system_clock)
    with again_open.read() as conn:
        assert accounts.laptop_of(conn, f"{one.device()[0]:016x}", system_clock().date()).seq == 3
    for each in (one, two):
        each.close()
    again_open.close()
    hub.close()
