"""What laptops send again to a hub that went back to a backup: where else their rows may lie, and who must forget them.

Between the backup and the restore rows were given out by placements that this hub knows nothing of: a row may have come
to a scope and have left it again, both in changes that now arrive at once. Whoever got it there would never hear of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, or_, select

from kanto_desk.db.apply import Key
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import put_value, value_of
from kanto_desk.hub.placing import Made, rows_in
from kanto_desk.sync.wire import Request

_SCOPES = select(t.device_scope.c.scope).distinct().order_by(t.device_scope.c.scope)


BACK: Final = "went_back "
"""Setting, with the name of a laptop: each epoch that began with a restore, and the number held of it then."""

_WENT_BACK = select(t.hub.c.key).where(or_(
    t.hub.c.key.startswith("resends "), t.hub.c.key.startswith(BACK, autoescape=True))).limit(1)


def note_gap(conn: Connection, dev: str, first: int, epoch: str) -> None:
    """Note that a laptop of another epoch sends again what it had sent up to `first`, before it is asked to."""
    if first and epoch != value_of(conn, "epoch"):
        put_value(conn, key_of(dev), max(first, resent_upto(conn, dev)))


def resent_upto(conn: Connection, dev: str) -> int:
    """The last number of a laptop's changes that a hub had before it went back; 0 where it never did."""
    return int(value_of(conn, key_of(dev), 0))


def note_late(conn: Connection, dev: str, seq: int) -> None:
    """Note that a hub had changes up to a number, or that they came another way (`kanto_desk.hub.late`)."""
    if seq > resent_upto(conn, dev):
        put_value(conn, key_of(dev), seq)


def note_told(conn: Connection, dev: str, request: Request, epoch: str) -> None:
    """Note what a laptop says of those of its changes that had left it when this epoch began, heard of or not.

    This hub may have taken them in and given them out before it went back, though no answer reached their author.
    """
    upto = max(request.again, request.tried if request.epoch != epoch else 0)
    if 0 < upto < 1 << 62:
        note_late(conn, dev, upto)


def held_of(conn: Connection, dev: str, seqs: Sequence[int]) -> set[int]:
    """Which of these numbers of a laptop, in order, this hub holds."""
    if not seqs:
        return set()
    c = t.received.c
    return set(conn.execute(select(c.seq).where(c.dev == dev, c.seq.between(seqs[0], seqs[-1]))).scalars()) & set(seqs)


def told_to_all(conn: Connection, again: Iterable[Key], made: Mapping[Key, Made]) -> tuple[list[Key], list[str]]:
    """Rows sent again, with all of what they are parts of, and every scope that a laptop reads.

    Whoever still may see a row forgets nothing by such an order: what is in sight is judged when it is given.
    """
    keys = set(again)
    if not keys:
        return [], []
    roots = {made[k].root for k in keys if k in made}
    return sorted(keys | rows_in(conn, roots)), list(conn.execute(_SCOPES).scalars())


def refused_again(conn: Connection, refused: Iterable[Key]) -> tuple[list[Key], list[str]]:
    """Of refused changes the rows that are not here, and every scope that a laptop reads; nothing before any restore.

    This hub may have given them out before it went back: whoever got one there keeps it until he is told.
    """
    keys = sorted(set(refused))
    if not keys or conn.execute(_WENT_BACK).first() is None:
        return [], []
    return keys, list(conn.execute(_SCOPES).scalars())


def key_of(dev: str) -> str:
    """The setting that holds what `resent_upto` gives."""
    return f"resends {dev}"
