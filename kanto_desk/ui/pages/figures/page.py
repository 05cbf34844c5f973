"""集計: counts on the worker thread and shows numbers, chart, rankings and what to act on; each opens its list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.i18n import language, tr
from kanto_desk.services import consultations, figures, figures_tables, figures_tasks
from kanto_desk.services.figures import Behind, Figures, Wanted, Which
from kanto_desk.services.figures_tasks import Task
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.find_bar import FindBar
from kanto_desk.ui.finding_texts import TextsFinder
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Row, holder, scrolling
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Crumb, Key, Page, Verb, Window
from kanto_desk.ui.pages.figures.behind import BehindList
from kanto_desk.ui.pages.figures.chart_card import ChartCard
from kanto_desk.ui.pages.figures.filters import Filters
from kanto_desk.ui.pages.figures.handing import Handing
from kanto_desk.ui.pages.figures.map_card import MapCard
from kanto_desk.ui.pages.figures.parts import Cards, Ranking, Tasks
from kanto_desk.ui.pages.figures.waiting import Waiting
from kanto_desk.ui.pages.figures.words import number_words
from kanto_desk.ui.printing import Printing
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.text import Label, Pill, Wrapped
from kanto_desk.ui.theme import look

STACKED_BELOW, WAIT_MS, AGAIN_MS = 880, 200, 250
SHOWN_TYPES = frozenset({"consultation", "organization", "promise", "issue", "version", "transition", "referral",
                         "entry", "code_entry"})
_RANKED = (("prefecture", "chart1"), ("issue", "chart3"))


@dataclass(frozen=True, slots=True)
class _Counted:
    figures: Figures
    tasks: tuple[Task, ...]
    any_visit: bool


class FiguresPage(Page):
    """The figures, or the list behind one of them in their place."""

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__(window)
        self._store = desk.store
        self._reading: Job | None = None
        self._shown: _Counted | None = None
        self._filled: tuple[_Counted, str] | None = None
        self._list_of: Callable[[], tuple[str, Behind]] | None = None
        self._came_from: tuple[int, int] | None = None
        self._came_from_chart = self._came_from_map = False
        self._kept: tuple[tuple[int, int] | None, QWidget | None] = (None, None)
        self.filters = Filters(desk)
        self.filters.changed.connect(self.read)
        self.about = Wrapped("", "caption")
        self.sample = Pill(tr("見本データを含みます"), "info", "info")
        self.sample.hide()
        self.table_file = Button(tr("表を書き出す"), "download", name=tr("表を Excel か CSV に書き出す"))
        self.handing = Handing(self, window, self._store, self._asked)
        self.table_file.clicked.connect(self.handing.save_table)
        self.paper = Button(tr("報告書 PDF"), "printer", "primary", name=tr("実績集計を PDF に書き出す"),
                            key="Ctrl+Enter")
        self.paper.clicked.connect(self.handing.save_paper)
        self.cards, self.chart, self.tasks = Cards(), ChartCard(), Tasks()
        self.rankings = tuple(Ranking(tr("地域") if by == "prefecture" else tr("主な課題"), by, token)
                              for by, token in _RANKED)
        self.map = MapCard()
        self.behind = BehindList(desk, window, tr("集計へもどる"))
        self.printing = Printing(self, window, self._store, self.behind.paper)
        self.waiting = Waiting()
        self._build()
        self._listen()

    def _build(self) -> None:
        left = Column(self.chart, self.tasks, self.map, None, space=12)
        right = Column(*self.rankings, None, space=12)
        self._columns = Row(holder(left), holder(right), space=12)
        self._columns.setStretch(0, 62)
        self._columns.setStretch(1, 38)
        self._body = holder(Column(self.cards, self._columns, None, space=12))
        self.empty = EmptyState(tr("まだ相談がありません。相談を記録すると、ここで件数と約束の結果がわかります。"),
                                tr("新しい相談"), picture="chart-column", key="Ctrl+N")
        self.none = EmptyState(" ", tr("条件をすべて外す"), picture="search")
        self.stopped = EmptyState(tr("数えるのをやめました。記録は何も変わっていません。"), tr("もう一度数える"),
                                  picture="chart-column")
        self._states: tuple[QWidget, ...] = (self._body, self.empty, self.none, self.stopped, self.waiting)
        title = Label(self.title(), "h1")
        head = Flow(holder(Row(title, self.sample, space=12)), holder(Row(self.table_file, self.paper, space=10)),
                    space=10, spread=True)
        inner = Column(self.filters, self.about, *self._states, space=10, margins=(24, 2, 20, 14))
        for at in range(2, 2 + len(self._states)):
            inner.setStretch(at, 1)
        top = holder(Column(holder(head), space=0, margins=(24, 16, 20, 8)))
        self._area = scrolling(holder(inner))   # in a low window the conditions scroll away
        self.find_bar = FindBar()
        self.find_bar.set_finder(TextsFinder(self._area, labels=True))
        column = Column(top, self.find_bar, self._area, space=0)
        column.setStretch(2, 1)
        self._figures = holder(column)
        self._show_state(self._body)
        self._body.hide()
        self._pages = OneShown()
        self._pages.addWidget(self._figures)
        self._pages.addWidget(self.behind)
        self.setLayout(Column(self._pages, space=0))
        self.setAccessibleName(self.title())

    def _listen(self) -> None:
        self.cards.opened.connect(self.open_number)
        self.chart.opened.connect(self.open_number)
        self.chart.by_changed.connect(self.read)
        for ranking, (by, _) in zip(self.rankings, _RANKED, strict=True):
            ranking.opened.connect(self.open_number)
            ranking.all_asked.connect(lambda by=by: self._see_all(by))
        self.map.opened.connect(self.open_number)
        self.tasks.opened.connect(self._open_task)
        self.behind.left.connect(self.back_to_figures)
        self.empty.acted.connect(lambda: self.desk_window.do("new_visit"))
        self.none.acted.connect(self.filters.clear)
        self.stopped.acted.connect(self.read)
        self.waiting.stopped.connect(self._stop)
        self._later, self._again = QTimer(self), QTimer(self)
        for timer, interval, what in ((self._later, WAIT_MS, self._wait), (self._again, AGAIN_MS, self.read)):
            timer.setSingleShot(True)
            timer.setInterval(interval)
            timer.timeout.connect(what)

    # What the window asks -----------------------------------------------------------------------------------------

    def title(self) -> str:
        return BY_ID["figures"].words

    def crumbs(self) -> Sequence[Crumb]:
        if self._pages.currentWidget() is self.behind:
            return Crumb(self.title(), self.back_to_figures), Crumb(self.behind.title.full())
        return (Crumb(self.title()),)

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    def verbs(self) -> Mapping[str, Verb]:
        own: dict[str, Verb] = {"next_step": self.handing.save_paper}
        if self._pages.currentWidget() is self._figures:
            return own | {"find": self.find_bar.open, "print": self.handing.print_paper,
                          "save_pdf": self.handing.save_paper}
        return own | {"find": self.behind.find_here} | self.printing.verbs   # the list is what is shown

    def standing(self) -> str:
        return f"{self.filters.standing()}|{self.chart.by}|{'table' if self.chart.as_table.isChecked() else ''}"

    def stand_again(self, standing: str) -> None:
        words = standing.split("|")
        self.filters.stand_again(words[0])
        if len(words) == 3:
            self.chart.as_table.setChecked(words[2] == "table")
            self.chart.choose(words[1])
        self.read()

    def activate(self) -> None:
        self.read()
        if self._pages.currentWidget() is self.behind:
            self.behind.take_focus()
        elif self._shown is not None:
            self._take_focus()

    def refresh(self, touched: frozenset[Key]) -> None:
        # what the user stopped is counted again when asked for, not with the next save
        if self.stopped.isHidden() and any(record_type in SHOWN_TYPES for record_type, _ in touched):
            self._again.start()

    # Counting -----------------------------------------------------------------------------------------------------

    def wanted(self) -> Wanted:
        """What the filters say, by what the page shows."""
        by = dict.fromkeys(("month", *(name for name, _ in _RANKED), self.chart.by))
        return Wanted(self.filters.span(), self.filters.only_own(), tuple(by))

    def read(self) -> None:
        """Count anew; a count that something newer was asked after is stopped."""
        self._again.stop()
        self._cancel()
        store, wanted, list_of = self._store, self.wanted(), self._list_of
        if self._shown is None or self._shown.figures.wanted != wanted:
            self._later.start()   # the same figures anew come without a word

        def count() -> tuple[_Counted, tuple[str, Behind] | None]:
            counted = _Counted(figures.read(store, wanted), figures_tasks.read(store, own=wanted.own),
                               consultations.count(store) > 0)
            return counted, list_of() if list_of else None

        def show(answer: tuple[_Counted, tuple[str, Behind] | None]) -> None:
            self._show(answer[0])
            if answer[1] is not None:
                self.behind.show_records(*answer[1])
        self._reading = self.desk_window.read(count, show, self._failed, lane="long")

    def _cancel(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _show(self, counted: _Counted) -> None:
        self._later.stop()
        self.waiting.end()
        waited = self.waiting.hasFocus()
        first, self._shown = self._shown is None, counted
        seen, total = counted.figures, counted.figures.total
        self.about.set_text("　".join((figures_tables.days(seen, language()),
                                      figures_tables.scope(seen, self._store.person, language()))))
        self.sample.setVisible(bool(total.sample))
        self.sample.setToolTip(figures_tables.sample_words(seen, language()))
        something = bool(total.visits or counted.tasks)
        for button in (self.table_file, self.paper):
            button.setEnabled(something)
        if not something:
            self.none.words.set_text(tr("{period}の相談はありません。期間をひろげるか、全員の相談を見ます。",
                                        period=figures_tables.period(seen, language())))
            self._show_state(self.none if counted.any_visit else self.empty)
        else:
            self._show_state(self._body)
            if self._filled != (counted, self.chart.by):
                self._fill(counted)
        if waited:
            place, widget = self._kept
            if widget is not None and widget.isVisible():
                widget.setFocus(Qt.FocusReason.OtherFocusReason)
            elif not self._go_to(place):
                self._take_focus()
        if first and self.isVisible() and self._pages.currentWidget() is self._figures:
            self._take_focus()

    def _fill(self, counted: _Counted) -> None:
        """Show the parts anew; the cursor stays at its place among them."""
        place, self._filled = self._place(), (counted, self.chart.by)
        scrolled = self._area.verticalScrollBar().value()
        self.cards.show_figures(counted.figures)
        self.chart.show_figures(counted.figures)
        for ranking, (by, _) in zip(self.rankings, _RANKED, strict=True):
            ranking.show_groups(counted.figures.groups[by])
        self.map.show_groups(counted.figures.groups["prefecture"])
        self.tasks.show_tasks(counted.tasks)
        self.find_bar.again()
        self._go_to(place)
        self._area.verticalScrollBar().setValue(scrolled)   # a line that goes hands its focus on, and Qt shows that

    def _pressed(self) -> Sequence[Sequence[QWidget]]:
        """What is pressed and made anew with the figures, part by part."""
        return self.cards.cards, *(ranking.lines for ranking in self.rankings), self.tasks.lines

    def _place(self) -> tuple[int, int] | None:
        """Part and number of the line that has the cursor; None when it is elsewhere."""
        focus = self.focusWidget()
        return next(((at, part.index(focus)) for at, part in enumerate(self._pressed()) if focus in part), None)

    def _go_to(self, place: tuple[int, int] | None) -> bool:
        """Put the cursor there, or as near as there still is a line."""
        part = self._pressed()[place[0]] if place else ()
        if place is None or not part:
            return False
        line = part[min(place[1], len(part) - 1)]
        line.show()   # the layout would show it later, and what is not shown takes no focus
        line.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _show_state(self, shown: QWidget) -> None:
        for state in self._states:
            state.setVisible(state is shown)

    def _wait(self) -> None:
        focus = self.focusWidget()
        if focus is not None and self._body.isAncestorOf(focus):   # what is hidden would hand its focus to the rail
            self._kept = (self._place(), focus if self._place() is None else None)
            self.waiting.show()
            self.waiting.setFocus(Qt.FocusReason.OtherFocusReason)
        self.waiting.begin()
        self._show_state(self.waiting)

    def _stop(self) -> None:
        self._cancel()
        self._later.stop()
        self.waiting.end()
        waited = self.waiting.hasFocus() or self.waiting.isAncestorOf(self.focusWidget() or self)
        self._show_state(self.stopped)
        if waited and self.stopped.button is not None:   # what is hidden would hand its focus to the rail
            self.stopped.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, _error: Exception) -> bool:
        self._later.stop()
        self._stop()
        return False   # the window says what happened

    def _take_focus(self) -> None:
        shown = next((state for state in self._states if not state.isHidden()), None)
        target: QWidget | None = self.filters.years[min(self.filters.years)]
        target = next((chip for chip in self.filters.years.values() if chip.isChecked()), target)
        if isinstance(shown, EmptyState):
            target = shown.button
        elif self.cards.cards:
            target = self.cards.cards[0]
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    # The list behind a number -------------------------------------------------------------------------------------

    def open_number(self, which: Which) -> None:
        """Show the records behind a number."""
        if self._shown is None:
            return
        title, store, wanted = number_words(self._shown.figures, which), self._store, self.wanted()
        self._open(lambda: (title, figures.behind(store, wanted, which)))

    def _open_task(self, task: Task, words: str) -> None:
        store, own = self._store, self.filters.only_own()

        def again() -> tuple[str, Behind]:
            now = {one.kind: one for one in figures_tasks.read(store, own=own)}
            return words, now[task.kind].behind if task.kind in now else Behind(task.behind.type, ())
        self._open(again)

    def _open(self, list_of: Callable[[], tuple[str, Behind]]) -> None:
        self._came_from = self._place()
        self._came_from_chart = self.chart.isAncestorOf(self.focusWidget() or self)
        self._came_from_map = self.map.map.hasFocus()

        def show(found: tuple[str, Behind]) -> None:
            self._list_of = list_of
            self.behind.show_records(*found)
            self._pages.setCurrentWidget(self.behind)
            self.behind.take_focus()
            self.desk_window.page_changed(self)
        self.desk_window.work(list_of, show, lane="long")

    def back_to_figures(self) -> None:
        """From the list to the figures, where the cursor was."""
        self._list_of = None
        self._pages.setCurrentWidget(self._figures)
        if self._came_from_chart:
            self.chart.take_focus()
        elif self._came_from_map:
            self.map.map.setFocus(Qt.FocusReason.OtherFocusReason)
        elif not self._go_to(self._came_from):
            self._take_focus()
        self.desk_window.page_changed(self)

    def _see_all(self, by: str) -> None:
        self.chart.as_table.setChecked(True)
        self.chart.choose(by)
        self.chart.take_focus()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape and self._pages.currentWidget() is self.behind:
            self.back_to_figures()
        else:
            super().keyPressEvent(event)

    def _asked(self) -> tuple[Wanted, str] | None:
        """What goes on paper and into tables (everything that says something), and what its days are called."""
        if self._shown is None or not self.paper.isEnabled():
            return None
        wanted = self.wanted()
        return (Wanted(wanted.span, wanted.own, figures.DIMENSIONS),
                figures_tables.period(self._shown.figures, language()))

    # Sizes --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: one column when two would be too narrow."""
        stacked = self.width() * 100 / look().zoom < STACKED_BELOW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)
