"""同じ企業の確認: pairs that may be one, the chosen one side by side, and what to do about it. Asks by signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.i18n import tr
from kanto_desk.rules.likeness import Reason
from kanto_desk.services.duplicates import Pair
from kanto_desk.services.uniting import Compared
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.dialogs.side_by_side import SideBySide, Word
from kanto_desk.ui.layout import Column, Row, boxed, holder, scrolling, set_property
from kanto_desk.ui.notices import EmptyState, announce
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.text import Elided, Label, Wrapped
from kanto_desk.ui.theme import look

_WIDTH, _HEIGHT, _LIST = 1180, 700, 410
_BESIDE: Final = 920
"""Width of the box from which the list of pairs stands beside the one compared."""
_LOW, _PAIR = 120, 500
"""Height of the list above; width from which two values stand side by side."""


class TwinsBox(Box):
    """The list of pairs, or one pair alone. `compare_asked(stays, goes)`, `merge_asked(stays, goes, fields taken)`,
    `apart_asked(one, other)`."""

    compare_asked = Signal(str, str)
    merge_asked = Signal(str, str, object)
    apart_asked = Signal(str, str)

    def __init__(self, parent: QWidget, word: Word, *, alone: bool = False) -> None:
        super().__init__(parent, tr("同じ企業の確認"), width=760 if alone else _WIDTH, height=_HEIGHT)
        self._word, self._alone = word, alone
        self._pairs: tuple[Pair, ...] = ()
        self._asked = ("", "")   # the pair whose comparison is on its way or shown
        self.shown: SideBySide | None = None
        self.table = TableView((TableColumn(tr("同じかもしれない二社")), TableColumn(tr("見込み"), 190)),
                               tr("同じかもしれない二社の一覧"))
        self.table.current_changed.connect(lambda _uid: self._chosen())
        self.table.opened.connect(lambda _uid: self._into_pair())
        self.count = Label("", "caption")
        self.reading = Wrapped(tr("さがしています…"), "second")
        self.empty = EmptyState(tr("同じ企業と思われるものは、いまありません。"), picture="circle-check")
        self._left = OneShown()
        for part in (self.reading, self.table, self.empty):
            self._left.addWidget(part)
        self._side = Column(space=0)
        self._side_box = boxed("side", self._side)
        list_ = Column(self._left, margins=(16, 10, 12, 10))
        list_.setStretch(0, 1)
        self._list = holder(list_)
        self._list.setVisible(not alone)
        self._body = Row(self._list, self._side_box, space=0)
        self._body.setStretch(1, 1)
        body = self._body
        self.unite = Button(tr("まとめる"), "check", "primary", key="Ctrl+Enter")
        self.unite.clicked.connect(self._merge)
        self.apart = Button(tr("別の企業"), "x", name=tr("別の企業とする（もうたずねない）"))
        self.apart.clicked.connect(self._keep_apart)
        self.said = Elided("", "caption")
        foot = Row(self.unite, self.apart, self.said, None, self.done_button, space=12, margins=(24, 8, 20, 8))
        foot.setStretch(2, 1)
        head = Row(Label(self.windowTitle(), "h2"), self.count, None, space=12, margins=(24, 12, 20, 12))
        column = Column(boxed("top", head), holder(body), boxed("foot", foot), space=0)
        column.setStretch(1, 1)
        self.setLayout(column)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._merge)
        self._show(None)
        self.restyle()
        self.fit()

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show these; the row chosen stays where it was."""
        at = max(0, self.table.currentIndex().row())
        self._pairs = tuple(pairs)
        self.table.set_source(len(pairs), lambda offset, limit: [_row(one) for one in pairs[offset:offset + limit]])
        self.count.setText(tr("{n}組", n=f"{len(pairs):,}"))
        self._left.setCurrentIndex(1 if pairs else 2)
        if pairs:
            self.table.selectRow(min(at, len(pairs) - 1))
            if self.focusWidget() in (None, self.done_button, self.unite, self.apart):
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._chosen()

    def chosen(self) -> Pair | None:
        """The pair chosen; None without one."""
        at = self.table.currentIndex().row()
        return self._pairs[at] if 0 <= at < len(self._pairs) else None

    def show_compared(self, found: Compared, reasons: Sequence[Reason]) -> None:
        """Show two side by side; an answer about others than those chosen is dropped."""
        pair, both = self.chosen(), {found.stays.uid, found.goes.uid}
        if not self._alone and (pair is None or {pair.one, pair.other} != both):
            return
        swapped = self.shown is not None and self.shown.found.stays.uid == found.goes.uid
        self._show(SideBySide(found, reasons, self._word))
        assert self.shown is not None
        self.shown.swap_asked.connect(lambda: self.compare_asked.emit(found.goes.uid, found.stays.uid))
        if swapped and not found.fixed:
            self.shown.swap.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._alone:
            self._into_pair()

    def say(self, words: str, *, refused: bool = False) -> None:
        """What became of the pair, at the foot: the window's own footer stands behind the box."""
        set_property(self.said, "tone", "danger" if refused else "ok")
        self.said.set_text(words)
        announce(self.said, words)

    def _show(self, shown: SideBySide | None) -> None:
        self.shown = shown
        inside = shown or holder(Column(Wrapped(tr("組を選ぶと、ここに二社がならびます。"), "caption"), None,
                                        margins=(18, 14, 18, 14)))
        area = scrolling(inside, box="page")
        focus, held = self.focusWidget(), False
        old = self._side.takeAt(0)
        if old is not None and (widget := old.widget()) is not None:
            held = focus is not None and widget.isAncestorOf(focus)
            widget.hide()
            widget.deleteLater()
        self._side.fill(area)
        self.restyle()
        area.show()   # at once: a part of it may be about to take the focus
        if held:   # what is gone must not hand the focus to nobody
            (self.done_button if self._alone or not self._pairs else self.table).setFocus(
                Qt.FocusReason.OtherFocusReason)
        for button in (self.unite, self.apart):
            button.setEnabled(shown is not None)

    def _chosen(self) -> None:
        pair = self.chosen()
        asked = (pair.one, pair.other) if pair is not None else ("", "")
        if not self._alone and asked != self._asked:
            self._asked = asked
            self._show(None)
            if pair is not None:
                self.compare_asked.emit(pair.one, pair.other)

    def _into_pair(self) -> None:
        if self.shown is not None:
            first = self.shown.pairs[0] if self.shown.pairs else None
            (first.goes if first and first.taken else first.stays if first else self.unite).setFocus(
                Qt.FocusReason.OtherFocusReason)

    def _merge(self) -> None:
        if self.shown is not None:
            found = self.shown.found
            self.merge_asked.emit(found.stays.uid, found.goes.uid, self.shown.taken())

    def _keep_apart(self) -> None:
        if self.shown is not None:
            self.apart_asked.emit(self.shown.found.stays.uid, self.shown.found.goes.uid)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.focusWidget()
        if event.key() in ENTER_KEYS and isinstance(focus, Button):
            focus.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: without room for both, the list stands above, and values below each other."""
        used = look()
        beside = self.width() >= used.px(_BESIDE)
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._list.setMinimumWidth(used.px(_LIST) if beside else 0)
        self._list.setMaximumWidth(used.px(_LIST) if beside else self.width())
        self._list.setMaximumHeight(self.height() if beside else used.px(_LOW))
        if self.shown is not None:
            room = self.width() - (used.px(_LIST) if beside and not self._alone else 0)
            self.shown.set_narrow(room < used.px(_PAIR))


def _row(pair: Pair) -> TableRow:
    strongest = pair.reasons[0].words if pair.reasons else ""
    return TableRow(f"{pair.one}+{pair.other}", (Cell(pair.name, pair.other_name), Cell(pair.words, strongest)))
