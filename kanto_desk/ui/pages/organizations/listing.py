"""企業: the list with search, filters and preview. Finding runs on the worker; rows are read in blocks by uid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import today
from kanto_desk.i18n import tr
from kanto_desk.services import codes, organization_search, organizations, taking_over
from kanto_desk.services.all_corporations import Wanted as AllWanted
from kanto_desk.services.organization_search import Facets, Wanted
from kanto_desk.services.organizations import Row as Listed
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.discarding import discard_company
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Crumb, Key, Page, Verb, Window
from kanto_desk.ui.pages.last_conditions import LastConditions
from kanto_desk.ui.pages.organizations.columns import ColumnsPanel
from kanto_desk.ui.pages.organizations.directory.below import Below, OwnThenAll
from kanto_desk.ui.pages.organizations.directory.panel import DirectoryPanel
from kanto_desk.ui.pages.organizations.directory.switch import Switch
from kanto_desk.ui.pages.organizations.filters import FilterBar
from kanto_desk.ui.pages.organizations.import_panel import ImportPanel
from kanto_desk.ui.pages.organizations.map_panel import WIDE, MapPanel
from kanto_desk.ui.pages.organizations.new_organization import NewOrganization
from kanto_desk.ui.pages.organizations.offers_button import OffersButton
from kanto_desk.ui.pages.organizations.preview import Preview
from kanto_desk.ui.pages.organizations.starring import star
from kanto_desk.ui.pages.organizations.words import Labels, items, one_line, short_day
from kanto_desk.ui.pages.reading_only import reads_only
from kanto_desk.ui.pages.views_panel import ViewsPanel
from kanto_desk.ui.printing import Asked, Printing, of_table
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.table import ROW_HEIGHT, Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look
from kanto_desk.ui.unfolding import Unfolding
from kanto_desk.ui.waiting import Waiting

LOW = 420          # px at 100 %: lower, every row of filters takes one of the list
SIDE_BESIDE = 1200
"""Width of the page from which the preview stands beside the list without being asked for (a window of 1310 px)."""
AGAIN_MS = 250
_SIDES = 24
_EMPTY = 190       # px at 100 %: picture, words and button where no company fits
_PLACE, _FIELD, _STRENGTHS, _CERTIFICATES, _LAST = range(1, 6)
_KEPT = {_PLACE: "place", _FIELD: "field", _STRENGTHS: "strengths", _CERTIFICATES: "certificates", _LAST: "last"}
"""Column → the name under which its choice is kept: columns may move, what people chose must not."""
COLUMNS = "companies_hidden_columns"
SHOWN_TYPES = frozenset({"organization", "consultation", "affiliation", "person", "site"})


@dataclass(frozen=True, slots=True)
class _Found:
    wanted: Wanted
    uids: tuple[str, ...]
    total: int
    words: tuple[str, ...]   # the conditions in words


class OrganizationListPage(Page):
    """The directory of this laptop, with the forms for a new company and for an import in its place."""

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__(window)
        self._desk = desk
        self.labels = Labels(desk)
        self._reading: Job | None = None
        self._found: _Found | None = None
        self._asked: Wanted | None = None
        self._side_chosen: bool | None = None
        self._hidden: frozenset[int] = frozenset()
        self._fetched = 0
        industries = [(c.code, c.label) for c in codes.choices(desk.store, "CL12") if c.parent]
        prefectures = [(c.code, c.label) for c in codes.choices(desk.store, "CL10")]
        self.filters = FilterBar(self.labels, prefectures, industries)
        self.filters.changed.connect(self.search)
        self.filters.box.down.connect(self._into_list)
        self.filters.box.taken.connect(self._open_first)
        self.count = Label("", "second")
        self.switch = Switch(everything=False)
        self.switch.turned.connect(self.show_all)
        self.side_button = Button(tr("右の欄"), "panel-right", name=tr("右の欄を出す・しまう"), key="Ctrl+I")
        self.side_button.clicked.connect(self.toggle_side)
        self.import_button = Button(tr("取り込み"), "folder-open")
        self.import_button.clicked.connect(self.open_import)
        self.twins_button = Button("", "copy", "icon", name=tr("同じ企業の確認"))
        self.twins_button.clicked.connect(lambda: window.do("twins"))
        self.offers_button = OffersButton(window)
        self.add_button = Button(tr("企業を追加"), "plus", key="Ctrl+Shift+N")
        self.add_button.clicked.connect(self.add)
        self.table = self._made_table()
        words = tr("まだ企業がありません。ここに、相談に行く企業や団体がならびます。")
        self.empty = EmptyState(words, tr("企業を追加"), picture="building-2", key="Ctrl+Shift+N")
        self.empty.acted.connect(self.add)
        self.no_hits = EmptyState(" ", tr("条件をすべて外す"), picture="search")
        self.no_hits.acted.connect(self._loosen)
        self._body = OneShown()
        for part in (self.table, self.empty, self.no_hits):
            self._body.addWidget(part)
        self.below = Below(desk, window, self.labels)
        self.below.left.connect(self._up_from_below)
        self.below.all_asked.connect(self.show_all_like)
        self.table.below.connect(self.below.enter)
        self.filters.loosen.clicked.connect(self._loosen)
        self.views = ViewsPanel(window, desk.store, "companies", self._conditions, self.show_view)
        self._last = LastConditions(self, desk.store, "companies", self._conditions, self._use)
        self.columns = ColumnsPanel([column.heading for column in self.table.rows.columns[1:]])
        self.columns.changed.connect(self._keep_columns)
        self.map = MapPanel(desk, window, self.labels)
        self.map.picked.connect(self.filters.toggle_prefecture)
        self.filters.map.toggled.connect(self._show_map)
        for button, panel in ((self.filters.views, self.views), (self.filters.columns, self.columns),
                              (self.filters.map, self.map)):
            Unfolding(button, panel)
            button.toggled.connect(self.restyle)
        self.filters.views.toggled.connect(lambda on: self.views.take_focus() if on else None)
        self._heading = Label(self.title(), "h1")
        head = Flow(holder(Row(self._heading, self.switch, space=10)),
                    holder(Row(self.count, 6, self.filters.recent, space=10)),
                    holder(Row(self.offers_button, self.side_button, self.twins_button, self.import_button,
                               self.add_button, space=10)),
                    space=10, spread=True)
        self._head = head
        self.waiting = Waiting(self._body, "rows")
        self.waiting.stopped.connect(self._stop)
        self._head_box = holder(head)
        shown = Row(self.map, OwnThenAll(self._body, self.below, self._own_heights), space=12)
        shown.setStretch(1, 1)
        column = Column(self._head_box, Column(self.filters, self.views, self.columns, space=8), holder(shown),
                        space=12, margins=(24, 16, 16, 14))
        column.setStretch(2, 1)
        self.preview = Preview(desk, window, self.labels)
        self.preview.start_asked.connect(window.start_consultation)
        self.preview.open_asked.connect(window.open_organization)
        self.preview.star_asked.connect(self._star)
        whole = Row(holder(column), self.preview, space=0)
        whole.setStretch(0, 1)
        self._list = holder(whole)
        self._stack = OneShown()
        self._stack.addWidget(self._list)
        self.setLayout(Column(self._stack, space=0))
        self.setAccessibleName(self.title())
        self.printing = Printing(self, window, desk.store, self._paper)
        self.new: NewOrganization | None = None
        self.importing: ImportPanel | None = None
        self.all: DirectoryPanel | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self.search)
        self.setTabOrder(self.add_button, self.filters.box)

    # What the window asks -----------------------------------------------------------------------------------------

    @property
    def root(self) -> Key | None:
        """The new company while its form is open."""
        uid = self.new.uid if self.new is not None and self._stack.currentWidget() is self.new else None
        return (organizations.TYPE, uid) if uid else None

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    def title(self) -> str:
        return BY_ID["companies"].words

    def crumbs(self) -> Sequence[Crumb]:
        shown = self._stack.currentWidget()
        if shown is self._list:
            return (Crumb(self.title()),)
        return Crumb(self.title(), self.back_to_list), Crumb(shown.accessibleName() if shown else "")

    def verbs(self) -> Mapping[str, Verb]:
        verbs: dict[str, Verb] = {"new_company": self.add, "find": self._to_search, "next_step": self._next}
        if self._stack.currentWidget() is self._list:
            verbs |= {"side": self.toggle_side, "views": self.filters.views.toggle,
                      "columns": self.filters.columns.toggle, "discard": self._discard, **self.printing.verbs}
        elif self.all is not None and self._stack.currentWidget() is self.all:
            verbs |= self.all.verbs()
        return verbs

    def activate(self) -> None:
        if self._found is None:
            store = self._desk.store
            self.desk_window.work(lambda: organization_search.facets(store), self._offer)
            self.desk_window.work(lambda: store.setting(COLUMNS), self._show_columns)
        self.views.read()
        self._last.begin()
        self.search()
        self.offers_button.look()
        if self._stack.currentWidget() is self._list:
            self._to_search()
        elif self.all is not None and self._stack.currentWidget() is self.all:
            self.all.activate()

    def flush(self) -> None:
        self._last.flush()
        if self.new is not None:
            self.new.flush()

    def refresh(self, touched: frozenset[Key]) -> None:
        if any(record_type == "saved_view" for record_type, _ in touched):
            self.views.read()
        self.offers_button.touched({record_type for record_type, _ in touched})
        if any(record_type in SHOWN_TYPES for record_type, _ in touched):
            self._again.start()
            if self.all is not None and self._stack.currentWidget() is self.all:
                self.all.renew()
            if self.new is not None and self.root in touched:
                self.new.refresh()

    # Finding and showing ------------------------------------------------------------------------------------------

    @property
    def fetched(self) -> int:
        """How many rows were read for the list so far."""
        return self._fetched

    def search(self) -> None:
        """Find what the filters say. What was asked before is stopped."""
        self._again.stop()
        self.views.mark()
        self._last.changed()
        if self._reading is not None:
            self._reading.cancel()
        store, wanted, words = self._desk.store, self.filters.wanted(), tuple(self.filters.words())
        self.map.follow(wanted)
        self.below.stop()   # the own companies wait for nobody

        def read() -> _Found:
            return _Found(wanted, organization_search.find(store, wanted), organization_search.total(store), words)

        def show(found: _Found) -> None:
            self.waiting.end()
            self._show(found)
            self.below.ask(found.wanted)

        def failed(_error: Exception) -> bool:
            self.waiting.end()
            return False
        self.waiting.begin()
        self._reading = self.desk_window.read(read, show, failed, lane="finding")

    def _own_heights(self) -> tuple[int, int]:
        """How high the own companies would like to be, and must be; or what stands where there are none. In px."""
        shown = self._body.currentWidget()
        if isinstance(shown, EmptyState):   # picture and button give way
            words = shown.words.heightForWidth(max(1, self._body.width() - look().px(2 * _SIDES)))
            return look().px(_EMPTY), words
        rows = self.table.rows.rowCount() * look().px(ROW_HEIGHT)
        return self.table.horizontalHeader().height() + rows + 2, self.table.minimumSizeHint().height()

    def _stop(self) -> None:
        """Nobody waits for the answer any more; the list before it stays."""
        if self._reading is not None:
            self._reading.cancel()
        self.count.setText(tr("中止しました"))

    def _show(self, found: _Found) -> None:
        before, self._found = self._found, found
        chosen = self.table.current_uid()
        if before is not None and before.uids == found.uids:
            self.table.rows.refresh()
        else:
            same_question = before is not None and before.wanted == found.wanted
            scrolled = self.table.verticalScrollBar().value()
            self.table.set_source(len(found.uids), self._fetch)
            at = found.uids.index(chosen) if chosen in found.uids else 0
            if found.uids and (same_question or at == 0 or chosen):
                self.table.selectRow(at)
            if same_question:
                self.table.verticalScrollBar().setValue(scrolled)
        self._tell_count(found)
        self._body.setCurrentIndex(0 if found.uids else 2 if found.wanted.narrows else 1)
        self.add_button.setVisible(self._body.currentWidget() is not self.empty)   # the same button stands there
        self.filters.offer_loosen(on=bool(found.uids) and found.wanted.narrows)   # without hits it stands below
        if not found.uids and found.wanted.narrows:
            self.no_hits.words.set_text(tr("{words} に合う企業はありません。語を短くするか、条件を減らします。",
                                           words="・".join(self.filters.words())))
        uid = self.table.current_uid()
        self.preview.show_company(uid)

    def _tell_count(self, found: _Found) -> None:
        self.count.setText(_count_words(found, len(found.uids)))
        self.restyle()

    def _fetch(self, offset: int, limit: int) -> Sequence[TableRow]:
        if self._found is None:
            return ()
        rows = self._rows(self._found.uids[offset:offset + limit])
        self._fetched += sum(bool(row.uid) for row in rows)
        return rows

    def _rows(self, wanted: Sequence[str]) -> Sequence[TableRow]:
        """The rows of these companies; touches no widget."""
        by_uid = {row.uid: row for row in organization_search.rows(self._desk.store, wanted)}
        gone = TableRow("", (Cell(tr("この企業は消されました")),))
        return [self._row(by_uid[uid]) if uid in by_uid else gone for uid in wanted]

    def _row(self, row: Listed) -> TableRow:
        place = self.labels.of("CL10", row.prefecture)
        now = today(self._desk.store.clock)
        able = one_line(row.strengths), one_line(row.products)
        first, second = (able[1], able[0]) if able[1] else able
        return TableRow(row.uid, (
            Cell(row.name, row.kana), Cell(row.city or place, place if row.city else ""),
            Cell(self.labels.of("CL12", row.jsic_division) or self.labels.of("CL09", row.kind)),
            Cell(first, second), _certificates(row.certificates),
            Cell(short_day(row.last_on, now), number=True)), starred=row.starred)

    def _made_table(self) -> TableView:
        table = TableView((TableColumn(tr("企業名")), TableColumn(tr("所在地"), 124), TableColumn(tr("分野"), 128),
                           TableColumn(tr("できること")), TableColumn(tr("認証"), 116),
                           TableColumn(tr("最終相談"), 124, number=True)), tr("企業の一覧"))
        table.opened.connect(self._open)
        table.current_changed.connect(self._chosen)
        table.star_clicked.connect(self._star)
        return table

    def _offer(self, facets: Facets) -> None:
        self.filters.offer(facets)

    def _chosen(self, uid: str) -> None:
        self.preview.show_company(uid)

    def _star(self, uid: str, on: bool) -> None:
        if not uid:
            return

        def show() -> None:
            self.search()
            if self.preview.uid == uid:
                self.preview.read()
        star(self, self._desk.store, uid, on, show)

    # Going on -----------------------------------------------------------------------------------------------------

    def add(self) -> None:
        """企業を追加: a fresh form, or the one that is open."""
        if reads_only(self._desk.store, self.desk_window):
            return
        if self.new is None or self._stack.currentWidget() is not self.new:
            if self.new is not None:
                self._drop(self.new)
            self.new = NewOrganization(self._desk, self.desk_window, self.labels)
            self.new.left.connect(self.back_to_list)
            self._stack.addWidget(self.new)
            self._stack.setCurrentWidget(self.new)
            self.desk_window.page_changed(self)
        self.new.begin()

    def open_import(self) -> None:
        """取り込み: choose a file, then show what it would do; an import that is running is shown again."""
        if self.importing is None:
            self.importing = ImportPanel(self._desk, self.desk_window)
            self.importing.left.connect(self.back_to_list)
            self.importing.changed.connect(self.search)
            self._stack.addWidget(self.importing)
        if self.importing.busy or self.importing.choose():
            self._stack.setCurrentWidget(self.importing)
            self.desk_window.page_changed(self)

    def show_all_like(self, wanted: AllWanted) -> None:
        """すべての法人, asked for this."""
        self._make_all().filters.use(wanted)
        self.show_all()

    def show_all(self) -> None:
        """すべての法人: the list over the directory."""
        self._stack.setCurrentWidget(self._make_all())
        self.desk_window.page_changed(self)
        self._make_all().activate()

    def _make_all(self) -> DirectoryPanel:
        if self.all is None:
            self.all = DirectoryPanel(self._desk, self.desk_window, self.labels, taking_over.take_over)
            self.all.left.connect(self.back_to_list)
            self._stack.addWidget(self.all)
        return self.all

    def back_to_list(self) -> None:
        """From the new company or the import to the list."""
        if self._stack.currentWidget() is self._list:
            return
        self.flush()
        uid = self.new.uid if self.new is not None and self._stack.currentWidget() is self.new else None
        self._stack.setCurrentWidget(self._list)
        if self.new is not None:
            self._drop(self.new)
            self.new = None
        if uid:
            self.preview.show_company(uid)
        self.search()
        self._to_search()
        self.desk_window.page_changed(self)

    def show_view(self, conditions: Mapping[str, Any]) -> None:
        """Use the conditions of a named view, as far as they are understood."""
        self.back_to_list()
        self._use(conditions)

    def _conditions(self) -> Mapping[str, Any]:
        return organization_search.conditions(self.filters.wanted())

    def _use(self, conditions: Mapping[str, Any]) -> None:
        self.filters.use(organization_search.wanted_of(conditions))

    def _keep_columns(self, hidden: frozenset[int]) -> None:
        self._hidden = hidden
        self.restyle()
        store, names = self._desk.store, sorted(_KEPT[column] for column in hidden)
        self.desk_window.write(lambda: store.set_setting(COLUMNS, names))

    def _show_columns(self, names: Any) -> None:
        kept = names if isinstance(names, list) else []
        self._hidden = frozenset(column for column, name in _KEPT.items() if name in kept)
        self.columns.set_hidden(self._hidden)
        self.restyle()

    def _discard(self) -> None:
        """Put the company chosen into the bin."""
        if self.below.chosen:
            self.desk_window.say(tr("ごみ箱へ入れる企業を、先に一覧で選びます"))
            return
        uid, row = self.table.current_uid(), self.table.rows.row(self.table.currentIndex().row())
        if uid and row is not None:
            discard_company(self.desk_window, self._desk.store, uid, row.cells[0].words)
        else:
            self.desk_window.say(tr("ごみ箱へ入れる企業を、先に一覧で選びます"))

    def _paper(self) -> Asked | str:
        """What the list shows, for Ctrl+P: in its order, with the columns chosen."""
        found = self._found
        if found is None:
            return tr("まだ読んでいます。少し待ってから、もう一度押します")
        if not found.uids:
            return tr("一覧に企業がないので、印刷するものがありません")
        order = tr("最終相談の新しい順") if found.wanted.order == "last" else tr("ふりがな順")
        about = ((tr("条件"), "・".join(found.words) or tr("すべて")), (tr("並び順"), order))
        return of_table(self._desk.store, tr("企業の一覧"), "・".join(found.words), about, self.table.rows.columns,
                        lambda: self._rows(found.uids), hidden=self._hidden, count=partial(_count_words, found))

    def toggle_side(self) -> None:
        """Ctrl+I: the preview comes or goes."""
        self._side_chosen = self.preview.isHidden()
        self.restyle()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape and self._stack.currentWidget() is not self._list:
            self.back_to_list()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: what has no room gives way, the preview first, then certificates and field."""
        width = self.width() * 100 / look().zoom
        beside = self._side_chosen if self._side_chosen is not None else width >= SIDE_BESIDE
        self.preview.setVisible(beside)
        low = self.height() * 100 / look().zoom < LOW
        self.filters.set_low(low)
        self.filters.recent.setVisible(not low or self.filters.recent.isChecked())   # the head has two rows at most
        self.count.setVisible(not (low and self.filters.recent.isChecked()))
        opened = not self.views.isHidden() or not self.columns.isHidden()
        self._head_box.setVisible(not (low and opened))   # what was opened takes its place
        left = width - (300 if beside else 0)
        room = left - (0 if self.map.isHidden() else WIDE + 12)   # of the table
        self._heading.setVisible(self._head_width() <= look().px(left - 2 * _SIDES))   # the crumbs say it, too
        for column, least in ((_CERTIFICATES, 860), (_FIELD, 740), (_STRENGTHS, 560)):
            self.table.setColumnHidden(column, room < least or column in self._hidden)
        for column, least in ((_PLACE, 380), (_LAST, 300)):
            self.table.setColumnHidden(column, room < least or column in self._hidden)

    def _head_width(self) -> int:
        """How wide the head would like to be, heading included."""
        parts = (item.widget() for n in range(self._head.count()) if (item := self._head.itemAt(n)) is not None)
        # asked anew: the layout goes on with the sizes it knew until its next turn
        shown = sum(part.sizeHint().width() + look().px(10) for part in parts if part is not None)
        return shown + (self._heading.sizeHint().width() + look().px(10) if self._heading.isHidden() else 0)

    def _show_map(self, on: bool) -> None:
        if on:
            self.map.read()
            self.map.take_focus()

    def _drop(self, panel: QWidget) -> None:
        self._stack.removeWidget(panel)
        panel.deleteLater()

    def _next(self) -> None:
        shown = self._stack.currentWidget()
        if self.new is not None and shown is self.new:
            self.new.go_on()
        elif self.importing is not None and shown is self.importing:
            self.importing.take_in()
        elif self.all is not None and shown is self.all:
            self.all.go_on()
        elif self.below.chosen:
            self.below.take()
        elif self.table.current_uid():
            self.desk_window.start_consultation(self.table.current_uid())

    def _open(self, uid: str) -> None:
        if uid:
            self.desk_window.open_organization(uid)

    def _open_first(self) -> None:
        """Enter in the search box: open what stands first, once the answer to what is typed is there."""
        def go(found: tuple[str, ...]) -> None:
            if found:
                self.desk_window.open_organization(found[0])
            else:
                self.below.enter()   # nothing is taken over before it is looked at
        store, wanted = self._desk.store, self.filters.wanted()
        if self._found is not None and self._found.wanted == wanted:
            go(self._found.uids)
        else:
            self.desk_window.read(lambda: organization_search.find(store, wanted), go, lane="finding")

    def _into_list(self) -> None:
        if self.table.rows.rowCount():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self.table.currentIndex().isValid():
                self.table.selectRow(0)
        else:
            self.below.enter()

    def _up_from_below(self) -> None:
        if self.table.rows.rowCount():
            self._into_list()
        else:
            self._to_search()

    def _to_search(self) -> None:
        if self._stack.currentWidget() is self._list:
            self.filters.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.filters.box.selectAll()

    def _loosen(self) -> None:
        self.filters.clear()
        self._to_search()


def _count_words(found: _Found, count: int) -> str:
    if found.wanted.narrows:
        return tr("{total}社のうち {count}社", total=f"{found.total:,}", count=f"{count:,}")
    return tr("{count}社", count=f"{count:,}")


def _certificates(text: str | None) -> Cell:
    """The first certificate above the others: elided in one line, two of them read as a third that nobody holds."""
    first, *others = items(text) or ["—"]
    return Cell(first, "、".join(others))
