"""法人情報の変更: what the directory says newly of every company of the desk. Asks by the signals of its list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.offers import Offer
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column, set_property
from kanto_desk.ui.notices import EmptyState, announce
from kanto_desk.ui.pages.organizations.offered import OfferedNotice
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.text import Elided, Label, Wrapped

_WIDTH, _HEIGHT = 820, 640


class OffersBox(Box):
    """The list; `say` tells at the foot what became of an answer."""

    def __init__(self, parent: QWidget, labels: Labels) -> None:
        super().__init__(parent, tr("法人情報の変更"), width=_WIDTH, height=_HEIGHT)
        self.reading = Wrapped(tr("くらべています…"), "second")
        self.empty = EmptyState(tr("取り込める変更は、いまありません。"), picture="circle-check")
        self.empty.hide()
        self.list = OfferedNotice(labels, named=True)
        self.count, self.said = Label("", "caption"), Elided("", "caption")
        self.fill(Column(self.reading, self.empty, self.list, None, space=0), self.count, self.said)

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Show these."""
        self.reading.hide()
        self.empty.setVisible(not offers)
        self.list.show_offers(offers)
        self.count.setText(tr("変更 {n}件", n=f"{len(offers):,}"))
        if not offers:
            self.done_button.setFocus()

    def say(self, words: str, *, refused: bool = False) -> None:
        """What became of an offer: the window's own footer stands behind the box."""
        self.reading.hide()
        set_property(self.said, "tone", "danger" if refused else "ok")
        self.said.set_text(words)
        announce(self.said, words)
