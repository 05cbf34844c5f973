"""Buttons: primary (one per screen), secondary, ghost, chip and icon-only, each with an accessible name."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton

from kanto_desk.ui.icons import icon, icon_size
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.theme import look

ButtonLook = Literal["primary", "secondary", "ghost", "chip", "icon"]
SQUARE, TALL = 44, 58
"""Height of a place in the rail without and with its name, px at 100 %."""
_INK: dict[ButtonLook, str] = {"primary": "on_accent", "secondary": "text2", "ghost": "accent", "chip": "text2",
                               "icon": "text2"}


class Button(QPushButton):
    """A push button. The accessible name is its text, or `name` where the text does not say enough.

    `key` is shown in the tooltip only: keys are bound through the page's actions, never through the button.
    """

    def __init__(self, text: str = "", picture: str | None = None, kind: ButtonLook = "secondary", *,
                 name: str | None = None, key: str = "", big: bool = False, token: str | None = None) -> None:
        super().__init__()
        self._picture, self._kind, self._token = picture, kind, token or _INK[kind]
        self._filled, self._bare, self._named = False, False, name is not None
        spoken = name or text
        if not spoken:
            raise ValueError("a button needs a text or a name")
        self.setAccessibleName(spoken)
        self.set_words(text)
        set_property(self, "look", kind)
        if big:
            set_property(self, "big", True)
        self.setToolTip(f"{spoken}（{key}）" if key else "" if text else spoken)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.restyle()

    def set_words(self, text: str) -> None:
        """Show other words. Qt puts next to no room between icon and words, so one space goes before them."""
        self.words = text
        if text and not self._named:
            self.setAccessibleName(text)
        self.setText((" " if self._picture and text and not self._bare else "") + text.replace("&", "&&"))

    def set_picture(self, picture: str, *, filled: bool = False, token: str | None = None) -> None:
        """Show another icon."""
        self._picture, self._filled, self._token = picture, filled, token or self._token
        self.restyle()

    def set_bare(self, bare: bool) -> None:
        """Show the words alone, where the room is short."""
        if bare != self._bare:
            self._bare = bare
            self.set_words(self.words)
            self.setIcon(QIcon())
            self.restyle()

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        if self._picture and not self._bare:
            chosen = "accent" if self._kind == "chip" else None
            self.setIcon(icon(self._picture, self._token, 18, chosen=chosen, filled=self._filled))
            self.setIconSize(icon_size(18))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        # Room for bold words, for which Qt makes none: a chosen chip must not be cut off, nor change its width.
        size = super().sizeHint()
        if self._kind == "chip":
            usual = look().metrics("caption").horizontalAdvance(self.text())
            bold = look().metrics("caption", bold=True).horizontalAdvance(self.text())
            size.setWidth(size.width() + max(0, round(bold - usual) + 1))
        return size

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Chip(Button):
    """A small button that is chosen or not."""

    def __init__(self, text: str, picture: str | None = None, *, name: str | None = None, key: str = "") -> None:
        super().__init__(text, picture, "chip", name=name, key=key)
        self.setCheckable(True)


class RailButton(QToolButton):
    """A place in the navigation rail: icon above its name, or the icon alone when the window is narrow."""

    def __init__(self, text: str, picture: str, key: str = "", *, checkable: bool = True) -> None:
        super().__init__()
        self._picture, self._narrow, self._most = picture, False, 0
        self._count, self._tip = 0, f"{text}（{key}）" if key else text
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(self._tip)
        self.setCheckable(checkable)
        self.setAutoExclusive(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_property(self, "look", "rail")
        self.restyle()

    def set_narrow(self, narrow: bool) -> None:
        """Show the icon alone; the name stays as tooltip and accessible name."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.restyle()

    def set_count(self, count: int, words: str) -> None:
        """Show a number in the corner, and say `words` after the name; 0 takes it away."""
        self._count = count
        self.setAccessibleName(f"{self.text()}、{words}" if words else self.text())
        self.setToolTip(f"{self._tip}　{words}" if words else self._tip)
        self.update()

    def paintEvent(self, event: QPaintEvent, /) -> None:
        super().paintEvent(event)
        if not self._count:
            return
        used, shown = look(), str(self._count) if self._count < 100 else "99+"
        width = max(used.px(20), round(used.metrics("mark", bold=True).horizontalAdvance(shown)) + used.px(10))
        area = QRectF(self.width() - width - used.px(4), used.px(4), width, used.px(20))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(used.color("danger_soft"))
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        painter.setPen(used.color("danger"))
        painter.setFont(used.font("mark", bold=True))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown)
        painter.end()

    def set_most(self, height: int) -> None:
        """Be no higher than so many pixels; 0 for the usual height."""
        if height != self._most:
            self._most = height
            self.restyle()

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        self.setIcon(icon(self._picture, "rail_text", 22, chosen="rail_text_on"))
        self.setIconSize(icon_size(22))
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if self._narrow else Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        self.setToolButtonStyle(style)
        px = look().px
        words = round(look().metrics("caption", bold=True).horizontalAdvance(self.text())) + px(8)
        usual = px(SQUARE if self._narrow else TALL)
        self.setFixedSize(px(SQUARE) if self._narrow else max(px(66), words), min(usual, self._most or usual))
