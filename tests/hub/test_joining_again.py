"""A desk whose name belongs to two laptops joins again by a new line of the secretariat; over real TLS."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.clock import system_clock
from kanto_desk.db.keys import Cost
from kanto_desk.db.schema import wire_table
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.services import desk as desks
from kanto_desk.services import syncing
from tests.hub.test_process import serving
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_exchange import a_visit


def test_a_new_line_gives_a_new_name_and_sends_what_waited(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub))
    with hub.write() as conn:
        codes = [accounts.new_code(conn, person, system_clock()) for _ in range(2)]
    desk = desks.create(tmp_path / "desk", "諏訪湖の朝", person="高橋 直子", cost=Cost(1, 1024, 1))
    with serving(tmp_path / "hub") as url:
        lines = [line_of_enrolment(url, code, fingerprint((tmp_path / "hub" / CA_FILE).read_bytes())) for code in codes]
        syncing.enrol(desk, lines[0])
        before = desk.store.device()[0]
        a_visit(desk)
        with pytest.raises(Refused, match="もう同期先"):
            syncing.enrol(desk, lines[1])
        desk.store.set_setting(syncing.LEFT, "cloned")   # as a sync that was told so leaves it
        with pytest.raises(Refused, match="期限"):
            syncing.enrol(desk, lines[0])   # used up: nothing is lost, and another line is as good
        assert syncing.waiting(desk.store).changes == 3
        syncing.enrol(desk, lines[1])
        assert desk.store.device()[0] != before
        assert syncing.sync(desk.store).sent == 3
        assert syncing.waiting(desk.store).changes == 0
    desk.close()
    hub.close()


def test_the_second_of_two_copies_at_a_hub_made_anew_gets_another_name_and_brings_all_of_its_own(tmp_path: Path) -> None:
    cost = Cost(1, 1024, 1)
    desk = desks.create(tmp_path / "one", "諏訪湖の朝", person="高橋 直子", cost=cost)
    first = a_hub(tmp_path / "first", system_clock)
    with serving(tmp_path / "first") as url:
        syncing.enrol(desk, _line(first, url, a_person(first, a_body(first))))
        _, _, line = a_visit(desk)
        syncing.sync(desk.store)
        desk.close()
        shutil.copytree(tmp_path / "one", tmp_path / "copy")
        one, copy = (desks.unlock(tmp_path / name, "諏訪湖の朝", cost=cost) for name in ("one", "copy"))
        _, _, sent = a_visit(copy, "前の同期先へ送った話")
        syncing.sync(copy.store)
    _, _, other = a_visit(one, "元の話")
    anew = a_hub(tmp_path / "anew", system_clock)
    person = a_person(anew, a_body(anew))
    with serving(tmp_path / "anew") as url:
        for each in (one, copy):
            each.store.set_setting(syncing.LEFT, "other")   # as a sync that met another hub leaves it
            syncing.enrol(each, _line(anew, url, person))
            syncing.sync(each.store)
        assert one.store.device()[0] != copy.store.device()[0]
        syncing.sync(one.store)
    for each in (one, copy):
        with each.store.read() as conn:
            assert set(conn.execute(select(wire_table("entry").c.uid)).scalars()) == {line, sent, other}
            assert syncing.waiting(each.store).conflicts == 0   # what both brought is alike
        each.close()


def _line(hub: Hub, url: str, person: str) -> str:
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    return line_of_enrolment(url, code, fingerprint((hub.folder / CA_FILE).read_bytes()))
