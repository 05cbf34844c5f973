"""What a hub acknowledged once it takes in again after a restore, whatever became of the roles; and nothing else."""

from __future__ import annotations

import base64
import itertools
import random
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, func, select

from kanto_desk.db import local
from kanto_desk.db.schema import wire_table
from kanto_desk.hub import accounts, vouching
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.opening import VOUCHING, Hub, open_hub
from kanto_desk.hub.restoring import restore
from kanto_desk.rules.access import Grant, Role
from kanto_desk.sync import vouched, wire
from kanto_desk.sync.client import Exchange
from tests.sync.bundles import StickDesk, a_stick_desk, there_and_back
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_exchange import a_visit


@dataclass
class World:
    """A hub, the laptop whose owner's roles change, and one of a colleague who holds what it wrote."""

    hub: Hub
    folder: Path
    body: str
    person: str
    colleague: str
    one: StickDesk
    two: StickDesk
    database: str | None = None

    def __post_init__(self) -> None:
        self._backups = itertools.count()

    def backup(self) -> Path:
        return back_up(self.hub, self.folder / f"{next(self._backups)}.kdhub").file

    def go_back(self, file: Path) -> None:
        """To a backup; roles stay as they are."""
        had = accounts_of(self)
        restore(self.hub.folder, self.hub.clock, file)
        assert accounts_of(self) == had

    def end_roles(self) -> None:
        with self.hub.write() as conn:
            for uid in conn.execute(select(t.grant.c.uid).where(t.grant.c.person == self.person)).scalars().all():
                accounts.end_grant(conn, uid)

    def give_role(self) -> None:
        with self.hub.write() as conn:
            accounts.add_grant(conn, self.person, Grant(Role.EXPERT, self.body), self.hub.clock())

    def verdicts(self) -> list[tuple[int, str]]:
        with self.one.store.read() as conn:
            return [(r.seq, r.reason) for r in conn.execute(select(local.verdict).order_by(local.verdict.c.seq))]

    def accepted(self) -> list[int]:
        c = t.received.c
        with self.hub.read() as conn:
            return list(conn.execute(select(c.seq).where(c.dev == self.one.dev, c.verdict.is_(None))
                                     .order_by(c.seq)).scalars())

    def placed(self, uid: str) -> set[str]:
        with self.hub.read() as conn:
            return set(conn.execute(select(t.placed.c.scope).where(t.placed.c.uid == uid)).scalars())


def accounts_of(world: World) -> list[str]:
    with world.hub.read() as conn:
        return list(conn.execute(select(t.grant.c.uid).where(t.grant.c.person == world.person)).scalars())


@pytest.fixture
def world(tmp_path: Path) -> World:
    hub = a_hub(tmp_path / "hub")
    body = a_body(hub)
    person, other = a_person(hub, body), a_person(hub, body, name="宮坂 健")
    return World(hub, tmp_path, body, person, other, a_stick_desk(hub, tmp_path / "one", person),
                 a_stick_desk(hub, tmp_path / "two", other))


def written(world: World, text: str = "受注が減る見込み") -> str:
    """A visit of the first laptop, acknowledged, and held by the colleague."""
    _, _, line = a_visit(world.one, text)
    assert world.one.sync().left == 0
    world.two.sync()
    return line


def text_at(world: World, line: str) -> str | None:
    table = wire_table("entry")
    with world.hub.read() as conn:
        return conn.execute(select(table.c.text).where(table.c.uid == line)).scalar()


def test_a_restored_hub_takes_again_what_it_acknowledged_though_its_author_lost_his_role(world: World) -> None:
    file = world.backup()
    line = written(world)
    before = world.placed(line)
    world.end_roles()
    world.go_back(file)
    assert text_at(world, line) is None
    world.one.sync()
    assert world.verdicts() == []
    assert text_at(world, line) == "受注が減る見込み"
    assert world.placed(line) == before   # made for the body of then, so the colleague still reads it
    assert world.two.sync().complete


