"""The frame of an open desk: rail, top bar, banners, pages, footer and palette, and what pages may ask of it.

Puts the parts together and answers pages: `keeping` saves, `opening` leads to records. Holds no rule of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QTextEdit, QWidget

from kanto_desk.clock import Clock
from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import clock_watch, contents, contested_deletions, failures, history, samples, views
from kanto_desk.services.desk import Seen
from kanto_desk.ui import offering, uniting
from kanto_desk.ui.absences import Absences
from kanto_desk.ui.actions import Actions
from kanto_desk.ui.autosave import Counting
from kanto_desk.ui.boxes import BoxFirst
from kanto_desk.ui.composing import ENTER_KEYS, flush_composition
from kanto_desk.ui.jobs import Job, Jobs, Lane
from kanto_desk.ui.keeping import Keeping
from kanto_desk.ui.layout import Column, Row, holder
from kanto_desk.ui.network import Network, no_network
from kanto_desk.ui.opening import Opening
from kanto_desk.ui.page import (
    Cameras,
    Confirms,
    Files,
    Finds,
    Imports,
    Key,
    Page,
    Place,
    Printer,
    Verb,
    Viewed,
    Volumes,
    no_cameras,
    no_volumes,
)
from kanto_desk.ui.pages.home_cards import family_name
from kanto_desk.ui.palette import Palette
from kanto_desk.ui.phrasing import Asked, PhrasePanel, Phrasing
from kanto_desk.ui.places import Places
from kanto_desk.ui.printing import nothing_here
from kanto_desk.ui.rail import PLACES, Rail
from kanto_desk.ui.sample_removal import SampleRemoval
from kanto_desk.ui.searching import Searching
from kanto_desk.ui.session import Session
from kanto_desk.ui.settling import QUIET_MS
from kanto_desk.ui.sync_marks import SyncMarks
from kanto_desk.ui.syncing import MakeLink, Syncing
from kanto_desk.ui.theme import controller, look
from kanto_desk.ui.tidying import Tidying
from kanto_desk.ui.top_bar import TopBar
from kanto_desk.ui.typed import Typed

DRAWER_BELOW, ICONS_BELOW = 1310, 1040
COUNT_AFTER_MS = 400
STAND_AFTER_MS = 1000
DISK_EVERY_MS = 60_000
MERGED_AFTER_MS = 250
"""A sync brings many slices a second; pages show them together."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the window touches the world: clock, file dialog, printer, cards, cameras. Tests pass their own."""

    clock: Clock
    files: Files
    printer: Printer
    volumes: Volumes = no_volumes
    cameras: Cameras = no_cameras
    link: MakeLink | None = None   # the way to the hub; None: HTTPS
    network: Network = no_network


