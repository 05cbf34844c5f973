"""Text on screen: labels, wrapped text at 150 % line height, eliding names, pills, key caps and marks.

User text is escaped before it is drawn as rich text. Nothing here can be edited.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.icons import pixmap
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import FOUND, HERE

Role = Literal["body", "h1", "h2", "h3", "number", "bold", "entry", "second", "caption", "time", "error", "warning",
               "key", "required", "optional"]
Tone = Literal["text2", "text3", "accent", "ok", "warn", "danger", "info", "violet"]
GROUNDS: dict[str, str] = {"text2": "neutral_soft", "text3": "neutral_soft", "accent": "accent_soft", "ok": "ok_soft",
                           "warn": "warn_soft", "danger": "danger_soft", "info": "info_soft", "violet": "violet_soft"}
"""Ink of a pill → its ground."""
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "\n": "<br>"})


def _room(size: QSize) -> QSize:
    """A size with room for g and y: this font's own line is one em high and cuts them off."""
    return QSize(size.width(), size.height() + look().px(4))


class Label(QLabel):
    """One line of text in a role of the style sheet; never rich text, so user text needs no escaping."""

    def __init__(self, text: str = "", role: Role = "body", *, tone: Tone | None = None) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        set_property(self, "role", role)
        self._least: Callable[[], int] | None = None
        if tone:
            set_property(self, "tone", tone)

    def sizeHint(self) -> QSize:
        return _room(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return _room(super().minimumSizeHint())

    def set_tone(self, tone: Tone | None) -> None:
        """Change the colour of the text."""
        set_property(self, "tone", tone or "")

    def keep_width(self, least: Callable[[], int]) -> None:
        """Take one width for good, as labels in a column do: `least` px, asked again for every zoom, or its words'."""
        self._least = least
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        if self._least is not None:
            self.ensurePolished()
            self.setFixedWidth(max(self._least(), self.sizeHint().width()))


class Wrapped(QLabel):
    """Text that wraps, at 150 % line height. Takes plain text; line breaks are kept."""

    def __init__(self, text: str = "", role: Role = "body", *, tone: Tone | None = None,
                 selectable: bool = False) -> None:
        super().__init__()
        self._plain = ""
        self._marks: Sequence[tuple[int, int, bool]] = ()
        self._lined = False
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        set_property(self, "role", role)
        if tone:
            set_property(self, "tone", tone)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_text(text)

    def sizeHint(self) -> QSize:
        return _room(super().sizeHint())

    def heightForWidth(self, width: int, /) -> int:
        return super().heightForWidth(width) + look().px(4)

    def plain(self) -> str:
        """The text as it was given."""
        return self._plain

    def set_text(self, text: str) -> None:
        """Show `text`; it is escaped here."""
        self._plain, self._marks = text, ()
        self._draw()
        self.setAccessibleName(text)

    def mark(self, marks: Sequence[tuple[int, int, bool]], *, lined: bool = False) -> None:
        """Mark places (begin, end, whether it is the present one); none takes the marks away. `lined`: a line, too."""
        if tuple(marks) != tuple(self._marks):
            self._marks, self._lined = tuple(marks), lined
            self._draw()

    def _draw(self) -> None:
        pieces, at = [], 0
        line = "; text-decoration:underline" if self._lined else ""   # colour never speaks alone
        for start, end, here in self._marks:
            ink, ground = (look().color(token).name() for token in (HERE if here else FOUND))
            pieces += [self._plain[at:start].translate(_ESCAPED),
                       f'<span style="color:{ink}; background-color:{ground}{line}">',
                       self._plain[start:end].translate(_ESCAPED), "</span>"]
            at = end
        escaped = "".join((*pieces, self._plain[at:].translate(_ESCAPED)))
        self.setText(f'<p style="margin:0; line-height:150%">{escaped}</p>' if self._plain else "")


class Elided(QLabel):
    """A name on one line that gives way in the middle when the room is short; the whole text is in the tooltip."""

    def __init__(self, text: str = "", role: Role = "body", *, tone: Tone | None = None) -> None:
        super().__init__()
        self._full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        set_property(self, "role", role)
        if tone:
            set_property(self, "tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def full(self) -> str:
        """The whole text."""
        return self._full

    def set_text(self, text: str) -> None:
        """Show `text`."""
        self._full = text
        self.setAccessibleName(text)
        self._elide()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        return _room(QSize(math.ceil(QFontMetricsF(self.font()).horizontalAdvance(self._full)) + 2,
                           super().sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        self.ensurePolished()
        some = min(len(self._full), 6)
        return _room(QSize(math.ceil(QFontMetricsF(self.font()).horizontalAdvance("国" * some)),
                           super().minimumSizeHint().height()))

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent, /) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._elide()

    def _elide(self) -> None:
        shown = QFontMetricsF(self.font()).elidedText(self._full, Qt.TextElideMode.ElideMiddle, self.width() + 1)
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")


class Picture(QLabel):
    """An icon that says nothing the text beside it does not say; hidden from screen readers unless named."""

    def __init__(self, name: str, token: str = "text2", size: int = 18, *, spoken: str = "") -> None:
        super().__init__()
        self._name, self._token, self._size = name, token, size
        self.setAccessibleName(spoken)
        self.restyle()

    def set_icon(self, name: str, token: str = "text2") -> None:
        """Show another icon."""
        self._name, self._token = name, token
        self.restyle()

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        self.setPixmap(pixmap(self._name, self._token, self._size))
        side = look().px(self._size)
        self.setFixedSize(side, side)


class Pill(QWidget):
    """A word in a rounded ground, with an icon: colour never speaks alone."""

    def __init__(self, text: str, tone: Tone = "text2", icon: str | None = None, *, bold: bool = False) -> None:
        super().__init__()
        self._text, self._tone, self._icon, self._bold = text, tone, icon, bold
        self._room: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        self.restyle()

    def text(self) -> str:
        """The word shown."""
        return self._text

    def set_state(self, text: str, tone: Tone | None = None, icon: str | None = None) -> None:
        """Show another word, and another colour and icon if given."""
        self._text, self._tone, self._icon = text, tone or self._tone, icon or self._icon
        self.setAccessibleName(text)   # not at each restyle: who shows less of it may have given a longer name
        self.restyle()

    def set_room(self, room: int | None) -> None:
        """Give way in the middle when the word is wider than `room` pixels; then the tooltip has the whole of it."""
        if room != self._room:
            self._room = room
            self.restyle()

    def whole_width(self) -> int:
        """The width that the whole word needs, in pixels."""
        return self._width(self._text)

    def shown(self) -> str:
        """The word as it fits."""
        if self._room is None or self.whole_width() <= self._room:
            return self._text
        return look().metrics("caption", bold=self._bold).elidedText(
            self._text, Qt.TextElideMode.ElideMiddle, max(0, self._room - self._width("")))

    def restyle(self) -> None:
        """Take the colours and sizes in use."""
        self.setFixedSize(self.sizeHint())
        if self._room is not None:
            self.setToolTip(self._text if self.shown() != self._text else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width(self.shown()), look().px(25))

    def _width(self, text: str) -> int:
        used = look()
        words = math.ceil(used.metrics("caption", bold=self._bold).horizontalAdvance(text))
        return words + used.px(20 + (20 if self._icon else 0))

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(used.color(GROUNDS[self._tone]))
        area = QRectF(self.rect())
        painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
        left = used.px(10)
        if self._icon:
            at = used.px(9) if self._text else (self.width() - used.px(15)) // 2
            painter.drawPixmap(at, (self.height() - used.px(15)) // 2, pixmap(self._icon, self._tone, 15))
            left = used.px(29)
        painter.setPen(used.color(self._tone))
        painter.setFont(used.font("caption", bold=self._bold))
        painter.drawText(area.adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.shown())
        painter.end()


class Ground(QWidget):
    """A small rounded ground with an icon, before a line that is pressed as a whole."""

    def __init__(self, icon: str, tone: Tone) -> None:
        super().__init__()
        self._tone, self._icon = tone, icon
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedSize(look().px(34), look().px(34))

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(used.color(GROUNDS[self._tone]))
        painter.drawRoundedRect(QRectF(self.rect()), used.px(6), used.px(6))
        inset = (self.width() - used.px(18)) // 2
        painter.drawPixmap(inset, inset, pixmap(self._icon, self._tone, 18))
        painter.end()


class KeyCap(Label):
    """A key as it stands on the keyboard: Ctrl+K."""

    def __init__(self, keys: str) -> None:
        super().__init__(keys, "key")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class Mark(Label):
    """必須 or 任意: both are always marked."""

    def __init__(self, *, required: bool) -> None:
        super().__init__("", "optional")
        self.set_required(required=required)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_required(self, *, required: bool) -> None:
        """Say the one or the other."""
        self.setText(tr("必須") if required else tr("任意"))
        set_property(self, "role", "required" if required else "optional")
