"""同じ企業の確認 by keys alone: found, compared, merged, taken apart; 別の企業 is not asked about again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk.services import consultations, duplicates, organizations
from kanto_desk.services.desk import Desk
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.dialogs.side_by_side import ValueCard
from kanto_desk.ui.dialogs.twins import TwinsBox
from tests.ui.host import Host


@pytest.fixture
def twin(desk: Desk, konan: str) -> str:
    """A second entry of 湖南精工, with a visit and another telephone."""
    record = organizations.get(desk.store, konan)
    uid = organizations.create(desk.store, {"name": "(株)湖南精工", "prefecture": record.prefecture, "city": record.city,
                                            "address": record.address, "phone": "0266-99-9999", "fax": "0266-99-9998"})
    consultations.create(desk.store, uid)
    return uid


def box_of(host: Host) -> TwinsBox:
    [box] = [w for w in QApplication.topLevelWidgets() if isinstance(w, TwinsBox) and w.isVisible()]
    box.activateWindow()
    assert QTest.qWaitForWindowActive(box)
    host.settle()
    return box


def open_all(host: Host) -> TwinsBox:
    host.frame.do("twins")
    host.settle()
    return box_of(host)


def back(host: Host) -> None:
    """What a window manager does when a box is closed."""
    host.activateWindow()
    assert QTest.qWaitForWindowActive(host)
    host.settle()


def press(host: Host, name: str) -> None:
    [button] = [b for b in host.shown_profile().findChildren(Button) if b.accessibleName() == name and b.isVisible()]
    button.setFocus()
    host.key(Qt.Key.Key_Space)


def test_a_pair_is_merged_by_keys_and_taken_back_from_the_footer(host: Host, desk: Desk, konan: str, twin: str) -> None:
    host.list()
    box = open_all(host)
    assert host.focus() is box.table and box.table.rows.rowCount() == 1 and box.shown is not None
    assert box.shown.found.stays.uid == konan   # it has the visits
    host.key(Qt.Key.Key_Return)
    card = host.focus()
    assert isinstance(card, ValueCard) and card.isChecked()
    pair = box.shown.pairs[0]
    while pair.field.name != "phone":
        pair = box.shown.pairs[box.shown.pairs.index(pair) + 1]
    pair.goes.setFocus()
    host.key(Qt.Key.Key_Return)
    assert pair.taken
    host.key(Qt.Key.Key_Left)
    assert not pair.taken and host.focus() is pair.stays
    host.key(Qt.Key.Key_Right)
    assert pair.taken and host.focus() is pair.goes
    host.ctrl(Qt.Key.Key_Return)
    assert organizations.get(desk.store, twin).uid == konan
    assert organizations.get(desk.store, konan).phone == "0266-99-9999"
    assert box.table.rows.rowCount() == 0 and "まとめました" in host.said() == box.said.full()
    host.key(Qt.Key.Key_Escape)
    back(host)
    host.frame.footer.undo.click()
    host.settle()
    assert organizations.get(desk.store, twin).uid == twin


def test_the_profile_compares_shows_both_values_and_takes_apart(host: Host, desk: Desk, konan: str, twin: str) -> None:
    before = [organizations.get(desk.store, uid).wire() for uid in (konan, twin)]
    host.profile(twin)
    press(host, f"{before[0]['name']} とくらべる")
    box = box_of(host)
    assert box.shown is not None and box.shown.found.stays.uid == konan
    host.ctrl(Qt.Key.Key_Return)
    back(host)
    page = host.shown_profile()
    assert page.uid == konan, "what is typed goes to the one that stays"
    texts = " ".join(w.accessibleName() for w in page.findChildren(type(box.reading)) if w.isVisibleTo(page))
    assert "0266-99-9999" in texts and "(株)湖南精工" in texts
    press(host, "(株)湖南精工 のまとめを解く")
    assert "まとめを解きました" in host.said()
    assert [organizations.get(desk.store, uid).wire() for uid in (konan, twin)] == before


def test_another_company_is_not_asked_about_again(host: Host, desk: Desk, konan: str, twin: str) -> None:
    host.list()
    box = open_all(host)
    box.apart.setFocus()
    host.key(Qt.Key.Key_Space)
    assert duplicates.probable(desk.store) == [] and "もうたずねません" in box.said.full()
    assert box.empty.isVisible() and not box.unite.isEnabled()
    host.key(Qt.Key.Key_Escape)
    back(host)
    assert not host.profile(konan).twins.isVisible()


def test_the_other_one_can_stay(host: Host, desk: Desk, konan: str, twin: str) -> None:
    host.list()
    box = open_all(host)
    assert box.shown is not None
    box.shown.swap.setFocus()
    host.key(Qt.Key.Key_Space)
    assert box.shown.found.stays.uid == twin and host.focus() is box.shown.swap
    host.ctrl(Qt.Key.Key_Return)
    assert organizations.get(desk.store, konan).uid == twin
