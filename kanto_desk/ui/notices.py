"""What a page says outside its fields: notice boxes, empty states, and the row a field stands in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QLayout, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, set_property
from kanto_desk.ui.text import Label, Mark, Picture, Wrapped
from kanto_desk.ui.theme import look

NoticeTone = Literal["warn", "danger", "ok", "accent"]
_ICONS: dict[NoticeTone, str] = {"warn": "circle-alert", "danger": "triangle-alert", "ok": "circle-check",
                                 "accent": "info"}


def announce(widget: QWidget, text: str) -> None:
    """Let a screen reader say `text` politely, without moving the focus."""
    event = QAccessibleAnnouncementEvent(widget, text)
    event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)


class Notice(QFrame):
    """A box beside the cause: what happened, what is safe, what to do; `details` are folded away."""

    acted = Signal()

    def __init__(self, tone: NoticeTone, text: str, *, action: str = "", details: str = "") -> None:
        super().__init__()
        set_property(self, "box", tone)
        self._picture = Picture(_ICONS[tone], tone, 18)
        self.message = Wrapped(text)
        self._details = Wrapped(details, "caption", selectable=True)
        self._details.hide()
        line = Row(self._picture, self.message, space=10)
        line.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        line.setStretch(1, 1)
        column = Column(line, self._details, space=6, margins=(12, 10, 12, 10))
        self.action = Button(action or " ", name=action or " ")
        if not action:   # never show a part before it has its place: it would be a window of its own for a moment
            self.action.hide()
        self.action.clicked.connect(self.acted)
        self._fold = Button(tr("くわしく"), kind="ghost")
        if not details:
            self._fold.hide()
        self._fold.clicked.connect(lambda: self._details.setVisible(self._details.isHidden()))
        if action or details:
            column.fill(Row(self.action, self._fold, None))
        else:   # without a parent they and what they call would outlive the box
            self.action.setParent(self)
            self._fold.setParent(self)
        self.setLayout(column)
        self.setAccessibleName(text)

    def set_text(self, text: str) -> None:
        """Say something else."""
        self.message.set_text(text)
        self.setAccessibleName(text)


class EmptyState(QWidget):
    """One sentence saying what belongs here, and one button at most."""

    acted = Signal()

    def __init__(self, text: str, action: str = "", *, picture: str = "notebook-pen", key: str = "") -> None:
        super().__init__()
        words = Wrapped(text, tone="text2")
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        image = Picture(picture, "text3", 32)
        column = Column(None, image, words, space=12, margins=(24, 0, 24, 0))
        column.setAlignment(image, Qt.AlignmentFlag.AlignHCenter)
        self.button: Button | None = None
        if action:
            self.button = Button(action, key=key)
            self.button.clicked.connect(self.acted)
            column.fill(self.button)
            column.setAlignment(self.button, Qt.AlignmentFlag.AlignHCenter)
        column.fill(None)
        self.setLayout(column)
        self.words, self._image = words, image
        self.setAccessibleName(text)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._give_way()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._give_way()

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return hint if self.isVisible() else QSize(hint.width(), 0)   # behind a list it takes no room from it

    def showEvent(self, event: QShowEvent, /) -> None:
        super().showEvent(event)
        self.updateGeometry()

    def _give_way(self) -> None:
        """Without room in height the picture goes, then the button: what it does has a key, too."""
        used, button = look(), self.button
        words = self.words.heightForWidth(max(1, self.width() - 2 * used.px(24)))
        pressed = used.px(12) + button.sizeHint().height() if button else 0
        self._image.setVisible(self.height() >= words + pressed + used.px(32 + 12 + 2 * 8))
        if button is not None:
            button.setVisible(self.height() >= words + pressed)


class FieldRow(QWidget):
    """A field as forms show it: label and 必須/任意 · help line · the editor with its unit · error line."""

    def __init__(self, label: str, editor: QWidget, *, required: bool = False, help_text: str = "",
                 extra: QWidget | None = None, unit: str = "") -> None:
        super().__init__()
        self.editor = editor
        self.label = Label(label, "bold")
        self.label.setBuddy(editor)
        self.mark = Mark(required=required)
        head = self._head = Row(self.label, self.mark, None, space=8)
        self._contested: Button | None = None
        if extra is not None:
            head.fill(extra)
        self.help = Wrapped(help_text, "caption")
        if not help_text:
            self.help.hide()
        self._error_icon = Picture("circle-alert", "danger", 16)
        self.error = Wrapped("", "error")
        self._error_line = QWidget()
        error_row = Row(self._error_icon, self.error, space=6)
        error_row.setStretch(1, 1)
        error_row.setAlignment(self._error_icon, Qt.AlignmentFlag.AlignTop)
        self._error_line.setLayout(error_row)
        self._error_line.hide()
        body: QWidget | QLayout = Row(editor, Label(unit, "second"), None) if unit else editor
        self._whole = Column(head, self.help, body, self._error_line, space=4)   # kept, or PySide lets go of the head
        self.setLayout(self._whole)
        if not editor.accessibleName():
            editor.setAccessibleName(f"{label} {unit}".strip())
        self._help_text = help_text
        editor.setAccessibleDescription(help_text)
        told = getattr(editor, "error_changed", None)
        if told is not None:
            told.connect(self._show_error)

    def show_contested(self, act: Callable[[], None] | None) -> None:
        """Say beside the label that two computers changed this field; pressing it asks `act`. None takes it away."""
        if self._contested is not None:
            self._contested.hide()
            self._contested.deleteLater()
            self._contested = None
        if act is not None:
            self._contested = Button(tr("2台で直しました"), "triangle-alert", "chip", token="danger",
                                     name=tr("{field}：2台で直しました。確認する", field=self.label.text()))
            self._contested.clicked.connect(act)
            self._head.fill(self._contested)

    def set_required(self, *, required: bool) -> None:
        """Whether the field may be left empty."""
        self.mark.set_required(required=required)

    def set_help(self, text: str) -> None:
        """Show another line of help."""
        self._help_text = text
        self.help.set_text(text)
        self.help.setVisible(bool(text))
        if self._error_line.isHidden():
            self.editor.setAccessibleDescription(text)

    def set_error(self, text: str | None) -> None:
        """Show the error below the field and in the accessible description; None takes it away."""
        passed_on = getattr(self.editor, "set_error", None)
        if passed_on is not None:
            passed_on(text)   # comes back through error_changed
        else:
            self._show_error(text)

    def _show_error(self, text: str | None) -> None:
        self._error_line.setVisible(bool(text))
        self.error.set_text(text or "")
        self.editor.setAccessibleDescription(text or self._help_text)
        if text:
            announce(self.editor, text)
