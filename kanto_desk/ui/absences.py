"""Open records that a sync takes away: their pages go, what had been typed on the one in sight stays in sight.

A record that was deleted elsewhere is left alone while the sync runs: at its end it may be there again, because
somebody had written on it (`kanto_desk.services.contested_deletions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit

from kanto_desk.i18n import tr
from kanto_desk.services import presence
from kanto_desk.ui.page import Key, Page, Window
from kanto_desk.ui.pages.taken_away import TakenAway
from kanto_desk.ui.places import Places


class Absences:
    """Looks after the open records of a frame; `syncing` says whether a sync is under way."""

    def __init__(self, desk: Any, window: Window, places: Places, syncing: Callable[[], bool]) -> None:
        self._desk, self._window, self._places, self._syncing = desk, window, places, syncing
        self._later: set[Key] = set()

    def settle(self, touched: Iterable[Key]) -> bool:
        """Put away what is gone of these; says whether the page shown may be shown again as it is now."""
        opened = {where for where in (*self._places.open_records(), *(w for w, _ in self._places.opened()))
                  if where[0] != "place"}
        looked_at = opened & (set(touched) | self._later)
        found = presence.absent(self._desk.store, looked_at) if looked_at else {}
        running = self._syncing()
        self._later = {key for key, why in found.items() if why == "deleted"} if running else set()
        going = {key: why for key, why in found.items() if key not in self._later}
        for where, why in going.items():
            page = self._places.current if where == self._places.here else None
            if page is not None and not isinstance(page, TakenAway):
                self._places.replace(where, TakenAway(self._window, why, _typed_on(page)))
            elif page is None:
                self._places.put_away(where)
                self._window.say(tr("見られなくなった記録を閉じました") if why == "withdrawn" else
                                 tr("ほかのパソコンで消された記録を閉じました"))
        return self._places.here not in {*going, *self._later}


def _typed_on(page: Page) -> str:
    """What is typed on a page and no record has: its capture box, and the box with the cursor."""
    box = QApplication.focusWidget()
    texts = [page.unwritten()]
    if box is not None and page.isAncestorOf(box):
        if isinstance(box, QTextEdit | QPlainTextEdit):
            texts.append(box.toPlainText())
        elif isinstance(box, QLineEdit):
            texts.append(box.text())
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text.strip()))
