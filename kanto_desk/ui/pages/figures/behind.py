"""The list behind a number, in the place of the page that shows it: visits, companies or promises.

Opens records, changes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import today
from kanto_desk.i18n import tr
from kanto_desk.services import consultation_search, organization_search, promises
from kanto_desk.services.figures import Behind
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.words import short_date
from kanto_desk.ui.pages.organizations.words import Labels, one_line, short_day
from kanto_desk.ui.pages.words import nth_words, short_or_long_day, visit_state
from kanto_desk.ui.printing import Asked, of_table
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.text import Elided, Label


class BehindList(QWidget):
    """Heading, number of records, and the rows; they are read in blocks as they are scrolled. `back` says where to."""

    left = Signal()

    def __init__(self, desk: Any, window: Window, back: str) -> None:
        super().__init__()
        self._store, self._window, self._labels = desk.store, window, Labels(desk)
        self._behind = Behind("consultation", ())
        self._visit_of: dict[str, str] = {}
        self.title = Elided("", "h2")
        self.count = Label("", "caption")
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
        head = Row(self.back, self.title, self.count, None, space=12)
        column = Column(head, self.stack, space=12, margins=(24, 16, 20, 14))
        column.setStretch(1, 1)
        self.setLayout(column)

    @property
    def table(self) -> TableView:
        """The table that is shown."""
        return self.tables[self._behind.type]

    def show_records(self, title: str, behind: Behind) -> None:
        """Show these records under a heading."""
        chosen = self.table.current_uid() if behind.type == self._behind.type else ""
        self._behind = behind
        self.title.set_text(title)
        self.count.setText(_count_words(behind, len(behind.uids)))
        self.setAccessibleName(f"{title} {self.count.text()}")
        self.stack.setCurrentWidget(self.table if behind.uids else self.none)
        self.table.set_source(len(behind.uids), lambda offset, limit: self._rows(
            behind, behind.uids[offset:offset + limit]), keep=chosen)
        if not self.table.current_uid() and behind.uids:
            self.table.selectRow(0)

    def paper(self) -> Asked | str:
        """What the list shows, for Ctrl+P."""
        behind, title = self._behind, self.title.full()
        if not behind.uids:
            return tr("一覧に記録がないので、印刷するものがありません")
        return of_table(self._store, self.table.accessibleName(), title, ((tr("条件"), title),),
                        self.table.rows.columns, lambda: self._rows(behind, behind.uids),
                        count=partial(_count_words, behind))

    def _rows(self, behind: Behind, uids: Sequence[str]) -> Sequence[TableRow]:
        fetch = {"consultation": self._visits, "organization": self._companies, "promise": self._promises}
        return _all(uids, fetch[behind.type](uids))

    def take_focus(self) -> None:
        """Put the cursor into the list."""
        target: QWidget = self.table if self._behind.uids else self.none.button or self.back
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _visits(self, uids: Sequence[str]) -> Sequence[TableRow]:
        rows = []
        for row in consultation_search.rows(self._store, uids):
            words, tone, _icon = visit_state(row)
            day = short_date(row.held_on) if row.held_on else ""
            year = str(row.held_on.year) if row.held_on else ""
            rows.append(TableRow(row.uid, (
                Cell(day, tr("{year}年", year=year) if year else ""), Cell(row.organization, row.reference),
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
