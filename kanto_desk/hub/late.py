"""What a laptop brings back after this hub went back to a backup, behind its line or under another of its names.

Sealed to this hub, for the laptop had to forget it; or sent before it bore the name that it bears now. Under another
name only what a code proves is taken (`kanto_desk.hub.vouching`): nobody asks whose name it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pyrage
from msgspec import structs
from sqlalchemy import Connection, select

from kanto_desk.hub import accounts, resending, vouching
from kanto_desk.hub import tables as t
from kanto_desk.hub.accepting import accept
from kanto_desk.hub.accounts import Laptop
from kanto_desk.hub.bundle_keys import keys_of
from kanto_desk.hub.opening import Hub
from kanto_desk.sync.again_wire import Again
from kanto_desk.sync.wire import MOST_CHANGES, MOST_UNPACKED, Garbled, WireChange, content_hash, unpacked

_ALL: Final = (1 << 63) - 1

MOVED: Final = 1 << 40
"""Numbers from here on are those of changes whose own ones were taken by others meanwhile."""


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
    lacking = [c for c in changes if c.seq not in there]
    moved = _moved(conn, asked.dev, [c for c in changes if c.seq in there and c.seq in proven])
    if not lacking and not moved:
        return 0
    if lacking:
        resending.note_late(conn, asked.dev, lacking[-1].seq)
    if moved:   # the laptop that bears this name now has no such rows, though every stamp in them is its own
        accounts.note_forgetting(conn, asked.dev)
    bodies = {**proven, **{new.seq: proven[old] for old, new in moved}}
    accept(conn, asked.dev, author, laptop.body, 0, [*lacking, *(new for _, new in moved)], hub.clock().isoformat(),
           hub.steps, bodies, _ALL, late=True)
    return len(lacking) + len(moved)


def _moved(conn: Connection, dev: str, changes: Sequence[WireChange]) -> list[tuple[int, WireChange]]:
    """Changes accepted once whose numbers hold others now, by a copy of the folder that came first after a restore.

    Each with its number of then, under one that no laptop reaches; who wrote it, and when, is told by its stamp.
    """
    if not changes:
        return []
    c = t.received.c
    of_dev = select(c.seq, c.hash, c.hlc).where(c.dev == dev)
    hashes = {r.seq: bytes(r.hash) for r in conn.execute(of_dev.where(c.seq.in_([x.seq for x in changes])))}
    others = [x for x in changes if hashes[x.seq] != content_hash(x)]
    if not others:
        return []
    before = conn.execute(of_dev.where(c.seq >= MOVED)).all()
    there = {r.hlc for r in before}
    free = max((r.seq for r in before), default=MOVED - 1) + 1
    return [(x.seq, structs.replace(x, seq=n)) for n, x in enumerate((x for x in others if x.hlc not in there), free)]


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
