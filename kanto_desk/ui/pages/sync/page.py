"""同期: joins a hub, shows what will be sent and what came of it, and leads to 確認が必要な変更. Holds no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import receipts, sending, signing_as
from kanto_desk.services.receipts import Automatic
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, holder, scrolling
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Crumb, Key, Page, Verb, Window
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.sync import overview
from kanto_desk.ui.pages.sync.enrolling import EnrolPanel
from kanto_desk.ui.pages.sync.inbox import Inbox
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.text import Label, Wrapped


class SyncPage(Page):
    """The place 同期 of the rail."""

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__(window)
        self._desk = desk
        self._enrolled: bool | None = None
        self._contested = False
        self.heading, self.hub = Label(tr("同期"), "h1"), Wrapped("", "second")
        self.now = Button(tr("いま同期する"), "refresh-cw", "primary", key="Ctrl+Shift+S")
        self.now.clicked.connect(lambda: window.do("sync_now"))
        self.now.hide()
        head = Row(Column(self.heading, self.hub, space=2), self.now, space=12)
        head.setStretch(0, 1)
        head.setAlignment(self.now, Qt.AlignmentFlag.AlignTop)
        self.overview = overview.Overview(desk, window)
        self.overview.contested_asked.connect(self.open_contested)
        self.overview.joining_asked.connect(self._ask_for_line)
        self.overview.automatic_changed.connect(self._keep_automatic)
        self.overview.stick.taken.connect(self._file_taken)
        self.overview.deletions.answered.connect(self._file_taken)
        self.overview.hide()
        self.enrol: EnrolPanel | None = None   # made when it is asked for: it loads what speaks to the network
        self.renamed = Notice("accent", "")
        self.renamed.hide()
        self._inside = Column(head, self.renamed, self.overview, None, space=14, margins=(24, 16, 24, 16))
        self._area = scrolling(holder(self._inside))
        self.inbox = Inbox(desk, window)
        self.inbox.left.connect(self.back_to_overview)
        self.inbox.settled.connect(window.syncing.look)
        self.stack = OneShown()
        self.stack.addWidget(self._area)
        self.stack.addWidget(self.inbox)
        self.setLayout(Column(self.stack, space=0))
        self.setAccessibleName(self.title())
        window.syncing.changed.connect(self._sync_changed)
        window.syncing.marked.connect(self._sync_changed)
        window.syncing.ended.connect(self._sync_ended)

    def title(self) -> str:
        return tr("同期")

    @property
    def undo_root(self) -> Key | None:
        return self.inbox.decided if self._contested else None

    @property
    def primary_action(self) -> str | None:
        return "next_step"

    def crumbs(self) -> Sequence[Crumb]:
        if self._contested:
            return Crumb(self.title(), self.back_to_overview), Crumb(tr("確認"))
        return (Crumb(self.title()),)

    def verbs(self) -> Mapping[str, Verb]:
        return {"next_step": self.next_step}

    def next_step(self) -> None:
        """Ctrl+Enter: join, sync, or decide."""
        if self._contested:
            self.inbox.settle()
        elif self._enrolled and (self.enrol is None or not self.enrol.isAncestorOf(self.focusWidget())):
            self.desk_window.do("sync_now")
        elif self.enrol is not None:
            self.enrol.begin()

    def standing(self) -> str:
        return "contested" if self._contested else ""

    def stand_again(self, standing: str) -> None:
        if standing == "contested":
            self.open_contested()

    def activate(self) -> None:
        self._read(focus=not self._contested)
        if self._contested:
            self.inbox.read(focus=True)

    def flush(self) -> None:
        """Nothing is typed here that is a record's: a decision counts once it is made."""

    def refresh(self, touched: frozenset[Key]) -> None:
        if touched:
            self._read()
            if self._contested:
                self.inbox.read()

    def open_contested(self, root: Key | None = None, part: str = "") -> None:
        """Show 確認が必要な変更, at a record where one is named, and at its part of that uid."""
        marks = self.desk_window.syncing.marks
        if root is None and marks.deletions and not (marks.conflicts or marks.refused):
            self.back_to_overview()   # the only question is asked there
            return
        self._contested = True
        self.stack.setCurrentWidget(self.inbox)
        self.inbox.open_at(root, part)
        self.desk_window.page_changed(self)

    def back_to_overview(self) -> None:
        """あとで決める: nothing is decided and nothing is lost."""
        self._contested = False
        self.stack.setCurrentWidget(self._area)
        self.desk_window.page_changed(self)
        self._read(focus=True)

    def _read(self, *, focus: bool = False) -> None:
        store, blobs = self._desk.store, self._desk.blobs

        def read() -> overview.Seen | None:
            return overview.read(store, blobs) if sending.standing(store).enrolled else None
        self.desk_window.work(read, lambda seen: self._show(seen, focus=focus))

    def _show(self, seen: overview.Seen | None, *, focus: bool) -> None:
        self._enrolled = seen is not None
        self.now.setVisible(self._enrolled and not self.overview.joining)
        self.overview.setVisible(self._enrolled)
        if seen is None:
            self._make_panel()
            self.hub.set_text(tr("記録はすべてこのパソコンにあります。"))
        else:
            if not seen.must_join:
                self._drop_panel()
                self.now.show()
            self.hub.set_text(tr("同期先：{hub}（{at}）", hub=seen.hub, at=seen.person_at))
            self.overview.show_seen(seen)
            self._sync_changed()
            follow_reading_order(self)   # the cards that were filled anew would come last
        if focus and not self._contested:
            target: QWidget = self.now if self._enrolled else self.enrol.line if self.enrol is not None else self
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_panel(self, *, again: bool = False) -> EnrolPanel:
        if self.enrol is None:
            self.enrol = EnrolPanel(self._desk, self.desk_window, again=again)
            self.enrol.joined.connect(self._joined)
            self._inside.insertWidget(1, self.enrol)
        return self.enrol

    def _drop_panel(self) -> None:
        self.overview.joining = False
        if self.enrol is not None:
            self.enrol.hide()
            self.enrol.deleteLater()
            self.enrol = None

    def _ask_for_line(self) -> None:
        """The hub does not know this computer any more, or is another one: a new line joins it."""
        panel = self._make_panel(again=True)
        self.overview.joining = True
        self.overview.show_state()
        self.now.hide()
        panel.line.setFocus(Qt.FocusReason.OtherFocusReason)
        follow_reading_order(self)

    def _joined(self, hub: str) -> None:
        self._drop_panel()
        self.desk_window.say(tr("「{hub}」に参加しました。", hub=hub))
        self.desk_window.show_owner()   # the hub's name for who works here
        renamed = signing_as.told(self._desk.store)
        self.renamed.set_text(renamed)
        self.renamed.setVisible(bool(renamed))
        self.desk_window.syncing.look()
        self._read(focus=True)
        self.desk_window.syncing.begin()   # the first one fills this laptop

    def _file_taken(self) -> None:
        self.desk_window.syncing.look()
        self._read()

    def _sync_ended(self, _how: object, _by_itself: bool) -> None:
        self._read()

    def _sync_changed(self, _marks: object = None) -> None:
        syncing = self.desk_window.syncing
        self.now.set_words(tr("同期しています") if syncing.running else tr("いま同期する"))
        if self._enrolled:
            self.overview.show_state()

    def _keep_automatic(self, wanted: Automatic) -> None:
        store = self._desk.store
        self.desk_window.write(lambda: receipts.set_automatic(store, wanted))
