"""A sync that takes the open record away, or brings its end, while somebody types in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from kanto_desk.db.records.consultations import Consultation
from kanto_desk.hub import accounts, tables
from kanto_desk.services import consultations, contested, receipts, timeline
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.sync.page import SyncPage
from kanto_desk.ui.pages.taken_away import TakenAway
from tests.ui.host import Host
from tests.ui.synced import Two


def own_window(two: Two) -> Host:
    """The window of the colleague, who does not own the visit."""
    host = Host(two.two, link=two.link)
    host.frame.begin()
    host.settle()
    return host


def sync_by_itself(host: Host) -> None:
    host.frame.syncing.begin(automatic=True)
    host.settle()
    QTest.qWait(600)   # changes that came are shown together a moment later
    host.settle()


def test_who_types_in_a_visit_that_another_deletes_goes_on_typing(two: Two) -> None:
    host = own_window(two)
    page = host.open(two.visit)
    QTest.keyClicks(host.focus(), "kaki kake")
    page.flush()
    host.settle()
    timeline.add(two.one.store, two.visit, "said", "消す前に足した行")
    consultations.delete(two.one.store, two.visit)
    receipts.sync(two.one.store, link=two.link)
    sync_by_itself(host)
    assert host.frame.places.current is page
    assert page.record.capture.draft().text == "kaki kake"
    assert host.focus() is page.record.capture.text
    assert contested.count(two.two.store) == 1 and host.frame.sync_marks.band.isVisible()
    assert page.record.timeline.lines.rowCount() == 2, "what came with the deletion is shown, too"
    QTest.keyClick(host.focus(), Qt.Key.Key_Return)
    host.settle()
    assert page.record.timeline.lines.rowCount() == 3
    host.end()


def test_a_visit_that_another_deletes_and_nobody_writes_in_goes_with_a_word(two: Two) -> None:
    host = own_window(two)
    host.open(two.visit)
    consultations.delete(two.one.store, two.visit)
    receipts.sync(two.one.store, link=two.link)
    sync_by_itself(host)
    gone = host.frame.places.current
    assert isinstance(gone, TakenAway) and gone.why == "deleted" and gone.copy.isHidden()
    host.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not isinstance(host.frame.places.current, TakenAway | ConsultationPage)
    host.end()


def test_a_visit_withdrawn_from_sight_leaves_what_was_being_typed(two: Two) -> None:
    host = own_window(two)
    page = host.open(two.visit)
    QTest.keyClicks(host.focus(), "kaki kake")
    host.settle()
    two.put(two.one, "consultation", two.visit, visibility="P0")
    receipts.sync(two.one.store, link=two.link)
    sync_by_itself(host)
    assert two.two.store.get(Consultation, two.visit) is None
    gone = host.frame.places.current
    assert isinstance(gone, TakenAway) and gone.why == "withdrawn"
    assert gone.box.toPlainText() == "kaki kake" and not gone.box.isHidden()
    assert "湖南精工" not in "".join(label for label in (host.frame.window().windowTitle(), gone.title()))
    assert host.focus() is gone.copy
    host.key(Qt.Key.Key_Space)
    assert QApplication.clipboard().text() == "kaki kake"
    assert page not in host.frame.places.pages()
    host.end()


def test_a_record_behind_is_closed_when_it_is_withdrawn(two: Two) -> None:
    host = own_window(two)
    host.open(two.visit)
    host.profile(two.company)
    two.put(two.one, "consultation", two.visit, visibility="P0")
    receipts.sync(two.one.store, link=two.link)
    sync_by_itself(host)
    assert ("consultation", two.visit) not in host.frame.places.open_records()
    assert "見られなくなった" in host.said()
    host.end()


def test_a_company_withdrawn_while_it_is_shown_shows_nothing_more(two: Two) -> None:
    host = own_window(two)
    host.profile(two.company)
    with two.hub.write() as conn:
        for uid in conn.execute(select(tables.grant.c.uid).join(
                tables.person, tables.person.c.uid == tables.grant.c.person).where(tables.person.c.name == "佐々木 亮")).scalars():
            accounts.end_grant(conn, uid)
    sync_by_itself(host)
    assert isinstance(host.frame.places.current, TakenAway)
    host.end()


def test_questions_that_went_with_a_withdrawn_record_are_not_called_merged(two: Two) -> None:
    host = own_window(two)
    two.put(two.one, "consultation", two.visit, theme="一が直した")
    two.put(two.two, "consultation", two.visit, theme="二が直した")
    two.sync()
    host.frame.do("contested")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage) and len(page.inbox.choices) == 1
    two.put(two.one, "consultation", two.visit, visibility="P0")
    receipts.sync(two.one.store, link=two.link)
    sync_by_itself(host)
    told = page.inbox.none.words.plain()
    assert page.inbox.stack.currentWidget() is page.inbox.none
    assert "自動で1つになりました" not in told and "1件の記録は、決める前に" in told
    host.end()
