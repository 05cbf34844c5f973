"""Some time after the start, what is past its days in ごみ箱 leaves for good: on a thread of its own, so nothing waits.

What is due is decided by `services.bin`. A failure is tried again at the next start: nothing hangs on it.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kanto_desk.services import bin as bin_
from kanto_desk.services import failures
from kanto_desk.ui.jobs import Jobs

AFTER_MS = 20_000
"""After the start somebody looks for a company and types; this can wait for that."""


class Tidying(QObject):
    """Emits `tidied` with what left."""

    tidied = Signal(object)

    def __init__(self, desk: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._jobs: Jobs | None = None
        self.later = QTimer(self)
        self.later.setSingleShot(True)
        self.later.setInterval(AFTER_MS)
        self.later.timeout.connect(self.begin)
        self.later.start()

    def begin(self) -> None:
        """Do it now."""
        self.later.stop()
        if self._jobs is None:
            self._jobs = Jobs(self, name="tidying")
        desk = self._desk
        self._jobs.submit(lambda: bin_.empty_old(desk.store, desk.blobs), self.tidied.emit, self._failed)

    def wait(self) -> None:
        """Wait until it is done."""
        if self._jobs is not None:
            self._jobs.wait_idle()

    def close(self, limit_seconds: float) -> bool:
        """End the thread; False when it hangs in the disk."""
        self.later.stop()
        return self._jobs is None or self._jobs.close(limit_seconds)

    @staticmethod
    def _failed(error: Exception) -> None:
        if failures.told(error) is None:
            raise error
