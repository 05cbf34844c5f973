"""What every record type is made of: a typed class of Fields over one table. Declares nothing about the work itself.

Tables of records carry no foreign key, check, enum or unique constraint but the primary key, and every field column is
nullable: changes from other laptops arrive in any order, and scopes may hide a parent (ARCHITECTURE.md, decision 2).
Record classes are read-only views; the only way to change a row is `kanto_desk.db.apply`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import cache
from typing import Any, ClassVar, Self

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from kanto_desk.chance import bits
from kanto_desk.fields import Field, Json, Kind, Level, from_wire, to_wire

SCHEMA_VERSION = 1008
"""Carried by every change: the version of records.db whose names it has (evolution.py). Before 1006 it was always 1."""

WIDE = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both: SQLite's INTEGER is, PostgreSQL's is not."""

_PLAIN: dict[Kind, TypeEngine[Any]] = {
    Kind.INTEGER: WIDE, Kind.YEN: WIDE, Kind.FLAG: Integer(), Kind.NUMBER: Float(53),
}
_JSON_KINDS = frozenset({Kind.CODES, Kind.DATA})
TURNED_KINDS = _JSON_KINDS | {Kind.FLAG}
"""Kinds whose stored value is not the wire value."""


def column_type(kind: Kind) -> TypeEngine[Any]:
    """The storage type of a kind of field: INTEGER, REAL or TEXT, the same in SQLite and PostgreSQL."""
    return _PLAIN.get(kind) or Text()


def stored(kind: Kind, wire: Json) -> Any:
    """The column value of a wire value (JSON kinds become canonical text, flags 0/1)."""
    if wire is None:
        return None
    if kind in _JSON_KINDS:
        return canonical(wire)
    if kind is Kind.FLAG:
        return int(bool(wire))
    return wire


def wired(kind: Kind, value: Any) -> Json:
    """The wire value of a column value; the reverse of `stored`."""
    if value is None:
        return None
    if kind in _JSON_KINDS:
        return json.loads(value)  # type: ignore[no-any-return]
    if kind is Kind.FLAG:
        return bool(value)
    return value  # type: ignore[no-any-return]


def canonical(value: Json) -> str:
    """JSON text with one spelling: sorted keys, no spaces, real characters. Hashes are taken over it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class FieldType(TypeDecorator[Any]):
    """Gives Python values on reading; accepts Python or wire values in conditions."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(column_type(self.kind))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        if isinstance(value, (date, datetime, time, tuple)):
            value = to_wire(_probe(self.kind), value)
        return value if isinstance(value, str) else stored(self.kind, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return from_wire(_probe(self.kind), wired(self.kind, value))


@cache
def _probe(kind: Kind) -> Field:
    return Field("", kind, "", "")


class Base(DeclarativeBase):
    """Metadata of the records; the local bookkeeping tables stand in `kanto_desk.db.local`."""

    metadata = MetaData()


def field(kind: Kind, ja: str, en: str, /, *, index: bool = False, codes: str | None = None,
          target: str | None = None, required: bool = False, help_ja: str = "", help_en: str = "", unit: str = "",
          max_length: int | None = None, least: int | None = None, most: int | None = None, listed: bool = False,
          searched: bool = False, printed: bool = True, bookkeeping: bool = False,
          level: Level = Level.DESK) -> MappedColumn[Any]:
    """Declare one user-visible column. Options are those of `kanto_desk.fields.Field`, plus `index`."""
    spec = {"codes": codes, "target": target, "required": required, "help_ja": help_ja, "help_en": help_en,
            "unit": unit, "max_length": max_length, "least": least, "most": most, "listed": listed,
            "searched": searched, "printed": printed, "bookkeeping": bookkeeping, "level": level}
    return mapped_column(FieldType(kind), nullable=True, index=index, info={"kind": kind, "ja": ja, "en": en, **spec})


def new_uid(moment: datetime) -> str:
    """A new record's uid: UUID version 7 (RFC 9562), 32 hexadecimal digits, so that uids sort by time of making."""
    millis = int(moment.timestamp() * 1000)
    tail = bits(76)
    value = (millis & ((1 << 48) - 1)) << 80 | 7 << 76 | (tail >> 64) << 64 | 2 << 62 | (tail & ((1 << 62) - 1))
    return f"{value:032x}"


class Record(Base):
    """What every synced record has besides its fields."""

    __abstract__ = True
    ja: ClassVar[str] = ""
    en: ClassVar[str] = ""
    parent: ClassVar[str | None] = None   # the REFERENCE field that names the record this one is part of

    uid: Mapped[str] = mapped_column(Text, primary_key=True)
    deleted_at: Mapped[datetime | None] = field(Kind.MOMENT, "ごみ箱に入れた時刻", "Moved to bin", bookkeeping=True)
    stamps: Mapped[str] = mapped_column("_stamps", Text, default="{}")
    unknown: Mapped[str | None] = mapped_column("_unknown", Text, nullable=True)
    sample: Mapped[int | None] = mapped_column("_sample", Integer, nullable=True)
    updated: Mapped[int | None] = mapped_column("_updated", WIDE, nullable=True)

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_sa_"):
            raise AttributeError(f"{type(self).__name__} is read-only: change it through an operation")
        super().__setattr__(name, value)

    def __init__(self, **values: Any) -> None:  # noqa: ARG002 - the ORM's signature
        raise TypeError("records are read from the store, not made")

    @classmethod
    def type_name(cls) -> str:
        """The name of this record type on the wire, in the journal and in commands."""
        return str(cls.__tablename__)

    def wire(self) -> dict[str, Json]:
        """All fields as wire values, without bookkeeping columns."""
        return {f.name: to_wire(f, getattr(self, f.name)) for f in fields_of(type(self))}

    def same(self, other: Self) -> bool:
        """Whether both show the same field values."""
        return self.wire() == other.wire()


@cache
def fields_of(record: type[Record]) -> tuple[Field, ...]:
    """The Fields of a record type, in the order in which they are declared (bookkeeping fields included)."""
    return tuple(_field(column) for column in _table(record).columns if "kind" in column.info)


def _table(record: type[Record]) -> Table:
    assert isinstance(record.__table__, Table)
    return record.__table__


def _field(column: Column[Any]) -> Field:
    return Field(name=column.name, **column.info)


@cache
def kinds_of(type_name: str) -> dict[str, Kind]:
    """Field name → kind of a record type."""
    return {f.name: f.kind for f in fields_of(records()[type_name])}


@cache
def records() -> dict[str, type[Record]]:
    """Every record type by its name."""
    import kanto_desk.db.records  # noqa: F401 - the classes register themselves on import

    return {cls.type_name(): cls for cls in _concrete(Record.__subclasses__())}


def _concrete(classes: Iterable[type[Record]]) -> Iterable[type[Record]]:
    for cls in classes:
        if "__tablename__" in cls.__dict__:
            yield cls
        yield from _concrete(cls.__subclasses__())


@cache
def wire_table(type_name: str) -> Table:
    """The same table with plain column types: the write path moves wire values and converts nothing twice."""
    mapped = records()[type_name].__table__
    plain = [Column(c.name, column_type(c.info["kind"]) if "kind" in c.info else c.type,
                    primary_key=c.primary_key) for c in mapped.columns]
    return Table(type_name, MetaData(), *plain)
