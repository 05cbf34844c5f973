"""The hub's order to forget, obeyed in the open window: what is typed is kept, the desk goes, one page tells.

Whatever is refused on the way leaves the desk whole and is tried again from the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog

from kanto_desk.errors import Trouble
from kanto_desk.services import failures, forgetting
from kanto_desk.services.typed_last import InBox
from kanto_desk.ui.elsewhere import box_text
from kanto_desk.ui.form import Form
from kanto_desk.ui.page import Page
from kanto_desk.ui.pages.consultation.parts_table import PartsTable
from kanto_desk.ui.pages.forgotten import ForgottenPage
from kanto_desk.ui.typed_anywhere import typed_anywhere

if TYPE_CHECKING:
    from kanto_desk.ui.main_window import MainWindow

AGAIN_MS = 500
"""A thread that holds the files is asked for again after so long."""


def begin(window: MainWindow) -> None:
    """Obey an order that a sync has brought: at once, but for saves that are on their way to the disk."""
    frame = window.frame
    if frame is None:
        return
    if not frame.keeping.settle_now():   # a disk that refuses says so in its banner; then the next start obeys
        frame.keeping.when_settled(lambda: begin(window), leaving=False)
        return
    pages = [page for _, page in frame.open_pages()]
    dialogs = [box for box in QApplication.topLevelWidgets() if isinstance(box, QDialog) and box.isVisible()]
    boxes = [*unsaved_boxes(pages),
             *typed_anywhere([frame, *dialogs], [page for page in pages if page.root is not None])]
    frame.client_view(False)
    for box in dialogs:
        box.reject()
    page = _page(window)
    page.show_busy()
    _obey(window, page, boxes)


def show(window: MainWindow, told: Trouble, *, begin_anew: bool = False) -> None:
    """Tell that the desk is gone, or what keeps it from going; with `begin_anew` another one may be set up here."""
    page = _page(window, told)
    page.tell(told, begin_anew=begin_anew and page.is_over)


def unsaved_boxes(pages: Sequence[Page]) -> list[InBox]:
    """What stands in boxes of open records and is saved nowhere, because no field takes it as it is."""
    out = []
    for page in pages:
        if page.root is None:
            continue
        holders: list[Form | PartsTable] = [*page.findChildren(Form), *page.findChildren(PartsTable)]
        for part in holders:
            out += [InBox(page.root, name, text) for name, box in part.kept_back() if (text := box_text(box).strip())]
    return out


def _page(window: MainWindow, told: Trouble | None = None) -> ForgottenPage:
    page = ForgottenPage(is_over=told is not None and isinstance(told, forgetting.Forgotten))
    page.left.connect(window.close)
    page.begin_asked.connect(window.begin_anew)
    if told is not None:
        window.show_gate(page, desk_gone=page.is_over)
    return page


def _obey(window: MainWindow, page: ForgottenPage, boxes: Sequence[InBox]) -> None:
    desk = window.let_go()
    window.show_gate(page)
    if desk is None:
        QTimer.singleShot(AGAIN_MS, page, lambda: _obey(window, page, boxes))
        return

    def done(told: forgetting.Forgotten) -> None:
        page.is_over = True
        window.show_gate(page, desk_gone=True)
        page.tell(told)

    def failed(error: Exception) -> None:
        trouble = failures.told(error)
        if trouble is None:
            raise error
        page.tell(trouble, again=lambda: _obey(window, page, boxes))
    window.opening.submit(lambda: forgetting.obey(desk, boxes), done, failed)
