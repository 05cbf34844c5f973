"""A desk open for reading only: nothing looks editable that is not; the capture box still takes what is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from kanto_desk.errors import Trouble
from kanto_desk.services import consultations, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.theme import look
from tests.ui.host import Host

Key = Qt.Key


@pytest.fixture
def host(desk: Desk, visit: str, qapp: object) -> Iterator[Host]:
    """The window on the desk as `Desk` leaves it where the disk takes no writing."""
    timeline.add(desk.store, visit, "promise", "見積もりを送る 宮坂さん 12/4まで")
    desk.store.read_only = Trouble("書き込めません。", "無事です。", "ひらき直します。")
    made = Host(desk)
    yield made
    made.end()


def boxes(page: QWidget) -> list[QWidget]:
    """What can be typed into now."""
    return [box for kind in (QLineEdit, QTextEdit, QPlainTextEdit) for box in page.findChildren(kind)
            if box.isVisible() and box.isEnabled() and not box.isReadOnly()]


@pytest.mark.parametrize("tab", ["summary", "photos", "sign"])
def test_a_draft_has_no_box_and_no_button_that_writes(host: Host, visit: str, tab: str) -> None:
    page = host.open(visit)
    shown = page.go_to(tab)
    host.settle()
    assert boxes(shown) == [] and not page.banner.isVisible()
    for button in (page.header.step, page.header.photo):
        assert not button.isVisible()
    if isinstance(shown, SignTab):
        assert not shown.sign_button.isVisible() and not shown.later_button.isVisible() and shown.print_button.isVisible()
    assert not any(host.frame.actions_.served(name) for name in ("photo", "camera", "phrase", "edit_line"))


def test_the_capture_box_holds_what_is_said_and_lines_stay(host: Host, visit: str, tmp_path: Path) -> None:
    page = host.open(visit)
    assert boxes(page.record) == [page.record.capture.text] and host.focus() is page.record.capture.text
    host.ctrl(Key.Key_2)
    host.key(Key.Key_Up)
    host.key(Key.Key_F2)
    host.key(Key.Key_F4)
    assert host.focus() is page.record.capture.text and page.record.capture.draft().kind == "issue"
    QTest.keyClicks(host.focus(), "typed in vain")
    host.key(Key.Key_Return)
    assert host.frame.alarm.other.isVisible()
    host.answers.target = tmp_path
    host.frame.alarm.other.click()
    assert any("typed in vain" in file.read_text("utf-8-sig") for file in tmp_path.glob("*.txt"))
    assert [line.text for line in timeline.lines(host.frame.desk.store, visit)] == ["見積もりを送る 宮坂さん 12/4まで"]


def test_a_company_is_read_and_says_why_it_cannot_be_edited(host: Host, company: str) -> None:
    page = host.profile(company)
    for ask in (page.toggle_edit, page.begin_renaming):
        host.frame.footer.say("")
        ask()
        host.settle()
        assert host.said() == "いまは読むことだけができます"
        assert not page.editing and not page.renaming.isVisible() and boxes(page) == []
    host.frame.do("new_company")
    host.settle()
    listing = host.list()
    assert listing.new is None and host.said() == "いまは読むことだけができます"


def test_on_a_disk_that_writes_a_draft_is_editable(desk: Desk, visit: str) -> None:
    assert consultations.get(desk.store, visit).editable
    desk.store.read_only = Trouble("書き込めません。", "無事です。", "ひらき直します。")
    found = consultations.get(desk.store, visit)
    assert found.draft and not found.editable
    desk.store.read_only = None


def test_boxes_that_take_nothing_have_no_edge_of_a_field(host: Host, visit: str) -> None:
    page = host.open(visit)
    tab = page.go_to("summary")
    assert isinstance(tab, SummaryTab)
    host.settle()
    picture, box = host.grab().toImage(), tab.forms["top"].editor("theme")
    corner = box.mapTo(host, QPoint(0, 0))
    edge = {picture.pixelColor(corner.x() + x, corner.y()).name() for x in range(20, box.width() - 20)}
    assert edge == {look().color("border").name()}
