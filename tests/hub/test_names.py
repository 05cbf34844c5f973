"""Who wrote it: a desk takes the name by which its hub knows its person; another one is noted, never refused."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from kanto_desk.clock import system_clock
from kanto_desk.db import local
from kanto_desk.db.keys import Cost
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.serving import line_of_enrolment
from kanto_desk.services import desk as desks
from kanto_desk.services import owner, signing_as, syncing
from tests.hub.test_process import serving
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def noted(hub) -> list[str]:
    with hub.read() as conn:
        found = conn.execute(select(t.audit.c.detail).where(t.audit.c.what == "signed otherwise").order_by(t.audit.c.n))
        return [json.loads(x.detail)["signed"] for x in found]


def test_the_hubs_name_of_the_person_is_the_name_changes_are_signed_with(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    person = a_person(hub, a_body(hub), name="高橋 直子")
    with hub.write() as conn:
        code = accounts.new_code(conn, person, system_clock())
    desk = desks.create(tmp_path / "desk", "諏訪湖の朝", person="試験 a", cost=Cost(1, 1024, 1))
    a_visit(desk)   # before it joined
    with serving(tmp_path / "hub") as url:
        line = line_of_enrolment(url, code, fingerprint((tmp_path / "hub" / CA_FILE).read_bytes()))
        syncing.enrol(desk, line)
        told = signing_as.told(desk.store)
        assert "高橋 直子" in told and "試験 a" in told
        assert desk.store.person == owner.read(desk.store).person == "高橋 直子"
        a_visit(desk)
        assert syncing.sync(desk.store).sent == 6
    with desk.store.read() as conn:
        by = list(conn.execute(select(local.change.c.by).order_by(local.change.c.seq)).scalars())
    assert by == ["試験 a"] * 3 + ["高橋 直子"] * 3   # what was written keeps its name
    assert noted(hub) == ["試験 a"]
    desk.close()
    desk = desks.unlock(tmp_path / "desk", "諏訪湖の朝", cost=Cost(1, 1024, 1))
    assert desk.store.person == "高橋 直子"
    desk.close()
    hub.close()


def test_a_forged_name_is_taken_and_noted_once_and_a_spelling_is_none(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "desk", a_person(hub, a_body(hub), name="高橋 直子"))
    for name in ("高橋直子", "高橋　直子", "佐々木 一郎", "佐々木 一郎", *(f"だれか{n}" for n in range(30))):
        desk.store.person = name
        a_visit(desk)
        receipt = desk.sync()
        assert (receipt.sent, receipt.not_taken) == (3, 0)
    found = noted(hub)
    assert found[:2] == ["佐々木 一郎", "だれか0"] and len(found) == len(set(found)) == 20
    hub.close()
