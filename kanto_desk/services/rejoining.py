"""A desk of a hub that went back to a backup: another line at the hub, the same lease, the same order to forget.

The hub has every number of the old line with what the desk wrote under it before it went back; what is written from
now on would count as sent.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from kanto_desk.clock import Clock
from kanto_desk.db import driver, last_visits, local
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.folder import DataFolder
from kanto_desk.db.keys import DataKey
from kanto_desk.db.store import Store, put_setting
from kanto_desk.errors import Trouble
from kanto_desk.services import forgetting
from kanto_desk.services.desk import BROUGHT_BACK, Desk
from kanto_desk.services.syncing import LEFT, ORDER, RESTORED
from kanto_desk.sync.client import known_hub
from kanto_desk.sync.contact import LEASE
from kanto_desk.sync.orders import is_ordered
from kanto_desk.sync.renewing import rename, renew


@dataclass(frozen=True, slots=True)
class Line:
    """What the records to be replaced know of their hub: whose line it is, up to which number the hub has it."""

    dev: str
    acked: int
    heard: int
    lease: dict[str, Any] | None
    ordered: bool


def line_of(folder: DataFolder, key: DataKey, clock: Clock) -> Line | None:
    """The line of the present records; None where they cannot be read or belong to no hub."""
    if not folder.records.exists() or not folder.records.stat().st_size:
        return None
    engine = make_engine(folder.records, key.subkey(folder.records.name))
    try:
        with suppress(Trouble, DBAPIError, driver.Error, OSError):
            store = Store(engine, clock)
            known, order, dev = known_hub(store), store.setting(ORDER), f"{store.device()[0]:016x}"
            lease = store.setting(LEASE)
            if known is not None or lease:
                return Line(dev, known.acked if known else 0, known.heard if known else 0, lease,
                            bool(known and order and known.signing and is_ordered(known.signing, dev, str(order))))
    finally:
        engine.dispose()
    return None


def to_do(before: Line | None) -> dict[str, str]:
    """The settings by which a backup in place tells that it has no line of its own yet, and what stood there before."""
    return {BROUGHT_BACK: json.dumps(asdict(before) if before is not None else {}, ensure_ascii=False)}


def finish(desk: Desk) -> None:
    """Go on where a restore was killed after the backup was in place: no write goes under its old line.

    Raises Forgotten as `go_on` does.
    """
    left = desk.store.setting(BROUGHT_BACK)
    if left is not None and desk.store.read_only is None:
        go_on(desk, Line(**left) if left else None)
        with desk.store.write() as conn:
            last_visits.rebuild(conn)


def go_on(desk: Desk, before: Line | None) -> None:
    """Give a desk just restored another line, before its first write; `before`: of the records that it replaced.

    What the hub had by then is not sent again. It has to join anew, which the secretariat decides. All or nothing.
    Raises Forgotten where the backup itself holds the order.
    """
    store = desk.store
    if forgetting.is_due(desk):
        raise forgetting.obey(desk)
    known, lease = known_hub(store), store.setting(LEASE)
    if known is None and not lease and before is None:
        rename(store, _done)
        return
    dev = f"{store.device()[0]:016x}"
    same = before is not None and before.dev == dev
    renew(store, max(known.acked if known else 0, before.acked) if before is not None and same else None,
          new_part=True, also=lambda conn: _left(conn, before))


def _left(conn: Connection, before: Line | None) -> None:
    lease = conn.execute(select(local.setting.c.value).where(local.setting.c.key == LEASE)).scalar()
    newest = _newer(json.loads(lease) if lease else None, before)
    if newest is not None:
        put_setting(conn, LEASE, newest)
    put_setting(conn, LEFT, RESTORED)
    _done(conn)


def _done(conn: Connection) -> None:
    put_setting(conn, BROUGHT_BACK, None)


def _newer(lease: dict[str, Any] | None, before: Line | None) -> dict[str, Any] | None:
    """The lease that goes on: that of the replaced records, which have seen more of the time than the backup."""
    if before is None or not before.lease:
        return lease
    own = lease or {}
    heard = max(before.heard, before.lease.get("heard", 0), own.get("heard", 0))
    return {**before.lease, "dev": before.lease.get("dev", before.dev), "heard": heard,
            "newest": max(before.lease.get("newest", 0), own.get("newest", 0))}
