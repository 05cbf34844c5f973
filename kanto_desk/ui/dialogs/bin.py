"""ごみ箱: what was deleted in the last 30 days, with search and preview; Enter brings the chosen one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.services.bin import DAYS, Item, Preview
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.dialogs.history import shown
from kanto_desk.ui.layout import Column, Part, Row, boxed, holder, scrolling, set_property
from kanto_desk.ui.notices import EmptyState, announce
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.table_search import TableSearch
from kanto_desk.ui.text import Elided, Label, Picture, Wrapped
from kanto_desk.ui.theme import look

WAIT_MS = 120
_WIDTH, _HEIGHT, _SIDE = 940, 640, 320
_BESIDE: Final = 700
"""Width of the box from which the preview stands beside the list."""


class BinBox(Box):
    """Asks by signals for what fits a search, for the preview of an item, and for its way back."""

    asked = Signal(str)
    preview_asked = Signal(object)
    restore_asked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, tr("ごみ箱"), width=_WIDTH, height=_HEIGHT)
        self._items: tuple[Item, ...] = ()
        self.table = TableView((TableColumn(tr("消したもの")), TableColumn(tr("いつ"), 150)), tr("ごみ箱の一覧"))
        self.search = TableSearch(self.table, tr("名前・企業・消した人"), tr("ごみ箱の中をさがす"))
        self.count = Label("", "caption")
        told = Wrapped(tr("{n}日のあいだは戻せます。過ぎたものは、この一覧から消えます。", n=DAYS), "caption")
        self.back = Button(tr("もとに戻す"), "undo-2", "primary", key="Enter")
        self.back.clicked.connect(self._restore)
        self.empty = EmptyState(tr("ごみ箱はからです。消したものは、ここから{n}日のあいだ戻せます。", n=DAYS),
                                picture="trash-2")
        self.none = EmptyState(" ", tr("条件をすべて外す"), picture="search")
        self.none.acted.connect(self._clear)
        self._stack = QStackedWidget()
        for part in (self.table, self.empty, self.none):
            self._stack.addWidget(part)
        self._side = Column(space=0)
        self._side_box = boxed("side", self._side)
        heading = Row(Label(self.windowTitle(), "h2"), self.count, None, self.search, margins=(24, 12, 20, 12))
        head = boxed("top", heading)
        list_ = Column(told, self._stack, space=8, margins=(20, 10, 12, 10))
        list_.setStretch(1, 1)
        body = Row(holder(list_), self._side_box, space=0)
        body.setStretch(0, 1)
        self.said = Elided("", "caption")
        line = Row(self.back, self.said, None, self.done_button, space=12, margins=(24, 8, 20, 8))
        foot = boxed("foot", line)
        column = Column(head, holder(body), foot, space=0)
        column.setStretch(1, 1)
        self.setLayout(column)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self.ask)
        self.search.edited.connect(self._later.start)
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.table.opened.connect(lambda _uid: self._restore())
        self.table.current_changed.connect(lambda _uid: self._chosen())
        self.on_find(self._to_search)
        self.restyle()
        self.fit()
        self.show_preview(None, None)
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def ask(self) -> None:
        """Ask for what fits the words in the search box."""
        self._later.stop()
        self.asked.emit(self.search.whole().strip())

    def say(self, words: str, *, refused: bool = False) -> None:
        """What became of the item, at the foot; the window's own footer says it, too, but stands behind the box."""
        set_property(self.said, "tone", "danger" if refused else "ok")
        self.said.set_text(words)
        announce(self.said, words)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show these; the row chosen stays where it was, or the one that took its place."""
        at = max(0, self.table.currentIndex().row())
        self._items = tuple(items)
        self.table.set_source(len(items), lambda offset, limit: [_row(one) for one in items[offset:offset + limit]])
        self.count.setText(tr("ごみ箱に{n}件", n=f"{len(items):,}"))
        words = self.search.whole().strip()
        self.none.words.set_text(tr("「{words}」は見つかりません。言葉を減らすと見つかることがあります。", words=words))
        self._stack.setCurrentIndex(0 if items else 2 if words else 1)
        self.back.setEnabled(bool(items))
        if items:
            self.table.selectRow(min(at, len(items) - 1))
        self._chosen()

    def chosen(self) -> Item | None:
        """The item chosen; None without one."""
        at = self.table.currentIndex().row()
        return self._items[at] if 0 <= at < len(self._items) else None

    def show_preview(self, item: Item | None, found: Preview | None) -> None:
        """Show what the chosen item holds; an answer for another one is dropped."""
        if item is not None and item != self.chosen():
            return
        area = scrolling(holder(Column(*_preview(item, found), None, space=8, margins=(18, 14, 18, 14))), box="quiet")
        old = self._side.takeAt(0)
        if old is not None and old.widget() is not None:
            widget = old.widget()
            assert widget is not None
            widget.hide()
            widget.deleteLater()
        self._side.fill(area)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._side_box.setVisible(self.width() >= look().px(_BESIDE))

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() in ENTER_KEYS and isinstance(focus, Button):
            focus.click()
        else:
            super().keyPressEvent(event)

    def _chosen(self) -> None:
        item = self.chosen()
        self.show_preview(None, None)
        if item is not None:
            self.preview_asked.emit(item)

    def _restore(self) -> None:
        item = self.chosen()
        if item is not None:
            self.restore_asked.emit(item)

    def _clear(self) -> None:
        self.search.clear()
        self.ask()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._side_box.setFixedWidth(look().px(_SIDE))
        self.search.setFixedWidth(look().px(240))


def _row(item: Item) -> TableRow:
    at = item.at.astimezone(JST)
    day = f"{at.month}/{at.day}" if language() == "ja" else f"{at.day} {at:%b}"
    below = _below(item)
    return TableRow(item.key[1], (Cell(item.title, below), Cell(f"{day} {at:%H:%M}", item.by)))


def _below(item: Item) -> str:
    where = "　".join(filter(None, (item.place, long_day(item.on) if item.on else "")))
    return "・".join(filter(None, (item.kind, _others(item), where)))


def _others(item: Item) -> str:
    return tr("ほか{n}件", n=f"{len(item.others):,}") if item.others else ""


def _preview(item: Item | None, found: Preview | None) -> list[Part]:
    if item is None:
        return [Wrapped(tr("選ぶと、ここに中身が出ます。"), "caption")]
    parts: list[Part] = [Wrapped(item.title, "h3"),
                         Wrapped(_below(item), "caption")]
    if item.used:
        words = tr("{n}日を過ぎましたが、ほかの記録がこれを使っているため残しています。", n=DAYS)
        line = Row(Picture("circle-alert", "warn", 16), Wrapped(words, "warning"), space=6)
        line.setStretch(1, 1)
        parts.append(holder(line))
    for field, value in found.fields if found else ():
        parts.append(Column(Label(field.label(language()), "caption"), Wrapped(shown(value)), space=0))
    if found and found.lines:
        heading = tr("この企業の相談（残ります）") if item.key[0] == "organization" else tr("いっしょに消えたもの")
        parts += [Label(heading, "caption"), *(Wrapped(line, "second") for line in found.lines)]
    return parts
