"""The places whose work is not in the program yet: one sentence saying what belongs here and what can be done now.

Shows no figure and no example, so that nothing here can be taken for a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kanto_desk.i18n import tr
from kanto_desk.ui.layout import Column
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Page, Verb, Window


class _LaterPage(Page):
    picture = "info"

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__(window)
        self.desk = desk
        words, action = self._says()
        self.empty = EmptyState(words, action, picture=self.picture)
        self.empty.acted.connect(self._act)
        column = Column(self.empty)
        column.setStretch(0, 1)
        self.setLayout(column)
        self.setAccessibleName(self.title())

    def activate(self) -> None:
        if self.empty.button is not None:
            self.empty.button.setFocus()

    def verbs(self) -> Mapping[str, Verb]:
        return {}

    def _says(self) -> tuple[str, str]:
        raise NotImplementedError

    def _act(self) -> None:
        raise NotImplementedError


class MatchPage(_LaterPage):
    """マッチ: comes with the ranking."""

    picture = "handshake"

    def title(self) -> str:
        return tr("マッチ")

    def _says(self) -> tuple[str, str]:
        return tr("ここには、企業の困りごとに合う相手の候補がならびます。この版ではまだ使えません。"
                  "いまは企業の検索で、できることや設備から相手をさがせます。"), tr("企業をさがす")

    def _act(self) -> None:
        self.desk_window.go("companies")

