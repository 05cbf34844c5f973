"""For which support organisations the values of a row were written: each reads its own where it does not read all.

Noted only where that is not the organisation that made the row: in rows that several hold under one uid, and in rows
of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, select

from kanto_desk.db import local
from kanto_desk.db.apply import Change, Key, load
from kanto_desk.db.at_once import insert_alike, insert_rows, of_records, one_of
from kanto_desk.fields import Level
from kanto_desk.hub import tables as t
from kanto_desk.hub.placing import Made, is_shared, level_of
from kanto_desk.rules.access import BY_LEVEL, Sight, body_scope, may_see


class Whose:
    """The bodies of values: record → stamp → field (empty: all of that change) → bodies."""

    def __init__(self, conn: Connection, keys: Iterable[Key]) -> None:
        self._of: dict[Key, dict[str, dict[str, set[str]]]] = {}
        self._bodies: dict[Key, set[str]] = {}
        for r in of_records(conn, t.written, keys):
            self.add((r.type, r.uid), r.stamp, r.field, r.body)

    def add(self, key: Key, stamp: str, field: str, body: str) -> None:
        """Note that a value is a body's."""
        self._of.setdefault(key, {}).setdefault(stamp, {}).setdefault(field, set()).add(body)
        self._bodies.setdefault(key, set()).add(body)

    def for_others(self, key: Key, body: str) -> bool:
        """Whether anything of a record is noted for another body than this one."""
        return not self._bodies.get(key, frozenset()) <= {body}

    def of(self, key: Key, field: str, stamp: str) -> frozenset[str]:
        """The bodies a value was written for; none where it is for the one that made the row."""
        noted = self._of.get(key, {}).get(stamp, {})
        return frozenset(noted.get("", ())) | frozenset(noted.get(field, ()))

    def shows(self, key: Key, field: str, stamp: str, sight: Sight) -> bool:
        """Whether somebody of this sight sees a value."""
        return may_see(sight.level, level_of(key[0]).get(field, Level.DESK)) or not sight.own.isdisjoint(
            self.of(key, field, stamp))


def note_written(conn: Connection, changes: Sequence[Change], made: Mapping[Key, Made],
                 body_of: Callable[[Change], str]) -> None:
    """Note for which bodies these changes were written, in the order in which they were."""
    inner = [(c, names) for c in changes if (names := _inner(c, made))]
    if not inner:
        return
    bodies = [body_of(c) for c, _ in inner]
    whose = Whose(conn, _of_others(conn, {(c.type, c.uid) for c, _ in inner if c.base}, bodies))
    lines: dict[tuple[str, str, str, str, str], None] = {}
    alike: dict[tuple[str, str], dict[str, str]] = {}   # nearly all there is of a push: its own body's, one a row
    for (c, names), body in zip(inner, bodies, strict=True):
        key, noted = (c.type, c.uid), ""
        if body and (is_shared(c.uid) or body != made[key].body):
            if alike.setdefault((c.type, body), {}).setdefault(c.uid, stamp := c.stamp) != stamp:
                lines[(*key, stamp, body, "")] = None
            whose.add(key, stamp, "", body)
            noted = body
        for name in names if c.base and whose.for_others(key, noted) else ():
            for before in c.base.get(name, ()):
                for other in whose.of(key, name, before) - whose.of(key, name, c.stamp):
                    lines[(*key, c.stamp, other, name)] = None
                    whose.add(key, c.stamp, name, other)
    for (type_name, body), stamps in alike.items():
        insert_alike(conn, t.written, {"type": type_name, "body": body, "field": ""}, "uid", list(stamps),
                     ("stamp", list(stamps.values())))
    insert_rows(conn, t.written, ("type", "uid", "stamp", "body", "field"), list(lines))


def _of_others(conn: Connection, keys: Set[Key], bodies: Iterable[str]) -> Set[Key]:
    """The records of which something is noted for others, where all is written for one body: nearly always none."""
    one = set(bodies)
    if not keys or len(one) > 1:
        return keys
    return {(name, uid) for name in {key[0] for key in keys} for uid in conn.execute(_noted_for_others(), {
        "at_type": name, "at_uids": [uid for of, uid in keys if of == name], "at_body": min(one)}).scalars().all()}


@cache
def _noted_for_others() -> Select[*tuple[Any, ...]]:
    c = t.written.c
    return select(c.uid).distinct().where(c.type == bindparam("at_type"), one_of(c.uid, "at_uids"),
                                          c.body != bindparam("at_body"))


def _inner(change: Change, made: Mapping[Key, Made]) -> list[str]:
    """Fields of a change that are not for everybody who sees the row."""
    maker = made.get((change.type, change.uid))
    if maker is None or (change.type not in BY_LEVEL and maker.root[0] != "organization"):
        return []
    shown = _for_everybody(change.type)
    return [n for n in change.set if n not in shown]


@cache
def _for_everybody(type_name: str) -> frozenset[str]:
    return frozenset(n for n, level in level_of(type_name).items() if may_see(Level.PUBLIC, level))


def apart(conn: Connection) -> int:
    """How many fields hold values side by side of which no organisation sees two: nobody there is asked about them."""
    h, w, p = local.head.c, t.written.c, t.placed.c
    heads: dict[Key, dict[str, set[str]]] = {}
    for r in conn.execute(select(h.type, h.uid, h.field, h.stamp).where(
            exists().where(w.type == h.type, w.uid == h.uid),
            ~exists().where(p.type == h.type, p.uid == h.uid, p.scope.startswith(body_scope("")),
                            p.level > Level.PUBLIC.value))):
        heads.setdefault((r.type, r.uid), {}).setdefault(r.field, set()).add(r.stamp)
    if not heads:
        return 0
    whose, rows = Whose(conn, heads), load(conn, heads)
    found = 0
    for key, fields in heads.items():
        for name in (n for n in fields if not may_see(Level.PUBLIC, level_of(key[0]).get(n, Level.DESK))):
            bodies = [whose.of(key, name, s) for s in {*fields[name], rows[key].stamps[name]}]
            found += sum(map(len, bodies)) == len(frozenset().union(*bodies))
    return found
