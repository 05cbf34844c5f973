"""Automatic backups of an open desk: some time after the start and before the end, on a thread of their own.

A long search or page must not wait for them, so they do not share the frame's worker. Decides nothing about what is
due: that is `services.backing_up`.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kanto_desk.services import backing_up
from kanto_desk.ui.jobs import Jobs

START_AFTER_MS = 30_000
"""After the start somebody looks for a company and types; the backup that a crash prevented can wait for that."""


class AutomaticBackups(QObject):
    """Emits `made` (the backup, or None where nothing was due) and `failed` (the error)."""

    made = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._jobs: Jobs | None = None
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
        self._jobs.submit(lambda: backing_up.automatic(desk, reason), self.made.emit, self.failed.emit)

    def wait(self, limit_ms: int) -> bool:
        """Wait without handling events, so shortly that nobody notices; whether none is under way now."""
        return self._jobs is None or self._jobs.wait_idle(limit_ms)

    def close(self, limit_seconds: float) -> bool:
        """End the thread; False when it still copies."""
        self.later.stop()
        return self._jobs is None or self._jobs.close(limit_seconds)

    def _begin_at_start(self) -> None:
        self.begin(backing_up.AT_START)
