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


class Count(Protocol):
    """Who keeps count of what is not on disk yet."""

    def touched(self, box: Autosave) -> None: ...

    def handed(self, box: Autosave) -> None: ...

    def kept_back(self, box: Autosave) -> None: ...


class Counting:
    """Mixin of the widget that keeps count for every Autosave below it."""

    count_of_unsaved: Count


class Autosave(QObject):
    """Emits `due` when what was touched must be saved. The nearest `Counting` widget above is told of every key."""

    due = Signal()

    def __init__(self, parent: QObject | None = None, *, alarm: Alarm | None = None) -> None:
        super().__init__(parent)
        self._alarm: Alarm = alarm or QtAlarm(self)
        self._first: int | None = None
        self._kept_back = False

    @property
    def kept_back(self) -> bool:
        """Whether the box holds text that cannot be saved as it is (a rule refuses it, its name is missing)."""
        return self._kept_back

    def keep_back(self, on: bool) -> None:
        """Say so: then nobody may say that everything is saved."""
        if on != self._kept_back:
            self._kept_back = on
            if (count := self._count()) is not None:
                count.kept_back(self)

    @property
    def waiting(self) -> bool:
        """Whether something touched is not saved yet."""
        return self._first is not None

    def touch(self) -> None:
        """Something changed: save after a pause, but at the latest LONGEST_MS after the first change."""
        now = self._alarm.now()
        if self._first is None:
            self._first = now
        if (count := self._count()) is not None:
            count.touched(self)
        self._alarm.ring_in(min(PAUSE_MS, self._first + LONGEST_MS - now), self.flush)

    def flush(self) -> None:
        """Save now if anything waits."""
        if self._first is None:
            return
        self._first = None
        self._alarm.stop()
        try:
            self.due.emit()
        finally:
            if (count := self._count()) is not None:
                count.handed(self)   # also when there was nothing to write

    def _count(self) -> Count | None:
        above = self.parent()
        while above is not None and not isinstance(above, Counting):
            above = above.parent()
        return above.count_of_unsaved if above is not None else None
