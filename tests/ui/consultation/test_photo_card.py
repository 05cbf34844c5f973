"""A card is plugged in: a quiet offer, the photos of the visit chosen, two key presses, and the clock put right."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from kanto_desk.clock import JST
from kanto_desk.services import consultations, history, photo_intake, photos, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.page import Volume
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from tests.db.parts import SetClock
from tests.photographs import card, photo
from tests.ui.host import Host

Key = Qt.Key
DAY = datetime(2026, 11, 24, tzinfo=JST)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return DAY.replace(hour=hour, minute=minute, second=second)


class Presses:
    """Presses keys in the real window and counts every one of them, modifiers too."""

    def __init__(self, host: Host) -> None:
        self.host, self.count = host, 0

    def key(self, key: Key, *held: Qt.KeyboardModifier) -> None:
        self.count += 1 + len(held)
        modifiers = Qt.KeyboardModifier.NoModifier
        for one in held:
            modifiers |= one
        self.host.key(key, modifiers)


@pytest.fixture
def page(host: Host, desk: Desk, visit: str, clock: SetClock) -> ConsultationPage:
    """The visit going on since 13:30, with lines at 13:30 and 13:50; it is 14:30."""
    consultations.edit(desk.store, visit, {"held_on": DAY.date(), "started_at": at(13, 30)})
    for minute in (30, 50):
        clock.now = at(13, minute)
        timeline.add(desk.store, visit, "said", f"{minute}分の話")
    clock.now = at(14, 30)
    return host.open(visit)


def plug_in(host: Host, page: ConsultationPage, root: Path, name: str = "EOS_DIGITAL") -> None:
    host.cards = [*host.cards, Volume(root, name)]
    page.coming.watch.look_now()
    host.settle()


def lines(desk: Desk, visit: str) -> list[str]:
    return [f"{line.time} {line.kind}" + (f" ×{len(line.pictures)}" if line.pictures else "")
            for line in timeline.lines(desk.store, visit)]


def test_any_number_of_photos_takes_four_keys_at_most(host: Host, desk: Desk, visit: str, page: ConsultationPage,
                                                       tmp_path: Path) -> None:
    shots = [photo(at(13, 32) + timedelta(minutes=3 * n), size=(96, 64), words=str(n)) for n in range(19)]
    old = [photo(at(13, 40) - timedelta(days=9), size=(96, 64), words=f"old {n}") for n in range(5)]
    QTest.keyClicks(host.focus(), "half")
    capture = host.focus()
    plug_in(host, page, card(tmp_path / "card", *shots, *old))
    strip = page.coming.strip
    assert strip.isVisible() and strip.words.plain() == "SDカード「EOS_DIGITAL」に今日の写真が19枚あります"
    assert host.focus() is capture, "an offer takes no focus"
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    hands = Presses(host)
    hands.key(Key.Key_P, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier)
    assert page.coming.panel.isVisible() and len(page.coming.panel.grid.chosen()) == 19
    hands.key(Key.Key_Return)
    assert hands.count <= 4, "Ctrl, Shift, P, Enter"
    assert len(photos.pictures(desk.store, visit)) == 19
    assert lines(desk, visit)[:2] == ["13:30 said", "13:32 photo ×1"] and lines(desk, visit)[-1] == "14:26 photo ×1"
    assert host.said() == "写真を19枚入れました" and page.tab == "record"
    assert host.focus() is page.record.capture.text and page.record.capture.text.toPlainText() == "half"
    assert not strip.isVisible(), "what is in is offered no more"
    page.coming.watch.look_now()
    host.settle()
    assert not strip.isVisible()
    host.frame.footer.undo.click()
    host.settle()
    assert not photos.pictures(desk.store, visit) and lines(desk, visit) == ["13:30 said", "13:50 said"]


def test_what_was_taken_is_marked_and_not_taken_twice(host: Host, desk: Desk, visit: str, page: ConsultationPage,
                                                      tmp_path: Path) -> None:
    shots = [photo(at(13, 40 + n), size=(96, 64)) for n in range(3)]
    kept = photo_intake.keep(desk.store, desk.blobs, shots[0], "other name.jpg")
    photo_intake.take(desk.store, visit, [kept])
    plug_in(host, page, card(tmp_path / "card", *shots))
    host.ctrl(Key.Key_P, shift=True)
    grid = page.coming.panel.grid
    marks = [[mark.words for mark in cell.marks] for cell in grid.cells()]
    assert marks == [["取り込み済み"], [], []] and len(grid.chosen()) == 2, "known by its content, whatever its name"
    host.key(Key.Key_Return)
    assert len(photos.pictures(desk.store, visit)) == 3
    host.ctrl(Key.Key_P, shift=True)
    assert all(cell.off for cell in grid.cells()) and not grid.chosen()
    host.key(Key.Key_Space)
    assert not grid.chosen()
    host.key(Key.Key_Return)
    assert "選んでから" in host.said() and len(photos.pictures(desk.store, visit)) == 3
    host.key(Key.Key_Escape)
    assert not page.coming.panel.isVisible() and host.focus() is page.record.capture.text


def test_choosing_by_keyboard_and_the_whole_card(host: Host, desk: Desk, visit: str, page: ConsultationPage,
                                                 tmp_path: Path) -> None:
    times = (at(13, 35), at(13, 45), at(9, 0), at(13, 0) - timedelta(days=1))
    plug_in(host, page, card(tmp_path / "card", *(photo(t, size=(96, 64)) for t in times)))
    host.ctrl(Key.Key_P, shift=True)
    panel = page.coming.panel
    assert [cell.time for cell in panel.grid.cells()] == ["09:00", "13:35", "13:45"]
    assert [Path(k).name for k in panel.grid.chosen()] == ["IMG_0001.JPG", "IMG_0002.JPG"]
    assert Path(panel.grid.current()).name == "IMG_0001.JPG"
    host.key(Key.Key_Right)
    host.key(Key.Key_Space)
    assert [Path(k).name for k in panel.grid.chosen()] == ["IMG_0001.JPG"]
    panel.all.click()
    assert [cell.time for cell in panel.grid.cells()] == ["13:45", "13:35", "09:00", "11/23 13:00"]
    assert [Path(k).name for k in panel.grid.chosen()] == ["IMG_0001.JPG"], "what was chosen stays"
    host.ctrl(Key.Key_A) if host.focus() is panel.grid else (panel.grid.setFocus(), host.ctrl(Key.Key_A))
    assert panel.ok.words == "4枚を入れる"
    panel.ok.click()
    host.settle()
    assert len(photos.pictures(desk.store, visit)) == 4


def test_the_clock_is_said_once_before_taking_and_known_the_next_time(host: Host, desk: Desk, visit: str, tmp_path: Path,
                                                                      page: ConsultationPage) -> None:
    wrong = timedelta(hours=9)
    times = [at(13, 35), at(13, 45), at(14, 10)]
    root = card(tmp_path / "card", *(photo(t - wrong, size=(96, 64)) for t in times))
    plug_in(host, page, root)
    host.ctrl(Key.Key_P, shift=True)
    panel = page.coming.panel
    assert not panel.grid.chosen() and [cell.time for cell in panel.grid.cells()] == ["04:35", "04:45", "05:10"]
    host.key(Key.Key_Right)
    host.key(Key.Key_T)
    assert panel.clock.isVisible() and host.focus() is panel.clock.moment
    QTest.keyClicks(host.focus(), "25:99")
    host.key(Key.Key_Return)
    assert panel.clock.error.isVisible() and "25時はありません" in panel.clock.error.text()
    host.focus().selectAll()
    QTest.keyClicks(host.focus(), "1345")
    host.key(Key.Key_Return)
    assert [cell.time for cell in panel.grid.cells()] == ["13:35", "13:45", "14:10"] and len(panel.grid.chosen()) == 3
    assert panel.note.plain() == "Canon EOS R50 の時計を ＋9時間 直した時刻です。"
    host.key(Key.Key_Return)
    assert lines(desk, visit) == ["13:30 said", "13:35 photo ×1", "13:45 photo ×1", "13:50 said", "14:10 photo ×1"]
    card(root, photo(at(14, 20) - wrong, size=(96, 64)), first=9)
    page.coming.watch.read(host.cards[0])
    host.settle()
    assert page.coming.strip.words.plain().endswith("今日の写真が1枚あります") or not page.coming.strip.isVisible()
    host.ctrl(Key.Key_P, shift=True)
    assert [Path(k).name for k in panel.grid.chosen()] == ["IMG_0009.JPG"]
    host.key(Key.Key_Return)
    assert lines(desk, visit)[-1] == "14:20 photo ×1"


def test_photos_of_a_wrong_clock_raise_a_doubt_that_leads_to_the_question(host: Host, desk: Desk, visit: str,
                                                                          page: ConsultationPage, tmp_path: Path) -> None:
    files = []
    for n in range(3):
        files.append(tmp_path / f"{n}.jpg")
        files[-1].write_bytes(photo(at(4, 35 + 5 * n), size=(96, 64)))
    host.answers.files = files
    host.ctrl(Key.Key_P, shift=True)
    strip = page.coming.strip
    assert strip.shown == "clock" and "合わない写真が3枚" in strip.words.plain()
    strip.act.click()
    host.settle()
    tab = page._tabs["photos"]
    assert page.tab == "photos" and tab.clock.isVisible() and host.focus() is tab.clock.moment
    assert tab.clock.all.isChecked() and tab.clock.all.words == "同じカメラの3枚をずらす"
    host.focus().selectAll()
    QTest.keyClicks(host.focus(), "13:35")
    host.key(Key.Key_Return)
    assert [line for line in lines(desk, visit) if "photo" in line] == [
        "13:35 photo ×1", "13:40 photo ×1", "13:45 photo ×1"]
    assert host.said() == "3枚の時刻を直しました"
    history.undo(desk.store, ("consultation", visit))
    assert lines(desk, visit)[0] == "04:35 photo ×1"


def test_bad_files_are_named_one_by_one_and_the_others_go_in(host: Host, desk: Desk, visit: str, page: ConsultationPage,
                                                             tmp_path: Path) -> None:
    bad = {"空.jpg": b"", "文書.jpg": b"%PDF-1.7", "途中.jpg": photo(at(13, 35))[:2500]}
    files = [tmp_path / "良.jpg", *(tmp_path / name for name in bad), tmp_path / "無い.jpg"]
    files[0].write_bytes(photo(at(13, 40), size=(96, 64)))
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    host.answers.files = files
    host.ctrl(Key.Key_P, shift=True)
    assert [a.name for a in photos.pictures(desk.store, visit)] == ["良.jpg"]
    said = page.coming.strip.words.plain().split("\n")
    assert said[0].startswith("4枚は入りませんでした") and page.coming.strip.shown == "refused"
    assert [line.split("：")[0] for line in said[1:]] == ["空.jpg", "文書.jpg", "途中.jpg", "無い.jpg"]
    assert "0バイト" in said[1] and "読めない" in said[2] and "途中で切れている" in said[3] and "ファイルを読めません" in said[4]
    page.coming.strip.away.click()
    assert not page.coming.strip.isVisible()


def test_an_import_can_be_stopped_and_leaves_nothing(host: Host, desk: Desk, visit: str, page: ConsultationPage,
                                                     tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.jpg" for n in range(4)]
    for n, file in enumerate(files):
        file.write_bytes(photo(at(13, 35 + n), size=(96, 64)))
    page.photo_import.add_files(files)
    assert page.coming.strip.shown == "stop" and page.photo_import.running
    page.coming.strip.act.click()
    host.settle()
    assert not page.photo_import.running and not photos.pictures(desk.store, visit)
    assert "中止しました" in host.said() and not page.coming.strip.isVisible()
    page.photo_import.add_files(files[:1])
    host.settle()
    assert len(photos.pictures(desk.store, visit)) == 1


def test_a_card_pulled_out_takes_its_offer_along(host: Host, desk: Desk, visit: str, page: ConsultationPage,
                                                 tmp_path: Path) -> None:
    plug_in(host, page, card(tmp_path / "card", photo(at(13, 35), size=(96, 64))))
    host.ctrl(Key.Key_P, shift=True)
    assert page.coming.panel.isVisible()
    host.cards = []
    page.coming.watch.look_now()
    host.settle()
    assert not page.coming.panel.isVisible() and not page.coming.strip.isVisible() and "抜かれました" in host.said()
    host.answers.files = []
    host.ctrl(Key.Key_P, shift=True)
    assert not page.coming.panel.isVisible(), "without a card the key asks for files"


def test_an_offer_put_away_stays_away_until_the_card_comes_again(host: Host, page: ConsultationPage, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "x.jpg").write_bytes(photo(at(13, 35), size=(96, 64)))
    plug_in(host, page, stick, "KINGSTON")
    assert page.coming.strip.words.plain() == "USBメモリー「KINGSTON」に今日の写真が1枚あります"
    page.coming.strip.away.click()
    page.coming.watch.look_now()
    host.settle()
    assert not page.coming.strip.isVisible()
    kept, host.cards = host.cards, []
    page.coming.watch.look_now()
    host.settle()
    host.cards = kept
    page.coming.watch.look_now()
    host.settle()
    assert page.coming.strip.isVisible()


def test_a_card_without_pictures_is_no_matter(host: Host, page: ConsultationPage, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.pdf").write_bytes(b"%PDF")
    plug_in(host, page, tmp_path / "docs")
    plug_in(host, page, tmp_path / "gone")
    assert not page.coming.strip.isVisible()
