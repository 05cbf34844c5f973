"""Single values as files give them: text, whole numbers, lists, codes; and what their keys are called. Reads no row.

Text may be written as text or as a number (a company called 101, a telephone number in a spreadsheet). Yes and no,
lists and objects are no text and are refused, never turned into one.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from kanto_desk.db.schema import fields_of, records
from kanto_desk.errors import Refused
from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.folding import fold
from kanto_desk.japanese.text import clean_text
from kanto_desk.masters import code_lists
from kanto_desk.services.added_codes import NONE, Added

MOST_INTEGER = 2**53
"""Beyond it a number of JSON or a spreadsheet has lost digits already."""

LISTED = re.compile(r"[、,;；\n]")
"""What divides the items of a list that is written in one cell."""

_FIELDS = {"industry": "jsic_division", "text": "notes", "problem": "summary", "next_step": "direction"}
"""Keys of files that go into a field of another name."""

_LABELS = {
    "id": "管理番号", "processes": "工程", "materials": "材質", "precision_mm": "精度（mm）", "lots": "ロット",
    "regions": "対応地域", "contacts": "窓口", "lines": "記録の行", "participants": "参加者", "issues": "課題分類",
    "promises": "約束", "consents": "同意", "state": "状態", "photos": "写真"}
# tr("管理番号") tr("工程") tr("材質") tr("精度（mm）") tr("ロット") tr("対応地域") tr("窓口") tr("記録の行")
# tr("参加者") tr("課題分類") tr("約束") tr("同意") tr("状態") tr("写真")


def label_of(type_name: str, key: str) -> str:
    """What a key of a file is called on screen, in the language in use; the key itself when it is the file's own."""
    own = fields_of(records()[type_name]) if type_name in records() else ()
    for field in own:   # the text of a promise is no remark of a company
        if field.name == key:
            return field.label(language())
    name = _FIELDS.get(key, key)
    for known in (type_name, "organization", "consultation", "person", *records()):
        if key in _LABELS:
            return tr(_LABELS[key])
        for field in fields_of(records()[known]) if known in records() else ():
            if field.name == name:
                return field.label(language())
    return key


def japanese_label(type_name: str, key: str) -> str:
    """What a key is called in notes: data is Japanese, whatever language the screen shows."""
    if key in _LABELS:
        return _LABELS[key]
    return next((f.ja for f in fields_of(records()[type_name]) if f.name == _FIELDS.get(key, key)), key)


def blank(value: Any) -> bool:
    """Whether nothing was given."""
    return value in (None, "", [], {}) or (isinstance(value, str) and not value.strip())


@cache
def _codes(list_id: str) -> dict[str, str]:
    """Folded code, Japanese and English name → code."""
    known: dict[str, str] = {}
    for item in code_lists()[list_id].items:
        for spelling in (item.en, item.ja, item.code):
            known[fold(spelling)] = item.code
    if list_id == "CL10":
        known |= {fold(i.ja[:-1]): i.code for i in code_lists()[list_id].items if len(i.ja) > 2}
    return known


def code_of(list_id: str, value: Any, added: Added = NONE) -> str | None:
    """The code of a value given as code or in any usual spelling, shipped or added; None if the list has none such."""
    return _codes(list_id).get(fold(str(value))) or added.code(list_id, str(value))


def out_of_time(value: str, label: str) -> str:
    """What is said of a code that may not be chosen on the day of its record."""
    return tr("「{value}」は「{label}」でこの日に使えない区分です。そのまま残しました", value=value[:80], label=label)


def text_of(value: Any, key: str) -> str:
    """Cleaned text of a value that is text or a number. Raises Refused naming `key` for anything else."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean_text(value).strip()
    if isinstance(value, (Mapping, list, tuple)):
        raise Refused(tr("文字の所に一覧や { } が入っています"), key)
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise Refused(tr("文字ではありません：{value}", value=json.dumps(value)), key)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < MOST_INTEGER else format(value, ".15g")
    return str(value)


def line_of(value: Any, key: str) -> str:
    """`text_of` on one line: breaks become blanks. Raises Refused."""
    return " ".join(part.strip() for part in text_of(value, key).split("\n") if part.strip())


def note_of(value: Any) -> str:
    """Any value as text for a note: lists and objects as JSON."""
    if isinstance(value, (list, tuple)) and not any(isinstance(v, (Mapping, list, tuple)) for v in value):
        return "、".join(clean_text(str(v)).strip() for v in value)
    if isinstance(value, (Mapping, list, tuple)):
        return clean_text(json.dumps(value, ensure_ascii=False))
    return "" if value is None else clean_text(str(value)).strip()


def several(given: Mapping[str, Any], key: str, divided: re.Pattern[str] = LISTED) -> list[Any]:
    """A list of JSON, or of a cell: its parts by comma, semicolon or line. Raises Refused for a number or the like."""
    value = given.get(key, [])
    if isinstance(value, (list, tuple)):
        return [item for item in value if not blank(item)]
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, str):
        return [part.strip() for part in divided.split(value) if part.strip()]
    raise Refused(tr("一覧ではありません：{value}", value=note_of(value)[:40]), key)


def joined(value: Any, key: str, between: str = "\n") -> str:
    """A text, or the texts of a list one after the other. Raises Refused."""
    return between.join(text_of(v, key) for v in value) if isinstance(value, (list, tuple)) else text_of(value, key)


def integer_of(value: Any, key: str) -> int:
    """A whole number in any width and with the units of offices (1,000万円, 24名). Raises Refused naming `key`."""
    plain = unicodedata.normalize("NFKC", "" if isinstance(value, bool) else str(value)).replace(",", "").strip()
    for unit, times in (("億円", 10**8), ("千万円", 10**7), ("百万円", 10**6), ("万円", 10**4), ("千円", 10**3),
                        ("円", 1), ("名", 1), ("人", 1), ("月", 1)):
        if plain.endswith(unit):
            plain, factor = plain[:-len(unit)], times
            break
    else:
        factor = 1
    try:
        exact = Decimal(plain) * factor
        number = int(exact) if abs(exact) <= MOST_INTEGER else None   # an infinity is beyond it, too
    except (ValueError, InvalidOperation):   # ValueError: not a number
        number = None
    if number is None:
        raise Refused(tr("数ではありません：{value}", value=note_of(value)[:40]), key)
    if number != exact:
        raise Refused(tr("小数のない数ではありません：{value}", value=note_of(value)[:40]), key)
    return number


def number_of(value: Any, field: Field, key: str) -> int:
    """`integer_of` within the bounds of a field. Raises Refused naming `key`."""
    number = integer_of(value, key)
    if (field.least is not None and number < field.least) or (field.most is not None and number > field.most):
        if field.most is not None:
            raise Refused(tr("{least}から{most}までの数ではありません：{value}", least=field.least or 0,
                             most=field.most, value=note_of(value)[:40]), key)
        raise Refused(tr("{least}以上の数ではありません：{value}", least=field.least, value=note_of(value)[:40]), key)
    return number


def field_named(type_name: str, name: str) -> Field:
    """A field of a record type. Raises StopIteration when there is none such."""
    return next(f for f in fields_of(records()[type_name]) if f.name == name)
