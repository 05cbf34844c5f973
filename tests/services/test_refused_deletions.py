"""A deletion that the hub refuses: the record is in sight again, the list tells, and nothing goes round in circles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.records.organizations import Organization
from kanto_desk.masters import organizations
from kanto_desk.services import organizations as service
from kanto_desk.services import receipts, refusals, refused_deletions, syncing
from tests.services.test_signed_apart import by_stick
from tests.sync.test_exchange import a_visit
from tests.sync.test_other_bodies import sync, two_bodies
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


def told(two: Two, uid: str) -> refusals.NotTaken:
    """The one entry of the list; the record is back on both laptops."""
    for desk in (two.one, two.two):
        assert desk.store.get(Organization, uid).deleted_at is None
    one, = refusals.listing(two.one.store)
    assert (one.uid, one.still_here) == (uid, True) and one.title
    assert "消した" in refusals.as_text(one)
    return one


def test_a_shipped_company_deleted_here_comes_back_and_the_list_says_why(two: Two) -> None:
    uid = organizations()[0].uid
    service.delete(two.one.store, uid)
    receipts.sync(two.one.store, link=two.link)
    one = told(two, uid)
    two.sync()
    assert told(two, uid) == one, "told once"
    assert syncing.waiting(two.one.store).changes == 0
    two.clock.forward(minutes=1)
    refusals.send_again(two.one.store, one)
    assert two.one.store.get(Organization, uid).deleted_at is not None
    receipts.sync(two.one.store, link=two.link)
    assert told(two, uid).seq > one.seq


def test_by_stick_it_comes_back_as_well(two: Two, tmp_path: Path) -> None:
    uid = organizations()[0].uid
    service.delete(two.one.store, uid)
    by_stick(two, two.one, tmp_path)
    one = told(two, uid)
    two.clock.forward(minutes=1)
    by_stick(two, two.one, tmp_path)
    assert told(two, uid) == one


def test_what_is_seen_in_part_comes_back_and_the_refusal_of_that_is_told_to_nobody(tmp_path: Path) -> None:
    hub, one, _, other, _ = two_bodies(tmp_path)
    company, visit, _ = a_visit(one)
    with one.store.operation("同意") as op:
        op.add("consent", {"consultation": visit, "organization": company, "code": "20"})
    sync(one, other, other)
    with other.store.operation("消す") as op:
        op.delete("organization", company)
    assert other.sync().not_taken == 1
    assert refused_deletions.show_again(other.store) == 1
    assert other.store.get(Organization, company).deleted_at is None
    assert other.sync().not_taken == 1, "who sees it in part does not say whether it is there"
    assert refused_deletions.show_again(other.store) == 0
    assert [r.uid for r in refusals.listing(other.store)] == [company] and refusals.count(other.store) == 1
    assert other.sync().not_taken == 0
    hub.close()
