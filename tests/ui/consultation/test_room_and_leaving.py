"""A small window holds every tab of a record; client view is left by Esc wherever the focus is; F4 is a key of the list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kanto_desk import i18n
from kanto_desk.i18n import Language
from kanto_desk.services import timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.main_window import LEAST_HEIGHT, LEAST_WIDTH
from kanto_desk.ui.pages.consultation.header import TABS
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from tests.ui.host import Host


@pytest.fixture
def small(desk: Desk, language: Language, qapp: QApplication) -> Iterator[Host]:
    i18n.use(language)
    made = Host(desk, LEAST_WIDTH, LEAST_HEIGHT)
    yield made
    made.end()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_tab_fits_the_smallest_window(small: Host, desk: Desk, visit: str, qtbot: QtBot) -> None:
    for n in range(30):   # more than one page: the buttons that turn pages are there too
        timeline.add(desk.store, visit, "advice", f"{n} まず委託加工として参入し、認証は2年計画に分ける。")
    page = small.open(visit)
    for tab in TABS:
        shown = page.go_to(tab)
        small.settle()
        if isinstance(shown, SignTab):
            qtbot.waitUntil(shown.view.ready)
            assert shown.next.isVisible()
            for button in (shown.show_button, shown.before, shown.next, shown.whole):
                place = button.mapTo(shown, button.rect().topLeft()).x()
                assert 0 <= place <= shown.side.x() - button.width()
        assert page.minimumSizeHint().width() <= page.width(), tab
        assert small.frame.minimumSizeHint().width() <= LEAST_WIDTH, tab
        assert (small.width(), small.height()) == (LEAST_WIDTH, LEAST_HEIGHT)


def test_esc_leaves_client_view_wherever_the_focus_is(host: Host, visit: str) -> None:
    page = host.open(visit)
    for lost in (False, True):
        host.ctrl(Qt.Key.Key_V, shift=True)
        assert page.client_shown and not host.frame.rail.isVisible()
        if lost:
            host.focus().clearFocus()
        else:
            page.client.close_button.setFocus()
        QTest.keyClick(QApplication.focusWidget() or host, Qt.Key.Key_Escape)
        host.settle()
        assert not page.client_shown
        assert host.frame.rail.isVisible() and page.header.isVisible()


def test_esc_does_not_leave_while_a_name_is_composed(host: Host, visit: str) -> None:
    page = host.open(visit)
    host.ctrl(Qt.Key.Key_V, shift=True)
    page.client.form.name.setFocus()
    QApplication.sendEvent(page.client.form.name, QInputMethodEvent("みや", []))
    QTest.keyClick(page.client.form.name, Qt.Key.Key_Escape)
    assert page.client_shown


def test_the_key_of_the_promise_chips_is_in_the_list(host: Host, visit: str) -> None:
    actions = host.frame.actions_
    assert not actions.served("promise_chips")
    host.open(visit)
    assert actions.served("promise_chips")
    assert "F4" in [action.key_text for _heading, group in actions.key_list() for action in group]
