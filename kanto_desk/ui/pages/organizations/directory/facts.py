"""The right side of the list of all corporations: what the directory knows of the chosen one, and its source."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import company_directory
from kanto_desk.services.all_corporations import AllCorporations, Known
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Part, Row, hairline, holder, scrolling
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.organizations.directory.words import day_words, facts, state_words
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.text import Label, Pill, Wrapped
from kanto_desk.ui.theme import look

WIDTH, WAIT_MS = 300, 60


class DirectoryFacts(QFrame):
    """Shows a corporation a moment after its row was chosen. `taking`: whether 自分の企業に加える is served.

    `own`: gives the uid of the own company that has a number, "" for none; asked on a worker.
    """

    take_asked = Signal(str)   # number

    def __init__(self, source: AllCorporations, window: Window, labels: Labels, own: Callable[[str], str], *,
                 taking: bool) -> None:
        super().__init__()
        self._source, self._window, self._labels, self._own = source, window, labels, own
        self.number = ""
        self._reading: Job | None = None
        self.take = Button(tr("自分の企業に加える"), "plus", "primary", key="Ctrl+Enter")
        self.take.clicked.connect(lambda: self.take_asked.emit(self.number))
        if not taking:
            self.take.hide()   # shown only as part of the panel: without a parent it would be a window
        foot = Row(self.take, None)
        foot.setContentsMargins(look().px(18), 0, look().px(18), 0)
        self._area = holder(Row())
        self._column = Column(self._area, holder(foot), space=10, margins=(0, 0, 0, 14))
        self._column.setStretch(0, 1)
        self.setProperty("box", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setLayout(self._column)
        self.setAccessibleName(tr("選んだ法人"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self.read)
        self.lines: list[tuple[str, str]] = []
        self.restyle()
        self._show(None)

    def show_number(self, number: str) -> None:
        """Show this corporation soon; "" for none."""
        self.number = number
        if number:
            self._later.start()
        else:
            self.read()

    def read(self) -> None:
        """Read the corporation now."""
        self._later.stop()
        if self._reading is not None:
            self._reading.cancel()
        number, source, own = self.number, self._source, self._own
        if not number:
            self._show(None)
            return

        def show(found: tuple[Known | None, str]) -> None:
            self.take.set_words(tr("自分の記録をひらく") if found[1] else tr("自分の企業に加える"))
            self.take.set_picture("arrow-right" if found[1] else "plus")
            self._show(found[0])
        self._reading = self._window.read(lambda: (source.one(number), own(number)), show)

    def take_focus(self) -> None:
        """Go to what can be done with it, or to what is to be read."""
        to = self._area if self.take.isHidden() else self.take
        to.setFocus(Qt.FocusReason.OtherFocusReason)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedWidth(look().px(WIDTH))

    def _show(self, known: Known | None) -> None:
        area = scrolling(holder(Column(*self._parts(known), None, space=9, margins=(18, 16, 18, 8))), box="quiet",
                         read_as=tr("選んだ法人"))
        area.setAutoFillBackground(False)
        focused = self._area.hasFocus()
        self._column.replaceWidget(self._area, area)
        self._column.setStretch(0, 1)
        self._area.hide()
        self._area.deleteLater()
        self._area = area
        if focused:
            area.setFocus(Qt.FocusReason.OtherFocusReason)
        self.take.setEnabled(known is not None)

    def _parts(self, known: Known | None) -> list[Part]:
        if known is None:
            self.lines = []
            return [Wrapped(tr("法人を選ぶと、ここに国税庁のデータが出ます。"), "caption")]
        one = known.corporation
        self.lines = facts(self._labels, known)
        words, tone = state_words(one.state)
        parts: list[Part] = [Wrapped(one.name, "h3", selectable=True)]
        if one.kana:
            parts.append(Wrapped(one.kana, "caption"))
        parts += [holder(Flow(Pill(words, tone))), hairline()]
        for name, told in self.lines:
            parts.append(_fact(name, told))
        parts += [hairline(), Wrapped(company_directory.source_line(), "caption")]
        if known.newest:
            parts.append(Wrapped(tr("{day} までの更新を取り込んであります", day=day_words(known.newest)), "caption"))
        return parts


def _fact(name: str, words: str) -> QWidget:
    return holder(Column(Label(name, "caption"), Wrapped(words, selectable=True), space=1))
