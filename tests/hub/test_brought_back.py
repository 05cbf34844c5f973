"""What no push sends any more and a hub that went back to a backup lacks: forgotten rows, and what went by other names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select, text

from kanto_desk.db import local
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.migrations import ATTACHMENTS, migrate
from kanto_desk.db.records.consultations import Entry
from kanto_desk.hub import accounts, vouching
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.hub.content_place import FolderPlace
from kanto_desk.hub.opening import open_hub
from kanto_desk.hub.restoring import restore
from kanto_desk.services import withdrawing
from kanto_desk.services.pictures import THUMB
from kanto_desk.sync import bundle, vouched
from kanto_desk.sync.again_wire import PATH, Again, Took
from kanto_desk.sync.client import Exchange, NotAnswered
from kanto_desk.sync.content_wire import PATH as PATH_OF_FILES
from kanto_desk.sync.content_wire import Ask, Offer, Told, Wanted
from kanto_desk.sync.contents import Carrying
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.sync.renewing import forget_reading, renew
from kanto_desk.sync.wire import Vouched, WireChange
from tests.sync.bundles import StickDesk, a_stick_desk, there_and_back
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.test_exchange import a_visit
from tests.sync.test_out_of_sight import held
from tests.sync.test_vouching import World, changed, text_at, written


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    database = request.getfixturevalue("postgresql")() if request.param == "postgresql" else None
    hub = a_hub(tmp_path / "hub", database=database)
    body = a_body(hub)
    person, other = a_person(hub, body), a_person(hub, body, name="宮坂 健")
    made = World(hub, tmp_path, body, person, other, a_stick_desk(hub, tmp_path / "one", person),
                 a_stick_desk(hub, tmp_path / "two", other))
    made.database = database
    yield made
    made.hub.close()


def go_back(world: World, file: Path) -> None:
    restore(world.hub.folder, world.hub.clock, file, world.database)


def journal(desk: StickDesk) -> list[int]:
    with desk.store.read() as conn:
        return list(conn.execute(select(local.change.c.seq).where(local.change.c.dev == desk.dev)).scalars())


def anywhere(desk: StickDesk, words: str) -> list[str]:
    """Tables of a laptop in which words stand."""
    with desk.store.read() as conn:
        tables = conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        return [name for name in tables if any(words in str(v) for row in conn.execute(text(f'SELECT * FROM "{name}"'))
                                               for v in row)]


def test_what_its_author_had_to_forget_comes_back_to_a_hub_that_lost_it(world: World) -> None:
    before = world.backup()
    line = written(world, "受注が減る見込み")
    where = world.placed(line)
    world.end_roles()
    assert world.one.sync().gone
    assert journal(world.one) == [] and anywhere(world.one, "受注が減る") == []
    go_back(world, before)
    assert text_at(world, line) is None
    world.one.sync()
    assert text_at(world, line) == "受注が減る見込み"
    assert world.placed(line) == where
    assert world.accepted() == [1, 2, 3] and world.verdicts() == []
    world.two.sync()
    assert held(world, line)
    trips = world.one.sync().trips
    assert trips == 1   # once brought back, all is quiet
    go_back(world, before)   # and again, as often as it goes back
    world.one.sync()
    assert text_at(world, line) == "受注が減る見込み"


def test_a_colleague_who_has_read_the_row_of_the_backup_gets_back_what_he_had(world: World) -> None:
    """Aimed seeds 701 and 703: he had the newer text as a change, so he passed it over when it came once more."""
    line = written(world, "はじめ")
    before = world.backup()
    with world.one.store.operation("直す") as op:
        op.put("entry", line, {"text": "直したあと"})
    world.one.sync()
    world.two.sync()
    assert world.two.store.get(Entry, line).text == "直したあと"
    go_back(world, before)
    world.two.sync()   # before its author
    world.one.sync()
    world.two.sync()
    assert world.two.store.get(Entry, line).text == "直したあと"
    with world.two.store.read() as conn:
        assert conn.execute(select(local.head)).all() == []


def test_a_push_half_forgotten_proves_itself_whole(world: World) -> None:
    """One of two visits of a push left its author's sight; then his role ended, and the hub went back."""
    before = world.backup()
    _, _, line = a_visit(world.one, "残る行")
    company = world.one.store
    with company.operation("会社") as op:
        other = op.add("organization", {"name": "岡谷光学"})
    assert world.one.sync().sent == 4
    with world.hub.write() as conn:   # as if it were moved where he sees nothing
        conn.execute(t.placed.delete().where(t.placed.c.uid == other))
        conn.execute(t.event.insert().values(scope=f"device:{world.one.dev}", n=900, type="organization", uid=other,
                                             kind="leave", dev=None))
        conn.execute(t.counter.update().where(t.counter.c.name == "n").values(value=900))
    world.one.sync()
    assert journal(world.one) == [1, 2, 3]
    world.end_roles()
    go_back(world, before)
    world.one.sync()
    assert world.accepted() == [1, 2, 3, 4] and world.verdicts() == []
    assert text_at(world, line) == "残る行"


