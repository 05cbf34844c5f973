"""自分の記録 or すべての法人: which companies the place 企業 shows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.layout import Row


class Switch(QWidget):
    """Two chips of which one is chosen. Emits `turned` when the other one is pressed; it does not turn by itself."""

    turned = Signal()

    def __init__(self, *, everything: bool) -> None:
        super().__init__()
        self.own, self.all = Chip(tr("自分の記録")), Chip(tr("すべての法人"))
        self._everything = everything
        for chip in (self.own, self.all):
            chip.clicked.connect(self._pressed)
        self._stand()
        self.setLayout(Row(self.own, self.all, space=4))
        self.setAccessibleName(tr("どの企業を見るか"))

    def _pressed(self) -> None:
        other = self.own if self._everything else self.all
        turns = other.isChecked()
        self._stand()
        if turns:
            self.turned.emit()

    def _stand(self) -> None:
        self.own.setChecked(not self._everything)
        self.all.setChecked(self._everything)
