"""Carries out what is answered to the directory's offers, and shows the list of all of them over a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import offers, organizations
from kanto_desk.services.offers import Offer
from kanto_desk.ui.dialogs.offers import OffersBox
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.pages.reading_only import reads_only
from kanto_desk.ui.taking_back import taking_back

Told = Callable[[str], None]


def read(window: Window, show: Callable[[Sequence[Offer]], None], organization: str | None = None) -> Job:
    """Look for offers of one company or of all, beside what else the page reads.

    A directory that cannot be read offers nothing here: the list of all says so.
    """
    wanted = None if organization is None else [organization]
    return window.read(lambda: offers.listing(window.desk, wanted), show,
                       lambda error: isinstance(error, Trouble), lane="finding" if wanted else "long")


def take(window: Window, offer: Offer, told: Told = lambda _words: None, then: Verb = lambda: None) -> None:
    """取り込む, with 元に戻す in the footer."""
    _answer(window, offer, lambda: offers.take(window.desk, offer),
            tr("取り込みました：{name}　{kind}", name=offer.name, kind=offer.kind), told, then)


def leave(window: Window, offer: Offer, told: Told = lambda _words: None, then: Verb = lambda: None) -> None:
    """取り込まない, with 元に戻す in the footer."""
    words = tr("取り込みません：{name}　{kind}。新しい変更があれば、またお知らせします。", name=offer.name,
               kind=offer.kind)
    _answer(window, offer, lambda: offers.leave(window.desk, offer), words, told, then)


def _answer(window: Window, offer: Offer, job: Verb, words: str, told: Told, then: Verb) -> None:
    store = window.desk.store
    if reads_only(store, window):
        return

    def done(_none: None) -> None:
        window.say(words, taking_back(window, store, (organizations.TYPE, offer.organization), then))
        told(words)
        then()
    window.write(job, done)


def ask(parent: QWidget, window: Window) -> OffersBox | None:
    """Show the list of all. None where the desk can only be read."""
    if reads_only(window.desk.store, window):
        return None
    box = OffersBox(parent, Labels(window.desk))

    def again() -> None:
        if isValid(box):
            window.read(lambda: offers.listing(window.desk), lambda found: box.show_offers(found)
                        if isValid(box) else None, refused, lane="long")

    def refused(error: Exception) -> bool:
        if not isinstance(error, Trouble | Refused) or not isValid(box):
            return False
        box.say(str(error), refused=True)
        return True

    def said(words: str) -> None:
        if isValid(box):
            box.say(words)

    def opened(uid: str) -> None:
        box.accept()
        window.open_organization(uid)
    box.list.take_asked.connect(lambda offer: take(window, offer, said, again))
    box.list.leave_asked.connect(lambda offer: leave(window, offer, said, again))
    box.list.opened.connect(opened)
    box.open()
    window.write(lambda: None, lambda _none: again())
    return box
