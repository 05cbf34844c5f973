"""A reading that nobody waits for any more: asked to stop from another thread, it ends with Stopped.

Whoever runs a reading binds a `Stop` to its thread; the store hands over what interrupts the statement that is running.
What writes is unbound, so that no save is ever cut off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AGAIN_SECONDS = 0.02
WORK_SECONDS, BREATH_SECONDS = 0.001, 0.0001
"""How long work in Python goes on without letting others in, and how long it then waits."""


class Stopped(Exception):
    """The reading was stopped because nobody waits for its answer. Nothing failed."""


class Stop:
    """Stops one reading. `ask` may be called from any thread, as often as one likes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asked = False
        self._interrupts: list[Callable[[], None]] = []

    @property
    def asked(self) -> bool:
        """Whether the reading is to stop."""
        return self._asked

    def ask(self) -> None:
        """Interrupt what is running and refuse what would come next; returns at once."""
        with self._changed:
            if self._asked:
                return
            self._asked = True
            self._interrupt()
            running = bool(self._interrupts)
        if running:
            threading.Thread(target=self._insist, name="stopping", daemon=True).start()

    @contextmanager
    def stops(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, `ask` calls `interrupt`, never afterwards. Raises Stopped when it was asked before."""
        with self._changed:
            if self._asked:
                raise Stopped
            self._interrupts.append(interrupt)
        try:
            yield
        finally:
            with self._changed:   # from here on nobody interrupts what is given back
                self._interrupts.remove(interrupt)
                self._changed.notify_all()

    def _interrupt(self) -> None:
        for interrupt in self._interrupts:
            interrupt()

    def _insist(self) -> None:
        """Again until the reading has left: an interruption between two statements is not felt by the second."""
        with self._changed:
            while self._interrupts:
                self._changed.wait(AGAIN_SECONDS)
                self._interrupt()


class _Here(threading.local):
    stop: Stop | None = None
    breathed = 0.0


_here = _Here()


def current() -> Stop | None:
    """What may stop the readings of this thread; None if nothing may."""
    return _here.stop


@contextmanager
def bound(stop: Stop | None) -> Iterator[None]:
    """Readings of this thread can be stopped by this one while inside; None: by nothing."""
    before, _here.stop = _here.stop, stop
    try:
        yield
    finally:
        _here.stop = before


def heed() -> None:
    """Called between the steps of long work in Python: lets the window's thread in, and raises Stopped when asked.

    Without it each handler of the window would wait 5 ms for the interpreter. Does nothing where nothing is bound.
    """
    stop = _here.stop
    if stop is not None:
        if stop.asked:
            raise Stopped
        if time.monotonic() - _here.breathed > WORK_SECONDS:
            time.sleep(BREATH_SECONDS)
            _here.breathed = time.monotonic()
