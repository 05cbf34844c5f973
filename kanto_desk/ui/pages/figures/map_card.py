"""地域 as a map: the visits of each prefecture; one that is chosen opens its visits."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from kanto_desk import masters
from kanto_desk.i18n import language, tr
from kanto_desk.services.figures import Group, Which
from kanto_desk.ui.layout import Column, Row, card
from kanto_desk.ui.prefecture_map import PrefectureMap, shapes
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look

HIGH = 380


class MapCard(QFrame):
    """The map of the figures. Emits `opened(Which)`."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.map = PrefectureMap({code: masters.code_label("CL10", code, language()) for code in shapes()[1]})
        self.map.picked.connect(self._open)
        self._visits: dict[str, int] = {}
        inner = card(Row(Label(tr("地域の地図"), "h3"), None), self.map, space=6, margins=(16, 8, 12, 10))
        self.setLayout(Column(inner, space=0))
        self.restyle()

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Colour by the visits of these."""
        self._visits = {group.key: group.sums.visits for group in groups if group.key}

        def count(number: int) -> str:
            return tr("{n}件", n=f"{number:,}")
        told = "、".join(f"{group.name} {count(group.sums.visits)}" for group in groups if group.key)
        self.map.show_numbers(self._visits, count, tr("地域の地図") + (f"：{told}" if told else ""))

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.map.setFixedHeight(look().px(HIGH))

    def _open(self, code: str) -> None:
        if self._visits.get(code):   # without a visit there is nothing behind it
            self.opened.emit(Which("visits", "prefecture", code))
