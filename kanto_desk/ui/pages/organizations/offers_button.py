"""The button of 企業 that tells how many changes the directory offers; without any it is not there."""

from __future__ import annotations

from collections.abc import Sequence

from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.services.offers import Offer
from kanto_desk.ui import offering
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.page import Window

CHANGES_IT = frozenset({"organization", "directory_fact"})


class OffersButton(Button):
    """Opens the list of all offers."""

    def __init__(self, window: Window) -> None:
        super().__init__(tr("法人情報の変更"), "refresh-cw")
        self._window = window
        self._reading: Job | None = None
        self.clicked.connect(lambda: window.do("offers"))
        self.hide()

    def count(self) -> None:
        """Count anew, after whatever takes its time."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = offering.read(self._window, self._show)

    def _show(self, found: Sequence[Offer]) -> None:
        if isValid(self):
            self.set_words(tr("法人情報の変更 {n}件", n=f"{len(found):,}"))
            self.setVisible(bool(found))
