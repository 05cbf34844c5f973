"""Finding organizations for the list: any spelling, any part, places by their reading, filters, order, blocks."""

from __future__ import annotations

from datetime import date

import pytest

from kanto_desk.errors import Refused
from kanto_desk.services import consultations, organization_search, organizations
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from tests.db.parts import SetClock


@pytest.fixture
def made(desk: Desk) -> dict[str, str]:
    add = organizations.create
    return {
        "konan": add(desk.store, {"name": "株式会社 湖南精工", "kana": "コナンセイコウ", "prefecture": "20", "city": "諏訪市",
                                  "jsic_section": "E", "jsic_division": "24", "strengths": "細径パイプの曲げ"}),
        "shimosuwa": add(desk.store, {"name": "下諏訪オルゴール", "prefecture": "20", "city": "諏訪郡下諏訪町"}),
        "hama": add(desk.store, {"name": "浜松オプト", "kana": "ハママツオプト", "prefecture": "22", "city": "浜松市中央区",
                                 "jsic_division": "28"}),
        "mashiko": add(desk.store, {"name": "益子陶房", "kana": "マシコトウボウ", "prefecture": "09", "city": "芳賀郡益子町"})}


def found(desk: Desk, made: dict[str, str], **wanted: object) -> list[str]:
    """The companies found, by their short names."""
    names = {uid: name for name, uid in made.items()}
    return [names[uid] for uid in organization_search.find(desk.store, Wanted(**wanted)) if uid in names]  # type: ignore[arg-type]


@pytest.mark.parametrize(("query", "expected"), [
    ("すわ", ["konan", "shimosuwa"]), ("しもすわ", ["shimosuwa"]), ("スワ", ["konan", "shimosuwa"]), ("はままつ", ["hama"]), ("すわ こなん", ["konan"]),
    ("ﾊﾟｲﾌﾟ 精工", ["konan"]), ("ましこ", ["mashiko"]), ("諏訪", ["konan", "shimosuwa"]), ("すわ おぷと", [])])
def test_any_part_in_any_spelling_finds(desk: Desk, made: dict[str, str], query: str, expected: list[str]) -> None:
    assert found(desk, made, query=query) == expected


def test_a_person_finds_the_company(desk: Desk, made: dict[str, str]) -> None:
    organizations.save_contact(desk.store, made["konan"], {"name": "宮坂 真理", "kana": "ミヤサカ マリ"}, role="品質課長")
    assert found(desk, made, query="みやさか") == ["konan"] == found(desk, made, query="品質課長")


def test_filters_narrow(desk: Desk, made: dict[str, str], clock: SetClock) -> None:
    assert found(desk, made, prefectures=("22", "09")) == ["hama", "mashiko"]
    assert found(desk, made, industries=("24",)) == ["konan"] == found(desk, made, industries=("E",))
    organizations.set_star(desk.store, made["hama"], True)
    assert found(desk, made, starred=True) == ["hama"]
    consultations.create(desk.store, made["konan"], {"held_on": date(2026, 11, 1)})
    consultations.create(desk.store, made["hama"], {"held_on": date(2026, 8, 1)})
    assert sorted(found(desk, made, not_visited=True)) == ["hama", "mashiko", "shimosuwa"]
    assert found(desk, made, order="last")[:2] == ["konan", "hama"]


def test_rows_come_in_the_order_asked_for_and_without_what_is_gone(desk: Desk, made: dict[str, str]) -> None:
    organizations.delete(desk.store, made["hama"])
    rows = organization_search.rows(desk.store, [made["mashiko"], made["hama"], made["konan"]])
    assert [row.uid for row in rows] == [made["mashiko"], made["konan"]]
    assert rows[1].strengths == "細径パイプの曲げ"


def test_facets_are_what_occurs_most(desk: Desk, made: dict[str, str]) -> None:
    before = organization_search.facets(desk.store)
    for number in range(80):
        organizations.create(desk.store, {"name": f"甲府{number}", "prefecture": "19", "jsic_division": "10"})
    after = organization_search.facets(desk.store)
    assert after.prefectures[0] == "19" != before.prefectures[0] and after.industries[0] == "10"


def test_contacts_and_sites_are_written_changed_and_taken_off(desk: Desk, made: dict[str, str]) -> None:
    store, uid = desk.store, made["konan"]
    with pytest.raises(Refused):
        organizations.save_contact(store, uid, {"name": " "})
    contact = organizations.save_contact(store, uid, {"name": "髙野 修"}, role="製造部長")
    organizations.save_contact(store, uid, {"name": "髙野 修", "phone": "0266-52-1111"}, role="工場長", affiliation=contact)
    assert [(c.name, c.role, c.phone) for c in organizations.contacts(store, uid)] == [("髙野 修", "工場長", "0266-52-1111")]
    organizations.remove_contact(store, uid, contact)
    assert organizations.contacts(store, uid) == ()
    with pytest.raises(Refused):
        organizations.save_site(store, uid, {})
    site = organizations.save_site(store, uid, {"name": "岡谷工場", "city": "岡谷市"})
    organizations.save_site(store, uid, {"phone": "0266-22-0101"}, site=site)
    assert [(s.name, s.phone) for s in organizations.profile(store, uid).sites] == [("岡谷工場", "0266-22-0101")]
    organizations.remove_site(store, uid, site)
    assert organizations.profile(store, uid).sites == ()


def test_an_unknown_number_makes_no_twins(desk: Desk, made: dict[str, str]) -> None:
    organizations.create(desk.store, {"name": "甲", "phone": "0266-00-0000"})
    organizations.create(desk.store, {"name": "乙", "phone": "0266-52-1234"})
    assert organizations.duplicates(desk.store, {"phone": "0266-00-0000"}) == []
    assert [row.name for row in organizations.duplicates(desk.store, {"phone": "0266-52-1234"})] == ["乙"]
