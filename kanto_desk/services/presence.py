"""Whether records that a window shows are still on this laptop: a sync may take them away, or bring their end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from kanto_desk.db.apply import Key, load
from kanto_desk.db.store import Store

Absence = Literal["withdrawn", "deleted"]


def absent(store: Store, keys: Iterable[Key]) -> dict[Key, Absence]:
    """Those of these records that are not here any more: withdrawn from this laptop, or deleted (in the bin)."""
    with store.read() as conn:
        rows = load(conn, keys)
    return {key: "withdrawn" if not row.exists else "deleted" for key, row in rows.items()
            if not row.exists or row.get("deleted_at")}
