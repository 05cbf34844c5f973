"""Codes with which the hub vouched for what it acknowledged: kept as long as the changes, shown when they go again.

A hub that went back to a backup would otherwise ask the roles of today about changes that it accepted long ago.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, select

from kanto_desk.db import local
from kanto_desk.db.store import put_setting
from kanto_desk.sync.outbox import sent_of
from kanto_desk.sync.wire import Reply, StoredChange, Vouched, WireChange, content_hash

C = TypeVar("C", WireChange, StoredChange)

DAYS: Final = 90
"""A laptop keeps its own changes so long after they were acknowledged, and the codes with them (SYNC.md, Epoch)."""

_KEY: Final = "hub_vouched "
_END: Final = "hub_vouched~"   # after every key that begins so

WITNESS: Final = "hub_witness "
"""Setting, with name, last number, code and day: hashes of a push of which something was forgotten."""


def keep(conn: Connection, dev: str, first: int, sent: Sequence[StoredChange], reply: Reply, now: datetime) -> None:
    """Keep the code of an answer, in the transaction that keeps the answer; those of parts of it go."""
    if not reply.code or not sent or reply.acked < sent[-1].seq:
        return
    last = sent[-1].seq
    without = sorted({v.seq for v in reply.verdicts if first < v.seq <= last} | _not_in(sent, first, last))
    _keep(conn, dev, Vouched(first, last, reply.code, without), now)


def keep_groups(conn: Connection, dev: str, groups: Iterable[Vouched], acked: int, now: datetime) -> None:
    """Keep the codes that came in a bundle, of changes that are acknowledged by now."""
    for group in groups:
        if 0 <= group.first < group.last <= acked and group.code:
            _keep(conn, dev, group, now)


def _keep(conn: Connection, dev: str, new: Vouched, now: datetime) -> None:
    for group in list(_from(conn, dev, new.first + 1)):
        if new.first <= group.first and group.last <= new.last:
            conn.execute(_DROP, {"at_key": _key(dev, group.last)})
    old = (now - timedelta(days=DAYS)).isoformat()
    for key, value in conn.execute(_BETWEEN, {"first": _key(dev, 0), "end": _END, "most": 2}).all():
        if json.loads(value)["at"] < old:   # two an answer: none piles up, and nobody reads them all
            conn.execute(_DROP, {"at_key": key})
    put_setting(conn, _key(dev, new.last), {"first": new.first, "code": new.code, "without": new.without,
                                            "at": now.isoformat()})


def shown_with(conn: Connection, dev: str, batch: Sequence[C]) -> tuple[list[C], list[Vouched]]:
    """A batch that goes again, ending where a group ends, with the codes of its groups; others stay as they are."""
    if not batch:
        return list(batch), []
    groups = [witness(conn, dev, g.last, g.code) or g
              for g in _from(conn, dev, batch[0].seq) if g.first < batch[-1].seq]
    part = list(batch)
    if groups and groups[-1].last > batch[-1].seq and _goes_on(conn, dev, batch[-1].seq, groups[-1].last):
        cut = groups.pop()   # does not fit whole: it begins the next batch
        part = [c for c in batch if c.seq <= cut.first] or part
    return part, groups


def group_of(conn: Connection, dev: str, seq: int) -> Vouched | None:
    """The push in which a number of this laptop went, with its code."""
    return next((g for g in _from(conn, dev, seq, 1) if g.first < seq), None)


def groups_of(conn: Connection, dev: str) -> list[Vouched]:
    """Every push of one name of this laptop whose code is here."""
    return list(_from(conn, dev, 0))


def names(conn: Connection) -> list[str]:
    """Every name of this laptop under which a push was vouched for, former ones among them."""
    out: list[str] = []
    after = _KEY
    while (key := conn.execute(_BETWEEN, {"first": after, "end": _END, "most": 1}).scalar()):
        out.append(key.split(" ")[1])
        after = f"{_KEY}{out[-1]}~"
    return out


def witness(conn: Connection, dev: str, last: int, code: str) -> Vouched | None:
    """The code of a push of which something was forgotten since, with the hashes of all that it stands for."""
    key = f"{WITNESS}{dev} {last:016x} {code} "
    found = conn.execute(_BETWEEN, {"first": key, "end": f"{key}~", "most": 1}).one_or_none()
    if found is None:
        return None
    kept = json.loads(found.value)
    return Vouched(kept["first"], last, code, kept["without"], kept["seqs"], kept["hashes"])


def keep_witness(conn: Connection, dev: str, group: Vouched, day: str) -> None:
    """Keep the hashes of a push before any of it is forgotten; once."""
    key = f"{WITNESS}{dev} {group.last:016x} {group.code} "
    if conn.execute(_BETWEEN, {"first": key, "end": f"{key}~", "most": 1}).first() is None:
        without = set(group.without)
        lines = [x for x in sent_of(conn, dev, group.first, group.last) if x.seq not in without]
        put_setting(conn, key + day, {
            "first": group.first, "without": group.without, "seqs": [x.seq for x in lines],
            "hashes": base64.b64encode(b"".join(map(_hash_of, lines))).decode()})


def _hash_of(change: StoredChange) -> bytes:
    """The hash of a change of the journal, as the hub makes it of what it is sent."""
    return content_hash(msgspec.json.decode(msgspec.json.encode(change), type=WireChange))


def _goes_on(conn: Connection, dev: str, after: int, upto: int) -> bool:
    """Whether more of a push is still here; else what is missing of it was forgotten."""
    c = local.change.c
    return conn.execute(select(c.id).where(c.dev == dev, c.seq > after, c.seq <= upto, c.sample.is_(None)).limit(1)
                        ).first() is not None


def _not_in(sent: Sequence[StoredChange], first: int, last: int) -> set[int]:
    """Numbers of a push that are not in it: forgotten before it was sent once more, or of sample data."""
    return set() if len(sent) == last - first else set(range(first + 1, last + 1)) - {c.seq for c in sent}


def _from(conn: Connection, dev: str, seq: int, most: int = -1) -> Iterable[Vouched]:
    for key, value in conn.execute(_BETWEEN, {"first": _key(dev, seq), "end": f"{_KEY}{dev}~", "most": most}).all():
        kept = json.loads(value)
        yield Vouched(kept["first"], int(key.rsplit(" ", 1)[1], 16), kept["code"], kept["without"])


def _key(dev: str, last: int) -> str:
    return f"{_KEY}{dev} {last:016x}"


_C = local.setting.c
_BETWEEN = select(_C.key, _C.value).where(_C.key >= bindparam("first"), _C.key < bindparam("end")).order_by(
    _C.key).limit(bindparam("most"))
_DROP = delete(local.setting).where(_C.key == bindparam("at_key"))
