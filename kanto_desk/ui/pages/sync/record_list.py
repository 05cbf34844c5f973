"""The list of 確認が必要な変更: a line for each record with contested fields, and one for what the hub did not take."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import listed, tr
from kanto_desk.services.contested_sides import Contested
from kanto_desk.ui.layout import Column
from kanto_desk.ui.page import Key
from kanto_desk.ui.pages.sync.blocks import Blocks, Item
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Label, Wrapped

LINES = 30
"""So many records are shown at first; more of them by ↓, by scrolling or by the button."""
LINES_ABOVE = 5
"""The same where the records stand above the fields, which are what one comes for."""
REFUSED: Key = ("", "")
"""The line of what the hub did not take."""


class RecordList(QWidget):
    """Emits `chosen(Key)` for a line that is pressed or reached by ↑ and ↓."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._heading = Label("", "bold")
        self.blocks = Blocks(LINES, 8, tr("確認が必要な記録"))
        self._refused = Blocks(1, 8, tr("確認が必要な記録"))
        self.setLayout(Column(self._heading, self.blocks, self._refused, None, space=8))

    @property
    def lines(self) -> list[_Line]:
        """Every line that was made, from the top."""
        return [w for w in (*self.blocks.widgets(), *self._refused.widgets()) if isinstance(w, _Line)]

    def show_records(self, found: Sequence[tuple[Key, tuple[Contested, ...]]], refused: int) -> None:
        """Show these; a line that had the focus has it again."""
        focus = self.window().focusWidget()
        held = focus.root if isinstance(focus, _Line) and self.isAncestorOf(focus) else None
        self._heading.setText(tr("{n}件の記録", n=len(found)))
        self._heading.setVisible(bool(found))
        self.blocks.show_items([self._item(root, fields[0].title, _told(fields)) for root, fields in found])
        self.blocks.setVisible(bool(found))
        self._refused.show_items([self._item(REFUSED, tr("受け取られなかった変更"), tr("変更{n}件", n=refused))]
                                 if refused else [])
        self._refused.setVisible(bool(refused))
        again = next((line for line in self.lines if line.root == held), None)
        if again is not None and again is not focus:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose(self, root: Key | None) -> None:
        """Mark the line of this record, made if it lies further down; None: that of what was not taken."""
        if root is not None:
            self.blocks.ensure(root)
        for line in self.lines:
            line.set_chosen(line.root == (root or REFUSED))

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        """↑ and ↓ go from record to record."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, _Line):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._step(watched, step)
                return True
        return super().eventFilter(watched, event)

    def _step(self, line: _Line, step: int) -> None:
        made = self.blocks.widgets()
        if step > 0 and made and line is made[-1] and not self.blocks.more.isHidden():
            self.blocks.grow()
        lines = self.lines
        at = lines.index(line) + step
        if 0 <= at < len(lines):
            lines[at].setFocus(Qt.FocusReason.TabFocusReason)
            lines[at].click()

    def _item(self, root: Key, title: str, more: str) -> Item:
        def make() -> QWidget:
            line = _Line(root, title, more)
            line.clicked.connect(lambda: self.chosen.emit(root))
            line.installEventFilter(self)
            return line
        return Item(root, (title, more), make)


class _Line(Pressable):
    def __init__(self, root: Key, title: str, more: str) -> None:
        self.root = root
        super().__init__(Column(Elided(title, "bold"), Wrapped(more, "caption"), space=2, margins=(12, 8, 12, 8)),
                         title, more)

    def set_chosen(self, chosen: bool) -> None:
        """Draw it as the record that is shown."""
        self._edge = "accent" if chosen else "border"
        self.update()


def _told(fields: Sequence[Contested]) -> str:
    labels = listed(dict.fromkeys(one.label for one in fields))
    return tr("{n}か所・{fields}", n=len(fields), fields=labels)
