"""`records import`: every type with the same honesty as organizations; hostile values of every kind, in both languages."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk import i18n
from kanto_desk.errors import Refused
from kanto_desk.masters import strategy_nodes
from kanto_desk.services import importing, records
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import CREATED, REJECTED, UPDATED, Report

TYPES = ("affiliation", "code_entry", "consent", "consultation", "entry", "issue", "model_case", "organization",
         "organization_name", "outcome", "participant", "person", "phrase", "programme", "promise", "proposer",
         "referral", "site", "strategy_node", "summary_item")
JAPANESE = re.compile("[぀-ヿ一-鿿]")


@pytest.fixture
def english() -> Iterator[None]:
    i18n.use("en")
    yield
    i18n.use("ja")


def take(desk: Desk, type_name: str, path: Path, content: bytes | str, *, dry_run: bool = False) -> Report:
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    return records.import_records(desk.store, type_name, path, dry_run=dry_run)


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def company(desk: Desk) -> str:
    with desk.store.operation("企業") as op:
        return op.add("organization", {"name": "上毛鋳造株式会社"})


def test_the_types_are_all_that_can_be_imported(desk: Desk) -> None:
    assert tuple(t.name for t in records.types(desk.store) if t.imported) == TYPES


@pytest.mark.parametrize("value", [{"a": 1}, ["x"], True])
def test_what_is_no_text_is_refused_with_its_label(desk: Desk, tmp_path: Path, value: object) -> None:
    report = take(desk, "person", tmp_path / "p.jsonl", lines({"name": value}, {"name": "乙", "note": value},
                                                              {"name": 101}, {"id": value, "name": "丙"}))
    assert [o.what for o in report.outcomes] == [REJECTED, REJECTED, CREATED, REJECTED]
    assert [o.remarks[0].split("：")[0] for o in report.outcomes if o.remarks] == ["氏名", "メモ", "管理番号"]
    assert report.outcomes[2].name == "101"


def test_numbers_that_cannot_be_right_are_kept_and_told(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, "organization", tmp_path / "o.csv",
                  "名称,法人番号,電話,郵便番号\n甲,1234567890123,12,999\n乙,7000012050002,03-1234-5678,392-0012\n")
    assert [o.what for o in report.outcomes] == [CREATED, CREATED]
    held = records.get(desk.store, "organization", report.outcomes[0].uid).values
    assert (held["corporate_number"], held["phone"], held["postal_code"]) == ("1234567890123", "12", "999")
    assert [r.split("を確かめます")[0] for r in report.outcomes[0].remarks] == ["法人番号", "郵便番号", "電話"]
    assert report.outcomes[1].remarks == ()


@pytest.mark.parametrize(("text", "told"), [
    ("氏名,備考\n", "見出しのほかに行がありません"), ("", "ファイルが空です"), ("フリガナ\nアベ\n", "要る列が見つかりません：氏名"),
    ("氏名,name\n甲,乙\n", "同じ項目の列が二つ"), ("氏名,氏名\n甲,乙\n", "同じ項目の列が二つ"),
    ("id,uid,氏名\n1,2,乙\n", "同じ項目の列が二つ"), ('氏名,メモ\n甲,"開いた\n', "引用符")])
def test_a_table_that_cannot_be_meant_is_refused_whole(desk: Desk, tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        take(desk, "person", tmp_path / "p.csv", text)
    assert records.count(desk.store, "person") == 0 and importing.unfinished(desk.store) is None


def test_rows_of_one_id_in_one_file_are_one_record(desk: Desk, tmp_path: Path) -> None:
    for key in ("id", "own_id", "uid", "管理番号"):
        report = take(desk, "organization", tmp_path / "o.jsonl", lines(
            {key: f"a-{key}", "name": "甲"}, {key: f"a-{key}", "name": "乙"}, {key: f"a-{key}", "name": "乙"}))
        assert [o.what for o in report.outcomes] == [CREATED, REJECTED, REJECTED], key
        again = take(desk, "organization", tmp_path / "o.jsonl", lines({key: f"a-{key}", "name": "乙"}))
        assert [(o.what, o.uid) for o in again.outcomes] == [(UPDATED, report.outcomes[0].uid)], key
    crossed = take(desk, "person", tmp_path / "p.jsonl", lines({"id": "1", "uid": "2", "name": "甲"},
                                                               {"name": "甲", "氏名": "乙"}))
    assert [o.what for o in crossed.outcomes] == [REJECTED, REJECTED]
    assert crossed.outcomes[1].remarks == ("氏名：同じ項目に二つの値があります：甲／乙",)


@pytest.mark.usefixtures("english")
def test_reasons_in_english_hold_no_japanese(desk: Desk, tmp_path: Path) -> None:
    rows = [{"name": []}, {"name": {"a": 1}}, {"name": "x" * 999}, {"name": "A", "phone": "1"},
            {"name": "A", "kinds": [[]]}, {"name": "A", "zzz": 1}, {"name": "A\x00"}, {"name": "A", "kinds": "none-such"}]
    told = [take(desk, "person", tmp_path / "p.jsonl", lines(*rows) + '{"name": "A"\n{"name":1,"name":2}\n[]\n')]
    told.append(take(desk, "promise", tmp_path / "q.jsonl", lines(
        {"text": "A", "due_on": "soon"}, {"text": {}, "who": "B"}, {"text": {"a": 1}}, {"text": "A", "organization": "?"},
        {"text": "A", "nothing": 1})))
    told.append(take(desk, "consultation", tmp_path / "r.jsonl", lines(
        {"organization": company(desk), "held_on": "2026-11-20", "nth": "x"}, {"organization": "?"}, {"held_on": "x"},
        {"organization": company(desk)}, {"organization": company(desk), "started_at": "noon"})))
    remarks = [r for report in told for o in report.outcomes for r in o.remarks]
    assert sum(o.what == REJECTED for report in told for o in report.outcomes) >= 15
    assert [r for r in remarks if JAPANESE.search(r.replace("上毛鋳造株式会社", ""))] == []
    assert told[1].outcomes[2].remarks[0] == "What: There is a list or { } where text belongs"


_PIECES: tuple[object, ...] = (
    None, True, False, 0, -1, 1.5, 1e308, 10**25, "", " ", "甲", "ｶﾌﾞｼｷｶﾞｲｼｬ", "𠮷野家🙂", "髙\U000e0100", "\x00\x07\x1b[2J",
    "\ud800", "a\r\nb\u2028c", "2026-02-30", "令和8年11月24日", "25:99", "2026-11-24T13:30", "9" * 40, "1234567890123", "0505", "ー" * 5000,
    [], [[]], [{}], ["甲", 1, None], {}, {"a": {"b": []}}, "'; DROP TABLE x;--", "=1+1", "<b>", "\u202e逆", "NaN", "∞")


@pytest.mark.parametrize("type_name", TYPES)
def test_hostile_values_in_every_field_end_in_an_outcome_with_a_reason(desk: Desk, tmp_path: Path,
                                                                       type_name: str) -> None:
    chance = random.Random(type_name)
    own = company(desk)
    keys = [f.name for f in records.fields(type_name) if not f.bookkeeping]
    rows = []
    for n in range(120):
        row: dict[str, object] = {key: chance.choice(_PIECES) for key in chance.sample(keys, min(len(keys), 3))}
        row |= {"organization": own} if "organization" in keys and n % 2 else {}
        row |= {"id": chance.choice(["x", f"n{n}", "𠮷", None, 7])}
        rows.append(row)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    tried = take(desk, type_name, tmp_path / "t.jsonl", text, dry_run=True)
    report = take(desk, type_name, tmp_path / "t.jsonl", text)
    assert [(o.line, o.what, o.remarks) for o in tried.outcomes] == [(o.line, o.what, o.remarks)
                                                                     for o in report.outcomes]
    assert [o.line for o in report.outcomes] == list(range(1, 121))
    assert [o.line for o in report.outcomes if o.what == REJECTED and not o.remarks] == []
    again = take(desk, type_name, tmp_path / "t.jsonl", text)
    assert importing.unfinished(desk.store) is None and len(again.outcomes) == 120
    assert [r for o in report.outcomes for r in o.remarks if "Error" in r or "Traceback" in r or "invalid" in r] == []


def test_what_cannot_be_is_refused_or_told_for_every_type(desk: Desk, tmp_path: Path) -> None:
    own = company(desk)
    report = take(desk, "organization", tmp_path / "o.jsonl", lines(
        {"name": "甲", "employees_regular": -1}, {"name": "乙", "employees": 1.4}, {"name": "丙", "founded": "2030-13"}))
    assert [(o.what, o.remarks[0].split("：")[0]) for o in report.outcomes] == [
        (REJECTED, "うち常用"), (REJECTED, "従業員数"), (CREATED, "創業年月を確かめます")]
    report = take(desk, "consultation", tmp_path / "c.jsonl", lines(
        {"organization": own, "held_on": "2126-11-20"},
        {"organization": own, "held_on": "2026-11-20", "started_at": "2026-11-20T15:00", "ended_at": "2026-11-20T14:00"}))
    assert [(o.what, o.remarks[0].split("：")[0]) for o in report.outcomes] == [
        (CREATED, "相談日を確かめます"), (REJECTED, "終了時刻")]


def test_shipped_rows_come_in_their_own_order(desk: Desk) -> None:
    assert [r.values["number"] for r in records.listing(desk.store, "model_case")] == [1, 2, 3, 4, 5, 6]
    nodes = [r.values["code"] for r in records.listing(desk.store, "strategy_node")]
    assert nodes == [node.code for node in strategy_nodes()] and nodes[:2] == ["P1", "P1.1"]
    with desk.store.operation("項目") as op:
        op.add("strategy_node", {"code": "A9", "name": "加えた項目"})
    assert [r.values["code"] for r in records.listing(desk.store, "strategy_node", offset=len(nodes) - 1)] == ["R3", "A9"]
    places = [r.values["position"] for r in records.listing(desk.store, "proposer", limit=500)]
    assert places[:3] == [1, 2, 3] and places.count(1) == 6
