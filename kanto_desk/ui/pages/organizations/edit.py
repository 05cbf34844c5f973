"""The form of a company: the kit's form, with what belongs together here — postcode and place, industry and section,
corporate number and its warning. Must not write: it says what changed, the page saves it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk import masters
from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.numbers import corporate_number_warning
from kanto_desk.japanese.postal import PostalArea, look_up
from kanto_desk.japanese.text import full_width_katakana, half_width
from kanto_desk.ui.autosave import Alarm
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.form import Form, Sources
from kanto_desk.ui.inputs import Editor, LineInput
from kanto_desk.ui.layout import Flow, Row, holder
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Label, Picture, Wrapped

READINGS = {"kana": "name", "representative_kana": "representative"}
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("名称", ("name", "kana", "short_name", "name_en", "legal_form", "kind", "corporate_number", "invoice_number")),
    ("所在地と連絡先", ("postal_code", "prefecture", "city", "address", "phone", "fax", "email", "url")),
    ("会社のあらまし", ("jsic_division", "size", "employees", "employees_regular", "employees_part_time", "capital_yen",
                 "founded", "closing_month", "representative", "representative_kana", "representative_role",
                 "membership", "state")),
    ("できること", ("products", "strengths", "capabilities", "equipment", "certificates", "weaknesses")),
    ("メモ", ("notes",)),
)
"""Cards of the form: heading and fields."""
# tr("名称") tr("所在地と連絡先") tr("会社のあらまし") tr("できること") tr("メモ")

FOLLOWING = frozenset({"jsic_section", "source_notation"})
"""Fields without an editor: the section follows from the division; the notation is that of a source."""

_MARKS = 8   # hyphens and the second half of half-width voiced kana: gone once a line is put in order

FIRST = ("name", "kana", "postal_code", "prefecture", "city", "address", "phone", "corporate_number")
"""What a new company is asked for; only the name is needed."""


class PlaceForm(Form):
    """A form that fills prefecture, city and town from the postcode. Emits `changed({name: value})`, codes included."""

    changed = Signal(object)

    def __init__(self, fields: Sequence[Field], sources: Sources, *, alarm: Alarm | None = None) -> None:
        # Help is shown once its row has a place: a label shown before that is a window of its own for a moment, which
        # takes the focus away.
        super().__init__([replace(field, help_ja="", help_en="") for field in fields], sources, readings=READINGS,
                         alarm=alarm)
        for field in fields:
            if not field.bookkeeping and field.help(language()):
                self._help(field.name, field.help(language()))
        self._filled: dict[str, str] = {}
        self._asked = ""
        self._flow = Flow()
        self._offers = holder(self._flow)
        self._offers.hide()
        self.save.connect(self._complete)
        if "postal_code" in self.names() and "prefecture" in self.names():
            self._under("postal_code", self._offers)
            self._editor("postal_code").left.connect(self._look_up)
        for name, normalise in _ORDER.items():
            if name in self.names():
                line = cast(LineInput, self.editor(name))
                line.put_in_order_by(normalise)
                line.setMaxLength(line.maxLength() + _MARKS)
        self.warning: Wrapped | None = None
        if "corporate_number" in self.names():
            self._warn_of_number()

    def set_values(self, values: Any, *, keep_box: bool = False) -> None:
        super().set_values(values, keep_box=keep_box)
        if "postal_code" in values:
            self._asked = values["postal_code"] or ""   # known already: nothing is to be filled in
        if self.warning is not None:
            self._judge_number()

    def offers(self) -> tuple[Chip, ...]:
        """The areas offered for a postcode that means several, or one other than what is written."""
        found = (self._flow.itemAt(n) for n in range(self._flow.count()))
        chips = (item.widget() for item in found if item is not None)
        return () if self._offers.isHidden() else tuple(chip for chip in chips if isinstance(chip, Chip))

    def fill(self, area: PostalArea) -> None:
        """Write an area into the boxes, as if it were typed."""
        for name, value in (("prefecture", area.prefecture_code), ("city", area.city), ("address", area.town)):
            editor = self._editor(name)
            if name == "address" and not self._ours(name):
                continue   # a street address that someone wrote is not ours to change
            self._filled[name] = value
            if editor.value() != (value or None):
                editor.set_value(value or None)
                editor.edited.emit()
        self._offers.hide()
        announce(self, tr("{place} を入れました", place=area.address))

    def _look_up(self) -> None:
        written = str(self._editor("postal_code").value() or "")
        if written == self._asked:
            return
        self._asked = written
        areas = look_up(written)
        self._offers.hide()
        if len(areas) == 1 and all(self._ours(name) for name in ("prefecture", "city")):
            self.fill(areas[0])
            QTimer.singleShot(0, self, self._to_street)   # after Tab has moved the focus
        elif areas and not self._written(areas):
            self._offer(areas)

    def _written(self, areas: Sequence[PostalArea]) -> bool:
        return len(areas) == 1 and (areas[0].prefecture_code, areas[0].city) == (
            self._editor("prefecture").value(), self._editor("city").value())

    def _ours(self, name: str) -> bool:
        value = self._editor(name).value() or ""
        return not value or value == self._filled.get(name)

    def _offer(self, areas: Sequence[PostalArea]) -> None:
        while self._flow.count():
            item = self._flow.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        self._flow.addWidget(Label(tr("この中から："), "caption"))
        for area in areas:
            chip = Chip(area.address)
            chip.setCheckable(False)
            chip.clicked.connect(lambda _on=False, chosen=area: self._choose(chosen))
            self._flow.addWidget(chip)
        self._offers.show()

    def _choose(self, area: PostalArea) -> None:
        for name in ("prefecture", "city"):
            self._filled[name] = self._editor(name).value() or ""   # chosen by hand: these may be changed
        self.fill(area)
        self._to_street(anywhere=True)

    def _to_street(self, *, anywhere: bool = False) -> None:
        if "address" in self.names() and (anywhere or self.editor("prefecture").hasFocus()):
            street = self.editor("address")
            street.setFocus(Qt.FocusReason.TabFocusReason)
            if isinstance(street, LineInput):
                street.end(False)

    def _warn_of_number(self) -> None:
        self.warning = Wrapped("", "warning")
        row = Row(Picture("circle-alert", "warn", 16), self.warning, space=6)
        row.setStretch(1, 1)
        line = holder(row)
        line.hide()
        self._under("corporate_number", line)
        self._editor("corporate_number").left.connect(self._judge_number)

    def _judge_number(self) -> None:
        if self.warning is None:
            return
        told = corporate_number_warning(str(self._editor("corporate_number").value() or ""))
        self.warning.set_text(told or "")
        self.editor("corporate_number").setAccessibleDescription(told or self.row("corporate_number").help.plain())
        line = self.warning.parentWidget()
        if line is not None:
            line.setVisible(bool(told))

    def _help(self, name: str, text: str) -> None:
        self.row(name).set_help(text)

    def _under(self, name: str, widget: QWidget) -> None:
        layout = self.row(name).layout()
        if layout is not None:
            layout.addWidget(widget)

    def _editor(self, name: str) -> Editor:
        return cast(Editor, self.editor(name))

    def _complete(self, values: dict[str, Any]) -> None:
        full = dict(values)
        if {"prefecture", "city"} & full.keys() and {"prefecture", "city"} <= set(self.names()):
            full["city_code"] = masters.city_code(str(self._editor("prefecture").value() or ""),
                                                  str(self._editor("city").value() or ""))
        if "jsic_division" in full:
            item = masters.code_lists()["CL12"].item(full["jsic_division"] or "")
            full["jsic_section"] = item.parent if item else None
        self.changed.emit(full)


def _invoice_number(text: str) -> str:
    return re.sub(r"[-\s.]", "", half_width(text)).upper()


_ORDER = {"short_name": full_width_katakana, "invoice_number": _invoice_number}
"""Lines that are put in order when they are left; every other line stays as it was written."""
