"""Reference numbers by the hub's base and part: from joining on, each part once, also at once and after a restore."""

from __future__ import annotations

import base64
import os
import re
import threading
from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.db.keys import Cost
from kanto_desk.hub import accounts
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.restoring import restore
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.services import desk as desks
from kanto_desk.services import references, syncing
from tests.hub.test_process import serving
from tests.sync.parts import a_body, a_hub, a_person


def joined(hub, person: str, gate: threading.Barrier | None = None) -> str:
    """The part of one more laptop."""
    with hub.write() as conn:
        code = accounts.new_code(conn, person, hub.clock())
    with hub.write() as conn:
        if gate is not None:
            gate.wait(10)
        part, _, _ = accounts.enrol(conn, code, os.urandom(8).hex(), "PC", base64.b64encode(bytes(32)).decode(), "age1",
                                    hub.clock())
    return str(part)


def number(desk) -> str:
    with desk.store.write() as conn:
        return references.new_reference(conn, 2026)


def test_numbers_bear_the_hubs_base_and_part_from_joining_on(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    with hub.write() as conn:
        body = accounts.add_body(conn, "群馬県よろず", "GM", system_clock())
    person = a_person(hub, body)
    assert [joined(hub, person) for _ in range(2)] == ["P01", "P02"]
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    desk = desks.create(tmp_path / "desk", "諏訪湖の朝", person="高橋 直子", cost=Cost(1, 1024, 1))
    assert re.fullmatch(r"KD-R08-[A-Z2-7]{4}-00001", number(desk))
    with serving(tmp_path / "hub") as url:
        syncing.enrol(desk, line_of_enrolment(url, code, fingerprint((tmp_path / "hub" / CA_FILE).read_bytes())))
    assert [number(desk), number(desk)] == ["GM-R08-P03-00001", "GM-R08-P03-00002"]
    desk.close()
    desk = desks.unlock(tmp_path / "desk", "諏訪湖の朝", cost=Cost(1, 1024, 1))
    assert number(desk) == "GM-R08-P03-00003"
    with desk.store.write() as conn:
        references.take_from_hub(conn, "長い略号です", "../P1")   # a hub of another kind
    assert number(desk) == "GM-R08-P03-00004"
    desk.close()
    hub.close()


def test_laptops_that_join_at_once_get_each_another_part(tmp_path: Path, postgresql) -> None:
    hub = a_hub(tmp_path / "hub", database=postgresql())
    person = a_person(hub, a_body(hub))
    gate, got = threading.Barrier(4), []
    threads = [threading.Thread(target=lambda: got.append(joined(hub, person, gate))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(got) == ["P01", "P02", "P03", "P04"]
    hub.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hub_made_anew_gives_no_part_twice_and_one_put_back_counts_on(tmp_path: Path, kind: str, request) -> None:
    def database() -> str | None:
        return request.getfixturevalue("postgresql")() if kind == "postgresql" else None

    where = database()
    hub = a_hub(tmp_path / "hub", database=where)
    person = a_person(hub, a_body(hub))
    given = [joined(hub, person)]
    file = back_up(hub, tmp_path).file
    given += [joined(hub, person), joined(hub, person)]
    hub.close()
    restore(tmp_path / "hub", hub.clock, file, where)
    hub = open_hub(tmp_path / "hub", hub.clock, where)
    given.append(joined(hub, person))
    assert given == ["P01", "P02", "P03", "P04"]
    hub.close()
    other = database()
    restore(tmp_path / "anew", hub.clock, file, other)   # it knows of the first laptop alone
    anew = open_hub(tmp_path / "anew", hub.clock, other)
    second, third = joined(anew, person), joined(anew, person)
    assert re.fullmatch("P02[A-Z]{3}", second) and third == f"P03{second[3:]}"
    anew.close()
