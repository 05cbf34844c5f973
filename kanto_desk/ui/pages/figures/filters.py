"""What is counted: the days and whose visits. Says what is wanted; counts nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from kanto_desk.clock import today
from kanto_desk.errors import Refused
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.calendar import fiscal_year, fiscal_year_label
from kanto_desk.services import spans
from kanto_desk.services.spans import Span
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.dates import DateInput
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.pages.words import date_reader, long_day, other_day
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look

EVERYTHING, CHOSEN = 0, -1
"""Keys of chips besides fiscal years."""
_YEARS, _DATE = 3, 184


class Filters(QWidget):
    """Chips for the years, for a span of one's own, and for one's own visits or all. Emits `changed`."""

    changed = Signal()

    def __init__(self, desk: Any) -> None:
        super().__init__()
        self._store = desk.store
        self._year = fiscal_year(today(desk.store.clock))
        self._known: Span = spans.fiscal(self._year)
        self.years: dict[int, Chip] = {}
        years = QButtonGroup(self)
        for key in (*range(self._year, self._year - _YEARS, -1), EVERYTHING, CHOSEN):
            words = tr("すべての期間") if key == EVERYTHING else tr("期間を選ぶ") if key == CHOSEN else _year_words(key)
            chip = Chip(words)
            years.addButton(chip)
            chip.clicked.connect(lambda _on=False, key=key: self._choose(key))
            chip.toggled.connect(chip.updateGeometry)
            self.years[key] = chip
        self.own, self.all = Chip(tr("自分の相談"), "user"), Chip(tr("全員の相談"), "users")
        whose = QButtonGroup(self)
        for chip in (self.own, self.all):
            whose.addButton(chip)
            chip.clicked.connect(self.changed)
            chip.toggled.connect(chip.updateGeometry)
        self.first, self.last = (DateInput(date_reader(desk), long_day, also=other_day) for _ in range(2))
        self.first.setAccessibleName(tr("期間のはじまり"))
        self.last.setAccessibleName(tr("期間の終わり"))
        for box in (self.first, self.last):
            box.left.connect(self._take_span)
        self.wrong = Wrapped("", "error")
        self.wrong.hide()
        self._span = holder(Row(Label(tr("いつから"), "caption"), self.first, Label(tr("いつまで"), "caption"),
                                self.last, None, space=8))
        self._span.hide()
        self.setLayout(Column(holder(Flow(holder(Row(*self.years.values(), space=6)), holder(
            Row(self.own, self.all, space=6)), space=16)), self._span, self.wrong, space=8))
        self.restyle()
        self.own.setVisible(bool(self._store.person))
        self.all.setVisible(bool(self._store.person))
        self.years[self._year].setChecked(True)
        (self.own if self._store.person else self.all).setChecked(True)

    def restyle(self) -> None:
        """Take the sizes in use: a whole date stands in its box."""
        for box in (self.first, self.last):
            box.setMinimumWidth(look().px(_DATE))

    def span(self) -> Span:
        """The days chosen."""
        key = self._chosen()
        if key == EVERYTHING:
            return spans.everything(today(self._store.clock))
        return self._known if key == CHOSEN else spans.fiscal(key)

    def only_own(self) -> bool:
        """Whether only one's own visits are meant."""
        return self.own.isChecked()

    def clear(self) -> None:
        """Take every condition away: all days, everybody's visits."""
        self.all.setChecked(True)
        self._choose(EVERYTHING)

    def standing(self) -> str:
        """What is chosen, as a word that `stand_again` understands."""
        span = self._known
        days = f":{span.first.isoformat()}:{span.last.isoformat()}" if self._chosen() == CHOSEN else ""
        return f"{self._chosen()}:{'own' if self.only_own() else 'all'}{days}"

    def stand_again(self, standing: str) -> None:
        """Choose what an earlier page had chosen."""
        words = standing.split(":")
        if len(words) < 2 or not words[0].lstrip("-").isdigit() or int(words[0]) not in self.years:
            return
        key = int(words[0])
        self.years[key].setChecked(True)
        (self.own if words[1] == "own" and self._store.person else self.all).setChecked(True)
        if key == CHOSEN and len(words) == 4:
            self._known = spans.between(date.fromisoformat(words[2]), date.fromisoformat(words[3]))
            self._show_span()

    def _chosen(self) -> int:
        return next(key for key, chip in self.years.items() if chip.isChecked())

    def _choose(self, key: int) -> None:
        self.years[key].setChecked(True)
        self.wrong.hide()
        if key == CHOSEN:   # begins with the days looked at last
            shown = self._known.until(today(self._store.clock))
            self._known = Span(shown.first, shown.last)
            self._show_span()
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            if key != EVERYTHING:
                self._known = spans.fiscal(key)
            self._span.hide()
        self.changed.emit()

    def _show_span(self) -> None:
        self.first.set_value(self._known.first)
        self.last.set_value(self._known.last)
        self._span.show()

    def _take_span(self) -> None:
        first, last = self.first.value(), self.last.value()
        if first is None or last is None or self._chosen() != CHOSEN:
            return   # what cannot be read shows its own error
        try:
            wanted = spans.between(first, last)
        except Refused as refused:
            self.wrong.set_text(refused.message)
            self.wrong.show()
            return
        self.wrong.hide()
        if wanted != self._known:
            self._known = wanted
            self.changed.emit()


def _year_words(year: int) -> str:
    return fiscal_year_label(year) if language() == "ja" else tr("{year}年度", year=year)
