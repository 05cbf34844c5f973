"""手もとの情報: the last visit with its promises, and what the company can do. Read only; one click opens, and nothing
here ever takes the focus. Never shown in client view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import consultations, promises
from kanto_desk.services.consultations import Opened
from kanto_desk.services.promises import Agreed
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, card, least_height, scrolling, set_property
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.fitting import Fitting
from kanto_desk.ui.pages.consultation.words import short_date
from kanto_desk.ui.pages.words import nth_words
from kanto_desk.ui.text import Elided, Label, Picture, Wrapped
from kanto_desk.ui.theme import look

WIDTH = 318
NARROW = 1310
"""Below this width of the window (px at 100 %) the panel is a drawer."""
_MOST_TEXT = 240
_MOVED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


@dataclass(frozen=True, slots=True)
class Before:
    """The last visit as the panel shows it."""

    uid: str
    heading: str
    text: str
    agreed: tuple[Agreed, ...]


def last_visit(desk: Any, opened: Opened) -> Before | None:
    """The visit before this one; None when this is the first or this laptop has not got it."""
    uid = opened.record.previous
    if not uid:
        return None
    try:
        before = consultations.get(desk.store, uid).record
    except Refused:
        return None
    held = short_date(before.held_on) if before.held_on else ""
    nth = nth_words(before.nth)
    heading = tr("前回 {day}（{nth}）", day=held, nth=nth) if nth else tr("前回 {day}", day=held)
    words = [text for text in (before.theme, before.direction or before.summary) if text]
    return Before(uid, heading, _short("\n".join(words)), tuple(promises.of_consultation(desk.store, uid)))


Company = tuple[str, str | None, str | None]
"""Uid, what it can do, its equipment."""


class AtHand(QFrame):
    """The panel on the right of 記録."""

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._says: tuple[Before | None, Company | None] | None = None
        set_property(self, "box", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._inside = Fitting(Column(space=12, margins=(15, 14, 16, 12)))
        whole = QVBoxLayout()
        whole.setContentsMargins(1, 0, 0, 0)
        whole.addWidget(scrolling(self._inside, box="quiet"))
        self.setLayout(whole)
        self.setAccessibleName(tr("手もとの情報"))

    def show_record(self, opened: Opened) -> None:
        """Fill the panel for this record; what it says already stays as it is."""
        company = opened.organization
        told = (company.uid, company.strengths or company.capabilities, company.equipment) if company else None
        says = (last_visit(self._window.desk, opened), told)
        if says == self._says:
            return
        self._says = says
        column = self._inside.layout()
        assert isinstance(column, Column)
        while (item := column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        column.fill(Label(tr("手もとの情報"), "h3"), self._before(says[0]))
        able = self._company(told) if told else None
        if able is not None:
            column.fill(able)
        column.fill(None)

    def _before(self, before: Before | None) -> QWidget:
        if before is None:
            head = Row(Picture("history", "text3", 18), Label(tr("はじめての相談です"), "bold"), None, space=8)
            return card(head, margins=(12, 10, 12, 10))
        head = Row(Picture("history", "text3", 18), Elided(before.heading, "bold"), space=8)
        head.setStretch(1, 1)
        box = card(head, space=6, margins=(12, 10, 12, 6))
        column = box.layout()
        assert isinstance(column, Column)
        if before.text:
            column.fill(Wrapped(before.text, "second"))
        for agreed in before.agreed[:5]:
            column.fill(_promise(agreed))
        button = Button(tr("前回の記録をひらく"), "arrow-right", "ghost")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)   # one click opens; the cursor stays in the capture box
        button.clicked.connect(lambda: self._window.open_consultation(before.uid))
        column.fill(button)
        return box

    def _company(self, told: Company) -> QWidget | None:
        uid, able, equipment = told
        texts = [text for text in (able, equipment) if text]
        if not texts:
            return None
        head = Row(Picture("factory", "text3", 18), Label(tr("設備・強み"), "bold"), None, space=8)
        button = Button(tr("企業をひらく"), "arrow-right", "ghost")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._window.open_organization(uid))
        return card(head, *(Wrapped(_short(text), "second") for text in texts), button, space=6,
                    margins=(12, 10, 12, 6))


class Beside(QWidget):
    """The timeline with the panel at its right: beside it when there is room, over it as a drawer when there is not.

    The drawer ends above `pinned`, the part at the foot of the timeline that is written into.
    """

    def __init__(self, main: QWidget, side: QWidget, pinned: QWidget) -> None:
        super().__init__()
        self._main, self._side, self._pinned = main, side, pinned
        self._wanted = True          # beside, where there is room
        self._drawn = False          # over the timeline, where there is not
        main.setParent(self)
        side.setParent(self)
        pinned.installEventFilter(self)
        self._place()

    @property
    def narrow(self) -> bool:
        """Whether the panel is a drawer now."""
        return self.window().width() < look().px(NARROW)

    def side_shown(self) -> bool:
        """Whether the panel is to be seen."""
        return self._drawn if self.narrow else self._wanted

    def toggle(self) -> None:
        """Show or hide the panel (Ctrl+I)."""
        if self.narrow:
            self._drawn = not self._drawn
        else:
            self._wanted = not self._wanted
        self._place()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, least_height(self._main, self._room()))

    def event(self, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:   # the timeline or its box may need more now
            self.updateGeometry()
        return super().event(event)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._place()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        if not self.narrow:
            self._drawn = False
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if watched is self._pinned and event.type() in _MOVED and self.narrow:
            self._place()
        return super().eventFilter(watched, event)

    def _room(self) -> int:
        """The width of the timeline."""
        beside = self.side_shown() and not self.narrow
        return self.width() - (min(look().px(WIDTH), self.width()) if beside else 0)

    def _place(self) -> None:
        width, shown = min(look().px(WIDTH), self.width()), self.side_shown()
        self._main.setGeometry(0, 0, self._room(), self.height())
        height = self.height()
        if self.narrow and self._pinned.isVisibleTo(self):
            height = self._pinned.mapTo(self, QPoint()).y()
        self._side.setGeometry(self.width() - width, 0, width, height)
        self._side.setVisible(shown)
        self._side.raise_()


def _promise(agreed: Agreed) -> QWidget:
    done, late = agreed.state == "done", agreed.overdue
    icon, tone = ("circle-check", "ok") if done else ("circle-alert", "warn") if late else ("flag", "accent")
    when = short_date(agreed.due_on) if agreed.due_on else tr("期限なし")
    if done:
        state = tr("{day} 済", day=short_date(agreed.done_on)) if agreed.done_on else tr("済")
    else:
        state = tr("{day} 超過", day=when) if late else when
    words = tr("{what}（{who}）", what=agreed.text, who=agreed.who) if agreed.who else agreed.text
    line = QWidget()
    picture = Picture(icon, tone, 18)
    text = Column(Wrapped(words, "second"), Label(state, "caption"), space=0)
    row = Row(picture, text, space=8)
    row.setStretch(1, 1)
    row.setAlignment(picture, Qt.AlignmentFlag.AlignTop)
    line.setLayout(row)
    line.setAccessibleName(f"{words} {state}")
    return line


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "…"
