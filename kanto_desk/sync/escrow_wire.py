"""The message by which a laptop leaves a recovery key with its hub, or takes it back."""

from __future__ import annotations

from typing import Final

import msgspec

PATH: Final = "/escrow"


class Escrow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recovery key, or with `drop` the wish that none is kept; without either the question to whom it is sealed.

    `sealed`: age for the recipient that the hub tells, over the JSON of a `Key`. A server on the way that ends TLS
    reads nothing of it.
    """

    v: int
    sealed: bytes = b""
    drop: bool = False


class Key(msgspec.Struct, frozen=True):
    """What is sealed: the key as it is printed, and whose it is, so that two of them cannot be exchanged unseen."""

    dev: str
    key: str


class Escrowed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The hub's answer: the age recipient of its keys, and whether it keeps one of this laptop."""

    v: int
    recipient: str
    kept: bool = False
