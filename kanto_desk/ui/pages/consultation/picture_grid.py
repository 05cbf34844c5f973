"""A grid of small pictures for keyboard and mouse: arrows move, Space chooses, Enter opens. Knows no record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from kanto_desk.japanese.places import places
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.icons import pixmap
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.text import GROUNDS, Tone
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import FOUND, HERE

Index = QModelIndex | QPersistentModelIndex
CELL = Qt.ItemDataRole.UserRole
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
Thumb = Callable[[str, QSize, float], QPixmap]
"""(key of the cell, size in logical pixels, pixel ratio) → picture."""
_W, _H, _PICTURE_W, _PICTURE_H, _EDGE = 184, 196, 168, 112, 8


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on a picture, with its icon: colour never speaks alone."""

    icon: str
    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A picture of the grid: its key, its time and words below it, at most one mark each on line and time.

    `off` ones cannot be chosen.
    """

    key: str
    time: str = ""
    words: str = ""
    marks: tuple[Mark, ...] = ()
    off: bool = False

    def spoken(self) -> str:
        """What a screen reader says."""
        return "、".join(filter(None, (self.time, self.words, *(mark.words for mark in self.marks))))


class PictureGrid(QListView):
    """Emits what the user wants of the cells: `opened(key)` by Enter or double click, `pressed_key(key code)`."""

    opened = Signal(str)
    pressed_key = Signal(int)
    chosen_changed = Signal()
    moved_to = Signal(str)

    def __init__(self, name: str, thumb: Thumb, keys: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self._own_keys, self._rows = keys, QStandardItemModel(self)
        self._keys: list[str] = []
        self.needle, self.here = "", ""   # what is searched in the words, and the key of the hit it stands at
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self, thumb))
        self.setAccessibleName(name)
        set_property(self, "box", "card")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setTabKeyNavigation(False)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.data(CELL).key))
        self.selectionModel().selectionChanged.connect(self.chosen_changed)
        self.selectionModel().currentChanged.connect(self._moved)
        self.restyle()

    def show_cells(self, cells: Sequence[Cell]) -> None:
        """Show these; what was chosen and where the cursor stood stays as far as it is still there."""
        keys = [cell.key for cell in cells]
        if keys == self._keys:
            for row, cell in enumerate(cells):
                self._fill(self._rows.item(row), cell)
            return
        chosen, here = set(self.chosen()), self.current()
        row = self.currentIndex().row()
        self.blockSignals(True)   # between the old rows and the new ones there is nothing to tell
        self._rows.clear()
        self._keys = keys
        items = [self._fill(QStandardItem(), cell) for cell in cells]
        if items:
            self._rows.invisibleRootItem().insertRows(0, items)
        self.choose([key for key in keys if key in chosen])
        if keys:
            self.go_to(here if here in keys else keys[max(0, min(row, len(keys) - 1))])
        self.blockSignals(False)
        self.chosen_changed.emit()

    def update_cell(self, cell: Cell) -> None:
        """Show one anew."""
        if cell.key in self._keys:
            self._fill(self._rows.item(self._keys.index(cell.key)), cell)

    def cells(self) -> list[Cell]:
        """What is shown, in order."""
        return [self._rows.item(row).data(CELL) for row in range(self._rows.rowCount())]

    def choose(self, keys: Sequence[str]) -> None:
        """Choose exactly these."""
        wanted, model = set(keys), self.selectionModel()
        model.clearSelection()
        for row, key in enumerate(self._keys):
            if key in wanted:
                model.select(self._rows.index(row, 0), QItemSelectionModel.SelectionFlag.Select)

    def chosen(self) -> list[str]:
        """The keys chosen, in the order shown."""
        return [self._keys[row] for row in sorted(index.row() for index in self.selectionModel().selectedIndexes())]

    def current(self) -> str:
        """The key under the cursor; empty without one."""
        row = self.currentIndex().row()
        return self._keys[row] if 0 <= row < len(self._keys) else ""

    def meant(self) -> list[str]:
        """What an action is for: those chosen, else the one under the cursor."""
        return self.chosen() or ([self.current()] if self.current() else [])

    def go_to(self, key: str) -> None:
        """Put the cursor on a cell; what is chosen stays."""
        if key in self._keys:
            index = self._rows.index(self._keys.index(key), 0)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)

    def mark(self, needle: str, here: str) -> None:
        """Mark what is searched in the words of the cells, and in one of them apart."""
        self.needle, self.here = needle, here
        if here in self._keys and look().px(_H) > self.viewport().height():   # the words stand at the foot of a cell
            self.scrollTo(self._rows.index(self._keys.index(here), 0), QListView.ScrollHint.PositionAtBottom)
        self.viewport().update()

    def keyboardSearch(self, search: str, /) -> None:
        """Letters are keys of their own here."""

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        if event.key() in ENTER_KEYS and plain:
            if self.current():
                self.opened.emit(self.current())
            return
        if plain and event.key() in self._own_keys:
            self.pressed_key.emit(event.key())
            return
        if plain and event.key() == Qt.Key.Key_Escape and self.chosen() and Qt.Key.Key_Escape not in self._own_keys:
            self.choose([])
            return
        super().keyPressEvent(event)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setGridSize(QSize(look().px(_W), look().px(_H)))
        self.setSpacing(0)
        self.viewport().update()

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.moved_to.emit(now.data(CELL).key)

    @staticmethod
    def _fill(item: QStandardItem, cell: Cell) -> QStandardItem:
        if item.data(CELL) != cell:
            item.setData(cell, CELL)
            item.setData(cell.spoken(), SPOKEN)
            item.setData(cell.words, Qt.ItemDataRole.ToolTipRole)
            flags = Qt.ItemFlag.ItemIsEnabled
            item.setFlags(flags if cell.off else flags | Qt.ItemFlag.ItemIsSelectable)
        return item


class _Delegate(QStyledItemDelegate):
    """Paints a cell: picture, mark on it, tick where it is chosen, time and words below."""

    def __init__(self, grid: PictureGrid, thumb: Thumb) -> None:
        super().__init__(grid)
        self._grid, self._thumb = grid, thumb

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(look().px(_W), look().px(_H))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        used, px = look(), look().px
        area, state = QRect(option.rect), option.state
        cell: Cell = index.data(CELL)
        inside = area.adjusted(px(2), px(2), -px(2), -px(2))
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(QPen(used.color("accent"), 2))
            painter.setBrush(used.color("select"))
            painter.drawRoundedRect(QRectF(inside).adjusted(1, 1, -1, -1), px(6), px(6))
        picture = QRect(area.left() + px(_EDGE), area.top() + px(_EDGE), px(_PICTURE_W), px(_PICTURE_H))
        painter.setOpacity(0.45 if cell.off else 1.0)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(picture.topLeft(), self._thumb(cell.key, picture.size(), ratio))
        painter.setOpacity(1.0)
        below = picture.bottom() + px(4)
        painter.setFont(used.font("caption", fixed=True))
        painter.setPen(used.color("text2"))
        line = QRect(picture.left(), below, picture.width(), px(22))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, cell.time)
        painter.setFont(used.font("caption"))
        metrics = used.metrics("caption")
        painter.setPen(used.color("text"))
        words = metrics.elidedText(cell.words, Qt.TextElideMode.ElideMiddle, picture.width())
        self._draw_words(painter, cell, words, line.translated(0, px(21)))
        clear = line.adjusted(round(used.metrics("caption", fixed=True).horizontalAdvance(cell.time)) + px(4), 0, 0, 0)
        self._draw_marks(painter, cell, line.translated(0, px(44)), clear)
        if chosen:
            self._draw_tick(painter, picture)
        if state & QStyle.StateFlag.State_HasFocus and self._grid.hasFocus():
            painter.setPen(QPen(used.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), px(6), px(6))
        painter.restore()

    def _draw_words(self, painter: QPainter, cell: Cell, words: str, line: QRect) -> None:
        used, metrics = look(), look().metrics("caption")
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
        ink, ground = HERE if cell.key == self._grid.here else FOUND
        # where the hit stands in what is cut out of the middle, all that is shown is marked
        spans = (places(words, self._grid.needle) or [(0, len(words))]) if places(cell.words, self._grid.needle) else []
        for start, end in spans:
            left = line.left() + metrics.horizontalAdvance(words[:start])
            area = QRectF(left, line.top(), metrics.horizontalAdvance(words[start:end]), line.height())
            painter.fillRect(area, used.color(ground))
            painter.setPen(used.color(ink))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, words[start:end])

    def _draw_marks(self, painter: QPainter, cell: Cell, line: QRect, top: QRect) -> None:
        """The first mark on its line, the second at the right of the time that it is about: both whole."""
        for mark, room in zip(cell.marks[:2], (line, top), strict=False):
            self._draw_mark(painter, mark, room, at_end=room is top)

    def _draw_mark(self, painter: QPainter, mark: Mark, room: QRect, *, at_end: bool) -> None:
        used, px = look(), look().px
        words = used.metrics("caption").elidedText(mark.words, Qt.TextElideMode.ElideRight, room.width() - px(28))
        width = round(used.metrics("caption").horizontalAdvance(words)) + px(28)
        x = room.right() - width if at_end else room.left()
        pill = QRectF(x, room.top(), width, px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(used.color(GROUNDS[mark.tone]))
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.drawPixmap(x + px(6), room.top() + px(4), pixmap(mark.icon, mark.tone, 14))
        painter.setPen(used.color(mark.tone))
        painter.drawText(pill.adjusted(px(23), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def _draw_tick(self, painter: QPainter, picture: QRect) -> None:
        used, px = look(), look().px
        box = QRectF(picture.left() + px(6), picture.top() + px(6), px(24), px(24))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(used.color("accent"))
        painter.drawEllipse(box)
        painter.drawPixmap(box.toRect().adjusted(px(4), px(4), 0, 0).topLeft(), pixmap("check", "on_accent", 16))

