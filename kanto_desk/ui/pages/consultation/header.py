"""The head of an open record: whose visit it is, its clock, the next step, the tabs and what the record already holds.

Shows what it is given; asks by signals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTabBar, QWidget

from kanto_desk.clock import JST, Clock
from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, hairline, holder
from kanto_desk.ui.pages.consultation.fitting import Giving
from kanto_desk.ui.text import Elided, Label, Picture, Pill
from kanto_desk.ui.theme import look

_LEFT, _RIGHT = 24, 20
_LEAST_FIELD = 64   # px at 100 %: less of a field's words says nothing any more
TABS = ("record", "summary", "photos", "sign")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the record holds, for the checklist: counts, and whether the next date and the signature are there."""

    issues: int = 0
    advice: int = 0
    promises: int = 0
    photos: int = 0
    next_date: bool = False
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """What the head says. `minutes` is the planned length."""

    company: str
    field: str
    where: str
    started: datetime | None
    ended: datetime | None
    minutes: int | None
    contents: Contents
    editable: bool


def running(started: datetime, now: datetime) -> str:
    """Time since the start as 42:15 or 1:42:15; never negative."""
    seconds = max(0, int((now - started).total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class Header(QFrame):
    """Two rows: the visit with its next step, the tabs with the checklist."""

    tab_chosen = Signal(str)
    photo_asked = Signal()
    phrase_asked = Signal()
    step_asked = Signal()
    piece_asked = Signal(str)   # a piece of the checklist: "issue", "advice", "promise", "next_on", "sign"

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._head: Head | None = None
        self._bare = False   # buttons on the right without pictures
        self._whole: dict[Button, int] = {}   # their widths with pictures
        self.company = Elided("", "h2")
        self._field = Pill(" ", "info")
        self._where = Elided("", "caption")
        self._timer_icon = Picture("timer", "text3", 18)
        self.clock = Label("", "h3")
        self.planned = Label("", "caption")
        self.photo = Button(tr("写真"), "camera", key="Ctrl+Shift+P")
        self.photo.setToolTip(tr("写真を入れる（Ctrl+Shift+P）、カメラで撮る（Ctrl+Shift+C）"))
        self.phrase = Button(tr("定型文"), "quote", key="Ctrl+;")
        self.phrase.setFocusPolicy(Qt.FocusPolicy.TabFocus)   # a click leaves the cursor where it is
        self.step = Button(tr("署名へ進む"), "signature", "primary", key="Ctrl+Enter")
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(tr("相談の表示"))
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        for words in self._tab_words(0):
            self.tabs.addTab(words)
        self._pieces = holder(Row(space=5))
        self._pills: list[QWidget] = []
        self.photo.clicked.connect(self.photo_asked)
        self.phrase.clicked.connect(self.phrase_asked)
        self.step.clicked.connect(self.step_asked)
        self.tabs.currentChanged.connect(self._changed_tab)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self.show_time)
        self._lay_out()

    def _lay_out(self) -> None:
        self.company.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._who = Giving(Row(self.company, self._field, self._where, None, space=10))
        right = Row(self._timer_icon, self.clock, self.planned, 4, self.photo, self.phrase,
                    self.step, space=8)
        self._right = holder(right)
        top = Row(self._who, self._right, space=8)
        top.setStretch(0, 1)
        self._pieces_words = Label(tr("記録の中身"), "caption")
        self._checklist = Giving(Row(None, self._pieces_words, self._pieces, space=8))
        below = Row(self.tabs, self._checklist, space=8)
        below.setStretch(1, 1)
        inside = Column(top, below, space=2, margins=(_LEFT, 10, _RIGHT, 0))
        whole = Column(inside, hairline(), space=0)
        self.setLayout(whole)

    def show_head(self, head: Head) -> None:
        """Show what is known of the visit."""
        if head == self._head:
            return
        before, self._head = self._head, head
        self.company.set_text(head.company)
        self._field.set_state(head.field)
        self._where.set_text(head.where)
        self.planned.setText(tr("/ {n}分", n=head.minutes) if head.minutes else "")
        self.photo.setVisible(head.editable)
        self.step.setVisible(head.editable)
        for at, words in enumerate(self._tab_words(head.contents.photos)):
            if self.tabs.tabText(at) != words:
                self.tabs.setTabText(at, words)
        if before is None or before.contents != head.contents:
            self._show_pieces(head.contents)
        self.show_time()
        self._give_way()

    def show_time(self) -> None:
        """Show the clock: running while the visit goes on, from–to afterwards, nothing before."""
        head = self._head
        going = head is not None and head.started is not None and head.ended is None and head.editable
        if head is None or head.started is None:
            words = ""
        elif head.ended is not None:
            words = f"{head.started.astimezone(JST):%H:%M}–{head.ended.astimezone(JST):%H:%M}"
        else:
            words = running(head.started, self._clock())
        self._timer_icon.setVisible(bool(words))
        self.clock.setText(words)
        if going != self._tick.isActive():
            if going:
                self._tick.start()
            else:
                self._tick.stop()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._give_way()

    def event(self, event: QEvent, /) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:   # a part was shown, hidden or has other words
            self._give_way()
        return done

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._bare = False
        for button in (self.photo, self.phrase):
            button.set_bare(False)
        self._give_way()

    def _give_way(self) -> None:
        """Where the room is short, what is said elsewhere too goes: field (shortened first), words of the checklist,
        checklist."""
        px = look().px
        room = self.width() - px(_LEFT + _RIGHT + 8)
        above = self._give_way_right(room - min(self.company.sizeHint().width(), px(240)) - px(20))
        where = self._where.minimumSizeHint().width() + px(10)
        self._where.setVisible(where <= above)
        above -= where
        self._field.setVisible(bool(self._head and self._head.field) and above >= px(_LEAST_FIELD))
        self._field.set_room(max(above, px(_LEAST_FIELD)))
        below = room - self.tabs.sizeHint().width()
        pieces = sum(pill.sizeHint().width() + px(5) for pill in self._pills)   # a row leaves out what is not shown
        words = self._pieces_words.sizeHint().width() + px(8)
        self._pieces.setVisible(pieces <= below)
        self._pieces_words.setVisible(pieces + words <= below)

    def _changed_tab(self, at: int) -> None:
        self._give_way()
        self.tab_chosen.emit(TABS[at])

    def _phrase_wanted(self) -> bool:
        return bool(self._head and self._head.editable) and self.current() in ("record", "summary")

    def _give_way_right(self, room: int) -> int:
        """Give way on the right: pictures of buttons, the planned length, then 定型文 (its key does it, too).

        Gives what room is left. Computed from measured widths: trying on the screen would ask for layouts without end.
        """
        px, head = look().px, self._head
        buttons = (self.photo, self.phrase)
        if not self._bare:
            self._whole = {button: button.sizeHint().width() for button in buttons}
        clock = 0 if not self.clock.text() else px(18 + 8 + 8) + self.clock.sizeHint().width()
        planned = px(8) + self.planned.sizeHint().width() if self.planned.text() else 0
        step = 0 if self.step.isHidden() else px(8) + self.step.sizeHint().width()
        photo, phrase = (px(8) + self._whole[button] for button in buttons)
        photo, phrase = (photo if head and head.editable else 0), (phrase if self._phrase_wanted() else 0)
        icons = px(18)
        fixed = clock + step + photo + px(4 + 8)
        ways = ((False, planned, phrase), (True, planned, phrase), (True, 0, phrase), (True, 0, 0))
        for bare, for_planned, for_phrase in ways:
            spared = (icons if photo else 0) + (icons if for_phrase else 0) if bare else 0
            left = room - (fixed + for_planned + for_phrase - spared)
            if left >= 0:
                break
        self._bare = bare
        for button in buttons:
            button.set_bare(bare)
        self.planned.setVisible(bool(for_planned))
        self.phrase.setVisible(bool(for_phrase))
        return left

    def go_to(self, tab: str) -> None:
        """Show a tab as chosen."""
        self.tabs.setCurrentIndex(TABS.index(tab))

    def current(self) -> str:
        """The tab chosen."""
        return TABS[self.tabs.currentIndex()]

    def pieces(self) -> tuple[str, ...]:
        """The words of the checklist."""
        return tuple(pill.text() for pill in self._pieces.findChildren(Pill) if not pill.isHidden())

    @staticmethod
    def _tab_words(photos: int) -> tuple[str, ...]:
        return (tr("記録"), tr("まとめ"), tr("写真 {n}", n=photos) if photos else tr("写真"), tr("署名・印刷"))

    def _show_pieces(self, contents: Contents) -> None:
        row = self._pieces.layout()
        assert isinstance(row, Row)
        while (item := row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        counted = (("issue", tr("課題"), contents.issues), ("advice", tr("助言"), contents.advice),
                   ("promise", tr("約束"), contents.promises))
        self._pills = [self._piece(name, f"{word} {count}" if count else word, bool(count))
                       for name, word, count in counted]
        self._pills += [self._piece("next_on", tr("次回"), contents.next_date),
                        self._piece("sign", tr("署名"), contents.signed)]
        row.fill(*self._pills)

    def _piece(self, name: str, words: str, there: bool) -> QWidget:
        pill = _Piece(words, there)
        pill.clicked.connect(lambda: self.piece_asked.emit(name))
        pill.setToolTip(words if there else tr("{words}：まだありません", words=words))
        return pill


class _Piece(Pill):
    """A piece of the checklist: a click leads to it; the same way by key is the tab bar."""

    clicked = Signal()

    def __init__(self, words: str, there: bool) -> None:
        super().__init__(words, "ok" if there else "text3", "check" if there else None)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, _event: QMouseEvent, /) -> None:
        self.clicked.emit()
