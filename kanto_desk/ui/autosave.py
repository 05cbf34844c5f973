"""When to save: after a pause, so that it is on disk within a second of the first unsaved key, and at once on leaving.

Knows no field and no record. The timer is passed in, so that tests turn the clock by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

PAUSE_MS = 600
LONGEST_MS = 800
"""Leaves 200 ms of the promised second to a late timer, the queue of saves and the disk."""


class Alarm(Protocol):
    """A clock in milliseconds that rings once."""

    def now(self) -> int: ...

    def ring_in(self, milliseconds: int, ring: Callable[[], None]) -> None: ...   # replaces an alarm set before

    def stop(self) -> None: ...


class QtAlarm:
    """The alarm of the running program."""

    def __init__(self, parent: QObject) -> None:
        self._timer = QTimer(parent)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._rung)
        self._ring: Callable[[], None] | None = None
        self._elapsed = QElapsedTimer()
        self._elapsed.start()

    def now(self) -> int:
        """Milliseconds since this alarm was made."""
        return self._elapsed.elapsed()

    def ring_in(self, milliseconds: int, ring: Callable[[], None]) -> None:
        """Call `ring` once after so many milliseconds, instead of what was asked before."""
        self._ring = ring
        self._timer.start(max(0, milliseconds))

    def stop(self) -> None:
        """Ring no more."""
        self._timer.stop()

    def _rung(self) -> None:
        if self._ring is not None:
            self._ring()


class Autosave(QObject):
    """Emits `due` when what was touched must be saved."""

    due = Signal()

    def __init__(self, parent: QObject | None = None, *, alarm: Alarm | None = None) -> None:
        super().__init__(parent)
        self._alarm: Alarm = alarm or QtAlarm(self)
        self._first: int | None = None

    @property
    def waiting(self) -> bool:
        """Whether something touched is not saved yet."""
        return self._first is not None

    def touch(self) -> None:
        """Something changed: save after a pause, but at the latest LONGEST_MS after the first change."""
        now = self._alarm.now()
        if self._first is None:
            self._first = now
        self._alarm.ring_in(min(PAUSE_MS, self._first + LONGEST_MS - now), self.flush)

    def flush(self) -> None:
        """Save now if anything waits."""
        if self._first is None:
            return
        self._first = None
        self._alarm.stop()
        self.due.emit()
