"""The company's confirmation never stands on a page of its own: something of what is confirmed stands above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kanto_desk.report.consultation_sheet import Consent, ConsultationSheet, Photo, Point, Promise, render
from tests.report.reading import bare, by_poppler
from tests.report.samples import EMPTY, FULL, photo

Made = Callable[[int], ConsultationSheet]
PICTURE = photo("#8aa0bf")

LENGTHS: dict[str, tuple[Made, range]] = {
    "a paragraph of many lines": (lambda n: replace(EMPTY, direction="方針を定める。" * 6 * n), range(6, 40)),
    "many short lines": (lambda n: replace(EMPTY, direction="\n".join(f"{k}行目" for k in range(n))), range(14, 40)),
    "promises": (lambda n: replace(EMPTY, promises=tuple(
        Promise(f"約束{k}", "担当", date(2026, 5, 1), "着手") for k in range(n))), range(12, 32)),
    "issues with long advice": (lambda n: replace(EMPTY, points=tuple(
        Point(f"課題{k}", "助言の内容を書く。" * 12) for k in range(n))), range(4, 14)),
    "photos": (lambda n: replace(EMPTY, situation="\n".join(f"{k}行目" for k in range(n)),
                                 photos=(Photo(PICTURE, "検査"), Photo(PICTURE, "洗浄"))), range(8, 26)),
    "one consent": (lambda n: replace(EMPTY, situation="\n".join(f"{k}行目" for k in range(n)), consents=(
        Consent("支援機関へ提供すること", True, date(2026, 4, 17)),)), range(16, 36)),
    "a single row of facts": (lambda n: replace(EMPTY, situation="\n".join(f"{k}行目" for k in range(n)),
                                                result="継続"), range(18, 38)),
    "everything": (lambda n: replace(FULL, direction="方針を定める。" * 7 * n), range(1, 60, 3)),
}


def _above(text: str, sheet: ConsultationSheet) -> tuple[str, int]:
    """What stands above the confirmation on its page (without the running head), and which page that is."""
    pages = [bare(page) for page in text.split("\f")]
    at, page = next((n, page) for n, page in enumerate(pages) if "ご確認" in page and "上記の内容を確認しました" in page)
    before = page[:page.index("ご確認")]
    running = bare(f"相談記録票（{sheet.company.name}）"), bare(f"受付番号　{sheet.reference}"), "下書き"
    for words in running if at else ():
        before = before.replace(words, "")
    return before.rstrip("１２３４５６７８９"), at


@pytest.mark.parametrize("kind", LENGTHS)
def test_the_confirmation_never_stands_alone(kind: str, tmp_path: Path) -> None:
    make, lengths = LENGTHS[kind]
    ends = set()
    for n in lengths:
        sheet = make(n)
        above, page = _above(by_poppler(render(sheet).pdf, tmp_path), sheet)
        ends.add(page)
        assert len(above) >= 4, (n, page, above)
    assert len(ends) > 1, "the lengths must lead over the foot of a page"
