"""確認が必要な変更 by keys alone: deciding, undo, later; and a sync over an open record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import insert

from kanto_desk.db import local
from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.db.records.organizations import Organization
from kanto_desk.services import consultations, contested, receipts, refusals
from kanto_desk.ui.pages.sync.not_taken import NotTakenHead
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.services.test_receipts import _refuse
from tests.ui.conftest import Compose
from tests.ui.host import Host
from tests.ui.synced import NOTES, THEME, Two, refuse

CTRL = Qt.KeyboardModifier.ControlModifier


def inbox_of(host: Host) -> SyncPage:
    host.frame.do("contested")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    return page


def tab_to(host: Host, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(40):
        if host.focus().accessibleName() == name:
            return
        host.key(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not come to {name}")


def test_both_fields_of_a_record_are_decided_by_keys_and_taken_back(two: Two, host: Host) -> None:
    two.apart()
    two.sync()
    host.frame.syncing.look()
    host.settle()
    page = inbox_of(host)
    assert host.focus().accessibleName() == "件名：自分"
    tab_to(host, "件名：相手")
    host.key(Qt.Key.Key_Space)
    tab_to(host, "内容：自分")
    texts = {choice.one.field: choice for choice in page.inbox.choices}
    assert texts["text"].both.isChecked(), "long texts: both are offered first"
    assert "専門家派遣" in texts["text"]._result.plain()
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert two.one.store.get(Consultation, two.visit).theme == "医療機器への参入と薬事"
    text = two.one.store.get(Entry, two.line).text
    assert "都産技研" in text and "専門家派遣" in text
    assert contested.count(two.one.store) == 0 and host.frame.top.confirm.isHidden()
    assert page.inbox.stack.currentWidget() is page.inbox.none
    assert "変更を決めました" in host.said()
    host.frame.footer.undo.click()
    host.settle()
    assert contested.count(two.one.store) == 2 and host.frame.top.confirm.text() == "確認 2"
    assert len(page.inbox.choices) == 2
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert contested.count(two.one.store) == 1, "the long text alone was decided"
    host.ctrl(Qt.Key.Key_Z)
    host.settle()
    assert contested.count(two.one.store) == 2, "Ctrl+Z takes a decision back, too"


def test_the_value_that_stands_and_what_differs_are_told_in_words_and_by_a_line(two: Two, host: Host) -> None:
    two.put(two.one, "consultation", two.visit, held_on=two.clock().date() - timedelta(days=1))
    two.clock.forward(minutes=1)
    two.put(two.two, "consultation", two.visit, held_on=two.clock().date() - timedelta(days=2))
    two.sync()
    (choice,) = inbox_of(host).inbox.choices
    assert ["いまの値" in side.accessibleName() for side in choice.sides] == [False, True]
    assert all("underline" in side.words.text() for side in choice.sides)


def test_a_visit_that_somebody_deleted_stays_in_sight_with_a_band_until_somebody_decides(two: Two, host: Host) -> None:
    consultations.delete(two.one.store, two.visit)
    two.clock.forward(minutes=1)
    two.put(two.two, "entry", two.line, text="消した人が知らない行")
    two.sync()
    host.frame.open_consultation(two.visit)
    host.settle()
    host.frame.syncing.look()
    host.settle()
    band = host.frame.sync_marks.band
    assert band.isVisible() and "消した人がいます" in band.words.plain()
    assert "消した人が知らない行" in two.one.store.get(Entry, two.line).text
    band.look_at.click()
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    (choice,) = page.inbox.choices
    assert [chip.text() for chip in choice.quick] == ["消す", "残す"]
    choice.quick[1].click()
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert contested.count(two.one.store) == 0
    assert two.one.store.get(Consultation, two.visit).deleted_at is None


def test_rewriting_keeps_composed_text_and_leaves_what_was_not_decided(
        two: Two, host: Host, compose: Compose) -> None:
    two.apart()
    two.sync()
    page = inbox_of(host)
    theme, text = page.inbox.choices
    text._how = None   # as if only the first had been looked at
    theme.rewrite.setFocus()
    host.key(Qt.Key.Key_Space)
    box = host.focus()
    assert box is theme.editor
    host.ctrl(Qt.Key.Key_A)
    compose(box, commit="認証と薬事の")
    compose(box, preedit="じゅんばん")
    page.inbox.settle()
    host.settle()
    assert two.one.store.get(Consultation, two.visit).theme == "認証と薬事のじゅんばん"
    (left,) = contested.listing(two.one.store)
    assert left.field == "text"


def test_later_leads_back_and_decides_nothing(two: Two, host: Host) -> None:
    two.apart()
    two.sync()
    page = inbox_of(host)
    host.key(Qt.Key.Key_Escape)
    host.settle()
    assert not page._contested and contested.count(two.one.store) == 2
    assert [crumb.words for crumb in page.crumbs()] == ["同期"]


def test_a_deletion_against_an_edit_is_asked_as_keep_or_delete(two: Two, host: Host) -> None:
    consultations.delete(two.two.store, two.visit)
    two.clock.forward(minutes=1)
    two.put(two.one, "consultation", two.visit, theme="消された後で直した")
    two.sync()
    page = inbox_of(host)
    (choice,) = page.inbox.choices
    assert {chip.words for chip in choice.quick} == {"残す", "消す"}
    keep = next(chip for chip in choice.quick if chip.words == "残す")
    keep.setFocus()
    host.key(Qt.Key.Key_Space)
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert two.one.store.get(Consultation, two.visit).deleted_at is None
    assert contested.count(two.one.store) == 0


def test_what_the_hub_did_not_take_stands_in_the_same_place_with_its_ways_out(
        two: Two, host: Host, tmp_path: Path) -> None:
    _refuse(two)
    host.frame.syncing.look()
    host.settle()
    assert host.frame.top.confirm.text() == "確認 1"
    page = inbox_of(host)
    (card,) = page.inbox.refused
    assert host.focus() is card.again
    host.answers.target = tmp_path
    card.save.click()
    host.settle()
    (written,) = tmp_path.glob("*.txt")
    assert "書いてはいけないこと" in written.read_text("utf-8")
    card.away.click()
    host.settle()
    assert host.frame.top.confirm.isHidden() and not page.inbox.refused
    host.frame.footer.undo.click()
    host.settle()
    assert len(page.inbox.refused) == 1


def test_all_that_was_not_taken_is_sent_again_by_one_button(two: Two, host: Host) -> None:
    refuse(two)
    two.put(two.one, "organization", two.company, city="諏訪市")
    with two.one.store.write() as conn:
        change = conn.execute(local.change.select().order_by(local.change.c.id.desc()).limit(1)).one()
        conn.execute(insert(local.verdict).values(dev=change.dev, seq=change.seq, state="refused", reason="role",
                                                  type=change.type, uid=change.uid, set=change.set,
                                                  at=two.clock().isoformat()))
    host.frame.syncing.look()
    host.settle()
    page = inbox_of(host)
    assert len(page.inbox.refused) == 2
    head, = page.inbox.findChildren(NotTakenHead)
    assert head.all.isVisibleTo(page.inbox) and "2件" in head.all.text()
    head.all.click()
    host.settle()
    assert refusals.count(two.one.store) == 0 and not page.inbox.refused
    assert "2件をもう一度送ります" in host.said()


def test_the_record_itself_leads_to_its_contested_fields(two: Two, host: Host) -> None:
    host.open(two.visit)
    assert host.frame.sync_marks.band.isHidden()
    two.apart()
    two.sync()
    host.frame.syncing.look()
    host.settle()
    assert "件名" in host.frame.sync_marks.band.words.plain()
    host.frame.sync_marks.band.look_at.click()
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage) and page._contested
    assert page.inbox.choices[0].one.root == ("consultation", two.visit)


def test_a_contested_field_is_marked_where_it_is_written_and_the_mark_leads_to_the_decision(
        two: Two, host: Host) -> None:
    two.apart()
    for desk, city in ((two.one, "諏訪市"), (two.two, "岡谷市")):
        two.put(desk, "organization", two.company, city=city)
    two.sync()
    host.frame.syncing.look()
    host.settle()
    visit = host.open(two.visit)
    visit.go_to("summary")
    host.settle()
    row = visit._tabs["summary"].forms["top"].row("theme")
    assert row._contested is not None and "2台で直しました" in row._contested.accessibleName()
    row._contested.click()
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage) and page.inbox.choices[0].one.root == ("consultation", two.visit)
    for choice in page.inbox.choices:
        choice.choose("both")
    page.inbox.settle()
    host.settle()
    host.frame.open_consultation(two.visit)
    host.settle()
    assert row._contested is None, "decided: the mark is gone"
    company = host.profile(two.company)
    company.toggle_edit()
    host.settle()
    marked = {name for form in company.forms.values() for name in form.names() if form.row(name)._contested is not None}
    assert marked == {"city"}


def test_a_sync_over_an_open_company_shows_what_is_new_but_not_in_the_box_being_written(
        two: Two, host: Host, compose: Compose) -> None:
    page = host.profile(two.company)
    page.toggle_edit()
    host.settle()
    form = page.form_of("strengths") if hasattr(page, "form_of") else next(
        one for one in page.forms.values() if "strengths" in one.names())
    box = form.editor("strengths")
    box.setFocus()
    host.settle()
    QTest.keyClick(box, Qt.Key.Key_End, CTRL)
    QTest.keyClicks(box, " and laser")
    host.settle()
    form.flush()
    host.settle()   # saved: the form has nothing of its own any more, but the cursor is still there
    two.clock.forward(minutes=1)
    with two.two.store.operation("直す", ("organization", two.company)) as op:
        op.put("organization", two.company, {"strengths": "別の人が書いた強み", "city": "諏訪市"})
    receipts.sync(two.two.store, link=two.link)
    host.frame.syncing.begin(automatic=True)
    host.settle()
    QTest.qWait(400)   # slices of a sync are shown together
    host.settle()
    city = next(one for one in page.forms.values() if "city" in one.names())
    assert city.values()["city"] == "諏訪市", "what nobody writes in is new"
    assert form.values()["strengths"] == "細径パイプの曲げ and laser" and box.hasFocus()
    compose(box, preedit="りんく")
    assert box.composing
    host.frame.syncing.begin(automatic=True)
    host.settle()
    assert box.composing, "a sync by itself commits nothing"
    compose(box, commit="林")
    host.settle()
    form.flush()
    host.settle()
    assert two.one.store.get(Organization, two.company).strengths == "細径パイプの曲げ and laser林"
    (found,) = contested.listing(two.one.store)
    assert {s.words for s in found.sides} == {"別の人が書いた強み", "細径パイプの曲げ and laser林"}


def test_a_sync_leaves_the_line_that_is_being_edited_and_both_texts_stay(two: Two, host: Host) -> None:
    page = host.open(two.visit)
    page.record.timeline.setFocus()
    page.record.edit_last()
    host.settle()
    editor = QApplication.focusWidget()
    assert editor is not None
    QTest.keyClick(editor, Qt.Key.Key_End, CTRL)
    QTest.keyClicks(editor, "mine")
    two.clock.forward(minutes=1)
    two.put(two.two, "entry", two.line, text="別の人が直した行")
    two.put(two.two, "consultation", two.visit, theme="別の人の件名")
    receipts.sync(two.two.store, link=two.link)
    host.frame.syncing.begin(automatic=True)
    host.settle()
    QTest.qWait(400)
    host.settle()
    assert QApplication.focusWidget() is editor
    two.clock.forward(minutes=1)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    host.settle()
    (found,) = contested.listing(two.one.store)
    assert {s.words for s in found.sides} == {NOTES + "mine", "別の人が直した行"}
    assert two.one.store.get(Consultation, two.visit).theme == "別の人の件名" != THEME
