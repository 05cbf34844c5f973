"""The window on a full and on a read-only disk: it opens for reading, says so all the time, and loses nothing typed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kanto_desk import app
from kanto_desk.clock import system_clock
from kanto_desk.errors import Trouble
from kanto_desk.services import consultations, organizations, timeline
from kanto_desk.services import desk as desks
from kanto_desk.ui.alarm import Alarm
from kanto_desk.ui.frame import Frame
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.organizations.profile import OrganizationPage
from kanto_desk.ui.pages.unlock import UnlockPage
from tests.e2e.kill import template
from tests.e2e.test_cli_disks import disk, fill
from tests.ui.window import Drawer

__all__ = ["disk"]   # a fixture


def a_desk(disk: Path) -> tuple[Path, str]:
    """A closed desk on a disk; gives its folder and its visit."""
    made = desks.create(disk / "home", template.PASSPHRASE, person="高橋 直子", cost=template.CHEAP)
    company = organizations.create(made.store, {"name": "株式会社 湖南精工", "city": "諏訪市"})
    visit = consultations.create(made.store, company, {"theme": "医療機器"})
    timeline.add(made.store, visit, "said", "いまは自動車が七割。")
    made.close()
    return disk / "home", visit


@pytest.fixture(params=["full", "read-only"])
def home(disk: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """A desk on a disk that takes nothing; afterwards its files are as they were."""
    place, visit = a_desk(disk)
    if request.param == "full":
        fill(disk)
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    before = {file.name: file.read_bytes() for file in place.glob("*.db")}
    yield place, visit
    assert {file.name: file.read_bytes() for file in place.glob("*.db")} == before
    assert not any(file.stat().st_size for file in place.glob("*.db-wal"))


def opened(qtbot: QtBot, home: Path, drawer: Drawer) -> tuple[MainWindow, Frame]:
    window = app.build(home, "ja", system_clock, options={"cost": template.CHEAP}, files=drawer)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    assert isinstance(window.gate, UnlockPage) and window.gate.trouble.isHidden()
    QTest.keyClicks(window.gate.passphrase, template.PASSPHRASE)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.places.current is not None, timeout=20_000)
    assert window.frame is not None
    return window, window.frame


def quiet(frame: Frame, qtbot: QtBot) -> None:
    for _ in range(4):
        frame.jobs.wait_idle()
        frame.beside.wait_idle()
        frame.saving.drain(2000)
        qtbot.wait(1)


def spoken(page: QWidget) -> str:
    return "\n".join(w.accessibleName() for w in page.findChildren(QWidget) if w.isVisible())


def test_it_opens_for_reading_and_answers_every_edit(qtbot: QtBot, home: tuple[Path, str], tmp_path: Path) -> None:
    place, visit = home
    drawer = Drawer()
    window, frame = opened(qtbot, place, drawer)
    quiet(frame, qtbot)
    alarm = frame.alarm

    def stands() -> bool:
        words = alarm.words.plain()
        return (alarm.isVisible() and alarm.property("box") == "alarm" and "読むだけでひらきました" in words
                and "記録は無事です" in words and "ひらき直します" in words and alarm.shut.isHidden())
    assert stands() and alarm.other.isHidden()
    for name in ("today", "visits", "companies", "match", "figures", "sync"):
        frame.do(name)
        quiet(frame, qtbot)
        assert stands(), name
    frame.open_consultation(visit)
    quiet(frame, qtbot)
    page = frame.places.current
    assert isinstance(page, ConsultationPage) and page.record.timeline.lines.line(0).text == "いまは自動車が七割。"
    for tab in ("summary", "photos"):
        page.go_to(tab)
        quiet(frame, qtbot)
    sign = page.go_to("sign")
    assert isinstance(sign, SignTab)
    qtbot.waitUntil(sign.view.ready, timeout=20_000)   # the paper is drawn
    quiet(frame, qtbot)
    assert stands() and frame.saving.waiting == 0, "reading asks for no save"
    company = next(o.uid for o in organizations.listing(window.desk.store)   # type: ignore[union-attr]
                   if o.name == "株式会社 湖南精工")
    frame.open_organization(company)
    quiet(frame, qtbot)
    profile = frame.places.current
    assert isinstance(profile, OrganizationPage) and "株式会社 湖南精工" in spoken(profile)
    profile.star.click()
    quiet(frame, qtbot)
    assert stands() and frame.footer.said.full() == "いまは読むことだけができます" and not frame.saving.waiting
    frame.open_consultation(visit)
    page.go_to_capture()
    QTest.keyClicks(page.record.capture.text, "typed in vain")
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: frame.saving.trouble is not None, timeout=10_000)
    assert "読むだけでひらきました" in alarm.words.plain() and alarm.other.isVisible() and alarm.retry.isHidden()
    assert "まだ保存できていません" in frame.footer.state.text()
    drawer.answer = tmp_path / "kept.txt"
    alarm.other.click()
    assert "typed in vain" in drawer.answer.read_text("utf-8-sig")
    window.close()
    assert window.isVisible() and alarm.close_anyway.isVisible() and "失われます" in alarm.loss.plain()
    alarm.close_anyway.click()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=10_000)


def test_without_an_edit_it_closes_at_once(qtbot: QtBot, home: tuple[Path, str]) -> None:
    window, frame = opened(qtbot, home[0], Drawer())
    quiet(frame, qtbot)
    assert window.backups is None and frame.alarm.isVisible()
    window.close()
    assert not window.isVisible()


def test_with_room_again_it_writes_as_ever(qtbot: QtBot, disk: Path) -> None:
    place, visit = a_desk(disk)
    fill(disk)
    window, frame = opened(qtbot, place, Drawer())
    window.close()
    (disk / "fill").unlink()
    window, frame = opened(qtbot, place, Drawer())
    quiet(frame, qtbot)
    assert window.desk is not None and "読むだけ" not in frame.alarm.words.plain()
    timeline.add(window.desk.store, visit, "said", "また書ける。")
    window.close()


def test_what_is_told_meanwhile_gives_way_to_what_stands(qtbot: QtBot) -> None:
    alarm = Alarm()
    qtbot.addWidget(alarm)
    alarm.stand(Trouble("読むことだけができます。", "無事です。", "ひらき直します。"))
    alarm.show_low(Trouble("空きが少ない。", "", ""))
    assert alarm.words.plain().startswith("読むことだけ")
    alarm.show_trouble(Trouble("写しをとれません。", "", ""))
    assert alarm.words.plain().startswith("写し") and not alarm.shut.isHidden()
    alarm.shut.click()
    assert alarm.words.plain().startswith("読むことだけ") and alarm.shut.isHidden() and not alarm.isHidden()
    alarm.stand(None)
    assert alarm.isHidden()
