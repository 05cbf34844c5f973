"""Conditions of the list of visits besides words and year: days, expert, issue, place of the company, programme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import language, tr
from kanto_desk.services import codes, programmes
from kanto_desk.services.visit_filters import Offered, Only
from kanto_desk.ui.choices import ChoiceInput, Option, now_among
from kanto_desk.ui.dates import DateInput
from kanto_desk.ui.layout import Column, Flow, Row, holder
from kanto_desk.ui.pages.consultation.words import issue_options
from kanto_desk.ui.pages.words import date_reader, long_day, other_day
from kanto_desk.ui.text import Label

_BETWEEN = "|"   # stands in no name of a place


class ListFilters(QWidget):
    """Emits `changed` when the list must be found anew."""

    changed = Signal()

    def __init__(self, desk: Any) -> None:
        super().__init__()
        self._desk = desk
        self._experts: tuple[str, ...] = ()
        self._places: tuple[Option, ...] = ()
        self._prefectures = {one.code: one.label for one in codes.choices(desk.store, "CL10")}
        read = date_reader(desk)
        self.since, self.until = (DateInput(read, long_day, also=other_day) for _ in range(2))
        self.expert = ChoiceInput(now_among(lambda: [(one, one) for one in self._experts]), lambda name: name, width=10)
        self.issue = ChoiceInput(now_among(self._issues), self._issue_words, width=18)
        self.place = ChoiceInput(now_among(lambda: self._places), self._place_words, width=12)
        self.programme = ChoiceInput(now_among(lambda: programmes.choices(desk.store, language())),
                                     self._programme_words, width=14)
        self._boxes = (self.since, self.until, self.expert, self.issue, self.place, self.programme)
        parts = []
        names = (tr("この日から"), tr("この日まで"), tr("相談員"), tr("課題"), tr("企業の所在地"), tr("事業"))
        for words, box in zip(names, self._boxes, strict=True):
            label = Label(words, "caption")
            label.setBuddy(box)
            box.setAccessibleName(words)
            box.edited.connect(self._edited)
            box.left.connect(self._tidied)
            parts.append(holder(Row(label, box, space=6)))
        self.setLayout(Column(holder(Flow(*parts, space=12)), space=0))
        self.setAccessibleName(tr("条件"))
        self._only = Only()

    def only(self) -> Only:
        """The conditions in use."""
        prefecture, _, city = (self.place.value() or "").partition(_BETWEEN)
        return Only(self.since.value(), self.until.value(), self.expert.value() or "", self.issue.value() or "",
                    prefecture, city, self.programme.value() or "")

    def use(self, only: Only) -> None:
        """Use other conditions; tells nobody."""
        place = _BETWEEN.join(filter(None, (only.prefecture, only.city)))
        for box, value in zip(self._boxes, (only.since, only.until, only.expert, only.issue, place, only.programme),
                              strict=True):
            box.set_value(value or None)
        self._only = self.only()

    def offer(self, offered: Offered) -> None:
        """Offer experts and places that occur: every prefecture, then its towns."""
        self._experts = offered.experts
        met = dict.fromkeys(prefecture for prefecture, _ in offered.places)
        towns = [_BETWEEN.join(place) for place in offered.places]
        self._places = tuple((code, self._place_words(code)) for code in (*met, *towns))

    def words(self) -> list[str]:
        """The conditions in words."""
        only = self.only()
        days = [tr("{day}から", day=long_day(only.since))] if only.since else []
        days += [tr("{day}まで", day=long_day(only.until))] if only.until else []
        return [*days, *(box.text() for box in self._boxes[2:] if box.value())]

    def take_focus(self) -> None:
        """Put the cursor into the first box."""
        self.since.setFocus(Qt.FocusReason.OtherFocusReason)

    def _edited(self) -> None:
        if self.only() != self._only:   # a day is read only when it is whole
            self._only = self.only()
            self.changed.emit()

    def _tidied(self) -> None:
        for box in self._boxes:
            if not box.hasFocus():
                box.tidy()
        self._edited()

    def _issues(self) -> Sequence[Option]:
        above = [(one.code, one.label) for one in codes.choices(self._desk.store, "CL03") if not one.parent]
        return [*above, *(one for one in issue_options(self._desk) if one not in above)]

    def _issue_words(self, code: str) -> str:
        return codes.label(self._desk.store, "CL03", code) or code

    def _place_words(self, place: str) -> str:
        prefecture, _, city = place.partition(_BETWEEN)
        return self._prefectures.get(prefecture, prefecture) + city

    def _programme_words(self, uid: str) -> str:
        return dict(programmes.choices(self._desk.store, language())).get(uid, uid)
