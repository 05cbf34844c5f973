"""Items of まとめ (課題, 助言): each follows its line until it is written here; then 取り込む takes the line again.
An advice says which issue it answers: by number, by a word of the issue, or none.

Tells what the user did; saves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.summary import Item
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.choices import ChoiceInput, Option, folded
from kanto_desk.ui.composing import flush_composition
from kanto_desk.ui.inputs import TextInput
from kanto_desk.ui.layout import Column, Row, compact, holder
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look


class _ItemRow(QWidget):
    """One item: number, text, and what can be done with it."""

    written = Signal(object, str)
    adopted = Signal(object)
    removed = Signal(object)
    paired = Signal(object, str)   # item, key of an issue or ""

    def __init__(self, item: Item, *, answering: bool) -> None:
        super().__init__()
        self.item = item
        self._issues: dict[str, str] = {}
        self.answers: ChoiceInput | None = None
        self._pair: QWidget | None = None
        self.number = Label("", "second")
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.text = TextInput(least=1)
        self.state = Label(tr("ここで直しました"), "caption")
        self.adopt = Button(tr("取り込む"), "refresh-cw", "ghost", name=tr("行の今の文を取り込む"))
        self.remove = Button("", "x", "icon", name=tr("この項目を外す"))
        self._autosave = Autosave(self)
        self._autosave.due.connect(self._tell)
        self.text.edited.connect(self._autosave.touch)
        self.text.left.connect(self._autosave.flush)
        self.adopt.clicked.connect(lambda: self.adopted.emit(self.item))
        self.remove.clicked.connect(lambda: self.removed.emit(self.item))
        written = Column(self.text, space=4)
        if answering:
            self.answers = ChoiceInput(self._find, lambda key: self._issues.get(key, ""))
            self.answers.edited.connect(self._tell_pair)
            self.guess = Label(tr("行の順から"), "caption")
            pair = Row(Label(tr("答える課題"), "caption"), self.answers, self.guess, space=8)
            pair.setStretch(1, 1)
            self._pair = holder(pair)
            written.fill(self._pair)
        line = Row(self.number, written, self.remove, space=8)
        line.setStretch(1, 1)
        for widget in (self.number, self.remove):
            line.setAlignment(widget, Qt.AlignmentFlag.AlignTop)
        self._below = holder(Row(24, self.state, compact(self.adopt), None, space=8))
        self.setLayout(Column(line, self._below, space=0))
        self.restyle()
        self.show_item(item)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.number.setFixedSize(look().px(22), look().px(34))

    def show_item(self, item: Item, issues: Mapping[str, str] | None = None) -> None:
        """Show the item as it is kept; text being written stays. `issues`: key → words, for what it may answer."""
        self.item = item
        if issues is not None:
            self._issues = dict(issues)
        self._show_pair()
        if not self.busy() and self.text.value() != (item.text or None):
            self.text.set_value(item.text)
        self._below.setVisible(item.edited and bool(item.source))
        self.state.setText(tr("元の行がそのあと変わりました") if item.changed else tr("ここで直しました"))
        self.state.set_tone("warn" if item.changed else None)
        self.adopt.setVisible(bool(item.source) and item.edited)

    def busy(self) -> bool:
        """Whether the user is writing here."""
        return self._autosave.waiting or self.text.hasFocus() or self.text.composing or self.text.held

    def flush(self) -> None:
        flush_composition(self)
        self._autosave.flush()

    def set_read_only(self, on: bool) -> None:
        self.text.setReadOnly(on)
        self.remove.setVisible(not on)
        self.adopt.setEnabled(not on)
        if self.answers is not None:
            self.answers.setEnabled(not on)

    def _find(self, text: str) -> Sequence[Option]:
        """Issues by their number or a part of their words."""
        wanted = folded(text)
        numbered = [(key, words) for key, words in self._issues.items() if words.startswith(f"{wanted}.")]
        return numbered or [(key, words) for key, words in self._issues.items() if wanted in folded(words)]

    def _show_pair(self) -> None:
        if self.answers is None or self._pair is None:
            return
        self._pair.setVisible(bool(self._issues))
        self.guess.setVisible(self.item.guessed and bool(self.item.answers))
        shown = self._issues.get(self.item.answers, "")
        known = self.answers.value() or "", self.answers.text()
        if not self.answers.hasFocus() and known != (self.item.answers, shown):
            self.answers.set_value(self.item.answers or None)

    def _tell_pair(self) -> None:
        if self.answers is not None:
            self.paired.emit(self.item, self.answers.value() or "")

    def _tell(self) -> None:
        self.written.emit(self.item, self.text.value() or "")


class ItemsEditor(QWidget):
    """The items of one section, in order."""

    written = Signal(object, str)   # item, text
    adopted = Signal(object)
    removed = Signal(object)
    added = Signal(str)             # text
    paired = Signal(object, str)    # item, key of the issue it answers or ""

    def __init__(self, name: str, add_words: str, *, answering: bool = False) -> None:
        super().__init__()
        self._answering = answering
        self._rows: list[_ItemRow] = []
        self._read_only = False
        self._list = Column(space=6)
        self.none = Label(tr("この種類の行はまだありません"), "caption")
        self.add = Button(add_words, "plus", "ghost")
        self.add.clicked.connect(self._begin)
        self.fresh = TextInput(least=1)
        self.fresh.setAccessibleName(add_words)
        self.fresh.left.connect(self._end)
        self.fresh.hide()
        self.setLayout(Column(holder(self._list), self.none, self.fresh, compact(self.add), space=4))
        self.setAccessibleName(name)
        self.setFocusProxy(self.add)

    def show_items(self, items: Sequence[Item], issues: Sequence[Item] = ()) -> None:
        """Show the items; an item being written keeps its text. `issues` are those that an advice may answer."""
        words = {issue.key: f"{n}. {issue.text}".replace("\n", " ") for n, issue in enumerate(issues, 1)}
        known = {_key(row.item): row for row in self._rows}
        rows: list[_ItemRow] = []
        for item in items:
            row = known.pop(_key(item), None) or self._by_source(known, item)
            if row is None:
                row = self._row(item)
            row.show_item(item, words)
            rows.append(row)
        for old in known.values():
            if old.busy() and old.text.value():
                rows.append(old)   # written here while its line went away elsewhere
                continue
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        if rows != self._rows:
            for at, row in enumerate(rows):
                self._list.insertWidget(at, row)
        self._rows = rows
        for n, row in enumerate(rows, 1):
            row.number.setText(f"{n}.")
            row.text.setAccessibleName(f"{self.accessibleName()} {n}")
            if row.answers is not None:
                row.answers.setAccessibleName(tr("助言{n}が答える課題", n=n))
            row.set_read_only(self._read_only)
        self.none.setVisible(not rows)

    def set_read_only(self, on: bool) -> None:
        """Show only."""
        self._read_only = on
        self.add.setVisible(not on)
        # Tab would stand still before a proxy that is not shown.
        self.setFocusProxy(None if on else self.add)  # type: ignore[arg-type]  # Qt takes none
        for row in self._rows:
            row.set_read_only(on)

    def texts(self) -> list[TextInput]:
        """The boxes of the items, in order."""
        return [row.text for row in self._rows]

    def rows(self) -> tuple[_ItemRow, ...]:
        """The rows, in order."""
        return tuple(self._rows)

    def flush(self) -> None:
        """Save what is being written."""
        for row in self._rows:
            row.flush()
        self.fresh.rescue()
        self._end()

    def _row(self, item: Item) -> _ItemRow:
        row = _ItemRow(item, answering=self._answering)
        row.written.connect(self.written)
        row.adopted.connect(self.adopted)
        row.removed.connect(self.removed)
        row.paired.connect(self.paired)
        return row

    @staticmethod
    def _by_source(known: dict[tuple[str, str], _ItemRow], item: Item) -> _ItemRow | None:
        """The row that showed this item before it had a record of its own, or by its record."""
        found = next((key for key, row in known.items() if item.source and row.item.source == item.source), None)
        return known.pop(found) if found else None

    def _begin(self) -> None:
        self.fresh.set_value(None)
        self.fresh.show()
        self.fresh.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end(self) -> None:
        text = self.fresh.value()
        if self.fresh.isHidden():
            return
        self.fresh.hide()
        self.fresh.set_value(None)
        if text:
            self.added.emit(text)


def _key(item: Item) -> tuple[str, str]:
    return (item.source or "", "" if item.source else item.uid or "")
