"""From difference to difference through two long texts, or both of them whole."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.layout import Column, Flow, holder
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Label


class Differences(QWidget):
    """Emits `moved` for another difference (`at`, from 0) and for 全文を見る (`whole`)."""

    moved = Signal()

    def __init__(self, label: str) -> None:
        super().__init__()
        self.at = self._count = 0
        self.told = Label("", "caption")
        self.before = Button(tr("前の違い"), "chevron-up", name=tr("{field}：前の違い", field=label), key="Alt+↑")
        self.before.clicked.connect(lambda: self.go(-1))
        self.next = Button(tr("次の違い"), "chevron-down", name=tr("{field}：次の違い", field=label), key="Alt+↓")
        self.next.clicked.connect(lambda: self.go(1))
        self.whole = Chip(tr("全文を見る"), name=tr("{field}：全文を見る", field=label))
        self.whole.clicked.connect(self._show)
        self.setLayout(Column(holder(Flow(self.told, self.before, self.next, self.whole, space=8)), space=0))
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """There are so many differences; one begins at the first."""
        self.at, self._count = 0, count
        self._tell()

    def go(self, step: int) -> None:
        """Go to the next one or the one before; from the last to the first, so that no button loses the focus."""
        if self._count:
            self.at = (self.at + step) % self._count
            self._show()
            announce(self, self.told.text())

    def _show(self) -> None:
        self._tell()
        self.moved.emit()

    def _tell(self) -> None:
        self.told.setText(tr("違い {n}／{count}", n=self.at + 1, count=self._count) if self._count else "")
