"""A company merged on one laptop and deleted or edited on another: nothing goes out of sight, and somebody decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kanto_desk.db.records.organizations import Organization
from kanto_desk.services import contested, organizations, uniting
from kanto_desk.services.desk import Desk
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


def pair(two: Two) -> tuple[str, str]:
    """The one that stays and the one that goes, on both laptops."""
    made = [organizations.create(two.one.store, {"name": name, "phone": phone})
            for name, phone in (("残る精工", "0266-52-1111"), ("行く精工", "0266-52-2222"))]
    two.sync()
    return made[0], made[1]


def delete(desk: Desk, uid: str) -> None:
    with desk.store.operation("企業を消す", ("organization", uid)) as op:
        op.delete("organization", uid)


@pytest.mark.parametrize("merged_first", [True, False])
@pytest.mark.parametrize("deleted", ["stays", "goes"])
def test_a_merger_that_meets_a_deletion_is_asked_about_and_stays_in_sight(two: Two, deleted: str,
                                                                          merged_first: bool) -> None:
    stays, goes = pair(two)
    steps: list[Callable[[], object]] = [lambda: uniting.merge(two.one.store, stays, goes),
                                         lambda: delete(two.two, stays if deleted == "stays" else goes)]
    for step in steps if merged_first else reversed(steps):
        two.clock.forward(minutes=1)
        step()
    two.sync()
    two.sync()
    for desk in (two.one, two.two):
        (one,) = contested.listing(desk.store)
        assert one.deletion and one.uid == (stays if deleted == "stays" else goes)
        assert organizations.get(desk.store, goes).uid == stays
        assert desk.store.get(Organization, stays).deleted_at is None
        assert stays in [row.uid for row in organizations.listing(desk.store)]
    contested.settle(two.two.store, [(contested.listing(two.two.store)[0], True)])
    two.sync()
    for desk in (two.one, two.two):
        assert contested.count(desk.store) == 0 and desk.store.get(Organization, stays).deleted_at is None


def test_who_deletes_a_merged_company_knowingly_is_not_asked(two: Two) -> None:
    stays, goes = pair(two)
    uniting.merge(two.one.store, stays, goes)
    two.sync()
    two.clock.forward(minutes=1)
    delete(two.two, stays)
    two.sync()
    two.sync()
    assert [contested.count(desk.store) for desk in (two.one, two.two)] == [0, 0]


def test_what_is_written_into_a_company_while_it_is_merged_is_read_with_the_one_that_stays(two: Two) -> None:
    stays, goes = pair(two)
    uniting.merge(two.one.store, stays, goes)
    organizations.edit(two.two.store, goes, {"strengths": "同僚が書いた強み"})
    two.sync()
    for desk in (two.one, two.two):
        (united,) = organizations.profile(desk.store, stays).united
        assert "同僚が書いた強み" in [kept.value for kept in united.values]
