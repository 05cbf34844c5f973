"""What the directory says newly, fact by fact: what stands, what it says, its source and day; 取り込む or not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from kanto_desk.i18n import language, tr
from kanto_desk.services import directory_facts
from kanto_desk.services.directory_facts import ADDRESS, STATE
from kanto_desk.services.offers import Offer
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Row, holder, set_property
from kanto_desk.ui.pages.organizations.words import Labels, place
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.text import Label, Picture, Wrapped

MOST = 60
"""So many are shown at once; the others come up as these are answered."""


class OfferedNotice(QFrame):
    """Offers; hidden without any. `named`: of several companies, each under its name.

    Emits `take_asked(offer)`, `leave_asked(offer)` and `opened(uid)` for a company named in one.
    """

    take_asked = Signal(object)
    leave_asked = Signal(object)
    opened = Signal(str)

    def __init__(self, labels: Labels, *, named: bool = False) -> None:
        super().__init__()
        self._labels, self._named = labels, named
        set_property(self, "box", "page" if named else "accent")
        self._lines = Column(space=10, margins=(20, 12, 20, 12) if named else (12, 9, 12, 10))
        self._widgets: list[QWidget] = []
        self._shown: tuple[Offer, ...] = ()
        self.setLayout(self._lines)
        self.hide()

    def shown(self) -> tuple[Offer, ...]:
        """The offers on screen."""
        return self._shown

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Show these, or nothing; the focus stays where it was among them."""
        if tuple(offers) == self._shown and self._widgets:
            return
        focus = self.window().focusWidget()
        at = next((n for n, button in enumerate(self._buttons()) if button is focus), None)
        self._shown = tuple(offers)
        for widget in self._widgets:
            widget.hide()
            widget.deleteLater()
        self._widgets = []
        while self._lines.count():
            self._lines.takeAt(0)
        if offers:
            told = tr("法人の情報が変わりました（{n}件）", n=len(offers))
            if not self._named:
                self._widgets.append(holder(Row(Picture("info", "accent", 18), Label(told, "bold"), None, space=8)))
            self._widgets += self._lines_of(offers[:MOST])
            if len(offers) > MOST:
                more = tr("ほかに {n}件あります。答えると、つづきが出ます。", n=len(offers) - MOST)
                self._widgets.append(Wrapped(more, "caption"))
            self._lines.fill(*self._widgets, *([None] if self._named else []))
            self.setAccessibleName(told)
        self.setVisible(bool(offers))
        if at is not None and (buttons := self._buttons()):
            buttons[min(at, len(buttons) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)

    def _buttons(self) -> list[Button]:
        return [button for widget in self._widgets for button in widget.findChildren(Button)]

    def _lines_of(self, offers: Sequence[Offer]) -> list[QWidget]:
        lines: list[QWidget] = []
        company = ""
        for offer in offers:
            if self._named and offer.organization != company:
                company = offer.organization
                lines.append(self._opening(offer.name, company))
            lines.append(self._line(offer))
        return lines

    def _opening(self, name: str, uid: str) -> QWidget:
        button = Button(tr("ひらく"), "arrow-right", "ghost", name=tr("{name} をひらく", name=name))
        button.clicked.connect(lambda: self.opened.emit(uid))
        row = Row(Wrapped(name, "h3"), button, space=8)
        row.setStretch(0, 1)
        return holder(row)

    def _line(self, offer: Offer) -> QWidget:
        what = f"{offer.name}　{offer.kind}" if self._named else offer.kind
        take = Button(tr("取り込む"), "check", name=tr("{what} を取り込む", what=what))
        take.clicked.connect(lambda: self.take_asked.emit(offer))
        leave = Button(tr("取り込まない"), "x", "ghost", name=tr("{what} を取り込まない", what=what))
        leave.clicked.connect(lambda: self.leave_asked.emit(offer))
        texts: list[QWidget] = [Wrapped(line, selectable=True) for line in lines_of(offer, self._labels)]
        head = Flow(Label(offer.kind, "bold"), holder(Row(take, leave, space=8)), space=8, spread=True)
        parts: list[QWidget] = [holder(head), *texts]
        if offer.own:
            follow = Button(tr("承継先をひらく"), "arrow-right", "ghost",
                            name=tr("{name} をひらく", name=offer.successor_name))
            follow.clicked.connect(lambda: self.opened.emit(offer.own))
            parts.append(holder(Row(follow, None)))
        parts.append(Wrapped(source_of(offer), "caption"))
        column = Column(*parts, space=3, margins=(0 if self._named else 26, 0, 0, 0))
        return holder(column)


def lines_of(offer: Offer, labels: Labels) -> list[str]:
    """What stands and what the directory says, one line for each thing that people read as one."""
    if offer.fact == ADDRESS:
        old, new = ({change.field.name: value for change, value in values} for values in (
            [(change, change.old) for change in offer.changes], [(change, change.new) for change in offer.changes]))
        return [_arrow(_address(old, labels), _address(new, labels))]
    if offer.fact == STATE:
        change = offer.changes[0]
        told = [_arrow(labels.of("organization_state", change.old or "active"),
                       labels.of("organization_state", change.new))]
        if offer.successor:
            name = offer.successor_name or tr("名称は分かりません")
            told.append(tr("承継先：{name}（法人番号 {number}）", name=name, number=offer.successor))
        return told
    lines = []
    for change in offer.changes:
        values = (labels.of(change.field.codes or "", value) if change.field.codes else value
                  for value in (change.old, change.new))
        line = _arrow(*values)
        lines.append(line if len(offer.changes) == 1 else f"{change.field.label(language())}：{line}")
    return lines


def source_of(offer: Offer) -> str:
    """From where it comes and of which day it is."""
    source, day = directory_facts.source_words(offer.source), long_day(offer.updated)
    if offer.since is None or offer.since == offer.updated:
        return tr("{source}　{day} 更新", source=source, day=day)
    return tr("{source}　{day} 更新（{since} に変更）", source=source, day=day, since=long_day(offer.since))


def _arrow(old: str, new: str) -> str:
    return f"{old or tr('（空）')} → {new or tr('（空）')}"


def _address(values: dict[str, str], labels: Labels) -> str:
    text = place(labels.of("CL10", values.get("prefecture", "")), values.get("city"), values.get("address"))
    return f"〒{values['postal_code']}　{text}" if values.get("postal_code") else text
