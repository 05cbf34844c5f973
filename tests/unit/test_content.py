"""The shipped sample and preparation records against the contract in their README files."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample"
PREPARATION = ROOT / "resources" / "preparation"
Row = dict[str, Any]

PREFECTURES = {"茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "山梨県", "長野県", "静岡県"}
MASTERS = ROOT / "resources" / "masters"


def table(name: str) -> list[dict[str, str]]:
    """One of the shipped master tables."""
    with (MASTERS / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def codes(name: str) -> set[str]:
    """The codes of a shipped code list."""
    rows = [row for file in MASTERS.glob("codes_*.csv") for row in table(file.stem)]
    found = {row["code"] for row in rows if row["list"] == name}
    assert found, name
    return found


ISSUES = codes("CL03")
KINDS = {"発言", "課題", "助言", "約束", "写真", "メモ"}
RESPONSES = codes("CL04")
TOKEN = re.compile(r"\{(?:d[+-]\d+|m[+-]\d+|me)\}")


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def organizations() -> list[Row]:
    return read(SAMPLE / "organizations.jsonl")


@pytest.fixture(scope="module")
def visits() -> list[Row]:
    return read(SAMPLE / "consultations.jsonl")


@pytest.fixture(scope="module")
def preparation() -> list[Row]:
    return read(PREPARATION / "consultations.jsonl")


def documented_keys(heading: str) -> set[str]:
    """The keys in the first column of the table under a heading of the sample's README."""
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    part = text.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    return {key for row in re.findall(r"^\| (`.*?`) \|", part, re.M) for key in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize(("name", "count"), [("organizations", 24), ("consultations", 6)])
def test_every_row_has_exactly_the_documented_keys(name: str, count: int) -> None:
    rows = read(SAMPLE / f"{name}.jsonl")
    assert len(rows) == count
    keys = documented_keys(f"{name}.jsonl")
    assert len(keys) >= 20
    for row in rows:
        assert set(row) == keys, row["id"]


@pytest.mark.parametrize("path", sorted([*SAMPLE.glob("*.jsonl"), *PREPARATION.glob("*.jsonl")]), ids=lambda p: p.parent.name + "-" + p.stem)
def test_files_are_nfc_with_one_id_a_line(path: Path) -> None:
    data = path.read_bytes()
    text = data.decode("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert not data.startswith(b"\xef\xbb\xbf") and b"\r" not in data and data.endswith(b"\n")
    ids = [row["id"] for row in read(path)]
    assert len(ids) == len(set(ids))
    assert not re.search("[\x00-\x09\x0b-\x1f\ufffd]", text)


def test_companies_are_marked_invented(organizations: list[Row]) -> None:
    for row in organizations:
        assert row["sample"] is True
        assert row["corporate_number"] is None and row["url"] is None
        assert row["address"].endswith("0000（見本）")
        assert re.fullmatch(r"0\d{1,3}-0{2,4}-0000", row["phone"])


def test_companies_cover_the_region_in_real_towns(organizations: list[Row]) -> None:
    assert {row["prefecture"] for row in organizations} == PREFECTURES
    real = {row["county"] + row["name"] for row in table("municipalities")}
    for row in organizations:
        assert row["city"] in real
        assert re.fullmatch(r"\d{3}-\d{4}", row["postal_code"])
        assert row["industry"] in codes("CL12") and row["industry"].isdigit()
        assert row["kind"] in codes("CL09")
        assert re.fullmatch(r"(18|19|20)\d\d-(0[1-9]|1[0-2])", row["founded"]) and 1 <= row["closing_month"] <= 12
        assert re.fullmatch(r"[ァ-ヴー]+", row["kana"])
        assert 0 < len(row["headline"]) <= 40
    assert len({row["industry"] for row in organizations}) >= 8


def test_contacts_and_links_hold_together(organizations: list[Row]) -> None:
    ids = {row["id"] for row in organizations}
    names = "".join(row["representative"] + "".join(c["name"] for c in row["contacts"]) for row in organizations)
    assert all(character in names for character in "𠮷髙﨑邊濵")
    for row in organizations:
        assert [c["is_contact"] for c in row["contacts"]].count(True) == 1
        for contact in row["contacts"]:
            assert set(contact) == {"name", "kana", "role", "is_contact"}
            assert re.fullmatch(r"[ァ-ヴー]+ [ァ-ヴー]+", contact["kana"])
        for link in row["links"]:
            assert link["organization"] in ids - {row["id"]} and link["state"] in {"返事待ち", "継続", "完了"}


def test_lengths_fit_the_fields(organizations: list[Row], visits: list[Row], preparation: list[Row]) -> None:
    limits = {"name": 80, "products": 400, "strengths": 1000, "weaknesses": 1000}
    for row in organizations:
        assert all(len(row[key]) <= most for key, most in limits.items())
    limits = {"theme": 40, "place": 80, "problem": 1000, "situation": 2000, "advice": 2000, "next_step": 600}
    for row in [*visits, *preparation]:
        assert row["theme"] and all(len(row[key]) <= most for key, most in limits.items())
        assert all(0 < len(p["text"]) <= 200 and 0 < len(p["who"]) <= 40 for p in row["promises"])


def test_dates_of_the_sample_are_relative(visits: list[Row]) -> None:
    text = (SAMPLE / "consultations.jsonl").read_text(encoding="utf-8")
    assert not re.search(r"20\d\d-\d\d-\d\d", text)
    assert "{" not in TOKEN.sub("", "".join(line["text"] for row in visits for line in row["lines"]))
    assert all(isinstance(row["days_ago"], int) and row["days_ago"] >= 0 for row in visits)
    assert not re.search(r"\d{1,2}/\d{1,2}まで", text)
    for row in visits:
        assert row["expert"] == "{me}"
        for promise in row["promises"]:
            line = row["lines"][promise["line"]]
            assert f"{{d{promise['due_in_days']:+d}}}" in line["text"]


def test_one_company_is_visited_three_times_and_planned_today(visits: list[Row]) -> None:
    assert Counter(row["state"] for row in visits) == {"confirmed": 4, "planned": 1, "draft": 1}
    (planned,) = (row for row in visits if row["state"] == "planned")
    assert planned["days_ago"] == 0 and planned["lines"] == [] and planned["text"]
    series = sorted((row for row in visits if row["organization"] == planned["organization"]), key=lambda row: row["nth"])
    assert [row["nth"] for row in series] == [1, 2, 3]
    assert [row["days_ago"] for row in series] == sorted((row["days_ago"] for row in series), reverse=True)
    for row in visits:
        assert (row["confirmed_by"] is not None) == (row["state"] == "confirmed")


def check_timeline(row: Row, least: int, most: int) -> None:
    lines = row["lines"]
    assert least <= len(lines) <= most
    times = [line["at"] for line in lines]
    assert times == sorted(times) and row["started_at"] <= times[0] and times[-1] <= row["ended_at"]
    assert all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at) for at in [*times, row["started_at"], row["ended_at"]])
    assert all(set(line) == {"at", "kind", "text", "photos"} and line["kind"] in KINDS for line in lines)
    marked = [i for i, line in enumerate(lines) if line["kind"] == "約束"]
    assert [promise["line"] for promise in row["promises"]] == marked
    for promise in row["promises"]:
        assert promise["who"] and promise["side"] in {"company", "support"}


