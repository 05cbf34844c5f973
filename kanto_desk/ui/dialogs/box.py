"""The common shape of a box above the window: heading, content that scrolls, buttons at the foot. Esc closes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QLayout, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import flush_composition
from kanto_desk.ui.find_bar import FindBar
from kanto_desk.ui.finding_texts import TextsFinder
from kanto_desk.ui.layout import Column, Part, Row, boxed, holder, scrolling
from kanto_desk.ui.page import Telling
from kanto_desk.ui.printing import nothing_here
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look


class Box(QDialog):
    """A box of `width` × `height` px at 100 %, never larger than its window."""

    def __init__(self, parent: QWidget, title: str, *, width: int = 620, height: int = 560) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
        self.done_button = Button(tr("閉じる"), key="Esc")
        self.done_button.clicked.connect(self.accept)
        self._size = (width, height)
        self.on_print(self._nothing_to_print)

    def fill(self, content: QLayout, *foot: Part) -> None:
        """Put the content and the left side of the foot in; called once."""
        head = boxed("top", Row(Label(self.windowTitle(), "h2"), None, margins=(24, 12, 20, 12)))
        inside = holder(content)
        only_read = not any(w.focusPolicy() & Qt.FocusPolicy.TabFocus for w in inside.findChildren(QWidget))
        area = scrolling(inside, read_as=self.windowTitle() if only_read else "")
        self.find_bar = FindBar()
        self.find_bar.set_finder(TextsFinder(area, labels=True))
        self.on_find(self.find_bar.open)
        column = Column(head, self.find_bar, area,
                        boxed("foot", Row(*foot, None, self.done_button, margins=(24, 8, 20, 8))), space=0)
        column.setStretch(2, 1)
        self.setLayout(column)
        self.fit()

    def on_find(self, verb: Callable[[], None]) -> None:
        """What Ctrl+F does in this box; a list with a search box of its own goes there."""
        self._bind("find", verb)

    def on_print(self, verb: Callable[[], None]) -> None:
        """What Ctrl+P does in this box; by itself it says that there is nothing to print."""
        for action in self.actions():
            if action.text() == BY_ID["print"].words:
                self.removeAction(action)
        self._bind("print", verb)

    def _bind(self, name: str, verb: Callable[[], None]) -> None:
        action = QAction(BY_ID[name].words, self)
        action.setShortcuts([QKeySequence(key) for key in BY_ID[name].keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _on=False: verb())
        self.addAction(action)

    def _nothing_to_print(self) -> None:
        parent: Any = self.parentWidget()
        if isinstance(parent, Telling):
            parent.say(nothing_here())

    def fit(self) -> None:
        """Take the size asked for, or what the window has room for."""
        parent = self.parentWidget()
        px, (width, height) = look().px, self._size
        room = parent.window().size() if parent else self.size()
        self.resize(min(px(width), room.width() - 40), min(px(height), room.height() - 40))

    def done(self, result: int, /) -> None:
        flush_composition(self)   # what is being composed is saved, not thrown away with the box
        super().done(result)
