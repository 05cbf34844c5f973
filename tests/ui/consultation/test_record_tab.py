"""記録: lines by key, composition guard, promise chips, undo across lines, drafts, changes from elsewhere."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QInputMethodQueryEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from kanto_desk.services import consultations, line_drafts, promises, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.dates import DateInput
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from tests.db.parts import SetClock
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key


def write_line(host: Host, compose: Compose, text: str) -> None:
    """Type a line as an input method does: composed, committed, Enter."""
    compose(host.focus(), preedit=text[:2])
    compose(host.focus(), commit=text)
    host.key(Key.Key_Return)


def texts(desk: Desk, visit: str) -> list[str]:
    return [line.text for line in timeline.lines(desk.store, visit)]


def test_enter_makes_a_line_at_its_time_and_the_kind_returns(host: Host, desk: Desk, visit: str, compose: Compose,
                                                              clock: SetClock) -> None:
    page = host.open(visit)
    assert host.focus() is page.record.capture.text
    clock.forward(minutes=4)
    host.ctrl(Key.Key_2)
    write_line(host, compose, "ISO 13485 の取得計画が決まらない。")
    write_line(host, compose, "助言：認証は2年計画に分ける。")
    write_line(host, compose, "後継ぎの話。")
    stored = timeline.lines(desk.store, visit)
    assert [(line.kind, line.text, line.time) for line in stored] == [
        ("issue", "ISO 13485 の取得計画が決まらない。", "13:34"), ("advice", "認証は2年計画に分ける。", "13:34"),
        ("said", "後継ぎの話。", "13:34")]
    assert [page.record.timeline.lines.line(n).uid for n in range(3)] == [line.uid for line in stored]
    assert page.header.pieces()[:2] == ("課題 1", "助言 1")


def test_enter_does_nothing_while_composing(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), preedit="ごまんえん")
    host.key(Key.Key_Return)
    assert texts(desk, visit) == []
    compose(host.focus(), commit="五万円")
    host.key(Key.Key_Return)
    assert texts(desk, visit) == ["五万円"]
    page.record.edit_last()
    host.settle()
    editor = host.focus()
    compose(editor, preedit="くらい")
    host.key(Key.Key_Return)
    assert page.record.timeline.delegate.editor is editor and texts(desk, visit) == ["五万円"]
    compose(editor, commit="くらい")
    host.key(Key.Key_Return)
    assert page.record.timeline.delegate.editor is None and texts(desk, visit) == ["五万円くらい"]


def test_leaving_the_page_keeps_composed_text_of_a_line_being_edited(host: Host, desk: Desk, visit: str,
                                                                     compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "測定は外に頼む")
    page.record.edit_last()
    compose(host.focus(), preedit="んでいる")
    page.go_to("summary")
    host.settle()
    assert texts(desk, visit) == ["測定は外に頼むんでいる"]


def test_up_edits_the_last_line_and_escape_restores_it(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "受注が2割減る。")
    host.key(Key.Key_Up)
    QTest.keyClicks(host.focus(), "xyz")
    host.key(Key.Key_Escape)
    assert texts(desk, visit) == ["受注が2割減る。"]
    assert not timeline.lines(desk.store, visit)[0].edited
    page.record.timeline.setFocus()
    host.key(Key.Key_F2)
    QTest.keyClicks(host.focus(), "x")
    host.key(Key.Key_Return)
    line = timeline.lines(desk.store, visit)[0]
    assert (line.text, line.edited) == ("受注が2割減る。x", True)


def test_alt_arrow_moves_and_ctrl_delete_removes_with_undo(host: Host, desk: Desk, visit: str,
                                                           compose: Compose) -> None:
    page = host.open(visit)
    for text in ("一行目", "二行目", "三行目"):
        write_line(host, compose, text)
    page.record.timeline.setFocus()
    page.record.timeline.step_to(2)
    host.key(Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert texts(desk, visit) == ["一行目", "三行目", "二行目"]
    host.ctrl(Key.Key_Delete)
    assert texts(desk, visit) == ["一行目", "二行目"] and "行を消しました" in host.said()
    host.ctrl(Key.Key_Z)
    assert texts(desk, visit) == ["一行目", "三行目", "二行目"]
    assert [page.record.timeline.lines.line(n).text for n in range(3)] == ["一行目", "三行目", "二行目"]


def test_a_line_that_was_moved_says_so_once_and_goes_back(host: Host, desk: Desk, visit: str,
                                                         compose: Compose) -> None:
    page = host.open(visit)
    for text in ("一行目", "二行目", "三行目"):
        write_line(host, compose, text)
    lines = page.record.timeline
    lines.setFocus()
    lines.step_to(2)
    for _ in range(2):
        host.key(Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        assert host.said() == "行を動かしました"   # one line of the footer, replaced
    assert texts(desk, visit) == ["三行目", "一行目", "二行目"]
    host.frame.footer.undo.click()
    host.settle()
    assert texts(desk, visit) == ["一行目", "三行目", "二行目"]
    host.frame.say("")
    assert lines.lines.moveRow(QModelIndex(), 2, QModelIndex(), 0)   # what a drop does
    host.settle()
    assert texts(desk, visit)[0] == "二行目" and host.said() == "行を動かしました"


def test_ctrl_z_undoes_the_box_first_and_then_line_by_line(host: Host, desk: Desk, visit: str,
                                                           compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "一行目")
    write_line(host, compose, "二行目")
    QTest.keyClicks(host.focus(), "abc")
    host.ctrl(Key.Key_Z)
    assert page.record.capture.text.toPlainText() == "" and texts(desk, visit) == ["一行目", "二行目"]
    host.ctrl(Key.Key_Z)
    assert texts(desk, visit) == ["一行目"]
    host.ctrl(Key.Key_Z)
    assert texts(desk, visit) == [] and page.record.timeline.lines.rowCount() == 0
    host.ctrl(Key.Key_Z, shift=True)
    assert page.record.capture.text.toPlainText() == "abc"
    host.ctrl(Key.Key_Z, shift=True)
    host.ctrl(Key.Key_Y)
    assert texts(desk, visit) == ["一行目", "二行目"]


def test_letters_typed_on_a_line_go_to_the_capture_box(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    capture, lines = page.record.capture.text, page.record.timeline
    for text in ("受注が減る。", "後継ぎの話。"):
        write_line(host, compose, text)
    host.key(Key.Key_Up)
    host.key(Key.Key_Escape)   # out of the editor, onto the line
    assert host.focus() is lines and lines.currentIndex().row() == 1
    for typed in ("a", " ", "B", "@"):
        QTest.keyClicks(host.focus(), typed)
    assert host.focus() is capture and capture.toPlainText() == "a B@"
    host.key(Key.Key_Return)
    assert texts(desk, visit) == ["受注が減る。", "後継ぎの話。", "a B@"]

    lines.setFocus()
    host.key(Key.Key_F2)
    QTest.keyClicks(host.focus(), "X")   # the editor of the line keeps its letters
    host.key(Key.Key_Return)
    assert texts(desk, visit)[1] == "後継ぎの話。X" and host.focus() is lines and capture.toPlainText() == ""
    host.key(Key.Key_Delete, Qt.KeyboardModifier.ControlModifier)
    assert texts(desk, visit) == ["受注が減る。", "a B@"] and host.focus() is lines
    host.key(Key.Key_Escape)
    assert host.focus() is capture and host.frame.places.current is page


def test_a_composition_begun_on_a_line_ends_in_the_capture_box(host: Host, desk: Desk, visit: str,
                                                              compose: Compose) -> None:
    page = host.open(visit)
    capture, lines = page.record.capture.text, page.record.timeline
    write_line(host, compose, "受注が減る。")
    for leave_early in (False, True):
        lines.setFocus()
        query = QInputMethodQueryEvent(Qt.InputMethodQuery.ImEnabled | Qt.InputMethodQuery.ImCursorRectangle)
        QApplication.sendEvent(lines, query)
        assert query.value(Qt.InputMethodQuery.ImEnabled)
        caret = query.value(Qt.InputMethodQuery.ImCursorRectangle).toRect()
        place = capture.mapFromGlobal(lines.mapToGlobal(caret.center()))
        assert capture.rect().contains(place), "candidates open at the capture box"
        for so_far in ("あ", "あす", "あすの"):
            compose(lines, preedit=so_far)
            for key in (Key.Key_Return, Key.Key_Escape, Key.Key_Up):
                QTest.keyClick(lines, key)   # belong to the input method
        assert capture.preedit == "あすの" and host.focus() is lines
        assert lines.delegate.editor is None
        if leave_early:
            host.ctrl(Key.Key_L)
        else:
            compose(lines, commit="明日の")
        assert host.focus() is capture and not capture.composing
    assert capture.toPlainText() == "明日のあすの" and texts(desk, visit) == ["受注が減る。"]


def test_letters_typed_on_a_signed_record_change_nothing(host: Host, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "受注が減る。")
    page.record.set_read_only(True)
    page.record.timeline.setFocus()
    QTest.keyClicks(host.focus(), "abc")
    compose(page.record.timeline, commit="あ")
    assert host.focus() is page.record.timeline and page.record.capture.text.toPlainText() == ""


def test_an_empty_record_says_what_belongs_there(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    empty = page.record.timeline.empty
    assert empty.isVisible() and "一行ずつ" in empty.words.plain() and empty.button is not None
    assert empty.geometry() == page.record.timeline.viewport().rect()
    empty.button.setFocus()
    host.key(Key.Key_Return)
    assert host.focus() is page.record.capture.text
    write_line(host, compose, "受注が減る。")
    assert not empty.isVisible() and texts(desk, visit) == ["受注が減る。"]
    host.ctrl(Key.Key_Z)
    assert empty.isVisible() and texts(desk, visit) == []
    page.record.set_read_only(True)
    assert not empty.isVisible()


def test_chips_asked_for_at_once_are_those_of_the_line_just_added(host: Host, desk: Desk, visit: str,
                                                                  compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "約束：カタログを送る（宮坂さん 12/1まで）")
    compose(host.focus(), commit="約束：見積もりを送る")
    QTest.keyClick(host.focus(), Key.Key_Return)
    page.record.open_current_chip()   # as F4 pressed before the disk has the line
    box = host.focus()
    assert box is page.record.chips.box and box.accessibleName() == "だれが"
    compose(box, commit="宮坂")
    host.key(Key.Key_Return)
    assert [(kept.text, kept.who) for kept in promises.of_consultation(desk.store, visit)][1:] == [("見積もりを送る", "宮坂")]
    assert page.record.capture.draft().text == ""


def test_chips_open_where_the_list_has_the_line_and_its_save_is_not_told_of_yet(host: Host, desk: Desk, visit: str,
                                                                                compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="約束：見積もりを送る")
    QTest.keyClick(host.focus(), Key.Key_Return)
    while not texts(desk, visit):   # on disk; what is to follow waits in the window
        QTest.qSleep(1)
    page.record.read()              # as one of the window's own readings between the two
    page.record.open_current_chip()
    box = host.focus()
    assert box is page.record.chips.box and box.isVisible()
    QTest.keyClicks(box, "Mari")
    host.key(Key.Key_Return)
    assert promises.of_consultation(desk.store, visit)[0].who == "Mari"


def test_words_in_a_chip_whose_promise_went_away_are_told(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "約束：見積もりを送る")
    host.key(Key.Key_F4)
    QTest.keyClicks(host.focus(), "Mari")
    timeline.delete(desk.store, visit, page.record.timeline.lines.line(0).uid)   # as a sync does
    host.settle()
    assert host.focus() is page.record.chips.box and host.focus().isVisible()
    host.key(Key.Key_Return)
    assert "「Mari」は入れられませんでした" in host.said()


def test_a_promise_is_read_and_its_chips_are_edited_in_place(host: Host, desk: Desk, visit: str,
                                                             compose: Compose) -> None:
    page = host.open(visit)
    consultations.save_part(desk.store, visit, "participant", None, {"name": "宮坂 真理", "side": "company"})
    write_line(host, compose, "約束：機器利用の申し込み")
    line = page.record.timeline.lines.line(0)
    assert line.promise is not None and (line.promise.who, line.promise.due) == (None, None)
    host.key(Key.Key_F4)
    box = host.focus()
    assert box is page.record.chips.box and box.accessibleName() == "だれが"
    compose(box, commit="宮坂")
    host.key(Key.Key_Down)
    host.key(Key.Key_Tab)
    assert host.focus().accessibleName() == "いつまで"
    QTest.keyClicks(host.focus(), "12/4")
    host.key(Key.Key_Return)
    kept = promises.of_consultation(desk.store, visit)[0]
    assert (kept.who, kept.due_on) == ("宮坂 真理", date(2026, 12, 4))
    line = page.record.timeline.lines.line(0)
    assert line.promise is not None and (line.promise.who, line.promise.due) == ("宮坂 真理", "12月4日（金）まで")


def test_a_chip_refuses_a_date_that_does_not_exist_and_escape_gives_up(host: Host, desk: Desk, visit: str,
                                                                       compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "約束：見積もり 宮坂さん")
    page.record.open_chip(page.record.timeline.lines.line(0).uid, "due")
    QTest.keyClicks(host.focus(), "2/30")
    host.key(Key.Key_Return)
    assert page.record.chips.box is not None and page.record.chips.box.property("error")
    host.key(Key.Key_Escape)
    assert page.record.chips.box is None and promises.of_consultation(desk.store, visit)[0].due_on is None


def test_a_date_that_cannot_be_read_stays_on_its_chip_until_it_is_one(host: Host, desk: Desk, visit: str,
                                                                      compose: Compose) -> None:
    page = host.open(visit)
    for text in ("約束：見積もり 宮坂さん", "約束：図面 高橋"):
        write_line(host, compose, text)
    first, second = (page.record.timeline.lines.line(n).uid for n in (0, 1))

    def due(page: ConsultationPage) -> str:
        return page.record.timeline.parts_of(0)[1].words
    page.record.open_chip(first, "due")
    QTest.keyClicks(host.focus(), "2/30")
    page.record.open_chip(second, "due")   # leaves the first one
    host.settle()
    assert due(page) == "期限？「2/30」" and page.record.timeline.parts_of(0)[1].missing
    assert "2/30" in host.said() and "2月30日はありません" in host.said()
    compose(host.focus(), preedit="こんど")
    host.ctrl(Key.Key_W)   # composed and unread: kept, too
    assert not isinstance(host.frame.places.current, ConsultationPage)

    page = host.open(visit)   # as after the next start
    assert due(page) == "期限？「2/30」" and page.record.timeline.parts_of(1)[1].words == "期限？「こんど」"
    page.record.open_chip(first, "due")
    box = host.focus()
    assert isinstance(box, DateInput) and box.text() == "2/30" and box.property("error")
    host.key(Key.Key_Escape)   # leaves it as it was
    assert due(page) == "期限？「2/30」"
    page.record.open_chip(first, "due")
    host.ctrl(Key.Key_A)
    QTest.keyClicks(host.focus(), "12/4")
    host.key(Key.Key_Return)
    assert due(page) == "12月4日（金）まで"
    assert {p.due_on for p in promises.of_consultation(desk.store, visit)} == {date(2026, 12, 4), None}
    assert list(line_drafts.unread_dues(desk.store, visit).values()) == ["こんど"]
    page.record.open_chip(first, "due")
    host.ctrl(Key.Key_A)
    QTest.keyClicks(host.focus(), "9/99")
    page.go_to_capture()
    host.settle()
    assert due(page) == "期限？「9/99」", "asked about although an earlier date stands"
    assert {p.due_on for p in promises.of_consultation(desk.store, visit)} == {date(2026, 12, 4), None}
    page.record.open_chip(first, "due")
    host.ctrl(Key.Key_A)
    QTest.keyClicks(host.focus(), "12/4")
    host.key(Key.Key_Return)
    assert due(page) == "12月4日（金）まで"
    page.record.open_chip(second, "due")
    host.ctrl(Key.Key_A)
    host.key(Key.Key_Delete)
    host.key(Key.Key_Return)
    assert page.record.timeline.parts_of(1)[1].words == "期限を選ぶ"
    assert line_drafts.unread_dues(desk.store, visit) == {}


def test_the_draft_with_composed_text_survives_a_crash(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "受注が減る。")
    host.ctrl(Key.Key_2)
    QTest.keyClicks(host.focus(), "abc")
    compose(host.focus(), preedit="ごまんえん")
    page.record._autosave.flush()   # what the clock does within a second
    host.settle()
    assert consultations.draft(desk.store, visit) == ("issue", "abcごまんえん")
    host.crash()
    again = Host(desk)
    opened = again.open(visit)
    assert opened.record.capture.draft().text == "abcごまんえん" and opened.record.capture.kind() == "issue"
    assert "前回の続きを開きました" in again.said()
    again.key(Key.Key_Return)
    assert texts(desk, visit) == ["受注が減る。", "abcごまんえん"] and consultations.draft(desk.store, visit) is None
    again.end()


def test_a_line_being_edited_survives_a_crash(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "受注が減る。")
    page.record.edit_last()
    QTest.keyClicks(host.focus(), "abc")
    page.record.timeline._autosave.flush()
    host.settle()
    assert list(line_drafts.of_consultation(desk.store, visit).values()) == ["受注が減る。abc"]
    host.crash()
    again = Host(desk)
    again.open(visit)
    assert texts(desk, visit) == ["受注が減る。abc"] and line_drafts.of_consultation(desk.store, visit) == {}
    again.end()


def test_the_draft_is_due_within_a_second_of_the_first_key(host: Host, desk: Desk, visit: str, qtbot: object) -> None:
    page = host.open(visit)
    QTest.keyClicks(host.focus(), "abc")
    assert page.record._autosave.waiting
    qtbot.waitUntil(lambda: consultations.draft(desk.store, visit) == ("said", "abc"), timeout=3000)  # type: ignore[attr-defined]


def test_a_change_from_elsewhere_shows_only_where_nobody_is_writing(host: Host, desk: Desk, visit: str,
                                                                    compose: Compose) -> None:
    page = host.open(visit)
    write_line(host, compose, "一行目")
    write_line(host, compose, "二行目")
    first, second = (line.uid for line in timeline.lines(desk.store, visit))
    page.record.timeline.edit_line(1)
    QTest.keyClicks(host.focus(), "abc")
    editor = host.focus()
    timeline.edit(desk.store, visit, first, text="一行目（直した）")
    timeline.edit(desk.store, visit, second, text="よそで直した")
    timeline.add(desk.store, visit, "issue", "よそで足した")
    host.settle()
    assert host.focus() is editor and editor.toPlainText() == "二行目abc"  # type: ignore[attr-defined]
    assert page.record.timeline.lines.line(0).text == "一行目（直した）"
    assert page.record.timeline.lines.line(2).text == "よそで足した"
    host.key(Key.Key_Return)
    assert texts(desk, visit) == ["一行目（直した）", "二行目abc", "よそで足した"]


def test_the_panel_shows_the_last_visit_and_gives_way_on_a_narrow_window(host: Host, desk: Desk, visit: str) -> None:
    page = host.open(visit)
    said = [label.accessibleName() or label.text() for label in page.at_hand.findChildren(QLabel)]
    assert any("前回 10月8日（木）" in words for words in said)
    assert page.beside.side_shown() and page.at_hand.isVisible()
    before = host.focus()
    host.resize(1280, 680)
    host.settle()
    assert not page.at_hand.isVisible()
    host.ctrl(Key.Key_I)
    assert page.at_hand.isVisible() and host.focus() is before


def test_tab_comes_to_the_way_back_before_the_search_on_every_record(host: Host, visit: str) -> None:
    """What is built when a page is shown would else come after everything else in the window."""
    for _ in range(2):
        host.frame.go("visits")
        host.open(visit)
        host.frame.do("capture")
        first, stops = host.focus(), [host.focus()]
        for _step in range(40):
            host.key(Qt.Key.Key_Tab)
            if host.focus() is first:
                break
            stops.append(host.focus())
        names = [stop.accessibleName() or getattr(stop, "words", "") for stop in stops]
        assert len(stops) <= 20
        assert names.index("全体検索") == names.index("相談 にもどる") + 1, names