def test_a_restored_hub_that_knows_nothing_of_a_role_given_since_takes_it_again(world: World) -> None:
    """Made anew on another machine: its accounts are those of the backup."""
    world.end_roles()
    file = world.backup()
    world.give_role()
    line = written(world)
    before = world.placed(line)
    folder = world.folder / "anew"
    restore(folder, world.hub.clock, file)
    world.hub = world.one.link.hub = world.two.link.hub = open_hub(folder, world.hub.clock)
    world.one.sync()
    assert world.verdicts() == []
    assert text_at(world, line) == "受注が減る見込み"
    assert world.placed(line) == before
    assert world.two.sync().complete


def by_stick(world: World, name: str) -> None:
    """What the first laptop wrote goes to the hub in a file, and the receipt comes back."""
    assert there_and_back(world.hub, world.one, world.folder, name).receipt.left == 0


def test_what_was_acknowledged_by_stick_is_taken_again_as_well(world: World) -> None:
    world.one.sync()
    file = world.backup()
    a_visit(world.one, "ファイルで渡した")
    line = a_visit(world.one, "同じファイルの2つめ")[2]
    by_stick(world, "first")
    other = a_visit(world.one, "つぎのファイル")[2]
    by_stick(world, "second")
    world.two.sync()
    before = world.placed(line)
    world.end_roles()
    world.go_back(file)
    world.one.sync()
    assert world.verdicts() == []
    assert (text_at(world, line), text_at(world, other)) == ("同じファイルの2つめ", "つぎのファイル")
    assert world.placed(line) == before


def test_a_bundle_shows_the_codes_of_bundles(world: World) -> None:
    """Never by network: to the hub that went back, too, it goes by stick."""
    world.one.sync()
    file = world.backup()
    line = a_visit(world.one, "ファイルだけで渡す")[2]
    by_stick(world, "first")
    world.end_roles()
    world.go_back(file)
    # the desk does not know yet that the hub went back: its first file is refused by a gap, its answer says so
    world.one.make(world.folder / "gap.kdx")
    hub_side.make(world.hub, world.one.dev, world.folder / "back.kdx")
    world.one.take(world.folder / "back.kdx")
    by_stick(world, "again")
    assert (world.verdicts(), text_at(world, line)) == ([], "ファイルだけで渡す")


def test_what_a_stick_brought_and_was_refused_is_not_vouched_for(world: World) -> None:
    world.one.sync()
    world.end_roles()
    with world.one.store.operation("役割がなくなってから") as op:
        op.add("organization", {"name": "岡谷光学"})
    file = world.backup()
    by_stick(world, "first")
    refused = world.verdicts()
    assert [reason for _, reason in refused] == ["role"]
    world.go_back(file)
    world.one.sync()
    assert world.verdicts() == refused and world.accepted() == []


def test_what_was_never_acknowledged_is_refused_beside_what_was(world: World) -> None:
    file = world.backup()
    written(world)
    world.end_roles()
    with world.one.store.operation("新しい相談") as op:
        op.add("organization", {"name": "岡谷光学"})
    world.go_back(file)
    world.one.sync()
    assert world.verdicts() == [(4, "role")]
    assert world.accepted() == [1, 2, 3]


def test_what_was_refused_then_is_not_vouched_for(world: World) -> None:
    """Among the changes of one push; the others come back with the same code."""
    _, _, line = a_visit(world.two, "左", visibility="P0")
    world.two.sync()
    file = world.backup()
    a_visit(world.one)
    with world.one.store.operation("他の人の行") as op:
        op.put("entry", line, {"text": "書き換え"})
    world.one.sync()
    assert world.verdicts() == [(4, "scope")]
    world.end_roles()
    world.go_back(file)
    world.one.sync()
    assert world.accepted() == [1, 2, 3]
    assert text_at(world, line) == "左"


@pytest.mark.parametrize("forge", [lambda _code: "", lambda _code: "あ", lambda code: code[::-1] + "A",
                                   lambda code: ("B" if code[0] == "A" else "A") + code[1:]])
