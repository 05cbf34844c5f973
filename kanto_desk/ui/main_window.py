"""The one window: first the page before the desk (はじめに or 合言葉), then the frame of the open desk.

Light on purpose: nothing here imports SQLAlchemy before the first paint (ARCHITECTURE.md decision 28). What needs it is
imported by the functions that open the desk.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QMainWindow

from kanto_desk import i18n
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import Language, Years, tr
from kanto_desk.ui import preferences
from kanto_desk.ui.preferences import Preferences
from kanto_desk.ui.theme import Scheme, controller

if TYPE_CHECKING:
    from kanto_desk.services.desk import Desk
    from kanto_desk.ui.backing_up import AutomaticBackups
    from kanto_desk.ui.frame import Edges, Frame
    from kanto_desk.ui.jobs import Job, Jobs
    from kanto_desk.ui.pages.first_run import FirstRun, FirstRunPage
    from kanto_desk.ui.pages.forgotten import ForgottenPage
    from kanto_desk.ui.pages.unlock import UnlockPage

LEAST_WIDTH, LEAST_HEIGHT = 960, 600
DESIGN_WIDTH, DESIGN_HEIGHT = 1366, 768
_EARLY = ("kanto_desk.services.desk", "kanto_desk.ui.frame", "kanto_desk.ui.edges", "kanto_desk.ui.pages.home",
          "kanto_desk.ui.pages.consultation.page")
SWITCH_SECONDS = 0.0005
ENDING_SECONDS, LEAVING_SECONDS = 10.0, 0.5
"""How long closing waits for threads that have nothing left to do, and for one that the user leaves in the disk."""


class MainWindow(QMainWindow):
    """Emits `desk_opened` once the frame of an open desk is shown.

    `exists` says whether the folder holds a desk, `free` raises Trouble when another program holds it, `wait_seconds`
    gives how long the next try must wait; all three come from the composition root, because they need no database.
    `asks_nothing` says whether the folder's desk holds sample data alone and opens without a passphrase; `keychain`
    gives the system's key store, or None where there is none.
    `unfinished`: a set-up was begun in the folder and never ended, so that it begins again.
    `forgotten` gives what to tell where the hub had this desk forgotten, after going on where that was cut off.
    `options` is passed on to the making and opening of desks: the clock, and in tests a cheap key derivation.
    """

    desk_opened = Signal()
    folder_made = Signal()

    def __init__(self, home: Path, edges: Callable[[], Edges], chosen: Preferences, *, exists: bool,
                 free: Callable[[], None], wait_seconds: Callable[[], int], asks_nothing: Callable[[], bool],
                 forgotten: Callable[[], Trouble | None] = lambda: None,
                 options: dict[str, Any] | None = None, keychain: Callable[[], Any] | None = None,
                 unfinished: bool = False) -> None:
        super().__init__()
        self.setWindowTitle("kanto-desk")
        self._home, self._make_edges, self._chosen = home, edges, chosen
        self._exists, self._free, self._wait, self._asks_nothing = exists, free, wait_seconds, asks_nothing
        self._unfinished = unfinished
        self._options = dict(options or {})
        self._keychain = keychain
        self._opening: Jobs | None = None
        self._ask_keychain: UnlockPage | None = None
        self._open_by_itself = False
        self._desk: Desk | None = None
        self._backups: AutomaticBackups | None = None
        self._frame: Frame | None = None
        self._loading: threading.Thread | None = None
        self._painted = False
        self._leaving_anyway = False
        self.gate: FirstRunPage | UnlockPage | ForgottenPage | None = None
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self.resize(DESIGN_WIDTH, DESIGN_HEIGHT)
        gone = forgotten()
        if gone is None:
            self._show_gate()
        else:
            _forgetting().show(self, gone, begin_anew=True)
        themes = controller()
        themes.changed.connect(self._look_changed)

    @property
    def frame(self) -> Frame | None:
        """The frame of the open desk; None before."""
        return self._frame

    @property
    def desk(self) -> Desk | None:
        """The open desk; None before."""
        return self._desk

    @property
    def keychain(self) -> Any:
        """The system's key store; None where there is none."""
        return self._keychain() if self._keychain else None

    @property
    def backups(self) -> AutomaticBackups | None:
        """The automatic backups of the open desk; None before."""
        return self._backups

    @property
    def chosen(self) -> Preferences:
        """Language, theme and zoom in use."""
        return self._chosen

    # The page before the desk -------------------------------------------------------------------------------------

    def _show_gate(self) -> None:
        old = self.gate
        if self._exists:
            from kanto_desk.ui.pages.unlock import UnlockPage  # the first paint pays for one of the two pages only

            page = UnlockPage()
            page.asked.connect(self._unlock)
            page.recovery_asked.connect(self._recover)
            self.gate = page
            if not self._is_free(page):
                page.open_button.clicked.disconnect()
                page.open_button.clicked.connect(self._show_gate)
            elif self._asks_nothing():
                page.ask_nothing()
                self._open_by_itself = not self._painted   # after the first paint, too
                if self._painted:
                    self._unlock("")
            elif old is None and self._keychain is not None:
                self._ask_keychain = page   # after the first paint, which its libraries would delay
            elif (wait := self._wait()) > 0:
                page.refuse(tr("合言葉の間違いが続いたため、あと{seconds}秒待ってください。", seconds=wait),
                            "passphrase", wait)
        else:
            from kanto_desk.ui.pages.first_run import FirstRunPage  # as above

            first = FirstRunPage()
            first.chosen.connect(self._create)
            if self._unfinished:
                first.tell_unfinished()
            if isinstance(old, FirstRunPage):
                first.take_over(old.typed())
            self.gate = first
        self.gate.language_chosen.connect(self.set_language)
        self.setCentralWidget(self.gate)
        self.gate.activate()

    @property
    def _jobs(self) -> Jobs:
        """Where desks are made and opened; begun when first needed, because a thread costs the first paint time."""
        if self._opening is None:
            from kanto_desk.ui.jobs import Jobs

            self._opening = Jobs(self, name="opening")
        return self._opening

    def _is_free(self, page: UnlockPage) -> bool:
        try:
            self._free()
        except Trouble as trouble:
            page.block()
            page.show_trouble(f"{trouble.happened}\n{trouble.safe}{trouble.to_do}")
            return False
        return True

    def _try_keychain(self, page: UnlockPage) -> None:
        """Open without asking, where the user wished so on this computer."""
        home, clock, keychain = self._home, self._options.get("clock"), self._keychain

        def work(job: Job) -> Desk | None:
            store = keychain() if keychain else None
            desk: Desk | None = store and _desks().unlock_by_keychain(home, store, clock=clock, reading=True,
                                                                      told=job.step)
            return desk

        def done(desk: Desk | None) -> None:
            if desk is not None:
                self._opened(desk, "")
            elif (wait := self._wait()) > 0:
                page.refuse(tr("合言葉の間違いが続いたため、あと{seconds}秒待ってください。", seconds=wait),
                            "passphrase", wait)
        # A backup is offered to whoever gives the passphrase.
        self._jobs.start(work, done, self._tell_failure, self._tell_indexing)

    def _unlock(self, passphrase: str) -> None:
        home, options = self._home, self._options

        def work(job: Job) -> Desk:
            desk: Desk = _desks().unlock(home, passphrase, reading=True, code=code, told=job.step, **options)
            return desk
        code = self._code()
        self._open(work)

    def _recover(self, key: str, new_passphrase: str) -> None:
        home, options = self._home, self._options

        def work(job: Job) -> Desk:
            desk: Desk = _desks().unlock_by_recovery_key(home, key, new_passphrase, code=code, told=job.step,
                                                         **options)
            return desk
        code = self._code()
        self._open(work)

    def _code(self) -> str:
        """The unlock code typed at the gate."""
        return str(code()) if (code := getattr(self.gate, "code", None)) is not None else ""

    def _create(self, first: FirstRun) -> None:
        home, options = self._home, self._options

        def work(_job: Job) -> Desk:
            desk: Desk = _desks().create(home, first.passphrase, person=first.name, kana=first.kana,
                                         organization=first.organization, sample=first.begin == "sample", **options)
            if first.begin == "sample":
                import_module("kanto_desk.services.samples").load(desk)
            return desk
        self._open(work, first.begin)

    def _open(self, work: Callable[[Job], Desk], begin: str = "") -> None:
        self._jobs.start(work, lambda desk: self._opened(desk, begin), self._failed, self._tell_indexing)

    def _tell_indexing(self, done: int, total: int) -> None:
        """The index of the search is made anew for this program: with many records that takes minutes."""
        tell = getattr(self.gate, "tell_indexing", None)
        if tell is not None:
            tell(done, total)

    def _failed(self, error: Exception) -> None:
        self._tell_failure(error)
        if self.gate is not None:
            self._offer_backup(error)

    def _tell_failure(self, error: Exception) -> None:
        gate = self.gate
        if gate is None or not hasattr(gate, "refuse"):
            if isinstance(error, Refused | Trouble):
                return   # of a try that came too late: the desk is open meanwhile
            raise error
        if isinstance(error, Refused):
            gate.refuse(error.message, error.field, self._wait())
            return
        if isinstance(error, Trouble) and hasattr(error, "kept"):   # Forgotten, likewise
            _forgetting().show(self, error)
            return
        if isinstance(error, Trouble) and hasattr(error, "challenge"):   # LeaseOver, of a module not imported yet
            from kanto_desk.ui.pages.unlock import UnlockPage

            if isinstance(gate, UnlockPage):
                gate.ask_code("".join((error.happened, error.safe, error.to_do)))
                return
        trouble = import_module("kanto_desk.services.failures").told(error)
        gate.set_busy(False)
        if trouble is None:
            raise error
        gate.show_trouble("".join((trouble.happened, trouble.safe, trouble.to_do)), trouble.detail)

    def _offer_backup(self, error: Exception) -> None:
        """Where a backup can help, let the user choose one; lost keys are put back first, which loses no record."""
        from kanto_desk.ui.pages.unlock import UnlockPage

        page, restoring = self.gate, import_module("kanto_desk.services.restoring")
        remedy = restoring.remedy(self._home, error)
        passphrase = page.passphrase.phrase() if isinstance(page, UnlockPage) else ""
        if remedy is None or page is None or not passphrase:
            return
        home, options = self._home, self._options
        if remedy.keys_only:
            self._jobs.submit(lambda: restoring.put_keys_back(home, passphrase, **options),
                              lambda _made: self._unlock(passphrase), self._failed)
            return

        def choose(previews: Any) -> None:
            box = import_module("kanto_desk.ui.dialogs.restore").RestoreBox(self, previews)
            box.chosen.connect(lambda one: self._restore(
                lambda: restoring.restore_and_open(home, one.backup, passphrase, **options)))
            box.open()
        self._jobs.submit(lambda: restoring.previews(home, passphrase, **options), choose, self._failed)

    def go_back(self, backup: Any) -> None:
        """Put a backup in the place of the open desk's records; what was typed is on disk or written elsewhere.

        The page before the desk stands meanwhile, and goes on standing when it fails.
        """
        from kanto_desk.ui.pages.unlock import UnlockPage

        frame, desk = self._frame, self._desk
        if frame is None or desk is None:
            return
        if not self._end_backups(ENDING_SECONDS):
            frame.say(tr("控えをとっている途中です。終わってから、もう一度押します。"))
            return
        frame.finish(ended=True)
        self._frame = self._desk = None
        page = UnlockPage()
        page.asked.connect(self._unlock)
        page.recovery_asked.connect(self._recover)
        page.language_chosen.connect(self.set_language)
        self.gate = page
        self.setCentralWidget(page)
        page.activate()
        restoring = import_module("kanto_desk.services.restoring")
        self._restore(lambda: restoring.go_back(desk, backup))

    def _restore(self, work: Callable[[], Any]) -> None:
        """Let `work` put a backup in place and open the desk, and say in its footer what was done."""
        if self.gate is not None:
            self.gate.set_busy(True)

        def done(result: Any) -> None:
            restored, desk = result
            self._opened(desk, "")
            if self._frame is not None:
                self._frame.say(import_module("kanto_desk.ui.dialogs.restore").told(restored))
        self._jobs.submit(work, done, self._failed)

    def let_go(self) -> Desk | None:
        """Leave the desk that nobody may use any more, on disk as it was typed: its screens and threads end.

        None where nothing is open, or where a thread still holds the files: ask again later. The caller closes the
        desk; until he does, closing the window would.
        """
        frame, desk = self._frame, self._desk
        if desk is None or (frame is not None and not self._end_backups(LEAVING_SECONDS)):
            return None
        if frame is not None:
            self._frame = None
            if not frame.finish(ended=True):
                return None
        return desk

    def show_gate(self, page: Any, *, desk_gone: bool = False) -> None:
        """Show a page in the place of everything else; with `desk_gone` the folder holds no desk any more."""
        if desk_gone:
            self._desk, self._exists = None, False
        self.gate = page
        self.setCentralWidget(page)
        page.activate()

    def begin_anew(self) -> None:
        """Show はじめに: the desk of this folder is gone."""
        self.gate = None
        self._show_gate()

    @property
    def opening(self) -> Jobs:
        """Where what makes, opens and ends desks runs."""
        return self._jobs

    # The open desk ------------------------------------------------------------------------------------------------

    def _opened(self, desk: Desk, begin: str) -> None:
        self._desk = desk
        self._exists = True
        self.folder_made.emit()
        self._keep()
        self._build_frame()
        if desk.store.read_only is None:   # where nothing can be written nothing has changed
            self._backups = import_module("kanto_desk.ui.backing_up").AutomaticBackups(desk, self)
            self._backups.failed.connect(self._backup_failed)
        if self._frame is not None:
            self._frame.begin()
            if begin == "import":
                self._frame.do("import")
        self.desk_opened.emit()

    def _build_frame(self) -> None:
        from kanto_desk.ui.frame import Frame  # needs SQLAlchemy, see above

        frame = Frame(self._desk, self._make_edges())
        frame.dialog_asked.connect(self._show_dialog)
        frame.leave_asked.connect(self._leave_anyway)
        frame.syncing.wipe_ordered.connect(lambda: _forgetting().begin(self))
        self._frame, self.gate = frame, None
        self.setCentralWidget(frame)

    def _show_dialog(self, name: str) -> None:
        import_module("kanto_desk.ui.dialogs.shown").show(name, self)

    def set_language(self, language: Language, then: Callable[[], None] | None = None) -> None:
        """Change the language at once: the screens are built anew, with the same records open, at the same place.

        `then` is called once the new screens stand.
        """
        if language != i18n.language():
            self._reword(lambda: i18n.use(language), self._chosen._replace(language=language), then)

    def set_years(self, years: Years, then: Callable[[], None] | None = None) -> None:
        """Name another year first in Japanese dates, at once and everywhere; `then` as in `set_language`."""
        if years != i18n.years():
            self._reword(lambda: i18n.use_years(years), self._chosen._replace(years=years), then)

    def _reword(self, use: Callable[[], None], chosen: Preferences, then: Callable[[], None] | None) -> None:
        if self._frame is not None and not self._frame.keeping.settle_now():
            # a new frame would not hold what is not on the disk yet
            self._frame.keeping.when_settled(lambda: self._reword(use, chosen, then), leaving=False)
            return
        use()
        self._chosen = chosen
        self._keep()
        if self._frame is None:
            self._show_gate()
            return
        here, standing = self._frame.places.here, self._frame.places.standing()
        self._frame.finish()
        self._build_frame()
        self._frame.go_to(here, tuple(standing))
        self._frame.places.stand_again(standing)
        if then is not None:
            then()

    def set_scheme(self, scheme: Scheme) -> None:
        """Change the theme at once."""
        controller().set_scheme(scheme)
        self._look_changed()

    def _look_changed(self) -> None:
        themes = controller()
        self._chosen = self._chosen._replace(scheme=themes.scheme, zoom=themes.zoom)
        self._keep()

    def _keep(self) -> None:
        if not self._exists:
            return
        try:
            preferences.save(self._home, self._chosen)
        except OSError as error:
            if self._frame is not None:
                self._frame.show_failure(error)

    def rescue(self) -> None:
        """After an error of the program: hand everything typed to the writer."""
        if self._frame is not None:
            self._frame.flush()

    # Start and end ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent, /) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self._loading = threading.Thread(target=_load_early, args=(lambda: self._desk is None,), name="loading",
                                             daemon=True)
            self._loading.start()
            if self._ask_keychain is not None:
                self._try_keychain(self._ask_keychain)
            if self._open_by_itself:
                self._unlock("")

    def changeEvent(self, event: QEvent, /) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange:
            controller().system_theme_changed()

    def closeEvent(self, event: QCloseEvent, /) -> None:
        if not self._leaving_anyway and not self._may_close():
            event.ignore()
            return
        controller().changed.disconnect(self._look_changed)
        hanging = False
        if self._frame is not None:
            seconds = LEAVING_SECONDS if self._leaving_anyway else ENDING_SECONDS
            hanging = not self._frame.finish(ended=True, limit_seconds=seconds)
            hanging = not self._end_backups(seconds) or hanging
            self._frame = None
        if self._opening is not None:
            self._opening.close()
        if self._loading is not None:
            self._loading.join()
        if self._desk is not None and not hanging:   # a thread that hangs in the disk holds the files until the end
            self._desk.close()
        self._desk = None
        super().closeEvent(event)

    def _may_close(self) -> bool:
        """Whether everything is on disk and backed up; if not, the window says so and closes by itself afterwards."""
        frame, backups = self._frame, self._backups
        if frame is None:
            return True
        if not frame.keeping.settle_now():
            frame.keeping.when_settled(self._close, leaving=True)
            return False
        return backups is None or backups.at_end(frame.keeping.band, self._close)

    def _end_backups(self, limit_seconds: float) -> bool:
        if self._backups is not None and not self._backups.close(limit_seconds):
            return False
        self._backups = None
        return True

    def _backup_failed(self, trouble: Trouble) -> None:
        if self._frame is not None:
            self._frame.alarm.show_trouble(trouble)

    def _close(self) -> None:
        self.close()

    def _leave_anyway(self) -> None:
        self._leaving_anyway = True
        self.close()


def _desks() -> Any:
    """The module that makes and opens desks; imported by the thread that waits for it."""
    return import_module("kanto_desk.services.desk")


def _forgetting() -> Any:
    """The module that has a desk forgotten on the hub's order; hardly any window ever needs it."""
    return import_module("kanto_desk.ui.forgetting")


def _load_early(waiting: Callable[[], bool]) -> None:
    """Import what the open desk needs while the passphrase is typed, without a stall (measured: decision 28)."""
    usual = sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        for name in _EARLY:
            import_module(name)
        if waiting():   # not where the keychain opened the desk meanwhile
            import_module("kanto_desk.services.rehearsal").rehearse()
    finally:
        sys.setswitchinterval(usual)
        gc.freeze()
        gc.enable()
