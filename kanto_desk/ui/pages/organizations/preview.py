"""The right side of the list: the chosen company in a few lines, its last visits and contact, and the next step."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from kanto_desk.clock import today
from kanto_desk.i18n import tr
from kanto_desk.services import organizations
from kanto_desk.services.consultations import Listed
from kanto_desk.services.organizations import Contact, Profile
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Part, Row, hairline, holder, scrolling
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.organizations.words import (
    Labels,
    certificate_tone,
    items,
    one_line,
    place,
    short_day,
)
from kanto_desk.ui.pages.words import visit_state, visit_title
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Label, Picture, Pill, Wrapped
from kanto_desk.ui.theme import look

WIDTH, MOST_VISITS, MOST_PILLS, WAIT_MS = 300, 3, 4, 60


class Preview(QFrame):
    """Shows a company a moment after the row was chosen, so that running through a list reads nothing."""

    start_asked = Signal(str)
    open_asked = Signal(str)
    star_asked = Signal(str, bool)

    def __init__(self, desk: Any, window: Window, labels: Labels) -> None:
        super().__init__()
        self._desk, self._window, self._labels = desk, window, labels
        self._uid, self._starred = "", False
        self._reading: Job | None = None
        self.star = Button("", "star", "icon", name=tr("お気に入りにする"))
        self.star.clicked.connect(lambda: self.star_asked.emit(self._uid, not self._starred))
        self.start = Button(tr("相談をはじめる"), "notebook-pen", "primary", key="Ctrl+Enter")
        self.start.clicked.connect(lambda: self.start_asked.emit(self._uid))
        self.open = Button(tr("ひらく"), "arrow-right", key="Enter")
        self.open.clicked.connect(lambda: self.open_asked.emit(self._uid))
        self._body: QScrollArea | None = None
        foot = Row(self.start, self.open, None)
        self._column = Column(holder(Row()), holder(foot), space=10, margins=(0, 0, 0, 14))
        self._column.setStretch(0, 1)
        foot.setContentsMargins(look().px(18), 0, look().px(18), 0)
        self.setProperty("box", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setLayout(self._column)
        self.setAccessibleName(tr("選んだ企業"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self.read)
        self.restyle()
        self.show_profile(None)

    @property
    def uid(self) -> str:
        """The company shown or about to be shown."""
        return self._uid

    def show_company(self, uid: str) -> None:
        """Show this company soon; "" for none."""
        self._uid = uid
        if uid:
            self._later.start()
        else:
            self.read()

    def read(self) -> None:
        """Read the company now."""
        self._later.stop()
        if self._reading is not None:
            self._reading.cancel()
        uid, store = self._uid, self._desk.store
        if not uid:
            self.show_profile(None)
            return

        self._reading = self._window.read(lambda: organizations.profile(store, uid, opened=False), self.show_profile)

    def show_profile(self, found: Profile | None) -> None:
        """Put a company on screen; None says that none is chosen."""
        area = scrolling(holder(Column(*self._parts(found), None, space=9, margins=(18, 16, 18, 8))), box="quiet")
        area.setAutoFillBackground(False)
        old = self._column.takeAt(0)
        if old is not None and old.widget() is not None:
            widget = old.widget()
            assert widget is not None
            widget.hide()
            widget.deleteLater()
        self._column.insertWidget(0, area, 1)
        self._body = area
        for button in (self.start, self.open):
            button.setEnabled(found is not None)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedWidth(look().px(WIDTH))

    def _parts(self, found: Profile | None) -> list[Part]:
        if found is None:
            return [Wrapped(tr("企業を選ぶと、ここにあらましが出ます。"), "caption")]
        record = found.record
        self._starred = found.starred
        self.star = Button("", "star", "icon",
                           name=tr("お気に入りから外す") if found.starred else tr("お気に入りにする"))
        self.star.set_picture("star", filled=found.starred, token="warn" if found.starred else "text3")
        self.star.clicked.connect(lambda: self.star_asked.emit(record.uid, not found.starred))
        name = Wrapped(record.name or "", "h3")
        head = Row(name, self.star, space=6)
        head.setStretch(0, 1)
        head.setAlignment(self.star, Qt.AlignmentFlag.AlignTop)
        where = place(self._labels.of("CL10", record.prefecture), record.city)
        parts: list[Part] = [head, Wrapped("・".join(filter(None, (record.kana, where))), "caption")]
        pills = self._pills(found)
        if pills:
            parts.append(holder(Flow(*pills)))
        about = one_line(record.strengths or record.products)
        if about:
            parts.append(Wrapped(about, "second"))
        parts += [hairline(), Label(tr("直近の相談"), "bold")]
        parts += [self._visit(row) for row in found.consultations[:MOST_VISITS]]
        if not found.consultations:
            parts.append(Label(tr("まだありません"), "caption"))
        parts.append(hairline())
        parts += self._contact(found.contacts, record.phone or "")
        return parts

    def _pills(self, found: Profile) -> list[QWidget]:
        record = found.record
        shown: list[QWidget] = []
        industry = self._labels.of("CL12", record.jsic_division or record.jsic_section)
        if industry:
            shown.append(_fitting(industry, "text2", ""))
        if record.employees is not None:
            shown.append(Pill(tr("従業員 {n}名", n=f"{record.employees:,}"), "text2"))
        for words in items(record.certificates)[:MOST_PILLS]:
            shown.append(_fitting(words, *certificate_tone(words)))
        return shown

    def _visit(self, row: Listed) -> Pressable:
        now = today(self._desk.store.clock)
        words, tone, icon = visit_state(row)
        title = Elided(visit_title(row))
        day = tr("今日") if row.held_on == now else short_day(row.held_on, now)
        line = Row(Picture(icon, tone if tone != "text2" else "text3", 18), title, Label(day, "caption"), space=9,
                   margins=(2, 3, 2, 3))
        line.setStretch(1, 1)
        made = Pressable(line, f"{visit_title(row)} {words}", day, edge="none")
        made.clicked.connect(lambda: self._window.open_consultation(row.uid))
        return made

    def _contact(self, contacts: tuple[Contact, ...], phone: str) -> list[Part]:
        first = contacts[0] if contacts else None
        parts: list[Part] = []
        if first is not None:
            words = "　".join(filter(None, (first.name, first.role)))
            parts.append(_line("user", words))
        number = (first.phone if first else "") or phone
        if number:
            parts.append(_line("phone", number))
        if first is not None and first.email:
            parts.append(_line("mail", first.email))
        return parts or [Label(tr("窓口はまだ書かれていません"), "caption")]


def _line(icon: str, words: str) -> Row:
    text = Elided(words)
    row = Row(Picture(icon, "text3", 18), text, space=9)
    row.setStretch(1, 1)
    return row


def _fitting(words: str, tone: Any, icon: str) -> Pill:
    """A pill no wider than the panel; the whole text is in its tooltip."""
    room = look().px(WIDTH - 36 - 44)
    metrics = look().metrics("caption")
    short = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room)
    pill = Pill(short, tone, icon or None)
    pill.setToolTip(words if short != words else "")
    pill.setAccessibleName(words)
    return pill
