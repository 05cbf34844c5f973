"""The search palette: one box for everything, drawn inside the window so that the input method stays on.

Knows nothing of what is searched: it asks with `query_changed(text, seq)` and is answered with `show_results(seq, …)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QWidget
from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.ui.composing import ENTER_KEYS, Composing
from kanto_desk.ui.layout import Column, Row, hairline, holder, set_property
from kanto_desk.ui.marked import MarkedLine
from kanto_desk.ui.text import Elided, KeyCap, Label, Picture, Wrapped
from kanto_desk.ui.theme import look


@dataclass(frozen=True, slots=True)
class Found:
    """One result. `data` is given back when it is chosen; `key` is shown for commands."""

    words: str
    more: str = ""
    icon: str = "arrow-right"
    key: str = ""
    data: Any = None
    marks: tuple[tuple[int, int], ...] = ()        # what a search found in `words`
    more_marks: tuple[tuple[int, int], ...] = ()   # and in `more`


@dataclass(frozen=True, slots=True)
class Group:
    """Results under one heading; `found` is False for what is offered anyway (commands)."""

    heading: str
    items: Sequence[Found]
    found: bool = True


class PaletteInput(Composing, QLineEdit):
    """The box of the palette; tells of text being composed too, so results come before conversion."""

    typed = Signal(str)

    def __init__(self, name: str = "", hint: str = "") -> None:
        super().__init__()
        set_property(self, "look", "bare")
        self.setAccessibleName(name or tr("全体検索"))
        self.setPlaceholderText(hint or tr("企業・記録・操作をさがす"))
        self.textChanged.connect(self._tell)

    def composition_changed(self) -> None:
        self._tell()

    def whole(self) -> str:
        """The text with what is being composed at the cursor."""
        at = self.cursorPosition()
        return self.text()[:at] + self.preedit + self.text()[at:]

    def _tell(self) -> None:
        self.typed.emit(self.whole())


class Palette(QFrame):
    """The search palette of a window. `open` shows it; it closes on Esc, on choosing, and when the focus goes."""

    query_changed = Signal(str, int)
    chosen = Signal(object)   # a Found
    closed = Signal()

    def __init__(self, window: QWidget, box: PaletteInput | None = None, foot: QWidget | None = None) -> None:
        super().__init__(window)
        set_property(self, "box", "palette")   # open, it has the focus
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setAccessibleName(tr("検索"))
        self.box, self.list, self._foot = box or PaletteInput(), QListWidget(), foot
        self._seq, self._asked = 0, ""
        self.hint = ""   # said where nothing is typed and nothing can be offered
        self._answered = 0              # the query whose results are shown
        self._enter = False             # Enter came before the results of what was typed
        self._before: QWidget | None = None
        self._items: dict[int, Found] = {}
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("見つかったもの"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.itemClicked.connect(self._take)
        self.nothing = Wrapped("", "second")
        self.nothing.hide()
        top = Row(Picture("search", "text3", 20), self.box, KeyCap("Esc"), space=10)
        column = Column(top, hairline(), self.nothing, self.list, space=10, margins=(16, 14, 16, 12))
        if foot is not None:
            column.fill(foot)
        self.setLayout(column)
        self.box.typed.connect(self._ask)
        self.box.installEventFilter(self)
        window.installEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        self.hide()

    def open(self) -> None:
        """Show the palette with an empty box and ask for what is offered without a query."""
        if self.isHidden():
            self._before = self.window().focusWidget()
        self._place()
        self.show()
        self.raise_()
        self.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self.box.text():
            self.box.clear()
        else:
            self._ask("", again=True)

    def close_palette(self) -> None:
        """Hide the palette and give the focus back to where it was."""
        if not self.isHidden():
            before, self._before = self._before, None
            self.hide()
            if before is not None and isValid(before) and before.isVisible():
                before.setFocus(Qt.FocusReason.OtherFocusReason)
            self.closed.emit()

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Gone elsewhere in the window: another page was shown, or somebody clicked beside the palette."""
        if now is None or self.isHidden() or now is self or self.isAncestorOf(now) or now.window() is not self.window():
            return
        self.leave()

    def leave(self) -> None:
        """Hide the palette and leave the focus where it is: something else is shown now."""
        if not self.isHidden():
            self._before = None
            self.hide()
            self.closed.emit()

    def show_results(self, seq: int, groups: Sequence[Group]) -> bool:
        """Show the answer to query `seq`. An answer to an older query is dropped: returns False."""
        if seq != self._seq:
            return False
        self._answered = seq
        self.list.clear()
        self._items.clear()
        for group in groups:
            if group.items:
                self._heading(group.heading)
                for item in group.items:
                    self._row(item)
        self._step(1)
        self.nothing.set_text(tr("「{words}」は見つかりません。語を短くするか、読みで打ちます。", words=self._asked)
                              if self._asked else self.hint)
        self.nothing.setVisible(bool(self.nothing.plain()) and not any(group.items for group in groups if group.found))
        self.list.setVisible(self.list.count() > 0)   # empty, it would take the room of the words
        self._place()
        if self._enter and self.isVisible():
            self._take_current()
        return True

    def rows(self) -> list[str]:
        """The words of the results shown, in order."""
        return [found.words for _, found in sorted(self._items.items())]

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if watched is self.box:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and not self.box.composing:
                return self._key(event)
        elif event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in ENTER_KEYS:
            self._take_current()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.close_palette()
        else:
            return False
        return True

    def _ask(self, text: str, *, again: bool = False) -> None:
        if text != self._asked or again:
            self._asked = text
            self._seq += 1
            self._enter = False
            self.query_changed.emit(text, self._seq)

    def _take_current(self) -> None:
        """Choose the result the cursor is on; while older ones are shown, the first of the new ones when they come."""
        self._enter = self._answered != self._seq
        if not self._enter and (item := self.list.currentItem()) is not None:
            self._take(item)

    def _take(self, item: QListWidgetItem) -> None:
        found = self._items.get(self.list.row(item))
        if found is not None:
            self.close_palette()
            self.chosen.emit(found)

    def _step(self, by: int) -> None:
        rows = sorted(self._items)
        if not rows:
            return
        now = self.list.currentRow()
        at = (rows.index(now) + by) % len(rows) if now in rows else 0
        self.list.setCurrentRow(rows[at])
        self.list.scrollToItem(self.list.item(max(0, rows[at] - (1 if at == 0 else 0))))

    def _heading(self, words: str) -> None:
        label = Label(words, "caption")
        label.setContentsMargins(look().px(8), look().px(6), 0, look().px(2))
        item = self._put(label, 28)
        item.setFlags(Qt.ItemFlag.NoItemFlags)

    def _row(self, found: Found) -> None:
        words = MarkedLine(found.words, found.marks) if found.marks else Elided(found.words)
        parts: list[QWidget | None] = [Picture(found.icon, "text2", 18), words]
        if found.more:
            parts.append(MarkedLine(found.more, found.more_marks, "caption") if found.more_marks
                         else Elided(found.more, "caption"))
        parts.append(None)
        if found.key:
            parts.append(KeyCap(found.key))
        item = self._put(holder(Row(*parts, space=10, margins=(8, 4, 8, 4))), 38)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{found.words} {found.more}".strip())
        self._items[self.list.row(item)] = found

    def _put(self, widget: QWidget, height: int) -> QListWidgetItem:
        item = QListWidgetItem(self.list)
        item.setSizeHint(QSize(1, look().px(height)))
        for part in (widget, *widget.findChildren(QLabel)):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, True)
        self.list.setItemWidget(item, widget)
        return item

    def _place(self) -> None:
        window = self.parentWidget()
        if window is None:
            return
        px = look().px
        rows = sum(self.list.item(n).sizeHint().height() for n in range(self.list.count()))
        width = min(px(640), window.width() - px(32))
        said = self.nothing.heightForWidth(width - px(32)) + px(10) if not self.nothing.isHidden() else 0
        foot = self._foot.sizeHint().height() + px(10) if self._foot is not None else 0
        height = min(px(100) + said + foot + rows, px(460), window.height() - px(80))
        self.setGeometry((window.width() - width) // 2, px(48), width, height)
