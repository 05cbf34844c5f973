"""The page 同期 and what the frame tells of a sync, with a real hub; worked by keys."""

from __future__ import annotations

import threading
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kanto_desk.db.records.consultations import Entry
from kanto_desk.paths import resources
from kanto_desk.services import carrying, photos, receipts, sending
from kanto_desk.services.receipts import Automatic
from kanto_desk.ui.pages.sync.page import SyncPage
from kanto_desk.ui.pressable import Pressable
from tests.ui.host import Host
from tests.ui.synced import Two

SHIFT, CTRL, ALT = (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
                    Qt.KeyboardModifier.AltModifier)


def page_of(host: Host) -> SyncPage:
    host.key(Qt.Key.Key_6, ALT)
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    host.settle()
    return page


def test_a_key_syncs_and_the_receipt_stands_on_the_page(two: Two, host: Host) -> None:
    two.apart()
    receipts.sync(two.two.store, link=two.link)
    page = page_of(host)
    host.frame.syncing.look_at_unsent()
    host.settle()
    assert host.frame.top.unsent.text() == "未送信 2"
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    assert host.frame.top.unsent.isHidden()
    assert host.frame.top.confirm.text() == "確認 2"
    assert host.frame.rail.places["sync"].accessibleName() == "同期、確認 2"
    assert host.frame.top.offline.text() == "オンライン"
    assert "送った変更 2件・受け取った記録 2件・確認が必要な変更 2件" in page.overview.more.plain()
    assert page.now.hasFocus(), "the cursor stays where it was"


def test_photos_go_with_a_sync_of_the_window(two: Two, host: Host) -> None:
    content = next(iter(sorted((resources() / "sample" / "photos").glob("*.jpg")))).read_bytes()
    photos.attach(two.one.store, two.one.blobs, two.visit, content, "曲げ.jpg")
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    assert host.frame.syncing.trouble is None and carrying.waiting(two.one.store, two.one.blobs) == 0
    receipts.sync(two.two.store, link=two.link)
    photo, = photos.of_consultation(two.two.store, two.visit)
    assert photos.thumbnail(two.two.blobs, photo.hash) is None
    carrying.carry(two.two.store, two.two.blobs, link=two.link)
    assert photos.thumbnail(two.two.blobs, photo.hash)
    assert carrying.fetch_one(two.two.store, two.two.blobs, photo.hash, two.link) == two.one.blobs.get(photo.hash)


def test_the_deadline_of_what_is_unsent_is_told_in_words_and_colour(two: Two, host: Host) -> None:
    two.put(two.one, "organization", two.company, city="諏訪市")
    told = []
    for days in (0, sending.WITHIN_DAYS - 1, 1, 1):
        two.clock.forward(days=days)
        host.frame.syncing.look_at_unsent()
        host.settle()
        told.append((host.frame.top.unsent.text(), host.frame.top.unsent._tone))
    assert told == [("未送信 1", "accent"), ("未送信 1・あすまで", "warn"), ("未送信 1・きょうまで", "warn"),
                    ("未送信 1・期限切れ", "danger")]


def test_without_a_network_the_page_says_what_is_safe_and_nothing_is_lost(two: Two, host: Host) -> None:
    two.apart()
    page = page_of(host)
    two.link.down = True
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert "つながりません" in page.overview.trouble.message.plain()
    assert "入力はすべてこのパソコンにあります" in page.overview.trouble.message.plain()
    assert host.frame.top.offline.text() == "オフライン"
    assert sending.unsent(two.one.store).changes == 2
    two.link.down = False
    host.key(Qt.Key.Key_Return, CTRL)
    host.settle()
    assert page.overview.trouble.isHidden() and sending.unsent(two.one.store).changes == 0


def test_typing_and_saving_go_on_while_the_hub_is_slow_and_the_sync_can_be_stopped(
        two: Two, host: Host, qtbot: QtBot) -> None:
    answer, asked = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        assert answer.wait(30)
    two.apart()
    page_of(host)
    two.link.asked = wait
    host.frame.do("sync_now")
    assert asked.wait(30)
    visit_page = host.frame.places
    host.frame.open_consultation(two.visit)
    qtbot.waitUntil(lambda: visit_page.here == ("consultation", two.visit))
    current = visit_page.current
    assert current is not None
    current.go_to_capture()   # type: ignore[attr-defined]
    box = host.focus()
    qtbot.keyClicks(box, "slow hub")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert host.frame.saving.drain(20_000)
    with two.one.store.read() as conn:
        from sqlalchemy import select
        assert "slow hub" in conn.execute(select(Entry.text)).scalars().all(), "saved while the hub has not answered"
    assert host.frame.syncing.running
    host.frame.syncing.stop()
    assert host.frame.syncing.stopping
    answer.set()
    two.link.asked = lambda: None
    qtbot.waitUntil(lambda: not host.frame.syncing.running, timeout=20_000)
    host.settle()
    assert receipts.kept(two.one.store)[0].stopped


