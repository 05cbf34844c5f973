"""Import files as offices make them: every row accepted or refused with its line and reason, twice changes nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from kanto_desk.errors import Refused
from kanto_desk.fields import Kind
from kanto_desk.services import consultations, field_values, finalizing, identifying, importing, organizations, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.services.importing import CREATED, DUPLICATE, REJECTED, SAME, UPDATED

TABLE = "管理番号,名称,フリガナ,資本金,都道府県,謎の列\na1,髙﨑製作所,ﾀｶｻｷ,\"1,000万円\",群馬,あ\na2,,ナマエナシ,,,\na3,上毛鋳造,ジョウモウ,たくさん,,\n"


def put(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def lines(path: Path, *rows: object) -> Path:
    return put(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))


def whats(report: importing.Report) -> list[tuple[int, str]]:
    return [(o.line, o.what) for o in report.outcomes]


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_every_encoding_gives_the_same_rows(desk: Desk, tmp_path: Path, code: str) -> None:
    file = put(tmp_path / "o.csv", TABLE.encode(code))
    report = importing.import_organizations(desk.store, file)
    assert whats(report) == [(2, CREATED), (3, REJECTED), (4, REJECTED)]
    assert ["名称" in report.outcomes[1].remarks[0], "資本金：" in report.outcomes[2].remarks[0]] == [True, True]
    made = organizations.get(desk.store, report.outcomes[0].uid)
    assert (made.name, made.kana, made.capital_yen, made.prefecture) == ("髙﨑製作所", "タカサキ", 10_000_000, "10")
    assert made.notes == "謎の列: あ"
    assert whats(importing.import_organizations(desk.store, file))[0] == (2, SAME)


def test_hostile_rows_are_refused_one_by_one(desk: Desk, tmp_path: Path) -> None:
    rows = [{"id": "1", "name": "𠮷野🙂工房\u0000\u0007"}, {"name": "大" * 100}, {"name": "甲", "employees": 1e400},
            {"name": "乙", "employees": True}, {"name": "丙", "closing_month": ["x"]}, ["list"],
            {"name": "丁", "corporate_number": "1234567890123"}, {"id": "1", "name": "同じ番号"},
            {"name": "戊", "contacts": 7}, {"name": {"a": 1}}]
    file = lines(tmp_path / "o.jsonl", *rows)
    file.write_text(file.read_text("utf-8") + "{broken\n" + json.dumps({"name": "長" * 10_000_001}) + "\n", "utf-8")
    report = importing.import_organizations(desk.store, file)
    assert [o.what for o in report.outcomes] == [CREATED, *[REJECTED] * 5, CREATED, *[REJECTED] * 5]
    assert all(o.remarks for o in report.outcomes if o.what == REJECTED)
    assert organizations.get(desk.store, report.outcomes[0].uid).name == "𠮷野🙂工房"


def test_duplicates_within_one_file_are_seen(desk: Desk, tmp_path: Path) -> None:
    row = {"name": "重なる会社", "prefecture": "長野県"}
    report = importing.import_organizations(desk.store, lines(tmp_path / "o.jsonl", row, row, {**row, "city": "諏訪市"}))
    assert [o.what for o in report.outcomes] == [CREATED, DUPLICATE, CREATED]


def test_an_id_that_stands_twice_never_overwrites_a_row(desk: Desk, tmp_path: Path) -> None:
    one = {"id": "a1", "name": "甲製作所", "city": "諏訪市"}
    file = lines(tmp_path / "o.jsonl", {"id": "a1", "name": ["読めない"]}, one, {**one, "name": "乙製作所"},
                 {"city": "諏訪市", "name": "甲製作所", "id": "a1"}, *({"name": f"会社{n}"} for n in range(60)),
                 {"管理番号": "ａ１", "name": "丙製作所"})
    for first in (CREATED, SAME):   # the second import changes nothing
        report = importing.import_organizations(desk.store, file)
        assert whats(report)[:4] == [(1, REJECTED), (2, first), (3, REJECTED), (4, SAME)]
        assert report.outcomes[2].remarks == ("管理番号「a1」は2行目にもあり、内容が違います。どちらか一つにします",)
        assert report.outcomes[3].remarks == ("2行目と同じです",)
        assert report.outcomes[-1].what == REJECTED and "2行目" in report.outcomes[-1].remarks[0]
        assert organizations.get(desk.store, report.outcomes[1].uid).name == "甲製作所"
        assert report.count(UPDATED) == 0
    visits = lines(tmp_path / "c.jsonl", *({"id": "v", "organization": "a1", "held_on": f"2026-11-{day}"}
                                           for day in (20, 21, 20)))
    for first in (CREATED, SAME):
        assert whats(importing.import_consultations(desk.store, visits)) == [(1, first), (2, REJECTED), (3, SAME)]


def test_files_that_are_none_change_nothing(desk: Desk, tmp_path: Path) -> None:
    before = organizations.count(desk.store)
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 1000)
    content = bytearray(bomb.read_bytes())
    size = content.index(b"PK\x01\x02") + 24   # the unpacked size that the directory declares
    content[size:size + 4] = (2 << 30).to_bytes(4, "little")
    bomb.write_bytes(content)
    refused = [bomb, put(tmp_path / "x.xlsx", b"PK\x03\x04broken"), put(tmp_path / "b.csv", b"\x81\x00\xff\xfe\x80name"),
               put(tmp_path / "x.doc", "name")]
    for file in refused:
        with pytest.raises(Refused):
            importing.import_organizations(desk.store, file)
    assert organizations.count(desk.store) == before


@pytest.mark.parametrize(("text", "line"), [
    ('名称,備考\n正しい会社,"よい"\n壊れ,"閉じない\n次,a\n', 3),
    ('名称,備考\n甲,"二行の\n値"\n乙,a\n丙,"開いたまま\n丁,"別"\n', 5),
    ('名称,備考\n"甲"乙,a\n', 2),
    ('名称\t備考\r\n甲\t"二行の\r\n値"\r\n乙\t"開いたまま', 4)])
def test_a_broken_quotation_mark_refuses_the_file_and_names_its_line(desk: Desk, tmp_path: Path, text: str,
                                                                     line: int) -> None:
    before = organizations.count(desk.store)
    with pytest.raises(Refused, match=f"^{line}行目で始まる引用符"):
        importing.import_organizations(desk.store, put(tmp_path / "q.csv", text))
    assert organizations.count(desk.store) == before and importing.unfinished(desk.store) is None


def test_excel_and_a_missing_heading(desk: Desk, tmp_path: Path) -> None:
    book = Workbook()
    for row in (("名称", "従業員数"), ("表計算の会社", 24), (None, 3)):
        book.active.append(row)
    book.save(tmp_path / "o.xlsx")
    assert whats(importing.import_organizations(desk.store, tmp_path / "o.xlsx")) == [(2, CREATED), (3, REJECTED)]
    with pytest.raises(Refused, match=r"名称の列が見つかりません（1行目の見出し：会社、人数）.*企業名"):
        importing.import_organizations(desk.store, put(tmp_path / "h.csv", "会社,人数\n甲,1\n乙,2\n"))


def test_a_visit_again_keeps_later_edits_and_brings_only_new_lines(desk: Desk, tmp_path: Path) -> None:
    row = {"id": "v", "organization": "一般社団法人雪国観光圏", "held_on": "令和8年11月20日", "theme": "元の件名",
           "lines": [{"kind": "発言", "text": "はじめの行"}], "謎": "値"}
    uid = importing.import_consultations(desk.store, lines(tmp_path / "c.jsonl", row)).outcomes[0].uid
    first = timeline.lines(desk.store, uid)
    assert [x.text for x in first] == ["はじめの行", "謎: 値"]
    timeline.edit(desk.store, uid, first[0].uid, text="直した行")
    consultations.edit(desk.store, uid, {"theme": "直した件名"})
    assert importing.import_consultations(desk.store, tmp_path / "c.jsonl").outcomes[0].what == SAME
    assert consultations.get(desk.store, uid).record.theme == "直した件名"
    row["lines"] = [{"kind": "発言", "text": "はじめの行"}, {"kind": "発言", "text": "増えた行"}]
    assert importing.import_consultations(desk.store, lines(tmp_path / "c.jsonl", row)).outcomes[0].what == UPDATED
    assert [x.text for x in timeline.lines(desk.store, uid)] == ["直した行", "増えた行", "謎: 値"]


def test_a_signed_visit_is_not_changed_by_an_import(desk: Desk, tmp_path: Path) -> None:
    row = {"id": "v", "organization": "一般社団法人雪国観光圏", "held_on": "2026-11-20", "problem": "相談の内容"}
    uid = importing.import_consultations(desk.store, lines(tmp_path / "c.jsonl", row)).outcomes[0].uid
    finalizing.finalize(desk.store, desk.blobs, uid, finalizing.Signature("宮坂", "", "typed"))
    row["problem"] = "あとから変えた内容"
    for _ in range(2):
        again = importing.import_consultations(desk.store, lines(tmp_path / "c.jsonl", row)).outcomes[0]
        assert again.what == REJECTED and "署名済み" in again.remarks[0]
    assert consultations.get(desk.store, uid).record.summary == "相談の内容"


def test_a_trial_changes_nothing_and_an_import_is_undone_whole(desk: Desk, tmp_path: Path) -> None:
    file, before = lines(tmp_path / "o.jsonl", *({"name": f"会社{n}"} for n in range(90))), organizations.count(desk.store)
    assert importing.import_organizations(desk.store, file, dry_run=True).count(CREATED) == 90
    assert organizations.count(desk.store) == before
    report = importing.import_organizations(desk.store, file)
    assert importing.undo_import(desk.store, report.import_id) == 90
    assert organizations.count(desk.store) == before


def test_every_kind_of_field_can_be_read() -> None:
    assert field_values.kinds_read() == frozenset(Kind)


def test_a_name_that_two_have_names_none(desk: Desk, tmp_path: Path) -> None:
    importing.import_organizations(desk.store, lines(tmp_path / "o.jsonl", {"id": "1", "name": "双子屋", "city": "甲"},
                                                     {"id": "2", "name": "双子屋", "city": "乙"}))
    with pytest.raises(Refused, match="2件"):
        identifying.resolve(desk.store, "organization", "双子屋")
    assert identifying.resolve(desk.store, "organization", "2") != identifying.resolve(desk.store, "organization", "1")


def test_base_fields_of_the_register_find_their_places(desk: Desk, tmp_path: Path) -> None:
    body = {"corporate_number": "7000012050002", "name": "国税庁", "kana": "ｺｸｾﾞｲﾁｮｳ", "name_en": "NTA", "kind": "101",
            "postal_code": "1000013", "location": "東京都千代田区霞が関３丁目１－１", "prefecture_name": "東京都",
            "city_name": "千代田区", "founding_year": 1949, "capital_stock": 100, "employee_number": 10,
            "update_date": "2024-01-01", "close_date": None, "close_cause": None}
    file = put(tmp_path / "g.json", json.dumps({"hojin-infos": [
        body, {"name": "閉じた会社", "location": "埼玉県さいたま市大宮区桜木町1-7", "close_date": "2020-03-31",
               "close_cause": "合併による解散等", "date_of_establishment": "1990-04-01", "founding_year": 1990},
        {"name": "遠い会社", "location": "大阪府大阪市北区1-1"}, {"name": "よその", "location": "東京都北区1", "prefecture": "群馬県"},
        {"name": "町の会社", "prefecture": "群馬", "location": "吾妻郡中之条町1-2"}]}))
    report = importing.import_organizations(desk.store, file)
    made = [organizations.get(desk.store, o.uid) for o in report.outcomes]
    assert [(m.prefecture, m.city, m.address) for m in made] == [
        ("13", "千代田区", "霞が関３丁目１－１"), ("11", "さいたま市大宮区", "桜木町1-7"), ("27", None, "大阪市北区1-1"),
        ("10", None, "東京都北区1"), ("10", "吾妻郡中之条町", "1-2")]
    first, closed = made[:2]
    assert (first.kana, first.founded, first.capital_yen, first.employees, first.legal_form, first.state) == (
        "コクゼイチョウ", "1949年", 100, 10, "101", None)
    assert first.notes == "update_date: 2024-01-01" and report.outcomes[0].remarks == ()
    assert (closed.state, closed.founded) == ("merged", "1990-04-01")
    assert closed.notes == "founding_year: 1990\nclose_date: 2020-03-31\nclose_cause: 合併による解散等"
