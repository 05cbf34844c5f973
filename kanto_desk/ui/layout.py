"""Layouts and boxes whose spaces follow the zoom. Must not know what they hold."""

from __future__ import annotations

from typing import Literal, TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAccessible, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QLayout, QLayoutItem, QScrollArea, QSizePolicy, QWidget

from kanto_desk.ui.theme import look

Part = QWidget | QLayout | int | None
"""What a row or column is filled with: a widget, a layout, a space in px at 100 %, or None for a stretch."""
Margins = tuple[int, int, int, int]
Box = Literal["page", "card", "hero", "chosen", "soft", "accent", "ok", "warn", "danger", "floating", "palette", "menu",
              "side", "quiet", "top", "foot", "banner", "alarm", "rail", "paper"]

_ABOVE_FOCUS = 48   # px at 100 % kept in sight around what has the focus: the label above a field, too

W = TypeVar("W", bound=QWidget)


class _Scaled(QBoxLayout):
    """A box layout that keeps its sizes at 100 % and scales them."""

    def __init__(self, direction: QBoxLayout.Direction, parts: tuple[Part, ...], space: int, margins: Margins) -> None:
        super().__init__(direction)
        self._space, self._margins = space, margins
        self._gaps: list[tuple[QLayoutItem, int]] = []
        self.rescale()
        self.fill(*parts)

    def fill(self, *parts: Part) -> None:
        """Add parts at the end."""
        for part in parts:
            if part is None:
                self.addStretch(1)
            elif isinstance(part, int):
                self.addSpacing(look().px(part))
                item = self.itemAt(self.count() - 1)
                if item is not None:
                    self._gaps.append((item, part))
            elif isinstance(part, QLayout):
                self.addLayout(part)
            else:
                self.addWidget(part)

    def set_margins(self, margins: Margins) -> None:
        """Take other margins, in px at 100 %."""
        if margins != self._margins:
            self._margins = margins
            self.rescale()

    def takeAt(self, index: int, /) -> QLayoutItem | None:
        item = super().takeAt(index)
        self._gaps = [(gap, size) for gap, size in self._gaps if gap is not item]   # it is its taker's now
        return item

    def rescale(self) -> None:
        """Take the sizes of the zoom in use."""
        px = look().px
        self.setSpacing(px(self._space))
        self.setContentsMargins(*(px(side) for side in self._margins))
        for item, size in self._gaps:
            spacer = item.spacerItem()
            if spacer is not None:
                across = self.direction() in (QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.RightToLeft)
                spacer.changeSize(px(size) if across else 0, 0 if across else px(size))
        self.invalidate()


class Row(_Scaled):
    """Parts side by side. `space` and `margins` (left, top, right, bottom) are px at 100 %."""

    def __init__(self, *parts: Part, space: int = 8, margins: Margins = (0, 0, 0, 0)) -> None:
        super().__init__(QBoxLayout.Direction.LeftToRight, parts, space, margins)


class Column(_Scaled):
    """Parts one below the other. `space` and `margins` (left, top, right, bottom) are px at 100 %."""

    def __init__(self, *parts: Part, space: int = 8, margins: Margins = (0, 0, 0, 0)) -> None:
        super().__init__(QBoxLayout.Direction.TopToBottom, parts, space, margins)


