"""A part as high as its wrapped text needs, inside an area that scrolls: at no height of the window may they quarrel."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QSizePolicy, QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.ui.layout import Column, scrolling
from kanto_desk.ui.pages.consultation.fitting import Fitting
from kanto_desk.ui.text import Wrapped

MANY = 200   # what one change of size may ask at most; a quarrel has no end and eats the stack


class Pad(QWidget):
    """As a signature pad: the wider, the higher."""

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int, /) -> int:
        return width * 2 // 5


class Counted(Fitting):
    """Counts how often it is asked; after `MANY` it asks for nothing, so that a quarrel ends and can be told."""

    asked = 0

    def minimumSizeHint(self) -> QSize:
        self.asked += 1
        return QSize(0, 0) if self.asked > MANY else super().minimumSizeHint()


def test_what_grows_with_its_width_settles_beside_the_scroll_bar(qtbot: QtBot) -> None:
    inside = Counted(Column(Wrapped("署名をいただきます。"), Pad(), Wrapped("役職は任意です。"), None))
    area = scrolling(inside)
    qtbot.addWidget(area)
    area.show()
    whole, most = inside.heightForWidth(400), 0
    for start in (whole - 80, whole + 80):
        for height in range(whole - 10, whole + 10):
            area.resize(400, start)
            qtbot.wait(0)
            inside.asked = 0
            area.resize(400, height)
            qtbot.wait(0)
            most = max(most, inside.asked)
            bar = area.verticalScrollBar().sizeHint().width()
            assert inside.height() >= inside.heightForWidth(inside.width() - bar)   # the pad gives the pixels between
    assert most <= MANY, most


def test_wrapped_words_ask_for_no_more_than_they_need(qtbot: QtBot) -> None:
    inside = Fitting(Column(Wrapped("担当か期限のない約束が1件あります。" * 6), None))
    area = scrolling(inside)
    qtbot.addWidget(area)
    area.resize(600, 60)
    area.show()
    qtbot.wait(0)
    assert inside.height() == inside.heightForWidth(inside.width()) > 60
