"""One line of the tax agency's corporate-number file (30 columns) as a row of the directory, or why it is refused.

Pure; knows no file and no database. Codes are those of the agency's published format (処理区分, 法人種別 …).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

COUNT = 30
FIRST_DAY = date(2015, 10, 5)
"""The day on which numbers were first assigned; days are counted from it."""

OPEN, CLOSED, MERGED, HIDDEN = 0, 1, 2, 3
"""States. A hidden corporation (削除, 検索対象除外) keeps its row, so that an older file cannot bring it back."""

_CLOSING = frozenset({21, 71, 81})   # 閉鎖, 吸収合併, 商号の登記の抹消
_REOPENING = frozenset({22, 72})     # 復活, 吸収合併無効
_PROCESSES = {"01", "11", "12", "13", "21", "22", "71", "72", "81", "99"}
_MERGER, _DELETED = 71, 99
_RARE = (("correct", 3), ("name_image", 7), ("address_image", 12), ("abroad", 16), ("abroad_image", 17),
         ("closed", 18), ("cause", 19), ("successor", 20), ("reason", 21), ("name_en", 24), ("prefecture_en", 25),
         ("address_en", 26), ("abroad_en", 27), ("hidden", 29))
"""Facts that most corporations lack, and their columns; kept together as JSON."""

_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode   # made once: `dumps` makes it anew

COLUMNS, NUMBER, DIGIT, DAY, NAME, CODE, PLACE, LETTERS, QUOTES, AMOUNT, LENGTH = (
    "columns", "number", "digit", "day", "name", "code", "place", "letters", "quotes", "amount", "length")
"""Why a line is refused."""


class Row(NamedTuple):
    """What the directory keeps of a corporation. Rows sort by number, then from old to new.

    `base`: the number without its check digit; `version`: days since FIRST_DAY of updateDate, doubled, plus `latest`;
    `changed` and `assigned`: days; `city_code`: five digits, empty abroad; `rest`: rare facts as JSON, or empty.
    """

    base: int
    version: int
    changed: int
    assigned: int
    kind: int
    process: int
    state: int
    name: str
    kana: str
    city_code: str
    prefecture: str
    city: str
    street: str
    postcode: str
    rest: str
    industry: str = ""   # codes (CL12) parted by blanks; gBizINFO tells them, no file of the tax agency


class Unfit(Exception):
    """A line that is no row; `why` is one of the reasons above, `found` what stands there."""

    def __init__(self, why: str, found: str = "") -> None:
        super().__init__(why)
        self.why, self.found = why, found


def _sums() -> dict[str, int]:
    """Four digits → their share of the check sum (weights 2, 1, 2, 1: a base of 12 digits is three of these)."""
    return {f"{n:04d}": sum(int(digit) * (2 - place % 2) for place, digit in enumerate(f"{n:04d}"))
            for n in range(10_000)}


_SUMS = _sums()
_DAYS: dict[str, int] = {}   # a cache of at most _MOST_DAYS: the days of one life, read millions of times
_MOST_DAYS = 50_000


def day_number(text: str) -> int:
    """Days since FIRST_DAY of YYYY-MM-DD. Raises Unfit."""
    try:
        return _DAYS[text]
    except KeyError:
        try:
            number = (date.fromisoformat(text) - FIRST_DAY).days
        except ValueError:
            raise Unfit(DAY, text) from None
        if len(_DAYS) < _MOST_DAYS:
            _DAYS[text] = number
        return number


def day_of(number: int) -> date:
    """The date of a number of days."""
    return FIRST_DAY + timedelta(days=number)


def whole_number(base: int) -> str:
    """The 13 digits of a stored base."""
    digits = f"{base:012d}"
    return f"{9 - (_SUMS[digits[:4]] + _SUMS[digits[4:8]] + _SUMS[digits[8:]]) % 9}{digits}"


def base_of(number: str) -> int:
    """The base of 13 digits, checked. Raises Unfit."""
    try:
        digit = 9 - (_SUMS[number[1:5]] + _SUMS[number[5:9]] + _SUMS[number[9:]]) % 9
    except KeyError:
        raise Unfit(NUMBER, number) from None
    if number[0] != str(digit):
        raise Unfit(DIGIT, number)
    return int(number[1:])


def row_of(fields: Sequence[str]) -> Row:
    """The row of the 30 columns of a line. Raises Unfit for the first thing that is wrong."""
    if len(fields) != COUNT:
        raise Unfit(COLUMNS, str(len(fields)))
    base = base_of(fields[1])
    process, name, kind = fields[2], fields[6], fields[8]
    if process not in _PROCESSES:
        raise Unfit(CODE, process)
    if len(kind) != 3 or not kind.isdecimal():
        raise Unfit(CODE, kind)
    if not name:
        raise Unfit(NAME)
    done = int(process)
    latest = fields[23]
    if latest not in ("0", "1"):
        raise Unfit(CODE, latest)
    code = fields[13] + fields[14]
    if code and (len(code) != 5 or not code.isdecimal()):
        raise Unfit(PLACE, code)
    rest = ""
    if any(fields[16:22]) or fields[24] or fields[29] != "0" or fields[3] != "0" or fields[7] or fields[12]:
        rest = _rest(fields)
    return Row(
        base, 2 * day_number(fields[4]) + int(latest), day_number(fields[5]),
        day_number(fields[22]) if fields[22] else 0, int(kind), done, _state(done, fields), name, fields[28], code,
        fields[9], fields[10], fields[11], fields[15], rest)


def _state(process: int, fields: Sequence[str]) -> int:
    if process == _DELETED or fields[29] == "1":
        return HIDDEN
    if process in _REOPENING or not (fields[18] or process in _CLOSING):
        return OPEN
    return MERGED if process == _MERGER or fields[19] == "11" else CLOSED


def _rest(fields: Sequence[str]) -> str:
    for place in (18, 20):
        if fields[place]:
            if place == 18:
                day_number(fields[place])
            else:
                base_of(fields[place])
    found = {name: fields[place] for name, place in _RARE if fields[place] not in ("", "0")}
    return _AS_JSON(found) if found else ""
