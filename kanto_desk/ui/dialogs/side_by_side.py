"""Two companies side by side: why they may be one, which stays, and which value of each field stands.

Shows and asks; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.fields import Field
from kanto_desk.i18n import language, tr
from kanto_desk.rules.likeness import Reason
from kanto_desk.services.uniting import Compared, Line, Moves
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.layout import Column, Part, Row, card, holder
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Label, Picture, Pill, Wrapped
from kanto_desk.ui.theme import look

Word = Callable[[Field, object], str]
"""A value as people read it."""


class ValueCard(Pressable):
    """One of two values; pressed, it is the one that stands."""

    turned = Signal()   # ← →: the other one

    def __init__(self, label: str, words: str, whose: str) -> None:
        self.words = Wrapped(words)
        self.chosen = Pill(tr("残す"), "accent", "check")
        row = Row(self.words, self.chosen, space=8, margins=(12, 8, 12, 8))
        row.setStretch(0, 1)
        row.setAlignment(self.chosen, Qt.AlignmentFlag.AlignTop)
        super().__init__(row, f"{label}：{words}", whose, edge="field")
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.chosen.hide()
        self.toggled.connect(self.chosen.setVisible)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.turned.emit()
        elif event.key() in ENTER_KEYS and event.modifiers() in (Qt.KeyboardModifier.NoModifier,
                                                                 Qt.KeyboardModifier.KeypadModifier):
            self.click()
        else:
            super().keyPressEvent(event)


class FieldPair(QWidget):
    """One field in which they differ: both values, of which one stands."""

    def __init__(self, line: Line, word: Word, names: tuple[str, str], *, taken: bool) -> None:
        super().__init__()
        self.field = line.field
        label = line.field.label(language())
        self.stays = ValueCard(label, word(line.field, line.stays), names[0])
        self.goes = ValueCard(label, word(line.field, line.goes), names[1])
        for one, other in ((self.stays, self.goes), (self.goes, self.stays)):
            one.turned.connect(lambda to=other: self._turn(to))
        (self.goes if taken else self.stays).setChecked(True)
        self._pair = _halves(self.stays, self.goes)
        self.setLayout(Column(Label(label, "caption"), holder(self._pair), space=2))
        self.setAccessibleName(label)

    def set_narrow(self, narrow: bool) -> None:
        """One below the other, or side by side."""
        _turn_to(self._pair, narrow)

    @property
    def taken(self) -> bool:
        """Whether the value of the one that goes stands."""
        return self.goes.isChecked()

    @staticmethod
    def _turn(to: ValueCard) -> None:
        to.setChecked(True)
        to.setFocus(Qt.FocusReason.OtherFocusReason)


class SideBySide(QWidget):
    """Both companies; `swap_asked` when the other one shall stay."""

    swap_asked = Signal()

    def __init__(self, found: Compared, reasons: Sequence[Reason], word: Word) -> None:
        super().__init__()
        self.found = found
        names = found.stays.name or "", found.goes.name or ""
        self.swap = Button(tr("残すほうを入れ替える"), "arrow-left-right", "ghost")
        self.swap.clicked.connect(self.swap_asked)
        if found.fixed:
            self.swap.hide()
        self._heads = _halves(_head(tr("残る企業"), names[0], True), _head(tr("まとめる企業"), names[1], False))
        self.pairs = [FieldPair(line, word, names, taken=False) for line in found.lines if line.differs]
        parts: list[Part] = [holder(self._heads), Row(self.swap, None)]
        if reasons:
            parts.append(card(Label(tr("くらべた結果"), "h3"), *(_reason(one) for one in reasons), space=6,
                              margins=(14, 10, 14, 12), box="soft"))
        if self.pairs:
            told = tr("違うところ（{n}件）　残す値を選びます。選ばなかった値も、企業のページに残ります。",
                      n=len(self.pairs))
            parts += [Wrapped(told, "second"), *self.pairs]
        if alone := [line for line in found.lines if line.taken]:
            parts += [Wrapped(tr("「{name}」にだけある値　引き継ぎます", name=names[1]), "second"),
                      *(_plain(line.field, word(line.field, line.goes)) for line in alone)]
        if same := [line for line in found.lines if not line.differs and not line.taken]:
            parts += [Label(tr("このままの値"), "second"),
                      *(_plain(line.field, word(line.field, line.stays)) for line in same)]
        parts.insert(2, _moving(found.moves, names))
        self.setLayout(Column(*parts, None, space=10, margins=(18, 14, 18, 14)))
        self.setAccessibleName(tr("{one} と {other}", one=names[0], other=names[1]))

    def set_narrow(self, narrow: bool) -> None:
        """The values of the two one below the other, or side by side."""
        _turn_to(self._heads, narrow)
        for pair in self.pairs:
            pair.set_narrow(narrow)

    def taken(self) -> set[str]:
        """The fields in which the value of the one that goes shall stand."""
        return {line.field.name for line in self.found.lines if line.taken} | {
            pair.field.name for pair in self.pairs if pair.taken}


def _halves(one: QWidget, other: QWidget) -> Row:
    pair = Row(one, other, space=12)
    pair.setStretch(0, 1)
    pair.setStretch(1, 1)
    return pair


def _turn_to(pair: Row, narrow: bool) -> None:
    pair.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)


def _head(role: str, name: str, stays: bool) -> QWidget:
    row = Row(Picture("building-2", "accent" if stays else "text3", 20), Column(
        Label(role, "caption"), Wrapped(name, "bold"), space=0), space=10, margins=(12, 8, 12, 8))
    row.setStretch(1, 1)
    return card(row, margins=(2, 2, 2, 2))


def _reason(one: Reason) -> QWidget:
    speaks = one.points > 0
    values = one.one if one.one == one.other else "　／　".join(filter(None, (one.one, one.other)))
    return _marked(Picture("check" if speaks else "circle-alert", "ok" if speaks else "warn", 18,
                           spoken=tr("同じ") if speaks else tr("違い")),
                   f"{one.words}　{values}" if values else one.words)


def _marked(picture: Picture, words: str) -> QWidget:
    """Words with a picture beside their first line."""
    told = Wrapped(words, "second")
    row = Row(picture, told, space=8)
    row.setStretch(1, 1)
    for part in (picture, told):
        row.setAlignment(part, Qt.AlignmentFlag.AlignTop)
    return holder(row)


def _plain(field: Field, words: str) -> QWidget:
    name = Label(field.label(language()), "caption")
    name.keep_width(lambda: look().px(150))
    row = Row(name, Wrapped(words, selectable=True), space=8)
    row.setAlignment(name, Qt.AlignmentFlag.AlignTop)
    row.setStretch(1, 1)
    return holder(row)


def _moving(moves: Moves, names: tuple[str, str]) -> QWidget:
    """What will be read on the page of the one that stays."""
    counted = [words for n, words in (
        (moves.visits, tr("相談{n}件", n=moves.visits)), (moves.promises, tr("約束{n}件", n=moves.promises)),
        (moves.people, tr("窓口{n}名", n=moves.people)), (moves.sites, tr("事業所{n}件", n=moves.sites)),
        (moves.names, tr("名称履歴{n}件", n=moves.names))) if n]
    told = (tr("「{goes}」の{what}を、「{stays}」のページで読めるようになります。", goes=names[1], stays=names[0],
               what=("・" if language() == "ja" else ", ").join(counted)) if counted else
            tr("「{goes}」に、相談・窓口・事業所はありません。", goes=names[1]))
    whole = told + tr("記録は消えません。「まとめを解く」で、いつでも二社に戻せます。")
    return _marked(Picture("info", "info", 18), whole)
