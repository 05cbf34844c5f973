"""規模判定: the size (CL07) that industry, capital and people of an organization propose, and why. Decides nothing:
what a person chose stands.

The figures are those of 中小企業基本法 第2条 and, for 宿泊業・娯楽業, of the order under 小規模事業者支援法. They are
general knowledge: check them, and the date from which they are in force, against the official text (e-Gov 法令検索)
before a claim is built on them. Where a division holds industries of both kinds (41, 69, 79), the more common one is
taken here, and a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kanto_desk.i18n import language, tr

SOLE, SMALL, MEDIUM, MIDDLE, LARGE, BODY = "10", "20", "30", "40", "50", "70"
"""Codes of CL07."""

_INDIVIDUAL = "902"
_COMPANIES = frozenset({"301", "302", "303", "304", "305", "401"})   # codes of CL08
_MOST_OF_MIDDLE = 2000   # 産業競争力強化法: regular employees of a 中堅企業


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one kind of industry: capital in yen or people make a 中小企業者, people a 小規模企業者."""

    ja: str
    capital_yen: int
    employees: int
    small: int


@dataclass(frozen=True, slots=True)
class Table:
    """The limits in force from a day."""

    since: date
    limits: dict[str, Limits]


TABLES = (
    Table(date(1999, 12, 3), {
        "other": Limits("製造業その他", 300_000_000, 300, 20), "wholesale": Limits("卸売業", 100_000_000, 100, 5),
        "retail": Limits("小売業", 50_000_000, 50, 5), "service": Limits("サービス業", 50_000_000, 100, 5),
        "stay": Limits("宿泊業・娯楽業", 50_000_000, 100, 20)}),
)
# tr("製造業その他") tr("卸売業") tr("小売業") tr("サービス業") tr("宿泊業・娯楽業")

_DIVISIONS = {**{str(n): "wholesale" for n in range(50, 56)}, **{str(n): "retail" for n in (*range(56, 62), 76, 77)},
              **{str(n): "service" for n in (38, 39, 70, *range(71, 75), 78, 79, *range(81, 97))}, "75": "stay",
              "80": "stay"}
_SECTIONS = {**dict.fromkeys("ABCDEFHJ", "other"), **dict.fromkeys("LOPQR", "service")}
"""Sections whose divisions are all of one kind; of the others the division must be known."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A code of CL07 and the reason in one sentence."""

    code: str
    reason: str


def proposed(*, section: str | None, division: str | None, capital_yen: int | None, employees: int | None,
             regular: int | None, legal_form: str | None, on: date) -> Proposal | None:
    """The size that is proposed; None where something that decides is not known.

    `regular` (常時使用する従業員) counts before `employees`; amounts are yen.
    """
    if legal_form == _INDIVIDUAL:
        return Proposal(SOLE, tr("法人格が個人です"))
    if legal_form and legal_form not in _COMPANIES:
        return Proposal(BODY, tr("会社ではありません"))
    kind = _DIVISIONS.get(division or "", "other" if division else _SECTIONS.get(section or ""))
    table = next((t for t in reversed(TABLES) if t.since <= on), None)
    people = regular if regular is not None else employees
    if kind is None or table is None or people is None:
        return None
    limits = table.limits[kind]
    name, count = tr(limits.ja), f"{people:,}"
    for most, code in ((limits.small, SMALL), (limits.employees, MEDIUM)):
        if people <= most:
            return Proposal(code, tr("{kind}、{people}名（{most}名以下）", kind=name, people=count, most=most))
    if capital_yen is None:
        return None
    if capital_yen <= limits.capital_yen:
        return Proposal(MEDIUM, tr("{kind}、資本金{capital}（{most}以下）", kind=name, capital=_yen(capital_yen),
                                   most=_yen(limits.capital_yen)))
    reason = tr("{kind}、資本金{capital}・{people}名", kind=name, capital=_yen(capital_yen), people=count)
    return Proposal(MIDDLE if people <= _MOST_OF_MIDDLE else LARGE, reason)


def _yen(amount: int) -> str:
    if language() == "en":
        return f"JPY {amount:,}"
    return f"{amount:,}円" if amount % 10_000 else f"{amount // 10_000:,}万円"
