"""The top bar: where the user is, the search box, offline, what was not sent yet, and who works here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import Row, holder, set_property
from kanto_desk.ui.line_icons import LineIcon
from kanto_desk.ui.page import Crumb
from kanto_desk.ui.pages.sync_words import connection_words
from kanto_desk.ui.text import Elided, KeyCap, Label, Pill, Tone
from kanto_desk.ui.theme import look

if TYPE_CHECKING:
    from kanto_desk.ui.syncing import Marks

_GAP, _LEFT, _RIGHT, _CRUMBS_MOST = 8, 20, 16, 360
_SEARCH_LEAST = 40   # the lens


@dataclass(frozen=True, slots=True)
class _Room:
    """How much of the bar is shown: widths of search box and crumbs (px at 100 %), and what stands beside them.

    `offline` is for a laptop that has joined no hub. One that has keeps connection and 同期 in every room, at the last
    (`bare`) without their words: the search box gives way first.
    """

    search: int
    crumbs: int
    key: bool = False
    offline: bool = False
    user: bool = True
    long_sample: bool = True
    bare: bool = False


_ROOMS = (_Room(420, 225, key=True, offline=True), _Room(300, 200, key=True, offline=True),
          _Room(220, 150), _Room(180, 150), _Room(180, 150, long_sample=False),
          _Room(140, 130, user=False, long_sample=False), _Room(100, 130, user=False, long_sample=False),
          _Room(100, 130, user=False, long_sample=False, bare=True))
"""From a wide window to a narrow one at a large zoom."""


def _sample_words(room: _Room) -> str:
    return tr("見本データ") if room.long_sample else tr("見本")


class SearchBox(QLineEdit):
    """Looks like a box and opens the palette: by click, by Enter, and by the first key or composed text."""

    opened = Signal(object)   # the event that opened it, to be given to the palette's box; None for a click

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "look", "search")
        self.setAccessibleName(tr("全体検索"))
        self.setAccessibleDescription("Ctrl+K")
        self.setPlaceholderText(tr("企業・記録・操作をさがす"))
        self.setToolTip("Ctrl+K")
        self.lens = LineIcon(self, "search", tr("検索"))

    def mousePressEvent(self, _event: QMouseEvent, /) -> None:
        self.opened.emit(None)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS or event.key() == Qt.Key.Key_Down:
            self.opened.emit(None)
        elif event.text().strip() and event.text().isprintable():
            self.opened.emit(event)
        else:
            event.ignore()

    def inputMethodEvent(self, event: QInputMethodEvent, /) -> None:
        if event.preeditString() or event.commitString():
            self.opened.emit(event)

    def focusInEvent(self, event: QFocusEvent, /) -> None:
        super().focusInEvent(event)
        self.setCursorPosition(0)


class Crumbs(QWidget):
    """The way to this page; every step but the last is a button."""

    def __init__(self) -> None:
        super().__init__()
        self._row = Row(space=4)
        self.setLayout(self._row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._parts: list[QWidget] = []

    def set_crumbs(self, crumbs: Sequence[Crumb]) -> None:
        """Show this way."""
        for part in self._parts:
            self._row.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts = []
        for at, crumb in enumerate(crumbs):
            if at:
                self._add(Label("›", "caption"))
            if crumb.go is not None and at < len(crumbs) - 1:
                button = Button(crumb.words, kind="ghost", name=tr("{words} にもどる", words=crumb.words))
                button.clicked.connect(lambda _on=False, go=crumb.go: go())
                self._add(button)
                self._give_place(button)
            else:
                self._add(Elided(crumb.words, "second"))

    def _give_place(self, button: QWidget) -> None:
        """Let Tab come to it where it stands: Qt puts what is built later at the end of the window."""
        before = self.previousInFocusChain()
        while before is not None and before is not self and not before.focusPolicy() & Qt.FocusPolicy.TabFocus:
            before = before.previousInFocusChain()   # Qt orders only what takes the focus
        if before is not None and before not in (self, button):
            self.setTabOrder(before, button)

    def _add(self, part: QWidget) -> None:
        self._parts.append(part)
        self._row.addWidget(part, 1 if isinstance(part, Elided) else 0)


class TopBar(QFrame):
    """Emits `search_asked(event or None)`, `sample_removed` when 消す of the sample mark is pressed, `sync_asked`."""

    search_asked = Signal(object)
    sample_removed = Signal()
    sync_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "top")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.crumbs = Crumbs()
        self.search = SearchBox()
        self.search.opened.connect(self.search_asked)
        self._key = KeyCap("Ctrl+K")
        self.sample = Pill(tr("見本データ"), "info", "info")
        self.sample.setToolTip(tr("見本データ"))
        self.remove = Button(tr("消す"), kind="ghost", name=tr("見本データを消す"))
        self.remove.clicked.connect(self.sample_removed)
        self._sample = holder(Row(self.sample, self.remove, space=2))
        self._sample.hide()
        self._connection = tr("オフライン")
        self.offline = Pill(self._connection, "text2", "wifi-off")
        self.unsent = Pill("", "accent", "cloud-upload")
        self.unsent.hide()
        self._unsent, self._due = 0, ""
        self.confirm = Pill("", "danger", "triangle-alert")
        self.confirm.hide()
        self._waiting = 0
        self.sync = Button(tr("同期"), "refresh-cw", name=tr("いま同期する"), key="Ctrl+Shift+S")
        self.sync.clicked.connect(self.sync_asked)
        self.sync.hide()
        self._enrolled = False
        self.user = Pill("", "text2", "circle-user")
        row = Row(self.crumbs, self.search, self._key, None, self._sample, self.offline, self.unsent,
                  self.confirm, self.sync, self.user, space=_GAP, margins=(_LEFT, 7, _RIGHT, 7))
        row.setStretch(0, 3)
        row.setStretch(3, 1)
        self.setLayout(row)
        self._first = 0
        self._room = _ROOMS[0]
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._give_way()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._give_way()

    def event(self, event: QEvent, /) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:   # other crumbs, or a part came or went
            self._give_way()
        return done

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())   # what has no room gives way

    def set_width_class(self, wide: bool, tiny: bool) -> None:
        """Give way in three steps as the window gets smaller."""
        self._first = 0 if wide else 2 if tiny else 1
        self._give_way()

    def _give_way(self) -> None:
        """Show as much as there is room for. Nothing is tried on the screen: each try would ask for a new layout."""
        rooms = _ROOMS[self._first:]
        room = self._room = next((one for one in rooms if self._needed(one) <= self.width()), rooms[-1])
        px = look().px
        self._key.setVisible(room.key)
        self.offline.setVisible(room.offline or self._enrolled)
        self.sync.setVisible(self._enrolled)
        self._show_marks(bare=room.bare)
        self.user.setVisible(room.user and bool(self.user.text()))
        if self.sample.text() != _sample_words(room):
            self.sample.set_state(_sample_words(room))
        over = self._needed(room) - self.width()
        self._show_counts(short=over > 0)   # the last things that can give way are their words and some of the box
        over -= self._saved_by_numbers()
        self.search.setFixedWidth(max(px(_SEARCH_LEAST), px(room.search) - max(0, over)))
        self.crumbs.setMinimumWidth(self._crumbs_least(room))
        self.crumbs.setMaximumWidth(max(px(_CRUMBS_MOST), self._crumbs_least(room)))

    def _show_marks(self, *, bare: bool) -> None:
        """Connection and 同期; without words they are read as tooltip and accessible name."""
        bare = bare and self._enrolled
        words = "" if bare else self._connection
        if words != self.offline.text():
            self.offline.set_state(words)
            self.offline.setAccessibleName(self._connection)
            self.offline.setToolTip(self._connection if bare else "")
        if bare == bool(self.sync.words):
            self.sync.set_words("" if bare else tr("同期"))

    def _button_words(self, bare: bool) -> int:
        return 0 if bare else self.sync.fontMetrics().horizontalAdvance(" " + tr("同期"))

    def _crumbs_least(self, room: _Room) -> int:
        return max(look().px(room.crumbs), self.crumbs.minimumSizeHint().width())

    def _needed(self, room: _Room) -> int:
        px, words = look().px, look().metrics("caption").horizontalAdvance
        shown = [part for part, on in ((self._key, room.key), (self.offline, room.offline or self._enrolled),
                                       (self._sample, not self._sample.isHidden()),
                                       (self.unsent, not self.unsent.isHidden()),
                                       (self.confirm, not self.confirm.isHidden()),
                                       (self.sync, self._enrolled),
                                       (self.user, room.user and bool(self.user.text()))) if on]
        other = words(_sample_words(room)) - words(self.sample.text()) if self._sample in shown else 0
        other += sum(words(whole) - words(pill.text()) for pill, whole, _ in self._counts())
        if self._enrolled:
            other += words("" if room.bare else self._connection) - words(self.offline.text())
            other += self._button_words(room.bare) - self._button_words(not self.sync.words)
        gaps = px(_GAP) * (len(shown) + 2)   # crumbs, search and the stretch stand there, too
        return (px(_LEFT + _RIGHT + room.search) + self._crumbs_least(room) + math.ceil(other) + gaps
                + sum(part.sizeHint().width() for part in shown))

    def show_sync(self, marks: Marks) -> None:
        """What waits for the hub and for the user; nothing is shown for 0."""
        self._unsent, self._waiting = marks.unsent, marks.waiting
        self._enrolled, self._due = marks.standing.enrolled, ""
        tone: Tone = "accent"
        told = tr("まだ送っていない記録が{count}件あります", count=marks.standing.unsent)
        if marks.files.count:
            words = tr("まだ送っていない写真とファイルが{count}件あります", count=marks.files.count)
            told = f"{told}　{words}" if marks.standing.unsent else words
        if (due := marks.standing.due) is not None:
            left = due.left
            soon = {0: tr("きょうまで"), 1: tr("あすまで")}
            self._due = tr("期限切れ") if left < 0 else soon.get(left, "")
            tone = "danger" if left < 0 else "warn" if left <= 1 else "accent"
            told += "　" + tr("{month}/{day} までに送ります", month=due.last.month, day=due.last.day)
        self.unsent.set_state(self.unsent.text(), tone, "circle-alert" if self._due else "cloud-upload")
        self.unsent.setToolTip(told)
        self.unsent.setVisible(self._unsent > 0)
        self.confirm.setToolTip(tr("確認が必要な変更が{count}件あります", count=self._waiting))
        self.confirm.setVisible(self._waiting > 0)
        online = bool(marks.online)
        self._connection = connection_words(marks)
        self.offline.set_state(self._connection, "text2", "wifi" if online else "wifi-off")
        self._give_way()

    def _counts(self) -> list[tuple[Pill, str, str]]:
        """The counts that are shown, each with its words and what is left of them where the room is short."""
        return [(pill, words, short) for pill, words, short in (
            (self.unsent, _unsent_words(self._unsent) + (f"・{self._due}" if self._due else ""),
             f"{self._unsent}・{self._due}" if self._due else str(self._unsent)),
            (self.confirm, tr("確認 {count}", count=self._waiting), str(self._waiting))) if not pill.isHidden()]

    def _show_counts(self, *, short: bool) -> None:
        for pill, words, number in self._counts():
            shown = number if short else words
            if shown != pill.text():
                pill.set_state(shown)
                pill.setAccessibleName(words)

    def _saved_by_numbers(self) -> int:
        words = look().metrics("caption").horizontalAdvance
        return int(sum(words(whole) - words(number) for _, whole, number in self._counts()))

    def set_user(self, name: str) -> None:
        """Who works here."""
        self.user.set_state(name)
        self._give_way()

    def set_sample(self, on: bool) -> None:
        """Whether sample data is in this folder."""
        self._sample.setVisible(on)
        self._give_way()

    def bottom_left(self, window: QWidget) -> QPoint:
        """Where the search box ends, in the window's coordinates."""
        return self.search.mapTo(window, QPoint(0, self.search.height()))


def _unsent_words(count: int) -> str:
    return tr("未送信 {count}", count=count)
