"""A line that is being edited when the deletion of it arrives: it comes back at Enter, with the question."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk.db.records.consultations import Entry, Participant
from kanto_desk.services import consultations, contested, receipts, timeline
from kanto_desk.ui.frame import MERGED_AFTER_MS
from tests.ui.host import Host
from tests.ui.synced import NOTES, Two


def test_a_line_deleted_while_it_is_edited_is_back_at_enter_with_the_question(two: Two, host: Host) -> None:
    page = host.open(two.visit)
    page.record.timeline.setFocus()
    page.record.edit_last()
    host.settle()
    editor = QApplication.focusWidget()
    assert editor is not None
    QTest.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "mine")
    two.clock.forward(minutes=1)
    timeline.delete(two.two.store, two.visit, two.line)
    receipts.sync(two.two.store, link=two.link)
    host.frame.syncing.begin(automatic=True)
    host.settle()
    QTest.qWait(MERGED_AFTER_MS * 2)
    host.settle()
    assert two.one.store.get(Entry, two.line).deleted_at is not None and QApplication.focusWidget() is editor
    two.clock.forward(minutes=1)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    host.settle()
    host.settle()
    assert [line.text for line in timeline.lines(two.one.store, two.visit)] == [NOTES + "mine"]
    assert host.frame.top.confirm.text() == "確認 1" and "残しました" in host.said()
    (asked,) = contested.listing(two.one.store)
    assert asked.deletion and {side.deletes for side in asked.sides} == {True, False}
    two.sync()
    (there,) = contested.listing(two.two.store)
    assert there.deletion and two.two.store.get(Entry, two.line).text == NOTES + "mine"
    contested.settle(two.two.store, [(there, False)])
    two.sync()
    for desk in (two.one, two.two):
        assert timeline.lines(desk.store, two.visit) == [] and contested.count(desk.store) == 0


def test_a_participant_deleted_while_it_is_written_is_back_too_and_one_s_own_deletion_stays(two: Two) -> None:
    one, other = two.one.store, two.two.store
    uid = consultations.save_part(one, two.visit, "participant", None, {"name": "湖南 花子"})
    mine = consultations.save_part(one, two.visit, "participant", None, {"name": "湖南 次郎"})
    two.sync()
    before = one.seen_now()
    two.clock.forward(minutes=1)
    consultations.delete_part(other, two.visit, "participant", uid)
    consultations.delete_part(one, two.visit, "participant", mine)
    two.sync()
    two.clock.forward(minutes=1)
    with one.seen_up_to(before):
        consultations.save_part(one, two.visit, "participant", uid, {"role": "工場長"})
        consultations.save_part(one, two.visit, "participant", mine, {"role": "課長"})
    assert one.get(Participant, uid).deleted_at is None and one.get(Participant, mine).deleted_at is not None
    (asked,) = contested.listing(one)
    assert asked.uid == uid and asked.deletion
