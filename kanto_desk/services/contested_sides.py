"""What a contested field is, and each of its sides: who wrote a value, when, and on which laptop."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from kanto_desk.clock import JST
from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.stamps import clock_of, millis_of
from kanto_desk.fields import Field, Json
from kanto_desk.i18n import language
from kanto_desk.services.value_words import value_words


@dataclass(frozen=True, slots=True)
class Writer:
    """One of those who wrote a side: who, when last, whether on this laptop, and on which ("" where not known)."""

    by: str
    at: datetime
    here: bool
    laptop: str


@dataclass(frozen=True, slots=True)
class Side:
    """One value of a contested field: who wrote it, when, and on which laptop ("" where that is not known here).

    `shown`: it is the one that the record shows meanwhile. `deletes`: it is a deletion. `writers`: everybody who wrote
    of it, the newest first; the side itself names the newest. Empty where a side has one writer by its nature.
    """

    stamp: str
    wire: Json
    words: str
    by: str
    at: datetime
    here: bool
    laptop: str
    shown: bool
    deletes: bool = False
    writers: tuple[Writer, ...] = ()


@dataclass(frozen=True, slots=True)
class Contested:
    """A field with more than one side. `deletion`: it was deleted on one laptop and changed on another; then `sides`
    are the deletion and the newest change after all, and a decision is True (keep) or False (delete). `signed`: what
    was signed was edited elsewhere; a decision is True (a correction takes it in) or False (the signed values again).
    `asked`: somebody asks for a step of a visit; a decision is True (accepted) or False (declined).
    """

    type: str
    uid: str
    field: str
    label: str
    root: Key
    title: str
    part: str
    sides: tuple[Side, ...]
    textual: bool
    joins: bool
    deletion: bool = False
    signed: bool = False
    asked: bool = False

    @property
    def whole(self) -> bool:
        """Whether a record is decided, not the value of one field."""
        return self.deletion or self.signed or self.asked

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by."""
        return self.type, self.uid, self.field


def side_of(conn: Connection, key: Key, of: Field, stamp: str, wire: Json, own: str, *, shown: bool) -> Side:
    """One value of a field as a side."""
    by, wall, dev = writer_of(conn, key, of.name, stamp, wire)
    return Side(stamp, wire, value_words(conn, of, wire), by, wall, dev == own, part_of_device(dev), shown)


def is_ahead(at: datetime, now: datetime) -> bool:
    """Whether a side was written in what is the future here: one of the clocks is wrong by more than five minutes."""
    return at - now > timedelta(minutes=5)


def part_of_device(dev: str) -> str:
    """The four characters by which reference numbers name a laptop."""
    return base64.b32encode(bytes.fromhex(dev)).decode()[:4]


def writer_of(conn: Connection, key: Key, name: str, stamp: str, wire: Json) -> tuple[str, datetime, str]:
    """Who wrote a value, when, and the device; undo of a decision names who wrote it first."""
    table, op = local.change, local.operation
    row = conn.execute(select(table.c.by, table.c.wall, table.c.dev, table.c.tx, table.c.base, op.c.undoes)
                       .outerjoin(op, op.c.tx == table.c.tx)
                       .where(table.c.type == key[0], table.c.uid == key[1], table.c.hlc == stamp[:16],
                              table.c.dev == stamp[16:])).first()
    if row is None:   # it came as part of a whole row, without its journal
        return _known_by(conn, stamp[16:]), datetime.fromtimestamp(millis_of(clock_of(stamp)) / 1000, JST), stamp[16:]
    undone = row.undoes or _undone_elsewhere(conn, key, name, row)
    if undone:
        # all at once: a question left half read keeps its connection in the past
        for text in conn.execute(select(table.c.base).where(
                table.c.tx == undone, table.c.type == key[0], table.c.uid == key[1])).scalars().all():
            for before in json.loads(text).get(name, ()):
                first = conn.execute(select(table.c.set).where(
                    table.c.type == key[0], table.c.uid == key[1], table.c.hlc == before[:16],
                    table.c.dev == before[16:])).scalar()
                if first is not None and json.loads(first).get(name) == wire:
                    return writer_of(conn, key, name, before, wire)
    return str(row.by), datetime.fromisoformat(row.wall), str(row.dev)


def _undone_elsewhere(conn: Connection, key: Key, name: str, row: Any) -> str | None:
    """The step that another laptop undid by a change; None where it is no undo of a decision.

    Its operations are not known here. But a step that sets one field of one record twice sets two values apart, and
    both name the decision as what they replaced.
    """
    c = local.change.c
    sets = conn.execute(select(c.set).where(c.tx == row.tx, c.type == key[0], c.uid == key[1])).scalars().all()
    replaced = json.loads(row.base).get(name, ())
    if sum(name in json.loads(one) for one in sets) < 2 or not replaced:
        return None
    found = conn.execute(select(c.tx).where(c.type == key[0], c.uid == key[1], c.hlc == replaced[0][:16],
                                            c.dev == replaced[0][16:])).scalar()
    return None if found is None else str(found)


def _known_by(conn: Connection, dev: str) -> str:
    """Whose laptop this is, by the newest change of it that is known here; "" where none is."""
    c = local.change.c
    return str(conn.execute(select(c.by).where(c.dev == dev).order_by(c.seq.desc()).limit(1)).scalar() or "")


def of_change(c: Any, words: str, own: str, *, shown: bool, deletes: bool = False) -> Side:
    """A side that is a change as a whole."""
    return Side(c.hlc + c.dev, None, words, c.by, datetime.fromisoformat(c.wall), c.dev == own,
                part_of_device(c.dev), shown, deletes)


def label_of(of: Field) -> str:
    """What a field is called on the screen."""
    return of.label(language())
