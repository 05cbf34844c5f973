"""「区分を加える」: what a choice box does with words that its list does not have. The rules are those of `codes`."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from shiboken6 import isValid

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.services import codes
from kanto_desk.ui.choices import Grow, Growing
from kanto_desk.ui.page import Key, Window

Growth = Callable[[str], Grow | None]
"""The name of a code list → how a box adds to it; None for a list that is fixed."""


def fixed(_list_id: str) -> Grow | None:
    """No list can be added to."""
    return None


def growth(window: Window, root: Key | None) -> Growth:
    """Adding on a record: Ctrl+Z there takes back the choice, then the code; 元に戻す in the footer both at once."""
    store = window.desk.store

    def of_list(list_id: str) -> Grow | None:
        def grow(name: str, box: Growing) -> None:
            def done(found: tuple[str, bool]) -> None:
                code, made = found
                words = codes.label(store, list_id, code)
                if _there(box):
                    box.grown(code)
                if made:
                    window.say(tr("「{name}」を区分に加えました", name=words), lambda: back(code))

            def back(code: str) -> None:
                if _there(box):
                    box.taken_back(code)
                window.write(lambda: codes.take_back(store, list_id, code, root=root))

            def failed(error: Exception) -> bool:
                if isinstance(error, Refused) and _there(box):
                    box.not_grown(error.message)
                    return True
                return False
            window.write(lambda: codes.find_or_add(store, list_id, name, root=root), done, failed)
        return grow if codes.extendable(list_id) else None
    return of_list


def _there(box: Growing) -> bool:
    """Whether the box still stands: its page may have been closed meanwhile."""
    return not isinstance(box, QObject) or isValid(box)
