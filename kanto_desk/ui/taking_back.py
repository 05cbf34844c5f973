"""元に戻す in the footer: takes the last operation of a record back and says that it did, aloud too."""

from __future__ import annotations

from typing import Any

from kanto_desk.i18n import tr
from kanto_desk.services import history
from kanto_desk.ui.page import Key, Verb, Window


def taking_back(window: Window, store: Any, root: Key, then: Verb | None = None) -> Verb:
    """What 元に戻す does after an operation on `root`; `then` shows how it stands now."""
    def told(done: history.Reverted | None) -> None:
        if then is not None:
            then()
        window.say(tr("これより前はありません") if done is None
                   else "　".join((tr("元に戻しました：{label}", label=done.label), *done.kept)))
    return lambda: window.write(lambda: history.undo(store, root), told)
