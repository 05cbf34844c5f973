"""In 確認 the heading of each side says whole whose laptop it is, in both languages and at every zoom."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from kanto_desk import i18n
from kanto_desk.ui.text import Wrapped
from kanto_desk.ui.theme import controller
from tests.ui.fit import misfits
from tests.ui.host import Host
from tests.ui.sync.test_contested_page import inbox_of
from tests.ui.synced import Two


@pytest.mark.parametrize("language", ["ja", "en"])
def test_which_laptop_can_be_read(language: i18n.Language, two: Two) -> None:
    two.apart()
    two.sync()
    i18n.use(language)
    host = Host(two.one, 1280, 680, link=two.link)
    try:
        host.frame.begin()
        for zoom in (100, 150, 200):
            controller().set_zoom(zoom)
            inbox = inbox_of(host).inbox
            host.settle()
            for choice in inbox.choices:
                for card in choice.sides:
                    who = card.accessibleName().split("　")[0]
                    shown = [label.plain() if isinstance(label, Wrapped) else label.text()
                             for label in card.findChildren(QLabel) if label.isVisible()]
                    assert who in shown, zoom   # what gives way in the middle has other words then
                assert misfits(choice) == [], zoom
    finally:
        host.end()
        i18n.use("ja")
