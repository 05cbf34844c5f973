"""Which organizations may be one and the same: a list with points and reasons, never an error (DECISIONS 2).

What somebody called 別の企業 is left out from then on, on every laptop that the decision reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kanto_desk.db import at_once
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.i18n import tr
from kanto_desk.rules import likeness
from kanto_desk.rules.likeness import Reason, Traits
from kanto_desk.services import merging

TYPE, PAIR = "organization", "organization_pair"
APART, ONE = "apart", "one"
"""Verdicts on a pair."""

READ = ("name", "kana", "name_en", "short_name", "source_notation", "corporate_number", "postal_code", "prefecture",
         "city", "address", "phone", "fax", "email", "url", "representative")
"""The fields that are compared."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two organizations that may be one: uid and name of each, points, and what speaks for it and against it."""

    one: str
    other: str
    name: str
    other_name: str
    points: int
    reasons: tuple[Reason, ...]

    @property
    def words(self) -> str:
        """How likely it is, in words."""
        if self.points >= likeness.SURE:
            return tr("ほぼ同じ企業")
        return tr("おそらく同じ") if self.points >= likeness.LIKELY else tr("同じかもしれない")


def probable(store: Store) -> list[Pair]:
    """Every pair that may be one, the most probable first."""
    with store.read() as conn:
        every, apart = traits_of(conn), kept_apart(conn)
    return _pairs(likeness.pairs(every), apart)


def of_organization(store: Store, uid: str) -> list[Pair]:
    """The same for one organization, which stands first in each pair."""
    with store.read() as conn:
        every, apart = traits_of(conn), kept_apart(conn, uid)
    own = next((one for one in every if one.uid == uid), None)
    if own is None:
        return []
    shared = set(likeness.keys(own))
    return _pairs(((own, other) for other in every
                   if other.uid != uid and not shared.isdisjoint(likeness.keys(other))), apart)


def reasons(store: Store, one: str, other: str) -> tuple[Reason, ...]:
    """What speaks for two being one, and against it; nothing where this laptop lacks one of them."""
    with store.read() as conn:
        found = {t.uid: t for t in traits_of(conn, (one, other))}
    return tuple(likeness.compared(found[one], found[other])) if len(found) == 2 else ()


def keep_apart(store: Store, one: str, other: str) -> str:
    """別の企業: not asked about again. One undoable step at `one`; gives the uid of the decision."""
    low, high = sorted((one, other))
    with store.operation(tr("別の企業とする"), (TYPE, one)) as op:
        return op.add(PAIR, {"organization": low, "other": high, "verdict": APART})


def kept_apart(conn: Connection, uid: str | None = None) -> set[tuple[str, str]]:
    """The pairs that somebody called 別の企業, the lower uid first; of one organization or of all."""
    p = wire_table(PAIR).c
    wanted = select(p.organization, p.other).where(p.verdict == APART, p.deleted_at.is_(None))
    if uid is not None:
        wanted = wanted.where((p.organization == uid) | (p.other == uid))
    return {(min(r.organization or "", r.other or ""), max(r.organization or "", r.other or ""))
            for r in conn.execute(wanted)}


def traits_of(conn: Connection, uids: Collection[str] | None = None) -> list[Traits]:
    """The traits of these organizations, or of all that stand for themselves."""
    o, n = wire_table(TYPE).c, wire_table("organization_name").c
    also: dict[str, list[str]] = {}
    for organization, name in at_once.rows(conn, select(n.organization, n.name).where(n.deleted_at.is_(None))):
        if organization and name:
            also.setdefault(organization, []).append(name)
    wanted = select(o.uid, *(o[name] for name in READ)).where(o.deleted_at.is_(None), merging.stands(conn, o))
    if uids is not None:
        wanted = select(o.uid, *(o[name] for name in READ)).where(at_once.among(o.uid, uids), o.deleted_at.is_(None))
    return [likeness.traits(uid, dict(zip(READ, values, strict=True)), also.get(uid, ()))
            for uid, *values in at_once.rows(conn, wanted)]


def _pairs(found: Iterable[tuple[Traits, Traits]], apart: set[tuple[str, str]]) -> list[Pair]:
    out = []
    for one, other in found:
        if (min(one.uid, other.uid), max(one.uid, other.uid)) in apart:
            continue
        why = likeness.compared(one, other)
        if (points := likeness.points(why)) >= likeness.LEAST:
            out.append(Pair(one.uid, other.uid, one.values.get("name", ""), other.values.get("name", ""), points,
                            tuple(why)))
    return sorted(out, key=lambda pair: (-pair.points, pair.name, pair.one, pair.other))
