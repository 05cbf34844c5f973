"""Rows of import files: JSON lines, CSV and Excel, in the encodings of offices. Each row is read or refused alone.

Gives plain dictionaries with the line they came from; knows nothing of records. A file that is no such file at all is
refused as a whole, before anything is imported.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr

MOST_CELL = 10_000_000
"""Characters of one cell; a longer one refuses its row (a broken quotation mark swallows a file otherwise)."""

MOST_UNPACKED = 1 << 30
"""Bytes an .xlsx may unpack to; more is refused as a bomb."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line number in the file (1 is the first), and its values or why it cannot be read."""

    line: int
    values: dict[str, Any]
    refused: str = ""


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a file by its kind: .jsonl, .json, .csv, .tsv, .txt, .xlsx.

    Raises Refused for a file of another kind or encoding, Trouble when it cannot be opened.
    """
    kind = path.suffix.lower()
    try:
        if kind in (".xlsx", ".xlsm"):
            yield from _excel_rows(path)
            return
        text = decode(path.read_bytes())
    except OSError as error:
        raise Trouble(tr("ファイルを開けませんでした：{name}", name=path.name), tr("何も取り込んでいません。"),
                      tr("場所とファイル名を確かめます。"), str(error)) from error
    if kind in (".jsonl", ".ndjson"):
        yield from _json_rows(text)
    elif kind == ".json":
        yield from _whole_json(text)
    elif kind in (".csv", ".tsv", ".txt"):
        yield from _csv_rows(text, "\t" if kind == ".tsv" else _delimiter(text))
    else:
        raise Refused(tr("この種類のファイルは取り込めません：{name}（CSV・Excel・JSON Lines）", name=path.name))


def decode(content: bytes) -> str:
    """Text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or CP932.

    Raises Refused when it is none of them, naming the place of the first byte that fits nothing.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _unreadable(content, error.start) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as utf8:
        try:
            return content.decode("cp932")
        except UnicodeDecodeError as cp932:
            raise _unreadable(content, max(utf8.start, cp932.start)) from cp932


def _unreadable(content: bytes, at: int) -> Refused:
    return Refused(tr("文字コードが UTF-8 でも Shift_JIS でもありません（{line}行目あたり）。何も取り込んでいません。",
                      line=content.count(b"\n", 0, at) + 1))


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(line) > MOST_CELL:
            yield Row(number, {}, tr("行が長すぎます（{n}文字）", n=len(line)))
            continue
        try:
            value = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            yield Row(number, {}, tr("JSON として読めません：{error}", error=str(error)[:80]))
            continue
        yield _checked(number, value)


def _whole_json(text: str) -> Iterator[Row]:
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refused(tr("JSON として読めません：{error}", error=str(error)[:80])) from error
    if isinstance(value, dict) and isinstance(value.get("hojin-infos"), list):
        value = value["hojin-infos"]
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield _checked(number, item)


def _checked(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(number, {}, tr("1行に1件の { } ではありません"))
    return Row(number, {unicodedata.normalize("NFKC", str(k)).strip(): v for k, v in value.items()})


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return "\t" if first.count("\t") > first.count(",") else ","


def _csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    previous = csv.field_size_limit(MOST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        yield from _table(_counted(reader))
    finally:
        csv.field_size_limit(previous)


def _counted(reader: Any) -> Iterator[tuple[int, list[str] | str]]:
    """Line number and cells, or line number and the reason why the rest cannot be read."""
    while True:
        begin = reader.line_num + 1
        try:
            yield begin, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begin, tr("CSV として読めません（引用符など）：{error}", error=str(error))
            return


def _table(lines: Iterator[tuple[int, list[str] | str]]) -> Iterator[Row]:
    headings: list[str] | None = None
    for number, cells in lines:
        if isinstance(cells, str):
            yield Row(number, {}, cells)
        elif headings is None:
            headings = [unicodedata.normalize("NFKC", c).strip() for c in cells]
            if not any(headings):
                headings = None
        elif any(c.strip() for c in cells):
            if len(cells) > len(headings) and any(c.strip() for c in cells[len(headings):]):
                yield Row(number, {}, tr("見出しより列が多い行です（{n}列）", n=len(cells)))
            else:
                yield Row(number, {h: c for h, c in zip(headings, cells, strict=False) if h})


def _excel_rows(path: Path) -> Iterator[Row]:
    from openpyxl import load_workbook  # only an Excel import needs it

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(i.file_size for i in archive.infolist()) > MOST_UNPACKED:
                raise Refused(tr("Excel ファイルが大きすぎます。何も取り込んでいません。"))
        book = load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise Refused(
            tr("Excel ファイルとして読めません（壊れているか、別の種類です）。何も取り込んでいません。")) from error
    try:
        sheet = book.worksheets[0]
        lines = ((n, [_cell(v) for v in row]) for n, row in enumerate(sheet.iter_rows(values_only=True), 1))
        yield from _table(iter(lines))
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
