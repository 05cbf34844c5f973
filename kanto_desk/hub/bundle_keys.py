"""The hub's keys for bundles: an age identity that opens them and an Ed25519 key that signs its own; made when missing.

They lie in the hub's folder beside its certificate authority and belong into its backup: without them no bundle made
for this hub can be opened any more.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from kanto_desk.db.disk import write_atomically
from kanto_desk.hub.opening import Hub
from kanto_desk.sync import signing
from kanto_desk.sync.bundle import hub_name

SEALING_FILE, SIGNING_FILE = "bundle-sealing.key", "bundle-signing.key"
_LOCK = 20142   # of PostgreSQL: two processes must not make different keys


@dataclass(frozen=True, slots=True)
class BundleKeys:
    """`sealing` are age identities, the newest first; former ones still open what was sealed to them."""

    sealing: tuple[str, ...]
    signing: Ed25519PrivateKey

    @property
    def recipients(self) -> str:
        """The age recipients to which a laptop seals: that of the newest identity."""
        return str(pyrage.x25519.Identity.from_str(self.sealing[0]).to_public())

    @property
    def public(self) -> str:
        """The public signing key, base64."""
        return base64.b64encode(self.signing.public_key().public_bytes_raw()).decode()

    @property
    def name(self) -> str:
        """How the hub is named in the open head of a bundle."""
        return hub_name(self.public)


def keys_of(hub: Hub) -> BundleKeys:
    """The keys of a hub; made when there are none."""
    sealing, key = hub.folder / SEALING_FILE, hub.folder / SIGNING_FILE
    if not (sealing.exists() and key.exists()):
        with hub.write() as conn:
            if hub.is_postgresql:
                conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            if not sealing.exists():
                write_atomically(sealing, f"{pyrage.x25519.Identity.generate()}\n".encode())
            if not key.exists():
                write_atomically(key, f"{signing.key_text(signing.new_key())}\n".encode())
    return BundleKeys(tuple(sealing.read_text("ascii").split()), signing.key_of(key.read_text("ascii")))


def public_of(hub: Hub) -> tuple[str, str]:
    """What laptops are told: recipients to seal to, and the key that signs the hub's own bundles."""
    keys = keys_of(hub)
    return keys.recipients, keys.public
