"""How 集計 words comparisons, times and the numbers whose list is shown. No widget."""

from __future__ import annotations

from kanto_desk.i18n import language, tr
from kanto_desk.services import figures_tables, figures_words
from kanto_desk.services.figures import Figures, Which
from kanto_desk.ui.text import Tone


def compared_words(seen: Figures) -> str:
    """前年同期, 前年度 or 前の期間; "" without a comparison."""
    return figures_tables.compared_with(seen, language())


def counted(unit: str) -> str:
    """A unit as it stands behind a number of things more or less: 件 in Japanese, nothing in English."""
    return unit if language() == "ja" else ""


def change_words(compared: str, now: int | None, before: int | None, unit: str) -> tuple[str, Tone]:
    """▲ 前年同期より +23件, and its tone; empty words where nothing can be compared."""
    if not compared or now is None or before is None:
        return "", "text3"
    more = now - before
    if not more:
        return tr("{compared}と同じ", compared=compared), "text3"
    arrow = "▲" if more > 0 else "▼"
    sign = "+" if more > 0 else "−"
    return tr("{arrow} {compared}より {change}{unit}", arrow=arrow, compared=compared, change=f"{sign}{abs(more):,}",
              unit=unit), "ok" if more > 0 else "text2"


def hours_words(minutes: int) -> str:
    """12時間30分; minutes alone below an hour."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return tr("{n}分", n=rest)
    return tr("{h}時間{m}分", h=f"{hours:,}", m=rest) if rest else tr("{h}時間", h=f"{hours:,}")


def number_words(seen: Figures, which: Which) -> str:
    """What a number counts, as the heading of its list: 長野県・相談."""
    measures = {"visits": tr("相談"), "organizations": tr("相談した企業"), "minutes": tr("時間のわかる相談"),
                "new": tr("新規の相談"), "continued": tr("継続などの相談"), "signed": tr("署名をいただいた相談"),
                "unsigned": tr("署名がまだの相談"), "referrals": tr("紹介をした相談"), "made": tr("交わした約束"),
                "kept": tr("済んだ約束"), "dropped": tr("取りやめた約束"), "overdue": tr("期限が過ぎた約束"),
                "mentions": tr("課題として挙がった相談"), "sample": tr("見本データの相談")}
    what = measures[which.measure]
    if not which.by:
        return what
    named = next((g.name for g in seen.groups.get(which.by, ()) if g.key == which.key), which.key or "")
    if which.by == "month" and which.key:
        named = figures_words.month(which.key, language(), year=True)
    return tr("{name}・{what}", name=named, what=what)
