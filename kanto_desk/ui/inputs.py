"""Text editors of forms: one line, several lines, numbers, and lines that are put in order when they are left.

All editors of this package speak the protocol `Editor`. Must not know fields, records or services.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from PySide6.QtCore import QMimeData, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QLineEdit, QMenu, QSizePolicy, QTextEdit, QWidget

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.japanese.text import half_width
from kanto_desk.ui import pasting
from kanto_desk.ui.composing import Composing
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.theme import look
from kanto_desk.ui.tokens import LINE_HEIGHT, TYPE

Normalise = Callable[[str], str]
"""Puts a text in order when its box is left; raises Refused with the reason when it cannot be read."""


class Editor(Protocol):
    """What forms ask of an editor. Every one of them is a QWidget as well."""

    @property
    def edited(self) -> SignalInstance: ...   # the user changed the value

    @property
    def left(self) -> SignalInstance: ...     # the focus went elsewhere

    @property
    def composing(self) -> bool: ...

    @property
    def readable(self) -> bool: ...   # False: what stands here is no value; it is neither saved nor replaced

    def value(self) -> Any: ...

    def set_value(self, value: Any, /) -> None: ...

    def set_error(self, text: str | None, /) -> None: ...


def mark_error(widget: QWidget, text: str | None) -> None:
    """Draw the edge of an error round `widget` and tell screen readers."""
    set_property(widget, "error", bool(text))
    widget.setAccessibleDescription(text or "")


def menu_words() -> dict[str, str]:
    """The words of a text box's own menu by Qt's names of its commands: Qt's would change language on restart only."""
    return {"edit-undo": tr("元に戻す"), "edit-redo": tr("やり直す"), "edit-cut": tr("切り取り"),
            "edit-copy": tr("コピー"), "edit-paste": tr("貼り付け"), "edit-delete": tr("削除"),
            "select-all": tr("すべて選ぶ")}


def speak(menu: QMenu) -> QMenu:
    """Give a text box's own menu the words of the language in use; its keys stay. Gives the menu."""
    words = menu_words()
    for action in menu.actions():
        if action.objectName() in words:
            key = action.text().partition("\t")[2]
            action.setText("\t".join(filter(None, (words[action.objectName()], key))))
    return menu


def reads(read: Callable[[str], object], text: str) -> bool:
    """Whether `read` takes a text, or nothing stands there."""
    if not text.strip():
        return True
    try:
        read(text)
    except Refused:
        return False
    return True


class LineInput(Composing, QLineEdit):
    """One line of text. `width` is the number of full-width characters the box fits; None takes all the room.

    `composed` makes text being composed part of the value: it is saved like any other typing.
    """

    edited = Signal()
    left = Signal()
    error_changed = Signal(str)

    def __init__(self, *, normalise: Normalise | None = None, width: float | None = None,
                 max_length: int | None = None, composed: bool = False) -> None:
        super().__init__()
        self._normalise, self._width, self._composed = normalise, width, composed
        if max_length:
            self.setMaxLength(max_length)
        self.textEdited.connect(self._user_edited)
        self.restyle()

    @property
    def readable(self) -> bool:
        """Whether the text can be taken as a value. Text always can, even if it is out of order."""
        return True

    def value(self) -> Any:
        """The text without spaces at its ends; None when empty."""
        if not self._composed or not self.preedit:
            return self.text().strip() or None
        return with_composed(self.text(), self.cursorPosition(), self.preedit)[:self.maxLength()].strip() or None

    def composition_changed(self) -> None:
        if self._composed:
            self.edited.emit()

    def put_in_order_by(self, normalise: Normalise) -> None:
        """What is done to the text when the box is left."""
        self._normalise = normalise

    def set_value(self, value: Any, /) -> None:
        """Show a value; takes the error away."""
        self.setText("" if value is None else str(value))
        self.setCursorPosition(0)
        self.set_error(None)

    def set_error(self, text: str | None, /) -> None:
        """Show or take away an error."""
        mark_error(self, text)
        self.error_changed.emit(text or "")

    def contextMenuEvent(self, event: QContextMenuEvent, /) -> None:
        menu = speak(self.createStandardContextMenu())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def restyle(self) -> None:
        """Take the sizes in use."""
        if self._width is not None:
            self.setMaximumWidth(math.ceil(look().px(TYPE["body"]) * (self._width + 0.5)) + look().px(24))

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        super().focusOutEvent(event)
        if self.held:
            return
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.tidy()
        self.left.emit()

    def tidy(self) -> None:
        """Put the text in order, or show why it cannot be read; what was typed stays."""
        if self._normalise is None or not self.text().strip():
            return
        try:
            ordered = self._normalise(self.text())
        except Refused as refused:
            self.set_error(refused.message)
            return
        self.set_error(None)
        if ordered != self.text():
            self.setText(ordered)
            self.edited.emit()

    def _user_edited(self) -> None:
        if self.property("error"):
            self.set_error(None)   # judged again on leaving, not while typing
        self.edited.emit()


