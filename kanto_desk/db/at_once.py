"""Many short rows, in and out of the database in one piece: one by one, 20,000 of them cost more than finding them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, func, select


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


def among(column: Any, uids: Collection[str]) -> ColumnElement[bool]:
    """The condition that a column holds one of these; as many as there are, in one parameter."""
    listed = func.json_each(json.dumps(list(uids)), type_=String).table_valued("value")
    condition: ColumnElement[bool] = column.in_(select(listed.c.value))
    return condition
