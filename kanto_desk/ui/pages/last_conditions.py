"""The conditions a list had last, kept on this laptop: the list opens with them again after a restart.

Knows no list: what the conditions in use are and how to use others is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer

from kanto_desk.services import views
from kanto_desk.ui.page import Page

KEEP_MS = 1000
"""Conditions rest so long before they are kept: letters of a word that is being typed are not."""

Conditions = Mapping[str, Any]


class LastConditions(QObject):
    """Brings the last conditions of one list back, once, and keeps the ones in use after that."""

    def __init__(self, page: Page, store: Any, name: str, current: Callable[[], Conditions],
                 use: Callable[[Conditions], None]) -> None:
        super().__init__(page)
        self._page, self._store, self._name, self._current, self._use = page, store, name, current, use
        self._kept: dict[str, Any] | None = None   # None: not read yet
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(KEEP_MS)
        self._later.timeout.connect(self.flush)

    def begin(self) -> None:
        """The list is shown for the first time: bring the conditions back, unless it was asked for others by now."""
        if self._kept is None:
            kept = views.last(self._store, self._name)   # one row by its key: nothing that is worth a wait
            self._kept = dict(kept)
            if kept and not self._current():
                self._use(kept)

    def changed(self) -> None:
        """The conditions may have changed."""
        if self._kept is not None:
            self._later.start()

    def flush(self) -> None:
        """Hand the conditions in use to the writer, if they are others than those kept."""
        self._later.stop()
        now = dict(self._current())
        store, name = self._store, self._name
        if self._kept is None or now == self._kept or store.read_only is not None:
            return
        self._kept = now
        self._page.desk_window.write(lambda: views.keep_last(store, name, now))
