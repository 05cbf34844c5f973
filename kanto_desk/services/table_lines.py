"""Lines of a table of text (CSV, TSV): cells with the number of the line they begin on. Knows no headings.

A table whose quotation marks do not add up is refused whole before a line is given: what follows one cannot be told
apart.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr

MOST_CELL = 10_000_000
"""Characters of one cell or one line of JSON."""


@dataclass(frozen=True, slots=True)
class Line:
    """Cells of one line, or why it cannot be read; `remarks` are worth telling about it."""

    number: int
    cells: tuple[str, ...]
    refused: str = ""
    remarks: tuple[str, ...] = ()


def delimiter_of(text: str) -> str:
    """Tab or comma, whichever the first line holds more of."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return "\t" if first.count("\t") > first.count(",") else ","


def csv_lines(text: str, delimiter: str) -> Iterator[Line]:
    """Every line of a table of text. Raises Refused, before the first one, when quotation marks do not add up."""
    for _ in _read(text, delimiter):
        pass
    return _read(text, delimiter)


def _read(text: str, delimiter: str) -> Iterator[Line]:
    previous = csv.field_size_limit(MOST_CELL)
    begin = 1
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for cells in reader:
            yield Line(begin, tuple(cells))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise _broken(text, delimiter, begin) from error
    finally:
        csv.field_size_limit(previous)


def _broken(text: str, delimiter: str, begin: int) -> Refused:
    opened, length = _broken_quote(text, delimiter, begin)
    if length >= MOST_CELL:
        return Refused(tr("{line}行目の値が長すぎます（{most}文字まで）。何も取り込んでいません。", line=opened,
                          most=f"{MOST_CELL:,}"))
    return Refused(tr("{line}行目で始まる引用符が、閉じていないか、値の途中で閉じています。"
                      "そこから先の行を読み分けられないため、何も取り込んでいません。", line=opened))


def _broken_quote(text: str, delimiter: str, begin: int) -> tuple[int, int]:
    """The line on which the quotation mark opens that is never closed or closed amid a value; length of its value."""
    quoted, after, fresh, opened, length = False, False, True, begin, 0
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if number < begin:
            continue
        place = 0
        while place < len(line):
            mark = line[place]
            if quoted and mark == '"':
                if line[place + 1:place + 2] == '"':
                    place += 1
                else:
                    quoted, after = False, True
            elif quoted:
                length += 1
            elif mark == '"' and fresh:
                quoted, fresh, opened, length = True, False, number, 0
            elif mark == delimiter or mark in "\r\n":
                after, fresh, length = False, True, 0
            elif after:
                return opened, length
            else:
                fresh, length = False, length + 1
            if length >= MOST_CELL:
                return opened if quoted else number, length
            place += 1
    return opened, length
