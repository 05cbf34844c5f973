"""A long list in two-line rows, fetched in blocks as it is scrolled. Knows rows of words, not records.

`fetch(offset, limit)` runs on the UI thread and must answer from an index; it is called for the blocks in sight only.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.icons import pixmap
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.marked import draw_marked
from kanto_desk.ui.text import GROUNDS
from kanto_desk.ui.theme import look

Index = QModelIndex | QPersistentModelIndex
CELL = Qt.ItemDataRole.UserRole
ROW_HEIGHT, BLOCK, _BLOCKS_KEPT, _STAR = 54, 100, 40, 40


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: a line, a smaller line below, or a pill in a tone (`tone` a token)."""

    words: str
    below: str = ""
    tone: str = ""
    number: bool = False   # numbers and dates stand right and never elide
    marks: tuple[tuple[int, int], ...] = ()   # what a search found in `below`
    pill: str = ""         # a word in a pill before `below`


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: the uid it stands for, a cell for each column, and whether it is starred (None: no star)."""

    uid: str
    cells: tuple[Cell, ...]
    starred: bool | None = None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: heading and width in px at 100 %; 0 takes what is left.

    `goes`: its turn to be hidden where the room is short; 0 stays.
    """

    heading: str
    width: int = 0
    number: bool = field(default=False)
    goes: int = 0


_LOW_PILL = 22      # px at 100 %: height of a pill in the lower line
_LEAST_TEXT = 180   # px at 100 % in which a name can still be told from another

Fetch = Callable[[int, int], Sequence[TableRow]]


