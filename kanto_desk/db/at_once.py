"""Many short rows, in and out of the database in one piece: one by one, 20,000 of them cost more than finding them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Integer, Select, String, Table, Text, bindparam, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def uids(conn: Connection, statement: Select[*tuple[Any, ...]]) -> list[str]:
    """The uids that a statement of one column gives, in its order."""
    inner = statement.subquery()
    found = conn.execute(select(func.json_group_array(inner.c[0]))).scalar_one()
    return [uid for uid in json.loads(found) if uid is not None]


def rows(conn: Connection, statement: Select[*tuple[Any, ...]]) -> list[list[Any]]:
    """The rows of a statement, in its order, as JSON knows them: texts, numbers, days as ISO texts, None."""
    inner = statement.subquery()
    found: list[list[Any]] = json.loads(conn.execute(
        select(func.json_group_array(func.json_array(*inner.c)))).scalar_one())
    return found


def packed(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """What `unpacked` runs to get the rows of a statement: made once, where making it costs more than running it."""
    inner = statement.subquery()
    return select(func.json_group_array(func.json_array(*inner.c)))


def unpacked(conn: Connection, made: Select[*tuple[Any, ...]], **values: Any) -> list[list[Any]]:
    """The rows of a statement that was `packed`, as `rows` gives them."""
    found: list[list[Any]] = json.loads(conn.execute(made, values).scalar_one())
    return found


def among(column: Any, uids: Collection[str]) -> ColumnElement[bool]:
    """The condition that a column holds one of these; as many as there are, in one parameter."""
    listed = func.json_each(json.dumps(list(uids)), type_=String).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(listed.c.value))
    return condition


def among_numbers(column: Any, numbers: Collection[int]) -> ColumnElement[bool]:
    """The condition that a column of numbers holds one of these."""
    listed = func.json_each(json.dumps(list(numbers)), type_=Integer).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(listed.c.value))
    return condition


class _Numbers(TypeDecorator[Any]):
    """Many numbers in one parameter, as a JSON text: for the laptop's database alone."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return json.dumps(list(value))


def one_of_numbers(column: Any, name: str) -> ColumnElement[bool]:
    """As `one_of`, with numbers; in SQLite alone."""
    listed = func.json_each(bindparam(name, type_=_Numbers())).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(listed.c.value))
    return condition


class _Texts(TypeDecorator[Any]):
    """Many texts in one parameter: a JSON text for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return Text()
        from sqlalchemy.dialects import postgresql  # 30 ms of a desk's start that no desk needs

        return dialect.type_descriptor(postgresql.ARRAY(Text()))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _Each(FunctionElement[Any]):
    """The texts of one parameter as rows."""

    inherit_cache = True
    type = String()


@compiles(_Each, "postgresql")
def _unnested(element: _Each, compiler: Any, **words: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **words)}))"


@compiles(_Each)
def _from_json(element: _Each, compiler: Any, **words: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **words)}))"


def one_of(column: Any, name: str) -> ColumnElement[bool]:
    """As `among`, with the texts given under a name when the statement runs: compiled once, in both databases."""
    condition: ColumnElement[bool] = column.op("IN", is_comparison=True)(_Each(bindparam(name, type_=_Texts())))
    return condition


@cache
def _of_records(table: Table, type_column: str, uid_column: str) -> Select[*tuple[Any, ...]]:
    c = table.c
    return select(table).where(c[type_column] == bindparam("at_type"), one_of(c[uid_column], "at_uids"))


@cache
def _of_several(table: Table, type_column: str, uid_column: str) -> Select[*tuple[Any, ...]]:
    c = table.c
    return select(table).where(one_of(c[type_column], "at_types"), one_of(c[uid_column], "at_uids"))


_FEW_RECORDS = 64


def of_records(conn: Connection, table: Table, keys: Iterable[tuple[str, str]], type_column: str = "type",
               uid_column: str = "uid") -> Iterator[Any]:
    """The lines of a bookkeeping table about these records: one statement a type, or one for all of a few."""
    once = dict.fromkeys(keys)
    by_type: dict[str, list[str]] = {}
    for type_name, uid in once:
        by_type.setdefault(type_name, []).append(uid)
    if len(by_type) > 1 and len(once) <= _FEW_RECORDS:   # each type is looked for with each uid
        at = attrgetter(type_column, uid_column)
        yield from (r for r in conn.execute(_of_several(table, type_column, uid_column), {
            "at_types": list(by_type), "at_uids": [uid for _, uid in once]}).all() if at(r) in once)
        return
    statement = _of_records(table, type_column, uid_column)
    for type_name, uids_of in by_type.items():
        yield from conn.execute(statement, {"at_type": type_name, "at_uids": uids_of}).all()


def insert_rows(conn: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of stored values, in the order of `columns`: a third of the time of naming each value in each row."""
    if len(rows) > 1 and conn.dialect.name == "postgresql" and _is_narrow(table, tuple(columns)):
        conn.exec_driver_sql(_insertion_of_lists(table, tuple(columns)), tuple(map(list, zip(*rows, strict=True))))
    elif rows:
        conn.exec_driver_sql(_insertion(table, tuple(columns), conn.dialect.name), [tuple(row) for row in rows])


