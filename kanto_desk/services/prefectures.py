"""What the map counts by prefecture: companies, visits with them, and 課題 written there. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final, Literal

from sqlalchemy import func, select

from kanto_desk.db import at_once
from kanto_desk.db.records.consultations import Consultation, Issue
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store
from kanto_desk.services import merging

Measure = Literal["organizations", "visits", "issues"]
MEASURES: Final[tuple[Measure, ...]] = ("organizations", "visits", "issues")
Counts = dict[str, int]
"""Prefecture (CL10) → number."""


def counts(store: Store, measure: Measure, among: Collection[str] | None = None) -> Counts:
    """The numbers of every prefecture that has any; `among` counts for these organizations alone.

    What belongs to one that was merged counts where the one that stands for it is.
    """
    o, c, i = Organization, Consultation, Issue
    wanted = None if among is None else set(among)
    with store.read() as conn:
        places = {uid: place for uid, place in at_once.rows(conn, select(o.uid, o.prefecture).where(
            o.deleted_at.is_(None), merging.stands(conn, o), o.prefecture.is_not(None)))
            if wanted is None or uid in wanted}
        if measure == "organizations":
            return dict(Counter(places.values()))
        ends = merging.roots(conn)
        if measure == "visits":
            rows = at_once.rows(conn, select(c.organization, func.count()).where(
                c.deleted_at.is_(None), c.organization.is_not(None)).group_by(c.organization))
        else:
            rows = at_once.rows(conn, select(c.organization, func.count()).join(i, i.consultation == c.uid).where(
                c.deleted_at.is_(None), i.deleted_at.is_(None), c.organization.is_not(None)).group_by(c.organization))
    found: Counter[str] = Counter()
    for uid, number in rows:
        if (place := places.get(ends.get(uid, uid))) is not None:
            found[place] += number
    return dict(found)
