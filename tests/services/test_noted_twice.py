"""The same consent or issue noted on two laptops apart: it counts once, and is withdrawn or taken off as one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.services import consents, consultations, figures, sheets, spans
from kanto_desk.services.figures import Wanted
from tests.ui.synced import Two


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    made = Two(tmp_path)
    yield made
    made.close()


def test_a_consent_given_twice_is_withdrawn_once(two: Two) -> None:
    for desk in (two.one, two.two):
        consents.set_given(desk.store, two.visit, ["20"])
    two.sync()
    for desk in (two.one, two.two):
        assert consents.given(desk.store, two.visit) == ("20",)
        assert len(consents.of_consultation(desk.store, two.visit)) == 2
        printed = [c for c in sheets.sheet(desk.store, desk.blobs, two.visit).consents if c.given]
        assert len(printed) == 1
    consents.set_given(two.one.store, two.visit, [])
    two.sync()
    for desk in (two.one, two.two):
        assert consents.given(desk.store, two.visit) == ()
        assert all(c.withdrawn_on is not None for c in consents.of_consultation(desk.store, two.visit))
    consents.set_given(two.two.store, two.visit, ["20"])
    assert consents.given(two.two.store, two.visit) == ("20",)


def test_what_came_after_the_page_was_read_is_not_taken_away(two: Two) -> None:
    consultations.set_issues(two.one.store, two.visit, ["0101"])
    consents.set_given(two.one.store, two.visit, ["10"])
    two.sync()
    consultations.set_issues(two.two.store, two.visit, ["0101", "0401"], ["0101"])
    consents.set_given(two.two.store, two.visit, ["10", "20"], ["10"])
    two.sync()
    consultations.set_issues(two.one.store, two.visit, ["0301"], ["0101"])   # the page of before the sync
    consents.set_given(two.one.store, two.visit, [], ["10"])
    two.sync()
    for desk in (two.one, two.two):
        assert [i.code for i in consultations.issues(desk.store, two.visit)] == ["0301", "0401"]
        assert consents.given(desk.store, two.visit) == ("20",)


def test_an_issue_named_twice_counts_once_and_is_taken_off_once(two: Two) -> None:
    consultations.set_issues(two.one.store, two.visit, ["0101", "0201"])
    consultations.set_issues(two.two.store, two.visit, ["0101", "0301"])
    consultations.edit(two.one.store, two.visit, {"held_on": date(2026, 11, 20)})
    two.sync()
    for desk in (two.one, two.two):
        found = consultations.issues(desk.store, two.visit)
        assert sorted(str(i.code) for i in found) == ["0101", "0201", "0301"] and found[0].code == "0101"
        counted = figures.read(desk.store, Wanted(spans.fiscal(2026), by=("issue",)))
        assert {g.key: g.mentions for g in counted.groups["issue"] if g.mentions} == {"01": 1, "02": 1, "03": 1}
    consultations.set_issues(two.two.store, two.visit, ["0301"])
    two.sync()
    for desk in (two.one, two.two):
        assert [(i.code, i.primary) for i in consultations.issues(desk.store, two.visit)] == [("0301", True)]
