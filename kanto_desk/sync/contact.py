"""What a contact with the hub says about the time here: the hub's clock is right, whatever this one ever showed."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from kanto_desk.db import local
from kanto_desk.db.stamps import millis_of
from kanto_desk.db.store import put_setting, setting_in
from kanto_desk.sync.orders import DAY_MS

LEASE: Final = "hub_lease"
"""Setting: days, secret, the newest time seen and the challenge that is open (`kanto_desk.services.lease`).

After a contact that found the clock or the stamps off, `met`: `hub`, `clock` and `stamp`, in ms, as of that contact.
Between two lines, `dev` and `heard` of the one that it was given to."""

OFF: Final = 60 * 60 * 1000
"""ms by which a clock may differ before it is looked at; a lease counts days."""


def newest_stamp(conn: Connection) -> int:
    """The time of the newest stamp here, in ms."""
    return millis_of(int(conn.execute(_NEWEST).scalar_one(), 16))


_NEWEST = select(local.device.c.hlc)


def noted(lease: dict[str, Any], hub: int, clock: int, stamp: int) -> dict[str, Any]:
    """The lease after a contact, all in ms: what was seen before counts no more, what was off is kept beside it.

    A stamp stays ahead where the clock once was, so that only a later one says anything about the time.
    """
    out = {name: value for name, value in lease.items() if name not in {"met", "newest", "until", "challenge"}}
    if abs(clock - hub) > OFF or stamp > hub + OFF:
        out["met"] = {"hub": hub, "clock": clock, "stamp": stamp}
    return out


def note(conn: Connection, hub: int, clock: int) -> None:
    """Keep what a contact says about the time, where a lease is and anything was off; in the caller's transaction."""
    lease = setting_in(conn, LEASE)
    if not lease:
        return
    after = noted(lease, hub, clock, newest_stamp(conn))
    ahead = max(lease.get("newest", 0), lease.get("until", 0) - int(lease["days"]) * DAY_MS) > hub + OFF
    if ahead or "met" in after or "met" in lease:
        put_setting(conn, LEASE, after)


def seen(lease: dict[str, Any], clock: int) -> tuple[dict[str, Any], bool]:
    """The lease at an opening, and whether it has to be kept: a clock that was ahead and was put right stays right.

    Without it that clock would count as ahead once more as soon as it shows again what it showed at the contact.
    """
    met = lease.get("met")
    if not met or not met["hub"] + OFF < met["clock"] or _goes_on(clock, met):
        return lease, False
    return {**lease, "met": {**met, "clock": met["hub"]}}, True


def true_time(reading: int, met: dict[str, int] | None) -> int:
    """What a reading of this laptop's clock means in hub time, by the contact before it; all in ms.

    A clock that was ahead and has gone on from there is as far ahead still; one that shows less was put right, and is
    taken at its word, as is one that was behind and shows more than the hub did: setting it back wins nothing.
    """
    if not met:
        return reading
    return reading - met["clock"] + met["hub"] if _goes_on(reading, met) else reading


def _goes_on(reading: int, met: dict[str, int]) -> bool:
    return reading > met["clock"] - OFF if met["clock"] > met["hub"] else reading < met["hub"]
