"""What is said on a small picture is said whole."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from kanto_desk.ui.pages.consultation.picture_grid import Cell, Mark, PictureGrid


class Written(QPainter):
    """A painter that keeps the words it was given."""

    def __init__(self, on: QImage) -> None:
        super().__init__(on)
        self.words: list[str] = []

    def drawText(self, *given: object) -> None:   # type: ignore[override]
        self.words += [one for one in given if isinstance(one, str)]


def test_two_marks_are_both_whole(qtbot: QtBot) -> None:
    grid = PictureGrid("写真", lambda _key, size, _ratio: QPixmap(size))
    qtbot.addWidget(grid)
    marks = (Mark("check", "warn", "同意未確認"), Mark("clock", "warn", "ファイルの時刻"))
    grid.show_cells([Cell("a", "13:40", "みそ玉の小袋", marks)])
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 184, 196)
    image = QImage(200, 200, QImage.Format.Format_RGB32)
    painter = Written(image)
    grid.itemDelegate().paint(painter, option, grid.model().index(0, 0))
    painter.end()
    assert painter.words == ["13:40", "みそ玉の小袋", "同意未確認", "ファイルの時刻"]
