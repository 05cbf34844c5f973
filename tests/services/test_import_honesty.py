"""Nothing of an import is lost silently: what is dropped, doubted, doubled or left unread is refused or told."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import numbers

from kanto_desk import i18n
from kanto_desk.errors import Refused, Trouble
from kanto_desk.services import importing, organizations, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import CREATED, DUPLICATE, REJECTED, Report

RIGHT, WRONG = "7000012050002", "1234567890123"


def take(desk: Desk, path: Path, content: bytes | str, *, dry_run: bool = False) -> Report:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return importing.import_organizations(desk.store, path, dry_run=dry_run)


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def sheet(path: Path, *rows: tuple[object, ...]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return book


@pytest.mark.parametrize("value", [{"a": 1}, ["x"], True, False])
@pytest.mark.parametrize(("key", "label"), [("name", "名称"), ("kana", "フリガナ"), ("address", "町名・番地"),
                                            ("corporate_number", "法人番号"), ("phone", "電話")])
def test_what_is_no_text_is_refused_with_its_label(desk: Desk, tmp_path: Path, key: str, label: str,
                                                   value: object) -> None:
    report = take(desk, tmp_path / "o.jsonl", lines({"name": "甲", key: value}, {"name": "乙"}))
    assert [(o.line, o.what) for o in report.outcomes] == [(1, REJECTED), (2, CREATED)]
    assert report.outcomes[0].remarks[0].startswith(f"{label}：文字")


def test_a_number_in_a_text_is_its_digits(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.jsonl", lines({"name": 101, "address": 3.5, "corporate_number": int(RIGHT)}))
    made = organizations.get(desk.store, report.outcomes[0].uid)
    assert (made.name, made.address, made.corporate_number) == ("101", "3.5", RIGHT)


def test_dropped_characters_are_told_with_line_and_column(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.csv", "管理番号,名称\n1,正しい\n2,切\x00れ\x07た\n")
    assert report.outcomes[1].line == 3 and report.outcomes[1].name == "切れた" and report.warned == 1
    assert report.outcomes[1].remarks == ("2列目「名称」から使えない文字を2個除きました（U+0000、U+0007）",)
    found = take(desk, tmp_path / "o.jsonl", '{"name":"髙\\ud83d\\ude42𠮷\\ud800"}\n').outcomes[0]
    assert found.name == "髙🙂𠮷" and found.remarks == ("「名称」から使えない文字を1個除きました（U+D800）",)


def test_respelled_values_are_counted(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.csv", "名称,フリガナ,電話\n甲,ｶﾌﾞｼｷ,０３－１２３４－５６７８\n乙,オツ,03-1234-5678\n")
    assert [o.normalised for o in report.outcomes] == [2, 0] and report.normalised == 2 and report.warned == 0


@pytest.mark.parametrize("text", ["名称,電話,名称\n甲,1,乙\n", "名称,電話,会社名\n甲,1,乙\n", "名称,電話,名 称\n甲,1,乙\n".replace("名 称", "名称 ")])
def test_doubled_headings_refuse_the_file(desk: Desk, tmp_path: Path, text: str) -> None:
    before = organizations.count(desk.store)
    with pytest.raises(Refused, match=r"「名称」（1列目）・「(名称|会社名)」（3列目）"):
        take(desk, tmp_path / "o.csv", text)
    assert organizations.count(desk.store) == before


def test_doubled_keys_of_json_refuse_the_row(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.jsonl", '{"name":"甲","name":"乙"}\n{"name":"丙","名称":"丁"}\n{"name":"戊"}\n')
    assert [o.what for o in report.outcomes] == [REJECTED, REJECTED, CREATED]
    assert "name" in report.outcomes[0].remarks[0] and "丙／丁" in report.outcomes[1].remarks[0]


@pytest.mark.parametrize(("name", "content", "told"), [
    ("a.csv", "", "ファイルが空です"), ("a.csv", "\n , \n", "名称の列が見つかりません|ファイルが空です"),
    ("a.csv", "名称,電話\n\n,\n", "見出しのほかに行がありません"), ("a.csv", "何か,別の\n1,2\n", "名称の列が見つかりません.*企業名"),
    ("a.jsonl", "\n\n", "取り込む行がありません"), ("a.json", "[]", "取り込む行がありません"),
    ("a.json", '[{"name": }]', "1行目の11文字目"), ("a.csv", "名称,電話\n甲,1\n".encode("utf-16-le"), "BOM"),
    ("a.csv", b"\x81\x00\xff\xfe\x80name", "文字コード")])
def test_a_file_that_says_nothing_is_refused_with_what_it_needs(desk: Desk, tmp_path: Path, name: str,
                                                                content: str | bytes, told: str) -> None:
    with pytest.raises(Refused, match=told):
        take(desk, tmp_path / name, content)
    assert importing.unfinished(desk.store) is None


@pytest.mark.parametrize("number", [WRONG, "1.23457E+12", "12345", "あいう"])
def test_a_wrong_corporate_number_is_kept_and_told(desk: Desk, tmp_path: Path, number: str) -> None:
    report = take(desk, tmp_path / "o.csv", f"名称,市区町村,法人番号\n甲,諏訪市,{number}\n乙,茅野市,{number}\n")
    assert [o.what for o in report.outcomes] == [CREATED, CREATED]   # the number alone makes nobody a twin
    assert [organizations.get(desk.store, o.uid).corporate_number for o in report.outcomes] == [number, number]
    assert all(o.remarks[0].startswith(f"法人番号を確かめます：{number}（") for o in report.outcomes)
    assert organizations.duplicates(desk.store, {"corporate_number": number, "name": "別"}) == []


def test_a_right_corporate_number_still_finds_its_twin(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.csv", f"名称,法人番号\n甲,{RIGHT}\n乙,{RIGHT}\n")
    assert [o.what for o in report.outcomes] == [CREATED, DUPLICATE]
    assert [r.name for r in organizations.duplicates(desk.store, {"corporate_number": RIGHT})] == ["甲"]


def test_reasons_in_english_hold_no_japanese_and_no_keys(desk: Desk, tmp_path: Path) -> None:
    i18n.use("en")
    try:
        report = take(desk, tmp_path / "o.jsonl", lines(
            {"name": ["x"]}, {"name": "A", "corporate_number": WRONG, "capital_yen": "many"},
            {"name": "B" * 81}, {"name": "C", "closing_month": "x"}, {"kana": "A"}) + "{bad\n")
    finally:
        i18n.use("ja")
    assert [o.remarks[0] for o in report.outcomes] == [
        "Name: There is a list or { } where text belongs", "Capital: Not a number: many",
        "“Name” is too long (81 characters, at most 80)", "Closing month: Not a number: x", "Name: There is no name",
        "Not readable as JSON (character 2)"]


def shape(report: Report) -> list[tuple[int, str, str, tuple[str, ...], int]]:
    return [(o.line, o.what, o.name, o.remarks, o.normalised) for o in report.outcomes]


def test_a_trial_tells_what_the_import_does(desk: Desk, tmp_path: Path) -> None:
    rows = [f"{n},会社{n},諏訪市,{'ｶﾅ' if n % 7 else ''}" for n in range(560)]
    rows[530] = "x,会社20,諏訪市,"          # a twin 510 rows further
    rows[540] = "30,会社30改,茅野市,"       # the same id again
    rows[550] = ",,諏訪市,"
    text, before = "管理番号,名称,市区町村,フリガナ\n" + "\n".join(rows), organizations.count(desk.store)
    tried = take(desk, tmp_path / "o.csv", text, dry_run=True)
    assert organizations.count(desk.store) == before and importing.unfinished(desk.store) is None
    assert [(o.line, o.what) for o in tried.outcomes if o.what != CREATED] == [
        (532, DUPLICATE), (542, REJECTED), (552, REJECTED)]
    assert shape(tried) == shape(take(desk, tmp_path / "o.csv", text))


def test_visits_with_many_lines_fit_into_their_steps(desk: Desk, tmp_path: Path) -> None:
    take(desk, tmp_path / "o.csv", "管理番号,名称\no,訪問先\n")
    visit = {"organization": "o", "held_on": "2026-11-20", "lines": [f"行{n}、続き" for n in range(60)]}
    file = tmp_path / "c.jsonl"
    file.write_text(lines(*({**visit, "id": str(n)} for n in range(12)), {**visit, "lines": ["x"] * 900}), "utf-8")
    report = importing.import_consultations(desk.store, file)
    assert [o.what for o in report.outcomes] == [CREATED] * 12 + [REJECTED]
    assert len(timeline.lines(desk.store, report.outcomes[11].uid)) == 60


def test_a_long_record_comes_in_and_a_line_of_megabytes_is_refused(desk: Desk, tmp_path: Path) -> None:
    take(desk, tmp_path / "o.csv", "管理番号,名称\no,訪問先\n")
    visit = {"organization": "o", "held_on": "2026-11-20"}
    file = tmp_path / "c.jsonl"
    file.write_text(lines({**visit, "id": "a", "lines": [{"text": f"行{n}", "mood": n} for n in range(180)] + ["続き"] * 120,
                           "promises": ["送る"] * 39},
                          {**visit, "lines": ["x"] * 401}, {**visit, "lines": ["あ" * 9_000_000]},
                          {**visit, "lines": ["短い", "あ" * 2001, "い" * 20_000]}), "utf-8")
    report = importing.import_consultations(desk.store, file)
    assert [o.what for o in report.outcomes] == [REJECTED, REJECTED, REJECTED, CREATED]
    assert ["519件" in report.outcomes[0].remarks[0], "401件" in report.outcomes[1].remarks[0],
            "長すぎます" in report.outcomes[2].remarks[0]] == [True] * 3, "180 notes on unknown keys count as lines"
    assert report.outcomes[3].remarks == ("長い行があります（2件、最も長い行は20,000文字）",)
    file.write_text(lines(*({**visit, "id": f"b{n}", "lines": [f"行{n}" for n in range(300)], "promises": ["送る"] * 100}
                            for n in range(2)), {**visit, "id": "c"}), "utf-8")
    report = importing.import_consultations(desk.store, file)
    assert [o.what for o in report.outcomes] == [CREATED] * 3
    assert [len(timeline.lines(desk.store, o.uid)) for o in report.outcomes] == [300, 300, 0]


def test_what_a_visit_cannot_hold_is_told_and_kept(desk: Desk, tmp_path: Path) -> None:
    take(desk, tmp_path / "o.csv", "管理番号,名称\no,訪問先\n")
    file = tmp_path / "c.jsonl"
    file.write_text(lines({
        "organization": "o", "held_on": "2026-11-20", "form": "不明な形", "state": "済",
        "lines": [{"kind": "ひとり言", "text": "値", "mood": "よい", "photos": [{"file": "a.jpg"}]}],
        "participants": [{"role": "係長"}], "promises": [{"who": "甲"}, {"text": "する", "line": 7}]}), "utf-8")
    outcome = importing.import_consultations(desk.store, file).outcomes[0]
    kept = "\n".join(x.text for x in timeline.lines(desk.store, outcome.uid))
    assert all(word in kept for word in ("ひとり言", "mood よい", "係長", "甲", "済")), kept
    told = "\n".join(outcome.remarks)
    assert all(word in told for word in ("不明な形", "写真は取り込みません（1枚）", "氏名のない参加者", "内容のない約束", "もとの行がありません"))


def test_a_contact_too_long_leaves_no_company(desk: Desk, tmp_path: Path) -> None:
    before = organizations.count(desk.store)
    report = take(desk, tmp_path / "o.jsonl", lines(
        {"name": "甲", "contacts": [{"name": "長" * 500}]}, {"name": "乙", "contacts": [{"name": "丙", "age": 40}]}))
    assert [o.what for o in report.outcomes] == [REJECTED, CREATED] and organizations.count(desk.store) == before + 1
    assert "age" in (organizations.get(desk.store, report.outcomes[1].uid).notes or "")


def test_cells_without_heading_and_open_quotes_closed_later_are_told(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.csv", '名称,備考,\n甲,"一\n乙,二,三\n丙",余り\n')
    assert organizations.get(desk.store, report.outcomes[0].uid).notes == "一\n乙,二,三\n丙\n3列目（見出しなし）: 余り"
    told = "\n".join(report.outcomes[0].remarks)
    assert "3行にわたり、表の行のように見えます" in told and "3列目（見出しなし）" in told


def test_excel_days_numbers_and_formulas(desk: Desk, tmp_path: Path) -> None:
    from datetime import datetime

    book = sheet(tmp_path / "o.xlsx", ("名称", "法人番号", "郵便番号", "設立", "備考"),
                 ("甲", 1.23457e12, 10001, datetime(1972, 4, 1), None), ("乙", int(RIGHT), None, None, "=A1&A2"),
                 ("丙", None, None, None, "#N/A"), ("丁", None, None, None, "まとめ"), ("戊", None, None, None, None))
    book.active["C2"].number_format = "0000000"
    book.active["E4"].data_type = "e"
    book.active.merge_cells("E5:E6")
    book.create_sheet("別の表").append(["名称"])
    book.active["D2"].number_format = numbers.FORMAT_DATE_YYYYMMDD2
    book.save(tmp_path / "o.xlsx")
    report = importing.import_organizations(desk.store, tmp_path / "o.xlsx")
    assert [(o.line, o.what) for o in report.outcomes] == [
        (2, CREATED), (3, REJECTED), (4, REJECTED), (5, CREATED), (6, CREATED)]
    made = organizations.get(desk.store, report.outcomes[0].uid)
    assert (made.corporate_number, made.postal_code, made.founded) == ("1234570000000", "001-0001", "1972-04-01")
    assert "法人番号を確かめます" in report.outcomes[0].remarks[0]
    assert "E3" in report.outcomes[1].remarks[0] and "E4 #N/A" in report.outcomes[2].remarks[0]
    assert report.outcomes[3].remarks == () and "E5:E6" in report.outcomes[4].remarks[0]
    assert report.notes == ("最初のシート「Sheet」だけを読みました。読んでいないシート：別の表",)


def test_places_that_are_no_files(desk: Desk, tmp_path: Path) -> None:
    for path, told in ((tmp_path, "フォルダー"), (tmp_path / "ない.csv", "ありません"), (tmp_path / "ない.xlsx", "ありません")):
        with pytest.raises(Trouble) as trouble:
            importing.import_organizations(desk.store, path)
        assert told in trouble.value.to_do and trouble.value.detail == ""
    folder = tmp_path / "o.xlsx"
    os.mkdir(folder)
    with pytest.raises(Trouble, match="フォルダー"):
        importing.import_organizations(desk.store, folder)


def test_a_cell_longer_than_any_refuses_the_file_with_its_line(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"^3行目の値が長すぎます"):
        take(desk, tmp_path / "o.csv", "名称,備考\n甲,a\n乙," + "長" * 10_000_001 + "\n")
    report = take(desk, tmp_path / "o.csv", "名称,備考\n甲,a\n乙," + "長" * 9_000_000 + "\n")
    assert [o.what for o in report.outcomes] == [CREATED, REJECTED] and "メモ" in report.outcomes[1].remarks[0]


class Enough(Exception):
    """The user stopped."""


def test_a_stopped_import_names_how_far_it_came_and_is_taken_back(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("名称\n" + "".join(f"会社{n}\n" for n in range(3000)), "utf-8")
    before = organizations.count(desk.store)

    def stop(rows: int) -> None:
        if rows >= 120:
            raise Enough

    with pytest.raises(Enough):
        importing.import_organizations(desk.store, tmp_path / "o.csv", dry_run=True, progress=stop)
    assert importing.unfinished(desk.store) is None and organizations.count(desk.store) == before
    with pytest.raises(Enough):
        importing.import_organizations(desk.store, tmp_path / "o.csv", progress=stop)
    left = importing.unfinished(desk.store)
    assert left is not None and left.rows == 120 and organizations.count(desk.store) == before + 120
    assert importing.undo_import(desk.store, left.import_id) == 120
    assert organizations.count(desk.store) == before


def test_numbers_and_days_that_cannot_be_are_refused_or_told(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.csv", "管理番号,名称,資本金,従業員数,決算月,創業年月\n"
                  "1,甲,-5,,,\n2,乙,,5.5,,\n3,丙,,-3,,\n4,丁,,,13,\n5,戊,1.4億円,24.0,3,2030-13\n6,己,1.4,,,\n7,庚\n")
    assert [o.what for o in report.outcomes] == [REJECTED] * 4 + [CREATED, REJECTED, CREATED]
    assert [o.remarks[0] for o in report.outcomes] == [
        "資本金：0以上の数ではありません：-5", "従業員数：小数のない数ではありません：5.5", "従業員数：0以上の数ではありません：-3",
        "決算月：1から12までの数ではありません：13",
        "創業年月を確かめます：2030-13（13月はありません。月は1から12までです。）", "資本金：小数のない数ではありません：1.4",
        "見出しより列が少ない行です（2列）。足りない列は空とみなしました"]
    made = organizations.get(desk.store, report.outcomes[4].uid)
    assert (made.capital_yen, made.employees, made.founded) == (140_000_000, 24, "2030-13")
    file = tmp_path / "c.jsonl"
    visit = {"organization": "5", "held_on": "2026-11-20"}
    file.write_text(lines({**visit, "held_on": "2126-11-20"}, {**visit, "started_at": "15:00", "ended_at": "14:00"},
                          {**visit, "promises": [5]}, {**visit, "promises": [{"text": 7}]}, {**visit, "lines": [1]},
                          {**visit, "nth": 0}), "utf-8")
    visits = importing.import_consultations(desk.store, file)
    assert [o.what for o in visits.outcomes] == [CREATED] + [REJECTED] * 5
    assert [o.remarks[0].split("：")[0] for o in visits.outcomes] == [
        "相談日を確かめます", "終了時刻", "約束", "約束", "記録の行", "回数"]


def test_marks_nobody_sees_are_taken_out_and_told(desk: Desk, tmp_path: Path) -> None:
    report = take(desk, tmp_path / "o.jsonl", lines({"id": "1", "name": "甲\u202e乙\u200b丙", "kana": "コウ\u00ad"},
                                                    {"id": "2", "name": "👩\u200d🔧工房 葛\U000e0100城"}))
    assert [o.name for o in report.outcomes] == ["甲乙丙", "👩\u200d🔧工房 葛\U000e0100城"]
    assert report.outcomes[0].remarks == ("「名称」から使えない文字を2個除きました（U+202E、U+200B）",
                                          "「フリガナ」から使えない文字を1個除きました（U+00AD）")
    assert report.outcomes[1].remarks == ()


def test_no_key_of_a_file_is_left_out_without_a_note(desk: Desk, tmp_path: Path) -> None:
    keys = {"headline": "見出し", "model_case": 3, "starred": True, "sample": True, "links": ["a", "b"]}
    report = take(desk, tmp_path / "o.jsonl", lines({"id": "1", "name": "甲", **keys}))
    notes = organizations.get(desk.store, report.outcomes[0].uid).notes
    assert notes == "headline: 見出し\nmodel_case: 3\nstarred: True\nsample: True\nlinks: a、b"
    assert report.outcomes[0].remarks == ("知らない項目をメモに残しました：headline、model_case、starred、sample、links",)
    file = tmp_path / "c.jsonl"
    file.write_text(lines({"organization": "1", "held_on": "2026-11-20", "model_case": 3, "sample": 1}), "utf-8")
    outcome = importing.import_consultations(desk.store, file).outcomes[0]
    assert [x.text for x in timeline.lines(desk.store, outcome.uid)] == ["model_case: 3\nsample: 1"]
    assert outcome.remarks == ("知らない項目をメモに残しました：model_case、sample",)
