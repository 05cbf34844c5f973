"""What the hub once acknowledged it takes in again: a short code goes with each answer to a push, and comes back later.

A hub that went back to a backup asks roles as they are now; what it accepted before under other roles would be refused,
although other laptops hold it. So each answer carries a code (keyed BLAKE2b) over whose changes they were, for which
body, from where to where, and what was accepted. The laptop keeps it and shows it with changes that it sends again. The
key is a setting of the hub, so every backup holds it. A wrong code proves nothing and is no error: the usual questions.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from bisect import bisect_right
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select

from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import VOUCHING, value_of
from kanto_desk.sync.wire import MOST_CHANGES, Vouched, WireChange, content_hash

BYTES: Final = 12
"""Of a code: 16 letters. Guesses count against the limits of a laptop, so 2^96 is more than enough (RFC 2104, 5)."""

_MOST_WORK: Final = 4 * MOST_CHANGES   # groups lie one after another; after a second restore a few lie over others

_HASH: Final = 32

Lines = Sequence[tuple[int, bytes]]
"""Accepted changes in order: number, and SHA-256 of what was pushed."""


def code_of(conn: Connection, dev: str, body: str, first: int, pushed: Sequence[WireChange],
            accepted: Lines | None = None, key: str | None = None) -> str:
    """The code for a push that was taken in just now, in its transaction; empty where there is nothing to vouch for.

    It is made of what the hub holds, so a push that comes again, its answer lost, gets the same one. `accepted`
    is that, and `key` the hub's key, where they are known.
    """
    if not pushed:
        return ""
    key = value_of(conn, VOUCHING, "") if key is None else key
    if not key:
        return ""
    if accepted is None:
        numbers = {c.seq for c in pushed}   # what came late lies between them, and the laptop does not know it
        accepted = [x for x in _held(conn, dev, pushed[0].seq - 1, pushed[-1].seq) if x[0] in numbers]
    lines = accepted[-MOST_CHANGES:]
    return _code(key, body, _sum(dev, first, pushed[-1].seq, lines)) if lines else ""


def proven(conn: Connection, dev: str, body: str, pushed: Sequence[WireChange],
           claims: Collection[Vouched], key: str | None = None) -> dict[int, str]:
    """Numbers of pushed changes that this hub accepted before, with the body for which they were made then.

    A group may lie half here and half in the push: what the backup holds is not sent again. The roles of its author
    decided about the body, so every body is tried, that of today first. `key` is the hub's, where it is known.
    """
    out: dict[int, str] = {}
    if not pushed or not claims:
        return out
    key = value_of(conn, VOUCHING, "") if key is None else key
    if not key:
        return out
    seqs = [c.seq for c in pushed]
    if seqs != sorted(set(seqs)):
        return out   # `accept` will say so
    bodies: list[str] = []
    work = 0
    for claim in claims:
        part = pushed[bisect_right(seqs, claim.first):bisect_right(seqs, claim.last)]
        work += len(part) + len(claim.seqs) + 1
        if not 0 <= claim.first < claim.last < 1 << 63 or work > _MOST_WORK:
            break
        without = set(claim.without)
        again = [c for c in part if c.seq not in without]
        if not again:
            continue
        if claim.seqs:   # some of that push was forgotten since: its hashes stand for it
            lines = _told(claim) if all(claim.first < seq <= claim.last for seq in claim.seqs) else []
            said = dict(lines)
            again = [c for c in again if said.get(c.seq) == content_hash(c)]
        else:
            here = _held(conn, dev, claim.first, seqs[0] - 1) if claim.first < seqs[0] - 1 else []
            lines = [*(x for x in here if x[0] not in without), *((c.seq, content_hash(c)) for c in again)]
        total = _sum(dev, claim.first, claim.last, lines)
        bodies = bodies or list(dict.fromkeys([body, *conn.execute(select(t.body.c.uid)).scalars(), ""]))
        given = claim.code.encode()
        found = next((b for b in bodies if hmac.compare_digest(_code(key, b, total).encode(), given)), None)
        if found is not None:
            out.update((c.seq, found) for c in again)
    return out


def _told(claim: Vouched) -> list[tuple[int, bytes]]:
    try:
        hashes = base64.b64decode(claim.hashes)
    except ValueError:
        return []
    return [(seq, hashes[i * _HASH:(i + 1) * _HASH]) for i, seq in enumerate(claim.seqs)]


def _held(conn: Connection, dev: str, first: int, last: int) -> list[tuple[int, bytes]]:
    newest = conn.execute(_NEWEST, {"at_dev": dev, "first": first, "last": last})
    return [(r.seq, bytes(r.hash)) for r in newest][::-1]


_C = t.received.c
_NEWEST: Final = select(_C.seq, _C.hash).where(
    _C.dev == bindparam("at_dev"), _C.seq > bindparam("first"), _C.seq <= bindparam("last"),
    _C.verdict.is_(None)).order_by(_C.seq.desc()).limit(MOST_CHANGES)


def _sum(dev: str, first: int, last: int, lines: Lines) -> bytes:
    total = hashlib.blake2b(f"{dev} {first} {last}".encode())
    for seq, digest in lines:
        total.update(seq.to_bytes(8, "big") + digest)
    return total.digest()


def _code(key: str, body: str, total: bytes) -> str:
    made = hashlib.blake2b(total + body.encode(), key=bytes.fromhex(key), digest_size=BYTES, person=b"kd vouch")
    return base64.urlsafe_b64encode(made.digest()).decode()
