"""Programmes (事業) that consultations belong to, as people choose them. They are shipped or made elsewhere."""

from __future__ import annotations

from kanto_desk.db.records.masters import Programme
from kanto_desk.db.store import Store, read_all
from kanto_desk.i18n import Language


def choices(store: Store, language: Language) -> list[tuple[str, str]]:
    """Every programme as (uid, name in this language), in their order."""
    with store.read() as conn:
        found = read_all(conn, Programme, order_by=(Programme.place, Programme.uid))
    return [(p.uid, (p.name_en if language == "en" else None) or p.name or "") for p in found]
