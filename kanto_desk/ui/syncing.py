"""The sync of an open desk in the window: on a thread of its own, by a key or by itself, never in the way of typing.

Decides nothing about what is sent: that is `services.receipts`. Shows nothing: pages and the top bar listen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from kanto_desk.clock import Clock
from kanto_desk.errors import NotReached, Refused, Trouble
from kanto_desk.services import contested, failures, refusals, sending
from kanto_desk.services.sending import Standing
from kanto_desk.services.unsent_files import NO_FILES, Files, unsent_files
from kanto_desk.sync.halting import Halt
from kanto_desk.ui.jobs import Jobs
from kanto_desk.ui.network import Network

if TYPE_CHECKING:
    from kanto_desk.services.receipts import Automatic, Noted

TICK_MS = 60_000
START_AFTER = timedelta(minutes=1)
"""After the start somebody looks for a company and types; the first sync by itself can wait for that."""
AFTER_NETWORK_MS = 5_000
"""A network that has just appeared gives addresses a moment later."""
STOP_SECONDS = 2.0
CUT_MS = 500
"""A batch under way has so long to end after 止める; then its request is cut off, as if its answer had gone astray."""

MakeLink = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sync is: changes sent, records still to be sent, records that came.

    `files`: what is carried after them is all that waited at first; None until then. Of it `files_sent` went, in
    `bytes_sent`, and `files_came` came.
    """

    sent: int = 0
    left: int = 0
    came: int = 0
    files: Files | None = None
    files_sent: int = 0
    bytes_sent: int = 0
    files_came: int = 0


@dataclass(frozen=True, slots=True)
class Marks:
    """What rail, top bar and きょう show. `online` is None until a sync was tried. `files`: those that no hub has.

    `deletions`: records that a sync would have deleted, of which somebody has to say whether they go.
    """

    standing: Standing
    conflicts: int = 0
    refused: int = 0
    online: bool | None = None
    last: datetime | None = None
    files: Files = NO_FILES
    deletions: int = 0

    @property
    def waiting(self) -> int:
        """What waits for the user; a sync that would empty this desk asks one question."""
        return self.conflicts + self.refused + bool(self.deletions)

    @property
    def unsent(self) -> int:
        """Records, photos and files that lie on this computer alone."""
        return self.standing.unsent + self.files.count


NOTHING = Marks(Standing(0, None, enrolled=False))


