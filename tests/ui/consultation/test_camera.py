"""The camera of this computer, by real keys in the real window: four keys to a photo, several in a row, let go at once.

A film stands for the camera: OpenCV opens it exactly as it does a device. What only a device can show is not here.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from kanto_desk.clock import JST
from kanto_desk.services import consultations, finalizing, photo_intake, photos, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.pages.consultation.camera_panel import CameraPanel
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from tests.db.parts import SetClock
from tests.films import camera, film
from tests.photographs import photo
from tests.ui.host import Host

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
DAY = datetime(2026, 11, 24, tzinfo=JST)


class Hands:
    """Presses keys in the real window, counts every one of them, modifiers too, and waits for the camera."""

    def __init__(self, host: Host, page: ConsultationPage, bot: QtBot) -> None:
        self.host, self.page, self.bot, self.count = host, page, bot, 0

    @property
    def panel(self) -> CameraPanel:
        return self.page.coming.camera

    def key(self, key: Key, *held: Qt.KeyboardModifier) -> None:
        self.count += 1 + len(held)
        modifiers = Qt.KeyboardModifier.NoModifier
        for one in held:
            modifiers |= one
        self.host.key(key, modifiers)

    def until(self, true: Callable[[], bool]) -> None:
        self.bot.waitUntil(true, timeout=20_000)

    def open(self) -> None:
        self.key(Key.Key_C, CTRL, SHIFT)
        self.until(lambda: not self.panel.live.image.isNull())

    def closed(self) -> bool:
        """Whether the panel is gone and the device free."""
        return self.panel.isHidden() and not self.panel.feed.running and self.panel.feed.released(5.0)


@pytest.fixture
def page(host: Host, desk: Desk, visit: str, clock: SetClock, tmp_path: Path) -> ConsultationPage:
    """The visit going on since 13:30 with lines at 13:30 and 13:50; it is 14:30, and there is a camera."""
    consultations.edit(desk.store, visit, {"held_on": DAY.date(), "started_at": DAY.replace(hour=13, minute=30)})
    for minute in (30, 50):
        clock.now = DAY.replace(hour=13, minute=minute)
        timeline.add(desk.store, visit, "said", f"{minute}分の話")
    clock.now = DAY.replace(hour=14, minute=30)
    host.cameras = [camera(film(tmp_path / "film.avi"))]
    return host.open(visit)


@pytest.fixture
def hands(host: Host, page: ConsultationPage, qtbot: QtBot) -> Hands:
    return Hands(host, page, qtbot)


def woken(pipe: Path) -> bool:
    """Let whoever waits to read from a pipe find nothing in it; always False."""
    with contextlib.suppress(OSError):   # nobody waits just now
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    return False


def lines(desk: Desk, visit: str) -> list[str]:
    return [f"{line.time} {line.kind}" + (f" ×{len(line.pictures)}" if line.pictures else "")
            for line in timeline.lines(desk.store, visit)]


def test_a_photo_at_its_time_takes_four_keys(hands: Hands, desk: Desk, visit: str, clock: SetClock) -> None:
    host, page = hands.host, hands.page
    QTest.keyClicks(host.focus(), "half")
    hands.open()
    assert host.focus() is hands.panel.live and page.tab == "record"
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    clock.now = DAY.replace(hour=14, minute=32, second=7)
    hands.key(Key.Key_Return)
    assert hands.count <= 4, "Ctrl, Shift, C, Enter"
    [taken] = photos.pictures(desk.store, visit)
    assert (taken.kind, taken.consent, taken.name, taken.mime) == ("photo", "unasked", "カメラの写真", "image/jpeg")
    assert taken.taken_at == clock.now and (taken.width, taken.height) == (320, 240) and len(taken.own_id or "") == 64
    assert desk.blobs.get_thumb(taken.hash, 300) is not None
    assert lines(desk, visit) == ["13:30 said", "13:50 said", "14:32 photo ×1"]
    assert host.said() == "写真を1枚入れました" and not page.coming.strip.isVisible()
    host.ctrl(Key.Key_Z)
    assert not photos.pictures(desk.store, visit) and lines(desk, visit) == ["13:30 said", "13:50 said"]
    hands.key(Key.Key_Escape)
    assert hands.closed() and host.focus() is page.record.capture.text
    assert page.record.capture.text.toPlainText() == "half", "what was being written is there"


def test_several_in_a_row_each_at_its_time(hands: Hands, desk: Desk, visit: str, clock: SetClock) -> None:
    hands.open()
    for n, key in enumerate((Key.Key_Return, Key.Key_Space, Key.Key_Enter)):
        clock.now = DAY.replace(hour=14, minute=31 + 5 * n)
        hands.key(key)
        assert hands.panel.isVisible() and hands.panel.count.text() == f"{n + 1}枚撮りました"
    assert lines(desk, visit)[2:] == ["14:31 photo ×1", "14:36 photo ×1", "14:41 photo ×1"]
    hands.host.frame.footer.undo.click()
    hands.host.settle()
    assert lines(desk, visit)[2:] == ["14:31 photo ×1", "14:36 photo ×1"], "元に戻す takes back the last"


def test_a_key_held_down_is_one_photo(hands: Hands, desk: Desk, visit: str) -> None:
    hands.open()
    for repeated in (False, True, True):
        QApplication.sendEvent(hands.panel.live, QKeyEvent(QEvent.Type.KeyPress, Key.Key_Space.value,
                                                           Qt.KeyboardModifier.NoModifier, " ", repeated))
    hands.host.settle()
    assert len(photos.pictures(desk.store, visit)) == 1


def test_a_photo_of_this_computer_has_its_time_and_no_doubt(hands: Hands, desk: Desk, visit: str,
                                                            clock: SetClock) -> None:
    clock.now = DAY.replace(hour=20)
    consultations.edit(desk.store, visit, {"ended_at": DAY.replace(hour=15)})
    hands.open()
    hands.key(Key.Key_Return)
    assert hands.page.coming.strip.shown == "", "no other clock that could be wrong"
    [taken] = photos.pictures(desk.store, visit)
    told = photo_intake.origins(desk.blobs, [taken.hash or ""])[taken.hash or ""]
    assert told.taken_at == clock.now and told.camera == ""
    hands.key(Key.Key_Escape)
    tab = hands.page.go_to("photos")
    hands.host.settle()
    assert [mark.words for mark in tab.grid.cells()[0].marks] == ["同意未確認"], "not a file's time"


def test_the_picture_is_live(hands: Hands) -> None:
    hands.open()
    seen = {hands.panel.live.image.cacheKey()}
    hands.until(lambda: seen.add(hands.panel.live.image.cacheKey()) or len(seen) > 3)   # type: ignore[func-returns-value]
    colour = QColor(hands.panel.live.image.pixel(hands.panel.live.image.width() // 2, 5))
    assert hands.panel.live.image.width() <= hands.panel.live.width() * hands.panel.devicePixelRatioF()
    assert colour.red() > colour.blue(), "blue, green and red are not mixed up"


@pytest.mark.parametrize("leave", ["esc", "button", "tab", "page", "window", "files", "next step", "client", "capture"])
def test_every_way_out_lets_the_camera_go(hands: Hands, company: str, leave: str) -> None:
    host, page = hands.host, hands.page
    hands.open()
    if leave == "esc":
        hands.key(Key.Key_Escape)
    elif leave == "button":
        hands.panel.away.click()
    elif leave == "tab":
        page.header.go_to("summary")
    elif leave == "page":
        host.profile(company)
    elif leave == "window":
        host.hide()
    elif leave == "files":
        host.ctrl(Key.Key_P, shift=True)
    elif leave == "next step":
        host.ctrl(Key.Key_Return)
    elif leave == "client":
        host.ctrl(Key.Key_V, shift=True)
        assert page.client_shown
    else:
        host.ctrl(Key.Key_L)
        assert host.focus() is page.record.capture.text
    assert not hands.panel.feed.running and hands.panel.feed.released(5.0) and not hands.panel.isVisible()
    host.settle()
    if leave == "client":
        assert not host.frame.actions_.served("camera"), "nothing of it before a client"
        host.key(Key.Key_Escape)
    if leave == "page":
        host.open(page.uid)
    if leave == "window":
        host.show()
    hands.until(lambda: page.coming.shown is None)
    assert hands.closed(), "it does not come on again by itself"
    host.frame.do("camera")   # by its action: a window shown again has no focus without a screen
    hands.until(lambda: not hands.panel.live.image.isNull())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_camera_that_does_not_answer_holds_nobody_up(hands: Hands, desk: Desk, visit: str, tmp_path: Path) -> None:
    host, silent = hands.host, tmp_path / "silent.avi"
    there = host.cameras
    os.mkfifo(silent)   # whoever opens it waits until somebody writes
    host.cameras = [camera(silent, "眠ったカメラ")]
    hands.key(Key.Key_C, CTRL, SHIFT)
    hands.until(lambda: hands.panel.feed.running)
    assert not hands.panel.feed.released(0.3) and hands.panel.live.isVisible() and not hands.panel.ok.isEnabled()
    hands.key(Key.Key_Return)
    assert host.said() == "カメラを開いています。映像が出たら撮れます" and not photos.pictures(desk.store, visit)
    hands.key(Key.Key_Escape)
    assert hands.panel.isHidden() and host.focus() is hands.page.record.capture.text
    QTest.keyClicks(host.focus(), "go on")
    hands.key(Key.Key_Return)
    assert lines(desk, visit)[-1] == "14:30 said", "the record goes on meanwhile"
    host.cameras = there
    hands.key(Key.Key_C, CTRL, SHIFT)
    assert hands.panel.live.image.isNull(), "the next one waits for the device"
    hands.until(lambda: woken(silent) or not hands.panel.live.image.isNull())


def test_a_closed_window_lets_the_camera_go(hands: Hands) -> None:
    hands.open()
    feed = hands.panel.feed
    last = feed._last
    hands.host.end()
    assert last is not None and last.join_within(5.0)


@pytest.mark.parametrize("answers", [True, False])
def test_a_program_that_ends_in_the_middle_lets_the_camera_go_and_ends(tmp_path: Path, answers: bool) -> None:
    program = ("import sys\n"
               "from pathlib import Path\n"
               "from PySide6.QtCore import QTimer\n"
               "from PySide6.QtWidgets import QApplication, QWidget\n"
               "from kanto_desk.services.cameras import Camera\n"
               "from kanto_desk.ui.pages.consultation.camera_feed import CameraFeed\n"
               "app = QApplication([])\n"
               "holder = QWidget()\n"
               "feed = CameraFeed(holder)\n"
               "feed.arrived.connect(app.quit)\n"
               "QTimer.singleShot(10_000 if sys.argv[2] == 'True' else 500, app.quit)\n"
               "feed.start([Camera(Path(sys.argv[1]), 'film')])\n"
               "app.exec()\n"
               "print(feed.running, feed.shot is not None)\n")
    path = tmp_path / "end.avi"
    if answers:
        film(path)
    elif hasattr(os, "mkfifo"):
        os.mkfifo(path)
    else:
        pytest.skip("this system has no pipes with names")
    done = subprocess.run([sys.executable, "-c", program, str(path), str(answers)], check=False, capture_output=True,
                          encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"True {answers}\n", "")


def test_a_camera_pulled_out_in_the_middle(hands: Hands, desk: Desk, visit: str, tmp_path: Path) -> None:
    hands.host.cameras = [camera(film(tmp_path / "short.avi", 20))]
    hands.open()
    hands.key(Key.Key_Return)
    hands.until(lambda: not hands.panel.feed.running)
    panel = hands.panel
    assert panel.trouble.plain() == "「内蔵カメラ」から映像が届かなくなりました。撮った写真はそのままです。"
    assert "貼り付け" in panel.instead.plain() and panel.again.isVisible() and panel.files.isVisible()
    assert not panel.ok.isVisible() and hands.host.focus() is panel.again
    assert len(photos.pictures(desk.store, visit)) == 1
    hands.key(Key.Key_Return)   # もう一度ためす
    hands.until(lambda: not panel.live.image.isNull())
    assert panel.live.isVisible() and hands.host.focus() is panel.live
    hands.key(Key.Key_Escape)
    assert hands.closed()


def test_without_a_camera_it_says_what_to_do_instead(hands: Hands, desk: Desk, visit: str, tmp_path: Path) -> None:
    hands.host.cameras = []
    hands.key(Key.Key_C, CTRL, SHIFT)
    hands.until(hands.panel.trouble.isVisible)
    assert hands.panel.trouble.plain() == "使えるカメラが見つかりません。"
    assert hands.panel.instead.plain() == "写真は、貼り付け（Ctrl+V）、ドロップ、SDカードやUSB、ファイルからも入れられます。"
    picture = tmp_path / "chosen.jpg"
    picture.write_bytes(photo(DAY.replace(hour=13, minute=40)))
    hands.host.answers.files = [picture]
    hands.key(Key.Key_Tab)
    assert hands.host.focus() is hands.panel.files
    hands.key(Key.Key_Return)
    assert len(photos.pictures(desk.store, visit)) == 1 and hands.closed()


def test_without_the_library_it_says_so(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)   # what Python finds where it is not installed
    hands.key(Key.Key_C, CTRL, SHIFT)
    hands.until(hands.panel.trouble.isVisible)
    assert "カメラを使う部品が入っていません" in hands.panel.trouble.plain()
    hands.key(Key.Key_Escape)
    assert hands.closed() and hands.host.focus() is hands.page.record.capture.text


def test_of_two_cameras_one_is_chosen_by_a_key_and_chosen_again_the_next_time(hands: Hands, tmp_path: Path) -> None:
    second = film(tmp_path / "second.avi", size=(160, 120))
    hands.host.cameras = [*hands.host.cameras, camera(second, "書画カメラ")]
    hands.open()
    panel = hands.panel
    assert panel.other.isVisible() and panel.name.full() == "内蔵カメラ"
    hands.key(Key.Key_C)
    hands.until(lambda: panel.name.full() == "書画カメラ" and not panel.live.image.isNull())
    assert panel.feed.shot is not None and panel.feed.shot.width == 160
    hands.key(Key.Key_Escape)
    hands.open()
    assert panel.name.full() == "書画カメラ"


def test_of_numbers_that_may_be_cameras_the_next_that_answers_is_shown(hands: Hands, tmp_path: Path) -> None:
    there = [camera(film(tmp_path / f"{n}.avi"), f"カメラ {n}", sure=False) for n in (2, 4)]
    none = [camera(tmp_path / f"no-{n}.avi", f"カメラ {n}", sure=False) for n in (1, 3)]
    hands.host.cameras = [none[0], there[0], none[1], there[1]]
    hands.open()
    panel = hands.panel
    assert panel.name.full() == "カメラ 2"
    hands.key(Key.Key_C)
    hands.until(lambda: panel.name.full() == "カメラ 4" and not panel.live.image.isNull())
    hands.key(Key.Key_Escape)
    hands.host.cameras = [there[0], none[0]]
    hands.open()
    assert panel.name.full() == "カメラ 2"
    hands.key(Key.Key_C)
    hands.until(lambda: hands.host.said() == "ほかのカメラは見つかりません")
    assert panel.name.full() == "カメラ 2" and panel.feed.running


def test_the_camera_of_one_record_is_free_before_another_opens_it(hands: Hands, desk: Desk, company: str) -> None:
    other = consultations.create(desk.store, company, {"nth": 9})
    hands.open()
    first = hands.panel.feed._last
    assert first is not None
    hands.page = hands.host.open(other)
    hands.open()
    assert first.join_within(0.0) and hands.panel.feed.running


def test_one_camera_alone_leaves_nothing_to_choose(hands: Hands) -> None:
    hands.open()
    assert not hands.panel.other.isVisible()
    hands.key(Key.Key_C)
    assert hands.panel.name.full() == "内蔵カメラ" and hands.panel.feed.running


def test_a_signed_record_takes_no_photo(hands: Hands, desk: Desk, visit: str) -> None:
    hands.open()
    consultations.edit(desk.store, visit, {"theme": "試作の相談"})
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂 健一", "", "typed"))
    hands.host.settle()
    assert hands.closed() and not hands.host.frame.actions_.served("camera")
    hands.page.go_to("photos")
    hands.host.settle()
    assert not [b for b in hands.page.findChildren(Button) if b.words == "カメラで撮る" and b.isVisible()]


def test_the_signed_paper_is_photographed(hands: Hands, desk: Desk, visit: str) -> None:
    page, host = hands.page, hands.host
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    tab.form.set_method("paper")
    assert tab.form.camera.isVisible()
    tab.form.camera.setFocus()
    hands.key(Key.Key_Return)
    hands.until(lambda: not hands.panel.live.image.isNull())
    assert hands.panel.title.full() == "署名した紙を撮る"
    hands.key(Key.Key_Return)
    hands.until(lambda: tab.given().photo is not None)
    assert hands.closed() and tab.isVisible() and page.tab == "sign"
    assert desk.blobs.get(tab.given().photo or "") is not None
    assert not photos.pictures(desk.store, visit), "the paper is no photo of the visit"
    assert host.focus() is not hands.panel.live


def test_a_card_plugged_in_meanwhile_is_offered_and_the_two_change_places(hands: Hands, tmp_path: Path) -> None:
    from kanto_desk.ui.page import Volume
    from tests.photographs import card

    page = hands.page
    hands.open()
    hands.host.cards = [Volume(card(tmp_path / "card", photo(DAY.replace(hour=13, minute=40))), "EOS_DIGITAL")]
    page.coming.watch.look_now()
    hands.host.settle()
    assert page.coming.strip.isVisible() and hands.panel.isVisible()
    hands.host.ctrl(Key.Key_P, shift=True)
    assert page.coming.panel.isVisible() and hands.closed()
    page.coming.panel.camera.click()
    hands.until(lambda: not hands.panel.live.image.isNull())
    assert hands.panel.isVisible() and not page.coming.panel.isVisible()
