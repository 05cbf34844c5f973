"""For which support organisations the values of a row were written: each reads its own where it does not read all.

Noted only where that is not the organisation that made the row: in rows that several hold under one uid, and in rows
of others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, exists, select

from kanto_desk.db import local
from kanto_desk.db.apply import Change, Key, load
from kanto_desk.db.at_once import insert_rows, of_records
from kanto_desk.fields import Level
from kanto_desk.hub import tables as t
from kanto_desk.hub.placing import Made, is_shared, level_of
from kanto_desk.rules.access import BY_LEVEL, Sight, body_scope, may_see


class Whose:
    """The bodies of values: record → stamp → field (empty: all of that change) → bodies."""

    def __init__(self, conn: Connection, keys: Iterable[Key]) -> None:
        self._of: dict[Key, dict[str, dict[str, set[str]]]] = {}
        for r in of_records(conn, t.written, keys):
            self.add((r.type, r.uid), r.stamp, r.field, r.body)

    def add(self, key: Key, stamp: str, field: str, body: str) -> None:
        """Note that a value is a body's."""
        self._of.setdefault(key, {}).setdefault(stamp, {}).setdefault(field, set()).add(body)

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
    whose = Whose(conn, {(c.type, c.uid) for c, _ in inner if c.base})
    lines: dict[tuple[str, str, str, str, str], None] = {}
    for c, names in inner:
        key = (c.type, c.uid)
        body = body_of(c)
        if body and (is_shared(c.uid) or body != made[key].body):
            lines[(*key, c.stamp, body, "")] = None
            whose.add(key, c.stamp, "", body)
        for name in names if c.base else ():
            for before in c.base.get(name, ()):
                for other in whose.of(key, name, before) - whose.of(key, name, c.stamp):
                    lines[(*key, c.stamp, other, name)] = None
                    whose.add(key, c.stamp, name, other)
    insert_rows(conn, t.written, ("type", "uid", "stamp", "body", "field"), list(lines))


def _inner(change: Change, made: Mapping[Key, Made]) -> list[str]:
    """Fields of a change that are not for everybody who sees the row."""
    maker = made.get((change.type, change.uid))
    if change.type not in BY_LEVEL and (maker is None or maker.root[0] != "organization"):
        return []
    levels = level_of(change.type)
    return [n for n in change.set if not may_see(Level.PUBLIC, levels.get(n, Level.DESK))] if maker is not None else []


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
