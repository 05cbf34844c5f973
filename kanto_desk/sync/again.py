"""Bringing back to a hub that went back what no push sends any more: what lies sealed, and what was sent under a former
name of this laptop. The hub knows by its codes that it accepted all of it once, and takes what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final, cast

from sqlalchemy import Connection

from kanto_desk.db.store import Store, setting_in
from kanto_desk.sync import sealed, vouched
from kanto_desk.sync.again_wire import Again
from kanto_desk.sync.outbox import sent_of
from kanto_desk.sync.wire import MOST_BYTES, MOST_CHANGES, VERSION, StoredChange, Vouched, WireChange

_AROUND: Final = 320
_HASHES: Final = 2 * MOST_CHANGES   # of all codes of a message


def messages(store: Store, after: int = 0, *, former: bool = True) -> Iterator[Again]:
    """Everything that is to be brought back, as many messages as it takes; none where there is nothing.

    `after`: without what lies sealed of this name up to that number. `former`: also what other names have sent.
    """
    own = f"{store.device()[0]:016x}"
    with store.read() as conn:
        forgot = setting_in(conn, sealed.FORGOT) is not None
        if former:
            for dev in vouched.names(conn):
                if dev != own:
                    yield from _in_the_clear(conn, dev)
            for dev in sealed.names(conn):
                if dev != own:
                    yield from _sealed(conn, dev, 0, forgot)
        said = False
        for message in _sealed(conn, own, after, forgot):
            said = True
            yield message
        if forgot and not said and former:
            yield Again(VERSION, own, forgot=True)


def _in_the_clear(conn: Connection, dev: str) -> Iterator[Again]:
    """What the journal holds under a former name, push by push."""
    changes: list[StoredChange] = []
    groups: list[Vouched] = []
    size = hashes = 0
    for plain in vouched.groups_of(conn, dev):
        group = vouched.witness(conn, dev, plain.last, plain.code) or plain
        without = set(group.without)
        part = [c for c in sent_of(conn, dev, group.first, group.last) if c.seq not in without]
        weight = sum(len(bytes(c.set)) + len(bytes(c.base)) + _AROUND for c in part)
        if changes and (size + weight > MOST_BYTES or len(changes) + len(part) > MOST_CHANGES
                        or hashes + len(group.seqs) > _HASHES):
            yield _message(dev, changes, groups)
            changes, groups, size, hashes = [], [], 0, 0
        if part:
            changes += part
            groups.append(group)
            size, hashes = size + weight, hashes + len(group.seqs)
    if changes:
        yield _message(dev, changes, groups)


def _message(dev: str, changes: list[StoredChange], groups: list[Vouched]) -> Again:
    known = {c.seq for c in changes}   # pushes may lie over one another: each number once, in order
    first = {seq: next(c for c in same) for seq, same in groupby(sorted(changes, key=lambda c: c.seq), lambda c: c.seq)}
    return Again(VERSION, dev, cast("list[WireChange]", [first[seq] for seq in sorted(known)]), vouched=groups)


def _sealed(conn: Connection, dev: str, after: int, forgot: bool) -> Iterator[Again]:
    """What lies sealed under one name."""
    bodies: list[bytes] = []
    groups: dict[tuple[int, str], Vouched] = {}
    size = 0
    for one in sealed.of(conn, dev, after):
        new = {g: w for g in one.groups if g not in groups and (w := vouched.witness(conn, dev, *g)) is not None}
        hashes = sum(len(w.seqs) for w in (*groups.values(), *new.values()))
        if bodies and (size + len(one.body) > MOST_BYTES or len(bodies) == MOST_CHANGES or hashes > _HASHES):
            yield Again(VERSION, dev, sealed=bodies, vouched=list(groups.values()), forgot=forgot)
            bodies, groups, size = [], {}, 0
            new = {g: w for g in one.groups if (w := vouched.witness(conn, dev, *g)) is not None}
        bodies.append(one.body)
        groups |= new
        size += len(one.body)
    if bodies:
        yield Again(VERSION, dev, sealed=bodies, vouched=list(groups.values()), forgot=forgot)
