"""Conditions on visits as people type them, turned into `visit_filters.Only`, and what a named view of visits means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from kanto_desk.clock import today
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.calendar import fiscal_year, parse_date
from kanto_desk.japanese.folding import fold
from kanto_desk.services import codes, consultation_search, finding, identifying, snippets, views, visit_filters
from kanto_desk.services.visit_filters import Offered, Only

PAGE: Final = "visits"
YEARS: Final = ("this", "last")
"""How a view of visits keeps its fiscal year: so it means the same next year."""
_NAMED = 20
"""So many names at most are listed in a refusal."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Conditions as typed, "" for none: days, a name, the code or name of an issue, places, a programme, a view."""

    since: str = ""
    until: str = ""
    expert: str = ""
    issue: str = ""
    prefecture: str = ""
    city: str = ""
    programme: str = ""
    view: str = ""

    @property
    def any(self) -> bool:
        """Whether there is a condition."""
        return self != Typed()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is meant: words of a view, its fiscal year, and conditions."""

    query: str
    year: int | None
    only: Only


def year_of(kept: Mapping[str, Any], day: date) -> int | None:
    """The fiscal year that a view means on a day; None for all years."""
    year = kept.get("year")
    return fiscal_year(day) - YEARS.index(year) if year in YEARS else None


def year_kept(year: int, day: date) -> str:
    """How a view keeps a fiscal year that is this or the last one."""
    return YEARS[fiscal_year(day) - year]


def asked(store: Store, typed: Typed) -> Asked:
    """What is meant by conditions as typed; one that is typed stands before the view's own.

    Names are taken in any spelling. Raises Refused with the field's name where something is not known.
    """
    day = today(store.clock)
    kept = _view(store, typed.view) if typed.view.strip() else {}
    query = kept.get("query")
    only = visit_filters.only_of(kept)
    offered = visit_filters.offered(store) if typed.expert.strip() or typed.city.strip() else Offered((), ())
    if typed.since.strip():
        only = replace(only, since=_day(typed.since, day, "since"))
    if typed.until.strip():
        only = replace(only, until=_day(typed.until, day, "until"))
    if only.since is not None and only.until is not None and only.since > only.until:
        raise Refused(tr("終わりの日が、はじめの日より前です。"), "until")
    if typed.expert.strip():
        only = replace(only, expert=_one(typed.expert, offered.experts, tr("相談員"), "expert"))
    if typed.issue.strip():
        only = replace(only, issue=_code(store, "CL03", typed.issue, tr("課題"), "issue"))
    if typed.prefecture.strip():
        only = replace(only, prefecture=_code(store, "CL10", typed.prefecture, tr("都道府県"), "prefecture"), city="")
    if typed.city.strip():
        prefecture, city = _place(offered, only.prefecture, typed.city)
        only = replace(only, prefecture=prefecture, city=city)
    if typed.programme.strip():
        only = replace(only, programme=identifying.resolve(store, "programme", typed.programme.strip()))
    return Asked(query if isinstance(query, str) else "", year_of(kept, day), only)


def find(store: Store, query: str, meant: Asked, limit: int) -> tuple[int, list[finding.Found]]:
    """How many visits fit, and the newest `limit` of them, each with the piece of it in which the words stand."""
    words = " ".join(filter(None, (meant.query, query.strip())))
    uids = consultation_search.find(store, words, year=meant.year, only=meant.only)
    shown = uids[:limit]
    pieces = snippets.of_visits(store, shown, words)
    return len(uids), [replace(one, snippet=pieces[one.uid].words if one.uid in pieces else "")
                       for one in finding.of_visits(store, shown)]


def _view(store: Store, name: str) -> Mapping[str, Any]:
    kept = views.listing(store, PAGE)
    wanted = " ".join(name.split())
    found = [one for one in kept if one.name == wanted] or [one for one in kept if fold(one.name) == fold(wanted)]
    if not found:
        raise Refused(tr("残した条件「{name}」はありません。あるもの：{known}", name=wanted,
                         known=_list([one.name for one in kept])), "view")
    return found[0].conditions


def _day(text: str, day: date, field: str) -> date:
    try:
        return parse_date(text, day)
    except Refused as refused:
        raise Refused(refused.message, field) from refused


def _one(typed: str, known: Sequence[str], what: str, field: str) -> str:
    """The one of these names that is meant: spelled so, else otherwise, else the only one that begins so or has it."""
    plain, folded = "".join(typed.split()), fold(typed)
    for found in ([one for one in known if "".join(one.split()) == plain],
                  [one for one in known if fold(one) == folded],
                  [one for one in known if folded and fold(one).startswith(folded)],
                  [one for one in known if folded and folded in fold(one)]):
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(tr("{what}「{name}」は一つに決まりません：{known}", what=what, name=typed,
                             known=_list(found)), field)
    raise Refused(tr("{what}「{name}」はありません。あるもの：{known}", what=what, name=typed, known=_list(known)),
                  field)


def _code(store: Store, list_id: str, typed: str, what: str, field: str) -> str:
    """A code of a list, given as code or as name in either language."""
    listed = codes.choices(store, list_id)
    if any(one.code == typed.strip() for one in listed):
        return typed.strip()
    named = codes.named(store, list_id, typed)
    if named is not None:
        return named
    label = _one(typed, [one.label for one in listed], what, field)
    return next(one.code for one in listed if one.label == label)


def _place(offered: Offered, prefecture: str, typed: str) -> tuple[str, str]:
    """Prefecture and town of companies on this laptop; 横浜市 means its wards, too."""
    wanted = fold(typed)
    here = [(code, city) for code, city in offered.places if prefecture in ("", code)]
    exact = dict.fromkeys(one for one in here if fold(one[1]) == wanted)
    below = dict.fromkeys((code, typed.strip()) for code, city in here if city.startswith(typed.strip()))
    found = list(exact) or list(below)
    if len(found) > 1:
        raise Refused(tr("市区町村「{name}」は一つに決まりません。都道府県も書きます。", name=typed), "city")
    if not found:
        raise Refused(tr("市区町村「{name}」の企業はありません。あるもの：{known}", name=typed,
                         known=_list([city for _, city in here])), "city")
    return found[0]


def _list(names: Sequence[str]) -> str:
    if not names:
        return tr("1つもありません")
    between = "、" if language() == "ja" else ", "
    return between.join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
