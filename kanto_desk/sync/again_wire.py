"""The message by which a laptop brings back what it sent once and no push sends any more (`kanto_desk.sync.again`)."""

from __future__ import annotations

from typing import Final

import msgspec

from kanto_desk.sync.wire import Vouched, WireChange

PATH: Final = "/again"


class Again(msgspec.Struct, frozen=True, omit_defaults=True):
    """Changes of one name of this laptop that a hub accepted once, with the codes that say so; the hub may have them.

    `sealed`: ages for the hub's key, each of them zstd over a JSON list of changes, of rows that were forgotten since.
    """

    v: int
    dev: str
    changes: list[WireChange] = []
    """On the desk's side `StoredChange`s, which look the same on the wire."""
    sealed: list[bytes] = []
    vouched: list[Vouched] = []
    forgot: bool = False
    """The laptop has forgotten rows: its own are no longer surely there."""


class Took(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of it: how many changes the hub had lacked."""

    v: int
    epoch: str
    new: int = 0
