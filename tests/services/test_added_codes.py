"""Codes that users add: imports and choices know them within their days; what would make two of one is refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.errors import Refused
from kanto_desk.services import codes, consultations, importing, records, sheets
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import CREATED, REJECTED, SAME

TABLE = """id,区分表,コード,名称,英文名,いつから,いつまで,上の区分
1,CL01,u1,屋台,Stall,,,
2,CL01,u1,屋台2,,,,
3,CL77,x,なし,,,,
4,CL01,10,窓口2,,,,
5,CL01,u3,終わり,,2020-01-01,2019-01-01,
6,相談形態,u4,昔,,,2020-01-01,
7,CL03,u5,小さな課題,,,,9999
8,CL03,,大きな課題,,,,03
9,entry_kind,u6,ひとり言,,,,
10,CL01,u7,屋台,,,,
"""


@pytest.fixture
def taken(desk: Desk, tmp_path: Path) -> importing.Report:
    file = tmp_path / "codes.csv"
    file.write_text(TABLE, "utf-8")
    report = records.import_records(desk.store, "code_entry", file)
    again = records.import_records(desk.store, "code_entry", file)
    assert [o.what for o in again.outcomes] == [SAME if o.what == CREATED else REJECTED for o in report.outcomes]
    return report


def visits(desk: Desk, folder: Path, *rows: dict[str, object]) -> importing.Report:
    file = folder / "c.jsonl"
    file.write_text("".join(json.dumps({"organization": "一般社団法人雪国観光圏", "held_on": "2026-11-20", **row},
                                       ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return importing.import_consultations(desk.store, file)


def test_what_cannot_be_a_code_is_refused_with_its_line(taken: importing.Report) -> None:
    assert [(o.line, o.what) for o in taken.outcomes] == [
        (2, CREATED), (3, REJECTED), (4, REJECTED), (5, REJECTED), (6, REJECTED), (7, CREATED), (8, REJECTED),
        (9, CREATED), (10, REJECTED), (11, REJECTED)]
    assert [o.remarks[0] for o in taken.outcomes if o.what == REJECTED] == [
        "このコードは「相談形態」にすでにあります：u1", "この区分表はありません：CL77（例：CL01、相談形態）",
        "このコードは「相談形態」にすでにあります：10", "いつまで：終わりの日が始まりの日より前です。",
        "上の区分が「課題分類」にありません：9999", "「記録の種類」は決まった区分表で、加えられません。",
        "同じ名称がすでにあります。"]
    assert taken.outcomes[5].remarks == ("もう終わった区分です（2020-01-01まで）。新しい記録では選べません",)


@pytest.mark.usefixtures("taken")
def test_imports_and_choices_know_them_within_their_days(desk: Desk, tmp_path: Path) -> None:
    report = visits(desk, tmp_path, {"form": "屋台", "issues": ["大きな課題"]}, {"form": "stall"}, {"form": "昔"},
                    {"form": "昔", "held_on": "2019-05-01"})
    forms = [consultations.get(desk.store, o.uid).record.form for o in report.outcomes]
    assert forms == ["u1", "u1", "u4", "u4"]
    assert [bool(o.remarks) for o in report.outcomes] == [False, False, True, False]
    assert "この日に使えない" in report.outcomes[2].remarks[0]
    own = consultations.issues(desk.store, report.outcomes[0].uid)[0].code
    assert codes.label(desk.store, "CL03", own) == "大きな課題"
    assert own in [c.code for c in codes.choices(desk.store, "CL03") if c.parent == "03"]
    assert [c.label for c in codes.choices(desk.store, "CL01")][-1] == "屋台"
    assert "昔" in [c.label for c in codes.choices(desk.store, "CL01", on=date(2019, 5, 1))]
    assert sheets.preview(desk.store, desk.blobs, report.outcomes[0].uid, "ja").pdf.startswith(b"%PDF")


def test_adding_one_by_hand_keeps_the_same_rules(desk: Desk) -> None:
    code = codes.add(desk.store, "CL05", " 様子を見る ")
    assert codes.label(desk.store, "CL05", code) == "様子を見る"
    for list_id, name in (("CL05", "様子を見る"), ("CL05", "解決"), ("CL05", ""), ("CL10", "新しい県"), ("CL77", "x")):
        with pytest.raises(Refused):
            codes.add(desk.store, list_id, name)
    assert codes.extendable("CL05") and not codes.extendable("promise_state")
