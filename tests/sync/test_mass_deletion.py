"""A sync that would delete more than a few per cent of what lies here asks first, and nothing of it is lost."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, text

from kanto_desk.db import local
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.hub import bundles as hub_side
from kanto_desk.rules.access import Role
from kanto_desk.services import bundles, contested, mass_deletions, receipts
from kanto_desk.sync import held_deletions, mass_deletion
from kanto_desk.sync.client import Exchange
from kanto_desk.sync.taking_in import forget
from tests.db.parts import SetClock
from tests.sync.parts import Desk, a_body, a_desk, a_hub, a_person
from tests.ui.synced import Two


def three(folder: Path, n: int = 60) -> tuple[Desk, Desk, Desk, list[str]]:
    """Laptops of three people of one organisation that know n companies each."""
    hub = a_hub(folder / "hub", SetClock())
    body = a_body(hub)
    desks = [a_desk(hub, folder / name, a_person(hub, body, Role.SECRETARIAT, name=name)) for name in ("one", "two", "three")]
    one = desks[0]
    with one.store.operation("名簿") as op:
        companies = [op.add("organization", {"name": f"会社{i:03}"}) for i in range(n)]
    for desk in desks:
        desk.sync()
        desk.sync()
    return (*desks, companies)


def delete_some(desk: Desk, companies: list[str]) -> None:
    for i in range(0, len(companies), 40):
        with desk.store.operation("消す") as op:
            for uid in companies[i:i + 40]:
                op.delete("organization", uid)


class InPieces(Exchange):
    """Takes every reply in seven events at a time, as from a hub with small replies."""

    def __init__(self, store: Store, link, known, seen: list[int]) -> None:
        super().__init__(store, link, known)
        self.seen = seen

    def _apply(self, events, cursors, now_ms, page=None) -> None:
        for i in range(0, len(events), 7):
            self.seen.append(len(events[i:i + 7]))
            super()._apply(events[i:i + 7], cursors if i + 7 >= len(events) else {}, now_ms, page)


def living(store: Store) -> int:
    with store.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM organization WHERE deleted_at IS NULL")).scalar_one())


def same(*desks: Desk) -> bool:
    seen = []
    for desk in desks:
        with desk.store.read() as conn:
            seen.append([tuple(r) for name in ("organization", "head") for r in conn.execute(text(
                f"SELECT * FROM {name} ORDER BY uid")).all()])
    return all(one == seen[0] for one in seen)


def test_it_asks_and_the_rest_of_the_sync_goes_on(tmp_path: Path) -> None:
    one, two, _, companies = three(tmp_path)
    delete_some(one, companies[:50])
    with one.store.operation("直す") as op:
        op.put("organization", companies[55], {"notes": "午後に電話"})
        new = op.add("organization", {"name": "新しい会社"})
    one.sync()
    got = two.sync()
    assert got.complete
    assert living(two.store) == 61, "nothing went"
    assert two.store.get(Organization, companies[55]).notes == "午後に電話"
    assert two.store.get(Organization, new) is not None
    asked = mass_deletions.question(two.store)
    assert asked is not None
    assert (asked.records, asked.kinds) == (50, (("organization", 50),))
    assert [(d.by, d.records) for d in asked.deleters] == [(one.store.person, 50)]
    assert asked.titles == tuple(f"会社{i:03}" for i in range(5))
    again = Store(two.store.engine, two.store.clock, two.store.person)
    assert mass_deletions.question(again) == asked, "it survives a restart"
    assert two.sync().complete
    assert living(two.store) == 61
    assert mass_deletions.question(two.store) == asked


def test_delete_takes_it_in_as_it_came(tmp_path: Path) -> None:
    one, two, three_, companies = three(tmp_path)
    delete_some(one, companies[:50])
    one.sync()
    two.sync()
    assert mass_deletions.delete(two.store) == 50
    assert (living(two.store), mass_deletions.question(two.store)) == (10, None)
    assert two.sync().sent == 0, "nothing of it is a change of this laptop"
    three_.sync()
    mass_deletions.delete(three_.store)
    assert same(one, two, three_)


def test_keep_travels_and_ends_the_question_elsewhere(tmp_path: Path) -> None:
    one, two, three_, companies = three(tmp_path)
    delete_some(one, companies[:50])
    one.sync()
    two.sync()
    three_.sync()
    assert mass_deletions.count(three_.store) == 50
    assert mass_deletions.keep(two.store) == 50
    assert (living(two.store), mass_deletions.count(two.store), contested.count(two.store)) == (60, 0, 0)
    two.sync()
    three_.sync()
    one.sync()
    assert mass_deletions.question(three_.store) is None, "somebody else decided"
    with three_.store.read() as conn:
        assert held_deletions.waiting(conn) == [], "and it stands in the journal as on the others"
    assert [living(d.store) for d in (one, two, three_)] == [60] * 3
    assert [contested.count(d.store) for d in (one, two, three_)] == [0] * 3
    assert same(one, two, three_)


def test_few_and_a_small_share_are_not_asked_about(tmp_path: Path) -> None:
    one, two, _, companies = three(tmp_path)
    delete_some(one, companies[:19])
    one.sync()
    two.sync()
    assert (living(two.store), mass_deletions.question(two.store)) == (41, None), "19 are few"
    delete_some(one, companies[19:39])
    one.sync()
    two.sync()
    assert (living(two.store), mass_deletions.count(two.store)) == (41, 20)


def test_a_small_share_of_many_goes_unasked(tmp_path: Path) -> None:
    one, two, _, companies = three(tmp_path, 480)
    delete_some(one, companies[:24])
    one.sync()
    two.sync()
    assert (living(two.store), mass_deletions.question(two.store)) == (456, None), "24 of 480 are five per cent"
    delete_some(one, companies[24:48])
    one.sync()
    two.sync()
    assert (living(two.store), mass_deletions.count(two.store)) == (456, 24), "24 of 456 are more"


def test_many_small_replies_are_one_sync(tmp_path: Path) -> None:
    one, two, _, companies = three(tmp_path)
    for uid in companies[:40]:
        with one.store.operation("消す") as op:
            op.delete("organization", uid)
    one.sync()
    seen: list[int] = []   # how much came at a time
    InPieces(two.store, two.link, two.known, seen).run()
    assert len(seen) > 5
    assert 60 - living(two.store) < mass_deletion.FEW
    assert 60 - living(two.store) + mass_deletions.count(two.store) == 40


def test_what_was_written_meanwhile_meets_the_deletion(tmp_path: Path) -> None:
    one, two, _, companies = three(tmp_path)
    delete_some(one, companies[:1])
    delete_some(one, companies[1:50])
    one.sync()
    two.sync()
    with two.store.operation("直す") as op:
        op.put("organization", companies[0], {"notes": "電話した"})
    mass_deletions.delete(two.store)
    assert living(two.store) == 11, "what was changed here without knowing stays in sight, and is asked about"
    assert contested.count(two.store) == 1
    two.sync()
    one.sync()
    two.sync()
    assert same(one, two)


def test_one_on_a_stick_asks_as_well(tmp_path: Path) -> None:
    two = Two(tmp_path)
    try:
        one, other = two.one.store, two.two.store
        with one.operation("名簿") as op:
            companies = [op.add("organization", {"name": f"会社{i:03}"}) for i in range(60)]
        two.sync()
        before = living(other)
        for i in range(0, 50, 25):
            with one.operation("消す") as op:
                for uid in companies[i:i + 25]:
                    op.delete("organization", uid)
        receipts.sync(one, link=two.link)
        file = tmp_path / "answer.kdx"
        hub_side.make(two.hub, f"{other.device()[0]:016x}", file)
        bundles.take_bundle(other, file)
        assert (living(other), mass_deletions.count(other)) == (before, 50)
        assert bundles.take_bundle(other, file).known
        receipts.sync(other, link=two.link)
        assert mass_deletions.count(other) == 50, "by network it is the same question"
        assert mass_deletions.delete(other) == 50
        assert living(other) == living(one) == before - 50
    finally:
        two.close()


def test_rows_that_come_whole_are_asked_about_too(tmp_path: Path) -> None:
    one, two, three_, companies = three(tmp_path)
    delete_some(one, companies[:50])
    one.sync()
    for desk in (two, three_):
        with desk.store.write() as conn:   # what a hub that was restored, or a scope that was given anew, comes to
            conn.execute(delete(local.scope_cursor))
            conn.execute(delete(local.filled))
        desk.sync()
        assert living(desk.store) == 60
        assert mass_deletions.count(desk.store) == 50
    asked = mass_deletions.question(two.store)
    assert asked is not None and sum(d.records for d in asked.deleters) == 50
    with two.store.write() as conn:
        conn.execute(delete(local.scope_cursor))
    two.sync()
    assert mass_deletions.count(two.store) == 50, "the same rows again are no second question"
    mass_deletions.keep(two.store)
    two.sync()
    three_.sync()
    one.sync()
    assert [living(d.store) for d in (one, two, three_)] == [60] * 3
    assert mass_deletions.question(three_.store) is None
    assert [contested.count(d.store) for d in (one, two, three_)] == [0] * 3


def test_what_may_not_be_kept_waits_for_nothing(tmp_path: Path) -> None:
    one, two, _, companies = three(tmp_path)
    delete_some(one, companies[:50])
    one.sync()
    two.sync()
    with two.store.write() as conn:
        forget(conn, ("organization", companies[3]), None, two.store.projections)
    with two.store.read() as conn:
        assert all(held_deletions.key_of(e)[1] != companies[3] for e in held_deletions.waiting(conn))
    assert mass_deletions.delete(two.store) == 49
