"""The table behind a chart: every number is a cell that opens its list. Knows tables of words and numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QTableView

from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.theme import look

Index = QModelIndex | QPersistentModelIndex
Value = str | int | None
ROW, MOST_ROWS, NAME = 32, 13, 168


class _Model(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.headings: Sequence[str] = ()
        self.rows: Sequence[Sequence[Value]] = ()
        self.change = 0

    def show_table(self, headings: Sequence[str], rows: Sequence[Sequence[Value]], change: int) -> None:
        self.beginResetModel()
        self.headings, self.rows, self.change = headings, rows, change
        self.endResetModel()

    def rowCount(self, parent: Index | None = None, /) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None, /) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.headings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole, /) -> Any:
        value = self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) or (
                role == Qt.ItemDataRole.AccessibleTextRole):
            words = self._words(value, index.column())
            if role == Qt.ItemDataRole.AccessibleTextRole and index.column():
                return f"{self.rows[index.row()][0]} {self.headings[index.column()]} {words}"
            return words if role != Qt.ItemDataRole.ToolTipRole or not index.column() else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole,
                   /) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self.headings):
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                return self.headings[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _words(self, value: Value, column: int) -> str:
        if not isinstance(value, int):
            return value or "–"
        if column == self.change and column:
            return f"+{value:,}" if value > 0 else f"−{-value:,}" if value else "±0"
        return f"{value:,}"


class Grid(QTableView):
    """A table of numbers. Emits `opened(row, column)` for a click or Enter on a number."""

    opened = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.table = _Model()
        self.table.setParent(self)
        self.setModel(self.table)
        self.setFrameShape(QFrame.Shape.NoFrame)
        set_property(self, "ring", True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.clicked.connect(self._open)

    def show_table(self, title: str, headings: Sequence[str], rows: Sequence[Sequence[Value]], change: int) -> None:
        """Show a table; `change` is the column that says more or less, 0 without one."""
        self.table.show_table(headings, rows, change)
        self.setAccessibleName(title)
        if rows:
            self.setCurrentIndex(self.table.index(0, min(1, len(headings) - 1)))
        self.restyle()

    def sizeHint(self) -> QSize:
        used = look()
        rows = min(MOST_ROWS, max(1, self.table.rowCount()))
        return QSize(used.px(400), used.px(ROW) * rows + self._head() + used.px(14))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(200), self.sizeHint().height())

    def restyle(self) -> None:
        """Take the sizes in use."""
        used = look()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(used.px(ROW))
        self.verticalHeader().setDefaultSectionSize(used.px(ROW))
        header = self.horizontalHeader()
        wide = used.metrics("caption")
        for column in range(self.table.columnCount()):
            words = self.table.headings[column]
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            if column:
                header.resizeSection(column, max(used.px(64), round(wide.horizontalAdvance(words)) + used.px(22)))
        self._spread()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._spread()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _spread(self) -> None:
        """The names take what the numbers leave; where that is too little, the table scrolls."""
        if not self.table.columnCount():
            return
        numbers = sum(self.columnWidth(column) for column in range(1, self.table.columnCount()))
        self.setColumnWidth(0, max(look().px(NAME), self.viewport().width() - numbers))

    def _head(self) -> int:
        return self.horizontalHeader().sizeHint().height()

    def _open(self, index: QModelIndex) -> None:
        if index.column():
            self.opened.emit(index.row(), index.column())
