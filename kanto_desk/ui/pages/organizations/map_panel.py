"""The map beside the list: what it counts, and its prefectures as a filter. Reads on the worker; filters nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import organization_search, prefectures
from kanto_desk.services.organization_search import Wanted
from kanto_desk.services.prefectures import Counts, Measure
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.jobs import Job
from kanto_desk.ui.layout import Column, Row
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.prefecture_map import PrefectureMap, shapes
from kanto_desk.ui.theme import look

WIDE = 300
_WORDS: dict[Measure, tuple[str, str]] = {"organizations": ("企業の数", "{n}社"), "visits": ("相談の数", "{n}件"),
                                          "issues": ("課題の数", "{n}件")}
# tr("企業の数") tr("相談の数") tr("課題の数") tr("{n}社") tr("{n}件")


class MapPanel(QWidget):
    """Emits `picked(code)`: that prefecture shall be a condition, or no longer."""

    picked = Signal(str)

    def __init__(self, desk: Any, window: Window, labels: Labels) -> None:
        super().__init__()
        self._store, self._window = desk.store, window
        self._wanted = Wanted()
        self._reading: Job | None = None
        self.measure: Measure = "organizations"
        self.map = PrefectureMap({code: labels.of("CL10", code) for code in shapes()[1]})
        self.map.picked.connect(self.picked)
        self.chips: dict[Measure, Chip] = {}
        for measure, (words, _unit) in _WORDS.items():
            chip = self.chips[measure] = Chip(tr(words))
            chip.clicked.connect(lambda _on=False, to=measure: self.count(to))
        self.chips[self.measure].setChecked(True)
        column = Column(Row(*self.chips.values(), None, space=4), self.map, space=8)
        column.setStretch(1, 1)
        self.setLayout(column)
        self.setAccessibleName(tr("都道府県の地図"))
        self.restyle()

    def count(self, measure: Measure) -> None:
        """Colour by another number."""
        self.measure = measure
        for name, chip in self.chips.items():
            chip.setChecked(name == measure)
        self.read()

    def follow(self, wanted: Wanted) -> None:
        """The list shows something else: the map counts what fits all conditions but those of the prefecture."""
        self._wanted = wanted
        self.map.set_chosen(wanted.prefectures)
        if self.isVisible():
            self.read()

    def read(self) -> None:
        """Count anew."""
        if self._reading is not None:
            self._reading.cancel()
        store, measure, everywhere = self._store, self.measure, replace(self._wanted, prefectures=())

        def count() -> Counts:
            among: Collection[str] | None = organization_search.find(
                store, everywhere) if everywhere.narrows else None
            return prefectures.counts(store, measure, among)
        self._reading = self._window.read(count, lambda found: self._show(measure, found), lane="finding")

    def take_focus(self) -> None:
        """Go to the map."""
        self.map.setFocus(Qt.FocusReason.OtherFocusReason)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedWidth(look().px(WIDE))

    def _show(self, measure: Measure, found: Counts) -> None:
        words, unit = tr(_WORDS[measure][0]), _WORDS[measure][1]

        def count(number: int) -> str:
            return tr(unit, n=f"{number:,}")
        first = sorted(((found.get(code, 0), code) for code in shapes()[1]), reverse=True)
        told = tr("、").join(f"{self.map.name(code)} {count(n)}" for n, code in first if n)
        self.map.show_numbers(found, count, f"{words}：{told}" if told else words)
