"""What the hub says to requests that are forged, repeated, of another's device, too large, out of scope or out of turn."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from kanto_desk.db import local
from kanto_desk.db.records.organizations import Organization
from kanto_desk.errors import Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.app import handle
from kanto_desk.hub.opening import Hub, new_epoch, open_hub, put_value
from kanto_desk.rules.access import Role
from kanto_desk.sync import signing, wire
from kanto_desk.sync.client import Exchange, NotAnswered, keep_known, known_hub
from kanto_desk.sync.outbox import unsent
from kanto_desk.sync.short_form import is_short
from tests.db.parts import SetClock
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit


def counted(hub: Hub) -> int:
    with hub.read() as conn:
        return conn.execute(select(func.count()).select_from(t.received)).scalar_one()


def a_request(desk: Desk, *, first: int | None = None, changes: list | None = None, dev: str | None = None,
              key: str | None = None) -> tuple[dict[str, str], bytes]:
    known = known_hub(desk.store)
    own = f"{desk.store.device()[0]:016x}"
    with desk.store.read() as conn:
        mine = [wire.outgoing(c) for c in unsent(conn, own, 0)]
    body = wire.packed(wire.Request(1, known.epoch, {}, mine if changes is None else changes,
                                    known.acked if first is None else first))
    headers = signing.headers_for(signing.key_of(key or known.key), dev or own, "/sync",
                                  int(desk.store.clock().timestamp() * 1000), known.epoch, body)
    return headers, body


def said(hub: Hub, headers: dict[str, str], body: bytes, path: str = "/sync") -> tuple[int, str]:
    status, answer = handle(hub, path, headers, body)
    return status, wire.unpacked(answer, wire.Problem).reason if status != 200 else ""


@pytest.fixture
def world(tmp_path: Path) -> tuple[Hub, Desk, str]:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    return hub, a_desk(hub, tmp_path / "desk", person), person


def test_the_former_names_of_headers_are_understood(world) -> None:
    """With the padding and the nonce that laptops wrote then."""
    hub, desk, _ = world
    headers, body = a_request(desk)
    former = {signing.FORMER[name]: value for name, value in headers.items()}
    former[signing.FORMER[signing.SIGNATURE]] += "=="
    assert said(hub, former, body)[0] == 200
    assert said(hub, former | {signing.FORMER[signing.NONCE]: "f" * 24}, body) == (401, "signature")
    assert said(hub, former | {signing.DEVICE: headers[signing.DEVICE]}, body) == (401, "unsigned")


def test_a_hub_that_knows_plain_frames_alone_is_asked_in_them(world) -> None:
    hub, desk, _ = world
    a_visit(desk)
    asked: list[bool] = []

    def older(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        asked.append(is_short(body))
        return (400, wire.packed(wire.Problem("frame"))) if asked[-1] else handle(hub, path, headers, body)

    done = Exchange(desk.store, older, known_hub(desk.store)).run()
    assert done.complete and done.sent == 3 and asked[0] and not any(asked[1:])


def test_a_request_counts_once(world) -> None:
    hub, desk, _ = world
    a_visit(desk)
    headers, body = a_request(desk)
    assert said(hub, headers, body)[0] == 200
    assert said(hub, headers, body) == (401, "repeated")
    assert counted(hub) == 3


@pytest.mark.parametrize("part", [signing.SIGNATURE, signing.TIME, signing.NONCE, signing.DEVICE])
def test_a_request_that_was_touched_is_nobodys(world, part: str) -> None:
    hub, desk, _ = world
    a_visit(desk)
    headers, body = a_request(desk)
    other = {signing.SIGNATURE: "A" * 86 + "==", signing.TIME: str(int(headers[signing.TIME]) + 1),
             signing.NONCE: "f" * 24, signing.DEVICE: "0" * 16}
    assert said(hub, headers | {part: other[part]}, body) == (401, "signature")
    assert said(hub, headers, body + b"\x00") == (401, "signature") or said(hub, headers, body + b"\x00")[0] == 400
    assert said(hub, {k: v for k, v in headers.items() if k != part}, body) == (401, "unsigned")
    assert counted(hub) == 0


def test_another_laptops_key_or_changes_are_refused(world, tmp_path: Path) -> None:
    hub, desk, person = world
    other = a_desk(hub, tmp_path / "other", person)
    a_visit(desk)
    headers, body = a_request(desk, key=known_hub(other.store).key)
    assert said(hub, headers, body) == (401, "signature")
    with desk.store.read() as conn:
        stolen = [wire.outgoing(c) for c in unsent(conn, f"{desk.store.device()[0]:016x}", 0)]
    headers, body = a_request(other, changes=stolen)
    status, answer = handle(hub, "/sync", headers, body)
    assert status == 200 and wire.unpacked(answer, wire.Reply).acked == 0
    assert counted(hub) == 0


def test_a_laptop_that_the_hub_does_not_know_or_has_stopped_gets_nothing(world) -> None:
    hub, desk, _ = world
    with hub.write() as conn:
        conn.execute(update(t.device).values(state="revoked"))
    with pytest.raises(NotAnswered) as stopped:
        desk.sync()
    assert (stopped.value.status, stopped.value.problem.reason) == (401, "revoked")


def test_a_gap_is_told_and_filled(world) -> None:
    hub, desk, _ = world
    a_visit(desk)
    headers, body = a_request(desk, first=7, changes=[])
    status, answer = handle(hub, "/sync", headers, body)
    assert (status, wire.unpacked(answer, wire.Reply).acked) == (200, 0)
    with desk.store.write() as conn:   # the desk believes more than the hub holds: the hub went back to a backup
        keep_known(conn, replace(known_hub(desk.store), acked=7))
    assert desk.sync().left == 0
    assert counted(hub) == 3


def test_a_hub_gone_back_to_a_backup_is_filled_again_by_its_desks(world, tmp_path: Path) -> None:
    hub, desk, person = world
    hub.close()
    shutil.copytree(hub.folder, tmp_path / "backup")
    hub = desk.link.hub = open_hub(hub.folder, hub.clock)
    company, _, _ = a_visit(desk)
    desk.sync()
    hub.close()
    hub = desk.link.hub = open_hub(tmp_path / "backup", hub.clock)
    with hub.write() as conn:   # as every restore does
        put_value(conn, "epoch", new_epoch())
    assert counted(hub) == 0
    desk.sync()
    assert counted(hub) == 3
    other = a_desk(hub, tmp_path / "other", person)
    other.sync()
    assert other.store.get(Organization, company).name == "宮坂精密"
    assert desk.store.get(Organization, company).name == "宮坂精密"
    hub.close()


def test_a_folder_copied_to_a_second_laptop_is_noticed(world) -> None:
    hub, desk, _ = world
    a_visit(desk)
    headers, body = a_request(desk)
    assert said(hub, headers, body)[0] == 200
    with desk.store.read() as conn:
        mine = [wire.outgoing(c) for c in unsent(conn, f"{desk.store.device()[0]:016x}", 0)]
    twin = [wire.WireChange(**{f: getattr(c, f) for f in c.__struct_fields__} | {"set": {**c.set, "notes": "別の入力"}})
            for c in mine]
    headers, body = a_request(desk, first=0, changes=twin)
    assert said(hub, headers, body) == (409, "cloned")
    assert counted(hub) == 3
    with hub.read() as conn:
        assert accounts.laptop_of(conn, f"{desk.store.device()[0]:016x}", desk.store.clock().date()).state == "cloned"


def test_what_a_reader_writes_is_refused_with_the_reason_and_the_rest_goes_on(world, tmp_path: Path) -> None:
    hub, _desk, _person = world
    reader = a_desk(hub, tmp_path / "reader", a_person(hub, a_body(hub, "県"), Role.READER, name="閲覧"))
    a_visit(reader)
    receipt = reader.sync()
    assert (receipt.not_taken, receipt.left) == (3, 0)
    with reader.store.read() as conn:
        kept = conn.execute(select(local.verdict)).all()
    assert {(v.state, v.reason) for v in kept} == {("refused", "role")}
    assert any("受注が減る見込み" in v.set for v in kept), "what was typed stays on the laptop"
    with hub.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.placed)).scalar_one() == 0


def one_change(desk: Desk, **parts: object) -> wire.WireChange:
    usual = {"dev": f"{desk.store.device()[0]:016x}", "seq": 1, "hlc": "0" * 16, "sv": 1, "tx": "t", "by": "",
             "type": "organization", "uid": "u", "wall": "", "set": {"name": "宮坂精密"}}
    return wire.WireChange(**(usual | parts))


@pytest.mark.parametrize(("type_name", "values"), [
    ("organization", {"name": ["髙"]}), ("organization", {"name": {"a": 1}}), ("organization", {"capital_yen": "多い"}),
    ("organization", {"capital_yen": 2**70}), ("organization", {"capital_yen": 1.5}), ("affiliation", {"is_contact": "はい"}),
    ("entry", {"consultation": ["v"]}), ("consultation", {"held_on": "きのう"}), ("consultation", {"responses": [1]})])
def test_a_value_of_the_wrong_kind_is_refused_and_the_rest_goes_on(world, type_name: str, values: dict) -> None:
    hub, desk, _ = world
    pushed = [one_change(desk, type=type_name, set=values), one_change(desk, seq=2, uid="v")]
    headers, body = a_request(desk, first=0, changes=pushed)
    status, answer = handle(hub, "/sync", headers, body)
    reply = wire.unpacked(answer, wire.Reply)
    assert (status, reply.acked) == (200, 2)
    assert [(v.seq, v.state, v.reason) for v in reply.verdicts] == [(1, "refused", "value")]


@pytest.mark.parametrize("parts", [{"seq": 2**70}, {"sv": 2**70}, {"uid": "u" * 1000}, {"tx": "t" * 1000}])
def test_numbers_and_names_out_of_bounds_are_no_message(world, parts: dict) -> None:
    hub, desk, _ = world
    headers, body = a_request(desk, first=0, changes=[one_change(desk, **parts)])
    assert said(hub, headers, body) == (400, "size")
    assert counted(hub) == 0


@pytest.mark.parametrize("folder", ["nothing", "empty"])
def test_where_no_hub_is_nothing_is_left_behind(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Trouble, match="まだありません"):
        open_hub(tmp_path / folder, SetClock())
    assert not (tmp_path / folder / "hub.db").exists()


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="つながりません"):
        open_hub(tmp_path, SetClock(), "postgresql://kanto@127.0.0.1:1/hub")


def test_a_body_that_unpacks_to_gigabytes_is_refused(world) -> None:
    import zstandard

    hub, _desk, _ = world
    bomb = zstandard.ZstdCompressor(level=3).compress(b" " * (256 << 20))
    assert said(hub, {}, bomb) == (400, "size")
