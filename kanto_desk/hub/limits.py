"""How often a laptop, a code or a sign-in may be tried; counted in the database, for all processes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from kanto_desk.hub import tables as t


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in each stretch of `seconds`."""

    most: int
    seconds: int


LIMITS: Final[Mapping[str, Limit]] = {
    "device": Limit(600, 60),        # a first fill of 100,000 rows is 100 requests
    "code": Limit(10, 15 * 60),      # wrong one-time codes from one address
    "sign-in": Limit(10, 15 * 60),   # wrong passwords for one person, and from one address
}
"""What a served hub allows."""


def count_one(conn: Connection, key: str, limit: Limit, now_ms: int) -> int:
    """Count one more. Gives 0 while the limit holds, else the seconds until the next stretch begins."""
    now = now_ms // 1000
    window = now - now % limit.seconds
    count = conn.execute(_counting(conn.dialect.name), {"key": key, "window": window, "count": 1}).scalar_one()
    if count == 1:
        conn.execute(_FORGET, {"at_key": key, "at_window": window})
    return _left(int(count) - 1, limit, now, window)


_FORGET: Final = delete(t.used).where(t.used.c.key == bindparam("at_key"), t.used.c.window < bindparam("at_window"))


@cache
def _counting(dialect: str) -> Any:
    new = (postgresql if dialect == "postgresql" else sqlite).insert(t.used)
    return new.on_conflict_do_update(
        index_elements=["key", "window"], set_={"count": t.used.c.count + 1}).returning(t.used.c.count)


def try_one(conn: Connection, keys: Sequence[str], limit: Limit, now_ms: int) -> int:
    """Count a try before it is looked at, so that tries at the same time are counted, too.

    Gives 0 if it may be looked at, else the seconds until one more may be; that try is not counted then. Kinds of keys
    always in the same order: two transactions that count the same keys wait for each other.
    """
    wait = max(count_one(conn, key, limit, now_ms) for key in keys)
    if wait:
        give_back(conn, keys, limit, now_ms)
    return wait


def give_back(conn: Connection, keys: Sequence[str], limit: Limit, now_ms: int) -> None:
    """Uncount a try that was right, with the moment at which it was counted."""
    now = now_ms // 1000
    for key in keys:
        conn.execute(_LESS, {"at_key": key, "at_window": now - now % limit.seconds})


_LESS: Final = update(t.used).where(t.used.c.key == bindparam("at_key"), t.used.c.window == bindparam("at_window"),
                                    t.used.c.count > 0).values(count=t.used.c.count - 1)


def _left(before: int, limit: Limit, now: int, window: int) -> int:
    return 0 if before < limit.most else window + limit.seconds - now
