"""Which columns the list of companies shows: a chip for each. Keeps nothing itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.layout import Column, Flow, holder
from kanto_desk.ui.text import Label


class ColumnsPanel(QWidget):
    """Emits `changed(hidden)`: the columns, counted from 1, that are not to be shown. The name always is."""

    changed = Signal(object)

    def __init__(self, headings: Sequence[str]) -> None:
        super().__init__()
        self.chips = [Chip(heading) for heading in headings]
        for chip in self.chips:
            chip.setChecked(True)
            chip.clicked.connect(lambda _on=False: self.changed.emit(self.hidden()))
        self.setLayout(Column(holder(Flow(Label(tr("表に出す列"), "caption"), *self.chips)), space=0))
        self.setAccessibleName(tr("表に出す列"))

    def hidden(self) -> frozenset[int]:
        """The columns that are not chosen."""
        return frozenset(at for at, chip in enumerate(self.chips, 1) if not chip.isChecked())

    def set_hidden(self, hidden: Collection[int]) -> None:
        """Choose all but these."""
        for at, chip in enumerate(self.chips, 1):
            chip.setChecked(at not in hidden)
