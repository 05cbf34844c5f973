"""相談の一覧: every visit in one table that reads only the rows in sight; by fiscal year and by words of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QButtonGroup

from kanto_desk.clock import today
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.calendar import fiscal_year, fiscal_year_label
from kanto_desk.services import (
    asked_visits,
    consultation_search,
    consultations,
    snippets,
    visit_filters,
    visit_numbers,
)
from kanto_desk.services.consultations import Listed
from kanto_desk.services.snippets import Snippet
from kanto_desk.services.visit_filters import Only
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.discarding import discard_visit
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.line_icons import LineIcon
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Key, Page, Verb, Window
from kanto_desk.ui.pages.consultation.list_filters import ListFilters
from kanto_desk.ui.pages.consultation.words import short_date
from kanto_desk.ui.pages.last_conditions import LastConditions
from kanto_desk.ui.pages.views_panel import ViewsPanel
from kanto_desk.ui.pages.words import nth_words, visit_state
from kanto_desk.ui.printing import Asked, Printing, of_table
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.table_search import TableSearch
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look
from kanto_desk.ui.unfolding import Unfolding
from kanto_desk.ui.waiting import Waiting

_ALL = 1 << 30
_LEAST = 220   # px at 100 %
_NO_SNIPPET = Snippet("", "", "", ())
_SHOWN = frozenset({"consultation", "organization", "transition", "entry"})


class SearchBox(TableSearch):
    """Words of the record, with a lens before them and a cross behind them."""

    def __init__(self, table: TableView) -> None:
        super().__init__(table, tr("企業・件名・記録の中の言葉"), tr("相談をさがす"))
        self.lens = LineIcon(self, "search", tr("検索"))
        self.clear_button = LineIcon(self, "x", tr("検索の言葉を消す"), at_end=True)
        self.clear_button.clicked.connect(self._clear)
        self.textChanged.connect(lambda text: self.clear_button.setVisible(bool(text)))
        self.clear_button.hide()

    def minimumSizeHint(self) -> QSize:
        """Room for a few words between lens and cross, also where chips beside it would like to have it."""
        size = super().minimumSizeHint()
        return QSize(max(size.width(), look().px(_LEAST)), size.height())

    def _clear(self) -> None:
        self.clear()
        self.edited.emit()


class ConsultationListPage(Page):
    """All visits, newest first."""

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__(window)
        self._store = desk.store
        self._year: int | None = None
        self._reading: Job | None = None
        self._shown: tuple[str, int | None, Only] = ("", None, Only())
        self._snippets: dict[str, Snippet] = {}   # visit → where in it the words stand
        self._listed: tuple[str, int | None, int, Callable[[int, int], Sequence[Listed]]] = "", None, 0, _nothing
        self.table = TableView((
            TableColumn(tr("相談日"), 170), TableColumn(tr("企業")), TableColumn(tr("件名"), goes=2),
            TableColumn(tr("回"), 90, goes=1), TableColumn(tr("状態"), 160)), tr("相談の一覧"))
        self.search = SearchBox(self.table)
        self.count = Label("", "caption")
        self.new = Button(tr("新しい相談"), "plus", "primary", key="Ctrl+N")
        self.empty = EmptyState(tr("まだ相談がありません。Enter で最初の相談をはじめます。"), tr("新しい相談"),
                                key="Ctrl+N")
        self.none = EmptyState(tr("見つかりません"), tr("条件をすべて外す"), picture="search")
        self.stack = OneShown()
        for part in (self.table, self.empty, self.none):
            self.stack.addWidget(part)
        self.waiting = Waiting(self.stack, "rows")
        self._years = self._year_chips()
        head = Row(Label(self.title(), "h1"), self.count, None, self.new, space=12)
        self.views_button = Button(tr("残した条件"), "filter", "ghost")
        self.views_button.setCheckable(True)
        self.views = ViewsPanel(window, self._store, "visits", self._conditions, self.show_view)
        Unfolding(self.views_button, self.views)
        self.filter_button = Button(tr("条件を加える"), "plus", "ghost")
        self.filter_button.setCheckable(True)
        self.filters = ListFilters(desk)
        Unfolding(self.filter_button, self.filters)
        self._last = LastConditions(self, self._store, "visits", self._conditions, self.show_view)
        self.loosen = Button(tr("条件をすべて外す"), "x", "ghost")
        self.loosen.hide()
        chips = Flow(*self._years.values(), self.loosen, self.filter_button, self.views_button, space=8)
        line = Row(self.search, holder(chips), space=8)   # on a small window, or enlarged, the chips take several rows
        line.setStretch(0, 1)
        line.setAlignment(self.search, Qt.AlignmentFlag.AlignTop)
        column = Column(head, Column(line, self.filters, self.views, space=8), self.stack, space=12,
                        margins=(24, 16, 20, 14))
        column.setStretch(2, 1)
        self.setLayout(column)
        self.setAccessibleName(self.title())
        self.printing = Printing(self, window, self._store, self._paper)
        self._connect()

    def _year_chips(self) -> dict[int | None, Chip]:
        this = fiscal_year(today(self._store.clock))
        group, chips = QButtonGroup(self), {}
        for year in (None, this, this - 1):
            chip = Chip(tr("すべて") if year is None else _year_words(year))
            chip.clicked.connect(lambda _on=False, year=year: self._choose_year(year))
            group.addButton(chip)
            chips[year] = chip
        chips[None].setChecked(True)
        return chips

    def _connect(self) -> None:
        self.table.opened.connect(self._open)
        self.filters.changed.connect(self.read)
        self.filter_button.toggled.connect(self._unfold)
        self.search.edited.connect(self.read)
        self.search.textChanged.connect(lambda _text: self.read())
        self.new.clicked.connect(lambda: self.desk_window.do("new_visit"))
        self.empty.acted.connect(lambda: self.desk_window.do("new_visit"))
        self.none.acted.connect(self.clear)
        self.loosen.clicked.connect(self.clear)
        self.waiting.stopped.connect(self._stop)
        self.views_button.toggled.connect(lambda on: self.views.take_focus() if on else None)

    # What the window asks

    def title(self) -> str:
        return tr("相談")

    @property
    def primary_action(self) -> str | None:
        return "new_visit"

    def verbs(self) -> Mapping[str, Verb]:
        return {"find": self._find, "discard": self._discard, "views": self.views_button.toggle,
                **self.printing.verbs}

    def activate(self) -> None:
        self._last.begin()
        self.read(again=True)
        self.views.read()
        if self.stack.currentWidget() is self.empty and self.empty.button is not None:
            self.empty.button.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.stack.currentWidget() is self.table:
            if not self.table.current_uid():
                self.table.selectRow(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        self._last.flush()

    def refresh(self, touched: frozenset[Key]) -> None:
        if any(kind == "saved_view" for kind, _ in touched):
            self.views.read()
        if any(kind in _SHOWN for kind, _ in touched):
            self.read(again=True)

    # Conditions

    def _unfold(self, on: bool) -> None:
        """Ask what conditions are worth offering only where they are shown: it reads every visit."""
        if on:
            self.filters.take_focus()
            self.desk_window.work(lambda: visit_filters.offered(self._store), self.filters.offer)

    def show_view(self, conditions: Mapping[str, Any]) -> None:
        """Use the conditions of a named view, as far as they are understood."""
        query = conditions.get("query")
        self.search.set_value(query if isinstance(query, str) else None)
        only = visit_filters.only_of(conditions)
        self.filters.use(only)
        if only.narrows:
            self.filter_button.setChecked(True)   # what leaves visits out is never out of sight
        self._choose_year(asked_visits.year_of(conditions, today(self._store.clock)))

    def _conditions(self) -> Mapping[str, Any]:
        """What a named view keeps; the year as this or the last one, so that it means the same next year."""
        kept: dict[str, Any] = {"query": self.search.whole().strip()} if self.search.whole().strip() else {}
        if self._year is not None:
            kept["year"] = asked_visits.year_kept(self._year, today(self._store.clock))
        return kept | visit_filters.conditions(self.filters.only())

    # Reading

    def clear(self) -> None:
        """Take every condition away."""
        self.search.set_value(None)
        self.filters.use(Only())
        self._choose_year(None)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def read(self, *, again: bool = False) -> None:
        """Show the visits that fit what is typed and the year chosen."""
        wanted = (self.search.whole().strip(), self._year, self.filters.only())
        if wanted == self._shown and not again:
            return
        self._shown = wanted
        self.views.mark()
        self._last.changed()
        query, year, only = wanted
        self._snippets = {}
        store = self._store
        if self._reading is not None:
            self._reading.cancel()
        self.waiting.end()
        if query or only.narrows:
            self.waiting.begin()

            def show(hits: consultation_search.Hits) -> None:
                self.waiting.end()
                self._show_hits(query, hits)

            def failed(_error: Exception) -> bool:
                self.waiting.end()
                return False
            self._reading = self.desk_window.read(
                lambda: consultation_search.look(store, query, year=year, only=only), show, failed, lane="finding")
        else:
            self._show(query, consultations.count(store, year=year), lambda offset, limit: consultations.listing(
                store, year=year, limit=limit, offset=offset))

    def _show_hits(self, query: str, hits: consultation_search.Hits) -> None:
        """Show the newest; where much was found the order of all comes after them, before anybody scrolls that far."""
        store, told = self._store, hits.count
        listed = len(hits.newest) if hits.every is None else told
        self._show(query, listed, lambda offset, limit: consultation_search.block(store, hits, offset, limit))
        self.count.setText(tr("{n}件以上", n=f"{told:,}") if hits.more else _count_words(told))
        if hits.every is None:
            self._listed = *self._listed[:2], _ALL, self._listed[3]   # on paper: whatever there is

        def done(every: tuple[str, ...]) -> None:
            if len(every) != listed:
                self._show_hits(query, hits)
        if hits.every is None:
            self._reading = self.desk_window.read(lambda: consultation_search.complete(store, hits), done,
                                                  lane="finding")

    def _stop(self) -> None:
        """Nobody waits for the answer any more; the list before it stays."""
        if self._reading is not None:
            self._reading.cancel()
        self._shown = ("", -1, Only())
        self.count.setText(tr("中止しました"))

    def _show(self, query: str, total: int, listed: Callable[[int, int], Sequence[Listed]]) -> None:
        self.count.setText(_count_words(total))
        self._listed = query, self._year, total, listed
        if not total:
            every = consultations.count(self._store)
            self.none.words.set_text(
                tr("「{words}」は見つかりません。言葉を減らすか、年度を「すべて」にします。", words=query) if query
                else tr("この条件に合う相談はありません。") if self.filters.only().narrows
                else tr("この年度の相談はありません。"))
            self.stack.setCurrentWidget(self.none if every else self.empty)
        else:
            self.stack.setCurrentWidget(self.table)
        self.loosen.setVisible(bool(total) and bool(self._conditions()))   # without hits it stands below
        self.new.setVisible(self.stack.currentWidget() is not self.empty)   # there it is offered in the middle
        self.table.set_source(total, lambda offset, limit: self._fetched(query, listed(offset, limit)),
                              keep=self.table.current_uid())

    def _fetched(self, query: str, listed: Sequence[Listed]) -> Sequence[TableRow]:
        """Rows at once; where in the visits the words stand comes after them."""
        store, missing = self._store, [row.uid for row in listed if query and row.uid not in self._snippets]
        if missing:
            asked = self._shown

            def show(found: dict[str, Snippet]) -> None:
                if self._shown == asked and found:
                    self._snippets |= found
                    self.table.rows.refresh()
            self._snippets |= dict.fromkeys(missing, _NO_SNIPPET)   # asked for once
            self.desk_window.work(lambda: snippets.of_visits(store, missing, query), show)
        return self._rows(listed)

    def _open(self, uid: str) -> None:
        """Open a visit, at the place where the words stand."""
        query, found = self._shown[0], self._snippets.get(uid, _NO_SNIPPET)
        if query and found.uid:
            self.desk_window.open_found(uid, (found.type, found.uid), query)
        else:
            self.desk_window.open_consultation(uid)

    def _rows(self, listed: Sequence[Listed], *, plain: bool = False) -> Sequence[TableRow]:
        rows = []
        double = visit_numbers.standing_twice(self._store, [row.uid for row in listed])
        for row in listed:
            words, tone, _icon = visit_state(row)
            day = short_date(row.held_on) if row.held_on else ""
            below = _year_words(fiscal_year(row.held_on)) if row.held_on else ""
            theme = Cell(row.theme) if plain else self._theme(row)
            rows.append(TableRow(row.uid, (Cell(day, below), Cell(row.organization, row.reference), theme,
                                           Cell(nth_words(row.nth), tr("重複あり") if row.uid in double else ""),
                                           Cell(words, tone=tone))))
        return rows

    def _theme(self, row: Listed) -> Cell:
        found = self._snippets.get(row.uid, _NO_SNIPPET)
        return Cell(row.theme, found.words, marks=found.spans)

    def _paper(self) -> Asked | str:
        """What the list shows, for Ctrl+P: read in one go, so that a save between two blocks doubles no row."""
        query, year, total, listed = self._listed
        if not total:
            return tr("一覧に相談がないので、印刷するものがありません")
        words = [tr("「{words}」", words=query)] if query else []
        words += [_year_words(year)] if year is not None else []
        words += self.filters.words()
        about = ((tr("条件"), "・".join(words) or tr("すべて")), (tr("並び順"), tr("相談日の新しい順")))
        return of_table(self._store, tr("相談の一覧"), "・".join(words), about, self.table.rows.columns,
                        lambda: self._rows(listed(0, total), plain=True), count=_count_words)

    def _choose_year(self, year: int | None) -> None:
        self._year = year
        self._years[year].setChecked(True)
        self.read()

    def _discard(self) -> None:
        """Put the visit chosen into the bin."""
        uid = self.table.current_uid()
        if not uid:
            self.desk_window.say(tr("ごみ箱へ入れる相談を、先に一覧で選びます"))
            return
        row = self.table.rows.row(self.table.currentIndex().row())
        words = "　".join(cell.words for cell in row.cells[:2]) if row is not None else ""
        discard_visit(self.desk_window, self._store, uid, words)

    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()


def _count_words(count: int) -> str:
    return tr("{n}件", n=f"{count:,}")


def _nothing(_offset: int, _limit: int) -> Sequence[Listed]:
    return ()


def _year_words(year: int) -> str:
    return fiscal_year_label(year) if language() == "ja" else tr("{year}年度", year=year)
