"""The recovery key that this desk leaves with the secretariat: the wish, and how far it is. Knows no message.

It is another one than the key on paper: leaving it, renewing it and taking it back leave the paper valid, and a key
that is taken back opens nothing from that moment on, whatever a hub still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kanto_desk.db.local import HUB
from kanto_desk.db.store import Store

if TYPE_CHECKING:
    from kanto_desk.services.desk import Desk

ESCROW: Final = "recovery_key_left"
"""Setting, in the encrypted store: `wanted`; `way` and `key` of a key that is on its way (gone once it is there); `at`
(ISO), `epoch` and `dev` under which the hub has one; `renew`: it gets another one; `why` the hub took none."""

OLD_HUB: Final = "old"
"""`why`: the hub knows no such message."""


@dataclass(frozen=True, slots=True)
class Left:
    """How it stands. `at` (ISO): since when the hub has one, None while it has none; `why`: why it took none."""

    wanted: bool
    joined: bool
    at: str | None
    why: str = ""


def state(store: Store) -> Left:
    """How it stands with the key at the secretariat."""
    kept, joined = _kept(store), store.setting(HUB) is not None
    here = kept.get("wanted", False)
    return Left(here, joined, kept.get("at") if here else None, kept.get("why", "") if here else "")


def want(desk: Desk) -> None:
    """The key goes to the secretariat with the next sync, another one if it has one. Refused while this lies open."""
    desk.need_passphrase()
    kept = _kept(desk.store)
    desk.store.set_setting(ESCROW, kept | {"wanted": True, "why": ""} | ({"renew": True} if kept.get("at") else {}))


def take_back(desk: Desk) -> None:
    """The key at the secretariat opens nothing any more; the hub hears it with the next sync."""
    desk.keys.keep_escrow_key("")
    desk.store.set_setting(ESCROW, {"wanted": False} if _kept(desk.store) else None)


def renew(store: Store) -> None:
    """Another key takes the place of the one at the secretariat, with the next sync; until then that one still opens.

    When the key on paper is renewed, and after a key was read out.
    """
    kept = _kept(store)
    if kept.get("wanted"):
        store.set_setting(ESCROW, kept | {"renew": True})


def _kept(store: Store) -> dict[str, Any]:
    return dict(store.setting(ESCROW) or {})


def is_told(store: Store) -> bool:
    """Whether the hub knows what was wished."""
    kept = _kept(store)
    return not kept or bool(kept.get("at") and not kept.get("renew") and not kept.get("key"))
