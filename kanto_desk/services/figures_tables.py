"""The figures as tables of words and numbers: the same for paper, Excel, CSV and the terminal."""

from __future__ import annotations

from datetime import date
from typing import Final

from kanto_desk.db.store import Store
from kanto_desk.i18n import Language, tr
from kanto_desk.japanese.calendar import fiscal_year_label, wareki
from kanto_desk.report.figures_values import Bar, FiguresSheet, Tabled
from kanto_desk.services import figures_words, sheets
from kanto_desk.services.figures import DIMENSIONS, Figures, Group, Measure, Sums
from kanto_desk.services.spans import Span

MOST_BARS: Final = 12
"""A chart on paper has room for so many months; the table has them all."""


def period(figures: Figures, shown: Language) -> str:
    """What the span is called: 令和8年度, すべての期間, or its days."""
    span = figures.wanted.span
    if span.year is not None:
        return fiscal_year_label(span.year) if shown == "ja" else tr("{year}年度", shown, year=span.year)
    return tr("すべての期間", shown) if span.whole else days_of(span, shown)


def days(figures: Figures, shown: Language) -> str:
    """The days that were counted, and those compared with."""
    counted = figures.counted
    words = tr("{day}まで", shown, day=_day(counted.last, shown)) if counted.whole else days_of(counted, shown)
    if figures.compared is None:
        return words
    return tr("{days}（くらべる期間：{compared}）", shown, days=words, compared=days_of(figures.compared, shown))


def days_of(span: Span, shown: Language) -> str:
    """First and last day of a span."""
    return f"{_day(span.first, shown)}{'～' if shown == 'ja' else ' – '}{_day(span.last, shown)}"


def scope(figures: Figures, person: str, shown: Language) -> str:
    """Whose visits were counted."""
    return tr("{name} が担当した相談", shown, name=person) if figures.wanted.own and person else tr(
        "すべての相談", shown)


def compared_with(figures: Figures, shown: Language) -> str:
    """What the comparison is called: 前年同期, 前年度, 前の期間; "" without one."""
    if figures.compared is None:
        return ""
    if figures.wanted.span.year is None:
        return tr("前の期間", shown)
    return tr("前年同期", shown) if figures.day < figures.wanted.span.last else tr("前年度", shown)


def headed(words: str) -> str:
    """Words as a heading begins: English in a capital letter."""
    return words[:1].upper() + words[1:]


def totals(figures: Figures, shown: Language) -> Tabled:
    """Everything about the whole span, beside what it is compared with."""
    def rows(sums: Sums) -> tuple[tuple[str, int | None], ...]:
        return (
            (tr("相談（延べ・件）", shown), sums.visits), (tr("相談した企業（実数・社）", shown), sums.organizations),
            (tr("新規の相談（件）", shown), sums.new), (tr("継続などの相談（件）", shown), sums.continued),
            (tr("相談の時間（分）", shown), sums.minutes), (tr("署名をいただいた相談（件）", shown), sums.signed),
            (tr("ほかの機関への紹介（件）", shown), sums.referrals), (tr("約束（件）", shown), sums.made),
            (tr("済んだ約束（件）", shown), sums.kept), (tr("取りやめた約束（件）", shown), sums.dropped),
            (tr("期限を過ぎた約束（件）", shown), sums.overdue), (tr("約束の完了率（%）", shown), sums.kept_share),
            (tr("企業の記入がない相談（件）", shown), sums.nameless))

    now, before = rows(figures.total), rows(figures.before)
    if figures.compared is None:
        return Tabled(tr("全体", shown), (tr("項目", shown), period(figures, shown)), now)
    heads = (tr("項目", shown), period(figures, shown), headed(compared_with(figures, shown)), tr("増減", shown))
    return Tabled(tr("全体", shown), heads, tuple(
        (name, value, early, _change(value, early))
        for (name, value), (_, early) in zip(now, before, strict=True)), change=3)


def dimension(figures: Figures, by: str, shown: Language) -> Tabled:
    """One dimension: its keys with their sums. Issues count by main issue and, beside it, by all issues."""
    mentions = by == "issue"
    heads = [figures_words.dimension(by, shown),
             tr("主な課題（件）", shown) if mentions else tr("延べ（件）", shown)]
    if figures.compared is not None:
        heads += [headed(compared_with(figures, shown)), tr("増減", shown)]
    if mentions:
        heads.append(tr("全課題（延べ）", shown))
    heads += [tr("実数（社）", shown), tr("時間（分）", shown), tr("約束の数", shown), tr("うち済み", shown)]
    rows = tuple(_row(figures, by, group, shown) for group in figures.groups[by])
    return Tabled(tr("{name}別", shown, name=_within(by, shown)), tuple(heads), rows,
                  change=0 if figures.compared is None else 3)