def test_it_is_taken_once_whichever_way_it_comes_first(world: World) -> None:
    before = world.backup()
    line = written(world)
    world.end_roles()
    world.one.sync()
    go_back(world, before)
    world.one.sync()
    with world.hub.read() as conn:
        top = conn.execute(select(t.counter.c.value).where(t.counter.c.name == "n")).scalar_one()
    world.one.store.set_setting("hub", {**world.one.store.setting("hub"), "owes": True})
    world.one.sync()
    with world.hub.read() as conn:
        assert conn.execute(select(t.counter.c.value).where(t.counter.c.name == "n")).scalar_one() == top
    world.give_role()
    with world.one.store.operation("会社") as op:
        op.add("organization", {"name": "岡谷光学"})
    assert world.one.sync().left == 0
    assert world.accepted() == [1, 2, 3, 4]
    assert world.one.store.get(Entry, line).text == "受注が減る見込み"   # his own, given back


def test_what_went_under_a_former_name_comes_back_too(world: World) -> None:
    """The folder had been copied; the laptop bears another name by now, and the roles of then have ended."""
    before = world.backup()
    line = written(world)
    former = world.one.dev
    join_by_another_name(world)
    assert world.one.dev != former
    world.end_roles()
    go_back(world, before)
    assert text_at(world, line) is None
    world.one.sync()
    assert text_at(world, line) == "受注が減る見込み"
    assert numbers(world, former) == [1, 2, 3]
    world.two.sync()
    assert held(world, line)


def test_what_was_forgotten_under_a_former_name_comes_back_too(world: World) -> None:
    before = world.backup()
    line = written(world)
    former = world.one.dev
    join_by_another_name(world)
    world.one.sync()
    world.end_roles()
    assert world.one.sync().gone
    assert anywhere(world.one, "受注が減る") == []
    go_back(world, before)
    world.one.sync()
    assert text_at(world, line) == "受注が減る見込み"
    assert numbers(world, former) == [1, 2, 3]


def test_the_first_owner_of_a_name_may_push_what_a_copy_brought_back_before_him(world: World) -> None:
    """A copy of the folder, renewed, syncs first after the restore; the original sends the same in its own line."""
    before = world.backup()
    line = written(world)
    go_back(world, before)
    world.two.sync()
    with world.one.store.read() as conn:
        changes = [changed(c) for c in conn.execute(select(local.change).order_by(local.change.c.seq)).all()]
        groups = vouched.groups_of(conn, world.one.dev)
    Exchange(world.two.store, world.two.link, world.two.known).ask(
        PATH, Again(1, world.one.dev, changes, vouched=groups), Took)
    assert text_at(world, line) == "受注が減る見込み"
    assert world.one.sync().left == 0
    assert world.accepted() == [1, 2, 3]
    assert world.one.known.acked == 3


def test_hashes_that_do_not_belong_to_a_code_prove_nothing(world: World) -> None:
    written(world)
    with world.one.store.read() as conn:
        changes = [changed(c) for c in conn.execute(select(local.change).order_by(local.change.c.seq)).all()]
        group = vouched.groups_of(conn, world.one.dev)[0]
    with world.one.store.write() as conn:
        vouched.keep_witness(conn, world.one.dev, group, "20261124")
        whole = vouched.witness(conn, world.one.dev, group.last, group.code)
    other = msgspec.structs.replace(changes[2], set={"text": "別の行"})
    with world.hub.read() as conn:
        def known(pushed: list[WireChange], claim: Vouched) -> set[int]:
            return set(vouching.proven(conn, world.one.dev, world.body, pushed, [claim]))

        assert known(changes, whole) == {1, 2, 3} and known(changes[2:], whole) == {3}   # the others are gone
        assert known([changes[0], other], whole) == {1}
        for wrong in ({"hashes": ""}, {"hashes": "x"}, {"hashes": whole.hashes[:-44]}, {"seqs": [1, 2]}, {"seqs": [-1, 2, 3]},
                      {"seqs": [1, 2, 1 << 70]}, {"hashes": whole.hashes[44:] + whole.hashes[:44]}):
            assert known(changes, msgspec.structs.replace(whole, **wrong)) == set(), wrong


def test_nothing_is_taken_under_another_name_without_its_code(world: World) -> None:
    before = world.backup()
    line = written(world)
    go_back(world, before)
    world.two.sync()
    with world.one.store.read() as conn:
        changes = [changed(c) for c in conn.execute(select(local.change).order_by(local.change.c.seq)).all()]
    Exchange(world.two.store, world.two.link, world.two.known).ask(
        PATH, Again(1, world.one.dev, changes), Took)
    assert text_at(world, line) is None
    assert numbers(world, world.one.dev) == []


