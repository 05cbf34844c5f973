"""Laptops that are lost: the order to wipe, unlock codes, and what a copied laptop tried to send."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from kanto_desk.db.disk import write_atomically
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts
from kanto_desk.hub.bundle_keys import keys_of
from kanto_desk.hub.opening import Hub, put_value, value_of
from kanto_desk.i18n import tr
from kanto_desk.sync import orders

QUARANTINE: Final = "quarantine"
_MASTER, _DAYS = "unlock_master", "lease_days"


def order_to_wipe(hub: Hub, dev: str, now_ms: int) -> str:
    """What a laptop that was stopped is answered with."""
    return orders.wipe_order(keys_of(hub).signing, dev, now_ms)


def lease_of(conn: Connection, dev: str) -> tuple[int, str]:
    """Days of the lease, and the secret by which a laptop knows unlock codes; told once, at enrolment."""
    return int(value_of(conn, _DAYS, orders.LEASE_DAYS)), orders.unlock_secret(_master(conn), dev)


def set_lease(conn: Connection, days: int) -> None:
    """Another number of days for laptops that join from now on. Raises Refused below one."""
    if days < 1:
        raise Refused(tr("日数は1以上にします。"), "days")
    put_value(conn, _DAYS, days)


def code_for(conn: Connection, dev: str, challenge: str, now: datetime) -> str:
    """The unlock code for the digits that a laptop shows; noted in the audit log.

    Raises Refused for a laptop that is unknown or not in use, or other than six digits.
    """
    laptop = accounts.laptop_of(conn, dev, now.date())
    if laptop is None:
        raise Refused(tr("このパソコンは登録されていません：{device}", device=dev), "device")
    if laptop.state != "active":
        raise Refused(tr("このパソコンは使用を止めてあるため、解除コードを出しません。"), "device")
    if len(orders.digits(challenge)) != orders.CHALLENGE_DIGITS:
        raise Refused(tr("パソコンに出ている6けたの番号を指定します。"), "challenge")
    accounts.note(conn, "hub", "unlock code", now, device=dev)
    return orders.unlock_code(orders.unlock_secret(_master(conn), dev), dev, challenge)


def quarantine(hub: Hub, dev: str, body: bytes) -> Path:
    """Keep what a copied laptop tried to send, as it came; it is no part of the records until somebody looks."""
    folder = hub.folder / QUARANTINE
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{dev}-{hub.clock():%Y%m%dT%H%M%S}-{secrets.token_hex(2)}.json.zst"
    write_atomically(path, body)
    return path


def _master(conn: Connection) -> str:
    """The hub's own secret; made when there is none, in the caller's write transaction."""
    found = value_of(conn, _MASTER)
    if found is None:
        found = secrets.token_hex(32)
        put_value(conn, _MASTER, found)
    return str(found)
