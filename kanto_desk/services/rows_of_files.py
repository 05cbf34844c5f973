"""Rows of import files: JSON lines, CSV and Excel, in the encodings of offices. Each row is read or refused alone.

Gives plain dictionaries with the line they came from; knows nothing of records. A file that is no such file at all is
refused as a whole, before anything is imported.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import clean_text
from kanto_desk.services.row_cleaning import Dropped, cleaned
from kanto_desk.services.table_lines import MOST_CELL, Line, csv_lines, delimiter_of

MOST_FILE = 1 << 30
"""Bytes of a file that is read."""

_KINDS_OF_TEXT = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line number in the file (1 is the first; in a .json file the number of the item), and its values
    or why it cannot be read; what had to be taken out of it, and what else is worth telling."""

    line: int
    values: dict[str, Any]
    refused: str = ""
    dropped: tuple[Dropped, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file that could be read: its headings if it is a table (an empty name for none), its rows, and what is worth
    telling of the whole file."""

    headings: tuple[str, ...] | None
    rows: Iterator[Row]
    notes: tuple[str, ...] = ()


def read(path: Path) -> Source:
    """A file by its kind: .jsonl, .json, .csv, .tsv, .txt, .xlsx.

    Raises Refused for a file of another kind or encoding, one whose quotation marks do not add up and one with two
    equal headings; Trouble when it cannot be opened.
    """
    kind = path.suffix.lower()
    try:
        if kind in (".xlsx", ".xlsm") and not path.is_dir():
            from kanto_desk.services.excel_lines import excel_sheet

            sheet = excel_sheet(path)
            return _table(iter(sheet.lines), "", tuple(sheet.notes))
        if path.stat().st_size > MOST_FILE and not path.is_dir():
            raise Refused(tr("ファイルが大きすぎます。いくつかに分けて取り込みます。何も取り込んでいません。"))
        content = path.read_bytes()
    except OSError as error:
        raise Trouble(tr("ファイルを開けませんでした：{name}", name=path.name), tr("何も取り込んでいません。"),
                      _advice(path, error)) from error
    if kind not in _KINDS_OF_TEXT:
        raise Refused(tr("この種類のファイルは取り込めません：{name}（CSV・Excel・JSON Lines）", name=path.name))
    text = decode(content)
    if kind == ".json":
        return Source(None, _whole_json(text))
    if kind in (".jsonl", ".ndjson"):
        return Source(None, _json_rows(text))
    delimiter = "\t" if kind == ".tsv" else delimiter_of(text)
    return _table(csv_lines(text, delimiter), delimiter)


def _advice(path: Path, error: OSError) -> str:
    if path.is_dir():
        return tr("フォルダーです。中のファイルを選びます。")
    if isinstance(error, FileNotFoundError):
        return tr("この名前のファイルはありません。場所とファイル名を確かめます。")
    if isinstance(error, PermissionError):
        return tr("このファイルを読む権利がありません。ほかで開いていないか、だれのファイルかを確かめます。")
    return tr("場所とファイル名を確かめます。")


def decode(content: bytes) -> str:
    """Text of a file in UTF-8 (with or without BOM), UTF-16 with BOM, or CP932.

    Raises Refused when it is none of them, naming the place of the first byte that fits nothing.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _unreadable(content, error.start) from error
    if content[:1000].count(0) * 20 > len(content[:1000]):   # text of offices holds no U+0000
        raise Refused(tr("文字コードが UTF-16 で、先頭の印（BOM）がないようです。UTF-8 で保存し直します。"
                         "何も取り込んでいません。"))
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


class _Doubled(Exception):
    """An object of JSON that names a key twice: one of the values would be lost."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Doubled(key)
        found[key] = value
    return found


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(line) > MOST_CELL:
            yield Row(number, {}, tr("行が長すぎます（{n}文字）", n=len(line)))
            continue
        try:
            value = json.loads(line, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            yield Row(number, {}, tr("JSON として読めません（{column}文字目）", column=error.colno))
        except (RecursionError, ValueError):   # ValueError: a number of thousands of digits
            yield Row(number, {}, tr("JSON として読めません（入れ子か数が大きすぎます）"))
        except _Doubled as doubled:
            yield Row(number, {}, tr("同じ項目が二つあります：{key}", key=doubled.key))
        else:
            yield _checked(number, value)


def _whole_json(text: str) -> Iterator[Row]:
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise Refused(tr("JSON として読めません（{line}行目の{column}文字目）。何も取り込んでいません。",
                         line=error.lineno, column=error.colno)) from error
    except (RecursionError, ValueError) as error:
        raise Refused(tr("JSON として読めません（入れ子か数が大きすぎます）")) from error
    except _Doubled as doubled:
        raise Refused(tr("同じ項目が二つあります：{key}", key=doubled.key)) from doubled
    if isinstance(value, dict) and isinstance(value.get("hojin-infos"), list):
        value = value["hojin-infos"]
    return (_checked(n, item) for n, item in enumerate(value if isinstance(value, list) else [value], 1))


def _checked(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(number, {}, tr("1行に1件の { } ではありません"))
    keys = [unicodedata.normalize("NFKC", str(k)).strip() for k in value]
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        return Row(number, {}, tr("同じ項目が二つあります：{key}", key=twice[0]))
    values, dropped = cleaned(dict(zip(keys, value.values(), strict=True)), {})
    return Row(number, values, "", dropped)


def _table(lines: Iterator[Line], delimiter: str, notes: tuple[str, ...] = ()) -> Source:
    for line in lines:
        names = tuple(clean_text(unicodedata.normalize("NFKC", cell)).strip() for cell in line.cells)
        if any(names):
            break
    else:
        raise Refused(tr("ファイルが空です。1行目に見出し、2行目から1行に1件を書きます。何も取り込んでいません。"))
    need_single(names, names)
    return Source(names, _rows(lines, names, delimiter), notes)


def need_single(headings: Iterable[str], meanings: Iterable[str]) -> None:
    """Raises Refused when two columns mean the same: one of their values would be lost. Names them and their places."""
    places: dict[str, list[str]] = {}
    for place, (heading, meaning) in enumerate(zip(headings, meanings, strict=True), 1):
        if meaning:
            places.setdefault(meaning, []).append(tr("「{heading}」（{n}列目）", heading=heading, n=place))
    doubled = ["・".join(found) for found in places.values() if len(found) > 1]
    if doubled:
        raise Refused(tr("同じ項目の列が二つ以上あります：{columns}。一つにしてから取り込みます。"
                         "何も取り込んでいません。", columns="、".join(doubled)))


def _rows(lines: Iterator[Line], names: tuple[str, ...], delimiter: str) -> Iterator[Row]:
    keys = [name or tr("{n}列目（見出しなし）", n=place) for place, name in enumerate(names, 1)]
    columns = {key: place for place, key in enumerate(keys, 1)}
    for line in lines:
        if line.refused:
            yield Row(line.number, {}, line.refused)
        elif not any(cell.strip() for cell in line.cells):
            continue
        elif any(cell.strip() for cell in line.cells[len(names):]):
            yield Row(line.number, {}, tr("見出しより列が多い行です（{n}列）", n=len(line.cells)))
        else:
            values = {key: cell for key, cell, name in zip(keys, line.cells, names, strict=False)
                      if name or cell.strip()}
            remarks = [*line.remarks]
            if delimiter and len(line.cells) < len(names):   # a spreadsheet leaves empty cells out
                remarks.append(tr("見出しより列が少ない行です（{n}列）。足りない列は空とみなしました",
                                  n=len(line.cells)))
            remarks += [tr("「{heading}」の値が{n}行にわたり、表の行のように見えます。"
                           "引用符の閉じ忘れではないか確かめます", heading=key, n=len(value.splitlines()))
                        for key, value in values.items() if "\n" in value and _swallowed(value, delimiter, len(names))]
            values, dropped = cleaned(values, columns)
            yield Row(line.number, values, "", dropped, tuple(remarks))


def _swallowed(cell: str, delimiter: str, columns: int) -> bool:
    """Whether a value of several lines holds lines that look like rows: a mark that is closed by a later one."""
    return bool(delimiter) and columns > 2 and any(
        part.count(delimiter) == columns - 1 for part in cell.splitlines()[1:-1])
