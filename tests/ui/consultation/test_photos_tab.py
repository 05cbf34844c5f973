"""写真 by keyboard alone: arrows, large view, consent of several, caption, bin, another line, another time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk.clock import JST
from kanto_desk.services import finalizing, photo_intake, photos, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.services.finalizing import Signature
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.photos_tab import PhotosTab
from kanto_desk.ui.text import Mark as FieldMark
from kanto_desk.ui.timeline.view import PHOTO_MIME
from tests.db.parts import SetClock
from tests.photographs import photo
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key
DAY = datetime(2026, 11, 24, tzinfo=JST)


def at(hour: int, minute: int) -> datetime:
    return DAY.replace(hour=hour, minute=minute)


@pytest.fixture
def uids(desk: Desk, visit: str, clock: SetClock) -> tuple[str, ...]:
    """Photos at 13:35, 13:45, 13:55 and one without a camera's time at 14:05, among lines at 13:30 and 13:50."""
    for minute in (30, 50):
        clock.now = at(13, minute)
        timeline.add(desk.store, visit, "advice", f"{minute}分の助言")
    clock.now = at(14, 30)
    kept = [photo_intake.keep(desk.store, desk.blobs, photo(at(13, m), size=(320, 240), words=str(m)), f"IMG_{m}.JPG")
            for m in (35, 45, 55)]
    kept.append(photo_intake.keep(desk.store, desk.blobs, photo(None, model="", serial="", words="scan"), "scan.jpg", at(14, 5)))
    return photo_intake.take(desk.store, visit, kept).photos


@pytest.fixture
def tab(host: Host, uids: tuple[str, ...], visit: str) -> PhotosTab:
    page = host.open(visit)
    found = page.go_to("photos")
    host.settle()
    assert isinstance(found, PhotosTab)
    return found


def kept(desk: Desk, visit: str, name: str) -> list[Any]:
    return [getattr(a, name) for a in photos.pictures(desk.store, visit)]


def test_arrows_enter_and_escape(host: Host, tab: PhotosTab, uids: tuple[str, ...]) -> None:
    assert host.focus() is tab.grid and tab.grid.current() == uids[0]
    assert [cell.time for cell in tab.grid.cells()] == ["13:35", "13:45", "13:55", "14:05"]
    assert [m.words for m in tab.grid.cells()[3].marks] == ["同意未確認", "ファイルの時刻"]
    host.key(Key.Key_Right)
    assert tab.grid.current() == uids[1] and "13:45" in tab.details.time.plain()
    host.key(Key.Key_Return)
    assert tab.viewer.isVisible() and tab.viewer.canvas.image.width() == 320 and "2／4" in tab.viewer.words.full()
    host.key(Key.Key_Right)
    assert "3／4" in tab.viewer.words.full()
    for _ in range(4):
        host.key(Key.Key_Left)
    assert "1／4" in tab.viewer.words.full()
    host.key(Key.Key_Escape)
    assert not tab.viewer.isVisible() and host.focus() is tab.grid and tab.grid.current() == uids[0]
    assert host.frame.places.here is not None and host.frame.places.here[0] == "consultation"


def test_consent_of_several_by_one_key_and_back(host: Host, desk: Desk, visit: str, tab: PhotosTab) -> None:
    host.key(Key.Key_Space)
    host.key(Key.Key_Right)
    host.key(Key.Key_Right)
    host.key(Key.Key_Space)
    assert tab.details.title.full() == "選んだ2枚" and not tab.details.caption.isVisible()
    host.key(Key.Key_1)
    assert kept(desk, visit, "consent") == ["yes", "unasked", "yes", "unasked"]
    assert host.said() == "2枚の同意を「あり」にしました"
    assert len(tab.grid.chosen()) == 2, "the choice stays for the next key"
    host.ctrl(Key.Key_Z)
    assert kept(desk, visit, "consent") == ["unasked"] * 4
    host.key(Key.Key_Escape)
    host.key(Key.Key_2)
    assert kept(desk, visit, "consent") == ["unasked", "unasked", "no", "unasked"], "without a choice the one under the cursor"
    host.ctrl(Key.Key_A)
    host.key(Key.Key_1)
    assert kept(desk, visit, "consent") == ["yes"] * 4


def test_the_gap_before_signing_leads_to_the_photos_meant(host: Host, desk: Desk, visit: str, tab: PhotosTab,
                                                          uids: tuple[str, ...]) -> None:
    photos.edit(desk.store, visit, uids[0], {"consent": "yes"})
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, ConsultationPage)
    page._go_to_field("photo")
    host.settle()
    assert tab.grid.chosen() == list(uids[1:]) and host.focus() is tab.grid
    host.key(Key.Key_1)
    assert kept(desk, visit, "consent") == ["yes"] * 4


def test_a_caption_by_f2(host: Host, desk: Desk, visit: str, tab: PhotosTab, compose: Compose, uids: tuple[str, ...]) -> None:
    host.key(Key.Key_Right)
    host.key(Key.Key_F2)
    assert host.focus() is tab.details.caption
    compose(tab.details.caption, preedit="だんめん")
    host.key(Key.Key_Return)
    assert host.focus() is tab.details.caption, "Enter belongs to the composition"
    compose(tab.details.caption, commit="断面")
    host.key(Key.Key_Return)
    assert host.focus() is tab.grid and kept(desk, visit, "caption") == [None, "断面", None, None]
    assert tab.grid.cells()[1].words == "断面"
    host.key(Key.Key_F2)
    compose(tab.details.caption, preedit="半分")
    host.key(Key.Key_Up)
    tab.grid.setFocus()
    host.key(Key.Key_Left)
    assert kept(desk, visit, "caption")[0] is None and "半分" in str(kept(desk, visit, "caption")[1]), "never onto another photo"


