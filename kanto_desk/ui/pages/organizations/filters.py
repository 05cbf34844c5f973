"""Search box and filter chips above the list. Says what is wanted; finds nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.organization_search import Facets, Wanted
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.choices import ChoiceInput, Option, among
from kanto_desk.ui.composing import ENTER_KEYS, Composing
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.line_icons import LineIcon
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.text import Label
from kanto_desk.ui.theme import look

WAIT_MS = 100
USUAL_PREFECTURES, USUAL_INDUSTRIES = 2, 1
SPACE = 6   # between chips, px at 100 %


class SearchBox(Composing, QLineEdit):
    """Emits `asked(text)` for what is typed, text being composed included, once the keys rest for a moment."""

    asked = Signal(str)
    taken = Signal()    # Enter: the first hit is meant
    down = Signal()     # ↓: on to the list

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setProperty("look", "search")
        self.setPlaceholderText(words)
        self.setAccessibleName(tr("企業をさがす"))
        self.setClearButtonEnabled(False)
        self.lens = LineIcon(self, "search", tr("検索"))
        self._last = ""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(WAIT_MS)
        self._later.timeout.connect(self.ask_now)
        self.textChanged.connect(lambda _text: self._later.start())
        self.restyle()

    def query(self) -> str:
        """What is typed, with the text being composed where it will stand."""
        at = self.cursorPosition()
        return self.text()[:at] + self.preedit + self.text()[at:]

    def composition_changed(self) -> None:
        self._later.start()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in ENTER_KEYS and event.modifiers() in (Qt.KeyboardModifier.NoModifier,
                                                                Qt.KeyboardModifier.KeypadModifier):
            self.ask_now()
            self.taken.emit()
        elif event.key() == Qt.Key.Key_Down:
            self.down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedWidth(look().px(230))

    def ask_now(self) -> None:
        """Tell what is typed without waiting, if it is something new."""
        self._later.stop()
        if self.query() != self._last:
            self._last = self.query()
            self.asked.emit(self._last)


class FilterBar(QWidget):
    """The conditions. Emits `changed` when the list must be found anew."""

    changed = Signal()

    def __init__(self, labels: Labels, prefectures: Sequence[Option], industries: Sequence[Option]) -> None:
        super().__init__()
        self._labels = labels
        self._codes: dict[tuple[str, str], Chip] = {}
        self._low = False
        self.box = SearchBox(tr("名前・読み・できること"))
        self.box.asked.connect(lambda _text: self.changed.emit())
        self.star = Chip(tr("お気に入り"), "star")
        self.unseen = Chip(tr("未訪問 90日"), "clock")
        self.unseen.setToolTip(tr("この90日のあいだに相談をしていない企業"))
        self.recent = Chip(tr("最近会った順"), "history")   # stands in the heading: an order, not a condition
        self.more = Button(tr("条件を加える"), "plus", "ghost")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_more)
        self.views = Button(tr("残した条件"), "filter", "ghost")
        self.columns = Button(tr("列"), "columns-3", "ghost", name=tr("表の列を選ぶ"))
        self.map = Button(tr("地図"), "map-pin", "ghost", name=tr("都道府県を地図で選ぶ"))
        for button in (self.views, self.columns, self.map):
            button.setCheckable(True)
        for chip in (self.star, self.unseen, self.recent):
            chip.clicked.connect(self.changed)
        self.loosen = Button(tr("条件をすべて外す"), "x", "ghost")
        self.loosen.hide()
        self._last = (self.loosen, self.more, self.map, self.views, self.columns)
        self._flow = Flow(self.box, self.star, self.unseen, *self._last, space=SPACE)
        self.prefecture = _choice(prefectures, tr("都道府県"))
        self.industry = _choice(industries, tr("業種"))
        self.prefecture.chosen.connect(lambda code: self._add("CL10", code, self.prefecture))
        self.industry.chosen.connect(lambda code: self._add("CL12", code, self.industry))
        self._adding = holder(Row(Label(tr("都道府県"), "caption"), self.prefecture, 8, Label(tr("業種"), "caption"),
                                  self.industry, None, space=8))
        self._adding.hide()
        self.setLayout(Column(holder(self._flow), self._adding, space=8))

    def wanted(self) -> Wanted:
        """The conditions in use."""
        chosen = [key for key, chip in self._codes.items() if chip.isChecked()]
        return Wanted(self.box.query().strip(), tuple(code for list_id, code in chosen if list_id == "CL10"),
                      tuple(code for list_id, code in chosen if list_id == "CL12"), self.star.isChecked(),
                      self.unseen.isChecked(), "last" if self.recent.isChecked() else "kana")

    def chip(self, list_id: str, code: str) -> Chip | None:
        """The chip of a prefecture (CL10) or industry (CL12), if it is offered."""
        return self._codes.get((list_id, code))

    def offer(self, facets: Facets) -> None:
        """Offer the prefectures and industries that occur most; chips that are chosen stay."""
        wanted = [("CL10", code) for code in facets.prefectures[:USUAL_PREFECTURES]]
        wanted += [("CL12", code) for code in facets.industries[:USUAL_INDUSTRIES]]
        for key in wanted:
            self._make(*key)

    def set_low(self, low: bool) -> None:
        """In a low window only chosen chips stand, and buttons without icons; the rest is behind 条件を加える."""
        if low != self._low:
            self._low = low
            for button in self._last:
                button.set_bare(low)
            if low:
                self.map.setChecked(False)
            self.map.setVisible(not low)   # there is no height for a map
            self._show_chips()

    def offer_loosen(self, *, on: bool) -> None:
        """Beside conditions in use stands the way out of them: the list may have opened with those of another day."""
        if on == self.loosen.isHidden():
            self.loosen.setVisible(on)
            self._show_chips()

    def clear(self) -> None:
        """Take all conditions away."""
        for chip in (self.star, self.unseen, *self._codes.values()):
            chip.setChecked(False)
        self.box.clear()
        self.box.ask_now()
        self.changed.emit()

    def use(self, wanted: Wanted) -> None:
        """Take other conditions."""
        chosen = {("CL10", code) for code in wanted.prefectures} | {("CL12", code) for code in wanted.industries}
        for key in sorted(chosen):
            self._make(*key)
        for key, chip in self._codes.items():
            chip.setChecked(key in chosen)
        self.star.setChecked(wanted.starred)
        self.unseen.setChecked(wanted.not_visited)
        self.recent.setChecked(wanted.order == "last")
        self.box.setText(wanted.query)
        self.box.ask_now()
        self.changed.emit()

    def words(self) -> list[str]:
        """The conditions in words."""
        query = self.box.query().strip()
        chips = [chip.words for chip in (*self._codes.values(), self.star, self.unseen) if chip.isChecked()]
        return [*([tr("「{words}」", words=query)] if query else []), *chips]

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._show_chips()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._show_chips()

    def _show_chips(self, _on: bool = False) -> None:
        """Chips that are chosen always stand; of the others as many as one row has room for, if one is enough."""
        gap = look().px(SPACE)
        always = (self.box, self.star, self.unseen, *(part for part in self._last if not part.isHidden()))
        for part in (*always, *self._codes.values()):
            part.ensurePolished()   # before that it does not know its font
        room = self.width() - sum(max(part.sizeHint().width(), part.minimumWidth()) + gap for part in always)
        wanted = [chip for chip in self._codes.values() if chip.isChecked() or chip.hasFocus()]
        room -= sum(chip.sizeHint().width() + gap for chip in wanted)
        wraps = room < -gap
        for chip in self._codes.values():
            if chip not in wanted:
                room -= chip.sizeHint().width() + gap
            chip.setVisible(chip in wanted or (not self._low and (wraps or room >= -gap)))

    def _show_more(self, on: bool) -> None:
        self._adding.setVisible(on)
        if on:
            self.prefecture.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle_prefecture(self, code: str) -> None:
        """Take a prefecture as a condition, or no longer."""
        chip = self._make("CL10", code)
        chip.setChecked(not chip.isChecked())
        self.changed.emit()

    def _make(self, list_id: str, code: str) -> Chip:
        key = list_id, code
        if key not in self._codes:
            chip = Chip(self._labels.of(list_id, code))
            chip.clicked.connect(self.changed)
            chip.toggled.connect(self._show_chips)
            before = [self.unseen, *self._codes.values()][-1]
            self._codes[key] = chip
            for button in self._last:
                self._flow.removeWidget(button)
            for part in (chip, *self._last):
                self._flow.addWidget(part)
            self._show_chips()   # not sooner: a chip without a parent would show as a window
            self.setTabOrder(before, chip)
            self.setTabOrder(chip, self.more)
        return self._codes[key]

    def _add(self, list_id: str, code: str, box: ChoiceInput) -> None:
        self._make(list_id, code).setChecked(True)
        box.set_value(None)
        self.changed.emit()


def _choice(options: Sequence[Option], name: str) -> ChoiceInput:
    words = dict(options)
    made = ChoiceInput(among(options), lambda code: words.get(code, code), width=14)
    made.setAccessibleName(name)
    return made
