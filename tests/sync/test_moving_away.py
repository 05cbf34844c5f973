"""Somebody goes to another organisation: what he made for the former one stays there, and comes back with him."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, select, update

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.leaving import come_back, leave
from kanto_desk.hub.opening import Hub, open_hub
from kanto_desk.rules.access import Grant, Role
from kanto_desk.services import refusals, views
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit
from tests.sync.test_other_bodies import journal, sync


def scene(folder: Path) -> tuple[Hub, Desk, Desk, Desk, str, str]:
    """Two colleagues of one organisation and an expert of another; and both organisations."""
    hub = a_hub(folder / "hub")
    here, there = a_body(hub, "長野県テクノ財団"), a_body(hub, "群馬県産業支援機構")
    mover, colleague = (a_desk(hub, folder / name, a_person(hub, here, name=name)) for name in ("一郎", "同僚"))
    return hub, mover, colleague, a_desk(hub, folder / "二郎", a_person(hub, there, name="二郎")), here, there


def move(hub: Hub, person: str, before: str, after: str) -> None:
    with hub.write() as conn:
        for uid in accounts.grants_like(conn, person, Grant(Role.EXPERT, before)):
            accounts.end_grant(conn, uid)
        accounts.add_grant(conn, person, Grant(Role.EXPERT, after), hub.clock())


def lines(desk: Desk) -> set[str]:
    with desk.store.read() as conn:
        return {r.text for r in conn.execute(select(Entry.text).where(Entry.deleted_at.is_(None)))}


def made(mover: Desk) -> tuple[str, str]:
    """A visit for colleagues, a private one and a private line; gives the visits."""
    _, visit, _ = a_visit(mover, "見える相談")
    _, private, _ = a_visit(mover, "自分だけの相談", visibility="P0")
    with mover.store.operation("メモ") as op:
        op.add("entry", {"consultation": visit, "kind": "memo", "text": "自分のメモ"})
    return visit, private


def test_who_moves_reads_no_more_of_his_former_visits_and_all_of_them_when_he_comes_back(tmp_path: Path) -> None:
    hub, mover, colleague, other, here, there = scene(tmp_path)
    visit, private = made(mover)
    views.keep(mover.store, "companies", "諏訪", {"query": "すわ"})
    sync(mover, colleague)
    before = lines(mover)
    assert "自分のメモ" in before and len(before) == 3
    move(hub, mover.known.person, here, there)
    with mover.store.operation("未送信") as op:   # before he hears of it
        op.add("entry", {"consultation": visit, "kind": "said", "text": "移った日の追記"})
        op.put("consultation", private, {"visibility": "P1"})
    with colleague.store.operation("追記") as op:
        op.add("entry", {"consultation": visit, "kind": "said", "text": "同僚が後で書いた秘密"})
    sync(colleague, mover, mover, colleague, other)
    assert lines(mover) == {"移った日の追記"} and mover.store.get(Consultation, private) is None
    assert "秘密" not in journal(mover) and "自分のメモ" not in journal(mover)
    assert [v.name for v in views.listing(mover.store, "companies")] == ["諏訪"], "his desk is his own"
    told = refusals.listing(mover.store)
    assert "移った日の追記" in " ".join(refusals.as_text(one) for one in told), "what he typed stays and is told"
    assert colleague.store.get(Consultation, private) is None, "it was not his to open any more"
    _, new, _ = a_visit(mover, "群馬の相談")
    sync(mover, other, colleague)
    assert other.store.get(Consultation, new) is not None and colleague.store.get(Consultation, new) is None
    move(hub, mover.known.person, there, here)
    sync(mover, mover)
    assert lines(mover) == before | {"同僚が後で書いた秘密", "移った日の追記"}
    assert mover.store.get(Consultation, private).visibility == "P0"
    assert mover.store.get(Consultation, new) is None
    hub.close()


def test_who_left_by_mistake_has_all_of_his_own_again(tmp_path: Path) -> None:
    hub, mover, *_ = scene(tmp_path)
    made(mover)
    mover.sync()
    before = lines(mover)
    with hub.write() as conn:
        leave(conn, mover.known.person, hub.clock())
    mover.sync()
    assert lines(mover) == set()
    with hub.write() as conn:
        come_back(conn, mover.known.person, hub.clock())
    sync(mover, mover)
    assert lines(mover) == before
    hub.close()


def test_an_older_hub_takes_back_what_a_mover_went_on_reading(tmp_path: Path) -> None:
    hub, mover, colleague, _, here, there = scene(tmp_path)
    made(mover)
    sync(mover, colleague)
    before = lines(mover), lines(colleague)
    p = t.placed.c
    with hub.write() as conn:   # as the program before this one left it
        for table in (t.placed, t.event):
            c = table.c
            conn.execute(update(table).where(c.scope == f"person:{mover.known.person}@{here}").values(
                scope=f"person:{mover.known.person}"))
        conn.execute(delete(t.device_scope).where(t.device_scope.c.scope.contains("@")))
        conn.execute(delete(t.hub).where(t.hub.c.key == "rules"))
        assert conn.execute(select(p.uid).where(p.scope.contains("@"))).first() is None
    with mover.store.write() as conn:
        conn.execute(delete(local.scope_cursor).where(local.scope_cursor.c.scope.contains("@")))
    hub.close()
    again = open_hub(tmp_path / "hub", hub.clock)
    mover.link.hub = colleague.link.hub = again
    sync(mover, mover, colleague)
    assert (lines(mover), lines(colleague)) == before, "who stays keeps all"
    move(again, mover.known.person, here, there)
    sync(mover, mover)
    assert lines(mover) == set()
    with mover.store.read() as conn:
        companies = conn.execute(select(Organization.uid).where(Organization.name == "宮坂精密")).all()
    assert companies == []
    again.close()
