"""定型文を直す: the set phrases in their order, and the one that is chosen, to be written anew. Saves by itself.

Tells what the user did; saving is the main window's work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QListWidget, QListWidgetItem, QWidget

from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.blanks import BLANK
from kanto_desk.services.phrases import Listed
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.blank_keys import BlankKeys
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.composing import ENTER_KEYS, flush_composition
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.icons import icon
from kanto_desk.ui.inputs import LineInput, TextInput
from kanto_desk.ui.kinds import BY_CODE, KINDS
from kanto_desk.ui.layout import Column, Flow, Row, card, holder, set_property
from kanto_desk.ui.notices import FieldRow, announce
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look

_UID = Qt.ItemDataRole.UserRole
_WITHOUT = ("photo",)   # a photo line is made by a photo
_STACKED = 640


class PhrasesBox(Box):
    """The list on the left, the form of the chosen phrase on the right."""

    edited = Signal(str, dict)     # uid, changed values by field
    added = Signal(str, str)       # title, text
    removed = Signal(str)          # uid
    moved = Signal(str, int)       # uid, new position
    undo_asked = Signal()

    def __init__(self, parent: QWidget, listed: Sequence[Listed], fields: Sequence[Field], wanted: str = "") -> None:
        super().__init__(parent, tr("定型文を直す・足す"), width=900, height=640)
        self._listed = list(listed)
        self._here: Listed | None = None
        self.list = QListWidget()
        set_property(self.list, "box", "menu")
        self.list.setAccessibleName(tr("定型文"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setTabKeyNavigation(False)
        self.list.installEventFilter(self)
        known = {field.name: field for field in fields}
        self.title = LineInput(max_length=known["title"].max_length, composed=True)
        self.text = TextInput(least=4)
        words = language()
        help_text = known["text"].help_en if words == "en" else known["text"].help_ja
        self.rows = {"title": FieldRow(known["title"].label(words), self.title, required=True),
                     "text": FieldRow(known["text"].label(words), self.text, required=True, help_text=help_text)}
        self.kinds = {"": Chip(tr("どこでも"))}
        self.kinds |= {kind.code: Chip(kind.word, kind.icon) for kind in KINDS if kind.code not in _WITHOUT}
        for code, chip in self.kinds.items():
            chip.clicked.connect(lambda _on=False, code=code: self._choose_kind(code))
        self.blank = Button(tr("空きを入れる"), "plus", "ghost", name=tr("空き［　］を入れる"))
        self.blank.clicked.connect(self._put_blank)
        self.up = Button("", "arrow-up", "icon", name=tr("上へ"), key="Alt+↑")
        self.down = Button("", "arrow-down", "icon", name=tr("下へ"), key="Alt+↓")
        self.add = Button(tr("定型文を足す"), "plus")
        self.remove = Button(tr("消す"), "trash-2", key="Delete")
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.add.clicked.connect(lambda: self.added.emit(tr("新しい定型文"), BLANK if words == "ja" else "[ ]"))
        self.remove.clicked.connect(self._remove)
        self.said, self.undo = Label("", "caption"), Button(tr("元に戻す"), "undo-2", "ghost")
        self.undo.clicked.connect(self._undo)
        self._autosave = Autosave(self)
        self._autosave.due.connect(self._save)
        for editor in (self.title, self.text):
            editor.edited.connect(self._autosave.touch)
            editor.left.connect(self._autosave.flush)
        self.list.currentItemChanged.connect(self._chosen)
        self._blank_keys = BlankKeys(self)
        self._lay_out()
        self.show_phrases(self._listed, wanted or (self._listed[0].uid if self._listed else ""))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self) -> None:
        kinds = holder(Column(Label(tr("使うところ"), "bold"), holder(Flow(*self.kinds.values())), space=4))
        below = Row(self.blank, None, self.remove)
        self._form = card(self.rows["title"], kinds, self.rows["text"], below, space=12)
        left = holder(Column(Row(self.add, None, self.up, self.down, space=4), self.list, space=8))
        self._columns = Row(left, holder(Column(self._form, None, space=0)), space=16)
        self._columns.setStretch(0, 2)
        self._columns.setStretch(1, 3)
        self.list.setMinimumHeight(look().px(120))   # in a low window the form is higher than this
        order = tr("よく使うものと、書いている行の種類に合うものが先に出ます。ここの順は、そのあとの順です。")
        self.fill(Column(self._columns, Wrapped(order, "caption"), space=10, margins=(24, 14, 24, 14)), self.said,
                  self.undo)
        self.undo.hide()
        room = self.width() * 100 / look().zoom
        if room < _STACKED:
            self._columns.setDirection(QBoxLayout.Direction.TopToBottom)

    # What the window asks

    def show_phrases(self, listed: Sequence[Listed], wanted: str = "") -> None:
        """Show the phrases as they are kept, with `wanted` or the present one chosen; what is being written stays."""
        fresh = bool(wanted) and wanted not in {one.uid for one in self._listed}
        here = wanted or (self._here.uid if self._here else "")
        row = self.list.currentRow()
        self._listed = list(listed)
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._listed:
            item = QListWidgetItem(self._icon(one), one.title, self.list)
            item.setData(_UID, one.uid)
            item.setSizeHint(QSize(1, look().px(36)))
            kind = BY_CODE[one.kind].word if one.kind in BY_CODE else ""
            item.setData(Qt.ItemDataRole.AccessibleTextRole, " ".join(filter(None, (kind, one.title))))
        nearest = min(max(row, 0), len(self._listed) - 1)
        at = next((n for n, one in enumerate(self._listed) if one.uid == here), nearest)
        self.list.setCurrentRow(at)
        self.list.blockSignals(False)
        self._show(self._listed[at] if self._listed else None)
        if self.list.currentItem() is not None:
            self.list.scrollToItem(self.list.currentItem())
        if fresh:
            self.title.setFocus(Qt.FocusReason.OtherFocusReason)
            self.title.selectAll()

    def say(self, words: str) -> None:
        """A finished action, with 元に戻す."""
        self.said.setText(words)
        self.undo.show()
        announce(self, words)

    def refuse(self, message: str, field: str | None) -> None:
        """Show why something was not saved; what was written stays in its box."""
        if field in self.rows:
            self.rows[field].set_error(message)
        else:
            self.said.setText(message)

    def done(self, result: int, /) -> None:
        flush_composition(self)
        self._autosave.flush()
        super().done(result)

    # What the user does

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._move(-1 if event.key() == Qt.Key.Key_Up else 1)
                return True
            if event.key() == Qt.Key.Key_Delete:
                self._remove()
                return True
            if event.key() in (*ENTER_KEYS, Qt.Key.Key_F2):
                self.text.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() in ENTER_KEYS:
            if isinstance(focus, Button):
                focus.click()
            return   # in a box of one line it must not press the button at the foot
        super().keyPressEvent(event)

    def _chosen(self, item: QListWidgetItem | None, _before: QListWidgetItem | None = None) -> None:
        flush_composition(self)
        self._autosave.flush()
        uid = item.data(_UID) if item is not None else ""
        self._show(next((one for one in self._listed if one.uid == uid), None))

    def _show(self, one: Listed | None) -> None:
        same = one is not None and self._here is not None and one.uid == self._here.uid
        self._here = one
        self._form.setEnabled(one is not None)
        for editor, value in ((self.title, one.title if one else ""), (self.text, one.text if one else "")):
            writing = same and (editor.hasFocus() or self._autosave.waiting)
            if not writing and (editor.value() or "") != value:
                editor.set_value(value)
        for code, chip in self.kinds.items():
            chip.setChecked(one is not None and code == one.kind)
        row = self.list.currentRow()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < len(self._listed) - 1)
        self.remove.setEnabled(one is not None)

    def _choose_kind(self, code: str) -> None:
        for other, chip in self.kinds.items():
            chip.setChecked(other == code)
        if self._here is not None and code != self._here.kind:
            self.edited.emit(self._here.uid, {"kind": code})

    def _save(self) -> None:
        here = self._here
        if here is None:
            return
        given: Mapping[str, Any] = {"title": self.title.value() or "", "text": self.text.value() or ""}
        changed = {name: value for name, value in given.items() if value != getattr(here, name)}
        for name, value in changed.items():
            self.edited.emit(here.uid, {name: value})

    def _put_blank(self) -> None:
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self.text.textCursor().insertText(BLANK if language() == "ja" else "[ ]")

    def _move(self, by: int) -> None:
        to = self.list.currentRow() + by
        if self._here is not None and 0 <= to < len(self._listed):
            self._autosave.flush()
            self.moved.emit(self._here.uid, to)

    def _remove(self) -> None:
        if self._here is not None:
            self._autosave.flush()
            self.removed.emit(self._here.uid)

    def _undo(self) -> None:
        self._autosave.flush()
        self.undo.hide()
        self.undo_asked.emit()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    @staticmethod
    def _icon(one: Listed) -> Any:
        kind = BY_CODE.get(one.kind)
        return icon(kind.icon if kind else "quote", kind.ink if kind else "text2", 18)
