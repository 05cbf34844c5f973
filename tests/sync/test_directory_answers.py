"""Two laptops with a directory each: what one took over, took in or left, the other knows; answers contest nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.records.organizations import Organization, OrganizationName
from kanto_desk.db.store import read_all
from kanto_desk.services import contested, history, offers, organizations, taking_over
from kanto_desk.services.desk import Desk
from tests.services import listing
from tests.services.test_offers import MERGED, MOVED, OTHER, PLAIN, RENAMED, ROWS, later
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    for desk in (made.one, made.two):
        listing.take(desk, ROWS, f"full-{desk.home.name}.csv")
    yield made
    made.close()


@pytest.fixture
def uid(two: Two) -> str:
    """Taken over on both laptops while they are apart."""
    for desk in (two.one, two.two):
        found = taking_over.take_over(desk, PLAIN[1])
        two.clock.forward(minutes=5)
    two.sync()
    return found


def kinds(desk: Desk) -> list[str]:
    return [one.kind for one in offers.listing(desk)]


def quiet(two: Two) -> bool:
    """Whether neither laptop has anything to decide."""
    return all(not contested.listing(desk.store) for desk in (two.one, two.two))


def diff(two: Two, *rows: list[str]) -> None:
    for desk in (two.one, two.two):
        listing.take(desk, rows, f"diff-{desk.home.name}-{rows[0][4]}.csv")


def test_taken_over_on_both_it_is_one_company(two: Two, uid: str) -> None:
    assert quiet(two)
    for desk in (two.one, two.two):
        with desk.store.read() as conn:
            assert [one.uid for one in read_all(conn, Organization, Organization.corporate_number == PLAIN[1])] == [uid]
        assert kinds(desk) == []


def test_taken_in_on_both_it_is_one_change(two: Two, uid: str) -> None:
    diff(two, RENAMED)
    for desk in (two.one, two.two):
        offers.take(desk, offers.one(desk, uid, "name"))
        two.clock.forward(minutes=5)
    two.sync()
    assert quiet(two)
    for desk in (two.one, two.two):
        assert organizations.get(desk.store, uid).name == RENAMED[6]
        with desk.store.read() as conn:
            names = read_all(conn, OrganizationName, OrganizationName.organization == uid)
        assert [one.name for one in names] == [PLAIN[6]]


def test_what_one_left_the_other_is_not_asked(two: Two, uid: str) -> None:
    diff(two, MOVED)
    offers.leave(two.one, offers.one(two.one, uid, "address"))
    assert kinds(two.two) == ["移転"]
    two.sync()
    assert kinds(two.two) == [] == kinds(two.one) and quiet(two)
    assert history.undo(two.one.store, ("organization", uid)) is not None
    two.sync()
    assert kinds(two.two) == ["移転"] == kinds(two.one) and quiet(two)


def test_left_here_and_taken_in_there_nothing_is_contested(two: Two, uid: str) -> None:
    diff(two, MERGED)
    offers.leave(two.one, offers.one(two.one, uid, "state"))
    two.clock.forward(minutes=5)
    offers.take(two.two, offers.one(two.two, uid, "state"))
    two.sync()
    assert quiet(two) and kinds(two.one) == [] == kinds(two.two)
    assert {organizations.get(desk.store, uid).state for desk in (two.one, two.two)} == {"merged"}


def test_an_older_directory_offers_nothing_that_was_answered_since(two: Two, uid: str) -> None:
    listing.take(two.two, [MOVED], "old.csv")
    listing.take(two.one, [later("2026-11-25", "12", c11="１丁目１－１")], "new.csv")
    offers.take(two.one, offers.one(two.one, uid, "address"))
    two.sync()
    assert kinds(two.two) == [], "its directory knows only what was before"
    assert organizations.get(two.two.store, uid).address == "１丁目１－１" and OTHER[11] != "１丁目１－１"