def check_codes(row: Row) -> None:
    assert row["issues"] and set(row["issues"]) <= ISSUES and len(row["issues"]) == len(set(row["issues"]))
    assert row["form"] in codes("CL01") and row["category"] in codes("CL02")
    assert set(row["responses"]) <= RESPONSES and row["strategic_industry"] in codes("CL13")
    assert row["result"] is None or row["result"] in codes("CL05")
    assert set(row["consents"]) <= codes("CL41")


def test_visits_are_full_timelines(visits: list[Row], organizations: list[Row]) -> None:
    ids = {row["id"] for row in organizations}
    for row in visits:
        assert row["organization"] in ids
        check_codes(row)
        assert [p["main"] for p in row["participants"] if p["side"] == "company"].count(True) == 1
        if row["state"] != "planned":
            check_timeline(row, 15, 30)
            assert row["problem"] and row["situation"] and row["advice"] and row["next_step"] and row["result"]
            assert {"発言", "課題", "助言", "約束"} <= {line["kind"] for line in row["lines"]}
        for promise in row["promises"]:
            assert set(promise) == {"text", "who", "side", "due_in_days", "state", "done_in_days", "line"}
            assert (promise["done_in_days"] is not None) == (promise["state"] == "done")
    assert {line["kind"] for row in visits for line in row["lines"]} == KINDS
    assert any(p["state"] == "open" and p["due_in_days"] < 0 for row in visits for p in row["promises"])