class Syncing(QObject):
    """One for each open frame. `changed`: begun, further on, or ended. `marked(Marks)`: other numbers than before.

    `ended(Noted | Trouble, by itself)` tells how a sync ended. `wipe_ordered`: the hub wants this desk forgotten.
    """

    changed = Signal()
    marked = Signal(object)
    ended = Signal(object, bool)
    wipe_ordered = Signal()
    _progressed = Signal(object)
    _waited = Signal(object)

    def __init__(self, desk: Any, clock: Clock, link: MakeLink | None, network: Network, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._clock, self._link = desk, clock, link
        self._jobs = Jobs(self, name="sync")
        self._halt = Halt()   # the thread of the sync looks at it, and wakes by it where it waits
        self._closed = False
        self._ordered = False
        self._tried: datetime | None = None
        self._began = clock()
        self.running = False
        self.progress = Progress()
        self.waits_until: datetime | None = None
        self.trouble: Trouble | None = None
        self.marks = NOTHING
        self._progressed.connect(self._show_progress, Qt.ConnectionType.QueuedConnection)
        self._waited.connect(self._show_waiting, Qt.ConnectionType.QueuedConnection)
        self._cut = QTimer(self)
        self._cut.setSingleShot(True)
        self._cut.timeout.connect(self._halt.cut)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.tick)
        if desk.store.read_only is None:
            self._tick.start()
            network(self, lambda: QTimer.singleShot(AFTER_NETWORK_MS, self, self.network_appeared))

    @property
    def stopping(self) -> bool:
        """Whether the user has stopped the sync and its last batch is still under way."""
        return self.running and self._halt.is_set()

    def begin(self, *, automatic: bool = False) -> None:
        """Sync now; while one runs nothing new begins."""
        if self.running or self._closed:
            return
        self.running, self.progress = True, Progress()
        self._halt.clear()
        self._tried = self._clock()
        desk, store, blobs, link = self._desk, self._desk.store, self._desk.blobs, self._link

        def work() -> Noted:
            # TLS and messages: nothing of a start pays for them
            from kanto_desk.services import carrying, escrow_carrying, filling_apart, forgetting, receipts
            from kanto_desk.sync.link import HttpsLink

            def made(url: str, ca: str) -> Any:
                way = HttpsLink(url, ca) if link is None else link(url, ca)
                if hasattr(way, "cut"):
                    self._halt.ends(way.cut)
                return way
            apart = None
            if link is None and filling_apart.is_due(store):   # much to take in: not on a thread of the window
                apart = partial(filling_apart.run, desk, wait=self._wait, halt=self._halt)
            try:
                noted = receipts.sync(store, self._watch, made, automatic=automatic, wait=self._wait, apart=apart)
            except Trouble:
                self._ordered = forgetting.is_due(desk)
                raise
            if not self._halt.is_set():
                escrow_carrying.carry(desk, made, self._wait)
            if not self._halt.is_set():   # photos and files come after; where they do not the records are safe
                waiting = unsent_files(store, blobs)
                carried = carrying.carry(store, blobs, lambda carried: self._watch_files(carried, waiting), made,
                                         self._wait)
                noted = receipts.note_files(store, noted, len(carried.refused))
            return noted
        self._jobs.submit(work, lambda noted: self._done(noted, automatic), lambda e: self._failed(e, automatic))
        self.changed.emit()

    def stop(self, within_ms: int = CUT_MS) -> None:
        """End after the batch that is under way, at once where the hub is waited for; the rest goes with the next.

        A hub that does not answer in time is waited for no longer; what it was sent goes again with the next sync.
        """
        if self.running and not self._halt.is_set():
            self._halt.set()
            self._cut.start(within_ms)
            self.changed.emit()

    def tick(self) -> None:
        """Sync where that is due by the clock; asked every minute."""
        now = self._clock()
        if not self.running and now - self._began >= START_AFTER:
            self._when_wanted(lambda wanted: self._tried is None
                              or abs(now - self._tried) >= timedelta(minutes=wanted.minutes))

    def network_appeared(self) -> None:
        """Sync at once where something waits, or where the hub could not be reached before."""
        if not self.running:
            self._when_wanted(lambda _wanted: self._tried is None or self.marks.unsent > 0
                              or self.trouble is not None)

    def look(self) -> None:
        """Count again what waits for the hub and for the user."""
        if self._closed:
            return
        store, blobs = self._desk.store, self._desk.blobs

        def read() -> dict[str, Any]:
            standing = sending.standing(store)
            if not standing.enrolled:
                return {"standing": standing, "conflicts": 0, "refused": 0, "last": None, "files": NO_FILES,
                        "deletions": 0}
            from kanto_desk.services import mass_deletions  # it knows messages: nothing of a start pays for them

            return {"standing": standing, "conflicts": contested.count(store), "refused": refusals.count(store),
                    "last": sending.last_success(store), "files": unsent_files(store, blobs),
                    "deletions": mass_deletions.count(store)}
        self._jobs.submit(read, lambda found: self._mark(**found), self._not_counted, lane="long")

    def look_at_unsent(self) -> None:
        """Count again what waits for the hub alone: after every save."""
        if self._closed:
            return
        store = self._desk.store
        self._jobs.submit(lambda: sending.standing(store), lambda standing: self._mark(standing=standing),
                          self._not_counted, lane="finding")

    def wait_idle(self) -> None:
        """Wait until nothing is under way: for scripts and tests."""
        self._jobs.wait_idle()

    def close(self, limit_seconds: float = STOP_SECONDS) -> bool:
        """Stop and end the threads; False when the network holds one longer. It ends by itself, and loses nothing."""
        self._closed = True
        self._halt.set()
        self._tick.stop()
        self._cut.stop()
        if self._jobs.close(min(limit_seconds, CUT_MS / 1000)):
            return True
        self._halt.cut()
        return self._jobs.close(limit_seconds)

    def _when_wanted(self, due: Callable[[Automatic], bool]) -> None:
        store = self._desk.store

        def decide(wanted: Automatic | None) -> None:
            if wanted is not None and wanted.on and due(wanted):
                self.begin(automatic=True)
        def read() -> Automatic | None:
            if not sending.standing(store).enrolled:
                return None
            from kanto_desk.services import receipts  # as above

            return receipts.automatic(store)
        self._jobs.submit(read, decide, self._not_counted, lane="finding")

    def _watch(self, receipt: Any) -> bool:
        """On the thread of the sync, after each batch."""
        self._progressed.emit(Progress(receipt.sent, receipt.left, len(receipt.came)))
        return not self._halt.is_set()

    def _watch_files(self, carried: Any, waiting: Files) -> bool:
        """The same, while photos and files are carried."""
        self._progressed.emit(Progress(files=waiting, files_sent=carried.sent, bytes_sent=carried.bytes_up,
                                       files_came=carried.got + carried.thumbs_got))
        return not self._halt.is_set()

    def _wait(self, seconds: float) -> bool:
        """On the thread of the sync, while the hub is busy; False as soon as somebody stops it or closes the window."""
        self._waited.emit(self._clock() + timedelta(seconds=seconds))
        stopped = self._halt.wait(seconds)
        self._waited.emit(None)
        return not stopped

    def _show_waiting(self, until: datetime | None) -> None:
        self.waits_until = until if self.running else None
        self.changed.emit()

    def _show_progress(self, progress: Progress) -> None:
        self.progress = progress
        self.changed.emit()

    def _done(self, noted: Noted, automatic: bool) -> None:
        self.trouble = None
        self._over(noted, automatic, online=True)

    def _failed(self, error: Exception, automatic: bool) -> None:
        trouble = _as_trouble(error)
        if trouble is None:
            self.running = False
            raise error
        self.trouble = trouble
        self._over(trouble, automatic, online=not isinstance(trouble, NotReached))

    def _over(self, how: Noted | Trouble, automatic: bool, *, online: bool) -> None:
        self.running, self.waits_until = False, None
        self._cut.stop()
        self._halt.clear()
        if self._closed:
            return
        self._mark(online=online)
        self.changed.emit()
        self.ended.emit(how, automatic)
        if self._ordered:
            self.wipe_ordered.emit()
            return
        self.look()

    def _mark(self, **numbers: Any) -> None:
        marks = replace(self.marks, **numbers)
        if marks != self.marks and not self._closed:
            self.marks = marks
            self.marked.emit(marks)

    def _not_counted(self, error: Exception) -> None:
        """A count is a comfort; what is wrong with the disk is told by whoever needs it."""
        if failures.told(error) is None and not isinstance(error, Refused | Trouble):
            raise error


def _as_trouble(error: Exception) -> Trouble | None:
    if isinstance(error, Refused):
        return Trouble(error.message, "", "")
    return failures.told(error)
