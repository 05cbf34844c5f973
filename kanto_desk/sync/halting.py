"""A wish to end a sync, told by another thread: the batch under way may end, a longer wait is cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Halt:
    """`set` asks, `cut` ends the waiting; both from any thread. `clear` begins anew, for the next sync."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []
        self._is_cut = False

    def is_set(self) -> bool:
        """Whether somebody wants it to end."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until somebody wants it to end, so long at most; gives whether that is so."""
        return self._asked.wait(seconds)

    def set(self) -> None:
        """Ask; whoever works looks at it between two batches."""
        self._asked.set()

    def cut(self) -> None:
        """Ask, and end what is being waited for now and later."""
        self._asked.set()
        with self._lock:
            self._is_cut = True
            ends = list(self._ends)
        for end in ends:
            end()

    def ends(self, end: Callable[[], None]) -> None:
        """What `cut` calls to end a wait; called at once where it was cut already."""
        with self._lock:
            self._ends.append(end)
            late = self._is_cut
        if late:
            end()

    def clear(self) -> None:
        """Forget that it was asked for, and what was to be ended."""
        with self._lock:
            self._ends.clear()
            self._is_cut = False
            self._asked.clear()
