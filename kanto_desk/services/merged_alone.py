"""Records that this laptop and another changed, and that became one without a question: a receipt lists them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select

from kanto_desk.db import local
from kanto_desk.db.apply import Key
from kanto_desk.db.schema import records
from kanto_desk.db.store import Store
from kanto_desk.services import contested
from kanto_desk.services.belonging import OPENED, belonging, parent_of, row_of

MOST_ROWS = 1_000
"""So many changed rows are looked at on either side; who imports 20,000 reads no such list."""
MOST_NAMED = 30


def unsent_rows(store: Store) -> frozenset[Key]:
    """What this laptop changed since its last sync, the newest up to a bound; ask before a sync."""
    known = store.setting(local.HUB)
    c = local.change.c
    acked = int(known["acked"]) if known is not None else 0
    with store.read() as conn:
        rows = conn.execute(select(c.type, c.uid).where(
            c.dev == f"{store.device()[0]:016x}", c.seq > acked, c.sample.is_(None))
            .order_by(c.seq.desc()).limit(MOST_ROWS)).all()
    return frozenset((row.type, row.uid) for row in rows)


def merged_alone(store: Store, own: Collection[Key], came: Iterable[Key]) -> tuple[Key, ...]:
    """Visits and companies changed here (`own`) and elsewhere (`came`) of which nothing is asked, up to a bound."""
    others = list(came)[:MOST_ROWS]
    if not own or not others:
        return ()
    both = _roots(store, own) & _roots(store, others)
    if both:
        both -= {one.root for one in contested.listing(store)}
    return tuple(sorted(both))[:MOST_NAMED]


def titles(store: Store, roots: Sequence[Key]) -> tuple[tuple[Key, str], ...]:
    """What these are called now; those that are not here any more are left out, with their names."""
    with store.read() as conn:
        return tuple((root, belonging(conn, root).title) for root in roots if row_of(conn, root) is not None)


def _roots(store: Store, keys: Iterable[Key]) -> set[Key]:
    """As `belonging`, without the titles, which cost more than all the rest."""
    found = set()
    with store.read() as conn:
        for key in keys:
            at: Key | None = key if key[0] in records() else None
            while at is not None and at[0] not in OPENED:
                row = row_of(conn, at)
                at = parent_of(at[0], row) if row is not None else None
            if at is not None:
                found.add(at)
    return found
