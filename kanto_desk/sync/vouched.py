"""Codes with which the hub vouched for what it acknowledged: kept as long as the changes, shown when they go again.

A hub that went back to a backup would otherwise ask the roles of today about changes that it accepted long ago.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, select

from kanto_desk.db import local
from kanto_desk.db.store import put_setting
from kanto_desk.sync.wire import Reply, StoredChange, Vouched, WireChange

C = TypeVar("C", WireChange, StoredChange)

DAYS: Final = 90
"""A laptop keeps its own changes so long after they were acknowledged, and the codes with them (SYNC.md, Epoch)."""

_KEY: Final = "hub_vouched "
_END: Final = "hub_vouched~"   # after every key that begins so


def keep(conn: Connection, dev: str, first: int, sent: Sequence[StoredChange], reply: Reply, now: datetime) -> None:
    """Keep the code of an answer, in the transaction that keeps the answer; those of parts of it go."""
    if not reply.code or not sent or reply.acked < sent[-1].seq:
        return
    last = sent[-1].seq
    without = sorted(v.seq for v in reply.verdicts if first < v.seq <= last)
    _keep(conn, dev, Vouched(first, last, reply.code, without), now)


def keep_groups(conn: Connection, dev: str, groups: Iterable[Vouched], acked: int, now: datetime) -> None:
    """Keep the codes that came in a bundle, of changes that are acknowledged by now."""
    for group in groups:
        if 0 <= group.first < group.last <= acked and group.code:
            _keep(conn, dev, group, now)


def _keep(conn: Connection, dev: str, new: Vouched, now: datetime) -> None:
    c = local.setting.c
    for group in list(_from(conn, dev, new.first + 1)):
        if new.first <= group.first and group.last <= new.last:
            conn.execute(delete(local.setting).where(c.key == _key(dev, group.last)))
    old = (now - timedelta(days=DAYS)).isoformat()
    for key, value in conn.execute(select(c.key, c.value).where(c.key > _key(dev, 0), c.key < _END).limit(2)).all():
        if json.loads(value)["at"] < old:   # two an answer: none piles up, and nobody reads them all
            conn.execute(delete(local.setting).where(c.key == key))
    put_setting(conn, _key(dev, new.last), {"first": new.first, "code": new.code, "without": new.without,
                                            "at": now.isoformat()})


def shown_with(conn: Connection, dev: str, batch: Sequence[C]) -> tuple[list[C], list[Vouched]]:
    """A batch that goes again, ending where a group ends, with the codes of its groups; others stay as they are."""
    if not batch:
        return list(batch), []
    groups = [g for g in _from(conn, dev, batch[0].seq) if g.first < batch[-1].seq]
    part = list(batch)
    if groups and groups[-1].last > batch[-1].seq:
        cut = groups.pop()   # does not fit whole: it begins the next batch
        part = [c for c in batch if c.seq <= cut.first] or part
    return part, groups


def _from(conn: Connection, dev: str, seq: int) -> Iterable[Vouched]:
    c = local.setting.c
    found = conn.execute(select(c.key, c.value).where(c.key >= _key(dev, seq), c.key < f"{_KEY}{dev}~").order_by(c.key))
    for key, value in found:
        kept = json.loads(value)
        yield Vouched(kept["first"], int(key.rsplit(" ", 1)[1], 16), kept["code"], kept["without"])


def _key(dev: str, last: int) -> str:
    return f"{_KEY}{dev} {last:016x}"
