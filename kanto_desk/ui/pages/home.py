"""きょう: the next visit, today's visits, what was left undone, what was opened last. Every line opens its thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QFrame, QWidget

from kanto_desk.clock import JST, today
from kanto_desk.i18n import language, tr
from kanto_desk.services import home
from kanto_desk.services.figures import Behind
from kanto_desk.services.home import Today, Undone
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.find_bar import FindBar
from kanto_desk.ui.finding_texts import TextsFinder
from kanto_desk.ui.layout import Column, Part, Row, card, holder, scrolling
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Crumb, Key, Page, Verb, Window
from kanto_desk.ui.pages import home_paper
from kanto_desk.ui.pages.figures.behind import BehindList
from kanto_desk.ui.pages.home_cards import NextCard, family_name, left_undone, recent_line, visit_line
from kanto_desk.ui.pages.sync_words import connection_words, due_words, moment_words
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.printing import Asked, Printing
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.text import Label, Picture, Pill, Wrapped
from kanto_desk.ui.theme import look
from kanto_desk.ui.waiting import Waiting

STACKED_BELOW = 820
EVERY_MS = 20_000
SHOWN_TYPES = frozenset({"consultation", "organization", "promise", "transition", "version"})


class HomePage(Page):
    """きょう. Reads on the worker thread and builds its cards anew only when something differs."""

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__(window)
        self._desk = desk
        self._shown: Today | None = None
        self._protected = True
        self._warned: tuple[str, ...] | None = None
        self.greeting, self.day = Label("", "h1"), Label("", "second")
        self.new = Button(tr("新しい相談"), "plus", key="Ctrl+N")
        self.new.clicked.connect(lambda: window.do("new_visit"))
        head = Row(holder(Column(self.greeting, self.day, space=4)), None, self.new)
        self.warning = Notice("warn", "")
        self.warning.hide()
        self._left, self._right = Column(space=10), Column(space=14)
        self._columns = Row(holder(self._left), holder(self._right), space=20)
        self._columns.setStretch(0, 62)
        self._columns.setStretch(1, 38)
        body = Column(head, self.warning, self._columns, None, space=14, margins=(24, 18, 24, 16))
        area = scrolling(holder(body))
        self.find_bar = FindBar()
        self.find_bar.set_finder(TextsFinder(area, labels=True))
        whole = Column(self.find_bar, area, space=0)
        whole.setStretch(1, 1)
        self._cards = holder(whole)
        self._pages = OneShown()
        self._pages.addWidget(self._cards)
        self.setLayout(Column(self._pages, space=0))
        self.behind: BehindList | None = None   # made when it is first asked for: most mornings it is not
        self._undone: tuple[Undone, str] | None = None
        self.setAccessibleName(self.title())
        self.waiting = Waiting(self, "cards")
        self.waiting.stop.hide()   # it is the first screen: there is nowhere else to go
        self.printing = Printing(self, window, desk.store, self._paper)
        self.card: NextCard | None = None
        self._minute = QTimer(self)
        self._minute.setInterval(EVERY_MS)
        self._minute.timeout.connect(self._tick)
        self._parts: list[QWidget] = []
        self._marks = window.syncing.marks
        window.syncing.marked.connect(self._marked)

    def title(self) -> str:
        return tr("きょう")

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    def crumbs(self) -> Sequence[Crumb]:
        if self._undone is not None:
            return Crumb(self.title(), self.back_to_cards), Crumb(self._undone[1])
        return (Crumb(self.title()),)

    def verbs(self) -> Mapping[str, Verb]:
        own = {"next_step": self.begin_next, "find": self.find_bar.open}
        if self._undone is not None and self.behind is not None:
            own = {"find": self.behind.find_here}
        return {**own, **self.printing.verbs}

    def activate(self) -> None:
        if self.behind is not None and self._undone is not None:
            self._read_undone()
            self.behind.take_focus()
        else:
            self._take_focus()   # Enter begins the next visit, also after Alt+1 from elsewhere
        self._read()
        if self._warned is None:
            self._warned = ()
            self.desk_window.work(lambda: tuple(self._desk.warnings()), self._warn)

    def refresh(self, touched: frozenset[Key]) -> None:
        if any(record_type in SHOWN_TYPES for record_type, _ in touched):
            self._read()
            self._read_undone()

    def _paper(self) -> Asked | str:
        """What Ctrl+P prints: the day, or the list that stands in its place."""
        if self._undone is not None and self.behind is not None:
            return self.behind.paper()
        seen, store = self._shown, self._desk.store
        if seen is None:
            return tr("まだ読んでいます。少し待ってから、もう一度押します")
        return Asked(tr("きょうの予定"), "", lambda: home_paper.make(store, seen))

    # The list behind a line of やり残し

    def open_undone(self, which: Undone, title: str) -> None:
        """Show all the records that a line of やり残し stands for, in the place of the cards."""
        if self.behind is None:
            self.behind = BehindList(self._desk, self.desk_window, tr("きょうへもどる"))
            self.behind.left.connect(self.back_to_cards)
            self._pages.addWidget(self.behind)
        behind, self._undone = self.behind, (which, title)

        def show() -> None:
            self._pages.setCurrentWidget(behind)
            behind.take_focus()
            self.desk_window.page_changed(self)
        self._read_undone(show)

    def back_to_cards(self) -> None:
        """From the list to the cards, to the line that led to it."""
        if self._undone is None:
            return
        title, self._undone = self._undone[1], None
        self._pages.setCurrentWidget(self._cards)
        line = next((one for one in self._cards.findChildren(Pressable)
                     if one.isVisibleTo(self) and one.accessibleName().startswith(title)), None)
        if line is not None:
            line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._take_focus()
        self.desk_window.page_changed(self)

    def _read_undone(self, then: Verb | None = None) -> None:
        if self.behind is None or self._undone is None:
            return
        store, behind, (which, title) = self._desk.store, self.behind, self._undone

        def show(found: Behind) -> None:
            if self._undone is not None and self._undone[0] == which:
                behind.show_records(title, found)
                if then is not None:
                    then()
        self.desk_window.work(lambda: home.undone(store, which), show)

    def _read(self) -> None:
        store = self._desk.store

        def failed(_error: Exception) -> bool:
            self.waiting.end()
            return False
        if self._shown is None:
            self.waiting.begin()
        self.desk_window.work(lambda: home.read(store), self._show, failed)

    def _take_focus(self) -> None:
        first = self.new if self._shown else self   # before the next visit is known, Enter must not begin another
        (self.card.primary if self.card else first).setFocus(Qt.FocusReason.OtherFocusReason)

    def begin_next(self) -> None:
        """Enter: begin the next visit, go on with it, or look for a company to begin one with."""
        card_ = self._shown.next_visit if self._shown else None
        if self._shown is None:
            return
        if card_ is None:
            self.desk_window.do("new_visit")
        elif card_.visit.started_at is None:
            self.desk_window.begin_visit(card_.visit.uid)
        else:
            self.desk_window.open_consultation(card_.visit.uid)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if self._undone is not None:
            if event.key() == Qt.Key.Key_Escape:
                self.back_to_cards()
            else:
                super().keyPressEvent(event)
        elif event.key() in ENTER_KEYS and event.modifiers() in (Qt.KeyboardModifier.NoModifier,
                                                                Qt.KeyboardModifier.KeypadModifier):
            if isinstance(focus, QAbstractButton) and focus.hasFocus():
                focus.click()
            else:
                self.begin_next()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        self._minute.start()

    def hideEvent(self, event: Any, /) -> None:
        super().hideEvent(event)
        self._minute.stop()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: one column when two would be too narrow."""
        stacked = self.width() * 100 / look().zoom < STACKED_BELOW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)

    def _show(self, seen: Today) -> None:
        self.waiting.end()
        self._greet(seen)
        marks = self.desk_window.syncing.marks
        if seen == self._shown and self._protected == self._desk.protected and marks == self._marks:
            return
        self._marks = marks
        self._protected = self._desk.protected
        focus = self.window().focusWidget()
        had_focus = self._undone is None and (focus in (None, self) or self.isAncestorOf(focus))
        self._shown = seen
        for part in self._parts:
            part.hide()
            part.deleteLater()
        while self._left.count():
            self._left.takeAt(0)
        while self._right.count():
            self._right.takeAt(0)
        left, right = self._built_left(seen), self._built_right(seen)
        self._parts = [part for part in (*left, *right) if isinstance(part, QWidget)]
        self._left.fill(*left, None)
        self._right.fill(*right, None)
        self.find_bar.again()
        if had_focus and self.isVisible():
            self._take_focus()
        self.desk_window.page_changed(self)

    def _greet(self, seen: Today) -> None:
        now = self.desk_window.clock()
        hour = now.astimezone(JST).hour
        words = tr("おはようございます") if hour < 11 else tr("こんにちは") if hour < 18 else tr("こんばんは")
        name = self._desk.store.person
        self.greeting.setText(tr("{greeting}、{name}さん", greeting=words, name=family_name(name)) if name else words)
        day = long_day(seen.day) if language() == "ja" else f"{seen.day:%A} {seen.day.isoformat()}"
        visits = tr("今日の訪問は{count}件です", count=len(seen.visits)) if seen.visits else (
            tr("今日の訪問はありません"))
        self.day.setText(f"{day}　{visits}")

    def _built_left(self, seen: Today) -> Sequence[Part]:
        window = self.desk_window
        self.card = None
        fresh = not seen.visits and not seen.recent and not seen.unsigned
        if seen.next_visit is None:
            words = tr("まだ相談がありません。Enter で最初の相談をはじめます。") if fresh else (
                tr("今日の訪問はすべて済んでいます。") if seen.visits else tr("今日の予定はありません。"))
            begin = Button(tr("相談をはじめる"), "notebook-pen", "primary", key="Enter")
            begin.clicked.connect(self.begin_next)
            other = Button(tr("企業をさがす"), "building-2")
            other.clicked.connect(lambda: window.go("companies"))
            self.card = NextCard.empty(words, begin, other)
        else:
            self.card = NextCard(seen, window, self.begin_next)
        parts: list[Part] = [self.card]
        if seen.visits:
            parts += [4, Label(tr("今日の予定"), "h3")]
            chosen = seen.next_visit.visit.uid if seen.next_visit else ""
            parts += [visit_line(row, window, chosen=row.uid == chosen) for row in seen.visits]
        return parts

    def _built_right(self, seen: Today) -> Sequence[Part]:
        parts: list[Part] = []
        undone = left_undone(seen, self.desk_window, self.open_undone)
        if undone is not None:
            parts.append(undone)
        parts.append(self._sync_card(seen))
        if seen.recent:
            lines = [recent_line(one, self.desk_window) for one in seen.recent]
            parts.append(card(Label(tr("最近ひらいたもの"), "h3"), *lines, space=2))
        return parts

    def _sync_card(self, seen: Today) -> QFrame:
        marks, window = self.desk_window.syncing.marks, self.desk_window
        unsent = seen.unsent + marks.files.count
        words = tr("このパソコンに{count}件保存済み・未送信", count=unsent) if unsent else (
            tr("まだ送るものはありません"))
        line = Pressable(Row(Label(words, "bold" if unsent else "second"), None), words, tr("同期"), edge="none")
        line.clicked.connect(lambda: window.go("sync"))
        state = connection_words(marks), "wifi" if marks.online else "wifi-off"
        parts: list[Part] = [Row(Label(tr("同期"), "h3"), None, Pill(state[0], "text2", state[1])), line]
        if marks.standing.due is not None:
            told, tone, icon = due_words(marks.standing.due)
            parts.append(Row(Pill(told, tone, icon), None))
        if (waiting := marks.conflicts + marks.refused) > 0:
            words = tr("確認が必要な変更が{count}件あります", count=waiting)
            confirm = Pressable(Row(Picture("triangle-alert", "danger", 18), Label(words, "bold"), None, space=8,
                                    margins=(0, 3, 0, 3)), words, tr("どちらも残っています"), edge="none")
            confirm.clicked.connect(lambda: window.do("contested"))
            parts.append(confirm)
        if marks.deletions:
            words = tr("同期が{count}件の記録を消そうとしています", count=f"{marks.deletions:,}")
            answer = Pressable(Row(Picture("triangle-alert", "danger", 18), Label(words, "bold"), None, space=8,
                                   margins=(0, 3, 0, 3)), words, tr("答えるまで消しません"), edge="none")
            answer.clicked.connect(lambda: window.go("sync"))
            parts.append(answer)
        if marks.last is not None:
            parts.append(Label(tr("最後の同期　{when}", when=moment_words(marks.last, window.clock())), "caption"))
        else:
            parts.append(Wrapped(tr("記録はこのパソコンにあり、ネットがなくても使えます。"), "caption"))
        return card(*parts, space=4)

    def _marked(self, _marks: object) -> None:
        if self._shown is not None and self.isVisible():
            self._read()

    def _warn(self, warnings: tuple[str, ...]) -> None:
        self.warning.set_text("\n".join(warnings))
        self.warning.setVisible(bool(warnings))

    def _tick(self) -> None:
        if self._shown is None:
            return
        if self.card is not None:
            self.card.tell_time(self.desk_window.clock())
        if today(self.desk_window.clock) != self._shown.day:
            self._read()   # midnight has passed
