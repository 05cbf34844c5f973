"""The lease of a desk that belongs to a hub: so many days after its last contact it opens only with an unlock code.

Looked at when a desk is opened, never while it is open. A desk without a hub has none.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any, Final

from kanto_desk.db.store import Store
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.sync.client import known_hub, millis
from kanto_desk.sync.contact import LEASE, OFF, newest_stamp, seen, true_time
from kanto_desk.sync.orders import CHALLENGE_DIGITS, DAY_MS, digits, unlock_code

FIELD: Final = "unlock_code"


class LeaseOver(Trouble):
    """The desk opens only with an unlock code. `challenge` is what the secretariat has to be told."""

    def __init__(self, challenge: str, days: int) -> None:
        super().__init__(tr("{days}日のあいだ同期していないため、解除コードが要ります。", days=days),
                         tr("記録はそのままです。"),
                         tr("事務局に電話で番号 {challenge} を伝え、解除コードを聞いて入れます。", challenge=challenge))
        self.challenge = challenge


def days_left(store: Store) -> int | None:
    """Days until this desk asks for a code, begun ones counted; 0 or less when it is over, None without a lease."""
    lease = store.setting(LEASE)
    return None if not lease else -((_now(store, lease) - _until(store, lease)) // DAY_MS)


def need(store: Store, code: str = "") -> None:
    """Let a desk be opened, or not. Raises LeaseOver without a code, Refused (`unlock_code`) for a wrong one.

    The newest time seen since the last contact counts, so that a clock set back opens nothing; at a contact the hub's
    time does, so that a clock that was ahead once closes nothing. A right code opens it as a contact would.
    """
    lease = store.setting(LEASE)
    if not lease:
        return
    lease, put_right = seen(lease, millis(store.clock))
    now = _now(store, lease)
    if now < _until(store, lease):
        if put_right or now >= lease.get("newest", 0) + OFF:
            with suppress(Trouble):   # a disk that takes nothing is told elsewhere
                store.set_setting(LEASE, {**lease, "newest": now, "challenge": ""})
        return
    challenge = lease.get("challenge") or f"{secrets.randbelow(10 ** CHALLENGE_DIGITS):0{CHALLENGE_DIGITS}}"
    if challenge != lease.get("challenge"):
        store.set_setting(LEASE, {**lease, "newest": now, "challenge": challenge})
    if not code:
        raise LeaseOver(challenge, lease["days"])
    dev = lease.get("dev") or f"{store.device()[0]:016x}"
    if not secrets.compare_digest(digits(code), unlock_code(lease["secret"], dev, challenge)):
        raise Refused(tr("解除コードが違います。番号 {challenge} を事務局にもう一度伝えます。", challenge=challenge),
                      FIELD)
    store.set_setting(LEASE, {**lease, "newest": now, "challenge": "", "until": now + lease["days"] * DAY_MS})


def _until(store: Store, lease: dict[str, Any]) -> int:
    return int(max(_heard(store, lease) + lease["days"] * DAY_MS, lease.get("until", 0)))


def _heard(store: Store, lease: dict[str, Any]) -> int:
    known = known_hub(store)
    return int(known.heard if known else lease.get("heard", 0))


def _now(store: Store, lease: dict[str, Any]) -> int:
    """The newest time seen since the last contact, in hub time: the clock's, a stamp's, an opening's or its own."""
    met = lease.get("met")
    with store.read() as conn:
        stamp = newest_stamp(conn)
    readings = [millis(store.clock)] + ([stamp] if not met or stamp > met["stamp"] + OFF else [])
    return int(max(_heard(store, lease), lease.get("newest", 0), *(true_time(at, met) for at in readings)))