@lru_cache(500)   # a laptop that sends rows of ever other shapes fills no memory
def _insertion(table: Table, columns: tuple[str, ...], dialect: str) -> str:
    """Every name quoted: some fields bear the name of a word of SQL."""
    mark = "%s" if dialect == "postgresql" else "?"
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join(mark for _ in columns)})'


_NARROW = 6


@lru_cache(500)
def _is_narrow(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether PostgreSQL takes rows sooner as one list a column: of wide ones the lists cost more than they spare."""
    return len(columns) <= _NARROW and all(isinstance(table.c[n].type, String | Integer) for n in columns)


@lru_cache(500)
def _insertion_of_lists(table: Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    lists = [f"CAST(%s AS {'text' if isinstance(table.c[n].type, String) else 'bigint'}[])" for n in columns]
    return f'INSERT INTO "{table.name}" ({names}) SELECT * FROM unnest({", ".join(lists)})'


HANDFUL = 100
"""So many rows of several groups alike are handed over at once; of more, each group is one statement."""

FEW = 8
"""So many rows alike are written in one statement; fewer one by one."""


def insert_alike(conn: Connection, table: Table, alike: Mapping[str, Any], column: str, values: Sequence[str],
                 other: tuple[str, Sequence[str]] | None = None, number: tuple[str, int] | None = None) -> None:
    """Insert rows that differ in one text column alone, in a second (`other`), and in a running number from `number`.

    The database makes the rows: a third of the time of handing over each of them. Values of `column` come once each.
    """
    columns = [*alike, *([number[0]] if number else []), column, *([other[0]] if other else [])]
    if len(values) < FEW or not _is_plain("".join([*values, *(other[1] if other else [])])):
        insert_rows(conn, table, columns, [
            (*alike.values(), *([number[1] + i] if number else []), value, *([other[1][i]] if other else []))
            for i, value in enumerate(values)])
        return
    statement = _insertion_alike(table, tuple(columns), len(alike), bool(other), bool(number), conn.dialect.name)
    first = (number[1],) if number else ()
    if conn.dialect.name == "postgresql":
        listed: tuple[Any, ...] = (list(values), list(other[1])) if other else (list(values),)
    else:
        listed = (json.dumps(dict(zip(values, other[1], strict=True)) if other else list(values)),)
    conn.exec_driver_sql(statement, (*alike.values(), *first, *listed))


def _is_plain(text: str) -> bool:
    """Whether JSON has only one spelling for it: no database then reads it as anything else."""
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


@lru_cache(500)
def _insertion_alike(table: Table, columns: tuple[str, ...], alike: int, other: bool, number: bool,
                     dialect: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    if dialect == "postgresql":
        same = [f"CAST(%s AS {'text' if isinstance(table.c[n].type, String) else 'bigint'})" for n in columns[:alike]]
        listed = f"unnest({', '.join(['CAST(%s AS text[])'] * (1 + other))}) WITH ORDINALITY AS l(a{', b' * other}, i)"
        told = [*same, *(["CAST(%s AS bigint) + i - 1"] if number else []), "a", *(["b"] if other else [])]
    else:
        listed = "json_each(?)"
        told = [*["?"] * alike, *(["? + key"] if number else []), *(["key", "value"] if other else ["value"])]
    return f'INSERT INTO "{table.name}" ({names}) SELECT {", ".join(told)} FROM {listed}'
