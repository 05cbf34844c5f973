"""A card or row of several parts that is pressed as a whole: by click, Space, or Enter through the page."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLayout, QSizePolicy, QWidget

from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import RADIUS, TARGET

Edge = Literal["border", "field", "accent", "none"]


class Pressable(QAbstractButton):
    """Draws ground and edge itself; what it holds is shown, but takes neither mouse nor focus."""

    def __init__(self, layout: QLayout, name: str, more: str = "", *, edge: Edge = "border") -> None:
        super().__init__()
        self._edge: Edge = edge
        self.setAccessibleName(name)
        self.setAccessibleDescription(more)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setLayout(layout)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, True)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return self._target(layout.sizeHint() if layout else super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        layout = self.layout()
        return self._target(layout.minimumSize() if layout else super().minimumSizeHint())

    def hasHeightForWidth(self) -> bool:
        layout = self.layout()
        return layout is not None and layout.hasHeightForWidth()

    def heightForWidth(self, width: int, /) -> int:
        layout = self.layout()
        return max(layout.heightForWidth(width), look().px(TARGET["chip"])) if layout else -1

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.updateGeometry()
        self.update()

    @staticmethod
    def _target(size: QSize) -> QSize:
        # No minimum height of the widget: Qt would take it instead of what the parts need, and press them flat.
        return size.expandedTo(QSize(0, look().px(TARGET["chip"])))

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self._edge == "accent" or self.isChecked()
        edge = "focus" if self.hasFocus() else "accent" if marked else self._edge
        width = 2 if self.hasFocus() or marked else 1
        hover = self.underMouse() and not marked
        if edge == "none":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(used.color("accent_soft") if hover else Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(QPen(used.color(edge), width))
            painter.setBrush(used.color("accent_soft" if hover else "surface"))
        radius = used.px(RADIUS["field" if self._edge == "none" else "card"])
        inset = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)
        painter.end()
