"""Choosing from a list: by typing part of a name, or with chips. Suggestions are drawn inside the window.

They never take the focus, because a popup would turn the input method off. What the choices are is passed in.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.icons import icon
from kanto_desk.ui.inputs import LineInput, mark_error
from kanto_desk.ui.layout import Column, Flow, holder, set_property
from kanto_desk.ui.line_icons import LineIcon
from kanto_desk.ui.theme import look

Option = tuple[str, str]
"""(code or uid, the words shown)."""
Find = Callable[[str], Sequence[Option]]
"""What is typed so far → the options that fit, best first."""



class Growing(Protocol):
    """A box that waits for a choice which is being added."""

    def grown(self, code: str) -> None:
        """Choose what was added."""

    def taken_back(self, code: str) -> None:
        """Choose again what was chosen before, if `code` still is."""

    def not_grown(self, why: str) -> None:
        """Say why nothing was added; the words stay."""


Grow = Callable[[str, Growing], None]
"""Adds the words typed to the list behind a box, and tells the box."""

_CODE, _ROWS = Qt.ItemDataRole.UserRole, 8
_ADD = ""   # the code of the row that adds the words typed
_FEW = 10   # up to so many choices are all shown as chips


def folded(text: str) -> str:
    """Text for comparing: width, case and kind of kana do not matter."""
    flat = unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in flat)


def among(options: Sequence[Option]) -> Find:
    """A search in a list that is all in memory: any part of the words or of the code."""
    keys = [(option, folded(option[1]) + "\n" + folded(option[0])) for option in options]

    def find(text: str) -> Sequence[Option]:
        wanted = folded(text)
        return [option for option, key in keys if wanted in key]
    return find


def now_among(options: Callable[[], Sequence[Option]]) -> Find:
    """The same in a list that may grow: it is asked anew each time."""
    def find(text: str) -> Sequence[Option]:
        return among(options())(text)
    return find


class Suggestions(QListWidget):
    """The list below a text box: a child of the window that never takes the focus."""

    picked = Signal(str, str)
    add_asked = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        set_property(self, "box", "menu")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("候補"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.itemPressed.connect(self._pick)
        self.hide()

    def open_below(self, box: QWidget, options: Sequence[Option], add: str = "") -> None:
        """Show `options` below `box`, or above it when there is no room; `add` is the row that adds what was typed."""
        self.clear()
        for code, words in (*options, *(((_ADD, add),) if add else ())):
            item = QListWidgetItem(words, self)
            item.setData(_CODE, code)
            item.setSizeHint(item.sizeHint().expandedTo(self._row_size()))
        if add:
            self.item(self.count() - 1).setIcon(icon("plus", "accent"))
        window = self.window()
        height = min(self.count(), _ROWS) * self._row_size().height() + 2 * self.frameWidth() + 4
        place = box.mapTo(window, QPoint(0, box.height() + 2))
        if place.y() + height > window.height():
            place.setY(max(0, box.mapTo(window, QPoint(0, 0)).y() - height - 2))
        self.setGeometry(place.x(), place.y(), max(box.width(), look().px(180)), height)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Move the chosen row down or up, round the ends."""
        first = 0 if by > 0 else self.count() - 1
        self.setCurrentRow((self.currentRow() + by) % self.count() if self.currentRow() >= 0 else first)

    def current(self) -> Option | None:
        """The chosen option."""
        item = self.currentItem() if self.currentRow() >= 0 else None
        return (str(item.data(_CODE)), item.text()) if item else None

    def take(self, option: Option) -> None:
        """Do what a row is for: choose, or add what was typed."""
        if option[0] == _ADD:
            self.add_asked.emit()
        else:
            self.picked.emit(*option)

    def _row_size(self) -> Any:
        size = self.fontMetrics().size(0, "国")
        size.setHeight(look().px(32))
        return size

    def _pick(self, item: QListWidgetItem) -> None:
        self.take((str(item.data(_CODE)), item.text()))


