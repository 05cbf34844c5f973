"""Lines of the first sheet of an Excel file as its user sees them: dates as days, numbers with the zeros they show.

What a cell cannot tell (a formula without a stored result, an error value) refuses its line; merged cells and further
sheets are named.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services.table_lines import Line

MOST_UNPACKED = 1 << 30
"""Bytes an .xlsx may unpack to; more is refused as a bomb."""

_LOOKED_AT = 50   # lines of a further sheet that are looked at to see whether it holds anything
_BLOCK = 1 << 20
_MERGED: Final = re.compile(rb'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, SyntaxError, RuntimeError, TypeError,
            IndexError, AttributeError, NotImplementedError)
"""What zipfile, expat and openpyxl say of files that are damaged, encrypted or something else."""


@dataclass(slots=True)
class Sheet:
    """The lines of the first sheet, and what is worth telling of the file."""

    lines: list[Line]
    notes: list[str] = field(default_factory=list)


def excel_sheet(path: Path) -> Sheet:
    """The first sheet, whole. Raises Refused for a file that is none or too large, OSError when it cannot be opened.

    It is read to its end before the first line is given: damage in the middle must not leave half an import.
    """
    from openpyxl import load_workbook  # only an Excel import needs it

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(i.file_size for i in archive.infolist()) > MOST_UNPACKED:
                raise Refused(tr("Excel ファイルが大きすぎます。何も取り込んでいません。"))
        with warnings.catch_warnings():   # what openpyxl cannot keep (rules, styles) holds no values
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True, data_only=True)
            try:
                return _first(path, book)
            finally:
                book.close()
    except _DAMAGED as error:
        raise Refused(
            tr("Excel ファイルとして読めません（壊れているか、別の種類です）。何も取り込んでいません。")) from error


def _first(path: Path, book: Any) -> Sheet:
    sheet = book.worksheets[0]
    formulas, merged = _peculiar(path, sheet._worksheet_path)
    unknown = _without_result(path) if formulas else {}
    lines = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(cell.value is not None for cell in cells) or number in unknown:
            lines.append(_line(number, cells, unknown.get(number, []), merged))
    further = [s.title for s in book.worksheets[1:] if _holds_something(s)]
    notes = [tr("最初のシート「{first}」だけを読みました。読んでいないシート：{names}", first=sheet.title,
                names="、".join(further))] if further else []
    return Sheet(lines, notes)


def _line(number: int, cells: Any, unknown: list[str], merged: list[tuple[int, int, str]]) -> Line:
    wrong = [f"{cell.coordinate} {cell.value}" for cell in cells if getattr(cell, "data_type", "") == "e"]
    refused = ""
    if unknown:
        refused = tr("数式の結果がファイルに入っていません（{cells}）。Excel で開いて保存し直します",
                     cells="、".join(unknown))
    elif wrong:
        refused = tr("Excel のエラー値があります（{cells}）", cells="、".join(wrong))
    covered = [ref for first, last, ref in merged if first < number <= last]
    remarks = [tr("結合されたセルです（{cells}）。値はいちばん上の行だけにあります",
                  cells="、".join(covered))] if covered else []
    return Line(number, tuple(_shown(cell) for cell in cells), refused, tuple(remarks))


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        text = format(value, ".15g") if isinstance(value, float) else str(value)   # the digits that Excel keeps
        if "e" in text and isinstance(value, float) and value.is_integer():
            text = str(int(value))
        zeros = re.fullmatch("0+", str(cell.number_format or ""))
        return text.zfill(len(zeros[0])) if zeros and text.isdigit() else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def _peculiar(path: Path, part: str) -> tuple[bool, list[tuple[int, int, str]]]:
    """Whether the sheet has formulas, and its cells merged over several lines: first line, last line, the cells."""
    formulas, merged = False, []
    with zipfile.ZipFile(path) as archive, archive.open(part.lstrip("/")) as source:
        rest = b""
        while block := source.read(_BLOCK):
            block = rest + block
            formulas = formulas or b"<f>" in block or b"<f " in block or b"<f/" in block
            last = 0
            for found in _MERGED.finditer(block):
                last = found.end()
                if found[2] != found[4]:
                    merged.append((int(found[2]), int(found[4]), b"".join((*found.group(1, 2), b":",
                                                                          *found.group(3, 4))).decode()))
            rest = block[max(last, len(block) - 200):]
    return formulas, merged


def _without_result(path: Path) -> dict[int, list[str]]:
    """Line → cells whose formula has no stored result: programs that compute nothing write such files."""
    from openpyxl import load_workbook

    found: dict[int, list[str]] = {}
    values, formulas = (load_workbook(path, read_only=True, data_only=only) for only in (True, False))
    try:
        for shown, written in zip(values.worksheets[0].iter_rows(), formulas.worksheets[0].iter_rows(), strict=False):
            for result, cell in zip(shown, written, strict=False):
                if result.value is None and getattr(cell, "data_type", "") == "f":
                    found.setdefault(cell.row, []).append(str(cell.coordinate))
    finally:
        values.close()
        formulas.close()
    return found


def _holds_something(sheet: Any) -> bool:
    rows: Iterator[Any] = sheet.iter_rows(max_row=_LOOKED_AT, values_only=True)
    return any(value is not None for row in rows for value in row)
