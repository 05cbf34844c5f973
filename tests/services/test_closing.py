"""Times and gaps before signing: the paper says no time that nothing in the record tells."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pypdfium2
import pytest

from kanto_desk.clock import JST
from kanto_desk.services import closing, consultations, finalizing, organizations, summary, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.services.finalizing import Signature
from tests.db.parts import SetClock

TODAY = date(2026, 11, 24)   # 13:30 on the clock of these tests


@pytest.fixture
def company(desk: Desk) -> str:
    return organizations.create(desk.store, {"name": "株式会社髙﨑湖南精工"})


def at(hour: int, minute: int = 0, *, day: date = TODAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=JST)


def page(desk: Desk, visit: str) -> str:
    """The words of the issued page after signing now."""
    issued = finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂 真理", "", "typed"))
    document = pypdfium2.PdfDocument(io.BytesIO(issued.pdf))
    try:
        return "".join(one.get_textpage().get_text_range() for one in document).replace("\r\n", "").replace(" ", "")
    finally:
        document.close()


def said(desk: Desk, visit: str) -> dict[str, str]:
    return {gap.field: gap.text for gap in closing.gaps(desk.store, visit)}


def test_signed_in_the_visit_it_ends_with_the_signature(desk: Desk, company: str, clock: SetClock) -> None:
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    clock.forward(minutes=70)
    timeline.add(desk.store, visit, "advice", "委託加工から始める")
    clock.forward(minutes=20)
    assert not {"started_at", "ended_at"} & set(said(desk, visit))
    assert "13時30分～15時00分（90分）" in page(desk, visit)


def test_signed_hours_after_the_last_line_it_ends_with_that_line_and_says_so_before(
        desk: Desk, company: str, clock: SetClock) -> None:
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    clock.forward(minutes=70)
    timeline.add(desk.store, visit, "advice", "委託加工から始める")
    clock.forward(hours=5)
    assert said(desk, visit)["ended_at"] == "終了は、最後の行の時刻（14時40分）とします"
    assert "13時30分～14時40分（70分）" in page(desk, visit)


def test_signed_the_next_day_it_ends_with_the_last_line_of_its_own_day(
        desk: Desk, company: str, clock: SetClock) -> None:
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    clock.forward(minutes=85)
    timeline.add(desk.store, visit, "advice", "委託加工から始める")
    clock.forward(days=1)
    timeline.add(desk.store, visit, "memo", "翌日に思い出したこと")
    assert said(desk, visit)["ended_at"] == "終了は、最後の行の時刻（14時55分）とします"
    assert "13時30分～14時55分（85分）" in page(desk, visit)


def test_a_visit_written_up_on_another_day_gets_no_times_of_that_day(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company, {"held_on": TODAY - timedelta(days=4)})
    consultations.start(desk.store, visit)
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    record = consultations.get(desk.store, visit).record
    assert record.started_at is None
    found = said(desk, visit)
    assert (found["started_at"], found["ended_at"]) == ("「開始時刻」がまだありません", "「終了時刻」がまだありません")
    text = page(desk, visit)
    assert "相談時間" not in text and "13時30分" not in text and "0分" not in text
    record = consultations.get(desk.store, visit).record
    assert (record.started_at, record.ended_at) == (None, None)


def test_lines_with_times_of_the_day_give_the_begin(desk: Desk, company: str) -> None:
    day = TODAY - timedelta(days=4)
    visit = consultations.create(desk.store, company, {"held_on": day})
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み", at=at(10, 5, day=day))
    timeline.add(desk.store, visit, "advice", "委託加工から始める", at=at(11, 20, day=day))
    found = said(desk, visit)
    assert found["started_at"] == "開始は、最初の行の時刻（10時05分）とします"
    assert "10時05分～11時20分（75分）" in page(desk, visit)


def test_signed_within_the_minute_no_length_is_printed(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    assert "0分）" not in page(desk, visit)
    assert consultations.get(desk.store, visit).record.ended_at is None


def test_times_that_contradict_each_other_are_named(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company, {
        "held_on": TODAY + timedelta(days=2), "started_at": at(15), "ended_at": at(14)})
    found = said(desk, visit)
    assert found["held_on"] == "相談日（令和8年11月26日）がまだ先の日です"
    assert found["started_at"] == "開始時刻の日付が、相談日と違います"
    assert found["ended_at"] == "終了時刻が、開始時刻より前です"
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    assert "-60分" not in page(desk, visit)


def test_main_issue_and_visitor_are_asked_for(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "said", "受注が2割減る見込み")
    consultations.save_part(desk.store, visit, "participant", None, {"name": "高橋 直子", "side": "support"})
    found = {gap.field: gap for gap in closing.gaps(desk.store, visit)}
    assert found["issue"].text == "「主な課題」がまだありません" and not found["issue"].blocking
    assert found["participant"].text == "「相談者」がまだありません" and not found["participant"].blocking
    consultations.save_part(desk.store, visit, "participant", None, {"name": "宮坂 真理", "side": "company"})
    consultations.set_issues(desk.store, visit, ["110"])
    assert not {"issue", "participant"} & set(said(desk, visit))


def unfilled(desk: Desk, visit: str) -> list[tuple[str, str]]:
    return [(gap.field, gap.text) for gap in closing.gaps(desk.store, visit) if "空いたまま" in gap.text]


def test_blanks_left_open_are_named_with_their_lines(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company)
    uid = timeline.add(desk.store, visit, "issue", "社内に測定の手段がなく、外に出すと一本あたり［　］円かかるので採算が合わない。")
    timeline.add(desk.store, visit, "said", "配列[]と［済］はそのまま")
    timeline.add(desk.store, visit, "memo", "話を進めるのは［　］さん。")
    timeline.add(desk.store, visit, "promise", "先方が12/4までに、［　］の資料を送る。")
    consultations.edit(desk.store, visit, {"direction": "次は［ ］から。"})
    gaps = [gap for gap in closing.gaps(desk.store, visit) if "空いたまま" in gap.text]
    assert [(g.field, g.blocking) for g in gaps] == [("entry", False), ("entry", False), ("direction", False)]
    assert gaps[0].part == uid and gaps[0].text == "空いたままのところがあります：…に出すと一本あたり［\u00a0］円かかるので採算が…"
    timeline.edit(desk.store, visit, uid, text="測定の手段が［済］ない。")
    assert [field for field, _ in unfilled(desk, visit)] == ["entry", "direction"]


def test_what_was_filled_in_on_the_sheet_is_no_gap_of_its_line(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company)
    timeline.add(desk.store, visit, "advice", "まず［　］を試す。")
    item = summary.read(desk.store, visit).advice_items[0]
    summary.edit_item(desk.store, visit, "advice", item, "まず治具を試す。")
    assert unfilled(desk, visit) == []
    summary.edit_item(desk.store, visit, "advice", summary.read(desk.store, visit).advice_items[0], "治具を［　］回試す。")
    assert [field for field, _ in unfilled(desk, visit)] == ["advice_items"]
    timeline.add(desk.store, visit, "said", "今日いちばん相談したいことは、［　］。")
    assert [field for field, _ in unfilled(desk, visit)] == ["entry", "advice_items"]
    consultations.edit(desk.store, visit, {"summary": "測定の相談。"})
    assert [field for field, _ in unfilled(desk, visit)] == ["advice_items"]


def test_many_blanks_are_counted_after_the_first_five(desk: Desk, company: str) -> None:
    visit = consultations.create(desk.store, company)
    for n in range(8):
        timeline.add(desk.store, visit, "issue", f"課題{n}は［　］。")
    told = unfilled(desk, visit)
    assert len(told) == 6 and told[-1][1] == "空いたままのところが、ほかに3か所あります"


def test_the_signature_fills_the_end_in_exactly_where_no_gap_asks_for_it(desk: Desk, company: str,
                                                                        clock: SetClock) -> None:
    visit = consultations.create(desk.store, company)
    assert not closing.fills_end(desk.store, visit) and "ended_at" in said(desk, visit)
    consultations.start(desk.store, visit)
    assert closing.fills_end(desk.store, visit) and "ended_at" not in said(desk, visit)
    clock.forward(days=1)
    assert not closing.fills_end(desk.store, visit) and "まだありません" in said(desk, visit)["ended_at"]
    other = consultations.create(desk.store, company)
    timeline.add(desk.store, other, "said", "受注が2割減る見込み")
    clock.forward(minutes=30)
    timeline.add(desk.store, other, "advice", "委託加工から始める")
    clock.forward(days=1)
    assert closing.fills_end(desk.store, other) and "とします" in said(desk, other)["ended_at"]
