"""Recovery keys that laptops left with the secretariat: sealed, one for each, read out by a command of the server.

They are sealed to a key of the hub's folder that stands in no backup: neither a dump of the database nor a backup opens
one of them. A hub made anew from a backup has none, and every laptop leaves a new one at its next sync.

A laptop that is stopped loses its own here: it is stopped because it was lost, and whoever has it must not get in by a
telephone call. One that may be a copy keeps it: what was written on either lies there alone, and its owner may be the
one who forgot the passphrase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import pyrage
from sqlalchemy import Connection, delete, select, text

from kanto_desk.db import recovery_key
from kanto_desk.db.disk import write_atomically
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import accounts
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import Hub, put_value, value_of, values_of
from kanto_desk.i18n import tr
from kanto_desk.sync.escrow_wire import Key
from kanto_desk.sync.wire import Garbled

ESCROW_KEY: Final = "escrow.key"
"""The age identity, in the folder of a hub; in no backup."""

MOST_SEALED: Final = 4096
"""Bytes; a key of 44 characters comes to a tenth of it."""
_KEPT: Final = "escrow "
_LOCK: Final = 20143   # of PostgreSQL: two processes must not make different keys


@dataclass(frozen=True, slots=True)
class ReadOut:
    """A key as it is read out, when it was left (ISO), and whether its laptop may be a copy."""

    key: str
    at: str
    doubtful: bool


def recipient_of(hub: Hub) -> str:
    """The age recipient to which laptops seal; its identity is made when there is none."""
    file = hub.folder / ESCROW_KEY
    if not file.exists():
        with hub.write() as conn:
            if hub.is_postgresql:
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if not file.exists():
                write_atomically(file, f"{pyrage.x25519.Identity.generate()}\n".encode())
    return str(_identity(hub).to_public())


def keep(hub: Hub, conn: Connection, dev: str, sealed: bytes, now: datetime) -> None:
    """Keep what a laptop sealed, in the place of what it left before. Raises Garbled for what is no key of it."""
    if len(sealed) > MOST_SEALED:
        raise Garbled("escrow")
    _opened(hub, dev, sealed)   # what nobody could read out later is not said to be kept
    put_value(conn, f"{_KEPT}{dev}", {"sealed": sealed.hex(), "at": now.isoformat()})
    accounts.note(conn, dev, "recovery key left", now, device=dev)


def drop(conn: Connection, dev: str, now: datetime) -> bool:
    """Keep none of a laptop any more; gives whether there was one."""
    found = conn.execute(delete(t.hub).where(t.hub.c.key == f"{_KEPT}{dev}")).rowcount > 0
    if found:
        accounts.note(conn, dev, "recovery key dropped", now, device=dev)
    return found


def left_by(conn: Connection, devs: Iterable[str]) -> dict[str, str]:
    """Laptop → when it left its key (ISO), for those that did."""
    found = values_of(conn, [f"{_KEPT}{dev}" for dev in devs])
    return {key.removeprefix(_KEPT): str(kept["at"]) for key, kept in found.items()}


def read_out(hub: Hub, conn: Connection, dev: str, now: datetime) -> ReadOut:
    """The key of a laptop; the audit log notes that it was read, in the caller's transaction.

    Raises Refused for a laptop that is unknown, stopped or left none, Trouble where the key of this folder opens
    nothing.
    """
    state = conn.execute(select(t.device.c.state).where(t.device.c.dev == dev)).scalar()
    if state is None:
        raise Refused(tr("このパソコンは登録されていません：{device}（hub devices で確かめます）", device=dev),
                      "device")
    if state == "revoked":
        raise Refused(tr("このパソコンは使用を止めてあるため、回復用の鍵は残していません。"), "device")
    kept = value_of(conn, f"{_KEPT}{dev}")
    if kept is None:
        raise Refused(tr("このパソコンは、回復用の鍵を預けていません。紙に控えた鍵があれば、それで開けます。"),
                      "device")
    try:
        key = _opened(hub, dev, bytes.fromhex(kept["sealed"]))
    except Garbled as error:
        raise Trouble(tr("預かった回復用の鍵を開けません。"), tr("何も変わっていません。"),
                      tr("この同期先のフォルダーに、前の {file} を戻します。"
                         "無いときは、パソコンの側でもう一度預けます。",
                         file=ESCROW_KEY)) from error
    accounts.note(conn, "hub", "recovery key read", now, device=dev)
    return ReadOut(key, str(kept["at"]), state == "cloned")


def _identity(hub: Hub) -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str((hub.folder / ESCROW_KEY).read_text("ascii").strip())


def _opened(hub: Hub, dev: str, sealed: bytes) -> str:
    """The key that is sealed there. Raises Garbled for other content, another laptop's or another hub's."""
    try:
        found = msgspec.json.decode(pyrage.decrypt(sealed, [_identity(hub)]), type=Key)
        recovery_key.typed(found.key)
    except (pyrage.DecryptError, FileNotFoundError, ValueError, Refused) as error:
        raise Garbled("escrow") from error
    if found.dev != dev:
        raise Garbled("escrow")
    return found.key
