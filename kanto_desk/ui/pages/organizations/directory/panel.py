"""企業, すべての法人: millions of rows with search, conditions and facts. Everything is read on workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import codes
from kanto_desk.services.all_corporations import OPEN, AllCorporations, Corporation, Listing
from kanto_desk.services.below_own import own_uid, owners
from kanto_desk.ui.actions import BY_ID
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.far_table import FarTable
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.pages.organizations.directory.facts import DirectoryFacts
from kanto_desk.ui.pages.organizations.directory.filters import DirectoryFilters
from kanto_desk.ui.pages.organizations.directory.importing import TakingIn
from kanto_desk.ui.pages.organizations.directory.switch import Switch
from kanto_desk.ui.pages.organizations.directory.words import address, state_words
from kanto_desk.ui.pages.organizations.words import Labels, place
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.table import Cell, TableColumn, TableRow
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look
from kanto_desk.ui.waiting import Waiting

LOW = 480            # px at 100 %
SIDE_BESIDE = 1000   # width of the panel from which the facts stand beside the list without being asked for
TakeOver = Callable[[Any, str], str]
"""Makes an organization of the desk of a corporate number; gives its uid."""


class DirectoryPanel(QWidget):
    """The list over the directory. Emits `left` to go back to the own records."""

    left = Signal()

    def __init__(self, desk: Any, window: Window, labels: Labels, take_over: TakeOver | None = None,
                 source: AllCorporations | None = None) -> None:
        super().__init__()
        self._desk, self._window, self._labels, self._take_over = desk, window, labels, take_over
        self._source = source or AllCorporations(desk)
        self.destroyed.connect(self._source.close)
        self._asking: Job | None = None
        self._listing: Listing | None = None
        self._replaced = self._offered = self._keys_lost = False
        self._side_chosen: bool | None = None
        industries = [(c.code, c.label) for c in codes.choices(desk.store, "CL12") if c.parent]
        prefectures = [(c.code, c.label) for c in codes.choices(desk.store, "CL10")]
        self.filters = DirectoryFilters(labels, prefectures, industries)
        self.filters.changed.connect(self.ask)
        self.filters.box.down.connect(self._into_list)
        self.filters.box.taken.connect(self._into_list)
        self.switch = Switch(everything=True)
        self.switch.turned.connect(self.left)
        self.count = Label("", "second")
        self.side_button = Button(tr("右の欄"), "panel-right", name=tr("右の欄を出す・しまう"), key="Ctrl+I")
        self.side_button.clicked.connect(self.toggle_side)
        self.import_button = Button(tr("取り込み"), "folder-open", name=tr("国税庁のファイルを取り込む"))
        self.taking_in = TakingIn(desk, window)
        self.import_button.clicked.connect(self.taking_in.choose)
        self.taking_in.begun.connect(self._show_importing)
        self.taking_in.ended.connect(self._show_imported)
        self.table = FarTable((TableColumn(tr("名前")), TableColumn(tr("所在地"), goes=3),
                               TableColumn(tr("法人番号"), 172, number=True, goes=2),
                               TableColumn(tr("状態"), 136, goes=1)), tr("すべての法人の一覧"), window.read)
        self.table.current_changed.connect(self._chosen)
        self.table.opened.connect(self._open)
        self.table.arrived.connect(self._check_replaced)
        self.none = EmptyState(
            tr("企業ディレクトリはまだありません。国税庁の法人番号公表サイトから「全件データのダウンロード」の"
               "CSV形式・Unicode のファイルを取ってきて取り込むと、日本のすべての法人をここでさがせます。"
               "都道府県ごとのファイルでも、いくつでもかまいません。"),
            tr("ファイルを選んで取り込む"), picture="building-2")
        self.none.acted.connect(self.taking_in.choose)
        self.coming = EmptyState(tr("取り込みが終わると、ここに法人がならびます。"), picture="building-2")
        self.no_hits = EmptyState(" ", tr("条件をすべて外す"), picture="search")
        self.no_hits.acted.connect(self.filters.clear)
        self._body = OneShown()
        for part in (self.table, self.none, self.coming, self.no_hits):
            self._body.addWidget(part)
        self.waiting = Waiting(self._body, "rows")
        self.waiting.stopped.connect(self._stop)
        self.facts = DirectoryFacts(self._source, window, labels, partial(own_uid, desk), taking=take_over is not None)
        self.facts.take_asked.connect(self._take)
        self._lay_out()

    def _lay_out(self) -> None:
        self._heading = Label(BY_ID["companies"].words, "h1")
        head = Flow(holder(Row(self._heading, self.switch, self.count, space=10)),
                    holder(Row(self.side_button, self.import_button, space=10)), space=10, spread=True)
        column = Column(holder(head), self.filters, self.taking_in, self._body, space=10, margins=(24, 16, 16, 14))
        column.setStretch(column.indexOf(self._body), 1)
        whole = Row(holder(column), self.facts, space=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)
        self.setAccessibleName(tr("すべての法人"))

    # What the page asks -------------------------------------------------------------------------------------------

    def verbs(self) -> Mapping[str, Verb]:
        """What can be done here: action id → what to call."""
        return {"find": self.take_focus, "side": self.toggle_side}

    def activate(self) -> None:
        """The list comes to the front."""
        if self._listing is None:
            self.reload()
        else:
            self.renew()
        self.take_focus()

    def renew(self) -> None:
        """Look anew which corporations are own companies."""
        self.table.renew()
        self.facts.read()

    def reload(self) -> None:
        """Read everything anew: there is another directory."""
        self._offered = False
        self.ask()

    def take_focus(self) -> None:
        """Go to the search box, or where there is nothing to search to the way to get it."""
        if self._body.currentWidget() is self.none and self.none.button is not None:
            self.none.button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.filters.box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.filters.box.selectAll()

    def go_on(self) -> None:
        """Ctrl+Enter: take the chosen corporation into the own records."""
        self._take(self.facts.number)

    def toggle_side(self) -> None:
        """Ctrl+I: the facts come or go."""
        self._side_chosen = self.facts.isHidden()
        self.restyle()

    # Asking -------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the list of what the conditions say. What was asked before is stopped."""
        self._stop_asking()
        source, wanted = self._source, self.filters.wanted()
        self.filters.offer_loosen(on=wanted.narrows)
        self.waiting.begin()
        self._asking = self._window.read(lambda: source.begin(wanted), self._begun, self._failed, lane="finding")

    def _begun(self, listing: Listing | None) -> None:
        self.waiting.end()
        self._listing, self._replaced = listing, False
        if listing is None:
            self.count.setText("")
            self._show_part(self.coming if self.taking_in.busy else self.none)
            self._bring_keys()
            return
        if not self._offered:
            self._offered = True
            self._window.work(self._source.places, self.filters.offer_places)
        count = listing.known if listing.total is None else listing.total
        self.table.show_rows(count, listing.known, self._bringing(listing))
        self._show_part(self.table if count else self.no_hits)
        self._bring_keys()
        if count:
            self.table.selectRow(0)
        else:
            self._chosen("")
            self.no_hits.words.set_text(tr("{words} に合う法人はありません。語を短くするか、条件を減らします。",
                                           words="・".join(self.filters.words())))
        self._tell_count(listing)
        if not listing.complete:
            source, wanted = self._source, listing.wanted
            self._asking = self._window.read(lambda: source.whole(wanted), self._whole, self._failed, lane="finding")

    def _whole(self, listing: Listing | None) -> None:
        before, self._listing = self._listing, listing
        if listing is None:
            return
        self._tell_count(listing)
        if before is None or not before.rough:
            self.table.go_on(listing.known, listing.known, self._bringing(listing))
            return
        source, seen = self._source, (self.table.top_uid(), self.table.current_uid())

        def move(places: Sequence[int | None]) -> None:
            self.table.go_on(listing.known, listing.known, self._bringing(listing))
            self.table.stay(*places)
        self._asking = self._window.read(lambda: source.places_of(listing, seen), move, self._failed)

    def _bringing(self, listing: Listing) -> Callable[[int, int], Sequence[TableRow]]:
        """What reads rows of a list; touches no widget."""
        source = self._source

        def bring(offset: int, limit: int) -> Sequence[TableRow]:
            found = source.rows(listing, offset, limit)
            self._replaced |= not found
            own = owners(self._desk, (one.number for one in found if one is not None))
            return [self._row(one, own) for one in found]
        return bring

    def _row(self, one: Corporation | None, own: Mapping[str, str]) -> TableRow:
        if one is None:
            return TableRow("", (Cell(tr("国税庁が表示から外した法人です")), Cell(""), Cell(""), Cell("")))
        words, tone = state_words(one.state)
        where = address(self._labels, one)
        town = place(self._labels.of("CL10", one.city_code[:2]), one.city) if one.city_code else ""
        return TableRow(one.number, (
            Cell(one.name, one.kana, pill=tr("自分の記録") if one.number in own else ""),
            Cell(town or where, one.street if town else ""),
            Cell(one.number, number=True), Cell("") if one.state == OPEN else Cell(words, tone=tone)))

    def _check_replaced(self) -> None:
        if self._replaced:
            self.reload()

    def _failed(self, _error: Exception) -> bool:
        self.waiting.end()
        return False

    def _stop(self) -> None:
        """Nobody waits for the answer any more; the list before it stays."""
        self._stop_asking()
        self.count.setText(tr("中止しました"))

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    # Showing ------------------------------------------------------------------------------------------------------

    def _tell_count(self, listing: Listing) -> None:
        if listing.total is None:
            self.count.setText(tr("数えています"))
        elif listing.more:
            self.count.setText(tr("{count}件より多いので、はじめの分をならべています", count=f"{listing.total:,}"))
        else:
            self.count.setText(tr("{count}件の法人", count=f"{listing.total:,}"))

    def _show_part(self, part: QWidget) -> None:
        focus = self.window().focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        self._body.setCurrentWidget(part)
        self.restyle()
        if held and (focus is None or not focus.isVisible()):   # it stood on what has just gone
            self.take_focus()

    def _show_importing(self) -> None:
        if self._body.currentWidget() is self.none:   # neither its words nor its button are true meanwhile
            self._show_part(self.coming)
        self.taking_in.stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_imported(self, held: bool) -> None:
        self._keys_lost = held   # they were on what goes with the end of an import
        self.reload()

    def _bring_keys(self) -> None:
        if self._keys_lost:
            self._keys_lost = False
            self.take_focus()

    def _chosen(self, number: str) -> None:
        self.facts.show_number(number)

    def _open(self, number: str) -> None:
        """Enter in the list: open the own company, or go to what is known of the row chosen."""
        def go(uid: str) -> None:
            if uid:
                self._window.open_organization(uid)
            else:
                self._to_facts()
        self._when_known(number, go)

    def _when_known(self, number: str, go: Callable[[str], None]) -> None:
        """Go on with the uid of the own company that has a number, "" for none."""
        if number:
            desk = self._desk
            self._window.read(lambda: own_uid(desk, number), go)

    def _to_facts(self) -> None:
        self._side_chosen = True
        self.restyle()
        self.facts.take_focus()

    def _into_list(self) -> None:
        if self.table.rows.rowCount() and self._body.currentWidget() is self.table:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self.table.currentIndex().isValid():
                self.table.selectRow(0)

    def _take(self, number: str) -> None:
        take_over, desk = self._take_over, self._desk
        if take_over is None or not number:
            return

        def done(uid: str) -> None:
            self._window.say(tr("自分の企業に加えました"))
            self._window.open_organization(uid)

        def go(uid: str) -> None:
            if uid:
                self._window.open_organization(uid)
            else:
                self._window.write(lambda: take_over(desk, number), done)
        self._when_known(number, go)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: what has no room gives way, the facts first."""
        zoom = look().zoom
        width, there = self.width() * 100 / zoom, self._body.currentWidget() not in (self.none, self.coming)
        beside = self._side_chosen if self._side_chosen is not None else width >= SIDE_BESIDE
        self.facts.setVisible(beside and there)
        self.filters.setVisible(there)
        self.import_button.setVisible(there)   # where there is no directory, the button stands below
        self.side_button.setVisible(there)
        self.filters.set_low(self.height() * 100 / zoom < LOW)
        self._heading.setVisible(width - (300 if beside and there else 0) >= _WITH_HEADING)


_WITH_HEADING = 640
