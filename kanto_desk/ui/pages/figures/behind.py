"""The list behind a number, in the place of the page that shows it: visits, companies or promises.

Opens records, changes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import today
from kanto_desk.i18n import tr
from kanto_desk.services import consultation_search, narrowing, organization_search, promises
from kanto_desk.services.figures import Behind
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Row, holder, set_property
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.words import short_date
from kanto_desk.ui.pages.organizations.words import Labels, one_line, short_day
from kanto_desk.ui.pages.words import nth_words, short_or_long_day, visit_state, year_words
from kanto_desk.ui.palette import PaletteInput
from kanto_desk.ui.printing import Asked, of_table
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.text import Elided, Label
from kanto_desk.ui.theme import look

WAIT_MS = 80


class BehindList(QWidget):
    """Heading, number of records, and the rows; they are read in blocks as they are scrolled. `back` says where to."""

    left = Signal()

    def __init__(self, desk: Any, window: Window, back: str) -> None:
        super().__init__()
        self._store, self._window, self._labels = desk.store, window, Labels(desk)
        self._behind = self._every = Behind("consultation", ())
        self._reading: Job | None = None
        self._visit_of: dict[str, str] = {}
        self.title = Elided("", "h2")
        self.count = Label("", "caption")
        self.box = PaletteInput(tr("この一覧の中をさがす"), tr("この一覧の中をさがす"))
        set_property(self.box, "look", "search")
        self.box.setFixedWidth(look().px(230))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(WAIT_MS)
        self._soon.timeout.connect(self._narrow)
        self.box.typed.connect(lambda _text: self._soon.start())
        self.back = Button(back, "arrow-left", key="Esc")
        self.back.clicked.connect(self.left)
        self.tables = {
            "consultation": TableView((
                TableColumn(tr("相談日"), 170), TableColumn(tr("企業")), TableColumn(tr("件名"), goes=2),
                TableColumn(tr("回"), 90, goes=1), TableColumn(tr("状態"), 160)), tr("相談の一覧")),
            "organization": TableView((
                TableColumn(tr("企業名")), TableColumn(tr("所在地"), 140, goes=2),
                TableColumn(tr("できること"), goes=1), TableColumn(tr("最終相談"), 100, number=True)),
                tr("企業の一覧")),
            "promise": TableView((
                TableColumn(tr("約束")), TableColumn(tr("担当"), 150, goes=1), TableColumn(tr("期限"), 170),
                TableColumn(tr("状態"), 130)), tr("約束の一覧"))}
        self.stack = OneShown()
        for table in self.tables.values():
            self.stack.addWidget(table)
        self.tables["consultation"].opened.connect(window.open_consultation)
        self.tables["organization"].opened.connect(window.open_organization)
        self.tables["promise"].opened.connect(self._open_promise)
        self.none = EmptyState(tr("ここに入る記録はありません。"), back, picture="check", key="Esc")
        self.none.acted.connect(self.left)
        self.stack.addWidget(self.none)
        self.no_hits = EmptyState(tr("この言葉が入っている記録は、この一覧にありません。"), tr("検索の言葉を消す"),
                                  picture="search")
        self.no_hits.acted.connect(self._clear)
        self.stack.addWidget(self.no_hits)
        head = Flow(holder(Row(self.back, self.title, self.count, space=12)), self.box, space=10, spread=True)
        column = Column(head, self.stack, space=12, margins=(24, 16, 20, 14))
        column.setStretch(1, 1)
        self.setLayout(column)
        self.setTabOrder(self.box, self.back)

    @property
    def table(self) -> TableView:
        """The table that is shown."""
        return self.tables[self._behind.type]

    def show_records(self, title: str, behind: Behind) -> None:
        """Show these records under a heading."""
        if title != self.title.full():
            self.box.clear()
        self._every = behind
        self.title.set_text(title)
        if self.box.whole().strip():
            self._narrow()
        else:
            self._show(behind)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.box.setFixedWidth(look().px(230))

    def find_here(self) -> None:
        """Put the cursor into the box that looks through the list."""
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.box.selectAll()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if self.box.hasFocus() and event.key() in (*ENTER_KEYS, Qt.Key.Key_Down) and self._behind.uids:
            self.take_focus()
        elif self.box.hasFocus() and event.key() == Qt.Key.Key_Escape and self.box.text():
            self._clear()
        else:
            super().keyPressEvent(event)

    def _clear(self) -> None:
        self.box.clear()
        self._narrow()
        self.take_focus()

    def _narrow(self) -> None:
        self._soon.stop()
        if self._reading is not None:
            self._reading.cancel()
        store, every, query = self._store, self._every, self.box.whole()
        self._reading = self._window.read(lambda: narrowing.narrow(store, every, query), self._show, lane="finding")

    def _show(self, behind: Behind) -> None:
        chosen = self.table.current_uid() if behind.type == self._behind.type else ""
        self._behind = behind
        count, total = f"{len(behind.uids):,}", f"{len(self._every.uids):,}"
        self.count.setText(tr("{total}件のうち {n}件", total=total, n=count) if behind is not self._every else
                           _count_words(behind, len(behind.uids)))
        self.setAccessibleName(f"{self.title.full()} {self.count.text()}")
        self.box.setVisible(bool(self._every.uids))
        self.stack.setCurrentWidget(self.table if behind.uids else self.no_hits if self._every.uids else self.none)
        self.table.set_source(len(behind.uids), lambda offset, limit: self._rows(
            behind, behind.uids[offset:offset + limit]), keep=chosen)
        if not self.table.current_uid() and behind.uids:
            self.table.selectRow(0)

    def paper(self) -> Asked | str:
        """What the list shows, for Ctrl+P."""
        behind, title, words = self._behind, self.title.full(), self.box.whole().strip()
        if not behind.uids:
            return tr("一覧に記録がないので、印刷するものがありません")
        conditions = tr("{title}・「{words}」", title=title, words=words) if words else title
        return of_table(self._store, self.table.accessibleName(), title, ((tr("条件"), conditions),),
                        self.table.rows.columns, lambda: self._rows(behind, behind.uids),
                        count=partial(_count_words, behind))

    def _rows(self, behind: Behind, uids: Sequence[str]) -> Sequence[TableRow]:
        fetch = {"consultation": self._visits, "organization": self._companies, "promise": self._promises}
        return _all(uids, fetch[behind.type](uids))

    def take_focus(self) -> None:
        """Put the cursor into the list."""
        shown = self.no_hits if self._every.uids else self.none
        target: QWidget = self.table if self._behind.uids else shown.button or self.back
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _visits(self, uids: Sequence[str]) -> Sequence[TableRow]:
        rows = []
        for row in consultation_search.rows(self._store, uids):
            words, tone, _icon = visit_state(row)
            day = short_date(row.held_on) if row.held_on else ""
            rows.append(TableRow(row.uid, (
                Cell(day, year_words(row.held_on) if row.held_on else ""), Cell(row.organization, row.reference),
                Cell(row.theme, row.expert), Cell(nth_words(row.nth)), Cell(words, tone=tone))))
        return rows

    def _companies(self, uids: Sequence[str]) -> Sequence[TableRow]:
        now, rows = today(self._store.clock), []
        for row in organization_search.rows(self._store, uids):
            place = self._labels.of("CL10", row.prefecture)
            rows.append(TableRow(row.uid, (
                Cell(row.name, row.kana), Cell(row.city or place, place if row.city else ""),
                Cell(one_line(row.products) or one_line(row.strengths), self._labels.of("CL12", row.jsic_division)),
                Cell(short_day(row.last_on, now), number=True))))
        return rows

    def _promises(self, uids: Sequence[str]) -> Sequence[TableRow]:
        rows = []
        for one in promises.those(self._store, uids):
            self._visit_of[one.uid] = one.consultation
            words, tone = (tr("済"), "ok") if one.state == "done" else (tr("取りやめ"), "text2") if (
                one.state == "dropped") else (tr("期限超過"), "warn") if one.overdue else (tr("これから"), "accent")
            rows.append(TableRow(one.uid, (
                Cell(one.text, one.organization), Cell(one.who),
                Cell(short_or_long_day(one.due_on) if one.due_on else tr("期限なし")), Cell(words, tone=tone))))
        return rows

    def _open_promise(self, uid: str) -> None:
        visit = self._visit_of.get(uid)
        if visit:
            self._window.open_consultation(visit)


def _count_words(behind: Behind, count: int) -> str:
    words = f"{count:,}"
    return {"organization": tr("{n}社", n=words), "promise": tr("約束 {n}件", n=words),
            "consultation": tr("{n}件", n=words)}[behind.type]


def _all(uids: Sequence[str], rows: Sequence[TableRow]) -> Sequence[TableRow]:
    """A row for every uid: one that is gone, or not on this laptop, says so."""
    known = {row.uid: row for row in rows}
    return [known.get(uid, TableRow("", (Cell(tr("このパソコンに無い記録")),))) for uid in uids]