class ChoiceInput(LineInput):
    """One choice, found by typing a part of its words; ↓ shows all, Enter takes, Esc closes the list."""

    chosen = Signal(str)
    given_back = Signal(str)   # a choice that was added here is taken out of the list again

    def __init__(self, find: Find, label: Callable[[str], str], *, width: float | None = None,
                 grow: Grow | None = None) -> None:
        super().__init__(width=width)
        self._find, self._label, self._grow = find, label, grow
        self._code: str | None = None
        self._before_growing: str | None = None
        self._list: Suggestions | None = None
        self._arrow = LineIcon(self, "chevron-down", tr("候補を見る"), at_end=True)
        self._arrow.clicked.connect(self.open_list)
        self.textEdited.connect(self._filter)

    @property
    def readable(self) -> bool:
        """Whether the text is a choice or empty; words that name none, or several, wait for the user."""
        text = self.text().strip()
        return not text or (self._code is not None and text == self._label(self._code))

    def value(self) -> Any:
        """The code chosen; None when empty."""
        return self._code

    def set_value(self, value: Any, /) -> None:
        """Show the choice with this code, or none."""
        self._code = value
        super().set_value(None if value is None else self._label(value))
        self._close()

    def suggestions(self) -> Suggestions | None:
        """The list once it was opened."""
        return self._list

    def open_list(self) -> None:
        """Show every choice; for words that none is called by, what fits them and the way to add them."""
        if self._grow is not None and not self.readable:
            self._filter(self.text())
        else:
            self._show(self._find(""))

    def composition_changed(self) -> None:
        if self.composing:
            self._show(self._find(self.text() + self.preedit))

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        open_ = self._list is not None and self._list.isVisible()
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._list is not None and open_:
            self._list.step(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_Down:
            self.open_list()
        elif event.key() in ENTER_KEYS and self._list is not None and open_ and (option := self._list.current()):
            self._list.take(option)
        elif event.key() in ENTER_KEYS and not self.readable:
            self.tidy()   # the only choice that fits is taken; the list of several stays open
        elif event.key() == Qt.Key.Key_Escape and open_:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        super().focusOutEvent(event)
        self._close()

    def tidy(self) -> None:
        """Take what was typed if it names one choice; otherwise say so and keep the text."""
        text = self.text().strip()
        if text and self.readable:
            return
        if not text:
            changed, self._code = self._code is not None, None
            if changed:
                self.edited.emit()
            return
        found = self._find(text)
        exact = [option for option in found if folded(option[1]) == folded(text)]
        fits = exact or found
        if len(fits) == 1:
            self._take(*fits[0])
        elif self._adding(text):
            self.set_error(tr("一覧から選びます。ないものは、候補の「区分に加える」で加えられます"))
        else:
            self.set_error(tr("一覧から選びます"))

    def grown(self, code: str) -> None:
        """Choose what was added."""
        self._before_growing = self._code
        self._take(code, self._label(code))

    def taken_back(self, code: str) -> None:
        """Choose again what was chosen before, if `code` still is."""
        if self._code == code:
            self.set_value(self._before_growing)
            self.edited.emit()
        self.given_back.emit(code)

    def not_grown(self, why: str) -> None:
        """Say why nothing was added; the words stay."""
        self.set_error(why)

    def _user_edited(self) -> None:
        if self.property("error"):
            self.set_error(None)
        if not self.text().strip() and self._code is not None:   # a cleared box is a value of its own; a part is not
            self._code = None
            self.edited.emit()

    def _filter(self, text: str) -> None:
        found = self._find(text) if text.strip() else ()
        self._show(found, self._adding(text.strip(), found))

    def _adding(self, text: str, found: Sequence[Option] = ()) -> str:
        """The words of the row that adds what was typed; "" where a choice is called so or nothing can be added."""
        if self._grow is None or not text or any(folded(option[1]) == folded(text) for option in found):
            return ""
        return tr("「{name}」を区分に加える", name=text)

    def _add(self) -> None:
        words = self.text().strip()
        self._close()
        if self._grow is not None and words:
            self._grow(words, self)

    def _show(self, options: Sequence[Option], add: str = "") -> None:
        if not options and not add:
            self._close()
            return
        if self._list is None:
            self._list = Suggestions(self.window())
            self._list.picked.connect(self._take)
            self._list.add_asked.connect(self._add)
            self.destroyed.connect(self._list.deleteLater)
        self._list.open_below(self, options[:100], add)

    def _close(self) -> None:
        if self._list is not None:
            self._list.hide()

    def _take(self, code: str, words: str) -> None:
        changed = code != self._code
        self._code = code
        self.setText(words)
        self.set_error(None)
        self._close()
        if changed:
            self.edited.emit()
        self.chosen.emit(code)


class MultiChoice(QWidget):
    """Several choices in the order they were chosen: chips, and a search box when there are many."""

    edited = Signal()
    left = Signal()
    error_changed = Signal(str)

    def __init__(self, options: Sequence[Option], *, now: Callable[[], Sequence[Option]] | None = None,
                 grow: Grow | None = None, label: Callable[[str], str] = str) -> None:
        super().__init__()
        self._options, self._label = dict(options), label
        self._value: tuple[str, ...] = ()
        self._chips: dict[str, Chip] = {}
        self._flow = Flow()
        column = Column(holder(self._flow), space=6)
        self.search: ChoiceInput | None = None
        if len(options) > _FEW:
            self.search = ChoiceInput(now_among(now) if now and grow else among(options), self._words, width=16,
                                      grow=grow)
            self.search.setAccessibleName(tr("さがして加える"))
            self.search.chosen.connect(self._add)
            self.search.given_back.connect(self._remove)
            self.search.left.connect(self.left)
            self.setFocusProxy(self.search)
            column.fill(self.search)
        else:
            for code, words in options:
                self._chip(code, words)
        self.setLayout(column)

    @property
    def composing(self) -> bool:
        """Whether the search box is composing."""
        return self.search is not None and self.search.composing

    readable = True

    def value(self) -> Any:
        """The codes chosen, in order."""
        return self._value

    def set_value(self, value: Any, /) -> None:
        """Show these codes as chosen; codes that are no longer in the list are shown as they are."""
        self._value = tuple(value or ())
        for code in self._value:
            if code not in self._chips:
                self._chip(code, self._words(code))
        for code, chip in list(self._chips.items()):
            chip.setChecked(code in self._value)
            if self.search is not None and code not in self._value:
                self._flow.removeWidget(chip)
                del self._chips[code]
                chip.hide()
                chip.deleteLater()
        self.set_error(None)

    def set_error(self, text: str | None, /) -> None:
        """Show or take away an error."""
        mark_error(self, text)
        self.error_changed.emit(text or "")

    def chips(self) -> tuple[Chip, ...]:
        """The chips shown."""
        return tuple(self._chips.values())

    def _chip(self, code: str, words: str) -> None:
        chip = Chip(words, "x" if self.search is not None else None,
                    name=tr("{words} を外す", words=words) if self.search is not None else words)
        chip.clicked.connect(lambda: self._toggle(code))
        self._chips[code] = chip
        self._flow.addWidget(chip)

    def _toggle(self, code: str) -> None:
        chosen = tuple(c for c in self._value if c != code) if code in self._value else (*self._value, code)
        self.set_value(chosen)
        self.edited.emit()

    def _words(self, code: str) -> str:
        return self._options.get(code) or self._label(code)

    def _add(self, code: str) -> None:
        if self.search is not None:
            self.search.set_value(None)
        if code not in self._value:
            self._toggle(code)

    def _remove(self, code: str) -> None:
        if code in self._value:
            self._toggle(code)


class FlagInput(QWidget):
    """Yes, no, or not asked yet: two chips of which none may be chosen."""

    edited = Signal()
    left = Signal()
    error_changed = Signal(str)
    composing = False
    readable = True

    def __init__(self, *, yes: str = "", no: str = "") -> None:
        super().__init__()
        self.yes, self.no = Chip(yes or tr("はい")), Chip(no or tr("いいえ"))
        self.setLayout(Flow(self.yes, self.no))
        self.setFocusProxy(self.yes)
        self.yes.clicked.connect(lambda on: self._click(self.no, on))
        self.no.clicked.connect(lambda on: self._click(self.yes, on))

    def value(self) -> Any:
        """True, False, or None when not asked yet."""
        return True if self.yes.isChecked() else False if self.no.isChecked() else None

    def set_value(self, value: Any, /) -> None:
        """Show True, False or None."""
        self.yes.setChecked(value is True)
        self.no.setChecked(value is False)

    def set_error(self, text: str | None, /) -> None:
        """Show or take away an error."""
        mark_error(self, text)
        self.error_changed.emit(text or "")

    def _click(self, other: Chip, on: bool) -> None:
        if on:
            other.setChecked(False)
        self.edited.emit()
