"""What the directory says newly, on the company's page and in the list of all: taken in, left, taken back, by keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk.services import organizations, taking_over
from kanto_desk.services.desk import Desk
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.dialogs.offers import OffersBox
from kanto_desk.ui.pages.organizations.offered import OfferedNotice
from kanto_desk.ui.text import Wrapped
from tests.services import listing
from tests.services.test_offers import MERGED, MOVED, OTHER, PLAIN, RENAMED, ROWS, later
from tests.ui.host import Host


@pytest.fixture
def uid(desk: Desk) -> str:
    """A company that was taken over, and then was renamed and moved."""
    listing.take(desk, ROWS)
    found = taking_over.take_over(desk, PLAIN[1])
    listing.take(desk, [later("2026-11-26", "11", of=MOVED, c6=RENAMED[6])], "diff.csv")
    return found


def words(notice: OfferedNotice) -> str:
    return "\n".join(one.plain() for one in notice.findChildren(Wrapped) if one.isVisibleTo(notice))


def press(notice: OfferedNotice, host: Host, name: str) -> None:
    [button] = [b for b in notice.findChildren(Button) if b.accessibleName() == name and b.isVisible()]
    button.setFocus()
    host.key(Qt.Key.Key_Space)


def test_the_page_offers_each_fact_and_takes_it_in(host: Host, desk: Desk, uid: str) -> None:
    host.frame.open_organization(uid)
    host.settle()
    notice = host.shown_profile().offered
    assert notice.isVisible() and [one.kind for one in notice.shown()] == ["改称", "移転"]
    told = words(notice)
    assert f"{PLAIN[6]} → {RENAMED[6]}" in told and OTHER[11] in told and PLAIN[11] in told
    assert "国税庁法人番号公表サイト" in told and "11月26日" in told
    press(notice, host, "改称 を取り込む")
    assert organizations.get(desk.store, uid).name == RENAMED[6] and organizations.get(desk.store, uid).address == PLAIN[11]
    assert [one.kind for one in notice.shown()] == ["移転"] and host.shown_profile().title() == RENAMED[6]
    press(notice, host, "移転 を取り込まない")
    assert not notice.isVisible() and organizations.get(desk.store, uid).address == PLAIN[11]
    host.frame.do("undo")
    host.settle()
    assert [one.kind for one in notice.shown()] == ["移転"] and notice.isVisible()
    host.frame.do("undo")
    host.settle()
    assert organizations.get(desk.store, uid).name == PLAIN[6]
    assert [one.kind for one in notice.shown()] == ["改称", "移転"]


def test_the_list_tells_how_many_and_shows_them_all(host: Host, desk: Desk, uid: str) -> None:
    other = taking_over.take_over(desk, OTHER[1])
    listing.take(desk, [later("2026-11-27", "71", of=OTHER, c18="2026-11-20", c19="11", c20=PLAIN[1])], "more.csv")
    page = host.list()
    host.settle()
    assert page.offers_button.isVisible() and "3件" in page.offers_button.text()
    page.offers_button.click()
    host.settle()
    [box] = [w for w in QApplication.topLevelWidgets() if isinstance(w, OffersBox) and w.isVisible()]
    box.activateWindow()
    assert QTest.qWaitForWindowActive(box)
    assert len(box.list.shown()) == 3 and "承継先" in words(box.list)
    merged = f"{OTHER[6]}　合併"
    [button] = [b for b in box.list.findChildren(Button) if b.accessibleName() == f"{merged} を取り込む"]
    button.click()
    host.settle()
    assert organizations.get(desk.store, other).state == "merged" and len(box.list.shown()) == 2
    assert "合併" in box.said.full()
    for offer in box.list.shown():
        [button] = [b for b in box.list.findChildren(Button)
                    if b.accessibleName() == f"{offer.name}　{offer.kind} を取り込まない" and b.isVisible()]
        button.click()
        host.settle()
    assert box.empty.isVisible()
    box.accept()
    host.settle()
    assert not page.offers_button.isVisible()


def test_without_anything_new_nothing_is_shown(host: Host, desk: Desk, konan: str) -> None:
    page = host.list()
    host.settle()
    assert not page.offers_button.isVisible()
    host.frame.open_organization(konan)
    host.settle()
    assert not host.shown_profile().offered.isVisible() and MERGED[20] == OTHER[1]
