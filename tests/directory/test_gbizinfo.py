"""Files of gBizINFO: every form says the same, in any order with the tax agency's; what is wrong is refused with reasons."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bench import corporations, gbizinfo
from kanto_desk.directory import columns, facts, importing, schema
from kanto_desk.directory.asking import Filters
from kanto_desk.directory.columns import HIDDEN
from kanto_desk.directory.gbizinfo import Known, industries
from kanto_desk.directory.gbizinfo_files import entries, recognised
from kanto_desk.directory.importing import READING, run
from kanto_desk.directory.reading import Refusal
from kanto_desk.errors import Refused
from kanto_desk.stopping import Stopped
from tests.directory.build import a_file, clock, held, opened, pointer, take
from tests.directory.test_importing import index_holds, index_should_hold, stopping_at

ROWS = [list(row) for row in corporations.full(300, 8)]
ENTRIES = list(gbizinfo.entries(ROWS, 5))


def known_in(home: Path) -> list[tuple[int, str]]:
    found = pointer(home).current()
    assert found is not None
    conn = schema.open_to_read(found.path, found.key)
    try:
        return list(facts.stored(conn))
    finally:
        conn.close()


def read(path: Path) -> tuple[list[Known], list[Refusal]]:
    found = list(entries(path))
    return [one for one in found if isinstance(one, Known)], [one for one in found if isinstance(one, Refusal)]


@pytest.fixture(scope="module")
def basic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gbizinfo.write_csv(tmp_path_factory.mktemp("gbizinfo") / "Kihonjoho_UTF-8.zip", gbizinfo.basic(ENTRIES))


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gbizinfo.write_csv(tmp_path_factory.mktemp("gbizinfo") / "TodokedeNinteijoho.csv", gbizinfo.certified(ENTRIES))


def test_every_form_of_a_file_says_the_same(tmp_path: Path, basic: Path, certified: Path) -> None:
    whole = gbizinfo.write_json(tmp_path / "hojin.json", ENTRIES)
    lines = gbizinfo.write_json(tmp_path / "hojin-lines.zip", ENTRIES, by_line=True)
    sjis = gbizinfo.write_csv(tmp_path / "Kihonjoho_Shift_JIS.csv", gbizinfo.basic(ENTRIES), encoding="cp932")
    expected, none = read(whole)
    assert none == [] and len(expected) == 300 and any(one.certified for one in expected)
    assert read(lines) == (expected, [])
    for path in (basic, sjis):
        found, none = read(path)
        assert none == []
        for one, other in zip(found, expected, strict=True):
            assert one.version == other.version and one.base == other.base
            same = {name: value for name, value in other.facts.items() if path is basic or "髙" not in str(value)}
            assert {name: one.facts[name] for name in same} == same or "𠮷" in str(same)
    told = {(one.base, each) for one in read(certified)[0] for each in one.certified}
    assert told == {(one.base, each) for one in expected for each in one.certified}


def test_the_former_columns_are_read_too(tmp_path: Path) -> None:
    found, none = read(gbizinfo.write_csv(tmp_path / "a.csv", gbizinfo.former(ENTRIES)))
    expected, _ = read(gbizinfo.write_json(tmp_path / "a.json", ENTRIES))
    assert none == []
    assert [one.facts for one in found] == [
        {name: value for name, value in one.facts.items() if name != "industry"} for one in expected]


@pytest.mark.parametrize("seed", range(4))
def test_any_order_with_the_agency_s_files_gives_the_same(
        tmp_path: Path, basic: Path, certified: Path, seed: int) -> None:
    full = a_file(tmp_path / "full.csv", ROWS)
    changes = corporations.diff(ROWS, 60, 8, corporations.LAST_DAY)
    diff = a_file(tmp_path / "diff.csv", changes)
    newer = [{**one, "update_date": "2026-11-20", "employee_number": 7} for one in ENTRIES[:40]]
    answer = gbizinfo.write_json(tmp_path / "answer.json", newer)
    files = [full, diff, basic, certified, answer]
    take(tmp_path / "expected", *files)
    expected = held(tmp_path / "expected")
    assert sum(bool(row[15]) for row in expected) > 40
    draw = random.Random(seed)
    order = [*files, *draw.sample(files, 2)]
    draw.shuffle(order)
    while order:
        count = draw.choice((1, 1, 2))
        take(tmp_path / "h", *order[:count], in_place=draw.choice((0, 10_000)))
        order = order[count:]
    assert held(tmp_path / "h") == expected
    assert known_in(tmp_path / "h") == known_in(tmp_path / "expected")
    assert index_holds(tmp_path / "h") == index_should_hold(tmp_path / "h")
    assert index_holds(tmp_path / "expected") == index_should_hold(tmp_path / "expected")
    with opened(tmp_path / "h") as directory:
        assert directory.known(ROWS[0][1]).get("employee_number") == 7


@pytest.mark.parametrize("in_place", [0, 10_000])
def test_an_industry_is_found_and_filtered_by(tmp_path: Path, basic: Path, in_place: int) -> None:
    take(tmp_path / "h", a_file(tmp_path / "full.csv", ROWS))
    report = take(tmp_path / "h", basic, in_place=in_place)
    [told] = report.files
    assert (told.outcome, told.rows, told.facts) == ("taken", 300, True) and report.enriched > 60
    shown = {row[0] for row in held(tmp_path / "h") if row[6] != HIDDEN}
    wanted: dict[str, set[str]] = {}
    for one in ENTRIES:
        if columns.base_of(one["corporate_number"]) in shown:
            for code in industries(one.get("industry", [])).split():
                wanted.setdefault(code, set()).add(one["corporate_number"])
    assert len(wanted) > 30 and len(wanted["E"]) > max(len(wanted.get(f"{n:02d}", ())) for n in range(9, 33))
    with opened(tmp_path / "h") as directory:
        for code, numbers in wanted.items():
            found = directory.search("", Filters(industries=(code,)), limit=None)
            assert {hit.corporation.number for hit in found} == numbers
            assert directory.count(Filters(industries=(code,))) == len(numbers)
        one = directory.search("", Filters(industries=("E",)))[0].corporation
        assert one.industry.isdecimal() and "E" in one.industries
        both = directory.search("", Filters(prefectures=(one.city_code[:2],), industries=("E",)), limit=None)
        assert one in [hit.corporation for hit in both]


def test_facts_wait_for_their_corporation_and_outlive_a_new_file(tmp_path: Path, basic: Path) -> None:
    first = take(tmp_path / "h", basic)
    assert first.total == 0 and first.enriched > 60
    take(tmp_path / "h", a_file(tmp_path / "a.csv", ROWS[:200]))
    take(tmp_path / "h", a_file(tmp_path / "b.csv", ROWS[200:]), in_place=10_000)
    assert [bool(row[15]) for row in held(tmp_path / "h")] == [
        bool(industries(entry.get("industry", []))) for entry in sorted(ENTRIES, key=lambda one: one["corporate_number"][1:])]
    again = take(tmp_path / "h", basic)
    assert [one.outcome for one in again.files] == ["known"] and again.enriched == 0


def test_of_each_fact_the_newest_stays(tmp_path: Path) -> None:
    number = ROWS[0][1]
    older = {"corporate_number": number, "update_date": "2020/4/1", "capital_stock": "1,000,000", "employee_number": 9,
             "certification": [{"title": "DX認定", "date_of_approval": "2024-05-01"}]}
    newer = {"corporate_number": number, "update_date": "2025-04-01T00:00:00+09:00", "employee_number": "２５",
             "certification": [{"title": "経営革新計画", "date_of_approval": ""}]}
    files = [gbizinfo.write_json(tmp_path / f"{place}.json", [one]) for place, one in enumerate((older, newer))]
    for order in (files, files[::-1]):
        home = tmp_path / order[0].stem
        for file in order:
            take(home, file)
        with opened(home) as directory:
            known = directory.known(number)
        assert (known["capital_stock"], known["employee_number"], known["update_date"]) == (1_000_000, 25, "2025-04-01")
        assert [one["title"] for one in known["certification"]] == ["DX認定", "経営革新計画"]


def put(name: str, value: Any) -> dict[str, Any]:
    return {"corporate_number": ROWS[0][1], "name": "x", name: value}


@pytest.mark.parametrize(("entry", "why"), [
    (put("corporate_number", "1234567890123"), columns.DIGIT), (put("corporate_number", 123), columns.NUMBER),
    (put("corporate_number", None), columns.NUMBER), (put("capital_stock", "百万"), columns.AMOUNT),
    (put("employee_number", -3), columns.AMOUNT), (put("employee_number", True), columns.AMOUNT),
    (put("update_date", "令和8年"), columns.DAY), (put("date_of_establishment", "2026-02-30"), columns.DAY),
    (put("business_summary", "\x00"), columns.LETTERS), (put("business_summary", {"a": 1}), columns.LETTERS),
    (put("business_summary", "長" * 30_000), columns.LENGTH), (put("certification", "DX"), columns.LETTERS),
    (put("certification", ["DX"]), columns.LETTERS), (put("industry", [["E"]]), columns.LETTERS),
    ("text", columns.QUOTES),
])
def test_a_wrong_entry_is_refused_and_the_others_are_read(tmp_path: Path, entry: Any, why: str) -> None:
    found = gbizinfo.write_json(tmp_path / "a.json", [ENTRIES[0], entry, ENTRIES[1]])
    known, refused = read(found)
    assert len(known) == 2 and [(one.line, one.why) for one in refused] == [(2, why)]
    report = take(tmp_path / "h", found)
    assert report.files[0].refusals[0][1].endswith("。")


def test_wrong_lines_of_a_table_cost_themselves_alone(tmp_path: Path) -> None:
    path = gbizinfo.write_csv(tmp_path / "a.csv", gbizinfo.basic([{**one, "business_summary": "a"} for one in ENTRIES[:40]]))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].rstrip() + b",\r\n"
    lines[7] = lines[7].replace(b",a,", b',"a,')      # a quote that nobody closes
    lines[11] = lines[11].replace(b",a,", b",\xff\xfe,")
    lines[15] = lines[15].replace(b",a,", b',"b\nc",')
    lines[20] = b"\r\n"
    path.write_bytes(b"".join(lines))
    known, refused = read(path)
    assert [(one.line, one.why) for one in refused] == [(4, columns.COLUMNS), (8, columns.QUOTES), (12, columns.LETTERS)]
    assert len(known) == 36 and [one.facts["business_summary"] for one in known][11] == "b\nc"
    told = take(tmp_path / "h", path).files[0].refusals
    assert "30" in told[0][1] and "31" in told[0][1]


@pytest.mark.parametrize(("name", "content", "word"), [
    ("a.json", b"{", "壊れて"), ("a.json", b"[]", "hojin-infos"), ("a.json", b'{"hojin-infos": []}', "hojin-infos"),
    ("a.json", b'{"a": 1}', "hojin-infos"), ("a.json", b"[" * 100_000, "壊れて"),
    ("a.csv", "法人番号,商号または名称,登記住所,証明日,名称,金額,対象,発行元\n".encode(), "この2つ"),
    ("a.csv", "法人番号,商号または名称,会計基準,資本金,従業員数\n".encode(), "この2つ"),
    ("a.csv", "法人番号,法人名,資本金\nx,y,1\n".encode(), "1つも"), ("a.csv", "氏名,住所\n山,海\n".encode(), "30列"),
    ("a.zip", b"PK\x03\x04", "壊れて"), ("a.csv", b"a\rb,c\r\n1,2\r\n", "30列"), ("a.bin", b"\x01\r\x00" * 900, "30列"),
    ("a.csv", '法人番号,"法人名"x,資本金\n1,y,1\n'.encode(), "1つも"),
])
def test_what_is_no_file_of_gbizinfo_is_refused_whole(tmp_path: Path, name: str, content: bytes, word: str) -> None:
    (tmp_path / name).write_bytes(content)
    take(tmp_path / "h", a_file(tmp_path / "full.csv", ROWS))
    before = held(tmp_path / "h")
    report = take(tmp_path / "h", tmp_path / name)
    assert [one.outcome for one in report.files] == ["refused"] and word in report.files[0].reason
    assert name in report.files[0].reason and held(tmp_path / "h") == before
    assert not (tmp_path / "h" / "directory-work").exists()


def test_a_damaged_zip_leaves_everything_as_it_was(tmp_path: Path, basic: Path) -> None:
    take(tmp_path / "h", a_file(tmp_path / "full.csv", ROWS))
    content = basic.read_bytes()
    (tmp_path / "broken.zip").write_bytes(content[:8000] + bytes(100) + content[8100:])
    report = take(tmp_path / "h", tmp_path / "broken.zip")
    assert [one.outcome for one in report.files] == ["refused"] and "壊れて" in report.files[0].reason
    assert known_in(tmp_path / "h") == []


@pytest.mark.parametrize("stage", [READING, "building", "updating"])
def test_a_stopped_import_changes_nothing_and_goes_on(tmp_path: Path, basic: Path, stage: str) -> None:
    more = list(corporations.full(2000, 9))
    full = a_file(tmp_path / "full.csv", [*ROWS, *more])
    take(tmp_path / "h", full)
    before = held(tmp_path / "h")
    many = gbizinfo.write_json(tmp_path / "many.json", gbizinfo.entries(more[:500], 5, known=1.0))
    sizes = importing.Sizes(1, 25, 0 if stage == "building" else 10_000)
    with pytest.raises(Stopped):
        run(pointer(tmp_path / "h"), [basic, many], clock, stopping_at(stage, 1), sizes)  # type: ignore[arg-type]
    assert held(tmp_path / "h") == before and known_in(tmp_path / "h") == []
    take(tmp_path / "h", basic, many, in_place=sizes.in_place)
    take(tmp_path / "expected", full, basic, many)
    assert held(tmp_path / "h") == held(tmp_path / "expected")
    assert known_in(tmp_path / "h") == known_in(tmp_path / "expected")
    assert index_holds(tmp_path / "h") == index_should_hold(tmp_path / "h")


@pytest.mark.parametrize(("text", "codes"), [
    ("24", "24 E"), ("E24 金属製品製造業", "24 E"), ("2451", "24 E"), ("E", "E"), ("Ｅ：製造業", "E"), ("製造業", "E"),
    ("金属製品製造業", "24 E"), ("農業，林業", "A"), ("農業、林業", "A"), ("E245", "24 E"),
    ("101", ""), ("00", ""), ("Engineering", ""), ("その他いろいろ", ""), ("", ""),
])
def test_industries_go_by_code_and_name(text: str, codes: str) -> None:
    assert industries([text]) == codes


def test_files_are_known_by_their_content(tmp_path: Path, basic: Path, certified: Path) -> None:
    assert recognised(basic) and recognised(certified)
    assert recognised(gbizinfo.write_json(tmp_path / "a.txt", ENTRIES[:2]))
    assert not recognised(a_file(tmp_path / "b.csv", ROWS[:5]))
    assert not recognised(a_file(tmp_path / "b.zip", ROWS[:5], encoding="cp932"))
    with pytest.raises(Refused, match="壊れて"):
        (tmp_path / "c.zip").write_bytes(b"PK\x03\x04")
        recognised(tmp_path / "c.zip")


def test_the_generator_gives_the_same_again() -> None:
    assert json.dumps(list(gbizinfo.entries(ROWS[50:60], 5))) == json.dumps(ENTRIES[50:60])
    assert list(gbizinfo.entries(ROWS[50:60], 6)) != ENTRIES[50:60]
