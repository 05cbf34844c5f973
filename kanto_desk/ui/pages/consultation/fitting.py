"""Widgets that fit the room they get: as high as their wrapped text needs, or narrower than their parts would like."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLayout, QSizePolicy, QWidget

from kanto_desk.ui.layout import Row


class Fitting(QWidget):
    """What stands in an area that scrolls and is as high as its width needs: wrapped labels alone ask for too much.

    It names no least height. The area asks for the height of each width itself; a least height that changed with the
    width made the two take turns without end where the scroll bar is needed at one width only.
    """

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setLayout(layout)

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return super().minimumSizeHint()
        return QSize(layout.minimumSize().width(), 0)


class Giving(QWidget):
    """A row that lets the window be narrower than its parts would like; its owner hides them one by one."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        self.setLayout(row)
        row.setSizeConstraint(Row.SizeConstraint.SetNoConstraint)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())
