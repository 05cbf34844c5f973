"""The lines of a timeline in order, in C++ items: a Python model would be called three times a row at every layout."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel

from kanto_desk.i18n import tr
from kanto_desk.ui.kinds import BY_CODE, LineKind

Index = QModelIndex | QPersistentModelIndex
LINE = Qt.ItemDataRole.UserRole
SIZE = Qt.ItemDataRole.SizeHintRole
SPOKEN = Qt.ItemDataRole.AccessibleTextRole


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture under a line."""

    uid: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """How a promise was read; None where nothing was found. Both are words as they are shown.

    `unread` is what was written as by when and is no date; it is asked about even where an earlier date stands.
    """

    who: str | None = None
    due: str | None = None
    unread: str = ""

    def ask_due(self) -> str:
        """What the second chip asks; empty where a date answers."""
        if self.unread:
            return tr("期限？「{text}」", text=self.unread)
        return "" if self.due else tr("期限を選ぶ")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `time` is shown as it is; `kind` is a code of `KINDS`; `promise` belongs to promise lines only."""

    uid: str
    time: str
    kind: str
    text: str
    photos: tuple[Photo, ...] = ()
    promise: Promise | None = None
    edited: bool = False
    contested: bool = False   # changed on two computers: waits for a decision
    look: LineKind = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "look", BY_CODE[self.kind])

    def shown(self) -> str:
        """The text with the mark of an edited line."""
        return self.text + (f"　{tr('編集済み')}" if self.edited else "")

    def spoken(self) -> str:
        """What a screen reader says."""
        words = [self.time, self.look.word, self.shown()]
        if self.promise:
            words += [self.promise.who or tr("担当を選ぶ"), self.promise.ask_due() or self.promise.due or ""]
        if self.contested:
            words.append(tr("2台で直しました。Alt+Enter で確認する"))
        if self.photos:
            words.append(tr("写真{count}枚", count=len(self.photos)))
        return " ".join(words)


class TimelineModel(QStandardItemModel):
    """Lines in their order. `edited` and `moved` tell of what the user did here, not of what the page sets."""

    edited = Signal(str, str)   # uid, new text
    moved = Signal(str, int)    # uid, new place

    def add(self, lines: Iterable[Line], at: int | None = None) -> None:
        """Insert lines at a place, or at the end; one signal for all of them."""
        items = [self._fill(QStandardItem(), line) for line in lines]
        if items:
            self.invisibleRootItem().insertRows(self.rowCount() if at is None else at, items)

    def line(self, row: int) -> Line:
        """The line of a row."""
        found = self.item(row).data(LINE)
        assert isinstance(found, Line)
        return found

    def row_of(self, uid: str) -> int | None:
        """The row of a line; None if it is not here."""
        return next((row for row in range(self.rowCount()) if self.line(row).uid == uid), None)

    def update_line(self, line: Line) -> bool:
        """Show a line anew (promise read, photo added, changed elsewhere); False if it is not here."""
        row = self.row_of(line.uid)
        if row is None:
            return False
        if self.line(row) != line:
            self._replace(row, line)
        return True

    def remove(self, uid: str) -> bool:
        """Take a line away; False if it is not here."""
        row = self.row_of(uid)
        return row is not None and self.removeRow(row)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return super().setData(index, value, role)
        line = replace(self.line(index.row()), text=str(value), edited=True)
        self._replace(index.row(), line)
        self.edited.emit(line.uid, line.text)
        return True

    def moveRows(self, source: Index, first: int, count: int, target: Index, to: int, /) -> bool:
        if source.isValid() or target.isValid() or count != 1 or first < 0 or to in (first, first + 1) \
                or not 0 <= to <= self.rowCount():
            return False
        place = to - (to > first)
        self.insertRow(place, self.takeRow(first))
        self.moved.emit(self.line(place).uid, place)
        return True

    def _replace(self, row: int, line: Line) -> None:
        with QSignalBlocker(self):   # three changes, one layout
            self._fill(self.item(row), line)
        index = self.index(row, 0)
        self.dataChanged.emit(index, index)

    @staticmethod
    def _fill(item: QStandardItem, line: Line) -> QStandardItem:
        item.setDropEnabled(False)
        item.setData(line, LINE)
        item.setText(line.text)
        item.setData(line.spoken(), SPOKEN)
        return item
