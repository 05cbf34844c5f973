"""The notice that a company may be in the desk already: who it may be, each opened by one press. Never blocks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.organizations import Row as Listed
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Row, holder, set_property
from kanto_desk.ui.pages.organizations.words import Labels, place
from kanto_desk.ui.text import Elided, Label, Picture

MOST = 4


class TwinNotice(QFrame):
    """Possible twins; hidden without any. Emits `opened(uid)` and, where `compares`, `compare_asked(uid)`."""

    opened = Signal(str)
    compare_asked = Signal(str)

    def __init__(self, labels: Labels, *, compares: bool = False) -> None:
        super().__init__()
        self._labels, self._compares = labels, compares
        set_property(self, "box", "warn")
        self._lines = Column(space=4, margins=(12, 9, 12, 9))
        self._widgets: list[QWidget] = []
        self._shown: tuple[Listed, ...] = ()
        self.setLayout(self._lines)
        self.hide()

    def shown(self) -> tuple[Listed, ...]:
        """The twins on screen."""
        return self._shown

    def show_twins(self, twins: Sequence[Listed]) -> None:
        """Show these, or nothing."""
        if tuple(twins) == self._shown:
            return
        self._shown = tuple(twins)
        for widget in self._widgets:
            widget.hide()
            widget.deleteLater()
        self._widgets = []
        while self._lines.count():
            self._lines.takeAt(0)
        if twins:
            told = tr("同じ企業がすでにあるかもしれません（{n}件）", n=len(twins))
            head = QWidget()
            head.setLayout(Row(Picture("circle-alert", "warn", 18), Label(told, "bold"), None, space=8))
            self._widgets = [head, *(self._line(one) for one in twins[:MOST])]
            self._lines.fill(*self._widgets)
            self.setAccessibleName(told)
        self.setVisible(bool(twins))

    def _line(self, one: Listed) -> QWidget:
        where = place(self._labels.of("CL10", one.prefecture), one.city)
        button = Button(tr("ひらく"), "arrow-right", "ghost", name=tr("{name} をひらく", name=one.name))
        button.clicked.connect(lambda _on=False, uid=one.uid: self.opened.emit(uid))
        line = QWidget()
        buttons = [button]
        if self._compares:
            compare = Button(tr("くらべる"), "copy", "ghost", name=tr("{name} とくらべる", name=one.name))
            compare.clicked.connect(lambda _on=False, uid=one.uid: self.compare_asked.emit(uid))
            buttons.insert(0, compare)
        line.setLayout(Row(holder(Flow(holder(Row(Elided(one.name), Label(where, "caption"), space=10)),
                                       holder(Row(*buttons, space=10)), space=4, spread=True)), margins=(26, 0, 0, 0)))
        return line
