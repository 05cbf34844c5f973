"""Requests signed by the laptop itself (DECISIONS 21): no sign-in trip, no token to steal, a repeat is noticed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

DEVICE: Final = "x-kd"
TIME: Final = "x-kt"
NONCE: Final = "x-kn"
SIGNATURE: Final = "x-ks"
"""Names of headers; short, as they are a part of every edit that travels."""

FORMER: Final = {DEVICE: "x-kanto-device", TIME: "x-kanto-time", NONCE: "x-kanto-nonce", SIGNATURE: "x-kanto-signature"}
"""The names that laptops before them still say."""

MOST_SKEW_MS: Final = 5 * 60 * 1000
"""A request whose time is further from the hub's is asked for again with the hub's time."""


_NONCE_BYTES: Final = 9
"""Of a nonce: it need not repeat among one laptop's requests of ten minutes, and travels with every edit."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signed part of a request as it arrived."""

    dev: str
    time: int
    nonce: str
    signature: bytes


def new_key() -> Ed25519PrivateKey:
    """A key for signing."""
    return Ed25519PrivateKey.generate()


def key_text(key: Ed25519PrivateKey) -> str:
    """The private key as text, for the encrypted store."""
    return base64.b64encode(key.private_bytes_raw()).decode()


def key_of(text: str) -> Ed25519PrivateKey:
    """The reverse of `key_text`."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text))


def _said(dev: str, path: str, time: int, nonce: str, epoch: str, body: bytes) -> bytes:
    return "\n".join(("kanto-desk 1", dev, path, str(time), nonce, epoch, hashlib.sha256(body).hexdigest())).encode()


def headers_for(key: Ed25519PrivateKey, dev: str, path: str, time: int, epoch: str, body: bytes) -> dict[str, str]:
    """The headers of a request; `time` is the hub's time in milliseconds as far as the laptop knows it."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    signature = key.sign(_said(dev, path, time, nonce, epoch, body))
    return {DEVICE: dev, TIME: str(time), NONCE: nonce, SIGNATURE: base64.b64encode(signature).decode().rstrip("=")}


def signed_in(headers: Mapping[str, str]) -> Signed | None:
    """The signed part of a request; None if a part is missing or impossible."""
    try:
        dev, time, nonce, text = (headers[n] if DEVICE in headers else headers[FORMER[n]]
                                  for n in (DEVICE, TIME, NONCE, SIGNATURE))
        signed = Signed(dev, int(time), nonce, base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (KeyError, ValueError, binascii.Error):
        return None
    sound = len(signed.dev) == 16 and 8 <= len(signed.nonce) <= 64 and len(signed.signature) == 64
    return signed if sound else None


def is_genuine(public: bytes, signed: Signed, path: str, epoch: str, body: bytes) -> bool:
    """Whether the device with this public key said exactly this."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            signed.signature, _said(signed.dev, path, signed.time, signed.nonce, epoch, body))
    except (InvalidSignature, ValueError):
        return False
    return True
