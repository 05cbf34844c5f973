"""One entry of gBizINFO (a line of its CSV files, an object of its JSON) as what it knows of a corporation.

Pure; knows no file and no database. Names of facts are those of its interface (`capital_stock` …); nearly every one is
optional. Sums are yen, days ISO texts. Certifications are (day, title, category, target, issuer).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from kanto_desk import masters
from kanto_desk.directory.columns import (
    AMOUNT,
    COLUMNS,
    DAY,
    LENGTH,
    LETTERS,
    NUMBER,
    Unfit,
    base_of,
    day_number,
)

BASIC, CERTIFIED, OTHER = "basic", "certified", "other"
"""What a table of gBizINFO is: 基本情報, 届出認定情報, one of those that hold nothing for the directory."""

Certified = tuple[str, str, str, str, str]

LONGEST = 20_000
MOST_CERTIFIED = 200
"""So many certifications of a corporation are kept, the newest."""
UNDATED = -100_000
"""The version of an entry that does not say when it was updated: any that does is newer."""

_NUMBERS = frozenset({"capital_stock", "employee_number", "company_size_male", "company_size_female", "founding_year"})
_LISTS = frozenset({"business_items", "industry"})
_TEXTS = frozenset({"representative_name", "representative_position", "business_summary", "company_url",
                    "qualification_grade"})
_DAYS = frozenset({"date_of_establishment"})
FACTS = _NUMBERS | _LISTS | _TEXTS | _DAYS
"""What is kept of 基本情報. Name, address, postcode and state are the tax agency's to tell."""

_COLUMNS = {
    "法人番号": "corporate_number", "代表者名称": "representative_name", "法人代表者名": "representative_name",
    "法人代表者役職": "representative_position", "資本金": "capital_stock", "従業員数": "employee_number",
    "企業規模詳細(男性)": "company_size_male", "企業規模詳細(女性)": "company_size_female",
    "事業概要": "business_summary", "WebサイトURL": "company_url", "企業ホームページ": "company_url",
    "創業年": "founding_year", "設立年月日": "date_of_establishment", "事業種目": "industry", "業種": "industry",
    "全省庁統一資格-資格等級": "qualification_grade", "資格等級": "qualification_grade",
    "全省庁統一資格-営業品目": "business_items", "営業品目リスト": "business_items",
    "更新年月日": "update_date", "最終更新日": "update_date",
    "証明日": "date_of_approval", "名称": "title", "対象": "target", "部門": "category",
    "発行元": "government_departments", "金額": "amount", "備考": "note", "会計基準": "accounting_standards",
}
"""The columns of both generations of its CSV files; a file may have the interface's names instead."""

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")   # surrogates: bytes that were no text
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![0-9])")
_PARTS = re.compile("[|｜;；、\n]")
_CODE = re.compile(r"(?:[A-T](\d{2,4})|(\d{2}|\d{4}))(?![0-9])")   # three digits alone are items of a tender
_SECTION = re.compile("([A-T])(?![A-Za-z])")


class Known(NamedTuple):
    """What one entry knows. `version`: days since `columns.FIRST_DAY` of its update, or UNDATED."""

    base: int
    version: int
    facts: dict[str, Any]
    certified: tuple[Certified, ...]

    @property
    def empty(self) -> bool:
        """Whether it knows nothing that is kept."""
        return not self.facts and not self.certified


def columns_of(header: Sequence[str]) -> tuple[str, ...] | None:
    """The interface's names of the columns of a table, empty for others; None where it is no table of gBizINFO."""
    plain = [unicodedata.normalize("NFKC", one).strip() for one in header]
    names = tuple(_COLUMNS.get(one, one if one in FACTS or one in _COLUMNS.values() else "") for one in plain)
    known = {name for name in names if name}
    named = bool({"商号または名称", "法人名", "name"} & set(plain))
    return names if "corporate_number" in known and (named or len(known) > 1) else None


def table_of(names: Iterable[str]) -> str:
    """Which table has these columns."""
    known = set(names)
    if "accounting_standards" in known:   # its 資本金 is in a unit of its own
        return OTHER
    if {"title", "category", "date_of_approval"} <= known and not {"amount", "note"} & known:
        return CERTIFIED
    return BASIC if {"representative_name", "business_summary", "industry", "capital_stock"} & known else OTHER


