"""A long column whose parts are made a block at a time: a window with 400 cards is built for nobody.

Parts that stay the same are kept as they stand, with the focus and what was chosen in them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, holder
from kanto_desk.ui.pages.consultation.tab_order import reading_order


@dataclass(frozen=True, slots=True)
class Item:
    """A part by its key; it is made anew where `state` is another than it was made for.

    `carry(old, new)` takes over what the user began in the part that goes; both are in the window then.
    """

    key: Hashable
    state: object
    make: Callable[[], QWidget]
    carry: Callable[[QWidget, QWidget], None] | None = None


class Blocks(QWidget):
    """Shows the first `block` items, and more by 続きを表示 (`more`) or `grow`. A screen reader hears `name`."""

    def __init__(self, block: int, space: int, name: str) -> None:
        super().__init__()
        self.block = block
        self._items: Sequence[Item] = ()
        self._made: dict[Hashable, tuple[object, QWidget]] = {}
        self._column = Column(space=space)
        self.more = Button("", "chevron-down", name=name)
        self._name = name
        self.more.clicked.connect(self.grow)
        self.more.hide()
        self.setLayout(Column(holder(self._column), self.more, space=space))

    def show_items(self, items: Sequence[Item]) -> None:
        """Show these: what is there already and has not changed is not made again."""
        states = {item.key: item.state for item in items}
        kept = max((at + 1 for at, item in enumerate(items) if item.key in self._made), default=0)
        gone: dict[Hashable, QWidget] = {}
        for key, (state, widget) in list(self._made.items()):
            if key not in states or states[key] != state:
                del self._made[key]
                self._column.removeWidget(widget)
                gone[key] = widget
        self._items = items
        self._build(max(self.block, kept))
        for item in items:
            if item.carry is not None and item.key in gone and item.key in self._made:
                item.carry(gone[item.key], self._made[item.key][1])
        for widget in gone.values():
            widget.hide()
            widget.deleteLater()

    def grow(self) -> None:
        """Make the next block; who pressed the button goes on at its first part."""
        before, held = len(self._made), self.more.hasFocus()
        self._build(before + self.block, since=before)
        first = _stops(self.widgets()[before]) if before < len(self._made) else []
        if held and first:
            first[0].setFocus(Qt.FocusReason.TabFocusReason)

    def ensure(self, key: Hashable) -> QWidget | None:
        """The part of this key, made if it was not yet; None where there is none."""
        at = next((at for at, item in enumerate(self._items) if item.key == key), None)
        if at is None:
            return None
        if key not in self._made:
            self._build(at + 1, since=len(self._made))
        return self._made[key][1]

    def widgets(self) -> list[QWidget]:
        """What was made, from the top."""
        return [self._made[item.key][1] for item in self._items if item.key in self._made]

    def grow_near(self, area: QScrollArea) -> None:
        """Make the next block where its button is within half a screen of being seen."""
        seen = area.viewport()
        if not self.more.isHidden() and self.more.mapTo(seen, QPoint()).y() < seen.height() * 3 // 2:
            self.grow()

    def _build(self, upto: int, since: int = 0) -> None:
        for at, item in enumerate(self._items[:upto]):
            if item.key not in self._made:
                self._made[item.key] = item.state, item.make()
            widget, there = self._made[item.key][1], self._column.itemAt(at)
            if there is None or there.widget() is not widget:
                self._column.insertWidget(at, widget)
        left = len(self._items) - len(self._made)
        self.more.setVisible(left > 0)
        self.more.set_words(tr("続きを表示（残り{n}件）", n=f"{left:,}"))
        self.more.setAccessibleName(tr("{what}：{words}", what=self._name, words=self.more.words))
        # Tab goes on through what came new; Qt would put it at the end of the window. The rest keeps its order.
        stops = [stop for widget in self.widgets()[max(0, since - 1):] for stop in _stops(widget)]
        for before, after in pairwise([*stops, self.more]):
            if before.nextInFocusChain() is not after:
                QWidget.setTabOrder(before, after)


def _stops(widget: QWidget) -> list[QWidget]:
    """Where Tab stops in a part."""
    return [widget] if widget.focusPolicy() & Qt.FocusPolicy.TabFocus else reading_order(widget)
