"""Starring a company from its profile, the list or the preview: one way, with its line in the footer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.services import organizations
from kanto_desk.ui.page import Page


def star(page: Page, store: Any, uid: str, on: bool, then: Callable[[], None]) -> None:
    """Star a company, or no longer; `then` shows it. 元に戻す sets it back: a star is no part of the record."""
    window = page.desk_window

    def told(_none: None) -> None:
        if isValid(page):   # the way back is offered for some seconds, and the page may be closed by then
            then()
        window.say(tr("お気に入りにしました") if on else tr("お気に入りから外しました"),
                   lambda: star(page, store, uid, not on, then))
    window.write(lambda: organizations.set_star(store, uid, on), told)