def measures(figures: Figures, by: str) -> tuple[Measure | None, ...]:
    """Which number stands in each column of `dimension`; None where no list lies behind."""
    own: list[Measure | None] = [None, "visits"]
    if figures.compared is not None:
        own += [None, None]
    if by == "issue":
        own.append("mentions")
    return (*own, "organizations", "minutes", "made", "kept")


def all_of(figures: Figures, shown: Language) -> tuple[Tabled, ...]:
    """The totals and every dimension asked for, the months first.

    When all dimensions are asked for, those of which no visit says anything are left out.
    """
    every = figures.wanted.by == DIMENSIONS
    order = sorted((by for by in figures.wanted.by if not every or any(g.key for g in figures.groups[by])),
                   key=lambda by: by != "month")
    return totals(figures, shown), *(dimension(figures, by, shown) for by in order)


def notes(shown: Language) -> tuple[str, ...]:
    """How it was counted."""
    return (
        tr("延べは相談の件数、実数は相談した企業の数です。統合した企業は、過去の年度も1社と数えます。", shown),
        tr("ごみ箱の記録、取りやめた相談、予定だけでまだ行っていない相談は数えません。", shown),
        tr("課題は、主な課題で件数を、すべての課題で延べを数えます。対応区分は1件の相談に複数あります。", shown),
        tr("約束は、期間中の相談で交わしたものを数えます。前年同期の約束は、1年前の同じ日の状態で数えます。", shown),
        tr("時間は、開始と終了の時刻がある相談の合計です。", shown))


def sample_words(figures: Figures, shown: Language) -> str:
    """That sample data is among what was counted; "" when none is."""
    count = figures.total.sample
    return tr("見本データの相談 {n}件を含みます。", shown, n=count) if count else ""


def sentence(figures: Figures, by: str, shown: Language) -> str:
    """The chart of a dimension in one sentence."""
    groups = [g for g in figures.groups.get(by, ()) if g.sums.visits]
    if not groups:
        return tr("この期間の相談はありません。", shown)
    top = max(groups, key=lambda g: g.sums.visits)
    return tr("{name}別の相談。合計 {total}件、最も多いのは {top} の {n}件です。", shown,
              name=_within(by, shown), total=f"{figures.total.visits:,}", top=top.name,
              n=f"{top.sums.visits:,}")


def sheet(store: Store, figures: Figures, shown: Language) -> FiguresSheet:
    """The figures as paper prints them. Their names must have been read in the same language."""
    months = figures.groups.get("month", ())[-MOST_BARS:]
    compared = figures.compared is not None
    return FiguresSheet(
        agency=store.setting("organization", "") or "", period=period(figures, shown), days=days(figures, shown),
        scope=scope(figures, store.person, shown), issued=figures.day, tables=all_of(figures, shown),
        bars=tuple(Bar(g.name, g.sums.visits, g.before.visits if compared else None) for g in months),
        series=(tr("相談", shown), headed(compared_with(figures, shown)))[:2 if compared else 1],
        sentence=sentence(figures, "month", shown), warning=sample_words(figures, shown), notes=notes(shown),
        approvals=sheets.titles(tuple(store.setting("approvals", list(sheets.APPROVALS))), shown))


def _within(by: str, shown: Language) -> str:
    """The name of a dimension amid other words."""
    name = figures_words.dimension(by, shown)
    return name[:1].lower() + name[1:] if shown == "en" else name


def _row(figures: Figures, by: str, group: Group, shown: Language) -> tuple[str | int | None, ...]:
    sums = group.sums
    name = figures_words.month(group.key, shown, year=True) if by == "month" and group.key else group.name
    cells: list[str | int | None] = [name, sums.visits]
    if figures.compared is not None:
        cells += [group.before.visits, _change(sums.visits, group.before.visits)]
    if by == "issue":
        cells.append(group.mentions)
    return (*cells, sums.organizations, sums.minutes, sums.made, sums.kept)


def _change(now: int | None, before: int | None) -> int | None:
    return None if now is None or before is None else now - before


def _day(day: date, shown: Language) -> str:
    return wareki(day, weekday=False) if shown == "ja" else day.isoformat()
