"""The button of 企業 that tells how many changes the directory offers; without any it is not there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shiboken6 import isValid

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import company_directory, directory_facts, offers
from kanto_desk.services.offers import Offer
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.page import Window


class OffersButton(Button):
    """Opens the list of all offers."""

    def __init__(self, window: Window) -> None:
        super().__init__(tr("法人情報の変更"), "refresh-cw")
        self._window = window
        self._reading: Job | None = None
        self._counted: tuple[str, ...] | None = None   # the edition of the directory that was counted
        self._touched = False
        self.clicked.connect(lambda: window.do("offers"))
        self.hide()

    def look(self) -> None:
        """The page is shown: count anew where an import or somebody's edit may have changed the number."""
        if self._touched:
            self._counted, self._touched = None, False
        desk, before = self._window.desk, self._counted

        def read() -> tuple[tuple[str, ...], Sequence[Offer]] | None:
            now = company_directory.edition(desk)
            return None if now == before else (now, offers.listing(desk))
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._window.read(read, self._show, lambda error: isinstance(error, Trouble), lane="long")

    def touched(self, types: Collection[str]) -> None:
        """Records of these types changed; an answer is counted at once, anything else when the page is shown again."""
        self._touched = self._touched or bool({"organization", directory_facts.TYPE} & set(types))
        if directory_facts.TYPE in types:
            self.look()

    def _show(self, found: tuple[tuple[str, ...], Sequence[Offer]] | None) -> None:
        if found is None or not isValid(self):
            return
        self._counted, waiting = found[0], len(found[1])
        self.set_words(tr("法人情報の変更 {n}件", n=f"{waiting:,}"))
        self.setVisible(bool(waiting))
