"""What is open: one page for each place of the rail, open records as tabs, and the way back.

Builds pages when they are first shown. Knows pages only by `Page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QToolButton, QWidget

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.ui.layout import Column
from kanto_desk.ui.page import Key, Page, Place, Window
from kanto_desk.ui.pages.registry import PLACE_OF, place_page, record_page
from kanto_desk.ui.room import Room
from kanto_desk.ui.standing import box_of, take_box

Where = Key
"""("place", its name) or (record type, uid)."""


@dataclass(frozen=True, slots=True)
class Tab:
    """An open record as it is kept over a restart: what it is called, its inner tab, and where the cursor stood."""

    where: Where
    title: str
    part: str = ""
    box: object = None


class Places(QWidget):
    """Tabs above, the page shown below. Emits `changed` after another page came to the front.

    `gone(why)`: a record kept as a tab cannot be shown any more.
    """

    changed = Signal()
    gone = Signal(str)

    def __init__(self, desk: Any, window: Window, leaving: Callable[[Page], None]) -> None:
        super().__init__()
        self._desk, self._window, self._leaving = desk, window, leaving
        self._pages: dict[Where, Page] = {}
        self._back: list[Where] = []
        self._tabs: list[Where] = []
        self._alone = False
        self._kept: dict[Where, Tab] = {}      # tabs of an earlier window; each is built when it is first shown
        self._boxes: dict[Where, object] = {}  # where the cursor stood on a page when it was left
        self.bar = QTabBar()
        self.bar.setAccessibleName(tr("開いている記録"))
        self.bar.setTabsClosable(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.bar.setExpanding(False)
        self.bar.setUsesScrollButtons(True)
        for scroller in self.bar.findChildren(QToolButton):
            scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)   # arrow keys go through the tabs
        self.bar.hide()
        self.bar.tabBarClicked.connect(self._clicked)
        self.stack = QStackedWidget()
        column = Column(self.bar, Room(self.stack), space=0)
        column.setStretch(1, 1)
        self.setLayout(column)
        self._here: Where | None = None

    @property
    def current(self) -> Page | None:
        """The page shown."""
        return self._pages.get(self._here) if self._here else None

    @property
    def here(self) -> Where | None:
        """What is shown: a place or a record."""
        return self._here

    @property
    def place(self) -> Place:
        """The place of the rail that what is shown belongs to."""
        if self._here is None:
            return "today"
        kind, name = self._here
        for place in ("today", "visits", "companies", "match", "figures", "sync"):
            if kind == "place" and name == place:
                return place
        return PLACE_OF.get(kind, "today")

    def pages(self) -> tuple[Page, ...]:
        """Every page built so far."""
        return tuple(self._pages.values())

    def opened(self) -> tuple[tuple[Where, Page], ...]:
        """Every page built so far with what it shows."""
        return tuple(self._pages.items())

    def open_records(self) -> tuple[Where, ...]:
        """The records open as tabs, in order."""
        return tuple(self._tabs)

    def standing(self) -> dict[Where, str]:
        """What each open record shows of itself, by record, in the order of the tabs."""
        return {tab.where: tab.part for tab in self.tabs()}

    def tabs(self) -> tuple[Tab, ...]:
        """The open records as they are kept over a restart, in order."""
        return tuple(self._tab(where) for where in self._tabs)

    def keep_tabs(self, tabs: Sequence[Tab]) -> None:
        """Show the tabs of an earlier window; their pages are built when they are first shown."""
        for tab in tabs:
            if tab.where not in self._tabs:
                self._tabs.append(tab.where)
                self._kept[tab.where] = tab
        self._show_tabs()

    def _tab(self, where: Where) -> Tab:
        page = self._pages.get(where)
        if page is None:
            return self._kept[where]
        box = box_of(page) if where == self._here else self._boxes.get(where)
        return Tab(where, page.title(), page.standing(), box)

    def stand_again(self, standing: Mapping[Where, str]) -> None:
        """Show of every open record what it showed before the screens were built anew."""
        for where, shown in standing.items():
            if where in self._pages:
                self._pages[where].stand_again(shown)

    def last_consultation(self) -> Where | None:
        """The consultation shown last that is still open."""
        for where in (*reversed(self._back), *reversed(self._tabs)):
            if where[0] == "consultation" and (where in self._pages or where in self._kept):
                return where
        return None

    def show_place(self, place: Place) -> Page:
        """Show a place of the rail."""
        return self._show(("place", place))

    def show_record(self, record_type: str, uid: str) -> Page:
        """Show a record; a second organization takes the tab of the first. Raises Refused for an unknown one."""
        where = (record_type, uid)
        page = self._show(where)
        if record_type == "organization":
            for other in [w for w in self._tabs if w[0] == "organization" and w != where]:
                self._drop(other)
        if where not in self._tabs:
            self._tabs.append(where)
        self._show_tabs()
        return page

    def close_record(self, page: Page | None = None) -> bool:
        """Close an open record (the one shown by default) and go to the one before it; False on a place."""
        where = next((w for w, p in self._pages.items() if p is page), self._here) if page else self._here
        if where is None or where[0] == "place":
            return False
        if where == self._here:
            before = next((w for w in reversed(self._back) if w != where and w in self._pages), None)
            self._show(before or ("place", PLACE_OF.get(where[0], "today")))
        self._drop(where)
        self._show_tabs()
        self.changed.emit()
        return True

    def replace(self, where: Where, page: Page) -> None:
        """Show another page where the page of a record was, which is gone with all it holds: nothing of it is saved."""
        old = self._pages[where]
        self._pages[where] = page
        if where in self._tabs:
            self._tabs.remove(where)   # nothing that could be opened again
        self._boxes.pop(where, None)
        self.stack.addWidget(page)
        if where == self._here:
            self.stack.setCurrentWidget(page)
        self.stack.removeWidget(old)
        old.setParent(None)   # its timers find no window any more
        old.deleteLater()
        self._show_tabs()
        if where == self._here:
            self.changed.emit()
            page.activate()

    def put_away(self, where: Where) -> None:
        """Let go of a record that is not shown and not here any more; nothing of its page is saved."""
        page = self._pages.pop(where, None)
        self._kept.pop(where, None)
        self._boxes.pop(where, None)
        if where in self._tabs:
            self._tabs.remove(where)
        self._back = [one for one in self._back if one != where]
        if page is not None:
            self.stack.removeWidget(page)
            page.deleteLater()
        self._show_tabs()
        self.changed.emit()

    def back(self) -> bool:
        """One step back; False when this is where the way began."""
        while self._back:
            where = self._back.pop()
            if where != self._here and (where[0] == "place" or where in self._pages):
                self._show(where, remember=False)
                return True
        return False

    def step_tab(self, by: int) -> bool:
        """The next or previous open record; False when there is none other."""
        if not self._tabs:
            return False
        at = self._tabs.index(self._here) + by if self._here in self._tabs else 0 if by > 0 else -1
        where = self._tabs[at % len(self._tabs)]
        if where == self._here:
            return False
        self._open_tab(where)
        return True

    def set_alone(self, on: bool) -> None:
        """Show the page alone, without the names of other open records (相手に見せる), or with its tabs again."""
        self._alone = on
        self._show_tabs()

    def show_tabs(self) -> None:
        """Take the titles of the pages again."""
        self._show_tabs()

    def close_all(self) -> None:
        """Close every open record and show きょう."""
        self._show(("place", "today"))
        for where in list(self._tabs):
            self._drop(where)
        self._back = []
        self._show_tabs()
        self.changed.emit()

    def _show(self, where: Where, *, remember: bool = True) -> Page:
        page = self._pages.get(where)
        if page is None:
            page = self._build(where)
            self._pages[where] = page
            self.stack.addWidget(page)
        if where != self._here:
            if self.current is not None and self._here is not None:
                self._boxes[self._here] = box_of(self.current)
                self._leaving(self.current)
            if remember and self._here is not None:
                self._back = [*self._back[-49:], self._here]
            self._here = where
            self.stack.setCurrentWidget(page)
        kept = self._kept.pop(where, None)
        if kept is not None:
            page.stand_again(kept.part)
        self._show_tabs()
        self.changed.emit()
        page.activate()
        if kept is not None:
            take_box(page, kept.box)
        return page

    def _open_tab(self, where: Where) -> None:
        try:
            self._show(where)
        except Refused as refused:   # only a kept tab can be: its record went on another laptop, or with a backup
            self._drop(where)
            self._show_tabs()
            self.gone.emit(refused.message)

    def _build(self, where: Where) -> Page:
        kind, name = where
        if kind == "place":
            return place_page(name, self._desk, self._window)  # type: ignore[arg-type]  # made of a Place above
        return record_page(kind, name, self._desk, self._window)

    def _drop(self, where: Where) -> None:
        page = self._pages.get(where)
        if page is not None:
            self._leaving(page)   # while it is still known: its last saves carry its title
        self._pages.pop(where, None)
        self._kept.pop(where, None)
        self._boxes.pop(where, None)
        if where in self._tabs:
            self._tabs.remove(where)
        if page is not None:
            self.stack.removeWidget(page)
            page.deleteLater()

    def _show_tabs(self) -> None:
        while self.bar.count() > len(self._tabs):
            self.bar.removeTab(self.bar.count() - 1)
        for at, where in enumerate(self._tabs):
            title = self._pages[where].title() if where in self._pages else self._kept[where].title
            if at >= self.bar.count():
                self.bar.addTab("")
            self.bar.setTabText(at, title.replace("&", "&&"))
            self.bar.setTabToolTip(at, title)
            if where == self._here:
                self.bar.setCurrentIndex(at)
        self.bar.setVisible(len(self._tabs) > 1 and self._here in self._tabs and not self._alone)

    def _clicked(self, at: int) -> None:
        if 0 <= at < len(self._tabs):
            self._open_tab(self._tabs[at])
