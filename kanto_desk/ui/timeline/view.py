"""The list of lines on screen: keeps the newest in sight, or the line being read where it is.

Heights are exact for the rows on screen, estimated for the others and refined in idle turns of 4 ms.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import Any

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QListView, QScrollBar

from kanto_desk.i18n import tr
from kanto_desk.japanese.places import places
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.theme import look
from kanto_desk.ui.timeline.delegate import TimelineDelegate
from kanto_desk.ui.timeline.handing import HandsTyping
from kanto_desk.ui.timeline.model import SIZE, Index, Line, TimelineModel
from kanto_desk.ui.timeline.paint import Painting, Part, Thumb

Anchor = tuple[QPersistentModelIndex, int] | None
"""A row and its y on screen; None keeps the newest line in sight."""

PHOTO_MIME = "application/x-kanto-photo"
"""What a photo dragged from one line to another carries: its uid."""

_IDLE_SECONDS, _CHUNK, _MANY = 0.004, 20, 50
_LEAST_HEIGHT = 40   # px at 100 %: one line
_BY_KEY = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason,
           Qt.FocusReason.OtherFocusReason)


def plain_thumb(_uid: str, size: QSize) -> QPixmap:
    """A grey ground, for photos that are not read yet."""
    picture = QPixmap(size)
    picture.fill(look().color("neutral_soft"))
    return picture


class Timeline(HandsTyping):
    """The lines of a record. What the user does is told by signals; the page changes the model."""

    edited = Signal(str, str)            # uid, new text
    moved = Signal(str, int)             # uid, new place
    promise_clicked = Signal(str, str)   # uid, "who" or "due"
    contested_asked = Signal(str)        # uid: by its mark, or by Alt+Enter
    photo_clicked = Signal(str, str)     # uid of the line, uid of the photo
    photo_dropped = Signal(str, str)     # uid of the photo, uid of the line it was dragged to

    def __init__(self, model: TimelineModel, thumb: Thumb = plain_thumb) -> None:
        super().__init__()
        self.lines, self._thumb = model, thumb
        model.setParent(self)   # an ownerless model would keep the view alive through its signals
        self.delegate = TimelineDelegate(self, Painting(look(), thumb))
        self._fresh: set[str] = set()    # uids whose height is exact
        self._next, self._laying_out, self._laid, self._at_end = 0, False, False, True
        self._held: Anchor = None
        self._press_place = QPoint()
        self._read_only = False
        self._hits: list[tuple[str, int]] = []   # uid of the line, where in its text
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._refine)
        set_property(self, "box", "card")
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(tr("相談の記録"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBar(_QuietBar(Qt.Orientation.Vertical))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)   # its coming would change all widths
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setDragDropMode(QListView.DragDropMode.InternalMove)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.delegate.grown.connect(self._grow)
        model.rowsAboutToBeInserted.connect(self._hold)
        model.rowsAboutToBeRemoved.connect(self._hold)
        model.rowsRemoved.connect(lambda: self._layout(self._held))
        model.edited.connect(self.edited)
        model.moved.connect(self._was_moved)

    @property
    def at_end(self) -> bool:
        """Whether the newest line is kept in sight."""
        return self._at_end

    @property
    def read_only(self) -> bool:
        """Whether the lines can be read and copied only."""
        return self._read_only

    def set_read_only(self, on: bool) -> None:
        """Let the lines be read and copied, but neither edited, moved nor completed."""
        if on:
            self.commit_editing()
        self._read_only = on
        trigger = QListView.EditTrigger
        self.setEditTriggers(trigger.NoEditTriggers if on else trigger.EditKeyPressed)
        mode = QListView.DragDropMode
        self.setDragDropMode(mode.NoDragDrop if on else mode.InternalMove)

    def edit(self, *args: Any) -> Any:
        """Open an editor, unless the lines are read only."""
        if self._read_only:
            return False if len(args) > 1 else None
        return super().edit(*args)

    def copy(self) -> None:
        """Put the line the cursor is on into the clipboard as text: time, kind, words."""
        row = self.currentIndex().row()
        if row >= 0:
            line = self.lines.line(row)
            QApplication.clipboard().setText(" ".join(filter(None, (line.time, line.look.word, line.text))))

    def show_end(self) -> None:
        """Bring the newest line into sight and keep it there."""
        self._at_end = True
        self._layout(None)

    def edit_last(self) -> bool:
        """Open the editor of the newest line; False when there is none."""
        return self.edit_line(self.lines.rowCount() - 1)

    def edit_line(self, row: int) -> bool:
        """Open the editor of a line and put the cursor there; False when there is no such line."""
        if self._read_only or not 0 <= row < self.lines.rowCount():
            return False
        index = self.lines.index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self.edit(index)
        return self.delegate.editor is not None

    def set_needle(self, text: str) -> list[int]:
        """Mark a text in every spelling wherever it stands; returns the row of each hit. An empty one takes the marks
        away."""
        self.delegate.needle, self.delegate.present = text, None
        self.viewport().update()
        lines = [self.lines.line(n) for n in range(self.lines.rowCount())] if text else []
        self._hits = [(line.uid, start) for line in lines for start, _ in places(line.text, text)]
        rows = {line.uid: n for n, line in enumerate(lines)}
        return [rows[uid] for uid, _ in self._hits]

    def show_hit(self, at: int) -> None:
        """Bring a hit of the text into sight and mark it apart from the others; the cursor goes to its line."""
        uid, _ = self.delegate.present = self._hits[at]
        row = self.lines.row_of(uid)
        if row is not None:
            self.setCurrentIndex(self.lines.index(row, 0))
            self.scrollTo(self.currentIndex())
        self.viewport().update()

    def first_shown(self) -> int:
        """The topmost row on screen."""
        return self._visible().start

    def commit_editing(self) -> None:
        """Take what stands in the open editor, text being composed too."""
        editor = self.delegate.editor
        if editor is not None:
            editor.rescue()
            self.commitData(editor)
            self.closeEditor(editor, TimelineDelegate.EndEditHint.NoHint)

    def part_at(self, place: QPoint) -> tuple[Line, Part] | None:
        """The chip or photo at a place of the viewport, with its line."""
        index = self.indexAt(place)
        if not index.isValid():
            return None
        line = self.lines.line(index.row())
        parts = self.delegate.parts(self.visualRect(index), line, index)
        if self._read_only:   # chips are answers now, no questions
            parts = [part for part in parts if part.name in ("photo", "contested")]
        return next(((line, part) for part in parts if part.area.contains(place)), None)

    def parts_of(self, row: int) -> list[Part]:
        """The chips and photos of a row, at their places in the viewport."""
        index = self.lines.index(row, 0)
        return self.delegate.parts(self.visualRect(index), self.lines.line(row), index)

    def restyle(self) -> None:
        """Take the colours, fonts and sizes in use."""
        self.delegate.painting = Painting(look(), self._thumb)
        self._restale(self._anchor())
        self.viewport().update()

    # Places

    def _anchor(self) -> Anchor:
        editor = self.delegate.editor
        index = self._index(editor.where) if editor else self.indexAt(QPoint(1, 0))
        if not index.isValid() or (self._at_end and not editor):
            return None
        return QPersistentModelIndex(index), self.visualRect(index).top()

    def _index(self, where: QPersistentModelIndex) -> QModelIndex:
        return self.lines.index(where.row(), 0)

    def _hold(self) -> None:
        self._held = self._anchor()

    def _layout(self, anchor: Anchor) -> None:
        """Lay out and put the anchor back, until every row on screen has its exact height."""
        self._laying_out = True
        for _ in range(5):
            self.doItemsLayout()
            bar = self.verticalScrollBar()
            if anchor is None:
                bar.setValue(bar.maximum())
            elif anchor[0].isValid():
                bar.setValue(bar.value() + self.visualRect(self._index(anchor[0])).top() - anchor[1])
            if not self._measure(self._visible()):
                break
        self._laying_out = False

    # Heights

    def _measure(self, rows: Iterable[int], *, exact: bool = True) -> bool:
        """Give stale rows their height; says whether any changed. No signals: each would ask for a layout."""
        width = max(40, self.delegate.painting.text_rect(self.viewport().rect()).width())
        editor, changed = self.delegate.editor, False
        with QSignalBlocker(self.lines):
            for n in rows:
                item, line = self.lines.item(n), self.lines.line(n)
                editing = editor is not None and editor.where.row() == n
                if not editing and line.uid in self._fresh:
                    continue
                height = self.delegate.painting.height(
                    line, width, exact=exact, editor_height=self.delegate.editor_height() if editing else None)
                if exact and not editing:
                    self._fresh.add(line.uid)
                if item.data(SIZE) != QSize(1, height):
                    item.setData(QSize(1, height), SIZE)
                    changed = True
        return changed

    def _visible(self) -> range:
        top, bottom = (self.indexAt(QPoint(1, y)).row() for y in (0, self.viewport().height() - 1))
        return range(max(0, top), (bottom if bottom >= 0 else self.lines.rowCount() - 1) + 1)

    def _restale(self, anchor: Anchor) -> None:
        self._fresh.clear()
        if not self._laid:   # rough heights for all; later the old ones do
            self._laid = True
            self._measure(range(self.lines.rowCount()), exact=False)
        self._measure(self._visible())
        self._layout(anchor)
        self._next = 0
        self._idle.start()

    def _refine(self) -> None:
        """Idle work: some milliseconds of exact heights, then back to the event loop."""
        end, changed, count = perf_counter() + _IDLE_SECONDS, False, self.lines.rowCount()
        while self._next < count and perf_counter() < end:
            changed |= self._measure(range(self._next, min(self._next + _CHUNK, count)))
            self._next += _CHUNK
        if changed:
            self._layout(self._anchor())
        if self._next >= count:
            self._idle.stop()

    def _grow(self, where: QPersistentModelIndex) -> None:
        if not where.isValid():
            return
        self._fresh.discard(self.lines.line(where.row()).uid)
        if self._measure([where.row()]):
            self._layout(self._anchor())
            self.scrollTo(self._index(where))
        self.updateEditorGeometries()

    # What Qt calls

    def dataChanged(self, first: Index, last: Index, roles: Iterable[int] = ()) -> None:
        super().dataChanged(first, last, list(roles))
        rows = range(first.row(), last.row() + 1)
        self._fresh.difference_update(self.lines.line(n).uid for n in rows)
        if self._measure(rows):
            self._layout(self._anchor())

    def rowsInserted(self, parent: Index, first: int, last: int) -> None:
        super().rowsInserted(parent, first, last)
        exact = self._laid and last - first < _MANY
        self._fresh.difference_update(self.lines.line(n).uid for n in range(first, last + 1))
        self._measure(range(first, last + 1), exact=exact)   # always some height: without one Qt lays out each text
        if self._laid:
            self._layout(self._held)
            if not exact:
                self._next = 0
                self._idle.start()

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(120), look().px(_LEAST_HEIGHT))   # the box below it and the head above come first

    def focusInEvent(self, event: QFocusEvent, /) -> None:
        super().focusInEvent(event)
        if event.reason() in _BY_KEY and self.lines.rowCount():   # the ring stands on a line: let there be one in sight
            now = self.currentIndex()
            if not now.isValid():
                self.setCurrentIndex(self.lines.index(self._visible().stop - 1, 0))
            elif now.row() not in self._visible():
                self.scrollTo(now)

    def paintEvent(self, event: QPaintEvent, /) -> None:
        super().paintEvent(event)
        if self.hasFocus() and not self.lines.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(look().color("focus"), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
            painter.end()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        anchor = self._anchor()
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._restale(anchor)
        else:
            self._layout(anchor)

    def scrollContentsBy(self, dx: int, dy: int, /) -> None:
        super().scrollContentsBy(dx, dy)
        if not self._laying_out:   # the reader scrolls, not we
            self._at_end = self.verticalScrollBar().value() >= self.verticalScrollBar().maximum() - 2
            if self._measure(self._visible()):
                self._layout(self._anchor())

    def wheelEvent(self, event: QWheelEvent, /) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()   # zoom belongs to the window
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        row, up = self.currentIndex().row(), event.key() == Qt.Key.Key_Up
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and (up or event.key() == Qt.Key.Key_Down):
            if row >= 0 and not self._read_only:
                self.lines.moveRows(QModelIndex(), row, 1, QModelIndex(), row - 1 if up else row + 2)
        elif event.key() in ENTER_KEYS and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            if row >= 0 and self.lines.line(row).contested:
                self.contested_asked.emit(self.lines.line(row).uid)
        elif event.key() in ENTER_KEYS and row >= 0:
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent, /) -> None:
        super().mousePressEvent(event)
        self._press_place = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent, /) -> None:
        super().mouseMoveEvent(event)
        over = self.part_at(event.position().toPoint())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent, /) -> None:
        dragging = self.state() == QListView.State.DraggingState
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or dragging:
            return
        if (place - self._press_place).manhattanLength() > QApplication.startDragDistance():
            return
        found, index = self.part_at(place), self.indexAt(place)
        if found is not None:
            self._part_clicked(*found)
        elif index.isValid():
            self.edit(index)

    def startDrag(self, _actions: Qt.DropAction, /) -> None:
        """Drag the chosen line, or the photo that was pressed.

        Qt's own would take the row away after a move that `dropEvent` has done already.
        """
        pressed = self.part_at(self._press_place)
        if pressed is not None and pressed[1].name == "photo":
            self._drag_photo(pressed[1])
            return
        index = self.currentIndex()
        if index.isValid():
            drag = QDrag(self)
            drag.setMimeData(self.lines.mimeData([index]))
            drag.setPixmap(self.viewport().grab(self.visualRect(index)))
            drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.MoveAction)

    def _drag_photo(self, part: Part) -> None:
        drag, data = QDrag(self), QMimeData()
        data.setData(PHOTO_MIME, part.uid.encode())
        drag.setMimeData(data)
        drag.setPixmap(self._thumb(part.uid, part.area.size() / 2))
        drag.exec(Qt.DropAction.CopyAction, Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent, /) -> None:
        if event.mimeData().hasFormat(PHOTO_MIME):
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent, /) -> None:
        super().dragMoveEvent(event)
        if event.mimeData().hasFormat(PHOTO_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent, /) -> None:
        """A line dropped between two others goes there; it is moved here, so the drag itself must move nothing.

        A photo dropped on a line goes under it.
        """
        if self._read_only:
            event.ignore()
            return
        if event.mimeData().hasFormat(PHOTO_MIME):
            onto = self.indexAt(event.position().toPoint())
            if onto.isValid():
                photo = bytes(event.mimeData().data(PHOTO_MIME).data()).decode()
                self.photo_dropped.emit(photo, self.lines.line(onto.row()).uid)
            event.accept()
            self.stopAutoScroll()
            self.setState(QListView.State.NoState)
            return
        row, place = self.currentIndex().row(), event.position().toPoint()
        under = self.indexAt(place)
        to = self.lines.rowCount()
        if under.isValid():
            to = under.row() + (place.y() > self.visualRect(under).center().y())
        self.lines.moveRows(QModelIndex(), row, 1, QModelIndex(), to)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.stopAutoScroll()
        self.setState(QListView.State.NoState)
        self.viewport().update()

    def _part_clicked(self, line: Line, part: Part) -> None:
        if part.name == "contested":
            self.contested_asked.emit(line.uid)
        elif part.name == "photo":
            self.photo_clicked.emit(line.uid, part.uid)
        else:
            self.promise_clicked.emit(line.uid, part.name)

    def _was_moved(self, uid: str, place: int) -> None:
        self.setCurrentIndex(self.lines.index(place, 0))
        self.moved.emit(uid, place)


class _QuietBar(QScrollBar):
    """A scroll bar that keeps its room and shows nothing while there is nothing to scroll."""

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)

    def paintEvent(self, event: QPaintEvent, /) -> None:
        if self.maximum() > self.minimum():
            super().paintEvent(event)
