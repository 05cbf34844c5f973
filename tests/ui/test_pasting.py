"""A text above the bound is not pasted, and why is said; what stands in the box and in the clipboard stays."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from kanto_desk.fields import MOST_TEXT
from kanto_desk.ui.capture import Capture


def test_a_text_above_the_bound_is_not_pasted(qtbot: QtBot) -> None:
    box = Capture()
    qtbot.addWidget(box)
    with qtbot.waitExposed(box):
        box.show()
    box.text.setPlainText("書きかけ")
    for n, taken in ((20 << 20, False), (MOST_TEXT, False), (100, True)):   # the second is too long with what stands
        data = QMimeData()
        data.setText("a" * n)
        box.text.insertFromMimeData(data)
        assert ("a" in box.text.toPlainText()) is taken
        assert taken or "34万字" in QToolTip.text()
    assert "書きかけ" in box.text.toPlainText()
    QToolTip.hideText()
