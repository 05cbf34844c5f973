"""きょう on paper: the visits of the day, the promises of last time, and all that was left undone.

Reads on the worker; touches no widget.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.services import consultation_search, home, plain_papers, promises
from kanto_desk.services.consultations import Listed
from kanto_desk.services.home import Today
from kanto_desk.services.plain_papers import ListColumn, Part, PlainPaper
from kanto_desk.ui.pages.home_cards import visit_state
from kanto_desk.ui.pages.organizations.paper import promise_row
from kanto_desk.ui.pages.words import long_day, nth_words


def make(store: Any, seen: Today) -> PlainPaper:
    """The paper of the day that the page shows; what was left undone is named in full."""
    count = tr("{n}件", n=len(seen.visits)) if seen.visits else tr("今日の訪問はありません")
    return plain_papers.paper(store, tr("きょうの予定"), long_day(seen.day), ((tr("今日の訪問"), count),),
                              list(_parts(store, seen)), language())


def _parts(store: Any, seen: Today) -> Iterator[Part]:
    yield Part(tr("今日の予定"), [ListColumn(tr("時刻"), 18), ListColumn(tr("企業"), 60), ListColumn(tr("件名"), 62),
                              ListColumn(tr("状態"), 30)],
               [(_time(row), row.organization, " ".join(filter(None, (nth_words(row.nth), row.theme))),
                 visit_state(row)[0]) for row in seen.visits], tr("今日の予定はありません。"))
    columns = [ListColumn(tr("約束"), 46), ListColumn(tr("企業"), 34), ListColumn(tr("担当"), 20),
               ListColumn(tr("期限"), 35), ListColumn(tr("状態"), 35)]
    if seen.next_visit is not None and seen.next_visit.promises:
        yield Part(tr("前回の約束"), columns, [promise_row(one) for one in seen.next_visit.promises],
                   note=tr("次の訪問：{name}", name=seen.next_visit.visit.organization))
    late = promises.those(store, home.undone(store, "overdue").uids)
    yield Part(tr("期限が過ぎた約束"), columns, [promise_row(one) for one in late],
               tr("期限が過ぎた約束はありません。"), tr("計{n}件", n=f"{len(late):,}") if late else "")
    visits = consultation_search.rows(store, home.undone(store, "unsigned").uids)
    yield _visits(tr("署名がまだの記録"), tr("署名がまだの記録はありません。"), visits)
    if seen.to_send:
        yield _visits(tr("あとで送る記録票"), "", list(seen.to_send))


def _visits(heading: str, empty: str, visits: list[Listed]) -> Part:
    return Part(heading, [ListColumn(tr("相談日"), 42), ListColumn(tr("企業"), 58), ListColumn(tr("件名"), 70)],
                [(long_day(row.held_on) if row.held_on else "–", row.organization,
                  " ".join(filter(None, (nth_words(row.nth), row.theme)))) for row in visits], empty,
                tr("計{n}件", n=f"{len(visits):,}") if visits else "")


def _time(row: Listed) -> str:
    at = row.planned_at or (row.started_at.astimezone(JST).time() if row.started_at else None)
    return f"{at:%H:%M}" if at else "–"
