"""つながり: how an organization hangs together with others: referrals, people they share, mergers and successors.

Read from what visits and registers say already; nothing is written here. The other side's name is the desk's own
knowledge: papers and client view never show this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from kanto_desk.db.records.consultations import Consultation, Referral
from kanto_desk.db.records.organizations import Organization, OrganizationName
from kanto_desk.db.records.people import Affiliation, Person
from kanto_desk.db.store import Store
from kanto_desk.services import merging

How = Literal["referred", "referred_by", "person", "successor", "predecessor", "merged"]


@dataclass(frozen=True, slots=True)
class Link:
    """One connection. `organization` or `consultation` is what can be opened; "" where this laptop has none."""

    how: How
    name: str
    more: str
    organization: str
    consultation: str = ""
    on: date | None = None


def of_organization(store: Store, uid: str) -> list[Link]:
    """The connections of an organization: referrals first, the newest first, then people, then successions."""
    with store.read() as conn:
        own, ends = merging.members(conn, uid), merging.roots(conn)
        referrals = [*_referred(conn, own), *_referred_by(conn, own)]
        referrals.sort(key=lambda link: link.on or date.min, reverse=True)
        found = [*referrals, *_people(conn, own), *_successions(conn, own)]
        return [replace(link, organization=ends.get(link.organization, link.organization)) for link in found]


def _referred(conn: Connection, own: Sequence[str]) -> Iterable[Link]:
    """Where the visits of this organization led to."""
    r, c, o = Referral, Consultation, Organization
    for row in conn.execute(
            select(r.name, r.note, r.organization, o.name.label("called"), c.uid, c.held_on)
            .join(c, c.uid == r.consultation).outerjoin(o, and_(o.uid == r.organization, o.deleted_at.is_(None)))
            .where(c.organization.in_(own), r.deleted_at.is_(None), c.deleted_at.is_(None))):
        name = row.called or row.name
        if name:
            yield Link("referred", name, row.note or "", row.organization if row.called else "", row.uid, row.held_on)


def _referred_by(conn: Connection, own: Sequence[str]) -> Iterable[Link]:
    """Whose visits led to this organization."""
    r, c, o = Referral, Consultation, Organization
    for row in conn.execute(
            select(r.note, o.uid.label("organization"), o.name, c.uid, c.held_on).join(c, c.uid == r.consultation)
            .join(o, o.uid == c.organization).where(r.organization.in_(own), r.deleted_at.is_(None),
                                                    c.deleted_at.is_(None), o.deleted_at.is_(None))):
        yield Link("referred_by", row.name or "", row.note or "", row.organization, row.uid, row.held_on)


def _people(conn: Connection, own: Sequence[str]) -> Iterable[Link]:
    """Other organizations where somebody from here has a place, too."""
    here, other, p, o = aliased(Affiliation), aliased(Affiliation), Person, Organization
    for row in conn.execute(
            select(o.uid, o.name, p.name.label("person"), other.role).select_from(here)
            .join(other, and_(other.person == here.person, other.organization.not_in(own)))
            .join(p, p.uid == here.person).join(o, o.uid == other.organization)
            .where(here.organization.in_(own), here.deleted_at.is_(None), other.deleted_at.is_(None),
                   p.deleted_at.is_(None), o.deleted_at.is_(None)).order_by(o.kana, o.uid)):
        yield Link("person", row.name or "", "　".join(filter(None, (row.person, row.role))), row.uid)


def _successions(conn: Connection, own: Sequence[str]) -> Iterable[Link]:
    n, o = OrganizationName, Organization
    for row in conn.execute(select(o.uid, o.name, n.valid_to).join(o, o.uid == n.successor).where(
            n.organization.in_(own), n.deleted_at.is_(None), o.deleted_at.is_(None))):
        yield Link("successor", row.name or "", "", row.uid, on=row.valid_to)
    for row in conn.execute(select(o.uid, o.name, n.valid_to).join(o, o.uid == n.organization).where(
            n.successor.in_(own), n.deleted_at.is_(None), o.deleted_at.is_(None))):
        yield Link("predecessor", row.name or "", "", row.uid, on=row.valid_to)
    merged = select(o.name).where(o.uid.in_(own[1:]), o.deleted_at.is_(None)).order_by(o.name)
    for name in conn.execute(merged).scalars():
        yield Link("merged", name or "", "", "")
