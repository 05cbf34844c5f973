"""Figures for the tests of the printed page. All numbers are invented."""

from __future__ import annotations

from datetime import date

from kanto_desk.report.figures_values import Bar, FiguresSheet, Tabled

_MONTHS = ((18, 15), (21, 19), (26, 20), (24, 25), (15, 17), (28, 22), (34, 27), (31, 29))
_NUMBERS = (("相談（延べ・件）", 197, 174), ("相談した企業（実数・社）", 121, 118), ("約束の完了率（%）", 82, None))

FULL = FiguresSheet(
    agency="埼玉県産業技術総合支援センター", period="令和8年度",
    days="令和8年4月1日～令和8年11月24日（くらべる期間：令和7年4月1日～令和7年11月24日）", scope="齋藤 靑志 が担当した相談",
    issued=date(2026, 11, 24), approvals=("所長", "課長", "係長", "担当"),
    tables=(
        Tabled("全体", ("項目", "令和8年度", "前年同期", "増減"), tuple(
            (name, now, before, None if before is None else now - before) for name, now, before in _NUMBERS), 3),
        Tabled("月別", ("月", "延べ（件）", "前年同期", "増減", "実数（社）"), tuple(
            (f"令和8年{n}月", now, before, now - before, now - 3) for n, (now, before) in enumerate(_MONTHS, 4)), 3),
        Tabled("都道府県別", ("都道府県", "延べ（件）", "前年同期", "増減", "実数（社）"), (
            ("長野県", 58, 62, -4, 31), ("埼玉県", 42, 42, 0, 20), ("群馬県", 31, 12, 19, 18), ("記入なし", 2, 0, 2, 0)), 3)),
    bars=tuple(Bar(f"{n}月", now, before) for n, (now, before) in enumerate(_MONTHS, 4)), series=("相談", "前年同期"),
    sentence="月別の相談。合計 197件、最も多いのは 10月 の 34件です。", warning="見本データの相談 5件を含みます。",
    notes=("延べは相談の件数、実数は相談した企業の数です。", "髙﨑・𠮷野のような文字もそのまま印刷します。"))

ENGLISH = FiguresSheet(
    agency="Saitama Industrial Technology Support Center", period="FY 2026", days="2026-04-01 – 2026-11-24",
    scope="All visits", issued=date(2026, 11, 24), tables=(
        Tabled("Totals", ("Item", "FY 2026"), (("Visits", 197), ("Companies visited", 121), ("Promises kept (%)", None))),
        Tabled("By month", ("Month", "Visits", "Companies"), (("Apr 2026", 18, 15), ("May 2026", 1234, 900)))),
    bars=(Bar("Apr", 18), Bar("May", 1234)), series=("Visits",), sentence="Visits by month: 1,252 in all.",
    notes=("Visits are counted one by one, companies once each.",))
