"""Below the own companies that fit what is typed: the first corporations of the directory that do, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import company_directory, taking_over
from kanto_desk.services.all_corporations import OPEN, Corporation, Wanted
from kanto_desk.services.below_own import Below as Found
from kanto_desk.services.below_own import BelowOwn
from kanto_desk.services.organization_search import Wanted as OwnWanted
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Row, holder
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.organizations.directory.words import address, state_words
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.pages.reading_only import reads_only
from kanto_desk.ui.table import Cell, TableColumn, TableRow, TableView
from kanto_desk.ui.text import Elided, Label
from kanto_desk.ui.theme import look

MOST = 8
LEAST = 2     # rows worth a heading; with less room the line alone stands
ROW = 36      # px at 100 %
_SPACE, _GAP = 6, 10
_EDGES = 2


class _Rows(TableView):
    """Rows of one line without headings. `left_it` tells that it has the focus no more."""

    left_it = Signal()

    def restyle(self) -> None:
        super().restyle()
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(look().px(ROW))
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(look().px(ROW))

    def focusInEvent(self, event: QFocusEvent, /) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.selectRow(0)

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.setCurrentIndex(self.rows.index(-1, -1))   # only one list at a time shows what is meant
            self.clearSelection()


class _AllButton(Button):
    """Leads to the list of all. ↑ leads back into the rows above it."""

    above = Signal()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Up:
            self.above.emit()
        else:
            super().keyPressEvent(event)


class Below(QWidget):
    """Asks the directory after the own list has answered; shown while it has something to offer.

    Emits `left` to go up into the own list, `all_asked(Wanted)` for the list of all, `changed` when it needs another
    height.
    """

    left = Signal()
    all_asked = Signal(object)
    changed = Signal()

    def __init__(self, desk: Any, window: Window, labels: Labels) -> None:
        super().__init__()
        self._desk, self._window, self._labels = desk, window, labels
        self._source = BelowOwn(desk)
        self.destroyed.connect(self._source.close)
        self._asking: Job | None = None
        self._wanted = Wanted()
        self._found: Found | None = None
        self._told = False   # that the directory cannot be read
        self._offered: list[TableRow] = []
        self._fresh = False   # other corporations are to be shown than stand there
        self.heading = Label(tr("すべての法人"), "h3")
        self.hint = Elided(tr("Enter かダブルクリックで、自分の企業に加えて開きます"), "caption")
        self._head = holder(Row(self.heading, self.hint, None, space=10))
        self.table = _Rows((TableColumn(tr("名前")), TableColumn(tr("所在地"), goes=1), TableColumn(tr("状態"), 136)),
                           tr("すべての法人のうち、自分の記録に無いもの"))
        self.table.horizontalHeader().hide()
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.opened.connect(self._take)
        self.table.above.connect(self.left)
        self.all = _AllButton(tr("すべての法人で探す"), "search", "ghost")
        self.all.clicked.connect(lambda: self.all_asked.emit(self._wanted))
        self.all.above.connect(self._back_up)
        self.table.below.connect(lambda: self.all.setFocus(Qt.FocusReason.OtherFocusReason))
        self.source = Elided(company_directory.source_line(), "caption")
        line = Row(self.all, None, self.source, space=10)
        self.setLayout(Column(self._head, self.table, line, space=_SPACE))
        self.hide()

    # Asking -------------------------------------------------------------------------------------------------------

    def ask(self, own: OwnWanted) -> None:
        """Show what fits the words and places that the own list was asked for; nothing without words."""
        self.stop()
        self._wanted = wanted = Wanted(own.query.strip(), own.prefectures, (), own.industries)
        source = self._source
        if not wanted.typed:
            if self._found is not None:
                self._window.work(source.close, lambda _: None, lane="finding")   # while it is open, none replaces it
            self._show(None)
            return

        def count(found: Found | None) -> None:
            self._show(found)
            if found is not None and found.total is None:
                self._asking = self._window.read(lambda: source.counted(wanted, MOST), self._show, self._failed,
                                                 lane="finding")
        self._asking = self._window.read(lambda: source.first(wanted, MOST), count, self._failed, lane="finding")

    def stop(self) -> None:
        """Nobody waits for the last answer any more."""
        if self._asking is not None:
            self._asking.cancel()

    def _failed(self, _error: Exception) -> bool:
        self._show(None)
        told, self._told = self._told, True
        return told

    def _show(self, found: Found | None) -> None:
        before, self._found = self._found, found
        held, at_line = self.holds_focus(), self.all.hasFocus()
        if before is None or found is None or before.hits != found.hits:
            self._offered = [self._row(one) for one in (found.hits if found is not None else ())]
            self._fresh = True
        if found is not None:
            self.all.set_words(_all_words(found))
        self.setVisible(found is not None and found.total != 0)
        self.changed.emit()
        if held and (self.isHidden() or (self.table.isHidden() and not at_line)):   # it stood on what has just gone
            self.left.emit()

    def _row(self, one: Corporation) -> TableRow:
        words, tone = state_words(one.state)
        return TableRow(one.number, (Cell(one.name), Cell(address(self._labels, one)),
                                     Cell("") if one.state == OPEN else Cell(words, tone=tone)))

    # Keys ---------------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> str:
        """The number of the corporation that is chosen here; "" while nothing is."""
        return self.table.current_uid()

    def holds_focus(self) -> bool:
        """Whether the keys go here."""
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def enter(self) -> None:
        """From above: the first row, or the line where no row stands."""
        if self.isHidden():
            return
        if self.table.isHidden():
            self.all.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.table.selectRow(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _back_up(self) -> None:
        if self.table.isHidden():
            self.left.emit()
        else:
            self.table.selectRow(self.table.rows.rowCount() - 1)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def take(self) -> None:
        """Take the chosen corporation over and open it."""
        self._take(self.chosen)

    def _take(self, number: str) -> None:
        desk = self._desk
        if not number or reads_only(desk.store, self._window):
            return

        def done(uid: str) -> None:
            self._window.say(tr("自分の企業に加えました"))
            self._window.open_organization(uid)
        self._window.write(lambda: taking_over.take_over(desk, number), done)

    # Room ---------------------------------------------------------------------------------------------------------

    def line_height(self) -> int:
        """How high the line alone is, in px."""
        return self.all.sizeHint().height()

    def fit(self, room: int) -> int:
        """Show as many rows as `room` px have a place for, the line alone where they are few; gives the height used."""
        used, gap = look(), look().px(_SPACE)
        chrome = self._head.sizeHint().height() + self.line_height() + 2 * gap + _EDGES
        offered, fits = len(self._offered), (room - chrome) // used.px(ROW)
        count = min(offered, fits) if fits >= min(LEAST, offered) else 0
        if count != self.table.rows.rowCount() or self._fresh:
            self._fresh = False
            self.table.set_source(count, lambda offset, limit: self._offered[offset:offset + limit], keep=self.chosen)
        for part in (self._head, self.table, self.source):
            part.setVisible(count > 0)
        self.table.setFixedHeight(count * used.px(ROW) + _EDGES)
        return chrome + count * used.px(ROW) if count else self.line_height()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.changed.emit()


class OwnThenAll(QWidget):
    """The own companies, no higher than they need to be where more follows, and below them what the directory has.

    `own_heights`: what the own ones would like to have and what they need, in px; at least half of the room is theirs.
    """

    def __init__(self, own: QWidget, below: Below, own_heights: Callable[[], tuple[int, int]]) -> None:
        super().__init__()
        self._own, self._below, self._own_heights = own, below, own_heights
        own.setParent(self)
        below.setParent(self)
        below.changed.connect(self.place)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def place(self) -> None:
        """Give each its part."""
        room, width = self.height(), self.width()
        if self._below.isHidden():
            self._own.setGeometry(0, 0, width, room)
        else:
            gap = look().px(_GAP)
            wish, _ = self._own_heights()
            needed = self._below.fit(room - gap - min(wish, room // 2))
            own = min(wish, room - gap - needed)
            self._own.setGeometry(0, 0, width, own)
            self._below.setGeometry(0, own + gap, width, needed)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._own.sizeHint()

    def minimumSizeHint(self) -> QSize:
        least = self._own.minimumSizeHint()
        if self._below.isHidden():
            return least
        return QSize(least.width(), self._own_heights()[1] + look().px(_GAP) + self._below.line_height())

    def event(self, event: QEvent, /) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:   # a part wants another size
            self.place()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.place()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.place()


def _all_words(found: Found) -> str:
    if found.total is None:
        return tr("すべての法人で探す")
    count = f"{found.total:,}"
    if found.more:
        return tr("すべての法人で探す（{n}件より多い）", n=count)
    return tr("すべての法人で探す（{n}件）", n=count)
