"""One fact of a company as its card shows it: name, value, where it comes from, いまも正しい. Writes nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.facts import Facts, Source, newest
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.pages.organizations.words import old_words, source_words
from kanto_desk.ui.text import Label, Pill, Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import RADIUS, TARGET

_KEYS = (*ENTER_KEYS, Qt.Key.Key_Space)


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a card: its name, its words, and the fields of the organization that these come from."""

    label: str
    words: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a card of facts asks: where values of an organization come from, and what to do with one."""

    uid: str
    facts: Facts
    confirm: Callable[[str, tuple[str, ...]], None]   # the fact's name, its fields
    open_visit: Callable[[str], None]

    def of(self, told: Told) -> Source | None:
        """Where the words of a line come from."""
        return newest(self.facts, [(self.uid, name) for name in told.names])


class FactLine(QFrame):
    """A card of these is one Tab stop: ↑ and ↓ go from line to line, Enter or Space unfolds where one comes from."""

    confirmed = Signal()

    def __init__(self, told: Told, sources: Sources, width: Callable[[], int]) -> None:
        super().__init__()
        self.told, self.source, self._sources = told, sources.of(told), sources
        name = Label(told.label, "caption")
        name.keep_width(width)
        value = Wrapped(told.words, selectable=True)
        row = Row(name, value, space=8)
        row.setAlignment(name, Qt.AlignmentFlag.AlignTop)
        row.setStretch(1, 1)
        if self.source is not None and self.source.old:
            pill = Pill(tr("要確認"), "warn", "circle-alert")
            row.fill(pill)
            row.setAlignment(pill, Qt.AlignmentFlag.AlignTop)
        self._detail: QWidget | None = None
        self._column = Column(row, space=2, margins=(6, 3, 6, 3))
        self.setLayout(self._column)
        self.setAccessibleName(f"{told.label} {told.words}")
        if self.source is not None:
            heard = source_words(self.source)
            words = f"{old_words()}\n{heard}" if self.source.old else heard
            self.setToolTip(words)
            self.setAccessibleDescription(tr("{words}。Enter で出どころ", words=words.replace("\n", "　")))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.restyle()

    @property
    def unfolded(self) -> bool:
        """Whether the line says where it comes from."""
        return self._detail is not None and not self._detail.isHidden()

    @property
    def confirm_button(self) -> Button | None:
        """いまも正しい, once the line was unfolded."""
        found = self._detail.findChildren(Button) if self._detail is not None else []
        return found[0] if found else None

    def unfold(self) -> None:
        """Say where the fact comes from below it, or no longer."""
        if self.source is None:
            return
        if self._detail is None:
            self._detail = self._made_detail(self.source)
            self._column.fill(self._detail)
            for before, after in pairwise([self, *self._detail.findChildren(Button)]):
                QWidget.setTabOrder(before, after)   # what comes later would be last of all
        else:
            self._detail.setVisible(self._detail.isHidden())
        self.setProperty("unfolded", self.unfolded)

    def _made_detail(self, source: Source) -> QWidget:
        right = Button(tr("いまも正しい"), "check", name=tr("{label}は、いまも正しい", label=self.told.label))
        right.clicked.connect(self._confirm)
        buttons: list[QWidget] = [right]
        if source.visit:
            visit = Button(tr("その相談をひらく"), "notebook-pen")
            visit.clicked.connect(lambda: self._sources.open_visit(source.visit))
            buttons.append(visit)
        heard = source_words(source)
        words = Wrapped(f"{heard}　{old_words()}" if source.old else heard, "warning" if source.old else "caption")
        return holder(Column(words, holder(Flow(*buttons, space=8)), space=6, margins=(0, 2, 0, 6)))

    def _confirm(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)   # the button goes when the card is built anew
        self._sources.confirm(self.told.label, self.told.names)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        by = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if not self.hasFocus() or (by is None and event.key() not in _KEYS):
            super().keyPressEvent(event)
        elif by is None:
            self.unfold()
        else:
            self._step(by)

    def _step(self, by: int) -> None:
        lines = self._lines()
        at = lines.index(self) + by
        if 0 <= at < len(lines):
            lines[at].setFocus(Qt.FocusReason.TabFocusReason)
            lines[at].come_into_view()

    def come_into_view(self) -> None:
        """Scroll the page to where this line can be seen."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(self)

    def _lines(self) -> list[FactLine]:
        above = self.parentWidget()
        return [w for w in above.findChildren(FactLine) if w.isVisible()] if above is not None else [self]

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setMinimumHeight(look().px(TARGET["least"]))
        self.update()

    def paintEvent(self, event: QPaintEvent, /) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(look().color("focus"), 2))
            radius = look().px(RADIUS["field"])
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
            painter.end()


def one_stop(lines: list[FactLine]) -> None:
    """Let Tab reach the first line of a card only; the others are reached by ↓ and by click."""
    for line in lines[1:]:
        line.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
