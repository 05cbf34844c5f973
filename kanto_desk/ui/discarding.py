"""ごみ箱へ入れる and back, the same from a page and from a list: no question, a line in the footer with 元に戻す."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kanto_desk.i18n import tr
from kanto_desk.services import consultations, organizations
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.taking_back import taking_back


def discard_company(window: Window, store: Any, uid: str, name: str, then: Verb | None = None) -> None:
    """Put a company into the bin; its visits stay. `then` is called once it is there."""
    _discard(window, store, (organizations.TYPE, uid), name, lambda: organizations.delete(store, uid),
             lambda: window.open_organization(uid), then)


def discard_visit(window: Window, store: Any, uid: str, title: str, then: Verb | None = None) -> None:
    """Put a visit into the bin with all its parts. `then` is called once it is there."""
    _discard(window, store, (consultations.TYPE, uid), title, lambda: consultations.delete(store, uid),
             lambda: window.open_consultation(uid), then)


def _discard(window: Window, store: Any, root: tuple[str, str], name: str, delete: Callable[[], None], show: Verb,
             then: Verb | None) -> None:
    def done(_none: None) -> None:
        if then is not None:
            then()
        window.say(tr("{name} をごみ箱へ入れました", name=name), taking_back(window, store, root, show))
    window.write(delete, done)
