"""Which consultations are meant besides their words: days, expert, issue, place of the company, programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, or_, select

from kanto_desk import masters
from kanto_desk.db import at_once
from kanto_desk.db.records.consultations import Consultation, Issue
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.store import Store

_KEPT = ("expert", "issue", "prefecture", "city", "programme")


@dataclass(frozen=True, slots=True)
class Only:
    """Every condition must be so. `issue` is a code of CL03 and means the ones below it, too; `city` as addresses
    write it, in the prefecture (CL10); `programme` is a uid."""

    since: date | None = None
    until: date | None = None
    expert: str = ""
    issue: str = ""
    prefecture: str = ""
    city: str = ""
    programme: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self != Only()

    @property
    def by_day_alone(self) -> bool:
        """Whether nothing but the day matters."""
        return not any(getattr(self, name) for name in _KEPT)


@dataclass(frozen=True, slots=True)
class Offered:
    """What conditions occur on this laptop: experts, and (prefecture, city) of companies, the most frequent first."""

    experts: tuple[str, ...]
    places: tuple[tuple[str, str], ...]


def conditions(only: Only) -> dict[str, Any]:
    """What a named view keeps: conditions that are set, by name."""
    kept = {name: getattr(only, name) for name in _KEPT if getattr(only, name)}
    return kept | {name: day.isoformat() for name in ("since", "until") if (day := getattr(only, name))}


def only_of(kept: Mapping[str, Any]) -> Only:
    """The conditions of a view as far as this program understands them; anything else is left out."""
    def words(name: str) -> str:
        value = kept.get(name)
        return value if isinstance(value, str) else ""

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(words(name))
        except ValueError:
            return None
    prefecture = words("prefecture") if masters.code_lists()["CL10"].item(words("prefecture")) else ""
    return Only(day("since"), day("until"), words("expert"), words("issue"), prefecture,
                words("city") if prefecture else "", words("programme"))


def where(only: Only) -> list[Any]:
    """The conditions on `Consultation`."""
    c, o, i = Consultation, Organization, Issue
    found: list[Any] = []
    if only.since is not None:
        found.append(c.held_on >= only.since)
    if only.until is not None:
        found.append(c.held_on <= only.until)
    if only.expert:
        found.append(_plain(c.expert) == _plain_text(only.expert))
    if only.programme:
        found.append(c.programme == only.programme)
    if only.issue:
        codes = [only.issue, *(one.code for one in masters.code_lists()["CL03"].children(only.issue))]
        found.append(c.uid.in_(select(i.consultation).where(i.code.in_(codes), i.deleted_at.is_(None))))
    if only.prefecture:
        there = [o.prefecture == only.prefecture]
        if only.city:   # 横浜市 means its wards, too
            there.append(or_(o.city == only.city, o.city.startswith(only.city, autoescape=True)))
        found.append(c.organization.in_(select(o.uid).where(*there)))
    return found


def among(conn: Connection, only: Only) -> set[str]:
    """Uids of all consultations that fit, those in the bin left out."""
    return set(at_once.uids(conn, select(Consultation.uid).where(Consultation.deleted_at.is_(None), *where(only))))


def offered(store: Store) -> Offered:
    """What conditions are worth offering."""
    c, o = Consultation, Organization
    with store.read() as conn:
        experts = conn.execute(select(func.min(c.expert)).where(c.expert.is_not(None), c.deleted_at.is_(None))
                               .group_by(_plain(c.expert)).order_by(func.count().desc(), func.min(c.expert))).scalars()
        places = conn.execute(select(o.prefecture, o.city).where(
            o.prefecture.is_not(None), o.city.is_not(None), o.deleted_at.is_(None), o.merged_into.is_(None))
            .group_by(o.prefecture, o.city).order_by(func.count().desc(), o.prefecture, o.city)).all()
        return Offered(tuple(filter(None, experts)), tuple((str(one[0]), str(one[1])) for one in places))


def _plain(column: Any) -> Any:
    return func.replace(func.replace(func.coalesce(column, ""), " ", ""), "\u3000", "")


def _plain_text(name: str) -> str:
    return "".join(name.split())
