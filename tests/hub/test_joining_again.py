"""A desk whose name belongs to two laptops joins again by a new line of the secretariat; over real TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from kanto_desk.clock import system_clock
from kanto_desk.db.keys import Cost
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
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