class BlockModel(QAbstractTableModel):
    """`count` rows of which the blocks looked at are kept."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self._count = 0
        self._fetch: Fetch = lambda _offset, _limit: ()
        self._blocks: OrderedDict[int, Sequence[TableRow]] = OrderedDict()

    def set_source(self, count: int, fetch: Fetch) -> None:
        """Show other rows: how many there are, and how to get them."""
        self.beginResetModel()
        self._count, self._fetch = count, fetch
        self._blocks.clear()
        self.endResetModel()

    def refresh(self) -> None:
        """Fetch again what is in sight; the number of rows is the same."""
        self._blocks.clear()
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, len(self.columns) - 1))

    def row(self, number: int) -> TableRow | None:
        """A row; None when the source has fewer rows than it said."""
        block = number // BLOCK
        if block not in self._blocks:
            self._keep(block, self._fetch(block * BLOCK, min(BLOCK, self._count - block * BLOCK)))
        else:
            self._blocks.move_to_end(block)
        rows, at = self._blocks[block], number % BLOCK
        return rows[at] if at < len(rows) else None

    def _keep(self, block: int, rows: Sequence[TableRow]) -> None:
        self._blocks[block] = rows
        self._blocks.move_to_end(block)
        if len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)

    def rowCount(self, parent: Index | None = None, /) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: Index | None = None, /) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole, /) -> Any:
        if role not in (CELL, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole,
                        Qt.ItemDataRole.ToolTipRole):
            return None
        row = self.row(index.row())
        if row is None or index.column() >= len(row.cells):
            return None
        cell = row.cells[index.column()]
        if role == CELL:
            return cell
        return " ".join(filter(None, (cell.words, cell.pill, cell.below)))

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole,
                   /) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self.columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self.columns[section].heading
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if self.columns[section].number else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None


class _RowDelegate(QStyledItemDelegate):
    """Paints a cell of two lines, or a pill."""

    def __init__(self, table: TableView) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        used, area, state = look(), option.rect, option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, used.color("select" if chosen else "surface"))
        painter.fillRect(area.left(), area.bottom(), area.width(), 1, used.color("border"))
        cell = index.data(CELL)
        if not isinstance(cell, Cell):
            return
        inner = area.adjusted(used.px(10), 0, -used.px(10), -1)
        row = self._table.rows.row(index.row())
        if index.column() == 0 and row is not None and row.starred is not None:
            star = self._table.star_area(area)
            picture = pixmap("star", "warn" if row.starred else "text3", 18, filled=row.starred)
            painter.drawPixmap(star.center() - QPoint(used.px(9), used.px(9)), picture)
            inner.setLeft(area.left() + used.px(_STAR))
        if cell.tone:
            _draw_pill(painter, inner, cell.words, cell.tone)
        else:
            self._words(painter, inner, cell, bold=index.column() == 0)
        if self._table.hasFocus() and index.row() == self._table.currentIndex().row():
            self._ring(painter, area, index.column())

    def _ring(self, p: QPainter, area: QRect, column: int) -> None:
        """The part of the focus ring around the whole row that falls into a cell."""
        color, width, header = look().color("focus"), look().px(2), self._table.horizontalHeader()
        shown = [n for n in range(header.count()) if not header.isSectionHidden(n)]
        p.fillRect(area.left(), area.top(), area.width(), width, color)
        p.fillRect(area.left(), area.bottom() + 1 - width, area.width(), width, color)
        if column == shown[0]:
            p.fillRect(area.left(), area.top(), width, area.height(), color)
        if column == shown[-1]:
            p.fillRect(area.right() + 1 - width, area.top(), width, area.height(), color)

    @staticmethod
    def _words(p: QPainter, area: QRect, cell: Cell, *, bold: bool) -> None:
        used = look()
        side = Qt.AlignmentFlag.AlignRight if cell.number else Qt.AlignmentFlag.AlignLeft
        elide = Qt.TextElideMode.ElideNone if cell.number else Qt.TextElideMode.ElideMiddle
        half = area.height() // 2
        two = cell.below or cell.pill
        upper = QRect(area.left(), area.top() + used.px(4), area.width(), half - used.px(4)) if two else area
        p.setFont(used.font("body", bold=bold))
        p.setPen(used.color("text"))
        p.drawText(upper, side | Qt.AlignmentFlag.AlignVCenter,
                   used.metrics("body", bold=bold).elidedText(cell.words, elide, area.width()))
        if two:
            lower = QRect(area.left(), area.top() + half, area.width(), half - used.px(4))
            if cell.pill:
                lower.setLeft(_draw_pill(p, lower, cell.pill, "accent", _LOW_PILL) + used.px(8))
            p.setFont(used.font("caption"))
            p.setPen(used.color("text3"))
            if cell.marks:
                draw_marked(p, lower, cell.below, cell.marks, "caption", "text2")
                return
            p.drawText(lower, side | Qt.AlignmentFlag.AlignVCenter,
                       used.metrics("caption").elidedText(cell.below, elide, area.width()))


def _draw_pill(p: QPainter, area: QRect, words: str, tone: str, height: int = 25) -> int:
    """Draw a pill at the left of an area, `height` px at 100 %; gives where it ends."""
    used = look()
    words = used.metrics("caption").elidedText(words, Qt.TextElideMode.ElideMiddle, area.width() - used.px(20))
    width = round(used.metrics("caption").horizontalAdvance(words)) + used.px(20)
    box = QRect(area.left(), area.center().y() - used.px(height // 2), width, used.px(height))
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(used.color(GROUNDS[tone]))
    p.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    p.setPen(used.color(tone))
    p.setFont(used.font("caption"))
    p.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
    return box.right()


class TableView(QTableView):
    """Rows of 54 px. A row is opened by Enter or double click; its star is pressed by click or `*`."""

    opened = Signal(str)           # uid
    current_changed = Signal(str)  # uid, "" without one
    star_clicked = Signal(str, bool)
    below = Signal()               # ↓ on the last row: on to what stands below the table
    above = Signal()               # ↑ on the first row
    model_class: type[BlockModel] = BlockModel

    def __init__(self, columns: Sequence[TableColumn], name: str) -> None:
        super().__init__()
        self.rows = self.model_class(columns)
        self.rows.setParent(self)
        self.setModel(self.rows)
        self.setItemDelegate(_RowDelegate(self))
        self.setAccessibleName(name)
        set_property(self, "box", "card")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.selectionModel().currentRowChanged.connect(lambda now, _before: self._told(now.row()))
        self.restyle()

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), look().px(40))   # in a low window words beside it go first

    def set_source(self, count: int, fetch: Fetch, *, keep: str = "") -> None:
        """Show other rows; the row of uid `keep` stays chosen if it is among the first block."""
        self.rows.set_source(count, fetch)
        if keep and count:
            first = (self.rows.row(n) for n in range(min(count, BLOCK)))
            at = next((n for n, row in enumerate(first) if row is not None and row.uid == keep), None)
            if at is not None:
                self.selectRow(at)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        """Hide what may be missing until the texts of the others have room; columns without an order stay."""
        columns, room = self.rows.columns, self.viewport().width()
        order = sorted((n for n, column in enumerate(columns) if column.goes), key=lambda n: columns[n].goes)
        needed = sum(look().px(column.width or _LEAST_TEXT) for column in columns)
        for n in order:
            self.setColumnHidden(n, needed > room)
            if needed > room:
                needed -= look().px(columns[n].width or _LEAST_TEXT)

    def current_uid(self) -> str:
        """The uid of the chosen row; "" without one."""
        row = self.rows.row(self.currentIndex().row()) if self.currentIndex().isValid() else None
        return row.uid if row else ""

    def star_area(self, cell: QRect) -> QRect:
        """Where the star of a row stands, given the area of its first cell."""
        return QRect(cell.left(), cell.top(), look().px(_STAR), cell.height())

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(look().px(ROW_HEIGHT))
        self.verticalHeader().setDefaultSectionSize(look().px(ROW_HEIGHT))
        header = self.horizontalHeader()
        for n, column in enumerate(self.rows.columns):
            fixed = QHeaderView.ResizeMode.Fixed if column.width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(n, fixed)
            if column.width:
                header.resizeSection(n, look().px(column.width))
        self._give_way()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        row = self.currentIndex().row()
        if event.key() in ENTER_KEYS and row >= 0:
            self._open(row)
        elif event.text() == "*" and row >= 0:
            self._star(row)
        elif event.key() == Qt.Key.Key_Down and 0 <= row == self.rows.rowCount() - 1:
            self.below.emit()
        elif event.key() == Qt.Key.Key_Up and row == 0:
            self.above.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent, /) -> None:
        place = event.position().toPoint()
        index = self.indexAt(place)
        if event.button() == Qt.MouseButton.LeftButton and index.isValid() and index.column() == 0 \
                and self.star_area(self.visualRect(index)).contains(place) and self._star(index.row()):
            return
        super().mousePressEvent(event)

    def _open(self, number: int) -> None:
        row = self.rows.row(number)
        if row is not None:
            self.opened.emit(row.uid)

    def _star(self, number: int) -> bool:
        row = self.rows.row(number)
        if row is None or row.starred is None:
            return False
        self.star_clicked.emit(row.uid, not row.starred)
        return True

    def _told(self, number: int) -> None:
        row = self.rows.row(number) if number >= 0 else None
        self.current_changed.emit(row.uid if row else "")
