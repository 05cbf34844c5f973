"""Saves of one company from its forms, in their order; knows when what was read is older than what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kanto_desk.errors import Refused
from kanto_desk.services import organizations
from kanto_desk.ui.page import Window
from kanto_desk.ui.typed import typed_values

Refuse = Callable[[Refused], None]


class Saver:
    """Makes a company on the first save with a name and edits it afterwards.

    `uid` is set on the writer thread, before the next save runs: two quick saves never make two companies.
    """

    def __init__(self, window: Window, store: Any, uid: str | None = None) -> None:
        self._window, self._store = window, store
        self.uid = uid
        self.pending = 0
        self.made: Callable[[], None] | None = None
        self.refused: Refuse | None = None

    def save(self, values: dict[str, Any], part: str) -> None:
        """Save what changed in one card of the form."""
        def job() -> bool:
            if self.uid is not None:
                organizations.edit(self._store, self.uid, values, part=part)
                return False
            self.uid = organizations.create(self._store, values)
            return True

        def done(new: bool) -> None:
            self.pending -= 1
            if new and self.made is not None:
                self.made()

        def failed(error: Exception) -> bool:
            self.pending -= 1
            if isinstance(error, Refused) and self.refused is not None:
                self.refused(error)
                return True
            return False
        self.pending += 1
        record = (organizations.TYPE, self.uid) if self.uid else None
        words = typed_values(record, organizations.fields(), values, part if self.uid else "")
        self._window.write(job, done, failed, words)
