"""The shipped master data: complete, consistent, and exactly what the founding document says."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.japanese import postal
from kanto_desk.japanese.folding import LEGAL_FORMS, legal_forms
from kanto_desk.japanese.numbers import check_municipality_code, municipality_code
from kanto_desk.japanese.text import clean_text, is_reading
from kanto_desk.masters import (
    city_code,
    code_label,
    code_lists,
    designated_cities,
    model_cases,
    municipalities,
    organizations,
    policy_themes,
    prefectures,
    programmes,
    secretariats,
    shipped_uid,
    strategy_nodes,
)
from kanto_desk.paths import resources

FOUNDING = json.loads((Path(__file__).parent.parent / "data" / "founding_proposers.json").read_text("utf-8"))
NUMBERED = [f"CL{n:02}" for n in (*range(1, 15), *range(16, 20), *range(21, 40), 41, 42)]
NAMED = ["CL15a", "CL15b", "CL20a", "CL20b", "CL20c", "CL40a", "CL40b", "entry_kind", "promise_state", "promise_side",
         "issue_state", "organization_state", "name_change_reason", "site_kind", "attachment_kind", "photo_consent",
         "confirmation_method", "person_kind", "strategy", "support_service", "wide_area_concept"]


def test_every_list_of_the_domain_is_there() -> None:
    assert set(NUMBERED + NAMED) <= set(code_lists())


@pytest.mark.parametrize("list_id", sorted(code_lists()))
def test_each_list_is_sound(list_id: str) -> None:
    codes = code_lists()[list_id]
    assert codes.id == list_id and codes.ja and codes.en and codes.items
    known = [item.code for item in codes.items]
    assert len(set(known)) == len(known)
    assert [item.sort for item in codes.items] == list(range(1, len(known) + 1))
    for place, item in enumerate(codes.items):
        assert item.ja and item.en and item.ja == clean_text(item.ja) == item.ja.strip()
        assert re.search("[ぁ-ん一-龥]", item.en) is None
        assert item.parent is None or item.parent in known[:place]
        assert item.valid_from is None or item.valid_to is None or item.valid_from <= item.valid_to
        assert codes.item(item.code) is item
        assert code_label(list_id, item.code) == item.ja
        assert code_label(list_id, item.code, "en") == item.en


@pytest.mark.parametrize(("list_id", "count"), [
    ("CL01", 9), ("CL02", 5), ("CL04", 12), ("CL05", 8), ("CL06", 4), ("CL07", 7), ("CL09", 24), ("CL10", 47), ("CL11", 8),
    ("CL12", 119), ("CL13", 6), ("CL14", 8), ("CL16", 25), ("CL20c", 5), ("CL24", 5), ("CL35", 6), ("CL36", 7), ("CL37", 5),
    ("CL39", 8), ("CL41", 6), ("entry_kind", 6), ("strategy", 23), ("support_service", 4), ("wide_area_concept", 3),
])
def test_counts(list_id: str, count: int) -> None:
    assert len(code_lists()[list_id].items) == count


def test_industries_are_the_20_sections_and_99_divisions() -> None:
    industries = code_lists()["CL12"]
    sections = industries.children()
    assert "".join(item.code for item in sections) == "ABCDEFGHIJKLMNOPQRST"
    divisions = [item for item in industries.items if item.parent]
    assert [item.code for item in divisions] == [f"{n:02}" for n in range(1, 100)]
    assert [item.code for item in industries.children("E")] == [f"{n:02}" for n in range(9, 33)]
    assert code_label("CL12", "A") == "農業，林業"
    assert not any("、" in item.ja for item in industries.items)
    assert {item.maps_to for item in industries.items} == {f"JSIC14:{item.code}" for item in industries.items}


def test_issues_are_a_tree_of_two_levels() -> None:
    issues = code_lists()["CL03"]
    assert len(issues.children()) == 24
    assert [item.code for item in issues.children("14")] == [f"14{n:02}" for n in range(1, 8)]
    assert all(item.code[:2] == item.parent for item in issues.items if item.parent)


def test_codes_have_their_time() -> None:
    maker = code_lists()["CL26"]
    on = {day: {item.ja for item in maker.valid_on(day)} for day in (date(2014, 5, 30), date(2026, 11, 24))}
    assert "許可（旧薬事法）" in on[date(2014, 5, 30)] - on[date(2026, 11, 24)]
    assert "登録：設計" in on[date(2026, 11, 24)] - on[date(2014, 5, 30)]
    ministries = {item.ja: item for item in code_lists()["CL42"].items}
    assert not ministries["デジタル庁"].valid_on(date(2014, 5, 30))
    assert ministries["復興庁"].valid_on(date(2014, 5, 30)) and ministries["復興庁"].valid_to == date(2031, 3, 31)
    assert {"NMMT", "SEAL", "AM"} <= {item.code for item in code_lists()["CL31"].items}


def test_unknown_codes_show_themselves() -> None:
    assert code_label("CL01", "own-7") == "own-7"
    assert code_label("CL01", None) == ""
    with pytest.raises(KeyError):
        code_label("CL99", "1")


def test_prefectures() -> None:
    assert len(prefectures()) == 47
    assert [place.ja for place in prefectures() if place.in_bureau] == [
        "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "山梨県", "長野県", "静岡県"]


def test_municipalities_have_right_codes_and_counts() -> None:
    places = municipalities()
    assert all(check_municipality_code(place.code) == place.code for place in places)
    assert all(is_reading(place.kana) and place.name for place in places)
    whole = Counter(place.prefecture for place in places if place.city is None)
    assert whole == {"08": 44, "09": 25, "10": 35, "11": 63, "12": 54, "13": 62, "14": 33, "15": 30, "19": 27, "20": 77,
                     "22": 35}
    wards = Counter(place.city for place in places if place.city)
    assert wards == {"さいたま市": 10, "千葉市": 6, "横浜市": 18, "川崎市": 7, "相模原市": 3, "新潟市": 8, "静岡市": 3, "浜松市": 3}
    assert [place.name for place in designated_cities()] == [
        "さいたま市", "千葉市", "横浜市", "川崎市", "相模原市", "新潟市", "静岡市", "浜松市"]
    by_name = {place.name: place for place in places}
    assert (by_name["三宅村"].code, by_name["茨城町"].county) == ("133817", "東茨城郡")


def test_cases_are_those_of_the_document_in_its_order() -> None:
    assert [(case.number, case.title, [proposal.notation for proposal in case.proposals]) for case in model_cases()] == [
        (case["number"], case["title"], case["proposers"]) for case in FOUNDING]
    assert [len(case.proposals) for case in model_cases()] == [3, 1, 1, 6, 29, 48]
    assert [case.strategy_project for case in model_cases()] == [False] * 4 + [True] * 2
    assert all(case.theme is None and case.announced_on == date(2014, 5, 30) for case in model_cases())


def test_88_mentions_are_68_organizations() -> None:
    mentions = [proposal.organization.key for case in model_cases() for proposal in case.proposals]
    assert len(mentions) == 88
    assert set(mentions) == {organization.key for organization in organizations()}
    assert len(organizations()) == 68
    for organization in organizations():
        assert organization.cases == tuple(
            case.number for case in model_cases()
            if organization in [proposal.organization for proposal in case.proposals])


def test_each_mention_names_its_organization() -> None:
    full = {"(公財)": "公益財団法人", "(一社)": "一般社団法人", "(特非)": "特定非営利活動法人", "(株)": "株式会社"}
    for case in model_cases():
        for proposal in case.proposals:
            written = re.sub("^(新潟県|長野県|静岡県)(?=.+市$)", "", proposal.notation).replace(" ", "")
            for short, long in full.items():
                written = written.replace(short, long)
            assert proposal.organization.name == written
    notations = {proposal.notation for case in model_cases() for proposal in case.proposals}
    assert {organization.source_notation for organization in organizations()} <= notations


def test_organizations_use_known_codes() -> None:
    for organization in organizations():
        assert code_lists()["CL09"].item(organization.kind)
        assert organization.legal_form is None or code_lists()["CL08"].item(organization.legal_form)
        assert organization.prefecture is None or code_lists()["CL10"].item(organization.prefecture)
        assert bool(organization.prefecture) == (organization.basis in ("N", "V", "K"))
        assert is_reading(organization.kana)
        written = legal_forms(organization.name)
        assert not written or written == (organization.legal_form,)
    assert Counter(organization.kind for organization in organizations()) == {
        "02": 11, "03": 8, "04": 6, "05": 2, "07": 17, "08": 2, "10": 1, "11": 3, "12": 2, "13": 6, "14": 3, "18": 1,
        "19": 2, "20": 4}
    cities = {place.code: place.name for place in municipalities()}
    located = [organization for organization in organizations() if organization.city_code]
    assert all(cities[one.city_code or ""] == one.city for one in located)
    assert all((one.city_code or "")[:2] == one.prefecture for one in located)


def test_names_over_time() -> None:
    university = next(one for one in organizations() if one.name == "首都大学東京")
    assert [(span.name, span.valid_to) for span in university.names] == [
        ("首都大学東京", date(2020, 3, 31)), ("東京都立大学", None)]
    reasons = code_lists()["name_change_reason"]
    assert all(reasons.item(span.reason) for one in organizations() for span in one.names)


def test_legal_forms_of_folding_are_codes() -> None:
    assert all(code_lists()["CL08"].item(code) for code in LEGAL_FORMS.values())


def test_programmes() -> None:
    branding, medical, aerospace = programmes()
    assert (branding.key, medical.key, aerospace.key) == ("branding", "medical", "aerospace")
    assert (len(branding.services), len(branding.fields), len(branding.concepts)) == (4, 7, 3)
    for codes, list_id in ((branding.services, "support_service"), (branding.fields, "CL14"),
                           (branding.concepts, "wide_area_concept")):
        assert all(code_lists()[list_id].item(code) for code in codes)
    assert [programme.case for programme in programmes()] == [5, 6, 6]
    assert (len(medical.relations), len(aerospace.aims)) == (3, 3)
    for programme in programmes():
        assert {actor for pair in programme.relations for actor in pair} <= set(programme.actors)


def test_strategy_tree() -> None:
    nodes = strategy_nodes()
    kinds = Counter(node.kind for node in nodes)
    assert (kinds["pillar"], kinds["item"], kinds["direction_item"], kinds["request_item"], kinds["part"]) == (3, 10, 3, 3, 2)
    assert [sum(node.parent == pillar for node in nodes) for pillar in ("P1", "P2", "P3")] == [3, 4, 3]
    assert [theme.code for theme in policy_themes()] == ["T1", "T2"]
    assert [unit.body for unit in secretariats()] == ["埼玉県", "関東経済産業局"]


def test_uids_are_fixed_and_distinct() -> None:
    assert shipped_uid("organization", "ysec") == "6fcadf333afe5765abfd1bc1c672a16b"
    rows = [*organizations(), *model_cases(), *programmes(), *strategy_nodes(), *secretariats(),
            *(proposal for case in model_cases() for proposal in case.proposals)]
    uids = [row.uid for row in rows]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch("[0-9a-f]{32}", uid) for uid in uids)


def test_no_telephone_numbers_and_no_persons() -> None:
    for file in sorted((resources() / "masters").iterdir()):
        if file.suffix in (".csv", ".json") and file.name != "municipalities.csv":
            text = file.read_text("utf-8")
            assert re.search(r"\b0\d{1,4}-\d{1,4}-\d{3,4}\b", text) is None
            assert re.search("担当者|電話番号|氏名：", text) is None


def test_every_ward_of_a_designated_city_has_its_code_as_addresses_write_it() -> None:
    wards = [place for place in municipalities() if place.city]
    assert {place.city for place in wards} == {city.name for city in designated_cities()} and len(wards) == 58
    for ward in wards:
        assert city_code(ward.prefecture, ward.name) == ward.code, ward
        assert city_code(ward.prefecture, f"{ward.city} {ward.name.removeprefix(ward.city or '')}") == ward.code
    assert city_code("11", "さいたま市西区") == "111015" and city_code("11", "さいたま市") == "111007"
    assert city_code("11", "西区") is None and city_code("14", "さいたま市西区") is None


def test_every_city_of_the_postcodes_has_the_same_code() -> None:
    cities = postal._table()[1]
    assert len(cities) > 500
    assert [(code, city) for code, (_, city) in cities.items()
            if city_code(code[:2], city) != municipality_code(code)] == []


def test_a_county_may_be_left_out() -> None:
    assert city_code("08", "東茨城郡茨城町") == city_code("08", "茨城町") == "083020"
