"""Saves in their order. A save that the disk refuses is kept and waits at the head, so that nothing newer overtakes it.

Knows neither what is saved nor how it is shown; the footer and the red banner listen to its signals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kanto_desk.errors import Refused, Trouble
from kanto_desk.ui.jobs import Writer
from kanto_desk.ui.typed import Typed

AGAIN_MS = 15_000

Told = Callable[[BaseException], Trouble | None]
Later = Callable[[BaseException], bool]


@dataclass(slots=True, eq=False)
class _Save:
    job: Callable[[], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[Exception], bool] | None
    typed: Typed | None
    title: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A save that is not on disk: the title of its record when it was asked for, and what it would write."""

    title: str
    typed: Typed | None


class Saving(QObject):
    """The one way from the screen to the disk.

    `told` says what an error of the world means (None: a bug, raised on the UI thread); `later` whether the same save
    may work later.
    """

    asked = Signal()            # a save joined the queue
    finished = Signal()         # a save left the queue: on disk, or refused for good
    saved = Signal()            # everything asked for so far is on disk
    held = Signal(object)       # Trouble: saves wait until `again`
    freed = Signal()            # what was held is saved
    refused = Signal(object)    # Refused or Trouble of one save that is not tried again

    def __init__(self, writer: Writer, told: Told, later: Later, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._writer, self._told, self._later = writer, told, later
        self._saves: deque[_Save] = deque()
        self._number = 0
        self._running = self._once_more = False
        self._trouble: Trouble | None = None
        self._error: Exception | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(AGAIN_MS)
        self._timer.timeout.connect(self.again)

    @property
    def waiting(self) -> int:
        """How many saves are not on disk yet."""
        return len(self._saves)

    @property
    def number(self) -> int:
        """How many saves were ever asked for: the number of the newest."""
        return self._number

    @property
    def trouble(self) -> Trouble | None:
        """Why saves are held; None while they go through."""
        return self._trouble

    def save(self, job: Callable[[], Any], done: Callable[[Any], None] | None = None,
             failed: Callable[[Exception], bool] | None = None, typed: Typed | None = None, title: str = "") -> None:
        """Queue a save; `done` and `failed` are called on the UI thread.

        `typed` and the `title` of its record tell people what it would write, should the disk refuse it.
        """
        self._saves.append(_Save(job, done, failed, typed, title))
        self._number += 1
        self.asked.emit()
        if self._trouble is None:
            self._next()

    def again(self) -> None:
        """Try what is held once more; asked while it is being tried, once more after that."""
        self._once_more = self._running
        if self._trouble is not None and not self._running:
            self._next()

    @property
    def is_action(self) -> bool:
        """Whether what is held is no typed text, but something the user asked for."""
        return self._trouble is not None and self._saves[0].typed is None

    @property
    def is_typed(self) -> bool:
        """Whether the save that is tried now holds text that somebody typed."""
        return bool(self._saves) and self._saves[0].typed is not None

    def give_up(self) -> None:
        """Drop what is held, because the user does not want it any more; what waits behind it goes on."""
        error = self._error
        if self._trouble is not None and error is not None and not self._running:
            self._free()
            self._drop(error, None)

    def unwritten(self) -> tuple[Unwritten, ...]:
        """What is not on disk, oldest first; of saves with the same record and slot the newest."""
        newest = {(s.typed.record, s.typed.slot): s for s in self._saves if s.typed is not None and s.typed.slot}
        return tuple(Unwritten(s.title, s.typed) for s in self._saves
                     if s.typed is None or newest.get((s.typed.record, s.typed.slot), s) is s)

    def drain(self, limit_ms: int | None = None) -> bool:
        """Wait until everything is on disk, at most so long; False when saves are held or still under way.

        No other event is handled meanwhile, so whoever waits for people gives a limit they do not notice.
        """
        self.again()
        self._writer.wait_idle(limit_ms)
        return not self._saves

    def _next(self) -> None:
        if self._running or not self._saves:
            return
        self._running = True
        self._writer.submit(self._saves[0].job, self._done, self._failed)

    def _done(self, result: Any) -> None:
        self._running = False
        done = self._saves.popleft().done
        self._free()
        try:
            if done is not None:
                done(result)
        finally:
            self._go_on()

    def _failed(self, error: Exception) -> None:
        self._running = False
        trouble = self._told(error)
        if trouble is not None and self._later(error):
            self._trouble, self._error = trouble, error
            self._timer.start()
            self.held.emit(trouble)
            if self._once_more:
                self.again()
            return
        self._drop(error, trouble)

    def _free(self) -> None:
        if self._trouble is not None:
            self._trouble = self._error = None
            self._timer.stop()
            self.freed.emit()

    def _drop(self, error: Exception, trouble: Trouble | None) -> None:
        save = self._saves.popleft()
        try:
            if save.failed is not None and save.failed(error):
                return
            if isinstance(error, Refused):
                self.refused.emit(error)
            elif trouble is not None:
                self.refused.emit(trouble)
            else:
                raise error
        finally:
            self._go_on()

    def _go_on(self) -> None:
        self.finished.emit()
        if self._saves:
            self._next()
        elif self._trouble is None:
            self.saved.emit()
