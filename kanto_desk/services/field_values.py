"""One value of an import file turned into the value of a Field, in any usual spelling. Writes nothing.

A new kind of field needs one entry in `_READERS`; a test lists those missing.
"""

from __future__ import annotations

import math
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
from kanto_desk.japanese.numbers import check_postcode, corporate_number_warning, postcode
from kanto_desk.japanese.phone import check_phone, phone
from kanto_desk.japanese.text import to_katakana
from kanto_desk.services import identifying
from kanto_desk.services.added_codes import NONE, Added
from kanto_desk.services.given_values import LISTED, blank, code_of, line_of, number_of, out_of_time, text_of
from kanto_desk.services.interchange import corporate_number

_YES = frozenset({"1", "true", "yes", "はい", "○", "〇", "有", "あり"})
_NO = frozenset({"0", "false", "no", "いいえ", "×", "無", "なし"})


@dataclass(slots=True)
class Reading:
    """What one row is read with: the store as it stands, the day, and what is worth saying about the row."""

    conn: Connection
    today: date
    remarks: list[str] = field(default_factory=list)
    added: Added = NONE

    def value(self, of: Field, given: Any) -> Any:
        """The Python value of what was given for a field; None for nothing. Raises Refused, naming the field."""
        if blank(given):
            return None
        try:
            return _READERS[of.kind](self, of, given)
        except Refused as refused:
            raise Refused(refused.message, of.name) from refused


def _line(_: Reading, of: Field, given: Any) -> str | None:
    return line_of(given, of.name) or None


def _text(_: Reading, of: Field, given: Any) -> str | None:
    return text_of(given, of.name) or None


def _kana(_: Reading, of: Field, given: Any) -> str | None:
    return to_katakana(line_of(given, of.name)) or None


def _date(reading: Reading, of: Field, given: Any) -> date:
    return parse_date(text_of(given, of.name), reading.today)


def _moment(_: Reading, of: Field, given: Any) -> datetime:
    text = text_of(given, of.name)
    try:
        moment = datetime.fromisoformat(unicodedata.normalize("NFKC", text))
    except ValueError as error:
        raise Refused(tr("日時ではありません：{value}（例：2026-11-24T13:30）", value=text[:40])) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=JST)


def _code(reading: Reading, of: Field, given: Any) -> str | None:
    """An unknown value stays as it is written and is reported: lists grow (CLI.md)."""
    text = line_of(given, of.name)
    known = code_of(of.codes, text, reading.added) if of.codes else None
    if known is None and text:
        reading.remarks.append(tr("「{value}」は「{label}」の区分表にありません。そのまま残しました",
                                  value=text[:80], label=of.label(language())))
    if known is not None and of.codes and not reading.added.valid_on(of.codes, known, reading.today):
        reading.remarks.append(out_of_time(text, of.label(language())))
    return known or text or None


def _codes(reading: Reading, of: Field, given: Any) -> tuple[str, ...]:
    parts = given if isinstance(given, (list, tuple)) else LISTED.split(text_of(given, of.name))
    return tuple(dict.fromkeys(code for part in parts if not blank(part) and (code := _code(reading, of, part))))


def _integer(_: Reading, of: Field, given: Any) -> int:
    return number_of(given, of, of.name)


def _number(_: Reading, of: Field, given: Any) -> float:
    text = text_of(given, of.name)
    try:
        number = float(unicodedata.normalize("NFKC", text).replace(",", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Refused(tr("数ではありません：{value}", value=text[:40]))
    return number


def _flag(_: Reading, of: Field, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    text = text_of(given, of.name)
    word = unicodedata.normalize("NFKC", text).lower()
    if word in _YES | _NO:
        return word in _YES
    raise Refused(tr("はい・いいえではありません：{value}", value=text[:40]))


def _reference(reading: Reading, of: Field, given: Any) -> str:
    text = line_of(given, of.name)
    if of.target is None:
        return text
    found = identifying.find(reading.conn, of.target, text)
    if len(found) != 1:
        raise Refused(tr("見つからないか、一つに決まりません：{value}", value=text[:40]))
    return found[0]


def _postcode(reading: Reading, of: Field, given: Any) -> str:
    text = line_of(given, of.name)
    _doubted(reading, of, text, check_postcode)
    return postcode(text)


def _phone(reading: Reading, of: Field, given: Any) -> str:
    text = line_of(given, of.name)
    _doubted(reading, of, text, check_phone)
    return phone(text)


def _corporate_number(reading: Reading, of: Field, given: Any) -> str:
    text = line_of(given, of.name)
    _tell_doubt(reading, of, text, corporate_number_warning(text))
    return corporate_number(text)


def _doubted(reading: Reading, of: Field, text: str, check: Callable[[str], Any]) -> None:
    try:
        check(text)
    except Refused as refused:
        _tell_doubt(reading, of, text, refused.message)


def _tell_doubt(reading: Reading, of: Field, text: str, reason: str | None) -> None:
    """A number that cannot be right is kept as it is written and reported (UX.md 7.8)."""
    if reason:
        reading.remarks.append(tr("{label}を確かめます：{value}（{reason}）", label=of.label(language()),
                                  value=text[:40], reason=reason))


def _time(_: Reading, of: Field, given: Any) -> Any:
    return parse_time(text_of(given, of.name))


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
