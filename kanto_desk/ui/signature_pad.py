"""A pad to sign on with pen, finger or mouse. Strokes are vectors in a unit box; what they sign is not known here.

Signing without a pen (paper, or the name alone) is offered elsewhere on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.report.consultation_values import SIGNED_BOX
from kanto_desk.ui.notices import announce
from kanto_desk.ui.theme import look

Point = tuple[float, float]
Stroke = tuple[Point, ...]
"""Points of one stroke, x and y in 0…1 of the signed box (`SIGNED_BOX`), y downwards."""

_LEAST_STEP = 0.002  # points closer than this add nothing to the line


class SignaturePad(QWidget):
    """Collects strokes. `changed` comes after each stroke, undo and clear."""

    changed = Signal()
    accessible_role = QAccessible.Role.Canvas

    def __init__(self) -> None:
        super().__init__()
        self._strokes: list[Stroke] = []
        self._now: list[Point] = []
        self._source = ""   # "pen", "touch" or "mouse": Qt sends mouse events for the other two as well
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents, True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._name()

    def strokes(self) -> tuple[Stroke, ...]:
        """The strokes finished so far."""
        return tuple(self._strokes)

    def set_strokes(self, strokes: Sequence[Sequence[Sequence[float]]]) -> None:
        """Show strokes that were kept. Raises ValueError for a point outside the unit box."""
        kept = [tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes]
        if any(not (0 <= x <= 1 and 0 <= y <= 1) for stroke in kept for x, y in stroke):
            raise ValueError("a point outside the unit box")
        self._strokes = list(kept)
        self._name()
        self.update()

    def is_empty(self) -> bool:
        """Whether nothing is signed."""
        return not self._strokes

    def undo_stroke(self) -> None:
        """Take the last stroke back."""
        if self._strokes:
            self._strokes.pop()
            self._tell()

    def clear(self) -> None:
        """Take every stroke back."""
        if self._strokes:
            self._strokes.clear()
            self._tell()

    def sizeHint(self) -> QSize:
        width = look().px(354)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(200), look().px(74))

    def heightForWidth(self, width: int, /) -> int:
        return round(width / SIGNED_BOX)

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        self.updateGeometry()
        self.update()

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        p.setPen(QPen(used.color("focus" if focused else "field"), 2 if focused else 1))
        p.setBrush(used.color("paper"))
        edge = 1.0 if focused else 0.5
        p.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), used.px(6), used.px(6))
        line = QPen(used.color("paper_line"), 1, Qt.PenStyle.DashLine)
        p.setPen(line)
        y = round(self.height() * 0.75)
        p.drawLine(used.px(20), y, self.width() - used.px(20), y)
        p.setPen(QPen(used.color("ink"), max(1.5, self.width() / 160), Qt.PenStyle.SolidLine,
                      Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        p.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in (*self._strokes, tuple(self._now)):
            if stroke:
                p.drawPath(self.path(stroke))
        p.end()

    def event(self, event: QEvent, /) -> bool:
        if isinstance(event, QTouchEvent):
            self._touch(event)
            return True
        return super().event(event)

    def tabletEvent(self, event: QTabletEvent, /) -> None:
        if event.type() == QEvent.Type.TabletPress:
            self._begin("pen", event.position())
        elif event.type() == QEvent.Type.TabletMove:
            self._go_on("pen", event.position())
        elif event.type() == QEvent.Type.TabletRelease:
            self._end("pen", event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent, /) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin("mouse", event.position())

    def mouseMoveEvent(self, event: QMouseEvent, /) -> None:
        self._go_on("mouse", event.position())

    def mouseReleaseEvent(self, event: QMouseEvent, /) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._end("mouse", event.position())

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Backspace:
            self.undo_stroke()
        elif event.key() == Qt.Key.Key_Delete:
            self.clear()
        else:
            super().keyPressEvent(event)

    def _touch(self, event: QTouchEvent) -> None:
        points = event.points()
        if not points:
            return
        first = points[0].position()
        if event.type() == QEvent.Type.TouchBegin:
            self._begin("touch", first)
        elif event.type() == QEvent.Type.TouchUpdate:
            self._go_on("touch", first)
        elif event.type() == QEvent.Type.TouchEnd:
            self._end("touch", first)
        else:                       # cancelled: a palm, not a stroke
            self._now, self._source = [], ""
            self.update()
        event.accept()

    def _begin(self, source: str, place: QPointF) -> None:
        if self._source:
            return
        self._source, self._now = source, [self._unit(place)]
        self.update()

    def _go_on(self, source: str, place: QPointF) -> None:
        if source != self._source:
            return
        point, last = self._unit(place), self._now[-1]
        if max(abs(point[0] - last[0]), abs(point[1] - last[1])) >= _LEAST_STEP:
            self._now.append(point)
            self.update()

    def _end(self, source: str, place: QPointF) -> None:
        if source != self._source:
            return
        self._go_on(source, place)
        self._strokes.append(tuple(self._now))
        self._now, self._source = [], ""
        self._tell()

    def _unit(self, place: QPointF) -> Point:
        box = self._box()
        return (round(min(1.0, max(0.0, (place.x() - box.x()) / box.width())), 4),
                round(min(1.0, max(0.0, (place.y() - box.y()) / box.height())), 4))

    def _box(self) -> QRectF:
        """The least box of its shape around the pad: where a layout squeezes the pad, the hand is not squeezed."""
        width = max(1.0, self.width(), self.height() * SIGNED_BOX)
        height = width / SIGNED_BOX
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def path(self, stroke: Stroke) -> QPainterPath:
        """A stroke as this pad shows it, in px: a smooth line, curves through the middles between the points."""
        box = self._box()
        points = [QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in stroke]
        path = QPainterPath(points[0])
        if len(points) == 1:
            path.lineTo(points[0] + QPointF(0.1, 0.1))
        for one, other in pairwise(points[1:]):
            path.quadTo(one, (one + other) / 2)
        if len(points) > 1:
            path.lineTo(points[-1])
        return path

    def _name(self) -> None:
        self.setAccessibleName(tr("署名欄"))
        self.setAccessibleDescription(tr("{count}画 書かれています", count=len(self._strokes)) if self._strokes
                                      else tr("まだ書かれていません"))

    def _tell(self) -> None:
        self._name()
        announce(self, self.accessibleDescription())
        self.update()
        self.changed.emit()
