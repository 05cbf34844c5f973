"""Bundles: what travels on a stick arrives as by network, in any order, as often as it comes; nothing else is taken in."""

from __future__ import annotations

import itertools
import random
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from kanto_desk.db import local
from kanto_desk.db.operation import count_unsent
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.hub import accounts, quarantine
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub, new_epoch, put_value
from kanto_desk.rules.access import Grant, Role
from kanto_desk.sync import taking_in, wire
from kanto_desk.sync.bundle_file import Unusable
from kanto_desk.sync.orders import is_ordered
from tests.sync.bundles import StickDesk, a_stick_desk, there_and_back
from tests.sync.parts import a_body, a_hub, a_person
from tests.sync.simulator import alive_in
from tests.sync.test_exchange import a_visit

World = tuple[Hub, StickDesk, StickDesk]


@pytest.fixture
def world(tmp_path: Path) -> World:
    hub = a_hub(tmp_path / "hub")
    person = a_person(hub, a_body(hub))
    return hub, a_stick_desk(hub, tmp_path / "one", person), a_stick_desk(hub, tmp_path / "two", person)


def unsent_of(desk: StickDesk) -> int:
    with desk.store.read() as conn:
        return count_unsent(conn)


def received(hub: Hub) -> int:
    with hub.read() as conn:
        return conn.execute(select(func.count()).select_from(t.received)).scalar_one()


def held(desk: StickDesk) -> dict:
    with desk.store.read() as conn:
        return alive_in(conn)


