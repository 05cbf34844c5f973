"""No words cut off, no parts over one another, no page wider than its window: every screen where there is least room.

The 36 looks of the window, and everything else that is asked of a screen: test_walk.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.services.desk import Desk
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Row, scrolling
from kanto_desk.ui.text import Elided, Label
from tests.db.parts import SetClock
from tests.ui.combinations import Combination
from tests.ui.fit import misfits, too_wide
from tests.ui.screens import made_desk
from tests.ui.walk import WORST, misfits_of


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    desk, visit = made_desk(tmp_path_factory.mktemp("fit"), SetClock())
    yield desk, visit
    desk.close()


@pytest.mark.parametrize("chosen", WORST, ids=str)
def test_every_screen_fits(sample: tuple[Desk, str], chosen: Combination, tmp_path: Path, qapp: object) -> None:
    assert misfits_of(*sample, tmp_path, chosen) == []


def test_what_does_not_fit_is_found(qtbot: QtBot) -> None:
    windows = []

    def told(*parts: QWidget, width: int = 300) -> list[str]:
        window = QWidget()
        windows.append(window)
        qtbot.addWidget(window)
        for at, part in enumerate(parts):
            part.setParent(window)
            part.move(0, at * 60)
            part.show()
        window.resize(width, 300)
        window.show()
        return misfits(window)

    label, button, name = Label("見積もりを送る"), Button("署名へ進む"), Elided("株式会社 湖南精工")
    for part in (label, button, name):
        part.resize(part.sizeHint())
    assert told(label, button, name) == []
    label.resize(40, 20)
    button.resize(60, 36)
    name.resize(14, 20)
    assert len(told(label, button, name)) == 3, "words, button and a name of which nothing is left"
    wide = QPushButton("幅")
    wide.resize(60, 40)
    assert told(wide) == [] and len(told(wide, width=40)) == 1, "outside the window"

    row = Row(Label("見積もり"), Label("図面"))
    holder = QWidget()
    holder.setLayout(row)
    area = scrolling(holder)
    qtbot.addWidget(area)
    area.resize(60, 60)
    area.show()
    assert too_wide(area)
    area.resize(400, 60)
    assert not too_wide(area) and not misfits(area)
    row.itemAt(1).widget().move(10, row.itemAt(0).widget().y())
    assert len(misfits(area)) == 1, "one over the other"
