"""A table of millions of rows: every block is read on a worker, and until it comes its rows are blank.

Only what is in sight is waited for. Readings of what was scrolled past are dropped; the blocks before and after those
in sight are read ahead, so that scrolling by wheel and by page meets rows that are there already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QTableView

from kanto_desk.ui.jobs import Job
from kanto_desk.ui.table import BLOCK, BlockModel, Cell, TableColumn, TableRow, TableView


class Read(Protocol):
    """How something is read elsewhere: `Window.read`."""

    def __call__(self, job: Callable[[], Any], done: Callable[[Any], None], /) -> Job: ...


_CHOOSE = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows

Bring = Callable[[int, int], Sequence[TableRow]]
"""Rows from an offset on, at most so many; called on a worker thread."""


class FarModel(BlockModel):
    """Rows that come later. `missed` tells of a block that somebody looked for."""

    missed = Signal()

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        super().__init__(columns)
        self._blank = TableRow("", tuple(Cell("") for _ in columns))

    def row(self, number: int) -> TableRow | None:
        """A row; a blank one while it is being read."""
        if number // BLOCK in self._blocks:
            return super().row(number)
        self.missed.emit()
        return self._blank

    def has(self, block: int) -> bool:
        """Whether a block is there."""
        return block in self._blocks

    def put(self, block: int, rows: Sequence[TableRow]) -> None:
        """Show a block that came."""
        self._keep(block, rows)
        first, last = block * BLOCK, min((block + 1) * BLOCK, self._count) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def forget(self) -> None:
        """Every block is to be read anew; what is shown is blank until it comes."""
        self._blocks.clear()

    def grow(self, count: int) -> None:
        """There are more rows than was known; those that are there stay."""
        self._blocks.pop(self._count // BLOCK, None)   # it was cut off
        self.beginInsertRows(QModelIndex(), self._count, count - 1)
        self._count = count
        self.endInsertRows()


class FarTable(TableView):
    """`show_rows` says how many rows there are and how to bring them; `arrived` tells that some came."""

    arrived = Signal()
    model_class = FarModel
    rows: FarModel

    def __init__(self, columns: Sequence[TableColumn], name: str, read: Read) -> None:
        self._read = read
        self._bring: Bring = _nothing
        self._known = 0
        self._reading: tuple[int, Job] | None = None
        super().__init__(columns, name)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._ask)
        self.rows.missed.connect(self._soon.start)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._soon.start())

    def show_rows(self, count: int, known: int, bring: Bring) -> None:
        """Show other rows: how many, how many of them can be brought by now, and how."""
        self._stop()
        self._known, self._bring = known, bring
        self.rows.set_source(count, _nothing)
        self.clearSelection()

    def go_on(self, count: int, known: int, bring: Bring) -> None:
        """The same rows, of which more can be brought now; what is chosen and where the list stands stay."""
        self._stop()
        self._known, self._bring = known, bring
        before = self.rows.rowCount()
        if count > before:
            self.rows.grow(count)
        elif count < before:   # the file has changed meanwhile
            self.rows.set_source(count, _nothing)
        self._soon.start()

    def stay(self, top: int | None, chosen: int | None) -> None:
        """The row that stands first in sight, and the chosen one, have these places now: nothing moves on screen."""
        bar, height, before = self.verticalScrollBar(), self.rowHeight(0), max(self.rowAt(0), 0)
        self.rows.forget()
        if chosen is not None:
            self.selectionModel().setCurrentIndex(self.rows.index(chosen, 0), _CHOOSE)
        if top is not None:
            bar.setValue(bar.value() + (top - before) * height)
        self._soon.start()

    def renew(self) -> None:
        """What the rows say may have changed: they are read anew where they stand."""
        self.rows.forget()
        self._soon.start()

    def top_uid(self) -> str:
        """The uid of the row that stands first in sight; "" while it is blank."""
        at = self.rowAt(0)
        row = self.rows.row(at) if at >= 0 else None
        return row.uid if row else ""

    @property
    def waiting(self) -> bool:
        """Whether a row in sight is still blank."""
        return any(not self.rows.has(block) for block in self._in_sight())

    def moveCursor(self, action: QTableView.CursorAction, modifiers: Qt.KeyboardModifier, /) -> QModelIndex:
        """Home and End go to the first and the last row: there is nothing to go to within one."""
        count = self.rows.rowCount()
        if count and action in (QTableView.CursorAction.MoveHome, QTableView.CursorAction.MoveEnd):
            return self.rows.index(0 if action == QTableView.CursorAction.MoveHome else count - 1, 0)
        return super().moveCursor(action, modifiers)

    def _in_sight(self) -> list[int]:
        """The blocks that are looked at, that of the chosen row first."""
        count = self.rows.rowCount()
        if not count:
            return []
        top, bottom = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        first, last = max(top, 0), bottom if bottom >= 0 else count - 1
        chosen = [self.currentIndex().row()] if first <= self.currentIndex().row() <= last else []
        return list(dict.fromkeys(row // BLOCK for row in (*chosen, first, last)))

    def _ask(self) -> None:
        """Read the next block that is looked at, or one beside these."""
        sight = self._in_sight()
        if not sight:
            return
        near = [max(sight) + 1, min(sight) - 1]
        wanted = [block for block in (*sight, *near) if 0 <= block * BLOCK < self.rows.rowCount()]
        if self._reading is not None:
            if self._reading[0] in wanted:
                return
            self._stop()
        for block in wanted:
            offset, limit = block * BLOCK, min(BLOCK, self.rows.rowCount() - block * BLOCK)
            if not self.rows.has(block) and offset + limit <= self._known:
                bring = self._bring

                def show(rows: Sequence[TableRow], block: int = block) -> None:
                    self._reading = None
                    self._arrived(block, rows)
                self._reading = block, self._read(lambda: bring(offset, limit), show)   # noqa: B023 - run at once
                return

    def _arrived(self, block: int, rows: Sequence[TableRow]) -> None:
        self.rows.put(block, rows)
        chosen = self.currentIndex().row()
        if chosen >= 0 and chosen // BLOCK == block:
            self._told(chosen)
        self._soon.start()
        self.arrived.emit()

    def _stop(self) -> None:
        if self._reading is not None:
            self._reading[1].cancel()
            self._reading = None


def _nothing(_offset: int, _limit: int) -> Sequence[TableRow]:
    return ()
