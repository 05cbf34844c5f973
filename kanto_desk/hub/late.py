"""What a laptop brings back after this hub went back to a backup, behind its line or under another of its names.

Sealed to this hub, for the laptop had to forget it; or sent before it bore the name that it bears now. Under another
name only what a code proves is taken (`kanto_desk.hub.vouching`): nobody asks whose name it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pyrage
from sqlalchemy import Connection, select

from kanto_desk.hub import accounts, resending, vouching
from kanto_desk.hub import tables as t
from kanto_desk.hub.accepting import accept
from kanto_desk.hub.accounts import Laptop
from kanto_desk.hub.bundle_keys import keys_of
from kanto_desk.hub.opening import Hub
from kanto_desk.sync.again_wire import Again
from kanto_desk.sync.wire import MOST_CHANGES, MOST_UNPACKED, Garbled, WireChange, unpacked

_ALL: Final = (1 << 63) - 1


def take(hub: Hub, conn: Connection, laptop: Laptop, asked: Again) -> int:
    """Take in what is lacking, in the caller's transaction; gives how many changes. Raises Garbled."""
    if len(asked.dev) != 16 or len(asked.changes) > MOST_CHANGES:
        raise Garbled("size")
    if asked.forgot and not laptop.forgot:
        accounts.note_forgetting(conn, laptop.dev)
    came = {c.seq: c for c in (*_opened(hub, asked), *asked.changes)}
    if any(c.dev != asked.dev for c in came.values()):
        raise Garbled("name")
    changes = [came[seq] for seq in sorted(came)]
    proven = vouching.proven(conn, asked.dev, laptop.body, changes, asked.vouched) if changes else {}
    author = laptop.reader
    if asked.dev != laptop.dev:
        changes = [c for c in changes if c.seq in proven]
        person = conn.execute(select(t.device.c.person).where(t.device.c.dev == asked.dev)).scalar()
        author = replace(author, person=person) if person else author
    there = resending.held_of(conn, asked.dev, [c.seq for c in changes])
    changes = [c for c in changes if c.seq not in there]
    if not changes:
        return 0
    resending.note_late(conn, asked.dev, changes[-1].seq)
    accept(conn, asked.dev, author, laptop.body, 0, changes, hub.clock().isoformat(), hub.steps, proven, _ALL,
           late=True)
    return len(changes)


def _opened(hub: Hub, asked: Again) -> list[WireChange]:
    """What was sealed to this hub; what was sealed to another one, or is damaged, is passed over."""
    if not asked.sealed:
        return []
    keys = [pyrage.x25519.Identity.from_str(k) for k in keys_of(hub).sealing]
    out: list[WireChange] = []
    for body in asked.sealed[:MOST_CHANGES]:
        try:
            out += unpacked(pyrage.decrypt(body, keys), list[WireChange], MOST_UNPACKED)
        except (pyrage.DecryptError, Garbled):
            continue
    return out