def test_a_wrong_code_proves_nothing_and_is_no_error(world: World, forge) -> None:
    file = world.backup()
    line = written(world)
    world.end_roles()
    world.go_back(file)
    key, kept = the_code(world.one)
    world.one.store.set_setting(key, {**kept, "code": forge(kept["code"])})
    assert world.one.sync().left == 0
    assert world.verdicts() == [(1, "role"), (2, "role"), (3, "role")]
    assert text_at(world, line) is None


def the_code(desk: StickDesk):
    with desk.store.read() as conn:
        key = conn.execute(select(local.setting.c.key).where(local.setting.c.key.like("hub_vouched %"))).scalar_one()
    return key, desk.store.setting(key)


def test_a_code_is_good_for_the_laptop_and_the_content_that_it_was_given_for_alone(world: World) -> None:
    a_visit(world.one)
    world.one.sync()
    a_visit(world.two)
    world.two.sync()
    _, kept = the_code(world.one)
    claim = [wire.Vouched(kept["first"], 3, kept["code"])]
    with world.one.store.read() as conn:
        mine = [changed(c) for c in conn.execute(select(local.change).where(local.change.c.dev == world.one.dev)).all()]
    with world.two.store.read() as conn:
        theirs = [changed(c) for c in conn.execute(select(local.change).where(local.change.c.dev == world.two.dev)).all()]
    with world.hub.read() as conn:
        assert set(vouching.proven(conn, world.one.dev, world.body, mine, claim)) == {1, 2, 3}
        assert vouching.proven(conn, world.two.dev, world.body, theirs, claim) == {}
        assert vouching.proven(conn, world.two.dev, world.body, mine, claim) == {}
        other = [msgspec.structs.replace(mine[0], set={"name": "別の会社"}), *mine[1:]]
        assert vouching.proven(conn, world.one.dev, world.body, other, claim) == {}
        assert vouching.proven(conn, world.one.dev, world.body, mine[:2], claim) == {}
        odd = [wire.Vouched(-1, 3, "x"), wire.Vouched(3, 1, "x"), wire.Vouched(0, 1 << 70, "x")]
        assert all(vouching.proven(conn, world.one.dev, world.body, mine, [one]) == {} for one in odd)
    with world.hub.write() as conn:
        conn.execute(delete(t.hub).where(t.hub.c.key == VOUCHING))
        assert vouching.proven(conn, world.one.dev, world.body, mine, claim) == {}


def changed(row) -> wire.WireChange:
    return wire.WireChange(row.dev, row.seq, row.hlc, row.sv, row.tx, row.type, row.uid, row.by, row.wall,
                           msgspec.json.decode(row.set), msgspec.json.decode(row.base))