def test_a_stick_and_a_laptop_that_was_stopped_carry_it_too(world: World) -> None:
    before = world.backup()
    line = written(world)
    world.end_roles()
    world.one.sync()
    go_back(world, before)
    there_and_back(world.hub, world.one, world.folder)   # the first only hears of the restore
    there_and_back(world.hub, world.one, world.folder, "again")
    assert text_at(world, line) == "受注が減る見込み"
    go_back(world, before)
    left = bundle.make(world.one.store, replace(world.one.known, acked=0, owes=False), world.folder / "left.kdx")
    assert (left.changes, left.back) == (0, 1)
    with world.hub.write() as conn:
        conn.execute(t.device.update().where(t.device.c.dev == world.one.dev).values(state="revoked"))
    assert hub_side.take(world.hub, world.folder / "left.kdx", of_stopped=True).new == 3
    assert text_at(world, line) == "受注が減る見込み"
    none = bundle.make(world.one.store, replace(world.one.known, acked=3, owes=False), world.folder / "none.kdx")
    assert (none.changes, none.back) == (0, 0)


def test_what_lies_sealed_goes_when_the_changes_are_old_enough_to_go(world: World) -> None:
    days = []
    for more in (0, vouched.DAYS - 1, 2, 2):
        for clock in (world.one.store.clock, world.two.store.clock, world.hub.clock):
            clock.forward(days=more)
        days.append(f"{world.hub.clock():%Y%m%d}")
        written(world)
        world.end_roles()
        world.one.sync()
        world.give_role()
        world.one.sync()
    with world.one.store.read() as conn:
        for kind in ("hub_sealed", "hub_witness"):
            keys = conn.execute(select(local.setting.c.key).where(local.setting.c.key.like(f"{kind} %"))).scalars()
            assert {key[-8:] for key in keys} == set(days[1:])


def test_a_laptop_that_joined_after_the_backup_and_joins_anew_has_its_hidden_rows_forgotten(world: World) -> None:
    """Made anew of a backup, the hub has never heard of it; what it sends was sent before, and others may hold it."""
    before = world.backup()
    three = a_stick_desk(world.hub, world.folder / "three", world.person)
    _, visit, line = a_visit(three, "値引きを求める")
    three.sync()
    world.two.sync()
    assert held(world, line)
    with three.store.operation("自分だけ") as op:
        op.put("consultation", visit, {"visibility": "P0"})
    assert three.sync().left == 0   # the colleague has not heard of it
    restore(world.folder / "anew", world.hub.clock, before)
    world.hub.close()
    world.hub = world.one.link.hub = world.two.link.hub = three.link.hub = open_hub(world.folder / "anew", world.hub.clock)
    join(world, three, world.person)
    three.sync()
    world.two.sync()
    assert not held(world, line)
    assert text_at(world, line) == "値引きを求める"


def test_its_author_delivers_the_file_of_a_row_that_he_had_to_forget(world: World) -> None:
    """His role ended between the row and its file: he may still give the file, and may not have it back."""
    _, visit, _ = a_visit(world.one)
    content = b"\xff\xd8\xff" + bytes(range(256)) * 9
    one, two = some_blobs(world.folder / "one.db"), some_blobs(world.folder / "two.db")
    digest = one.put(content, "image/jpeg", world.hub.clock().isoformat())
    two.put(content, "image/jpeg", world.hub.clock().isoformat())
    with world.one.store.operation("写真") as op:
        op.add("attachment", {"owner_type": "consultation", "owner": visit, "kind": "photo", "hash": digest,
                              "size": len(content), "mime": "image/jpeg"})
    world.one.sync()
    world.end_roles()
    assert world.one.sync().gone
    place = FolderPlace(world.hub.folder)
    with world.hub.write() as conn:
        stranger = accounts.add_person(conn, "他の人", "", world.hub.clock())
    other = a_stick_desk(world.hub, world.folder / "other", stranger)
    told = exchange(other).ask(PATH_OF_FILES, Ask(1, [Offer(digest, len(content))]), Told)
    assert told.refused == {digest: "unnamed"}
    assert Carrying(exchange(world.one), one, THUMB).run().sent == 1
    assert place.size(digest) == len(content)
    with pytest.raises(NotAnswered, match="unnamed"):
        exchange(world.one).ask(PATH_OF_FILES, Ask(1, want=Wanted(digest, 0)), Told)
    assert withdrawing.let_go(world.one.store, one) == 1
    one.engine.dispose()
    two.engine.dispose()


def some_blobs(file: Path) -> Blobs:
    engine = make_engine(file, b"k" * 32, page_size=16384)
    migrate(engine, ATTACHMENTS)
    return Blobs(engine)


def exchange(desk: StickDesk) -> Exchange:
    return Exchange(desk.store, desk.link, desk.known)


def join_by_another_name(world: World) -> None:
    renew(world.one.store)
    join(world, world.one, world.person)


def join(world: World, desk: StickDesk, person: str) -> None:
    with world.hub.write() as conn:
        code = accounts.new_code(conn, person, world.hub.clock())
    enrol(desk.store, Invitation("https://127.0.0.1:1", code, "f" * 32), "", "again", lambda _url, _ca: desk.link,
          forget_reading)


def numbers(world: World, dev: str) -> list[int]:
    with world.hub.read() as conn:
        return list(conn.execute(select(t.received.c.seq).where(t.received.c.dev == dev).order_by(t.received.c.seq))
                    .scalars())
