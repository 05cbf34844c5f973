"""Brings the recovery key of this desk to its hub, or the wish that none is kept there; after a sync."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pyrage

from kanto_desk.services.carrying import Links, to_hub
from kanto_desk.services.desk import Desk
from kanto_desk.services.escrow import ESCROW, OLD_HUB
from kanto_desk.sync.client import Exchange, Known, NotAnswered, Stopped, Wait, known_hub
from kanto_desk.sync.escrow_wire import PATH, Escrow, Escrowed, Key
from kanto_desk.sync.wire import VERSION, Garbled


def carry(desk: Desk, link: Links = to_hub, wait: Wait = time.sleep) -> None:
    """Leave the key, a new one or none, as it was wished; says nothing to the hub where that is done already.

    A hub that does not answer, or cannot keep keys, leaves it for the next sync: `escrow.state` tells. Raises Trouble
    where this laptop's own disk takes nothing.
    """
    store, known = desk.store, known_hub(desk.store)
    kept = dict(store.setting(ESCROW) or {})
    if known is None or not kept or not desk.protected or _is_there(kept, known, _dev(desk)):
        return
    made = link(known.url, known.ca)
    try:
        exchange = Exchange(store, made, known, wait)
        if not kept["wanted"]:
            exchange.ask(PATH, Escrow(VERSION, drop=True), Escrowed)
            store.set_setting(ESCROW, None)
        else:
            _leave(desk, exchange, kept, known)
    except NotAnswered as no:
        why = OLD_HUB if no.status == 404 else no.problem.reason
        store.set_setting(ESCROW, (store.setting(ESCROW) or kept) | {"why": why})
    except (OSError, Garbled, Stopped):
        return
    finally:
        close = getattr(made, "close", None)
        if close is not None:
            close()


def _leave(desk: Desk, exchange: Exchange, kept: dict[str, Any], known: Known) -> None:
    store, dev = desk.store, _dev(desk)
    recipient = exchange.ask(PATH, Escrow(VERSION), Escrowed).recipient   # before a key is made: an old hub needs none
    if not kept.get("key") or kept.get("renew"):
        way, key = desk.keys.new_escrow_key(desk.key)
        kept = {**kept, "way": way, "key": key}
        kept.pop("renew", None)
        store.set_setting(ESCROW, kept)   # the same one again if the answer goes astray
    sealed = pyrage.encrypt(msgspec.json.encode(Key(dev, kept["key"])), [pyrage.x25519.Recipient.from_str(recipient)])
    exchange.ask(PATH, Escrow(VERSION, sealed), Escrowed)
    now = store.setting(ESCROW) or {}
    if now.get("wanted") and now.get("way") == kept["way"]:   # not taken back meanwhile
        desk.keys.keep_escrow_key(kept["way"])
        store.set_setting(ESCROW, {"wanted": True, "epoch": known.epoch, "dev": dev, "at": store.clock().isoformat(),
                                   **({"renew": True} if now.get("renew") else {})})


def _is_there(kept: dict[str, Any], known: Known, dev: str) -> bool:
    """Whether the hub has what was wished: one that went back to a backup, or another one, has not."""
    return bool(kept["wanted"] and not kept.get("renew") and not kept.get("key")
                and (kept.get("epoch"), kept.get("dev")) == (known.epoch, dev))


def _dev(desk: Desk) -> str:
    return f"{desk.store.device()[0]:016x}"
