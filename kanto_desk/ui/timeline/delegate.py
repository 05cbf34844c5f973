"""Draws the rows of the timeline and opens the editor of a line. It has no sizeHint: heights are in the model.

Text being composed is committed in the event filter, because the view reads the editor before its own focusOutEvent.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kanto_desk.ui.composing import ENTER_KEYS, GUARDED_KEYS
from kanto_desk.ui.timeline.editor import LineEditor
from kanto_desk.ui.timeline.model import LINE, Index, Line
from kanto_desk.ui.timeline.paint import Painting, Part

_TAB_KEYS = frozenset({Qt.Key.Key_Tab, Qt.Key.Key_Backtab})


class TimelineDelegate(QStyledItemDelegate):
    """Paints lines; edits them in place."""

    grown = Signal(QPersistentModelIndex)   # an editor opened, changed its height or closed

    def __init__(self, view: QListView, painting: Painting) -> None:
        super().__init__(view)
        self._view, self.painting, self.needle = view, painting, ""
        self.present: tuple[str, int] | None = None   # uid of a line and where in it the hit of the search stands
        self.editor: LineEditor | None = None

    def editor_height(self) -> int | None:
        """Height the open editor takes in its row, without the edges it draws into the row's padding."""
        return None if self.editor is None else self.editor.full_height() - self._edges()

    def parts(self, row: QRect, line: Line, index: Index) -> list[Part]:
        """What can be clicked in a row."""
        area = self.painting.text_rect(row)
        return self.painting.parts(line, area, area.top() + self._text_height(line, area.width(), index))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, row, state = self.painting.look, option.rect, option.state
        line: Line = index.data(LINE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(row, look.color("select" if state & QStyle.StateFlag.State_Selected else "surface"))
        painter.fillRect(row.left(), row.bottom(), row.width(), 1, look.color("border"))
        self.painting.draw_head(painter, row, line, painter.device().devicePixelRatioF())
        if not self._edits(index):
            here = self.present[1] if self.present and self.present[0] == line.uid else None
            self.painting.draw_text(painter, self.painting.text_rect(row), line, self.needle, here)
        for part in self.parts(row, line, index):
            self.painting.draw_part(painter, part)
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(look.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(row).adjusted(1, 1, -1, -2), 6, 6)

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        where = QPersistentModelIndex(index)
        self.editor = LineEditor(parent, where)
        self.editor.document().documentLayout().documentSizeChanged.connect(lambda _size: self.grown.emit(where))
        return self.editor

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        where = QPersistentModelIndex(index)
        if editor is self.editor:
            where, self.editor = self.editor.where, None
        super().destroyEditor(editor, index)
        self.grown.emit(where)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, LineEditor)
        editor.load(index.data(LINE).text)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, LineEditor)
        text = editor.toPlainText().strip()
        if text and text != index.data(LINE).text:
            model.setData(index, text)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        assert isinstance(editor, LineEditor)
        area = self.painting.text_rect(option.rect)
        up, side = self._edges() // 2, self.painting.px(10) + 1   # padding and edge: the text stays where it stood
        editor.setGeometry(area.left() - side, area.top() - up, area.width() + 2 * side, editor.full_height())

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if not isinstance(watched, LineEditor):
            return super().eventFilter(watched, event)
        leave = False
        if isinstance(event, QKeyEvent):
            if watched.composing and event.key() in GUARDED_KEYS:
                return True   # they belong to the input method; QTextEdit or the view would act on them
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            enter = event.key() in ENTER_KEYS and not shift
            leave = event.type() == QEvent.Type.KeyPress and (enter or event.key() in _TAB_KEYS)
        elif event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide):
            watched.rescue()
            if watched.held and event.type() == QEvent.Type.FocusOut:
                return False
            leave = event.type() == QEvent.Type.Hide   # page change: Qt alone would drop what was typed
        if not leave:
            return super().eventFilter(watched, event)
        self.commitData.emit(watched)
        self.closeEditor.emit(watched, QStyledItemDelegate.EndEditHint.NoHint)
        if isinstance(event, QKeyEvent):
            if event.key() in _TAB_KEYS:
                self._view.focusNextPrevChild(event.key() == Qt.Key.Key_Tab)
            else:
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _edges(self) -> int:
        return 2 * self.painting.px(6) + 2

    def _edits(self, index: Index) -> bool:
        return self.editor is not None and self.editor.where == index

    def _text_height(self, line: Line, width: int, index: Index) -> int:
        editing = self.editor_height() if self._edits(index) else None
        return self.painting.text_height(line, width, exact=True) if editing is None else editing
