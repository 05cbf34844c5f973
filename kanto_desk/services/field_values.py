"""One value of an import file turned into the value of a Field, in any usual spelling. Writes nothing.

A new kind of field needs one entry in `_READERS`; a test lists those missing.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from kanto_desk.clock import JST
from kanto_desk.errors import Refused
from kanto_desk.fields import Field, Kind
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.dates import parse_date, parse_time
from kanto_desk.japanese.numbers import check_corporate_number, postcode
from kanto_desk.japanese.phone import phone
from kanto_desk.japanese.text import clean_text, to_katakana
from kanto_desk.services import identifying
from kanto_desk.services.interchange import code_of, integer_of

_YES = frozenset({"1", "true", "yes", "はい", "○", "〇", "有", "あり"})
_NO = frozenset({"0", "false", "no", "いいえ", "×", "無", "なし"})


@dataclass(slots=True)
class Reading:
    """What one row is read with: the store as it stands, the day, and what is worth saying about the row."""

    conn: Connection
    today: date
    remarks: list[str] = field(default_factory=list)

    def value(self, of: Field, given: Any) -> Any:
        """The Python value of what was given for a field; None for nothing. Raises Refused, naming the field."""
        if given in (None, "", [], {}):
            return None
        try:
            return _READERS[of.kind](self, of, given)
        except Refused as refused:
            raise Refused(refused.message, of.name) from refused


def text_of(given: Any) -> str:
    """Cleaned text of any JSON value."""
    if isinstance(given, (list, tuple, dict)):
        return clean_text(json.dumps(given, ensure_ascii=False))
    return clean_text(str(given)).strip()


def _line(_: Reading, __: Field, given: Any) -> str | None:
    return " ".join(text_of(given).split("\n")) or None


def _text(_: Reading, __: Field, given: Any) -> str | None:
    return text_of(given) or None


def _kana(_: Reading, __: Field, given: Any) -> str | None:
    return to_katakana(text_of(given)) or None


def _date(reading: Reading, _: Field, given: Any) -> date:
    return parse_date(text_of(given), reading.today)


def _moment(_: Reading, __: Field, given: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(unicodedata.normalize("NFKC", text_of(given)))
    except ValueError as error:
        raise Refused(tr("日時ではありません：{value}（例：2026-11-24T13:30）", value=text_of(given)[:40])) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)


def _code(reading: Reading, of: Field, given: Any) -> str:
    """An unknown value stays as it is written and is reported: lists grow (CLI.md)."""
    known = code_of(of.codes, given) if of.codes else None
    if known is None:
        reading.remarks.append(tr("「{value}」は「{label}」の区分表にありません。そのまま残しました",
                                  value=text_of(given), label=of.label(language())))
    return known or text_of(given)


def _codes(reading: Reading, of: Field, given: Any) -> tuple[str, ...]:
    parts = given if isinstance(given, (list, tuple)) else re.split(r"[、,;；\n]", text_of(given))
    return tuple(dict.fromkeys(_code(reading, of, part) for part in parts if text_of(part)))


def _integer(_: Reading, of: Field, given: Any) -> int:
    return integer_of(given, of.name)


def _number(_: Reading, __: Field, given: Any) -> float:
    try:
        number = float(unicodedata.normalize("NFKC", text_of(given)).replace(",", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Refused(tr("数ではありません：{value}", value=text_of(given)[:40]))
    return number


def _flag(_: Reading, __: Field, given: Any) -> bool:
    word = unicodedata.normalize("NFKC", text_of(given)).lower()
    if word in _YES | _NO:
        return word in _YES
    raise Refused(tr("はい・いいえではありません：{value}", value=text_of(given)[:40]))


def _reference(reading: Reading, of: Field, given: Any) -> str:
    if of.target is None:
        return text_of(given)
    found = identifying.find(reading.conn, of.target, text_of(given))
    if len(found) != 1:
        raise Refused(tr("見つからないか、一つに決まりません：{value}", value=text_of(given)[:40]))
    return found[0]


def _postcode(_: Reading, __: Field, given: Any) -> str:
    return postcode(text_of(given))


def _phone(_: Reading, __: Field, given: Any) -> str:
    return phone(text_of(given))


def _corporate_number(_: Reading, __: Field, given: Any) -> str:
    return check_corporate_number(text_of(given))


def _time(_: Reading, __: Field, given: Any) -> Any:
    return parse_time(text_of(given))


def _data(_: Reading, __: Field, given: Any) -> Any:
    return given


_READERS: dict[Kind, Callable[[Reading, Field, Any], Any]] = {
    Kind.LINE: _line, Kind.TEXT: _text, Kind.KANA: _kana, Kind.DATE: _date, Kind.TIME: _time, Kind.MOMENT: _moment,
    Kind.CODE: _code, Kind.CODES: _codes, Kind.INTEGER: _integer, Kind.YEN: _integer, Kind.NUMBER: _number,
    Kind.FLAG: _flag, Kind.REFERENCE: _reference, Kind.PHONE: _phone, Kind.POSTCODE: _postcode, Kind.EMAIL: _line,
    Kind.URL: _line, Kind.CORPORATE_NUMBER: _corporate_number, Kind.HASH: _line, Kind.DATA: _data,
}


def kinds_read() -> frozenset[Kind]:
    """The kinds of fields that can be imported."""
    return frozenset(_READERS)
