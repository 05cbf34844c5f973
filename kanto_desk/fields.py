"""Field: the one description of a user-visible value. Form, table, paper, search, export, wire and history all read it.

Pure: no Qt, no SQL. Adding a kind of field means one member of `Kind` and one entry in each registry that a test lists
(column type in db, wire codec here, editor in ui, printed form in report).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

Json = None | bool | int | float | str | list[Any] | dict[str, Any]
"""What a field's value is on the wire and in the journal."""


class Kind(Enum):
    """How a value is stored, typed, shown and printed."""

    LINE = "line"              # one line of text
    TEXT = "text"              # several lines of text
    KANA = "kana"              # a reading in katakana
    DATE = "date"              # ISO date
    TIME = "time"              # time of day, minutes
    MOMENT = "moment"          # a point in time, ISO with offset
    CODE = "code"              # one code of a code list
    CODES = "codes"            # several codes of a code list, in order
    INTEGER = "integer"
    YEN = "yen"                # whole yen
    NUMBER = "number"
    FLAG = "flag"
    REFERENCE = "reference"    # uid of another record; never a foreign key (records arrive in any order)
    PHONE = "phone"
    POSTCODE = "postcode"
    EMAIL = "email"
    URL = "url"
    CORPORATE_NUMBER = "corporate_number"
    HASH = "hash"              # SHA-256 of an attachment or version, hexadecimal
    DATA = "data"              # JSON that the program itself reads (strokes, form answers)


TEXTUAL = frozenset({Kind.LINE, Kind.TEXT, Kind.KANA, Kind.PHONE, Kind.POSTCODE, Kind.EMAIL, Kind.URL,
                     Kind.CORPORATE_NUMBER})
"""Kinds whose values are text that people wrote."""


class Level(Enum):
    """Who may see a field: the clearance a reader needs (code list CL20c orders L numbers otherwise).

    OWN is for readers alone: what is PUBLIC, and of the rest what the reader's own organisation wrote.
    """

    OWN = -1
    PUBLIC = 0
    GIST = 1
    DETAIL = 2
    NDA = 3
    DESK = 4


@dataclass(frozen=True, slots=True)
class Field:
    """One user-visible value of a record type.

    `codes` names the code list of CODE and CODES fields; `target` the record type of a REFERENCE; `unit` is printed
    after numbers, which `least` and `most` bound; `bookkeeping` fields travel and are journalled but appear on no form,
    list or paper.
    """

    name: str
    kind: Kind
    ja: str
    en: str
    required: bool = False
    help_ja: str = ""
    help_en: str = ""
    codes: str | None = None
    target: str | None = None
    unit: str = ""
    max_length: int | None = None
    least: int | None = None
    most: int | None = None
    listed: bool = False
    searched: bool = False
    printed: bool = True
    bookkeeping: bool = False
    level: Level = Level.DESK

    def label(self, language: str) -> str:
        """The name shown to people in "ja" or "en"."""
        return self.en if language == "en" else self.ja

    def help(self, language: str) -> str:
        """The help line in "ja" or "en"; empty if none."""
        return self.help_en if language == "en" else self.help_ja


Values = Mapping[str, Any]
"""Field values by name, as Python values."""


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


_FROM_WIRE: dict[Kind, Callable[[Any], Any]] = {
    Kind.DATE: date.fromisoformat,
    Kind.TIME: time.fromisoformat,
    Kind.MOMENT: _moment,
    Kind.CODES: tuple,
}
READ_AS_KEPT: Final = frozenset(Kind) - _FROM_WIRE.keys()
"""Kinds whose Python value is the wire value."""

_TO_WIRE: dict[Kind, Callable[[Any], Json]] = {
    Kind.DATE: lambda v: v.isoformat(),
    Kind.TIME: lambda v: v.isoformat("minutes"),
    Kind.MOMENT: lambda v: v.isoformat(),
    Kind.CODES: list,
}


def to_wire(field: Field, value: Any) -> Json:
    """The JSON form of a value, as journal, wire and export carry it. None stays None."""
    if value is None:
        return None
    convert = _TO_WIRE.get(field.kind)
    return convert(value) if convert else value


MOST_TEXT: Final = 1 << 20
"""Bytes (UTF-8) of one text that travels: some 350,000 Japanese characters. Longer ones hold up every other desk."""


def is_too_long(value: Json) -> bool:
    """Whether a wire value is a text that no hub takes."""
    return isinstance(value, str) and len(value) > MOST_TEXT // 4 and len(value.encode()) > MOST_TEXT


def most_characters() -> int:
    """So many ten thousands of Japanese characters fit into one text that travels; what people are told."""
    return MOST_TEXT // 3 // 10_000


def fits(field: Field, value: Json) -> bool:
    """Whether a wire value has the shape of this field's kind; what came from elsewhere is asked before it is kept."""
    if value is None or field.kind is Kind.DATA:
        return True
    if field.kind in (Kind.INTEGER, Kind.YEN):
        return isinstance(value, int) and not isinstance(value, bool) and -(1 << 63) <= value < 1 << 63
    if field.kind is Kind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if field.kind is Kind.FLAG:
        return isinstance(value, bool)
    if field.kind is Kind.CODES:
        return isinstance(value, list) and all(isinstance(code, str) for code in value)
    try:
        from_wire(field, value)
    except (ValueError, TypeError):
        return False
    return isinstance(value, str)


def from_wire(field: Field, value: Json) -> Any:
    """The Python value of a wire form. None stays None.

    Raises ValueError or TypeError when the form is not of this kind.
    """
    if value is None:
        return None
    convert = _FROM_WIRE.get(field.kind)
    return convert(value) if convert else value