def test_a_stick_carries_everything_and_only_the_receipt_frees_it(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, _, line = a_visit(one)
    made = one.make(tmp_path / "to.kdx")
    assert (made.changes, made.records) == (3, 3) and unsent_of(one) == 3
    taken = hub_side.take(hub, tmp_path / "to.kdx")
    assert (taken.changes, taken.new, taken.verdicts) == (3, 3, {})
    assert unsent_of(one) == 3, "nobody told this laptop yet"
    hub_side.make(hub, one.dev, tmp_path / "back.kdx")
    arrived = one.take(tmp_path / "back.kdx")
    assert (arrived.receipt.sent, unsent_of(one), one.known.acked) == (3, 0, 3)
    there_and_back(hub, two, tmp_path, "two")
    assert two.store.get(Entry, line).text == "受注が減る見込み"
    assert held(one) == held(two)
    again = one.sync()
    assert (again.sent, again.not_taken, again.trips) == (0, 0, 1)


def test_the_same_stick_twice_changes_nothing(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, _, line = a_visit(one)
    one.make(tmp_path / "to.kdx")
    hub_side.take(hub, tmp_path / "to.kdx")
    again = hub_side.take(hub, tmp_path / "to.kdx")
    assert (again.changes, again.new, received(hub)) == (3, 0, 3)
    hub_side.make(hub, two.dev, tmp_path / "two.kdx")
    assert not two.take(tmp_path / "two.kdx").known
    with two.store.operation("直す") as op:
        op.put("entry", line, {"text": "受注が2割減る見込み"})
    before = held(two)
    assert two.take(tmp_path / "two.kdx").known
    assert held(two) == before


def test_sticks_in_any_order_end_alike(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, _, line = a_visit(one)
    one.make(tmp_path / "1.kdx")
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "二度目"})
    one.make(tmp_path / "2.kdx")
    for name in ("2", "1", "2"):
        hub_side.take(hub, tmp_path / f"{name}.kdx")
    assert received(hub) == 4
    backs = []
    for n, text in enumerate(("三度目", "四度目")):
        hub_side.make(hub, two.dev, tmp_path / f"b{n}.kdx")
        backs.append(tmp_path / f"b{n}.kdx")
        with one.store.operation("直す") as op:
            op.put("entry", line, {"text": text})
        one.sync()
    hub_side.make(hub, two.dev, tmp_path / "b2.kdx")
    backs.append(tmp_path / "b2.kdx")
    for order in itertools.permutations(backs):
        for path in order:
            two.take(path)
        assert two.store.get(Entry, line).text == "四度目"
        with two.store.write() as conn:   # as if none had been taken, the rows stay
            conn.execute(delete(local.setting).where(local.setting.c.key == "bundles_taken"))
    two.sync()
    one.sync()
    assert held(one) == held(two)


def test_stick_and_network_may_be_mixed(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, line = a_visit(one)
    one.make(tmp_path / "to.kdx")
    one.sync()
    two.sync()
    assert hub_side.take(hub, tmp_path / "to.kdx").new == 0
    with two.store.operation("直す") as op:
        op.put("entry", line, {"text": "別の端末"})
    two.make(tmp_path / "two.kdx")
    with one.store.operation("足す") as op:
        op.add("entry", {"consultation": visit, "kind": "said", "text": "新しい行"})
    one.sync()
    hub_side.take(hub, tmp_path / "two.kdx")
    hub_side.make(hub, two.dev, tmp_path / "back.kdx")
    two.sync()
    two.take(tmp_path / "back.kdx")
    one.sync()
    assert held(one) == held(two)
    assert unsent_of(two) == 0


def test_an_old_answer_takes_no_receipt_back_and_no_newer_value(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    two.sync()
    _, _, line = a_visit(one)
    hub_side.make(hub, one.dev, tmp_path / "before.kdx")   # nothing of it had arrived
    one.sync()
    two.sync()
    hub_side.make(hub, two.dev, tmp_path / "two.kdx")      # the hub was not told what this laptop has read: all of it
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "二度目"})
    one.sync()
    two.sync()
    one.take(tmp_path / "before.kdx")
    assert (unsent_of(one), one.known.acked) == (0, 4)
    two.take(tmp_path / "two.kdx")
    assert two.store.get(Entry, line).text == "二度目"
    assert held(one) == held(two)


def test_an_older_row_that_comes_later_changes_nothing(world: World) -> None:
    _, one, _ = world
    with one.store.write() as conn:
        for at, text in ((10, "新しい"), (5, "古い")):
            row = wire.WireRow("entry", "e" * 32, at, {"text": {f"{at:032x}": text}})
            taking_in.take_in(conn, [wire.Event(at, row=row)], 0, 0, one.store.projections)
    assert one.store.get(Entry, "e" * 32).text == "新しい"


class PowerCut(BaseException):
    """The laptop was switched off."""


def test_a_cut_while_a_file_is_taken_in_loses_nothing_and_the_same_file_goes_on(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    for part in range(5):
        with one.store.operation("多い") as op:
            for n in range(300):
                op.add("entry", {"consultation": visit, "kind": "said", "text": f"行{part}-{n}"})
    one.sync()
    a_visit(two)
    two.make(tmp_path / "to.kdx")
    hub_side.take(hub, tmp_path / "to.kdx")
    hub_side.make(hub, two.dev, tmp_path / "back.kdx")
    for times in (0, 1, 3):
        left = [times]

        def cut(_touched: object, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise PowerCut

        two.store.listeners.append(cut)
        with pytest.raises(PowerCut):
            two.take(tmp_path / "back.kdx")
        two.store.listeners.remove(cut)
    arrived = two.take(tmp_path / "back.kdx")
    assert not arrived.known and unsent_of(two) == 0
    assert two.take(tmp_path / "back.kdx").known
    one.sync()
    assert held(one) == held(two)


def test_an_autosave_after_the_bundle_is_a_change_of_its_own(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, _, line = a_visit(one)
    for text in ("書きかけ", "書きかけのまま"):
        with one.store.operation("直す", ("consultation", "v"), extend="k") as op:
            op.put("entry", line, {"text": text})
    made = one.make(tmp_path / "to.kdx")
    with one.store.operation("直す", ("consultation", "v"), extend="k") as op:
        op.put("entry", line, {"text": "書き終えた"})
    hub_side.take(hub, tmp_path / "to.kdx")
    assert (made.changes, received(hub)) == (4, 4)
    one.sync()
    two.sync()
    assert two.store.get(Entry, line).text == "書き終えた"
    with hub.read() as conn:
        assert conn.execute(select(func.count()).where(t.device.c.state == "cloned")).scalar_one() == 0


def test_what_a_reader_may_not_see_is_not_in_his_bundle_and_a_lost_role_forgets(world: World, tmp_path: Path) -> None:
    hub, one, _ = world
    with hub.read() as conn:
        body = conn.execute(select(t.body.c.uid)).scalar_one()
    other = a_stick_desk(hub, tmp_path / "other", a_person(hub, a_body(hub, "群馬県産業支援機構"), name="佐々木 亮"))
    company, visit, line = a_visit(one)
    there_and_back(hub, one, tmp_path, "one")
    there_and_back(hub, other, tmp_path, "other")
    assert other.store.get(Organization, company) is None
    with hub.write() as conn:
        uid = accounts.add_grant(conn, other.known.person, Grant(Role.ADVISER, body), hub.clock())
    there_and_back(hub, other, tmp_path, "more")
    assert other.store.get(Entry, line).text == "受注が減る見込み"
    with hub.write() as conn:
        accounts.end_grant(conn, uid)
    there_and_back(hub, other, tmp_path, "less")
    assert other.store.get(Entry, line) is None and other.store.get(Organization, company) is None
    assert visit
    with hub.write() as conn:
        accounts.add_grant(conn, other.known.person, Grant(Role.ADVISER, body), hub.clock())
    there_and_back(hub, other, tmp_path, "again")
    assert other.store.get(Entry, line).text == "受注が減る見込み"


def test_what_was_refused_is_told_by_the_answer(world: World, tmp_path: Path) -> None:
    hub, _, _ = world
    with hub.read() as conn:
        body = conn.execute(select(t.body.c.uid)).scalar_one()
    reader = a_stick_desk(hub, tmp_path / "reader", a_person(hub, body, Role.READER, name="閲覧 者"))
    a_visit(reader)
    arrived = there_and_back(hub, reader, tmp_path)
    assert arrived.receipt.not_taken == 3
    with reader.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(local.verdict)).scalar_one() == 3
    there_and_back(hub, reader, tmp_path, "again")


def test_a_hub_restored_from_a_backup_is_refilled_by_sticks(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, _, line = a_visit(one)
    hub_side.make(hub, one.dev, tmp_path / "early.kdx")
    there_and_back(hub, one, tmp_path, "a")
    with hub.write() as conn:   # last night's backup knew nothing
        for table in (t.received, t.event, t.placed, t.member):
            conn.execute(delete(table))
        conn.execute(update(t.device).values(seq=0))
        put_value(conn, "epoch", new_epoch())
    with one.store.operation("直す") as op:
        op.put("entry", line, {"text": "あとの行"})
    one.make(tmp_path / "late.kdx")
    with pytest.raises(hub_side.Missing):
        hub_side.take(hub, tmp_path / "late.kdx")
    hub.clock.forward(hours=1)
    hub_side.make(hub, one.dev, tmp_path / "back.kdx")
    one.take(tmp_path / "back.kdx")
    assert unsent_of(one) == 3 and one.known.acked == 0
    one.take(tmp_path / "early.kdx")   # from before the restore: says nothing any more
    assert unsent_of(one) == 3 and one.known.acked == 0
    there_and_back(hub, one, tmp_path, "b")
    there_and_back(hub, two, tmp_path, "c")
    assert received(hub) == 4 and unsent_of(one) == 0
    assert two.store.get(Entry, line).text == "あとの行"


def test_a_stopped_or_unknown_laptop_is_not_taken_in_and_gets_no_record(world: World, tmp_path: Path) -> None:
    hub, one, _ = world
    a_visit(one)
    one.make(tmp_path / "to.kdx")
    with hub.write() as conn:
        conn.execute(update(t.device).where(t.device.c.dev == one.dev).values(state="revoked"))
    with pytest.raises(Unusable, match="revoked"):
        hub_side.take(hub, tmp_path / "to.kdx")
    assert hub_side.make(hub, one.dev, tmp_path / "back.kdx") == hub_side.Given(0, order=True)
    arrived = one.take(tmp_path / "back.kdx")
    assert is_ordered(one.known.signing, one.dev, arrived.order)
    assert (arrived.receipt.sent, arrived.receipt.came, received(hub)) == (0, set(), 0)
    with hub.write() as conn:
        conn.execute(delete(t.device).where(t.device.c.dev == one.dev))
    with pytest.raises(Unusable, match="unknown"):
        hub_side.take(hub, tmp_path / "to.kdx")
    assert unsent_of(one) == 3


def test_a_laptop_without_a_key_gets_no_file(world: World, tmp_path: Path) -> None:
    hub, one, _ = world
    with hub.write() as conn:
        conn.execute(update(t.device).values(sealing="age1"))
    with pytest.raises(Unusable, match="key"):
        hub_side.make(hub, one.dev, tmp_path / "back.kdx")
    assert not list(tmp_path.glob("*.kdx"))


def test_a_cloned_laptop_is_found_by_its_sticks(world: World, tmp_path: Path) -> None:
    hub, one, _ = world
    _, _, line = a_visit(one)
    one.make(tmp_path / "1.kdx")
    with one.store.write() as conn:   # the copy wrote something else under the same numbers
        conn.execute(update(local.change).where(local.change.c.uid == line).values(set='{"text":"複製"}'))
    one.make(tmp_path / "2.kdx")
    hub_side.take(hub, tmp_path / "1.kdx")
    with pytest.raises(Unusable, match="cloned"):
        hub_side.take(hub, tmp_path / "2.kdx")
    with hub.read() as conn:
        kept = quarantine.listing(hub, conn)
    assert [[c.set for c in k.lacking] for k in kept] == [[{"text": "複製"}]]


def test_a_stopped_laptop_whose_copy_has_sent_stays_stopped_and_every_batch_of_its_file_is_kept(
        world: World, tmp_path: Path) -> None:
    hub, one, _ = world
    _, visit, line = a_visit(one)
    one.make(tmp_path / "copy.kdx")
    with one.store.write() as conn:
        conn.execute(update(local.change).where(local.change.c.uid == line).values(set='{"text":"元"}'))
    long = "長い記録" * 80_000   # of 960 KB each
    for n in range(6):   # more than one batch holds
        with one.store.operation("書く", ("consultation", visit)) as op:
            op.put("consultation", visit, {"summary": f"{n}{long}"})
    made = one.make(tmp_path / "left.kdx")
    hub_side.take(hub, tmp_path / "copy.kdx")
    with hub.write() as conn:
        conn.execute(update(t.device).where(t.device.c.dev == one.dev).values(state="revoked"))
    with pytest.raises(Unusable, match="cloned"):
        hub_side.take(hub, tmp_path / "left.kdx", of_stopped=True)
    with hub.read() as conn:
        assert conn.execute(select(t.device.c.state).where(t.device.c.dev == one.dev)).scalar_one() == "revoked"
        kept = quarantine.listing(hub, conn)
    assert len(kept) > 1 and sum(len(k.changes) for k in kept) == made.changes
    for k in kept:
        quarantine.take(hub, k.name)
    with hub.read() as conn:
        assert not any(k.lacking for k in quarantine.listing(hub, conn))
        written = conn.execute(select(t.received.c.set)).scalars().all()
    assert [sum(f'"{n}長い' in w for w in written) for n in range(6)] == [1] * 6 and any('"元"' in w for w in written)


def test_bundles_for_others_are_refused_on_every_side(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    a_visit(one)
    one.make(tmp_path / "to.kdx")
    with pytest.raises(Unusable, match="own"):
        one.take(tmp_path / "to.kdx")
    with pytest.raises(Unusable, match="desk"):
        two.take(tmp_path / "to.kdx")
    hub_side.make(hub, one.dev, tmp_path / "back.kdx")
    with pytest.raises(Unusable, match="other"):
        two.take(tmp_path / "back.kdx")
    with pytest.raises(Unusable, match="desk"):
        hub_side.take(hub, tmp_path / "back.kdx")
    elsewhere = a_hub(tmp_path / "elsewhere")
    with pytest.raises(Unusable, match="other"):
        hub_side.take(elsewhere, tmp_path / "to.kdx")
    elsewhere.close()


def test_ten_thousand_changes_go_in_batches(world: World, tmp_path: Path) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    rnd = random.Random(1)
    for _ in range(21):
        with one.store.operation("多い") as op:
            for _ in range(250):
                op.add("entry", {"consultation": visit, "kind": "said", "text": f"行{rnd.random()}"})
    assert one.make(tmp_path / "to.kdx").changes == 5253
    hub_side.take(hub, tmp_path / "to.kdx")
    hub_side.make(hub, one.dev, tmp_path / "back.kdx")
    assert one.take(tmp_path / "back.kdx").receipt.sent == 5253
    there_and_back(hub, two, tmp_path, "two")
    assert held(one) == held(two)
