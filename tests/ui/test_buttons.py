"""Buttons of the kit: chips stay round at every zoom."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.theme import ZOOM_LEAST, ZOOM_MOST, ZOOM_STEP, controller, look


@pytest.mark.parametrize("checked", [False, True])
def test_a_chip_is_round_at_every_zoom(qtbot: QtBot, checked: bool) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    chip = Chip("署名する")
    column.addWidget(chip)
    qtbot.addWidget(window)
    chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)   # its edge would be that of the focus
    chip.setChecked(checked)
    with qtbot.waitExposed(window):
        window.show()
    for zoom in range(ZOOM_LEAST, ZOOM_MOST + 1, ZOOM_STEP):
        controller().set_zoom(zoom)
        window.adjustSize()
        picture = window.grab(chip.geometry()).toImage()
        middle = picture.pixelColor(picture.width() // 2, 0)
        assert middle == look().color("accent" if checked else "field"), zoom
        ground = QColor(look().color("canvas"))
        edge = max(2, picture.height() // 8)
        for x in (0, edge // 2, picture.width() - 1 - edge // 2, picture.width() - 1):
            for y in (0, picture.height() - 1):
                assert picture.pixelColor(x, y) == ground, (zoom, x, y)
