"""このページの中をさがす (Ctrl+F): a bar inside the page, never a popup, so that the input method stays on.

Knows no page: what can be searched is a `Finder`. Text being composed searches already.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget
from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.palette import PaletteInput
from kanto_desk.ui.text import KeyCap, Label, Picture
from kanto_desk.ui.theme import look


class Finder(Protocol):
    """A part of a page that can be searched."""

    def find(self, wanted: str) -> int:
        """Mark what is wanted in every spelling; gives the number of hits. An empty text takes the marks away."""

    def nearest(self) -> int:
        """The hit to begin with, from 0; asked only where there are hits."""

    def show(self, at: int) -> None:
        """Bring a hit into sight and mark it apart from the others."""


class FindBar(QFrame):
    """Box, n／N, previous, next, close. It is hidden until `open`; Esc gives the focus back to where it was."""

    opened = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "top")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setAccessibleName(tr("このページの中をさがす"))
        self.box = PaletteInput(tr("このページの中をさがす"), tr("このページの中をさがす"))
        set_property(self.box, "look", "search")
        self.count = Label("", "caption")
        self.previous = Button("", "chevron-up", "icon", name=tr("前の候補へ"), key="Shift+Enter")
        self.next = Button("", "chevron-down", "icon", name=tr("次の候補へ"), key="Enter")
        self.close_button = Button("", "x", "icon", name=tr("さがすのをやめる"), key="Esc")
        self._finder: Finder | None = None
        self._hits, self._at, self._wanted = 0, 0, ""
        self._before: QWidget | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._again)
        row = Row(Picture("search", "text3", 18), self.box, self.count, self.previous, self.next, KeyCap("Enter"),
                  None, self.close_button, space=8, margins=(24, 2, 16, 2))
        row.setStretch(1, 2)
        row.setStretch(6, 1)
        self.setLayout(row)
        self.box.typed.connect(self._typed)
        self.box.installEventFilter(self)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.next.clicked.connect(lambda: self.step(1))
        self.close_button.clicked.connect(self.close_bar)
        self.restyle()
        self._tell()
        self.hide()

    def set_finder(self, finder: Finder | None) -> None:
        """Search another part of the page from now on; without one the bar closes."""
        if finder is self._finder:
            return
        if self._finder is not None:
            self._finder.find("")
        self._finder = finder
        if finder is None:
            self._before = None
            self.close_bar()
        else:
            self.again()

    def open(self) -> None:
        """Show the bar with the cursor in it; open already, its words are chosen to be written over."""
        focus = self.window().focusWidget()
        if focus is not None and not self.isAncestorOf(focus):
            self._before = focus
        if self.isHidden():
            self.show()
            self.opened.emit()
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.selectAll()
        self._search(self.box.whole())

    def look_for(self, words: str) -> int:
        """Open the bar with these words in it; gives the number of hits."""
        self.box.setText(words)
        self.open()
        return self._hits

    def close_bar(self) -> None:
        """Hide the bar, take the marks away and give the focus back."""
        if self.isHidden():
            return
        if self._finder is not None:
            self._finder.find("")
        before, self._before = self._before, None
        inside = self.isAncestorOf(self.window().focusWidget() or self.window())
        self.hide()
        if inside and before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def again(self) -> None:
        """What is searched has changed: mark and count anew soon, staying at the hit with this number."""
        if not self.isHidden():
            self._soon.start()   # parts just built are shown by then

    def arrived(self) -> None:
        """What is searched is there only now: begin anew."""
        if not self.isHidden():
            self._search(self._wanted)

    def _again(self) -> None:
        if self.isHidden() or self._finder is None:
            return
        self._hits = self._finder.find(self._wanted)
        self._at = min(self._at, max(0, self._hits - 1))
        self._tell()

    def step(self, by: int) -> None:
        """Go to the next or previous hit, round the ends."""
        if self._hits and self._finder is not None:
            self._at = (self._at + by) % self._hits
            self._finder.show(self._at)
            self._tell(aloud=True)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.again()   # marks hold colours
        self.count.setMinimumWidth(round(look().metrics("caption").horizontalAdvance("888／888")))
        self.box.setMaximumWidth(look().px(420))

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if (watched is self.box and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
                and event.key() in ENTER_KEYS and not self.box.composing
                and not event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        else:
            super().keyPressEvent(event)

    def _typed(self, text: str) -> None:
        if self.isVisible() and text != self._wanted:
            self._search(text)

    def _search(self, text: str) -> None:
        self._wanted = text
        self._hits, self._at = (self._finder.find(text), 0) if self._finder is not None else (0, 0)
        if self._hits and self._finder is not None:
            self._at = self._finder.nearest()
            self._finder.show(self._at)
        self._tell(aloud=True)

    def _tell(self, *, aloud: bool = False) -> None:
        wanted = bool(self._wanted.strip())
        words = f"{self._at + 1}／{self._hits}" if self._hits else tr("見つかりません") if wanted else ""
        self.count.setText(words)
        self.count.set_tone("warn" if wanted and not self._hits else None)
        for button in (self.previous, self.next):
            button.setEnabled(self._hits > 1)
        if aloud and words:
            announce(self.box, words)