def of_line(names: Sequence[str], values: Sequence[str]) -> Known:
    """What a line of a table knows. Raises Unfit."""
    if len(values) != len(names):
        raise Unfit(COLUMNS, str(len(values)))
    if _UNFIT.search("".join(values)):
        raise Unfit(LETTERS)
    entry: dict[str, Any] = {name: value for name, value in zip(names, values, strict=True) if name and value}
    if "title" in entry and "category" in names:
        entry = {"corporate_number": entry.get("corporate_number", ""), "certification": [entry]}
    return of_entry(entry)


def of_entry(entry: Mapping[str, Any]) -> Known:
    """What an object of the JSON knows. Raises Unfit for the first thing that is wrong."""
    number = entry.get("corporate_number")
    text = number.strip() if isinstance(number, str) else ""
    if len(text) != 13:
        raise Unfit(NUMBER, str(number or "")[:40])
    base = base_of(text)
    day = _day(entry.get("update_date"))
    facts: dict[str, Any] = {}
    for name in FACTS:
        value = _fact(name, entry.get(name))
        if value not in ("", None, []):
            facts[name] = value
    certified = entry.get("certification") or ()
    if not isinstance(certified, (list, tuple)):
        raise Unfit(LETTERS)
    found = tuple(sorted({one for each in certified if (one := _certified(each)) is not None}))
    known = Known(base, day_number(day) if day else UNDATED, facts, found)
    if len(json.dumps(known, ensure_ascii=False)) > LONGEST:
        raise Unfit(LENGTH)
    return known


def _fact(name: str, value: Any) -> Any:
    if value in (None, "", "-", "－", []):
        return ""
    if name in _NUMBERS:
        return _whole(value)
    if name in _DAYS:
        return _day(value)
    if name in _LISTS:
        parts = value if isinstance(value, (list, tuple)) else _PARTS.split(_text(value))
        return list(dict.fromkeys(part for part in map(_text, parts) if part))
    return _text(value)


def _text(value: Any) -> str:
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str) or _UNFIT.search(text):
        raise Unfit(LETTERS)
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))


def _whole(value: Any) -> int:
    text = unicodedata.normalize("NFKC", _text(value)).replace(",", "")
    if isinstance(value, bool) or not text.isdecimal() or len(text) > 18:
        raise Unfit(AMOUNT, text[:40])
    return int(text)


def _day(value: Any) -> str:
    """ISO of what gBizINFO writes as a day (with or without a time of day, - or /)."""
    if value in (None, "", "-"):
        return ""
    text = _text(value)
    found = _DAY.match(text)
    if found is None:
        raise Unfit(DAY, text[:40])
    day = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
    day_number(day)
    return day


def _certified(one: Any) -> Certified | None:
    if not isinstance(one, Mapping):
        raise Unfit(LETTERS)
    title, category, target, issuer = (
        _text(one.get(name) or "") for name in ("title", "category", "target", "government_departments"))
    return (_day(one.get("date_of_approval")), title, category, target, issuer) if title else None


def industries(texts: Iterable[str]) -> str:
    """The codes (CL12) of what gBizINFO calls an industry, parted by blanks: divisions first, then sections.

    A division brings its section, so that a filter by section finds it. What is neither a code nor a name of the
    standard classification has none.
    """
    return _codes_of(tuple(texts))


@lru_cache(maxsize=4096)
def _codes_of(texts: tuple[str, ...]) -> str:
    parents, names = _classification()
    found = set[str]()
    for text in texts:
        plain = unicodedata.normalize("NFKC", text).strip()
        code, section = _CODE.match(plain), _SECTION.match(plain)
        wanted = (code[1] or code[2])[:2] if code else names.get(_bare(plain), section[1] if section else "")
        if wanted in parents:
            found |= {wanted, parents[wanted] or wanted}
    return " ".join(sorted(found))   # digits before letters


@cache
def _classification() -> tuple[dict[str, str | None], dict[str, str]]:
    """Code → its section; bare name → code, of one that is both a section's and a division's the division's."""
    items = masters.code_lists()["CL12"].items
    return {item.code: item.parent for item in items}, {_bare(item.ja): item.code for item in items}


def _bare(name: str) -> str:
    return re.sub(r"[\s,，、・.]", "", re.sub(r"\(.*?\)", "", unicodedata.normalize("NFKC", name)))