def test_delete_moves_to_the_bin_and_the_footer_brings_back(host: Host, desk: Desk, visit: str, tab: PhotosTab,
                                                            uids: tuple[str, ...]) -> None:
    host.key(Key.Key_Delete)
    assert kept(desk, visit, "uid") == list(uids[1:]) and host.said() == "写真を外しました"
    assert tab.grid.current() == uids[1] and host.focus() is tab.grid
    assert [line.time for line in timeline.lines(desk.store, visit)] == ["13:30", "13:45", "13:50", "13:55", "14:05"]
    host.frame.footer.undo.click()
    host.settle()
    assert len(kept(desk, visit, "uid")) == 4 and len(timeline.lines(desk.store, visit)) == 6
    host.ctrl(Key.Key_A)
    host.key(Key.Key_Delete)
    assert kept(desk, visit, "uid") == [] and host.said() == "写真を4枚外しました" and tab.empty.isVisible()


def test_another_line_by_keyboard(host: Host, desk: Desk, visit: str, tab: PhotosTab, uids: tuple[str, ...]) -> None:
    host.key(Key.Key_M)
    assert tab.chooser.isVisible() and host.focus() is tab.chooser.lines
    assert tab.chooser.lines.currentItem().text().startswith("13:35　写真")
    host.key(Key.Key_Escape)
    assert host.focus() is tab.grid
    host.key(Key.Key_M)
    host.key(Key.Key_Up)
    host.key(Key.Key_Return)
    shown = {line.time: [p.uid for p in line.pictures] for line in timeline.lines(desk.store, visit)}
    assert shown["13:30"] == [uids[0]] and "13:35" not in shown and host.focus() is tab.grid
    assert host.said() == "写真を1枚移しました" and tab.grid.current() == uids[0]


def test_another_time_for_one(host: Host, desk: Desk, visit: str, tab: PhotosTab, uids: tuple[str, ...]) -> None:
    host.key(Key.Key_T)
    assert host.focus() is tab.clock.moment and tab.clock.all.words == "同じカメラの3枚をずらす"
    tab.clock.one.click()
    tab.clock.moment.setFocus()
    tab.clock.moment.selectAll()
    QTest.keyClicks(tab.clock.moment, "11/23 9:05")
    host.key(Key.Key_Return)
    moments = kept(desk, visit, "taken_at")
    assert moments[0] == datetime(2026, 11, 23, 9, 5, tzinfo=JST) and moments[1] == at(13, 45)
    assert tab.grid.cells()[0].time == "11/23 09:05" and host.focus() is tab.grid
    host.key(Key.Key_T)
    host.key(Key.Key_Escape)
    assert not tab.clock.isVisible() and host.focus() is tab.grid


def test_a_photo_dragged_onto_another_line_goes_there(host: Host, desk: Desk, visit: str, tab: PhotosTab,
                                                      uids: tuple[str, ...]) -> None:
    page = host.frame.places.current
    assert isinstance(page, ConsultationPage)
    page.go_to("record")
    host.settle()
    lines = page.record.timeline
    data = QMimeData()
    data.setData(PHOTO_MIME, uids[2].encode())
    onto: QPoint = lines.visualRect(lines.lines.index(0, 0)).center()
    copy, left, no = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (QDragEnterEvent(onto, copy, data, left, no), QDragMoveEvent(onto, copy, data, left, no)):
        QApplication.sendEvent(lines.viewport(), event)
        assert event.isAccepted()
    QApplication.sendEvent(lines.viewport(), QDropEvent(QPointF(onto), copy, data, left, no))
    host.settle()
    assert [p.uid for p in timeline.lines(desk.store, visit)[0].pictures] == [uids[2]]
    host.frame.footer.undo.click()
    host.settle()
    assert not timeline.lines(desk.store, visit)[0].pictures


def test_a_signed_record_is_looked_at_only(host: Host, desk: Desk, visit: str, tab: PhotosTab, uids: tuple[str, ...]) -> None:
    timeline.add(desk.store, visit, "said", "まとめの話")
    finalizing.finalize(desk.store, desk.blobs, visit, Signature("宮坂 徹", "", "typed"))
    host.settle()
    for key in (Key.Key_Delete, Key.Key_1, Key.Key_T, Key.Key_M, Key.Key_F2):
        host.key(key)
    assert kept(desk, visit, "consent") == ["unasked"] * 4 and len(kept(desk, visit, "uid")) == 4
    assert not tab.clock.isVisible() and not tab.chooser.isVisible() and not tab.details.remove.isVisible()
    host.key(Key.Key_Return)
    assert tab.viewer.isVisible()


def test_each_field_says_that_it_may_be_left_empty(tab: PhotosTab) -> None:
    marks = [mark.text() for mark in tab.details.findChildren(FieldMark) if mark.isVisible()]
    assert marks == ["任意"] * 4