def with_composed(text: str, position: int, preedit: str) -> str:
    """A text as it is shown while composing. `position` counts UTF-16 units, as Qt does."""
    if not preedit:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    cut = 2 * position
    return units[:cut].decode("utf-16-le", "surrogatepass") + preedit + units[cut:].decode("utf-16-le", "surrogatepass")


_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_PART = re.compile(r"(\d+(?:\.\d+)?)([億万千])")
_TIMES = {"億": 10 ** 8, "万": 10 ** 4, "千": 10 ** 3}


def plain_number(text: str, unit: str = "") -> str:
    """Digits, point and minus of a number typed in any width; every dash-like mark counts as a minus.

    The unit may be written behind it, and 億, 万 and 千 as people write sums: 2億3,000万円. Raises Refused when it is
    no number.
    """
    flat = half_width(text).replace(",", "").replace("、", "").replace(" ", "").removesuffix(unit)
    parts = _PART.findall(flat)
    if parts:
        rest = _PART.sub("", flat) or "0"
        if not rest.isdecimal():
            raise Refused(tr("数字を確かめてください（例：12）"))
        flat = f"{sum((Decimal(number) * _TIMES[times] for number, times in parts), Decimal(rest)):f}"
    if not _NUMBER.fullmatch(flat):
        raise Refused(tr("数字を確かめてください（例：12）"))
    return flat


class IntegerInput(LineInput):
    """A whole number with its unit; typed in any width, shown half width with commas."""

    def __init__(self, *, unit: str = "", least: int | None = None, most: int | None = None,
                 width: float = 8) -> None:
        super().__init__(normalise=self._ordered, width=width)
        self._least, self._most, self.unit = least, most, unit
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    @property
    def readable(self) -> bool:
        """Whether a whole number in its bounds, or nothing, stands here."""
        return reads(self._ordered, self.text())

    def value(self) -> Any:
        """The number; None when empty or unreadable."""
        return int(self._whole(self.text())) if self.text().strip() and self.readable else None

    def set_value(self, value: Any, /) -> None:
        super().set_value(None if value is None else f"{value:,}")

    def _ordered(self, text: str) -> str:
        number = self._whole(text)
        if self._least is not None and number < self._least:
            raise Refused(tr("{least} 以上の数を入れます", least=self._least))
        if self._most is not None and number > self._most:
            raise Refused(tr("{most} 以下の数を入れます", most=self._most))
        return f"{number:,}"

    def _whole(self, text: str) -> int:
        number = Decimal(plain_number(text, self.unit))
        if number != number.to_integral_value():
            raise Refused(tr("小数のない数を入れます（例：12）"))
        return int(number)


class NumberInput(LineInput):
    """A number that may have decimals."""

    def __init__(self, *, unit: str = "", width: float = 8) -> None:
        super().__init__(normalise=self._plain, width=width)
        self.unit = unit
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    @property
    def readable(self) -> bool:
        """Whether a number, or nothing, stands here."""
        return reads(self._plain, self.text())

    def value(self) -> Any:
        """The number; None when empty or unreadable."""
        try:
            return float(self._plain(self.text()))
        except Refused:
            return None

    def set_value(self, value: Any, /) -> None:
        super().set_value(None if value is None else f"{value:g}")

    def _plain(self, text: str) -> str:
        return plain_number(text, self.unit)


