"""Automatic backups of an open desk: some time after the start and before the end, on a thread of their own.

A long search or page must not wait for them, so they do not share the frame's worker. Decides nothing about what is
due: that is `services.backing_up`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import backing_up, failures
from kanto_desk.ui.jobs import Jobs
from kanto_desk.ui.settling import QUIET_MS, WaitingBand

START_AFTER_MS = 30_000
"""After the start somebody looks for a company and types; the backup that a crash prevented can wait for that."""


class AutomaticBackups(QObject):
    """Emits `made` (the backup, or None where nothing was due) and `failed` (Trouble)."""

    made = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._jobs: Jobs | None = None
        self._band: WaitingBand | None = None
        self._then: Callable[[], object] | None = None
        self._told = False
        self.later = QTimer(self)
        self.later.setSingleShot(True)
        self.later.setInterval(START_AFTER_MS)
        self.later.timeout.connect(self._begin_at_start)
        self.later.start()

    @property
    def running(self) -> bool:
        """Whether one is under way."""
        return self._jobs is not None and self._jobs.waiting > 0

    def begin(self, reason: str) -> None:
        """Back up where that is due; while one runs nothing new begins."""
        self.later.stop()
        if self.running:
            return
        if self._jobs is None:
            self._jobs = Jobs(self, name="backup")
        desk = self._desk
        self._jobs.submit(lambda: backing_up.automatic(desk, reason), self._done, self._failed)

    def at_end(self, band: WaitingBand, close: Callable[[], object]) -> bool:
        """Back up before the window closes; whether it may close now.

        Where that takes longer than anybody notices, the band says why the window stays, and `close` is called
        afterwards. A failure is told once; then the window closes without.
        """
        if self._told:
            return True
        self.begin(backing_up.AT_END)
        self.wait(QUIET_MS)
        if self.running:
            self._then = close
            if band is not self._band:
                self._band = band
                band.stay.connect(self._stay)
            band.say_backup()
        return not self.running and not self._told

    def wait(self, limit_ms: int) -> bool:
        """Wait without handling events, so shortly that nobody notices; whether none is under way now."""
        return self._jobs is None or self._jobs.wait_idle(limit_ms)

    def close(self, limit_seconds: float) -> bool:
        """End the thread; False when it still copies after so long, and goes on."""
        self.later.stop()
        self._then = None
        return self._jobs is None or (self.wait(round(limit_seconds * 1000)) and self._jobs.close(limit_seconds))

    def _begin_at_start(self) -> None:
        self.begin(backing_up.AT_START)

    def _stay(self) -> None:
        self._then = None

    def _done(self, made: Any) -> None:
        self.made.emit(made)
        then = self._end_waiting()
        if then is not None:
            then()

    def _failed(self, error: Exception) -> None:
        self._end_waiting()
        self._told = True
        trouble = failures.told(error)
        if trouble is None:
            raise error
        self.failed.emit(Trouble(tr("自動の控えをとれませんでした。") + trouble.happened,
                                 tr("記録そのものは、このパソコンに保存されています。"), trouble.to_do, trouble.detail))

    def _end_waiting(self) -> Callable[[], object] | None:
        then, self._then = self._then, None
        if then is not None and self._band is not None:
            self._band.hide()
        return then
