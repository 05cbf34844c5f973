"""Counts what was typed and is not on the disk yet, so that the footer never says more than is true.

A key counts from its box (`Autosave` tells) to the writer's answer. Must not save anything.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from kanto_desk.clock import Clock
from kanto_desk.ui.autosave import Autosave
from kanto_desk.ui.saving import Saving


class Unsaved(QObject):
    """Emits `changed` when the oldest key that is not on disk is another one, or none is left."""

    changed = Signal()

    def __init__(self, saving: Saving, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._saving, self._clock = saving, clock
        self._touched: dict[int, datetime] = {}                # box → when its oldest key was typed
        self._kept_back: dict[int, datetime] = {}              # the same for text that cannot be saved as it is
        self._handed: deque[tuple[int, datetime]] = deque()    # number of the save it is in, when it was typed
        self._let_go: dict[int, datetime] = {}                 # kept back until the key now being typed
        self._known: set[int] = set()
        saving.asked.connect(self._asked)
        saving.finished.connect(self._finished)

    @property
    def oldest(self) -> datetime | None:
        """When the oldest key that is not on disk was typed; None when everything is on disk."""
        return min((*self._touched.values(), *self._kept_back.values(), *(since for _, since in self._handed)),
                   default=None)

    @property
    def under_way(self) -> bool:
        """Whether any of it will be on disk by itself; False when all of it waits for the user."""
        return bool(self._touched or self._handed)

    def touched(self, box: Autosave) -> None:
        """A key arrived in a box."""
        if id(box) not in self._known:
            self._known.add(id(box))
            key = id(box)
            box.destroyed.connect(lambda: self._gone(key))
        if id(box) not in self._touched:
            since = self._kept_back.pop(id(box), None) or self._let_go.pop(id(box), None)
            self._touched[id(box)] = since or self._clock()
            self.changed.emit()

    def handed(self, box: Autosave) -> None:
        """A box gave its keys to the writer, or found that nothing is to be written: then it waits for nothing."""
        since = self._touched.pop(id(box), None)
        if since is None:
            return
        if box.kept_back:
            self._kept_back[id(box)] = since
        elif self._saving.waiting:
            self._handed.append((self._saving.number, since))
        self.changed.emit()

    def kept_back(self, box: Autosave) -> None:
        """A box holds text that cannot be saved as it is, or does so no longer."""
        if box.kept_back:
            self._kept_back.setdefault(id(box), self._clock())
        else:
            since = self._kept_back.pop(id(box), None)
            if since is None:
                return
            self._let_go[id(box)] = since
        self.changed.emit()

    def _asked(self) -> None:
        self._handed.append((self._saving.number, self._clock()))
        self.changed.emit()

    def _finished(self) -> None:
        over = self._saving.number - self._saving.waiting
        while self._handed and self._handed[0][0] <= over:
            self._handed.popleft()
        self.changed.emit()

    def _gone(self, key: int) -> None:
        if not isValid(self):
            return   # the window is gone before its boxes
        self._known.discard(key)
        self._let_go.pop(key, None)
        if self._touched.pop(key, None) or self._kept_back.pop(key, None):
            self.changed.emit()