def test_a_group_of_which_the_backup_holds_the_first_half_is_known_again(world: World) -> None:
    """The answer to the first push was lost, the backup made, and the next push carried old and new together."""
    a_visit(world.one)
    real = world.one.link

    def lost(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        real(path, headers, body)
        raise OSError("cut")

    with pytest.raises(OSError):
        Exchange(world.one.store, lost, world.one.known).run()
    file = world.backup()
    _, _, line = a_visit(world.one, "後半")
    assert world.one.sync().sent == 6
    world.end_roles()
    world.go_back(file)
    assert world.one.known.acked == 6
    world.one.sync()
    assert world.verdicts() == []
    assert world.accepted() == [1, 2, 3, 4, 5, 6]
    assert text_at(world, line) == "後半"


def test_many_small_pushes_go_again_in_one_request_and_a_cut_in_it_loses_nothing(world: World) -> None:
    file = world.backup()
    line = written(world)
    for n in range(5):
        with world.one.store.operation("直す") as op:
            op.put("entry", line, {"text": f"受注 {n}"})
        world.one.sync()
    world.end_roles()
    world.go_back(file)
    real, sizes = world.one.link, []

    def cut(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = real(path, headers, body)
        sizes.append(len(wire.unpacked(body, wire.Request).push) if path == "/sync" else 0)
        if sizes[-1]:
            raise OSError("cut")
        return answer

    with pytest.raises(OSError):
        Exchange(world.one.store, cut, world.one.known).run()
    world.one.sync()
    assert sizes == [0, 8]   # the first only hears of the restore
    assert world.verdicts() == []
    assert world.accepted() == list(range(1, 9))
    assert text_at(world, line) == "受注 4"


def test_it_goes_on_after_a_second_restore(world: World) -> None:
    first = world.backup()
    line = written(world)
    second = world.backup()
    with world.one.store.operation("直す") as op:
        op.put("entry", line, {"text": "受注が2割減る見込み"})
    world.one.sync()
    world.go_back(second)
    world.one.sync()
    world.end_roles()
    world.go_back(first)
    world.one.sync()
    assert world.verdicts() == []
    assert text_at(world, line) == "受注が2割減る見込み"


def test_a_stick_carries_the_codes_too(world: World) -> None:
    file = world.backup()
    line = written(world)
    world.end_roles()
    world.go_back(file)
    there_and_back(world.hub, world.one, world.folder)   # the first only hears of the restore
    there_and_back(world.hub, world.one, world.folder, "again")
    assert world.verdicts() == []
    assert text_at(world, line) == "受注が減る見込み"


def test_batches_end_where_groups_end(world: World) -> None:
    for _ in range(3):
        a_visit(world.one)
        world.one.sync()
    with world.one.store.read() as conn:
        changes = [changed(c) for c in conn.execute(select(local.change).where(
            local.change.c.dev == world.one.dev).order_by(local.change.c.seq)).all()]
        for upto, parts in ((9, (9, 3)), (8, (6, 2)), (5, (3, 1)), (2, (2, 0))):
            batch, groups = vouched.shown_with(conn, world.one.dev, changes[:upto])
            assert (len(batch), len(groups)) == parts


def test_codes_go_when_the_changes_are_old_enough_to_go(world: World) -> None:
    for days in (0, vouched.DAYS - 1, 2, 1):
        world.one.store.clock.forward(days=days)
        world.hub.clock.forward(days=days)
        a_visit(world.one)
        world.one.sync()
    with world.one.store.read() as conn:
        assert conn.execute(select(func.count()).where(local.setting.c.key.like("hub_vouched %"))).scalar() == 3


def test_an_older_hub_and_an_older_desk_take_no_harm(world: World) -> None:
    """An older one leaves out what it does not know; a hub from before the codes makes its key when it is opened."""

    class OldReply(msgspec.Struct):
        v: int
        epoch: str
        acked: int

    class OldRequest(msgspec.Struct):
        v: int
        epoch: str

    told = wire.packed(wire.Reply(1, "e", 0, 3, code="A" * 16))
    asked = wire.packed(wire.Request(1, "e", vouched=[wire.Vouched(0, 3, "A" * 16)]))
    assert wire.unpacked(told, OldReply).acked == 3
    assert wire.unpacked(asked, OldRequest).epoch == "e"
    with world.hub.write() as conn:
        conn.execute(delete(t.hub).where(t.hub.c.key == VOUCHING))
    written(world)
    with world.one.store.read() as conn:
        assert conn.execute(select(func.count()).where(local.setting.c.key.like("hub_vouched %"))).scalar() == 0
    opened = open_hub(world.hub.folder, world.hub.clock)
    world.one.link.hub = opened
    a_visit(world.one)
    world.one.sync()
    assert the_code(world.one)[1]["code"]


def test_a_code_costs_few_bytes(world: World) -> None:
    """Of a reply to one edit, over many codes."""
    device = f"device:{world.one.dev}"
    scopes = [f"body:{world.body}", device, "member", f"person:{world.person}", "public"]
    reply = wire.Reply(1, "f" * 16, 1_790_000_000_000, 17, 12, scopes, cursors=dict.fromkeys(scopes, 40))
    chance = random.Random(1)
    codes = [base64.urlsafe_b64encode(chance.randbytes(vouching.BYTES)).decode() for _ in range(200)]
    more = sum(len(wire.packed(msgspec.structs.replace(reply, code=c))) for c in codes) / 200 - len(wire.packed(reply))
    assert more <= 24
