"""A corporation of the directory becomes an organization once, with its facts, their source and their day."""

from __future__ import annotations

import pytest

from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import read_all
from kanto_desk.directory.columns import HIDDEN
from kanto_desk.directory.searching import Corporation
from kanto_desk.errors import Refused
from kanto_desk.services import bin as bin_
from kanto_desk.services import directory_facts, facts, history, merging, organizations, taking_over, uniting
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations.words import source_words
from tests.services import listing


@pytest.fixture
def listed(desk: Desk) -> list[Corporation]:
    """What the desk's directory holds: a full file of 400 corporations."""
    listing.take(desk, listing.rows())
    return listing.held(desk, listing.rows())


def _first(listed: list[Corporation], kind: int = 301, state: int = 0) -> Corporation:
    return next(one for one in listed if one.kind == kind and one.state == state and one.prefecture)


def test_the_facts_come_with_their_source_and_day(desk: Desk, listed: list[Corporation]) -> None:
    found = next(one for one in listed if one.kind == 301 and one.kana and one.state == 0 and one.postcode)
    uid = taking_over.take_over(desk, found.number)
    made = organizations.get(desk.store, uid)
    assert (made.name, made.kana, made.corporate_number, made.legal_form) == (
        found.name, found.kana, found.number, "301")
    assert made.prefecture == found.city_code[:2] and made.city == found.city and made.address == found.street
    assert (made.city_code or "")[:5] == found.city_code and len(made.city_code or "") == 6
    assert (made.postal_code or "").replace("-", "") == found.postcode and made.state == "active"
    with desk.store.read() as conn:
        said = directory_facts.answers(conn, [uid])[uid]
    assert {one.fact for one in said} == {"name", "kana", "address", "state"}
    assert all(one.source == directory_facts.AGENCY and one.answer == directory_facts.TAKEN
               and one.updated is not None and one.updated.isoformat() == found.updated for one in said)


@pytest.mark.parametrize(("state", "word"), [(0, "active"), (1, "closed"), (2, "merged")])
def test_every_state_is_carried_and_the_successor_with_it(desk: Desk, listed: list[Corporation], state: int,
                                                          word: str) -> None:
    found = next(one for one in listed if one.state == state and (state < 2 or "successor" in one.facts))
    uid = taking_over.take_over(desk, found.number)
    assert organizations.get(desk.store, uid).state == word
    with desk.store.read() as conn:
        said = next(one for one in directory_facts.answers(conn, [uid])[uid] if one.fact == "state").says
    assert said.get("successor") == found.facts.get("successor") and said.get("closed") == found.facts.get("closed")


def test_every_corporation_of_the_file_can_be_taken_over(desk: Desk, listed: list[Corporation]) -> None:
    for one in listed[:60]:
        if one.state == HIDDEN:
            with pytest.raises(Refused):
                taking_over.take_over(desk, one.number)
        else:
            assert organizations.get(desk.store, taking_over.take_over(desk, one.number)).name == one.name


def test_taken_over_twice_it_is_one(desk: Desk, listed: list[Corporation]) -> None:
    number = _first(listed).number
    once = taking_over.take_over(desk, number)
    assert taking_over.take_over(desk, number) == once == taking_over.uid_of(number)
    assert len(_with_number(desk, number)) == 1


def test_an_own_one_with_the_number_is_given_as_it_is(desk: Desk, listed: list[Corporation]) -> None:
    number = _first(listed).number
    own = organizations.create(desk.store, {"name": "やまだ", "corporate_number": number})
    assert taking_over.take_over(desk, number) == own
    assert organizations.get(desk.store, own).name == "やまだ" and len(_with_number(desk, number)) == 1


def test_one_that_was_merged_gives_who_stands_for_it(desk: Desk, listed: list[Corporation]) -> None:
    number = _first(listed).number
    other = organizations.create(desk.store, {"name": "まとめ先"})
    uid = taking_over.take_over(desk, number)
    uniting.merge(desk.store, other, uid, taken=())
    with desk.store.read() as conn:
        assert merging.roots(conn) == {uid: other}
    assert taking_over.take_over(desk, number) == other


def test_undone_it_is_gone_and_taken_over_again_it_is_back(desk: Desk, listed: list[Corporation]) -> None:
    number = _first(listed).number
    uid = taking_over.take_over(desk, number)
    organizations.edit(desk.store, uid, {"notes": "秋に訪ねる"})
    assert history.undo(desk.store, ("organization", uid)) and history.undo(desk.store, ("organization", uid))
    assert _with_number(desk, number) == []
    assert {item.key for item in bin_.listing(desk.store)} <= {("organization", uid)}
    assert taking_over.take_over(desk, number) == uid and len(_with_number(desk, number)) == 1
    with desk.store.read() as conn:
        assert len(directory_facts.answers(conn, [uid])[uid]) >= 3


def test_what_the_directory_does_not_know_is_refused(desk: Desk, listed: list[Corporation]) -> None:
    with pytest.raises(Refused, match="1234567890123"):
        taking_over.take_over(desk, "1234567890123")
    hidden = next(one for one in listed if one.state == HIDDEN)
    with pytest.raises(Refused, match=hidden.number):
        taking_over.take_over(desk, hidden.number)


def test_without_a_directory_it_says_what_to_do(desk: Desk) -> None:
    with pytest.raises(Refused, match="directory import"):
        taking_over.take_over(desk, "1100005004357")


def _with_number(desk: Desk, number: str) -> list[Organization]:
    with desk.store.read() as conn:
        return read_all(conn, Organization, Organization.corporate_number == number)


def test_where_each_fact_comes_from_is_told_until_somebody_corrects_it(desk: Desk, listed: list[Corporation]) -> None:
    found = _first(listed)
    uid = taking_over.take_over(desk, found.number)
    organizations.edit(desk.store, uid, {"phone": "0266-11-2222"})
    organizations.edit(desk.store, uid, {"address": "正しくは裏口"})
    told = facts.of_organization(desk.store, uid)
    for name in ("name", "city", "prefecture", "state", "corporate_number"):
        source = told[uid, name]
        assert (source.origin, source.source) == ("directory", directory_facts.AGENCY), name
        assert source.updated is not None and source.updated.isoformat() == found.updated and not source.old
        assert "国税庁" in source_words(source)
    assert {told[uid, name].origin for name in ("phone", "address")} == {"typed"}