class Frame(QWidget, Counting):
    """An open desk. Emits `dialog_asked(name)` for what the main window shows: settings, keys, history and the like."""

    dialog_asked = Signal(str)
    leave_asked = Signal()
    _touched = Signal(object)

    def __init__(self, desk: Any, edges: Edges) -> None:
        super().__init__()
        self._desk, self._edges = desk, edges
        self.jobs = Jobs(self)
        self.beside = Jobs(self, name="pictures")
        self.tidying = Tidying(desk, self)
        self.keeping = Keeping(self, self, edges.clock, edges.files, self.jobs, Session(desk.home),
                               read_only=desk.store.read_only)
        self.saving, self.count_of_unsaved = self.keeping.saving, self.keeping.unsaved
        self.alarm, self.footer = self.keeping.alarm, self.keeping.footer
        self.rail, self.top = Rail(), TopBar()
        self.places = Places(desk, self, self._leaving)
        self.actions_ = Actions(self, self._verbs(), {"print": self._nothing_to_print})
        self.opening = Opening(desk.store, self.places, self.keeping, lambda: self.actions_.do("capture"))
        self.palette_ = Palette(self)
        self.searching = Searching(self.palette_, self.actions_, self.jobs, desk, self.write, self.show_failure)
        self.phrasing = Phrasing(PhrasePanel(self), desk.store, self.write, self.say)
        self.sample_removal = SampleRemoval()
        self.syncing = Syncing(desk, edges.clock, edges.link, edges.network, self)
        self.sync_marks = SyncMarks(self, self.syncing)
        self.absences = Absences(desk, self, self.places, lambda: self.syncing.running)
        self.syncing.ended.connect(self._sync_over)
        column = Column(self.top, self.alarm, self.keeping.band, self.sample_removal,
                        self.sync_marks.band, self.places, self.footer, space=0)
        column.setStretch(5, 1)
        self._right = holder(column)
        row = Row(self.rail, self._right, space=0)
        row.setStretch(1, 1)
        self.setLayout(row)
        self._client = False
        self._finished = False
        self._count_later = QTimer(self)
        self._count_later.setSingleShot(True)
        self._count_later.setInterval(COUNT_AFTER_MS)
        self._count_later.timeout.connect(self._count)
        self._stand_later = QTimer(self)
        self._stand_later.setSingleShot(True)
        self._stand_later.setInterval(STAND_AFTER_MS)
        self._stand_later.timeout.connect(self._keep_standing)
        self._disk = QTimer(self)
        self._disk.setInterval(DISK_EVERY_MS)
        self._disk.timeout.connect(self.look_at_disk)
        self._stood = ""
        self._begun = False
        self._merged: set[Key] = set()
        self._seen_up_to: Seen | None = None
        self._synced_while_typing = False
        self._merged_later = QTimer(self)
        self._merged_later.setSingleShot(True)
        self._merged_later.setInterval(MERGED_AFTER_MS)
        self._merged_later.timeout.connect(self._show_merged)
        self._listen()
        self.syncing.look()
        self.show_owner()

    # What pages may ask (protocol Window) -------------------------------------------------------------------------

    @property
    def desk(self) -> Any:
        """The open desk."""
        return self._desk

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self._edges.clock

    @property
    def files(self) -> Files:
        """How files are chosen."""
        return self._edges.files

    @property
    def printer(self) -> Printer:
        """What takes a PDF to paper."""
        return self._edges.printer

    @property
    def volumes(self) -> Volumes:
        """What is plugged in."""
        return self._edges.volumes

    @property
    def cameras(self) -> Cameras:
        """Which cameras there are."""
        return self._edges.cameras

    def write(self, job: Callable[[], T], done: Callable[[T], None] | None = None,
              failed: Callable[[Exception], bool] | None = None, typed: Typed | None = None) -> None:
        """Queue a save; see `Window`."""
        up_to, store = self._seen_up_to, self._desk.store   # as it is now: the job waits for others before it

        def as_seen() -> T:
            with store.seen_up_to(up_to):
                return job()
        self.keeping.write(job if up_to is None else as_seen, done, failed, typed)

    def wait_for_saves(self, limit_ms: int) -> bool:
        """Wait for the saves under way; see `Window`."""
        return self.keeping.saving.drain(limit_ms)

    def work(self, job: Callable[[], T], done: Callable[[T], None],
             failed: Callable[[Exception], bool] | None = None, *, beside: bool = False,
             lane: Lane = "reading") -> None:
        """Run a job on a worker thread; see `Window`."""
        if not self._finished:   # a page told of a change just before the end has nothing more to show
            (self.beside if beside else self.jobs).submit(job, done, self._failing(failed), lane=lane)

    def read(self, job: Callable[[], T], done: Callable[[T], None],
             failed: Callable[[Exception], bool] | None = None, *, lane: Lane = "reading") -> Job:
        """Run a reading that can be stopped; see `Window`."""
        return Job() if self._finished else self.jobs.read(job, done, self._failing(failed), lane=lane)

    def _failing(self, failed: Callable[[Exception], bool] | None) -> Callable[[Exception], None]:
        def fail(error: Exception) -> None:
            if failed is None or not failed(error):
                self.show_failure(error)
        return fail

    def open_consultation(self, uid: str) -> None:
        """Show a consultation."""
        self.opening.record("consultation", uid)

    def open_found(self, uid: str, part: Key, query: str) -> None:
        """Show a consultation where words stand in it."""
        self.open_consultation(uid)
        page: object = self.places.current   # asked now: opening a record changes what it is
        if isinstance(page, Finds):
            page.show_found(part, query)

    def open_organization(self, uid: str) -> None:
        """Show an organization."""
        self.opening.record("organization", uid)

    def start_consultation(self, organization: str) -> None:
        """Make a visit with an organization and begin it."""
        self.opening.start(organization)

    def begin_visit(self, consultation: str) -> None:
        """Begin a planned visit."""
        self.opening.begin_visit(consultation)

    def go(self, place: Place) -> None:
        """Show a place of the rail; 相談 first shows the record open last."""
        self.opening.place(place)

    def do(self, action: str) -> None:
        """Carry out an action by its id."""
        self.actions_.do(action)

    @property
    def synced_while_typing(self) -> bool:
        """Whether a sync has brought something since the cursor came; see `Window`."""
        return self._synced_while_typing

    def choose_phrase(self, asked: Asked) -> None:
        """Show the panel of set phrases for a box."""
        self.phrasing.open(asked)

    def say(self, text: str, undo: Verb | None = None) -> None:
        """A finished action, for 6 s in the footer."""
        self.footer.say(text, undo)

    def page_changed(self, page: Page) -> None:
        """A page's title, crumbs or verbs changed."""
        self.places.show_tabs()
        if page is self.places.current:
            self._show_page()

    def close_page(self, page: Page) -> None:
        """Close an open record."""
        self.places.close_record(page)

    def client_view(self, on: bool) -> None:
        """Fill the screen with the page alone, or come back."""
        if on == self._client:
            return
        self._client = on
        for part in (self.rail, self.top, self.footer):
            part.setVisible(not on)
        self.places.set_alone(on)
        window = self.window()
        if on:
            self.palette_.close_palette()
            window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        else:
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowFullScreen)

    def show_owner(self) -> None:
        """Show in the top bar who works here, and whether sample data is in."""
        store = self._desk.store
        self.top.set_user(family_name(store.person))
        self.work(lambda: samples.present(store), self.top.set_sample)

    def begin(self) -> None:
        """Show きょう, or the record that was open when the program ended if it is still being written."""
        self.opening.first()
        self._begun = True
        self.look_at_disk()
        self._disk.start()
        self.work(lambda: contents.trouble(self._desk) or clock_watch.trouble(self._desk.store), self._tell_once)

    def look_at_disk(self) -> None:
        """Tell while the disk has hardly any room left, and take it back when it has."""
        def told(trouble: Trouble | None) -> None:
            if trouble is not None:
                self.alarm.show_low(trouble)
            else:
                self.alarm.hide_low()
        self.work(self._desk.nearly_full, told)

    def _tell_once(self, trouble: Trouble | None) -> None:
        if trouble is not None:
            self.alarm.show_trouble(trouble)

    def go_to(self, where: Key | None, tabs: Sequence[Key] = ()) -> None:
        """Open records and show a place or record again after the screens were built anew."""
        self.opening.again(where, tabs)
        self._begun = True

    def open_pages(self) -> Sequence[tuple[Key, Page]]:
        """Every page built so far with what it shows."""
        return self.places.opened()

    def flush(self) -> None:
        """Hand every unsaved edit of every page to the writer."""
        flush_composition(self)
        for page in self.places.pages():
            page.flush()
        self._keep_standing()

    def settle(self, limit_ms: int = 10_000) -> bool:
        """Bring everything to the disk and wait for it without handling events: for scripts, not for people."""
        return self.keeping.settle_now(limit_ms)

    def finish(self, *, ended: bool = False, limit_seconds: float = 10.0) -> bool:
        """End the threads; False when one hangs in the disk. The desk itself is closed by whoever opened it.

        `ended`: the user closed the window, so the next start has nothing to tell.
        """
        self._box_first.stop()
        self._desk.store.listeners.remove(self._tell)
        self._finished = True
        self._count_later.stop()
        self._stand_later.stop()
        self._disk.stop()
        self._merged_later.stop()
        over = [self.syncing.close(), *(jobs.close(limit_seconds) for jobs in (self.tidying, self.beside, self.jobs))]
        return self.keeping.close(ended=ended, limit_seconds=limit_seconds) and all(over)

    def _verbs(self) -> dict[str, Verb]:
        theme = controller()
        return {
            **{place: self._going(place) for place in PLACES},
            "search": lambda: self.searching.open("all"), "new_visit": lambda: self.searching.open("visit"),
            "undo": lambda: self._revert(history.undo), "redo": lambda: self._revert(history.redo),
            "saved": self.keeping.say_saved, "next_step": self._next_step, "new_company": self._new_company,
            "import": self._import, "sync_now": self.sync_now, "contested": self.show_contested,
            "next_tab": lambda: self._step_tab(1), "previous_tab": lambda: self._step_tab(-1),
            "close_tab": self._close_tab,
            "zoom_in": theme.zoom_in, "zoom_out": theme.zoom_out, "zoom_reset": theme.zoom_reset,
            **{name: self._asking(name) for name in ("history", "keys", "settings", "recovery_key", "backup",
                                                       "restore", "phrases", "bin")},
            "twins": self._ask_twins, "offers": self._ask_offers,
        }

    def _nothing_to_print(self) -> None:
        self.say(nothing_here())

    def _going(self, place: Place) -> Verb:
        return lambda: self.go(place)

    def _ask_twins(self) -> None:
        self.flush()
        uniting.ask(self, self)

    def _ask_offers(self) -> None:
        self.flush()
        offering.ask(self, self)

    def _asking(self, name: str) -> Verb:
        return lambda: self.dialog_asked.emit(name)

    def _close_tab(self) -> None:
        self.places.close_record()

    def _listen(self) -> None:
        self.rail.asked.connect(self.do)
        self.top.search_asked.connect(self._search_from_box)
        self.top.sample_removed.connect(self._ask_of_sample)
        self.sample_removal.agreed.connect(self._remove_sample)
        self.sample_removal.left.connect(self.top.remove.setFocus)
        self.places.changed.connect(self._show_page)
        self.places.changed.connect(self.palette_.leave)
        self.top.sync_asked.connect(self.sync_now)
        self.places.changed.connect(self._stand_later.start)
        self.places.gone.connect(lambda why: self.footer.say(why, tone="danger"))
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        self.phrasing.manage_asked.connect(self._asking("phrases"))
        self.searching.opened.connect(self.opening.record)
        self.searching.visit_wanted.connect(self.start_consultation)
        self.searching.view_wanted.connect(self._open_view)
        self.searching.found.connect(self.open_found)
        self.keeping.saved.connect(self._count_later.start)
        self.keeping.leave_asked.connect(self.leave_asked)
        self.keeping.passphrase_wanted.connect(self._asking("first_passphrase"))
        self.alarm.restore_asked.connect(self._asking("restore"))
        self._touched.connect(self._refresh, Qt.ConnectionType.QueuedConnection)
        self._desk.store.listeners.append(self._tell)
        self._box_first = BoxFirst(self, lambda: self.do("undo"), lambda: self.do("redo"))

    def _search_from_box(self, event: object) -> None:
        self.searching.open("all")
        if isinstance(event, QKeyEvent | QInputMethodEvent):
            QApplication.sendEvent(self.palette_.box, event)

    def _leaving(self, page: Page) -> None:
        if self._client:
            self.client_view(False)
        flush_composition(page)
        page.flush()

    def _show_page(self) -> None:
        page = self.places.current
        if page is None:
            return
        self.rail.set_place(self.places.place)
        self.sync_marks.look()
        self.top.crumbs.set_crumbs(page.crumbs())
        verbs = dict(page.verbs())
        self.actions_.serve(verbs, alone=self._client)
        self.window().setWindowTitle(f"{page.title()} – kanto-desk")
        if self.places.here is not None and self.places.here[0] != "consultation" and not self.places.open_records():
            self.opening.nothing_open()

    def sync_now(self) -> None:
        """Sync after what is being typed is on disk; the page 同期 tells the rest."""
        self.flush()
        self.keeping.saving.drain(QUIET_MS)
        self.syncing.begin()

    def show_contested(self, root: Key | None = None, part: str = "") -> None:
        """確認が必要な変更, at a record where one is named, and at its part of that uid."""
        page = self.places.show_place("sync")
        if isinstance(page, Confirms):
            page.open_contested(root, part)

    def _next_step(self) -> None:
        page = self.places.current
        if page is not None and page.primary_action not in (None, "next_step"):
            self.actions_.do(page.primary_action or "")

    def _new_company(self) -> None:
        page = self.places.show_place("companies")
        verb = page.verbs().get("new_company")
        if verb is not None:
            verb()

    def _import(self) -> None:
        page = self.places.show_place("companies")
        if isinstance(page, Imports):
            page.open_import()

    def _open_view(self, uid: str) -> None:
        store = self._desk.store

        def show(view: views.View | None) -> None:
            place = next((one for one in PLACES if one == view.page), None) if view is not None else None
            if view is None or place is None:
                return
            page = self.places.show_place(place)
            if isinstance(page, Viewed):
                page.show_view(view.conditions)
        self.work(lambda: views.get(store, uid), show)

    def _step_tab(self, by: int) -> None:
        self.places.step_tab(by)

    def _revert(self, revert: Callable[[Any, Key], history.Reverted | None]) -> None:
        page = self.places.current
        if page is None or page.undo_root is None:
            self.say(tr("ここには元に戻すものがありません"))
            return
        page.flush()
        root, store, redo = page.undo_root, self._desk.store, revert is history.redo

        def told(done: history.Reverted | None) -> None:
            if done is None:
                self.say(tr("これより先はありません") if redo else tr("これより前はありません"))
                return
            words = tr("やり直しました：{label}", label=done.label) if redo else tr("元に戻しました：{label}",
                                                                            label=done.label)
            self.say("　".join((words, *done.kept)))
            self.syncing.look()   # what was decided between two laptops may be open again
        self.write(lambda: revert(store, root), told)

    def show_failure(self, error: Exception) -> None:
        """Show a failure of the world beside its cause; an error of the program is raised."""
        self.keeping.show_failure(error)

    def tells(self, error: BaseException) -> bool:
        """Show a failure of the world that a page met while it was built or painted; False for anything else."""
        trouble = failures.told(error)
        if trouble is not None and not self._finished and isinstance(error, Exception):
            QTimer.singleShot(0, self, lambda: None if self._finished else self.show_failure(error))
        return trouble is not None and not self._finished

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        if self._finished:
            return
        self._stand_later.start()
        # Whoever types in a box sees what it held when the cursor came: a sync in between is no base of his.
        self._synced_while_typing = False
        typing = isinstance(now, QLineEdit | QTextEdit) and self.isAncestorOf(now)
        try:
            self._seen_up_to = self._desk.store.seen_now() if typing else None
        except Trouble:
            self._seen_up_to = None   # a disk that does not answer has let no sync write either

    def _tell(self, touched: Any) -> None:
        self._touched.emit(touched)   # from the writing thread: delivered on the UI thread

    def _refresh(self, touched: Any) -> None:
        if touched.origin == "merge":
            self._synced_while_typing = self._seen_up_to is not None
            self._merged |= touched.keys
            if not self._merged_later.isActive():
                self._merged_later.start()
        else:
            self._show_touched(touched.keys)
        if touched.origin == contested_deletions.KEPT:
            self.syncing.look()
            self.say(tr("ほかのパソコンで消されたものに書いたので、残しました。消すかどうかは「確認」で決めます"))

    def _show_merged(self) -> None:
        keys, self._merged = frozenset(self._merged), set()
        if self.absences.settle(keys):
            self._show_touched(keys)

    def _sync_over(self) -> None:
        """What was left alone while a sync ran is looked at again."""
        self._merged_later.start()

    def _show_touched(self, keys: frozenset[Key]) -> None:
        if self.places.current is not None:
            self.places.current.refresh(keys)

    def _ask_of_sample(self) -> None:
        store = self._desk.store
        self.write(lambda: samples.written(store), self.sample_removal.ask)   # after what is still being saved

    def _remove_sample(self) -> None:
        desk = self._desk

        def told(_rows: int) -> None:
            self.say(tr("見本データを消しました"))
            self.show_owner()
            if not desk.protected:
                self.dialog_asked.emit("first_passphrase")   # what comes now is the user's own
        self.places.close_all()
        self.write(lambda: samples.remove(desk), told)

    def _keep_standing(self) -> None:
        """Keep which records are open and where the cursor stands. A comfort: where it fails nobody is told."""
        standing = self.opening.standing()
        if self._begun and standing != self._stood:   # before that the tabs of the last window are not shown yet
            self._stood = standing
            self.work(lambda: self.opening.keep(standing), lambda _none: None, lambda _error: True)

    def _count(self) -> None:
        self.syncing.look_at_unsent()

    # Keys and sizes -----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        focus = self.window().focusWidget()
        if event.key() in ENTER_KEYS and isinstance(focus, QAbstractButton):
            focus.click()
        elif event.key() == Qt.Key.Key_Escape:
            if self._client:
                self.client_view(False)
            else:
                self.places.back()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: three steps of width (UX.md section 2)."""
        width = self.width() * 100 / look().zoom
        wide, tiny = width >= DRAWER_BELOW, width < ICONS_BELOW
        self.rail.set_narrow(tiny)
        self.top.set_width_class(wide, tiny)
        self.footer.set_narrow(tiny)
