"""Stamps: when and on which device a value was written, ordered the same everywhere. Pure; no clock is read here.

A stamp is 32 hexadecimal digits: a hybrid logical clock of 64 bits (48-bit milliseconds, 16-bit counter) and the
device's random 64 bits. Text order is stamp order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

COUNTER_BITS = 16
FUTURE_LIMIT_MS = 5 * 60 * 1000
"""Received stamps further ahead than this are kept but never advance the local clock (decision 6)."""

MASTERS_DEVICE = 0
"""The device of shipped rows."""


def stamp(hlc: int, device: int) -> str:
    """The stamp of a clock value and a device id."""
    return f"{hlc:016x}{device:016x}"


def clock_of(stamp_text: str) -> int:
    """The hybrid clock value of a stamp."""
    return int(stamp_text[:16], 16)


def device_of(stamp_text: str) -> int:
    """The device id of a stamp."""
    return int(stamp_text[16:], 16)


def millis_of(hlc: int) -> int:
    """Milliseconds since 1970 in a hybrid clock value."""
    return hlc >> COUNTER_BITS


def tick(last: int, now_ms: int) -> int:
    """The next clock value: the wall clock if it moved on, else one more than the last."""
    return max(last + 1, now_ms << COUNTER_BITS)


def see(last: int, received: int, now_ms: int) -> int:
    """The clock after a received value; values too far in the future do not advance it."""
    if millis_of(received) > now_ms + FUTURE_LIMIT_MS:
        return last
    return max(last, received)


def pack(stamps: Mapping[str, str]) -> str:
    """Field → stamp, as stored beside a row: stamp → names, because most fields share the stamp of their making."""
    if len(set(stamps.values())) == 1:
        return "{" + f'"{next(iter(stamps.values()))}":{_named(tuple(stamps))}' + "}"
    by_stamp: dict[str, list[str]] = {}
    for name in sorted(stamps):
        by_stamp.setdefault(stamps[name], []).append(name)
    return json.dumps({s: " ".join(names) for s, names in by_stamp.items()}, separators=(",", ":"))


@lru_cache(1024)
def _named(names: tuple[str, ...]) -> str:
    return json.dumps(" ".join(sorted(names)))


def unpack(text: str) -> dict[str, str]:
    """The reverse of `pack`."""
    return {name: s for s, names in json.loads(text).items() for name in names.split(" ")}
