"""Search box and conditions above the list of all corporations. Says what is wanted; finds nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.all_corporations import Place, Wanted
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.choices import ChoiceInput, Option, among, folded
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.pages.organizations.directory.words import STATES
from kanto_desk.ui.pages.organizations.filters import SearchBox
from kanto_desk.ui.pages.organizations.words import Labels, place
from kanto_desk.ui.text import Label

MOST_OFFERED = 100
"""Municipalities in the list of choices: a part of the name brings the others."""
PREFECTURE, CITY, INDUSTRY = "prefecture", "city", "industry"


class DirectoryFilters(QWidget):
    """Emits `changed` when the list must be asked for anew."""

    changed = Signal()

    def __init__(self, labels: Labels, prefectures: Sequence[Option], industries: Sequence[Option]) -> None:
        super().__init__()
        self._labels = labels
        self._cities: list[tuple[str, str, str]] = []   # code, words, folded words; the largest first
        self._chips: dict[tuple[str, str], Chip] = {}
        self._low = False
        self.box = SearchBox(tr("名前・読み・住所・法人番号"))
        self.box.setAccessibleName(tr("すべての法人からさがす"))
        self.box.asked.connect(lambda _text: self.changed.emit())
        self.states = {state: Chip(tr(words)) for state, words in STATES.items()}
        for chip in self.states.values():
            chip.clicked.connect(self.changed)
        self.more = Button(tr("条件を加える"), "plus", "ghost")
        self.more.setCheckable(True)
        self.more.setChecked(True)
        self.more.toggled.connect(self._show_more)
        self.loosen = Button(tr("条件をすべて外す"), "x", "ghost")
        self.loosen.clicked.connect(self.clear)
        self.loosen.hide()
        self._flow = Flow(self.box, *self.states.values(), self.more, self.loosen)
        self.prefecture = _choice(among(prefectures), dict(prefectures).get, tr("都道府県"))
        self.city = _choice(self._find_city, self._city_words, tr("市区町村"))
        self.industry = _choice(among(industries), dict(industries).get, tr("業種"))
        self._inputs = {PREFECTURE: self.prefecture, CITY: self.city, INDUSTRY: self.industry}
        for kind, box in self._inputs.items():
            box.chosen.connect(lambda code, kind=kind: self.add(kind, code))
        self._adding = holder(Flow(*(holder(Row(Label(box.accessibleName(), "caption"), box, space=8))
                                     for box in self._inputs.values()), space=12))
        self.setLayout(Column(holder(self._flow), self._adding, space=8))

    def wanted(self) -> Wanted:
        """The conditions in use."""
        def codes(kind: str) -> tuple[str, ...]:
            return tuple(code for of, code in self._chips if of == kind)
        return Wanted(self.box.query().strip(), codes(PREFECTURE), codes(CITY), codes(INDUSTRY),
                      tuple(state for state, chip in self.states.items() if chip.isChecked()))

    def words(self) -> list[str]:
        """The conditions in words."""
        query = self.box.query().strip()
        return [*([tr("「{words}」", words=query)] if query else []), *(chip.words for chip in self._chips.values()),
                *(chip.words for chip in self.states.values() if chip.isChecked())]

    def offer_places(self, found: Sequence[tuple[Place, int]]) -> None:
        """Offer the municipalities of the directory; of one that has had several names the commonest."""
        known: dict[str, str] = {}
        for one, _count in found:
            known.setdefault(one.code, place(self._labels.of("CL10", one.code[:2]) or one.prefecture, one.city))
        self._cities = [(code, words, folded(words)) for code, words in known.items()]

    def chip(self, kind: str, code: str) -> Chip | None:
        """The chip of a condition in use."""
        return self._chips.get((kind, code))

    def add(self, kind: str, code: str) -> None:
        """Take a prefecture, municipality or industry as a condition."""
        box = self._inputs[kind]
        words = self._words(kind, code)
        box.set_value(None)
        if (kind, code) in self._chips:
            return
        chip = self._chips[kind, code] = Chip(words, "x")
        chip.setChecked(True)
        chip.setToolTip(tr("この条件を外す"))
        chip.clicked.connect(lambda: self._take_away(kind, code))
        for button in (self.more, self.loosen):
            self._flow.removeWidget(button)
        for part in (chip, self.more, self.loosen):
            self._flow.addWidget(part)
        chip.show()
        self._tell()

    def use(self, wanted: Wanted) -> None:
        """Take other conditions instead of those in use."""
        for kind, code in list(self._chips):
            self._drop(kind, code)
        for state, chip in self.states.items():
            chip.setChecked(state in wanted.states)
        self.box.setText(wanted.typed)
        for kind, codes in ((PREFECTURE, wanted.prefectures), (CITY, wanted.cities), (INDUSTRY, wanted.industries)):
            for code in codes:
                self.add(kind, code)
        self.box.ask_now()

    def clear(self) -> None:
        """Take all conditions away."""
        for kind, code in list(self._chips):
            self._drop(kind, code)
        for chip in self.states.values():
            chip.setChecked(False)
        self.box.clear()
        self.box.ask_now()
        self._tell()
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_low(self, low: bool) -> None:
        """In a low window the boxes wait behind 条件を加える, so that the list has the room."""
        if low != self._low:
            self._low = low
            self.more.setChecked(not low)

    def offer_loosen(self, *, on: bool) -> None:
        """Beside conditions in use stands the way out of them."""
        self.loosen.setVisible(on)

    def _tell(self) -> None:
        self.changed.emit()

    def _take_away(self, kind: str, code: str) -> None:
        self._drop(kind, code)
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    def _drop(self, kind: str, code: str) -> None:
        chip = self._chips.pop((kind, code))
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _show_more(self, on: bool) -> None:
        self._adding.setVisible(on)

    def _words(self, kind: str, code: str) -> str:
        if kind == CITY:
            return self._city_words(code) or code
        return self._labels.of("CL10" if kind == PREFECTURE else "CL12", code) or code

    def _city_words(self, code: str) -> str | None:
        return next((words for known, words, _ in self._cities if known == code), None)

    def _find_city(self, text: str) -> Sequence[Option]:
        """Municipalities whose name holds a text, of the prefectures chosen if there are any."""
        wanted, within = folded(text), {code for kind, code in self._chips if kind == PREFECTURE}
        found = ((code, words) for code, words, known in self._cities
                 if wanted in known and (not within or code[:2] in within))
        return [option for _, option in zip(range(MOST_OFFERED), found, strict=False)]


def _choice(find: Callable[[str], Sequence[Option]], words: Callable[[str], str | None], name: str) -> ChoiceInput:
    made = ChoiceInput(find, lambda code: words(code) or code, width=12)
    made.setAccessibleName(name)
    return made
