"""Which advice answers which issue: guessed from the order of the lines, chosen by people, printed side by side."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from kanto_desk.i18n import Language
from kanto_desk.services import consultations, history, organizations, sheets, summary, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.services.summary import Item, Pair
from tests.db.parts import SetClock
from tests.report.reading import bare, by_poppler, elements, opened

QMS, ROUGH, COMMISSION, MEASURE, GENERAL = (
    "ISO 13485 の取得計画が決まらない", "内面の面粗さの測定手段がない", "まず委託加工として参入する",
    "工業技術センターの機器を借りる", "週に一度は進み具合を話し合う")


@pytest.fixture
def visit(desk: Desk, clock: SetClock) -> str:
    company = organizations.create(desk.store, {"name": "株式会社 湖南精工"})
    uid = consultations.create(desk.store, company, {"theme": "医療機器", "summary": "医療機器に出たい。"})
    for kind, text in (("advice", GENERAL), ("issue", QMS), ("said", "品質担当は1名"), ("advice", COMMISSION),
                       ("issue", ROUGH), ("advice", MEASURE)):
        clock.forward(minutes=3)
        timeline.add(desk.store, uid, kind, text)
    return uid


def advice(desk: Desk, visit: str, text: str) -> Item:
    return next(i for i in summary.read(desk.store, visit).advice_items if i.text == text)


def issue(desk: Desk, visit: str, text: str) -> str:
    return next(i.key for i in summary.read(desk.store, visit).issues if i.text == text)


def test_advice_answers_the_issue_before_it_until_somebody_says_otherwise(desk: Desk, visit: str) -> None:
    assert summary.read(desk.store, visit).pairs == (
        Pair(QMS, (COMMISSION,)), Pair(ROUGH, (MEASURE,)), Pair("", (GENERAL,)))
    assert advice(desk, visit, MEASURE).guessed
    summary.set_answers(desk.store, visit, advice(desk, visit, MEASURE), issue(desk, visit, QMS))
    summary.set_answers(desk.store, visit, advice(desk, visit, GENERAL), issue(desk, visit, ROUGH))
    assert summary.read(desk.store, visit).pairs == (Pair(QMS, (COMMISSION, MEASURE)), Pair(ROUGH, (GENERAL,)))
    assert not advice(desk, visit, MEASURE).guessed
    history.undo(desk.store, ("consultation", visit))
    assert advice(desk, visit, GENERAL).answers == ""


def test_advice_that_answers_an_issue_goes_on_following_its_line(desk: Desk, visit: str) -> None:
    summary.set_answers(desk.store, visit, advice(desk, visit, MEASURE), issue(desk, visit, QMS))
    line = advice(desk, visit, MEASURE).source
    assert line is not None
    timeline.edit(desk.store, visit, line, text="機器を買う")
    after = advice(desk, visit, "機器を買う")
    assert not after.edited and after.answers == issue(desk, visit, QMS)
    summary.edit_item(desk.store, visit, "advice", after, "測定機を買う")
    written = advice(desk, visit, "測定機を買う")
    assert written.edited and written.answers == issue(desk, visit, QMS)


def test_advice_may_answer_none_and_issues_without_a_line(desk: Desk, visit: str) -> None:
    summary.set_answers(desk.store, visit, advice(desk, visit, MEASURE), "")
    assert advice(desk, visit, MEASURE).answers == "" and not advice(desk, visit, MEASURE).guessed
    summary.add_item(desk.store, visit, "issue", "人手が足りない")
    summary.add_item(desk.store, visit, "advice", "求人を出す")
    summary.set_answers(desk.store, visit, advice(desk, visit, "求人を出す"), issue(desk, visit, "人手が足りない"))
    assert Pair("人手が足りない", ("求人を出す",)) in summary.read(desk.store, visit).pairs


def test_an_issue_taken_off_the_sheet_leaves_its_advice_to_the_one_before(desk: Desk, visit: str) -> None:
    rough = next(i for i in summary.read(desk.store, visit).issues if i.text == ROUGH)
    summary.edit_item(desk.store, visit, "issue", rough, "")
    assert advice(desk, visit, MEASURE).answers == issue(desk, visit, QMS)


def test_a_text_written_as_a_whole_prints_no_pairs(desk: Desk, visit: str) -> None:
    consultations.edit(desk.store, visit, {"advice": "全文で書いた助言"})
    values = sheets.sheet(desk.store, desk.blobs, visit)
    assert values.points == () and values.advice == "全文で書いた助言"
    assert values.situation == f"1. {QMS}\n2. {ROUGH}"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pairs_come_back_from_the_paper(desk: Desk, visit: str, language: Language, tmp_path: Path) -> None:
    summary.set_answers(desk.store, visit, advice(desk, visit, MEASURE), issue(desk, visit, QMS))
    pdf = sheets.pdf(sheets.sheet(desk.store, desk.blobs, visit, language=language), language).pdf
    text = bare(by_poppler(pdf, tmp_path))
    mark, head, general = {"ja": ("・", "課題と助言", "全般"), "en": ("•", "Issuesandadvice", "General")}[language]
    assert bare(f"1{QMS}{mark}{COMMISSION}{mark}{MEASURE}2{ROUGH}3{general}{GENERAL}") in text
    assert head in text and ("現状・課題" not in text)
    with opened(pdf) as read:
        rows = [row for row in elements(read, "TR") if len(row.K) == 3]
        assert len(rows) == 4, "a heading row and one row for each pair"
        assert all(isinstance(row, pikepdf.Dictionary) for row in rows)


def test_the_english_sheet_names_the_approvals_in_english(desk: Desk, visit: str, tmp_path: Path) -> None:
    japanese = bare(by_poppler(sheets.pdf(sheets.sheet(desk.store, desk.blobs, visit)).pdf, tmp_path))
    assert all(title in japanese for title in sheets.APPROVALS)
    desk.store.set_setting("approvals", ["所長", "担当", "理事長印"])
    values = sheets.sheet(desk.store, desk.blobs, visit, language="en")
    assert values.approvals == ("Director", "Officer", "理事長印")
    english = by_poppler(sheets.pdf(values, "en").pdf, tmp_path)
    assert "Director" in english and "Officer" in english and "所長" not in english
