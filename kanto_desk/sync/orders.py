"""What a hub and a laptop agree on for the day the laptop is lost: the signed order to wipe, and the unlock code.

Pure: bytes in, bytes out. The lease is policy, not cryptography (DECISIONS 24): whoever can copy the folder and knows
the passphrase can read it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LEASE_DAYS: Final = 30
"""So many days after its last contact a laptop opens without a code; the hub may set another number."""

CODE_DIGITS: Final = 10
CHALLENGE_DIGITS: Final = 6
DAY_MS: Final = 86_400_000


def wipe_order(key: Ed25519PrivateKey, dev: str, time: int) -> str:
    """The hub's order to one laptop to forget its records; `time` is the hub's, in ms."""
    return f"{time}.{base64.b64encode(key.sign(_said(dev, str(time)))).decode()}"


def is_ordered(public: str, dev: str, order: str) -> bool:
    """Whether the hub with this public key (base64) ordered this laptop to wipe. Nobody else can make one forget."""
    time, _, signature = order.partition(".")
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True)).verify(
            base64.b64decode(signature, validate=True), _said(dev, time))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return bool(time)


def unlock_secret(master: str, dev: str) -> str:
    """The secret that one laptop shares with its hub, from the hub's own; given to the laptop when it is enrolled."""
    return hmac.new(bytes.fromhex(master), b"unlock " + dev.encode(), hashlib.sha256).hexdigest()


def unlock_code(secret: str, dev: str, challenge: str) -> str:
    """The digits that open a laptop whose lease is over, for the digits that it shows; read out on the telephone."""
    told = hmac.new(bytes.fromhex(secret), f"{dev} {digits(challenge)}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(told[:8], 'big') % 10 ** CODE_DIGITS:0{CODE_DIGITS}}"


def digits(text: str) -> str:
    """The digits of what somebody typed, full-width ones too."""
    return "".join(str(int(c)) for c in text if c.isdecimal())


def _said(dev: str, time: str) -> bytes:
    return f"kanto-desk wipe 1\n{dev}\n{time}".encode()
