"""The main job through the verbs: a visit recorded, summed up, signed, corrected; what is private stays private."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pypdfium2
import pytest
from PIL import Image

from kanto_desk.db.records.dossier import Version
from kanto_desk.db.store import read_all
from kanto_desk.errors import Refused
from kanto_desk.services import (
    closing,
    codes,
    consultations,
    finalizing,
    finding,
    history,
    home,
    organizations,
    photos,
    promises,
    sheets,
    summary,
    timeline,
)
from kanto_desk.services.finalizing import Signature

LINES = [
    ("said", "いまは自動車用の細径パイプが売上の7割。来年から受注が2割減る見込み。"),
    ("issue", "ISO 13485 の取得計画が社内で決まらない（品質担当が1名）。"),
    ("memo", "社長は銀行の手前、弱気を見せたくない様子"),
    ("issue", "内面の面粗さ Ra0.2 の測定手段がない。"),
    ("advice", "まず委託加工として参入し、認証は2年計画に分ける。"),
    ("promise", "工業技術センターへの機器利用の申し込み（湖南精工 宮坂さん・12/4 まで）"),
]


@pytest.fixture
def company(desk) -> str:
    return organizations.create(desk.store, {"name": "株式会社髙﨑湖南精工", "kana": "タカサキコナンセイコウ", "city": "諏訪市"})


@pytest.fixture
def visit(desk, company, clock) -> str:
    uid = consultations.create(desk.store, company)
    for kind, text in LINES:
        clock.forward(minutes=7)
        timeline.add(desk.store, uid, kind, text)
    return uid


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "").replace(" ", "")
    finally:
        document.close()


def test_a_new_consultation_fills_in_what_is_known(desk, company):
    opened = consultations.get(desk.store, consultations.create(desk.store, company))
    r = opened.record
    assert (r.held_on, r.fiscal_year, r.nth, r.category, r.expert) == (date(2026, 11, 24), 2026, 1, "1", "高橋 直子")
    assert r.reference.startswith("KD-R08-")
    assert r.reference.endswith("-00001")
    assert opened.state == "draft"


def test_the_second_visit_knows_the_first(desk, company):
    first = consultations.create(desk.store, company)
    second = consultations.get(desk.store, consultations.create(desk.store, company)).record
    assert (second.nth, second.category, second.previous) == (2, "2", first)
    assert second.reference.endswith("-00002")


def test_lines_keep_order_and_time_and_the_first_starts_the_clock(desk, visit):
    lines = timeline.lines(desk.store, visit)
    assert [(line.kind, line.text) for line in lines] == LINES
    assert [line.time for line in lines] == ["13:37", "13:44", "13:51", "13:58", "14:05", "14:12"]
    assert consultations.get(desk.store, visit).record.started_at.isoformat() == "2026-11-24T13:37:00+09:00"


def test_a_promise_line_is_read_for_who_and_when(desk, visit):
    made = promises.of_consultation(desk.store, visit)
    assert [(p.who, p.due_on, p.side) for p in made] == [("湖南精工 宮坂さん", date(2026, 12, 4), "company")]
    assert made[0].text == "工業技術センターへの機器利用の申し込み"


def test_a_promise_follows_its_line_until_somebody_writes_it(desk, visit):
    line = timeline.lines(desk.store, visit)[-1]
    timeline.edit(desk.store, visit, line.uid, text="見積もりを送る（宮坂さん・12/18 まで）")
    assert promises.of_consultation(desk.store, visit)[0].due_on == date(2026, 12, 18)


def test_an_edited_line_keeps_its_time_and_is_marked(desk, visit, clock):
    first = timeline.lines(desk.store, visit)[0]
    clock.forward(minutes=30)
    timeline.edit(desk.store, visit, first.uid, text="売上の6割")
    again = timeline.lines(desk.store, visit)[0]
    assert (again.time, again.text, again.edited) == ("13:37", "売上の6割", True)


def test_lines_move_and_undo_puts_them_back(desk, visit):
    before = [line.uid for line in timeline.lines(desk.store, visit)]
    timeline.move(desk.store, visit, before[4], 0)
    assert [line.uid for line in timeline.lines(desk.store, visit)] == [before[4], *before[:4], before[5]]
    history.undo(desk.store, ("consultation", visit))
    assert [line.uid for line in timeline.lines(desk.store, visit)] == before


def test_history_is_told_in_words(desk, visit):
    timeline.add(desk.store, visit, "promise", "見積もりを送る 12/4まで")
    newest = history.in_words(desk.store, history.groups(desk.store, ("consultation", visit)))[0]
    told = {(change.record, change.field): change.after for change in newest.changes}
    assert told["記録の行", "種類"] == "約束" and told["約束", "状態"] == codes.label(desk.store, "promise_state", "open")
    organization = consultations.get(desk.store, visit).organization
    assert organization is not None and told["約束", "企業"] == organization.name
    assert ("記録の行", "相談") not in told and not any(visit == value for value in told.values())


def test_a_line_that_stops_being_a_promise_takes_its_promise_along(desk, visit):
    line = timeline.lines(desk.store, visit)[-1]
    timeline.edit(desk.store, visit, line.uid, kind="said")
    assert promises.of_consultation(desk.store, visit) == []
    history.undo(desk.store, ("consultation", visit))
    assert len(promises.of_consultation(desk.store, visit)) == 1


def test_an_empty_line_is_refused(desk, visit):
    with pytest.raises(Refused):
        timeline.add(desk.store, visit, "said", " \n ")


def test_summary_follows_lines_until_edited_and_offers_to_take_over(desk, visit):
    lines = timeline.lines(desk.store, visit)
    items = summary.read(desk.store, visit).issues
    assert [i.text for i in items] == [LINES[1][1], LINES[3][1]]
    summary.edit_item(desk.store, visit, "issue", items[0], "認証の計画")
    timeline.edit(desk.store, visit, lines[3].uid, text="測定手段がない")
    timeline.edit(desk.store, visit, lines[1].uid, text="ISO 13485 の計画は来年決める")
    now = summary.read(desk.store, visit).issues
    assert [(i.text, i.changed) for i in now] == [("認証の計画", True), ("測定手段がない", False)]
    summary.adopt(desk.store, visit, now[0])
    assert summary.read(desk.store, visit).issues[0].text == "ISO 13485 の計画は来年決める"


def test_an_item_removed_from_the_sheet_leaves_its_line(desk, visit):
    item = summary.read(desk.store, visit).issues[0]
    summary.edit_item(desk.store, visit, "issue", item, "")
    assert [i.text for i in summary.read(desk.store, visit).issues] == [LINES[3][1]]
    assert len(timeline.lines(desk.store, visit)) == len(LINES)


def test_signing_issues_a_version_with_its_pdf(desk, visit):
    issued = finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂 真理", "品質課長", "typed"))
    assert (issued.n, issued.missing) == (1, ())
    text = words(issued.pdf)
    for piece in ("髙﨑湖南精工", "2割減る見込み", "面粗さRa0.2の測定手段がない", "認証は2年計画", "令和8年12月4日", "宮坂真理", "品質課長"):
        assert piece in text, piece
    assert sheets.preview(desk.store, desk.blobs, visit).pdf == issued.pdf
    assert consultations.get(desk.store, visit).state == "final"


def test_private_lines_are_neither_on_paper_nor_in_the_version(desk, visit):
    issued = finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂", "", "typed"))
    assert "弱気" not in words(issued.pdf)
    with desk.store.read() as conn:
        version = read_all(conn, Version)[0]
    assert "弱気" not in str(version.body)
    assert "弱気" in str([line.text for line in timeline.lines(desk.store, visit)])


def test_a_photo_on_a_private_line_is_neither_on_paper_nor_in_the_version(desk, visit):
    line = {one.kind: one.uid for one in timeline.lines(desk.store, visit)}
    for kind, caption, colour in (("memo", "社長の机の帳簿", "red"), ("issue", "測定室の棚", "green")):
        image = io.BytesIO()
        Image.new("RGB", (40, 30), colour).save(image, "JPEG")
        photo = photos.attach(desk.store, desk.blobs, visit, image.getvalue(), f"{kind}.jpg")
        photos.edit(desk.store, visit, photo, {"caption": caption, "consent": "yes"})
        photos.move_to_line(desk.store, visit, [photo], line[kind])
    assert not any(gap.field == "photo" for gap in closing.gaps(desk.store, visit))
    issued = finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂", "", "typed"))
    assert "測定室の棚" in words(issued.pdf) and "帳簿" not in words(issued.pdf)
    with desk.store.read() as conn:
        body = str(read_all(conn, Version)[0].body)
    assert "測定室の棚" in body and "帳簿" not in body


def test_a_signed_record_refuses_every_edit(desk, visit):
    finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂", "", "typed"))
    line = timeline.lines(desk.store, visit)[0].uid
    promise = promises.of_consultation(desk.store, visit)[0].uid
    for attempt in (
        lambda: timeline.add(desk.store, visit, "said", "x"),
        lambda: timeline.edit(desk.store, visit, line, text="x"),
        lambda: timeline.move(desk.store, visit, line, 3),
        lambda: timeline.delete(desk.store, visit, line),
        lambda: consultations.edit(desk.store, visit, {"theme": "x"}),
        lambda: consultations.set_issues(desk.store, visit, ["0101"]),
        lambda: consultations.delete(desk.store, visit),
        lambda: promises.edit(desk.store, visit, promise, {"due_on": date(2027, 1, 1)}),
        lambda: finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂", "", "typed")),
    ):
        with pytest.raises(Refused):
            attempt()
    assert history.undo(desk.store, ("consultation", visit)) is None
    promises.set_done(desk.store, visit, promise, True)      # keeping a promise is no change of the sheet
    assert promises.of_consultation(desk.store, visit)[0].state == "done"


def test_a_correction_needs_a_reason_makes_version_two_and_leaves_version_one(desk, visit, clock):
    first = finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂", "", "typed"))
    with pytest.raises(Refused):
        finalizing.correct(desk.store, visit, "  ")
    finalizing.correct(desk.store, visit, "期限の誤記")
    clock.forward(days=1)
    consultations.edit(desk.store, visit, {"direction": "12月に再訪する"})
    second = finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂", "", "typed"))
    versions = finalizing.versions(desk.store, visit)
    assert [(v.n, v.reason) for v in versions] == [(1, None), (2, "期限の誤記")]
    assert "今後の方針" in versions[1].corrected
    assert desk.blobs.get(versions[0].pdf) == first.pdf
    text = words(second.pdf)
    assert "期限の誤記" in text
    assert "12月に再訪する" in text


@pytest.mark.parametrize("signature", [Signature(""), Signature("宮坂", "", "pen"), Signature("宮坂", "", "paper")])
def test_without_name_or_signature_nothing_is_issued(desk, visit, signature):
    with pytest.raises(Refused):
        finalizing.finalize(desk.store, desk.blobs, visit, signature)
    assert finalizing.versions(desk.store, visit) == []
    assert consultations.get(desk.store, visit).state == "draft"


def test_gaps_are_told_and_only_the_needed_ones_block(desk, company):
    uid = consultations.create(desk.store, company)
    assert {g.field for g in closing.gaps(desk.store, uid) if g.blocking} == {"summary"}
    timeline.add(desk.store, uid, "said", "来年から受注が2割減る")
    timeline.add(desk.store, uid, "promise", "連絡する")
    found = {g.field: g.blocking for g in closing.gaps(desk.store, uid)}
    assert not any(found.values())
    assert {"promise", "next_on", "advice"} <= set(found)


def test_search_finds_lines_of_a_visit_and_names_it(desk, visit):
    found = finding.find(desk.store, "面粗さ 測定")
    assert found[0].root == visit
    assert "株式会社髙﨑湖南精工 第1回" in found[0].title
    assert finding.find(desk.store, "高崎湖南")[0].type == "organization"


def test_home_shows_the_next_visit_overdue_promises_and_unsigned_records(desk, visit, clock, company):
    clock.forward(days=20)
    following = consultations.create(desk.store, company)
    shown = home.read(desk.store)
    assert shown.next_visit.visit.uid == following
    assert [p.text for p in shown.next_visit.promises] == ["工業技術センターへの機器利用の申し込み"]
    assert (shown.overdue_count, shown.unsigned_count) == (1, 1)
    assert shown.unsent > 0


def test_the_draft_of_the_capture_box_is_kept_until_the_line_is_added(desk, visit):
    consultations.save_draft(desk.store, visit, "issue", "面粗さの測定は、外に頼むと1本あたり五万円くら")
    assert consultations.draft(desk.store, visit) == ("issue", "面粗さの測定は、外に頼むと1本あたり五万円くら")
    timeline.add(desk.store, visit, "issue", "面粗さの測定は1本五万円")
    assert consultations.draft(desk.store, visit) is None


def test_listing_pages_newest_first_with_states(desk, company, clock):
    made = []
    for _ in range(5):
        made.append(consultations.create(desk.store, company))
        clock.now += timedelta(days=1)
    assert [r.uid for r in consultations.listing(desk.store, limit=2, offset=1)] == [made[3], made[2]]
    assert consultations.count(desk.store) == 5
