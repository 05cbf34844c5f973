"""Ctrl + and − on what is shown: the sizes of parts that stand already follow, so that no word is cut off until the page
is opened anew. The walk builds its window at each zoom and cannot see this.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest

from kanto_desk.services import consultations
from kanto_desk.ui.pages.consultation.header import TABS
from kanto_desk.ui.pages.first_run import FirstRunPage
from kanto_desk.ui.theme import controller
from tests.db.parts import SetClock
from tests.ui.fit import misfits, too_wide
from tests.ui.host import Host
from tests.ui.screens import PLACES, made_desk


@pytest.fixture
def opened(tmp_path: Path, qapp: object) -> Iterator[tuple[Host, str]]:
    desk, visit = made_desk(tmp_path, SetClock())
    host = Host(desk)
    host.frame.begin()
    host.settle()
    yield host, visit
    controller().set_zoom(100)
    host.end()
    desk.close()


def looked_at(host: Host, visit: str) -> Iterator[str]:
    """Every page in turn, shown small."""
    signed = next(v for v in consultations.listing(host.frame.desk.store) if v.state == "final")

    def small() -> None:
        controller().set_zoom(80)
        host.settle()
    for place in PLACES:
        small()
        host.frame.places.show_place(place)
        yield place
    for uid in (visit, signed.uid):
        for tab in TABS:
            small()
            host.open(uid).go_to(tab)
            yield f"{tab} of {'a draft' if uid == visit else 'a signed record'}"
    small()
    page = host.profile(signed.organization_uid)
    yield "company"
    small()
    page.toggle_edit()
    yield "company being edited"
    small()
    host.frame.do("new_company")
    yield "new company"


def test_no_page_cuts_a_word_off_when_it_is_made_larger(opened: tuple[Host, str]) -> None:
    host, visit = opened
    told = []
    for name in looked_at(host, visit):
        host.settle()
        for percent in (150, 200):
            controller().set_zoom(percent)
            host.settle()
            QTest.qWait(50)
            host.settle()
            told += [f"{name} at {percent} %: {fault}" for fault in (*misfits(host), *too_wide(host))]
    assert not told, "\n".join(told)


def test_the_first_screen_neither(qtbot: object) -> None:
    controller().set_zoom(80)
    page = FirstRunPage()
    try:
        page.resize(1366, 768)
        page.show()
        QTest.qWait(20)
        for percent in (150, 200):
            controller().set_zoom(percent)
            QTest.qWait(50)
            assert misfits(page) == []
    finally:
        controller().set_zoom(100)
        page.deleteLater()