class ShownInput(LineInput):
    """A value that is shown but not typed (hashes, data the program reads)."""

    def __init__(self) -> None:
        super().__init__()
        self._value: Any = None
        self.setReadOnly(True)

    def value(self) -> Any:
        """The value as it was given."""
        return self._value

    def set_value(self, value: Any, /) -> None:
        self._value = value
        super().set_value(None if value is None else str(value))


class GrowingText(Composing, QTextEdit):
    """Plain text over several lines at 150 % line height; as high as its text, from `least` to `most` lines."""

    def __init__(self, *, role: str = "body", least: int = 1, most: int = 0) -> None:
        super().__init__()
        self._role, self._least, self._most = role, least, most
        set_property(self, "role", role)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.restyle()

    def set_least(self, least: int) -> None:
        """Be at least so many lines high."""
        if least != self._least:
            self._least = least
            self._fit()

    @property
    def step(self) -> int:
        """Height of one line in pixels."""
        return round(look().px(TYPE[self._role]) * LINE_HEIGHT)

    def set_text(self, text: str) -> None:
        """Show `text` with the cursor at its end; what was undone before cannot come back."""
        self.setPlainText(text)
        self._space()
        self.document().clearUndoRedoStacks()
        self.document().setModified(False)   # nobody typed it
        self.moveCursor(QTextCursor.MoveOperation.End)

    def full_height(self) -> int:
        """Height of the whole text with the edges, in pixels."""
        return max(self._least * self.step, math.ceil(self.document().size().height())) + self._edges()

    def restyle(self) -> None:
        """Take the fonts and sizes in use."""
        typed = self.document().isUndoAvailable()
        self.document().setDocumentMargin(0)
        self.document().setDefaultFont(look().font(self._role))
        self._space()
        if not typed:
            self.document().clearUndoRedoStacks()   # Qt counts margins and heights as steps that Ctrl+Z takes back
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(look().px(200), self.height())

    def contextMenuEvent(self, event: QContextMenuEvent, /) -> None:
        menu = speak(self.createStandardContextMenu())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def insertFromMimeData(self, source: QMimeData, /) -> None:
        if not pasting.refused(self, source.text()):
            self.insertPlainText(source.text())

    def _edges(self) -> int:
        return 2 * look().px(6) + 2

    def _space(self) -> None:
        """Give every line its height: style sheets cannot."""
        spacing, cursor = QTextBlockFormat(), QTextCursor(self.document())
        spacing.setLineHeight(self.step, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(spacing)

    def _fit(self) -> None:
        wanted = self.full_height()
        if self._most:
            wanted = min(wanted, self._most * self.step + self._edges())
        overfull = wanted < self.full_height()
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if overfull else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        if self.height() != wanted or self.minimumHeight() != wanted:
            self.setFixedHeight(wanted)


class TextInput(GrowingText):
    """Several lines of text in a form; Enter makes a new line, Tab leaves."""

    edited = Signal()
    left = Signal()
    error_changed = Signal(str)

    def __init__(self, *, least: int = 2, most: int = 0) -> None:
        super().__init__(least=least, most=most)
        self._known = ""
        self.textChanged.connect(self._changed)

    @property
    def readable(self) -> bool:
        """Text always is."""
        return True

    def value(self) -> Any:
        """The text without space at its ends, text being composed included; None when empty."""
        text = with_composed(self.toPlainText(), self.textCursor().position(), self.preedit)
        return text.strip() or None

    def composition_changed(self) -> None:
        self.edited.emit()   # a clause may be composed for longer than the second that may be lost

    def set_value(self, value: Any, /) -> None:
        """Show a value; takes the error away."""
        self._known = "" if value is None else str(value)
        self.set_text(self._known)
        self.set_error(None)

    def set_error(self, text: str | None, /) -> None:
        """Show or take away an error."""
        mark_error(self, text)
        self.error_changed.emit(text or "")

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        super().focusOutEvent(event)
        if not self.held:
            self.left.emit()

    def _changed(self) -> None:
        text = self.toPlainText()
        if text != self._known:   # text being composed and line heights change the document, but not the text
            self._known = text
            self.edited.emit()
