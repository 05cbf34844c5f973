"""Own changes of rows that are forgotten: sealed to the hub first, as it may go back to a backup that lacks them.

Nothing readable stays: only the hub opens what lies here. It is kept as long as any own change is (90 days), with the
hashes that its codes were made of, so that changes sent again prove themselves although others of their push are gone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pyrage
import zstandard
from sqlalchemy import Connection, bindparam, delete, select

from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.local import HUB
from kanto_desk.db.store import put_setting
from kanto_desk.sync import vouched
from kanto_desk.sync.outbox import sent_of
from kanto_desk.sync.wire import Vouched

FORGOT: Final = "hub_forgot"
"""Setting: whether rows were ever forgotten here; a hub that went back has to hear it."""

_SEALED: Final = "hub_sealed "


@dataclass(frozen=True, slots=True)
class Sealed:
    """Changes of one row, sealed, and the pushes in which they went: the last number of each, and its code."""

    body: bytes
    groups: list[tuple[int, str]]


def keep(conn: Connection, key: Key) -> set[tuple[str, int]]:
    """Seal what this laptop, by any of its names, has at the hub of a row about to be forgotten; gives their numbers.

    In the transaction that forgets. Nothing where the hub told no key to seal to.
    """
    known = conn.execute(_SETTING, {"at_key": HUB}).scalar()
    recipients = str(json.loads(known).get("sealing", "")).split() if known else []
    if conn.execute(_SETTING, {"at_key": FORGOT}).scalar() is None:
        put_setting(conn, FORGOT, True)
    if not recipients:
        return set()
    own, hlc = conn.execute(select(local.device.c.dev, local.device.c.hlc)).one()
    at = {"at_type": key[0], "at_uid": key[1]}
    refused = {(r.dev, r.seq) for r in conn.execute(_REFUSED, at)}
    mine: dict[str, dict[int, Vouched | None]] = {}
    for dev, seq in conn.execute(_NUMBERS, at).all():
        group = vouched.group_of(conn, dev, seq)
        if group is not None:   # what was refused once may have been taken since: the code tells
            accepted = seq not in group.without
        else:
            accepted = dev == own and (dev, seq) not in refused
        if accepted:
            mine.setdefault(dev, {})[seq] = group
    now = datetime.fromtimestamp((int(hlc, 16) >> 16) / 1000, UTC)   # of the newest stamp: it never goes back
    day = f"{now:%Y%m%d}"
    for dev, groups in mine.items():
        changes = [c for seq in groups for c in sent_of(conn, dev, seq - 1, seq)]
        plain = zstandard.ZstdCompressor().compress(msgspec.json.encode(changes))
        body = pyrage.encrypt(plain, [pyrage.x25519.Recipient.from_str(r) for r in recipients])
        proofs = {g.last: g for g in groups.values() if g is not None}
        for group in proofs.values():
            vouched.keep_witness(conn, dev, group, day)
        put_setting(conn, f"{_SEALED}{dev} {max(groups):016x} {day}",
                    {"groups": [[g.last, g.code] for g in proofs.values()], "body": base64.b64encode(body).decode()})
    if mine:
        _drop_old(conn, now)
    return {(dev, seq) for dev, groups in mine.items() for seq in groups}


def names(conn: Connection) -> list[str]:
    """Every name under which something lies sealed here."""
    return sorted({key.split(" ")[1] for key in conn.execute(_KEYS, _all_of(_SEALED)).scalars()})


def of(conn: Connection, dev: str, after: int = 0) -> Iterator[Sealed]:
    """What lies sealed of one name, with numbers above `after`, in order."""
    keys = conn.execute(_KEYS, {"after": f"{_SEALED}{dev} {after + 1:016x}", "end": f"{_SEALED}{dev}~",
                                "most": -1}).scalars().all()
    for key in keys:   # one after another: all of it at once may be much
        kept = json.loads(conn.execute(_SETTING, {"at_key": key}).scalar_one())
        yield Sealed(base64.b64decode(kept["body"]), [(last, code) for last, code in kept["groups"]])


def _drop_old(conn: Connection, now: datetime) -> None:
    """Two of each a time: none piles up, and nobody looks through them all."""
    old = f"{now - timedelta(days=vouched.DAYS):%Y%m%d}"
    for kind in (_SEALED, vouched.WITNESS):
        for key in conn.execute(_KEYS, _all_of(kind) | {"most": 2}).scalars().all():
            if key.rsplit(" ", 1)[1] < old:
                conn.execute(delete(local.setting).where(local.setting.c.key == key))


def _all_of(kind: str) -> dict[str, Any]:
    return {"after": kind, "end": f"{kind}~", "most": -1}


_C = local.setting.c
_KEYS = select(_C.key).where(_C.key > bindparam("after"), _C.key < bindparam("end")).order_by(_C.key).limit(
    bindparam("most"))
_SETTING = select(local.setting.c.value).where(local.setting.c.key == bindparam("at_key"))
_NUMBERS = select(local.change.c.dev, local.change.c.seq).where(
    local.change.c.type == bindparam("at_type"), local.change.c.uid == bindparam("at_uid"),
    local.change.c.sample.is_(None)).order_by(local.change.c.seq)
_REFUSED = select(local.verdict.c.dev, local.verdict.c.seq).where(
    local.verdict.c.type == bindparam("at_type"), local.verdict.c.uid == bindparam("at_uid"))
