"""Conditions of the command `search`: as they are typed, by a kept view, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kanto_desk.errors import Refused
from kanto_desk.services import asked_visits, consultations, organizations, timeline, views, visit_filters
from kanto_desk.services.asked_visits import Typed
from kanto_desk.services.desk import Desk

TODAY = date(2026, 11, 24)


@pytest.fixture
def visits(desk: Desk) -> dict[str, str]:
    """Three visits: two in 諏訪市 by different experts, one in 横浜市西区."""
    suwa = organizations.create(desk.store, {"name": "湖南精工", "prefecture": "20", "city": "諏訪市"})
    port = organizations.create(desk.store, {"name": "港の食品", "prefecture": "14", "city": "横浜市西区"})

    def made(company: str, day: date, expert: str, issue: str, line: str) -> str:
        uid = consultations.create(desk.store, company, {"held_on": day, "expert": expert, "theme": "見本"})
        consultations.set_issues(desk.store, uid, [issue])
        timeline.add(desk.store, uid, "said", line)
        return uid
    return {"old": made(suwa, date(2025, 5, 1), "髙橋 直子", "0402", "ケースの試作"),
            "new": made(suwa, date(2026, 10, 8), "佐藤 花", "0505", "試作を急ぐ"),
            "port": made(port, date(2026, 11, 2), "髙橋 直子", "0402", "試作は来月")}


def found(desk: Desk, visits: dict[str, str], query: str = "", **typed: str) -> list[str]:
    meant = asked_visits.asked(desk.store, Typed(**typed))
    total, hits = asked_visits.find(desk.store, query, meant, 50)
    assert total == len(hits)
    names = {uid: name for name, uid in visits.items()}
    return [names[hit.uid] for hit in hits]


@pytest.mark.parametrize(("typed", "wanted"), [
    ({"since": "2026-10-08"}, ["port", "new"]), ({"until": "令和7年5月1日"}, ["old"]),
    ({"expert": "高橋直子"}, ["port", "old"]), ({"expert": "佐藤"}, ["new"]),
    ({"issue": "04"}, ["port", "old"]), ({"issue": "0505"}, ["new"]),
    ({"prefecture": "長野"}, ["new", "old"]), ({"prefecture": "Kanagawa"}, ["port"]),
    ({"city": "諏訪市"}, ["new", "old"]), ({"city": "横浜市"}, ["port"]),
    ({"prefecture": "神奈川県", "city": "横浜市西区"}, ["port"]),
    ({"since": "2025-01-01", "expert": "高橋", "prefecture": "20"}, ["old"]),
])
def test_each_condition_as_it_is_typed(desk: Desk, visits: dict[str, str], typed: dict[str, str],
                                       wanted: list[str]) -> None:
    assert found(desk, visits, **typed) == wanted
    assert found(desk, visits, "試", **typed) == wanted
    assert found(desk, visits, "ｹｰｽ", **typed) == [one for one in wanted if one == "old"]


def test_where_the_words_stand_is_told(desk: Desk, visits: dict[str, str]) -> None:
    _, hits = asked_visits.find(desk.store, "けーす", asked_visits.asked(desk.store, Typed(prefecture="20")), 50)
    assert [(hit.title, hit.snippet) for hit in hits] == [("湖南精工 第1回", "ケースの試作")]


def test_a_kept_view_with_words_year_and_conditions(desk: Desk, visits: dict[str, str]) -> None:
    only = visit_filters.Only(expert="髙橋 直子", prefecture="20")
    views.keep(desk.store, "visits", "諏訪の試作", {"query": "試作", **visit_filters.conditions(only)})
    views.keep(desk.store, "visits", "今年度", {"year": "this"})
    views.keep(desk.store, "companies", "諏訪の企業", {"query": "諏訪"})
    assert found(desk, visits, view="諏訪の試作") == ["old"]
    assert found(desk, visits, "来月", view="諏訪の試作") == []
    assert found(desk, visits, view="諏訪の試作", expert="佐藤") == ["new"]   # what is typed stands before the view
    assert found(desk, visits, view="今年度") == ["port", "new"]
    with pytest.raises(Refused, match="諏訪の試作、今年度"):
        found(desk, visits, view="諏訪の企業")


@pytest.mark.parametrize("conditions", [{"year": ["this"], "query": 5}, {"since": "いつか"}, {"prefecture": "99"}])
def test_a_view_that_is_not_understood_leaves_nothing_out(desk: Desk, visits: dict[str, str],
                                                          conditions: dict[str, Any]) -> None:
    views.keep(desk.store, "visits", "古いもの", conditions)
    assert found(desk, visits, "試作", view="古いもの") == ["port", "new", "old"]


@pytest.mark.parametrize(("typed", "field", "told"), [
    ({"since": "いつか"}, "since", "日付として"), ({"since": "2026-02-01", "until": "2026-01-01"}, "until", "はじめの日より前"),
    ({"expert": "山田"}, "expert", "髙橋 直子、佐藤 花"), ({"expert": "子花"}, "expert", "ありません"),
    ({"issue": "9999"}, "issue", "課題"), ({"prefecture": "山"}, "prefecture", "山梨県"),
    ({"city": "札幌市"}, "city", "諏訪市"), ({"programme": "無い事業"}, "id", "無い事業"),
])
def test_what_is_not_known_is_refused_with_what_there_is(desk: Desk, visits: dict[str, str], typed: dict[str, str],
                                                         field: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        found(desk, visits, **typed)
    assert refused.value.field == field


def test_a_town_of_two_prefectures_asks_for_one(desk: Desk, visits: dict[str, str]) -> None:
    organizations.create(desk.store, {"name": "府中の一", "prefecture": "13", "city": "府中市"})
    organizations.create(desk.store, {"name": "府中の二", "prefecture": "34", "city": "府中市"})
    with pytest.raises(Refused, match="都道府県も"):
        found(desk, visits, city="府中市")
    assert found(desk, visits, prefecture="東京", city="府中市") == []