def test_every_photo_exists_is_small_and_is_used(visits: list[Row]) -> None:
    used = [photo for row in visits for line in row["lines"] for photo in line["photos"]]
    assert all(photo["consent"] in codes("photo_consent") and photo["caption"] for photo in used)
    assert {photo["file"] for photo in used} == {path.name for path in (SAMPLE / "photos").iterdir()}
    for photo in used:
        path = SAMPLE / "photos" / photo["file"]
        assert path.stat().st_size <= 120_000
        with Image.open(path) as image:
            image.load()
            assert image.format == "JPEG" and image.size == (1280, 853) and not image.getexif()
    assert all(line["photos"] == [] for row in visits for line in row["lines"] if line["kind"] != "写真")


def test_preparation_names_its_origin_and_no_person(preparation: list[Row]) -> None:
    assert len(preparation) >= 4
    for row in preparation:
        assert "議事録ではありません" in row["provenance"] and "公表された概要" in row["provenance"]
        for participant in row["participants"]:
            assert re.search("担当|専門家|世話役", participant["name"])
        for promise in row["promises"]:
            assert re.search("担当|専門家|世話役", promise["who"])
    assert "composed from the published outline; it is not a transcript" in (PREPARATION / "README.md").read_text(encoding="utf-8").replace("\n", " ")


def test_preparation_is_of_both_projects_with_named_proposers(preparation: list[Row]) -> None:
    proposers = {"(特非)メイド・イン・ジャパン・プロジェクト", "(一社)雪国観光圏", "(公財)南信州・飯田産業センター", "JASPA(株)",
                 "(一社)日本医療機器産業連合会"}
    assert {row["organization"] for row in preparation} == proposers
    assert proposers <= {row["source_notation"] for row in table("organizations")}
    assert {code for row in preparation for code in row["strategy"]} <= {row["code"] for row in table("strategy")}
    assert {row["model_case"] for row in preparation} == {5, 6}
    for row in preparation:
        check_timeline(row, 20, 40)
        check_codes(row)
        held = date.fromisoformat(row["held_on"])
        assert date(2014, 5, 30) < held < date(2014, 11, 25) and held.weekday() < 5
        for promise in row["promises"]:
            due = date.fromisoformat(promise["due_on"])
            assert due > held and due.weekday() < 5
            assert f"{due.month}月{due.day}日まで" in row["lines"][promise["line"]]["text"]


def test_preparation_says_what_the_outline_names(preparation: list[Row]) -> None:
    text = "".join(line["text"] for row in preparation for line in row["lines"])
    for phrase in ("課題解決相談・専門家派遣", "分野別セミナー", "個別プロジェクト創出研究会", "情報発信・活性化ノウハウのまとめ",
                   "『食』『ものづくり』『観光』", "食、ものづくり、デザイン、ファッション、アート、観光、農林漁業等", "本郷地域の専門医療機器メーカー",
                   "学会", "知識サービス", "一貫生産", "国内外大手", "広域連携"):
        assert phrase in text, phrase
    assert "薬機法" not in text


def test_no_telephone_number_in_the_records() -> None:
    for folder in (SAMPLE, PREPARATION):
        for path in folder.glob("*.jsonl"):
            numbers = re.findall(r"0\d{1,4}-\d{2,4}-\d{4}", path.read_text(encoding="utf-8"))
            assert all(re.fullmatch(r"0\d{1,3}-0{2,4}-0000", number) for number in numbers)
    assert "-" in "".join(row["phone"] for row in read(SAMPLE / "organizations.jsonl"))
    assert not re.search(r"0\d{1,4}-\d{1,4}-\d{4}", (PREPARATION / "consultations.jsonl").read_text(encoding="utf-8"))


def test_no_sample_company_bears_the_name_of_a_real_organization(organizations: list[Row]) -> None:
    def bare(name: str) -> str:
        return re.sub("株式会社|有限会社|合同会社|合資会社|協同組合|農事組合法人|特定非営利活動法人|[ 　・]|一般社団法人", "",
                      unicodedata.normalize("NFKC", name))

    real = {bare(row[key]) for row in table("organizations") for key in ("name", "source_notation") if row[key]}
    real |= {bare(row["name"]) for row in table("organization_names")}
    assert len(real) >= 60
    for row in organizations:
        assert bare(row["name"]) not in real
        assert not any(len(name) > 3 and name in bare(row["name"]) for name in real)
    assert bare("一般社団法人 長野県") in real or "長野県" in real