class Flow(QLayout):
    """Parts side by side, broken into as many rows as the width needs; for chips.

    With `spread` the last part stands at the right edge while all of them fit into one row; for headings.
    """

    def __init__(self, *widgets: QWidget, space: int = 6, spread: bool = False) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._space, self._spread = space, spread
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem, /) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int, /) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int, /) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int, /) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect, /) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items if not item.isEmpty()]
        gap = look().px(self._space)
        return QSize(sum(size.width() + gap for size in sizes), max((size.height() for size in sizes), default=0))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def rescale(self) -> None:
        """Take the sizes of the zoom in use."""
        self.invalidate()

    def _place(self, rect: QRect, *, move: bool) -> int:
        gap = look().px(self._space)
        rows: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        x = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if size.width() > rect.width():
                size.setWidth(max(1, rect.width()))
                if item.hasHeightForWidth():
                    size.setHeight(item.heightForWidth(size.width()))
            if rows[-1] and x + size.width() > rect.width():
                rows.append([])
                x = 0
            rows[-1].append((item, size))
            x += size.width() + gap
        y, free = rect.y(), rect.width() - x + gap
        for row in rows:
            tallest, x = max((size.height() for _item, size in row), default=0), rect.x()
            for at, (item, size) in enumerate(row):
                if self._spread and len(rows) == 1 and 0 < at == len(row) - 1:
                    x += free
                if move:
                    item.setGeometry(QRect(QPoint(x, y + (tallest - size.height()) // 2), size))
                x += size.width() + gap
            y += tallest + gap
        return max(0, y - gap - rect.y())


def boxed(box: Box, layout: QLayout) -> QFrame:
    """A frame drawn as a box of the style sheet, holding `layout`."""
    frame = QFrame()
    set_property(frame, "box", box)
    frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
    frame.setLayout(layout)
    return frame


def card(*parts: Part, box: Box = "card", space: int = 8, margins: Margins = (16, 12, 16, 12)) -> QFrame:
    """A box with its parts one below the other."""
    return boxed(box, Column(*parts, space=space, margins=margins))


def holder(layout: QLayout) -> QWidget:
    """A plain widget that holds `layout` and draws nothing."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


def hairline() -> QFrame:
    """A line between parts; decoration only."""
    line = QFrame()
    set_property(line, "box", "hairline")
    line.setFixedHeight(1)
    return line


class Scrolling(QScrollArea):
    """An area that scrolls up and down, never sideways. What takes the focus by key inside it comes into sight."""

    accessible_role = QAccessible.Role.Pane

    def __init__(self) -> None:
        super().__init__()
        self._read_as = ""
        self._at = 0   # where the last focus was brought into sight; elsewhere somebody has scrolled since
        self.verticalScrollBar().rangeChanged.connect(self._offer_stop)
        self.verticalScrollBar().rangeChanged.connect(self._follow_again)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def read_by_keys(self, name: str) -> None:
        """Where nothing inside takes keys: be a Tab stop called `name` while there is more than is seen, so that the
        arrow keys scroll. "" takes it back."""
        self._read_as = name
        self.setAccessibleName(name)
        set_property(self, "ring", bool(name))
        QApplication.sendEvent(self, QEvent(QEvent.Type.StyleChange))   # makes room for the ring at once
        self._offer_stop()

    def setWidget(self, widget: QWidget, /) -> None:
        super().setWidget(widget)
        widget.installEventFilter(self)
        self._name_height()

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self._name_height()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        self._name_height()
        super().resizeEvent(event)

    def _name_height(self) -> None:
        """Name the height that the content needs at this width. Qt would take the height of its narrowest form, with
        every text broken as often as it can be, and leave empty room below.

        Reckoned from the area alone, never from whether the bar stands: else bar and content push each other.
        """
        inside = self.widget()
        layout = inside.layout() if inside is not None and self.widgetResizable() else None
        if inside is None or layout is None or not layout.hasHeightForWidth():
            return
        room = self.maximumViewportSize()
        need = layout.totalMinimumHeightForWidth(room.width())
        if need > room.height():
            need = layout.totalMinimumHeightForWidth(room.width() - self.verticalScrollBar().sizeHint().width())
        inside.setMinimumHeight(max(1, need))

    def _offer_stop(self) -> None:
        needed = bool(self._read_as) and self.verticalScrollBar().maximum() > 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if needed else Qt.FocusPolicy.NoFocus)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        # Qt does so only when Tab stays inside the area. Under a pressed mouse nothing may move.
        inside = self.widget()
        if (now is not None and inside is not None and inside.isAncestorOf(now)
                and QApplication.mouseButtons() == Qt.MouseButton.NoButton):
            self.ensureWidgetVisible(now, 0, look().px(_ABOVE_FOCUS))
            self._at = self.verticalScrollBar().value()

    def _follow_again(self) -> None:
        """What came or grew while it was laid out may have pushed the focus out of sight."""
        if self.verticalScrollBar().value() == self._at:
            self._follow(None, QApplication.focusWidget())


def scrolling(widget: QWidget, *, box: Box = "page", read_as: str = "") -> Scrolling:
    """`widget` in an area that scrolls up and down, never sideways. With `read_as`, for what holds no controls, it is a
    Tab stop of that name while there is more than is seen."""
    area = Scrolling()
    set_property(area, "box", box)
    set_property(widget, "box", box)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    if read_as:
        area.read_by_keys(read_as)
    return area


def least_height(widget: QWidget, width: int) -> int:
    """How low a widget of this width can be without cutting anything off, in px."""
    layout = widget.layout()
    least = widget.minimumSizeHint().height()
    if layout is not None and layout.hasHeightForWidth():
        least = max(least, layout.totalMinimumHeightForWidth(width))
    return least


def compact(widget: W) -> W:
    """Let a widget take no more room than it needs; returns it."""
    widget.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return widget


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet asks for, and restyle the widget if it is already drawn."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return   # the first polish asks for the property; asking for the style costs more than all the rest here
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()
