"""How a hub stands: counts for the command line, the page and the metrics. Numbers and states, no text of records."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, select, text

from kanto_desk.hub import contested, files_left
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import DATABASE, Hub, last_number, pairs, value_of
from kanto_desk.hub.whose import apart

LEAST_ROOM: Final = 64 << 20
"""Bytes below which a hub says that it is not ready: a batch and its journal must find room."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of now. `bytes` is the size of the database, `free` the room left on the hub's disk.

    `unsent` is what computers in use said that they still had to send when they last synced, `last_contact` (ISO) when
    the newest of these syncs was. `files_left`: photos and files that lie on one of them alone, and their bytes.
    """

    name: str
    epoch: str
    number: int
    devices: dict[str, int]
    conflicts: int
    held: int
    refused: int
    bytes: int
    free: int
    backup: dict[str, Any] | None
    backup_seconds: float
    unsent: int
    last_contact: str | None
    files_left: int
    files_left_bytes: int


def overview_of(hub: Hub, conn: Connection) -> Overview:
    """How the hub stands in what this transaction sees."""
    d, r, a = t.device.c, t.received.c, t.audit.c
    states = {"active": 0, "revoked": 0, "cloned": 0}
    states.update(pairs(conn, select(d.state, func.count()).group_by(d.state)))
    verdicts = pairs(conn, select(r.verdict, func.count()).where(r.verdict.is_not(None)).group_by(r.verdict))
    last = conn.execute(select(t.audit).where(a.what == "backup").order_by(a.n.desc()).limit(1)).one_or_none()
    backup = {"at": last.at, **json.loads(last.detail)} if last else None
    seen = conn.execute(select(d.dev, d.seen_at, d.seen).where(
        d.state == "active", d.seen_at.is_not(None))).all()
    files = files_left.of(conn, [x.dev for x in seen]).values()
    return Overview(
        value_of(conn, "name", ""), value_of(conn, "epoch", ""), last_number(conn, "n"), states,
        max(0, contested.count(conn) - apart(conn)),
        int(verdicts.get("held", 0)), int(verdicts.get("refused", 0)), _bytes(hub, conn),
        shutil.disk_usage(hub.folder).free, backup,
        datetime.fromisoformat(last.at).timestamp() if last else 0.0,
        sum(int(json.loads(x.seen or "{}").get("unsent", 0)) for x in seen),
        max((str(x.seen_at) for x in seen), default=None), sum(n for n, _ in files), sum(size for _, size in files))


def is_ready(hub: Hub) -> str:
    """Empty when the hub can take changes, else a word for what is missing."""
    with hub.read() as conn:
        if not value_of(conn, "epoch"):
            return "database"
    return "disk" if shutil.disk_usage(hub.folder).free < LEAST_ROOM else ""


def _bytes(hub: Hub, conn: Connection) -> int:
    if hub.is_postgresql:
        return int(conn.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return sum(file.stat().st_size for file in hub.folder.glob(f"{DATABASE}*"))
