"""A photo that no hub has counts as unsent, is told with its size, and is carried in sight and can be stopped."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import update

from kanto_desk.db.attachments import blob
from kanto_desk.db.dialect import writing
from kanto_desk.services import carrying, photos, receipts
from kanto_desk.services.unsent_files import unsent_files
from kanto_desk.sync.content_wire import MOST_CONTENT, PATH
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.pages.sync.page import SyncPage
from kanto_desk.ui.pages.sync.words import receipt_tone, receipt_words
from kanto_desk.ui.text import Wrapped
from tests.ui.host import Host
from tests.ui.sync.test_page import page_of
from tests.ui.synced import ToHub, Two

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def noisy_photo() -> bytes:
    """A photo of more than one chunk: noise does not get smaller."""
    out = io.BytesIO()
    Image.effect_noise((1600, 1200), 80).convert("RGB").save(out, "JPEG", quality=92)
    return out.getvalue()


Ask = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]


class NoFiles(ToHub):
    """A link that breaks where files begin, as long as `broken`; `held` stops the thread there until it is set."""

    def __init__(self, two: Two) -> None:
        super().__init__(two.hub)
        self.broken, self.held, self.parts = True, threading.Event(), 0
        self.held.set()

    def __call__(self, url: str, ca: str) -> Ask:
        ask = super().__call__(url, ca)

        def cut(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            if path == PATH:
                if self.broken:
                    raise OSError("the cable is out")
                self.parts += 1
                if self.parts > 2:
                    self.held.wait(20)
            return ask(path, headers, body)
        return cut


@pytest.fixture
def with_photo(two: Two, host: Host) -> NoFiles:
    link = NoFiles(two)
    host.frame.syncing._link = link
    photos.attach(two.one.store, two.one.blobs, two.visit, noisy_photo(), "曲げ.jpg")
    return link


def told(page: SyncPage) -> str:
    return "\n".join(one.plain() for one in page.overview.findChildren(Wrapped) if not one.isHidden())


def test_a_photo_that_did_not_go_counts_until_it_has_gone(two: Two, host: Host, with_photo: NoFiles) -> None:
    page = page_of(host)
    assert "約" in told(page) and "KB" in told(page), "the size of what will be sent"
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    found = unsent_files(two.one.store, two.one.blobs)
    assert found.count == 1 == carrying.waiting(two.one.store, two.one.blobs)
    assert host.frame.top.unsent.text() == "未送信 1"
    assert host.frame.top.unsent.toolTip() == "まだ送っていない写真とファイルが1件あります"
    assert "写真とファイル 1件・" in told(page) and "このパソコンだけ" in told(page)
    assert "まだ送っていない記録はありません" not in told(page), "nobody reads two opposite things"
    with_photo.broken = False
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    assert unsent_files(two.one.store, two.one.blobs).count == 0
    assert host.frame.top.unsent.isHidden() and "写真とファイル 1件・" not in told(page)


def test_the_carrying_is_shown_and_what_was_stopped_goes_with_the_next_sync(
        two: Two, host: Host, with_photo: NoFiles, qtbot: QtBot) -> None:
    receipts.sync(two.one.store, link=two.link)
    page = page_of(host)
    with_photo.broken = False
    with_photo.held.clear()
    host.frame.do("sync_now")
    qtbot.waitUntil(lambda: host.frame.syncing.progress.files is not None, timeout=20_000)
    assert page.overview.state.text() == "写真とファイルを送っています"
    assert "／1件" in page.overview.more.plain() and "MB" in page.overview.more.plain()
    page.overview.stop.click()
    QApplication.processEvents()
    with_photo.held.set()
    host.settle()
    assert host.frame.syncing.trouble is None and host.frame.top.unsent.text() == "未送信 1"
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    assert host.frame.top.unsent.isHidden()


def test_unsent_files_are_none_before_enrolment_and_for_what_no_record_names(two: Two, tmp_path: Path) -> None:
    two.one.blobs.put(noisy_photo(), "image/jpeg", two.clock().isoformat())
    assert unsent_files(two.one.store, two.one.blobs).count == 0


def test_a_file_that_the_hub_does_not_take_is_told_with_its_reason_and_not_promised(
        two: Two, host: Host, with_photo: NoFiles) -> None:
    with_photo.broken = False
    with writing(two.one.blobs.engine) as conn:   # as if it were larger than a hub takes
        conn.execute(update(blob).values(size=MOST_CONTENT + 1))
    page = page_of(host)
    host.key(Qt.Key.Key_S, CTRL | SHIFT)
    host.settle()
    host.settle()
    receipt = receipts.kept(two.one.store)[0]
    assert receipt.files_refused == 1 and "受け取られなかった写真とファイル 1件" in receipt_words(receipt)
    assert receipt_tone(receipt)[2] == "確認あり"
    warned = [one.message.plain() for one in page.overview.findChildren(Notice) if one.isVisibleTo(page.overview)]
    assert any("受け取られない写真とファイル 1件" in one and "512 MB" in one for one in warned), warned
    assert "写真とファイル 1件・" not in told(page), "what is not taken is not promised"
