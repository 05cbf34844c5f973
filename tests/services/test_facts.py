"""Where a fact comes from, when it is too old, and that it can be confirmed, undone and sent like any other change."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.apply import Change, apply
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.db.stamps import stamp
from kanto_desk.errors import Refused
from kanto_desk.services import consultations, facts, history, importing, organizations
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock, a_store


@pytest.fixture
def konan(desk: Desk) -> str:
    return organizations.create(desk.store, {"name": "湖南精工", "phone": "0266-52-0001", "employees": 38})


def test_a_typed_fact_names_who_and_when(desk: Desk, konan: str) -> None:
    found = facts.of_organization(desk.store, konan)[konan, "phone"]
    assert (found.origin, found.by, found.at, found.old) == ("typed", "高橋 直子", desk.store.clock(), False)
    assert (konan, "fax") not in facts.of_organization(desk.store, konan)


def test_what_was_changed_during_a_visit_was_heard_in_it(desk: Desk, clock: SetClock, konan: str) -> None:
    clock.forward(hours=1)
    visit = consultations.create(desk.store, konan)
    consultations.start(desk.store, visit)
    clock.forward(minutes=20)
    organizations.edit(desk.store, konan, {"employees": 41})
    clock.forward(minutes=40)
    consultations.edit(desk.store, visit, {"ended_at": clock()})
    clock.forward(minutes=5)
    organizations.edit(desk.store, konan, {"fax": "0266-52-0002"}, part="later")
    found = facts.of_organization(desk.store, konan)
    assert (found[konan, "employees"].origin, found[konan, "employees"].visit, found[konan, "employees"].nth) == (
        "visit", visit, 1)
    assert found[konan, "fax"].origin == "typed" and found[konan, "phone"].origin == "typed"


def test_a_visit_nobody_ended_lasts_for_its_day_only(desk: Desk, clock: SetClock, konan: str) -> None:
    consultations.start(desk.store, consultations.create(desk.store, konan))
    clock.forward(days=1)
    organizations.edit(desk.store, konan, {"employees": 41})
    assert facts.of_organization(desk.store, konan)[konan, "employees"].origin == "typed"


def test_imported_shipped_and_received_facts_say_so(desk: Desk, clock: SetClock, konan: str, tmp_path) -> None:
    file = tmp_path / "list.jsonl"
    file.write_text(json.dumps({"id": "7", "name": "上田プレス", "phone": "0268-00-0001"}, ensure_ascii=False), "utf-8")
    made = importing.import_organizations(desk.store, file).outcomes[0].uid
    assert facts.of_organization(desk.store, made)[made, "phone"].origin == "import"
    shipped = organizations.listing(desk.store, query="SUWAブランド")[0].uid
    assert {one.origin for one in facts.of_organization(desk.store, shipped).values()} == {"masters"}
    clock.forward(seconds=1)
    hlc = int(clock().timestamp() * 1000) << 16
    with desk.store.write() as conn:
        apply(conn, [Change(77, 1, hlc, SCHEMA_VERSION, "t", "organization", konan, {"fax": "0266-52-0009"}, {}, "佐々木",
                            clock().isoformat())], "merge")
    found = facts.of_organization(desk.store, konan)[konan, "fax"]
    assert (found.origin, found.by) == ("elsewhere", "佐々木")


def test_after_two_years_a_fact_is_old_until_it_is_confirmed(desk: Desk, clock: SetClock, konan: str) -> None:
    made = clock()
    clock.forward(days=731)
    assert not facts.of_organization(desk.store, konan)[konan, "phone"].old       # two years to the day
    clock.forward(days=1)
    found = facts.of_organization(desk.store, konan)
    assert found[konan, "phone"].old and found[konan, "employees"].old
    facts.confirm(desk.store, konan, "organization", konan, ["phone", "fax"])
    found = facts.of_organization(desk.store, konan)
    assert not found[konan, "phone"].old and found[konan, "phone"].at == clock()
    assert found[konan, "employees"].old and found[konan, "employees"].at == made
    assert organizations.get(desk.store, konan).phone == "0266-52-0001"
    newest = history.groups(desk.store, ("organization", konan))[0]
    assert newest.label == "いまも正しいことの確認" and [(c.before, c.after) for c in newest.changes] == [
        ("0266-52-0001", "0266-52-0001")]


def test_a_confirmation_is_undone_and_redone(desk: Desk, clock: SetClock, konan: str) -> None:
    root, made = ("organization", konan), clock()
    clock.forward(days=800)
    facts.confirm(desk.store, konan, "organization", konan, ["phone"])
    confirmed = clock()
    clock.forward(minutes=1)
    assert history.undo(desk.store, root) is not None
    assert facts.of_organization(desk.store, konan)[konan, "phone"].at == made
    assert history.redo(desk.store, root) is not None
    assert facts.of_organization(desk.store, konan)[konan, "phone"].at == confirmed
    history.undo(desk.store, root)
    assert history.undo(desk.store, root).label == "企業を追加"      # the step before it is not barred


def test_an_undone_edit_leaves_the_fact_as_old_as_it_was(desk: Desk, clock: SetClock, konan: str) -> None:
    made = clock()
    clock.forward(days=10)
    organizations.edit(desk.store, konan, {"phone": "0266-99-9999"})
    history.undo(desk.store, ("organization", konan))
    found = facts.of_organization(desk.store, konan)[konan, "phone"]
    assert found.at == made


def test_a_confirmation_travels_as_a_change_and_loses_to_nobody(desk: Desk, clock: SetClock, konan: str,
                                                                tmp_path) -> None:
    """Another laptop that edited the value meanwhile keeps its own beside ours: both are alive."""
    clock.forward(days=1)
    facts.confirm(desk.store, konan, "organization", konan, ["phone"])
    other = a_store(tmp_path / "other", clock)
    with desk.store.read() as conn:
        sent = [Change(int(c.dev, 16), c.seq, int(c.hlc, 16), c.sv, c.tx, c.type, c.uid, json.loads(c.set),
                       json.loads(c.base), c.by, c.wall) for c in conn.execute(
                           select(local.change).where(local.change.c.uid == konan).order_by(local.change.c.id))]
    assert sent[-1].set == {"phone": "0266-52-0001"} and sent[-1].base == {"phone": [sent[0].stamp]}
    theirs = Change(99, 1, sent[-1].hlc + 5, SCHEMA_VERSION, "x", "organization", konan, {"phone": "0266-77-7777"},
                    {"phone": [sent[0].stamp]}, "佐々木", clock().isoformat())
    other.apply([sent[0], theirs, *sent[1:]], "merge")
    with other.read() as conn:
        heads = [(h.stamp, json.loads(h.value)) for h in conn.execute(select(local.head))]
    assert organizations.get(other, konan).phone == "0266-77-7777"
    assert heads == [(stamp(sent[-1].hlc, sent[-1].dev), "0266-52-0001")]


def test_what_is_not_there_cannot_be_confirmed(desk: Desk, konan: str) -> None:
    with pytest.raises(Refused):
        facts.confirm(desk.store, konan, "site", "no-such-site", ["phone"])
    organizations.delete(desk.store, konan)
    with pytest.raises(Refused):
        facts.confirm(desk.store, konan, "organization", konan, ["phone"])


def test_people_and_sites_have_sources_too(desk: Desk, konan: str) -> None:
    site = organizations.save_site(desk.store, konan, {"name": "岡谷工場", "phone": "0266-22-0001"})
    organizations.save_contact(desk.store, konan, {"name": "宮坂 真理", "phone": "090-0000-0001"}, role="課長")
    contact = organizations.contacts(desk.store, konan)[0]
    found = facts.of_organization(desk.store, konan)
    assert found[site, "phone"].origin == found[contact.person, "phone"].origin == "typed"
    assert facts.newest(found, [(contact.affiliation, "role"), (contact.person, "phone")]) is not None
    assert facts.newest(found, [(konan, "url")]) is None
