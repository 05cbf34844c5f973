"""The capture box: what is said becomes a line with one key. Knows kinds of lines, not records.

Keys for the kinds (Ctrl+1…6) are actions of the page; it calls `set_kind`.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.inputs import GrowingText
from kanto_desk.ui.kinds import BY_CODE, KINDS, prefix
from kanto_desk.ui.layout import Column, Flow, Row, set_property
from kanto_desk.ui.text import KeyCap, Label
from kanto_desk.ui.theme import look

_LEAST, _MOST = 2, 5


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the box and is no line yet; `composing` is what the input method still holds."""

    kind: str
    text: str
    composing: str = ""


class CaptureText(GrowingText):
    """The text of the capture box. Enter adds, Shift+Enter makes a new line, ↑ in an empty box edits the last line."""

    entered = Signal()
    edit_last = Signal()
    composed = Signal()

    def __init__(self) -> None:
        super().__init__(role="entry", least=_LEAST, most=_MOST)
        self.setAccessibleName(tr("記録する文"))

    def composition_changed(self) -> None:
        self.composed.emit()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in ENTER_KEYS and plain:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Up and plain and not self.toPlainText():
            self.edit_last.emit()
        else:
            super().keyPressEvent(event)


class Capture(QFrame):
    """Kind chips, text and 追加. Emits `submitted(kind, text)`; the kind then returns to 発言."""

    submitted = Signal(str, str)
    edit_last = Signal()
    draft_changed = Signal()
    kind_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.text = CaptureText()
        self.text.setPlaceholderText(tr("話されたことを書いて Enter"))
        self._chips: dict[str, Chip] = {}
        self._group = QButtonGroup(self)
        for number, kind in enumerate(KINDS, 1):
            chip = Chip(kind.word, kind.icon, key=f"Ctrl+{number}")
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)   # six fewer Tab stops; the keys and the prefix do the same
            chip.clicked.connect(lambda _on, code=kind.code: self._chip_clicked(code))
            self._group.addButton(chip)
            self._chips[kind.code] = chip
        self._kind = "said"
        self._chips["said"].setChecked(True)
        self.add = Button(tr("追加"), "plus", key="Enter")
        self.add.clicked.connect(self.submit)
        self.hint = Label(tr("「課題：」と打っても切り替わります"), "caption")
        self._chip_row = QWidget()
        self._flow = Flow(*self._chips.values())
        self._chip_row.setLayout(self._flow)
        top = Row(self._chip_row, self.hint, space=12)
        top.setStretch(0, 1)
        self._cap = KeyCap("Enter")
        side = Column(self.add, self._cap, None, space=6)
        line = Row(self.text, side, space=10)
        line.setStretch(0, 1)
        self.setLayout(Column(top, line, space=8, margins=(14, 10, 14, 10)))
        self.setFocusProxy(self.text)
        self.text.entered.connect(self.submit)
        self.text.edit_last.connect(self.edit_last)
        self.text.composed.connect(self.draft_changed)
        self.text.textChanged.connect(self._changed)
        self._known = ""
        self._low = False
        self._bare, self._whole = False, 0   # chips without pictures; width of all of them with pictures

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        self._give_way(event.size().width())
        super().resizeEvent(event)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._set_bare(False)
        self._give_way(self.width())

    def set_low(self, low: bool) -> None:
        """Without room in height the chips go: keys and words at the start of a line do the same."""
        if low != self._low:
            self._low = low
            self._chip_row.setVisible(not low)
            self._give_way(self.width())

    def set_tight(self, tight: bool) -> None:
        """With little room in height the box begins with one line: what was said before is worth more in sight."""
        self.text.set_least(1 if tight else _LEAST)
        self._cap.setVisible(not tight)

    def _give_way(self, width: int) -> None:
        """The hint goes before the pictures of the chips, and they before the chips break into a second row."""
        edges = look().px(2 * 14)
        if not self._bare:
            self._whole = self._flow.sizeHint().width()
        hint = self.hint.sizeHint().width() + look().px(12)
        self.hint.setVisible(not self._low and self._whole + hint + edges <= width)
        self._set_bare(self._whole + edges > width)

    def _set_bare(self, bare: bool) -> None:
        self._bare = bare
        for chip in self._chips.values():
            chip.set_bare(bare)

    def kind(self) -> str:
        """The code of the kind chosen."""
        return self._kind

    def set_kind(self, code: str) -> None:
        """Choose a kind by its code. Raises KeyError for an unknown one."""
        chip = self._chips[code]
        if code != self._kind:
            self._kind = code
            chip.setChecked(True)
            self.kind_changed.emit(code)
            self.draft_changed.emit()

    def kind_actions(self, parent: QWidget) -> list[QAction]:
        """Actions Ctrl+1…6 for the page to add; they choose the kind and put the cursor into the box."""
        actions = []
        for number, kind in enumerate(KINDS, 1):
            action = QAction(kind.word, parent)
            action.setShortcut(f"Ctrl+{number}")
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(lambda _on=False, code=kind.code: self._chip_clicked(code))
            actions.append(action)
        return actions

    def submit(self) -> None:
        """Make a line of what stands in the box; nothing happens while it is empty or composing by Enter."""
        self.text.rescue()
        text = self.text.toPlainText().strip()
        if not text:
            return
        kind = self._kind
        self._known = ""
        self.text.set_text("")
        self.set_kind("said")
        self.submitted.emit(kind, text)
        self.draft_changed.emit()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def draft(self) -> Draft:
        """What would be lost if the power went now."""
        return Draft(self._kind, self.text.toPlainText(), self.text.preedit)

    def set_draft(self, draft: Draft) -> None:
        """Put back what stood in the box; text that was being composed comes in as text."""
        self.set_kind(draft.kind if draft.kind in BY_CODE else "said")
        self._known = draft.text + draft.composing
        self.text.set_text(self._known)

    def _chip_clicked(self, code: str) -> None:
        self.set_kind(code)
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self) -> None:
        text = self.text.toPlainText()
        if text == self._known:
            return
        self._known = text
        found = None if self.text.composing else prefix(text)
        if found and self.text.textCursor().position() >= found[1]:
            cursor = QTextCursor(self.text.document())
            cursor.setPosition(found[1], QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
            self._known = self.text.toPlainText()
            self.set_kind(found[0].code)
        self.draft_changed.emit()