def test_it_syncs_by_itself_when_due_or_when_a_network_appears_and_takes_no_focus(two: Two, host: Host) -> None:
    sync = host.frame.syncing
    before = two.link.trips
    sync.tick()
    host.settle()
    two.apart()
    assert two.link.trips == before, "not right after the start"
    host.frame.open_consultation(two.visit)
    host.settle()
    page = host.frame.places.current
    page.go_to_capture()   # type: ignore[union-attr]
    box = host.focus()
    two.clock.forward(minutes=2)
    sync.tick()
    host.settle()
    assert sending.unsent(two.one.store).changes == 0
    assert host.focus() is box and not [w for w in QApplication.topLevelWidgets() if w.isModal()]
    kept = receipts.kept(two.one.store)[0]
    assert kept.automatic
    trips = two.link.trips
    sync.tick()
    host.settle()
    assert two.link.trips == trips, "not before its interval is over"
    two.put(two.one, "organization", two.company, city="岡谷市")
    sync.look_at_unsent()
    host.settle()
    sync.network_appeared()
    host.settle()
    assert sending.unsent(two.one.store).changes == 0
    receipts.set_automatic(two.one.store, Automatic(on=False))
    two.put(two.one, "organization", two.company, city="茅野市")
    two.clock.forward(days=1)
    sync.tick()
    sync.network_appeared()
    host.settle()
    assert sending.unsent(two.one.store).changes == 1, "switched off"


def test_the_automatic_sync_is_switched_on_the_page(two: Two, host: Host) -> None:
    page = page_of(host)
    assert page.overview.on is not None
    page.overview.every[120].click()
    page.overview.on.click()
    host.settle()
    assert receipts.automatic(two.one.store) == Automatic(on=False, minutes=120)


def test_a_desk_without_a_hub_asks_for_the_line_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    from kanto_desk.services import desk as desks
    from tests.db.parts import SetClock
    from tests.services.conftest import CHEAP, PASSPHRASE

    desk = desks.create(tmp_path / "home", PASSPHRASE, person="高橋 直子", clock=SetClock(), cost=CHEAP)
    host = Host(desk)
    host.frame.begin()
    host.settle()
    try:
        page = page_of(host)
        assert page.enrol is not None and page.enrol.line.hasFocus()
        host.key(Qt.Key.Key_Return, CTRL)
        assert page.enrol.line_row.error.plain()
        QApplication.clipboard().setText(" 127.0.0.1:9/ABCD-EFGH/" + "abcd2345" * 4 + "\n")
        page.enrol.line.paste()
        assert page.enrol.hub.text() == "127.0.0.1:9" and "ABCD 2345" in page.enrol.mark.text()
        host.key(Qt.Key.Key_Return, CTRL)
        host.settle()
        assert "つながりません" in page.enrol.trouble.message.plain()
        assert desk.store.setting("hub") is None
        assert host.frame.top.sync.isHidden()
    finally:
        host.end()
        desk.close()


def test_a_record_that_became_one_by_itself_stands_in_the_receipt_and_opens(two: Two, host: Host) -> None:
    two.put(two.two, "consultation", two.visit, summary="二が書いた")
    receipts.sync(two.two.store, link=two.link)
    two.put(two.one, "consultation", two.visit, theme="一が直した")
    page = page_of(host)
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    host.settle()
    lines = [one for one in page.overview.findChildren(Pressable)   # the line of what was unsent is still being deleted
             if one.accessibleName() == "株式会社 湖南精工 第3回" and one.isVisibleTo(page)]
    assert len(lines) == 1
    lines[0].setFocus()
    host.key(Qt.Key.Key_Space)
    host.settle()
    current = host.frame.places.current
    assert current is not None and current.root == ("consultation", two.visit)
