"""同じ企業の候補: what speaks for one and the same, with both values; 別の企業 is remembered."""

from __future__ import annotations

import pytest

from kanto_desk.rules import likeness
from kanto_desk.services import duplicates, history, organizations
from kanto_desk.services.desk import Desk

KONAN = {"name": "株式会社湖南精工", "kana": "コナンセイコウ", "phone": "0266-52-1234", "prefecture": "20", "city": "諏訪市",
         "postal_code": "392-0012", "address": "四賀一丁目2番3号"}


def make(desk: Desk, **values: str) -> str:
    return organizations.create(desk.store, values)


def found(desk: Desk) -> set[frozenset[str]]:
    return {frozenset((pair.one, pair.other)) for pair in duplicates.probable(desk.store)}


@pytest.mark.parametrize("other", [
    {"name": "(株)湖南精工", "prefecture": "20", "city": "諏訪市"},                       # legal form written otherwise
    {"name": "湖南精工所", "phone": "０２６６（５２）１２３４", "prefecture": "20", "city": "諏訪市"},
    {"name": "コナン", "kana": "コナンセイコウ", "address": "四賀1-2-3", "prefecture": "20", "city": "諏訪市"},
    {"name": "諏訪の精密工場", "fax": "0266521234", "address": "四賀１の２の３", "prefecture": "20", "city": "諏訪市"},
    {"name": "湖南製工", "short_name": "湖南精工", "phone": "0266-52-1234"},
])
def test_one_company_written_in_two_ways_is_found(desk: Desk, other: dict[str, str]) -> None:
    one, two = make(desk, **KONAN), make(desk, **other)
    assert frozenset((one, two)) in found(desk)


@pytest.mark.parametrize("other", [
    {"name": "株式会社湖南精工", "prefecture": "11", "city": "川口市"},     # the same name far away
    {"name": "湖北精工", "prefecture": "20", "city": "諏訪市"},
    {"name": "諏訪木工", "phone": "0266-52-1234"},                          # neighbours share a telephone
    {"name": "岡谷食品", "postal_code": "392-0012", "prefecture": "20", "city": "諏訪市", "address": "四賀1-20-3"},
])
def test_two_companies_that_share_a_little_are_not(desk: Desk, other: dict[str, str]) -> None:
    one, two = make(desk, **KONAN), make(desk, **other)
    assert frozenset((one, two)) not in found(desk)


def test_reasons_show_both_values_and_what_speaks_against(desk: Desk) -> None:
    one = make(desk, **KONAN, corporate_number="7000012050002")
    two = make(desk, **{**KONAN, "name": "有限会社湖南精工"}, corporate_number="5010401067252")
    told = {r.words: (r.one, r.other, r.points > 0) for r in duplicates.reasons(desk.store, one, two)}
    assert told["法人番号が違います"] == ("7000012050002", "5010401067252", False)
    assert told["名称が同じです"] == ("株式会社湖南精工", "有限会社湖南精工", True)
    assert told["電話・FAXが同じです"] == ("0266-52-1234", "0266-52-1234", True)
    assert found(desk) == set()   # two corporations of one family


def test_the_pairs_of_one_company_are_those_of_the_whole_list(desk: Desk) -> None:
    one, two = make(desk, **KONAN), make(desk, **KONAN)
    make(desk, name="諏訪木工", phone="0266-52-1234")
    [pair] = duplicates.of_organization(desk.store, two)
    assert (pair.one, pair.other) == (two, one)
    assert [p.points for p in duplicates.probable(desk.store)] == [pair.points]


def test_the_same_number_is_enough_and_a_wrong_one_says_nothing(desk: Desk) -> None:
    one = make(desk, name="湖南精工", corporate_number="7000012050002")
    two = make(desk, name="旧社名工業", corporate_number="7000012050002")
    make(desk, name="甲社", corporate_number="1234567890123")
    make(desk, name="乙社", corporate_number="1234567890123")
    [pair] = duplicates.probable(desk.store)
    assert {pair.one, pair.other} == {one, two} and pair.words == "ほぼ同じ企業"


def test_another_company_is_remembered_and_can_be_taken_back(desk: Desk) -> None:
    one, two = make(desk, **KONAN), make(desk, **KONAN)
    assert [row.uid for row in organizations.profile(desk.store, one).duplicates] == [two]
    duplicates.keep_apart(desk.store, two, one)
    assert found(desk) == set()
    assert organizations.profile(desk.store, one).duplicates == ()
    assert organizations.duplicates(desk.store, KONAN, one) == [], "nor while it is edited"
    history.undo(desk.store, ("organization", two))
    assert found(desk) == {frozenset((one, two))}


def test_many_that_share_one_number_do_not_make_all_pairs() -> None:
    many = [likeness.traits(f"{n:032x}", {"name": f"組合員{n}商店", "phone": "0266-52-1234"}) for n in range(2000)]
    assert 2000 < sum(1 for _ in likeness.pairs(many)) < 2000 * 30
