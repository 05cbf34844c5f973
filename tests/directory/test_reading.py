"""Files of the tax agency in every variant, and what is no such file: refused line by line or whole, with the reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import corporations
from kanto_desk.directory import columns
from kanto_desk.directory.columns import Row, row_of, whole_number
from kanto_desk.directory.reading import Refusal, blocks, parse, reason
from kanto_desk.errors import Refused

COURT = '1,7000012050002,01,1,2018-04-02,2015-10-05,"国税庁",,101,"東京都","千代田区","霞が関３丁目１－１",,13,101,1000013,,,,,,,2015-10-05,1,"National Tax Agency","Tokyo","3-1-1, Kasumigaseki, Chiyoda ku",,"コクゼイチョウ",0\n'


def everything(path: Path, size: int = 4000) -> tuple[list[Row], list[Refusal]]:
    rows: list[Row] = []
    refused: list[Refusal] = []
    for block in blocks(path, size):
        more, no = parse(block)
        rows += more
        refused += no
    return rows, refused


def a_file(folder: Path, count: int = 60, name: str = "a.csv", **how: str) -> Path:
    corporations.write(folder / name, corporations.full(count, 3), **how)
    return folder / name


def test_a_line_of_the_agency_becomes_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(COURT, "utf-8")
    [row], refused = everything(tmp_path / "a.csv")
    assert refused == []
    assert whole_number(row.base) == "7000012050002"
    assert (row.name, row.kana, row.city_code, row.prefecture, row.city) == ("国税庁", "コクゼイチョウ", "13101", "東京都", "千代田区")
    assert (row.kind, row.process, row.state, columns.day_of(row.version // 2).isoformat()) == (101, 1, columns.OPEN, "2018-04-02")
    assert '"name_en":"National Tax Agency"' in row.rest and '"correct":"1"' in row.rest


@pytest.mark.parametrize(("name", "encoding", "before"), [
    ("a.csv", "utf-8", b""), ("a.csv", "utf-8", b"\xef\xbb\xbf"), ("a.csv", "cp932", b""), ("a.zip", "utf-8", b""),
    ("a.zip", "cp932", b""),
])
def test_every_variant_is_read(tmp_path: Path, name: str, encoding: str, before: bytes) -> None:
    path = a_file(tmp_path, 500, name, encoding=encoding)
    if before:
        path.write_bytes(before + path.read_bytes())
    rows, refused = everything(path)
    assert refused == []
    expected = [row_of(row) for row in corporations.full(500, 3)]
    assert [row.base for row in rows] == [row.base for row in expected]
    same = [row == other for row, other in zip(rows, expected, strict=True)]
    assert all(same) if encoding == "utf-8" else all(
        fits or "〓" in row.name for fits, row in zip(same, rows, strict=True))


def test_windows_line_ends_and_a_missing_last_one(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    path.write_bytes(path.read_bytes().rstrip(b"\n").replace(b"\n", b"\r\n"))
    rows, refused = everything(path)
    assert len(rows) == 60 and refused == []
    assert not any("\r" in row.rest + row.kana for row in rows)


def put(column: int, value: str) -> Callable[[list[str]], list[str]]:
    return lambda row: [*row[:column], value, *row[column + 1:]]


@pytest.mark.parametrize(("spoil", "why"), [
    (lambda row: row[:-1], columns.COLUMNS), (lambda row: [*row, ""], columns.COLUMNS),
    (put(1, "7000012050003"), columns.DIGIT), (put(1, "70000120500O2"), columns.NUMBER), (put(1, ""), columns.NUMBER),
    (put(1, "123"), columns.NUMBER), (put(1, "70000120500020"), columns.NUMBER),
    (put(4, "2026-02-30"), columns.DAY), (put(4, ""), columns.DAY), (put(5, "令和8年"), columns.DAY),
    (put(22, "x"), columns.DAY), (put(18, "2026-13-01"), columns.DAY), (put(20, "7000012050003"), columns.DIGIT),
    (put(6, ""), columns.NAME), (put(2, "02"), columns.CODE), (put(8, "株式"), columns.CODE), (put(23, "2"), columns.CODE),
    (put(14, "1"), columns.PLACE), (put(11, "霞が関\x00３"), columns.LETTERS), (put(6, '国"税"庁'), columns.QUOTES),
])
def test_a_wrong_line_is_refused_with_its_number_and_the_others_are_read(
        tmp_path: Path, spoil: Callable[[list[str]], list[str]], why: str) -> None:
    path = a_file(tmp_path)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    row = next(corporations.full(1, 99))
    row[0] = "7"
    lines[6] = corporations.line(spoil(row))
    path.write_text("".join(lines), "utf-8")
    rows, refused = everything(path)
    assert [(no.line, no.why) for no in refused] == [(7, why)]
    assert len(rows) == 59
    assert reason(refused[0]).endswith("。")


@pytest.mark.parametrize("broken", ['3,"国税庁\n', '"\n', '1,2,"a"b,\n'])
def test_a_quote_that_never_ends_swallows_no_other_line(tmp_path: Path, broken: str) -> None:
    path = a_file(tmp_path)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[20] = broken
    path.write_text("".join(lines), "utf-8")
    rows, refused = everything(path)
    assert [no.line for no in refused] == [21]
    assert len(rows) == 59


def test_bytes_that_are_no_text_cost_their_line_alone(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[11] = lines[11].replace("県".encode(), b"\xff\xfe").replace("都".encode(), b"\xff\xfe")
    path.write_bytes(b"".join(lines))
    rows, refused = everything(path)
    assert [(no.line, no.why) for no in refused] == [(12, columns.LETTERS)]
    assert len(rows) == 59


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def damaged() -> bytes:
    whole = zipped({"a.csv": COURT.encode() * 400})
    return whole[:60] + bytes(byte ^ 0x55 for byte in whole[60:90]) + whole[90:]


@pytest.mark.parametrize(("content", "word"), [
    (b"", "空"), (b"\n \n", "空"), (b"<?xml version='1.0'?><corporations/>", "XML"), (b"\xff\xfe1\x00,\x002\x00", "30列"),
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "30列"), (zipped({"a.xml": b"<a/>"}), "XML"), (zipped({"a.txt": b"x"}), "0個"),
    (zipped({"a.csv": COURT.encode(), "b.csv": COURT.encode()}), "2個"), (zipped({"a.csv": COURT.encode() * 900})[:-30], "壊れて"),
    (damaged(), "壊れて"), (b"PK", "壊れて"),
])
def test_what_is_no_file_of_the_agency_is_refused_whole(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "その他.zip").write_bytes(content)
    with pytest.raises(Refused, match=word) as refused:
        everything(tmp_path / "その他.zip")
    assert "その他.zip" in refused.value.message


@pytest.mark.parametrize(("fate", "state"), [
    ({2: "21", 18: "2020-01-02", 19: "01"}, columns.CLOSED), ({2: "71", 18: "2020-01-02", 19: "11"}, columns.MERGED),
    ({2: "81"}, columns.CLOSED), ({2: "22"}, columns.OPEN), ({2: "72"}, columns.OPEN), ({2: "99"}, columns.HIDDEN),
    ({29: "1"}, columns.HIDDEN), ({2: "12", 18: "2020-01-02"}, columns.CLOSED), ({2: "11"}, columns.OPEN),
])
def test_what_happened_gives_the_state(fate: dict[int, str], state: int) -> None:
    row = next(corporations.full(1, 4))
    for column, value in fate.items():
        row[column] = value
    assert row_of(row).state == state
