"""A desk on a disk that takes no writing shows no form: boxes would look as if what is typed there were kept."""

from __future__ import annotations

from typing import Any

from kanto_desk.i18n import tr
from kanto_desk.ui.page import Window


def reads_only(store: Any, window: Window) -> bool:
    """Whether the desk is open for reading only; the footer then says so, because somebody asked to write."""
    if store.read_only is None:
        return False
    window.say(tr("いまは読むことだけができます"))
    return True
