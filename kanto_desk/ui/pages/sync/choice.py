"""One contested field: every side with who and when, what differs marked, and the decision: 自分, 相手, 両方, 書き直す.

Decides nothing itself: it tells which value was chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, Literal, cast

from PySide6.QtCore import QKeyCombination, Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QApplication, QBoxLayout, QWidget
from shiboken6 import isValid

from kanto_desk.fields import Field, Json, from_wire, to_wire
from kanto_desk.i18n import tr
from kanto_desk.services import contested, differences, folding
from kanto_desk.services.contested_sides import Contested, Side, Writer
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.form import EDITORS, Sources
from kanto_desk.ui.inputs import Editor
from kanto_desk.ui.layout import Column, Flow, Part, Row, card, holder
from kanto_desk.ui.notices import Notice, announce
from kanto_desk.ui.pages.sync.going_through import Differences
from kanto_desk.ui.pages.sync_words import written_words
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Label, Picture, Pill, Wrapped

How = Literal["side", "both", "rewrite"]
Work = Callable[[Callable[[], folding.Compared], Callable[[folding.Compared], None]], None]
"""Does the first off the window's thread and tells the second."""
_LONG: Final = 30   # characters from which on 両方を残す is offered first


class SideCard(Pressable):
    """One side; pressed it is the decision."""

    def __init__(self, one: Contested, side: Side, others: Sequence[Side], now: datetime) -> None:
        self.side = side
        self.words = Wrapped(side.words or tr("（空にした）"))
        if folding.is_long(one):
            self.words.set_text(tr("くらべています…"))
        elif side.words and not one.whole:
            spans = _different(side.words, [o.words for o in others]) if one.textual else [(0, len(side.words))]
            self.words.mark([(*span, False) for span in spans], lined=True)
        who = whose(side) if side.stamp else side.by   # what was signed is nobody's laptop
        when = written_words(side.at, now)
        several = [f"{whose(one)}　{written_words(one.at, now)}" for one in side.writers] if side.writers[1:] else []
        if several:
            who, when = tr("{n}台で直した所", n=len(several)), ""
        self.chosen = Pill(tr("えらんだ"), "accent", "check")
        now_shown = tr("いまの値") if side.shown and not one.whole else ""
        # Which laptop has to be read whole: the time has a line of its own, and a long name goes on below.
        self.who = Wrapped(who, "bold")
        head = Row(Picture("monitor" if side.here else "users", "text2", 18), self.who, self.chosen, space=8)
        head.setStretch(1, 1)
        told = "\n".join(filter(None, (*several, "・".join(filter(None, (now_shown, when))))))
        named = [Wrapped(told, "caption")] if told else []
        super().__init__(Column(head, *named, self.words, None, space=6, margins=(14, 10, 14, 12)),
                         "　".join(filter(None, (who, *several, when, now_shown))),
                         side.words, edge="field")
        self.setCheckable(True)
        self.chosen.hide()
        self.toggled.connect(self.chosen.setVisible)

    def show_words(self, words: str, marks: Sequence[folding.Mark]) -> None:
        """Show the text, or the part of it that is looked at, with what is marked in it."""
        self.words.set_text(words or tr("（空にした）"))
        self.words.mark(marks, lined=True)
        self.setAccessibleDescription(words)


class FieldChoice(QWidget):
    """Emits `decided` whenever the decision changes; `value` gives it.

    Long texts are compared by `work`, and folded around what differs; until then they are called compared.
    """

    decided = Signal()

    def __init__(self, one: Contested, of: Field | None, sources: Sources, now: datetime, work: Work) -> None:
        super().__init__()
        self._compared: folding.Compared | None = None
        self.places: Differences | None = None
        self.one, self._of, self._sources = one, of, sources
        self._how: How | None = None
        self._side: Side | None = None
        self.editor: QWidget | None = None
        self.came: Notice | None = None   # says that a value came while somebody wrote
        self.sides = [SideCard(one, side, [s for s in one.sides if s is not side], now) for side in one.sides]
        for shown in self.sides:
            shown.clicked.connect(lambda _on=False, side=shown.side: self.choose("side", side))
        self.both = Chip(tr("両方を残す"))
        self.both.clicked.connect(lambda: self.choose("both"))
        self.rewrite = Chip(tr("文を書き直す") if one.textual else tr("値を書き直す"))
        self.rewrite.clicked.connect(lambda: self.choose("rewrite"))
        self.quick: list[Chip] = []
        for side in one.sides:
            chip = Chip(_short(one, side), name=f"{one.label}：{_short(one, side)}")
            chip.clicked.connect(lambda _on=False, side=side: self.choose("side", side))
            self.quick.append(chip)
        chips = [*self.quick, *([self.both] if one.joins and not one.whole else []),
                 *([self.rewrite] if of is not None and not one.whole else [])]
        head: list[QWidget] = [Label(one.label, "h3"), *chips]
        for chip in (self.both, self.rewrite):
            if chip not in chips:
                chip.setParent(self)
                chip.hide()
        self._pair = Row(*self.sides, space=12)
        for n in range(len(self.sides)):
            self._pair.setStretch(n, 1)
        self._editing = Column(space=4)
        self._result = Wrapped("")
        self.result = card(Row(Picture("circle-check", "ok", 18), Label(tr("仕上がり"), "caption"), None, space=8),
                           self._result, box="soft", space=4)
        self.result.hide()
        parts: list[Part] = [holder(Flow(*head, space=10))]
        if one.part:
            parts.append(Wrapped(one.part, "caption"))
        # Layouts used again are a widget's own: with the wrapper of a layout PySide lets go of those inside it.
        self._edit_box = holder(self._editing)
        self._edit_box.hide()
        if folding.folds(one):
            self.places = Differences(one.label)
            self.places.moved.connect(self._show_texts)
            for key, step in ((Qt.Key.Key_Down, 1), (Qt.Key.Key_Up, -1)):   # a button would take the arrow itself
                QShortcut(QKeyCombination(Qt.KeyboardModifier.AltModifier, key), self, partial(self.places.go, step),
                          context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            parts.append(self.places)
        self.setLayout(Column(*parts, holder(self._pair), self._edit_box, self.result, space=8))
        self.setAccessibleName(one.label)
        if folding.is_long(one):
            work(lambda: folding.compare(one), self._show_compared)
        if one.joins and one.textual and any("\n" in s.words or len(s.words) > _LONG for s in one.sides):
            self.choose("both")   # long texts lose least so

    def set_narrow(self, narrow: bool) -> None:
        """Sides one below the other, or beside one another."""
        self._pair.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    @property
    def is_decided(self) -> bool:
        """Whether something is chosen that can be saved."""
        return self._how is not None and (self._how != "rewrite" or self._readable())

    def choose(self, how: How, side: Side | None = None) -> None:
        """Decide; the same again keeps it."""
        self._how, self._side = how, side
        for card_, chip in zip(self.sides, self.quick, strict=True):
            card_.setChecked(how == "side" and card_.side is side)
            chip.setChecked(how == "side" and card_.side is side)
        self.both.setChecked(how == "both")
        self.rewrite.setChecked(how == "rewrite")
        if how == "rewrite":
            self._open_editor()
        else:
            self._edit_box.hide()
        self._show_result()
        self.decided.emit()

    def value(self) -> Json:
        """The wire value that was chosen; of a deletion, whether the record stays."""
        if self._how == "both":
            return self._joined()
        if self._how == "rewrite" and self.editor is not None and self._of is not None:
            return to_wire(self._of, cast(Editor, self.editor).value())
        assert self._side is not None
        if self.one.signed or self.one.asked:
            return self._side.shown
        return not self._side.deletes if self.one.deletion else self._side.wire

    def rescue(self) -> None:
        """Bring composed text into the box of 書き直す."""
        rescue = getattr(self.editor, "rescue", None)
        if rescue is not None and self._how == "rewrite":
            rescue()

    @property
    def writing(self) -> bool:
        """Whether 書き直す is chosen and its box open."""
        return self._how == "rewrite" and self.editor is not None

    @property
    def composing(self) -> bool:
        """Whether the input method holds text that is not in the box of 書き直す yet."""
        return self.editor is not None and cast(Editor, self.editor).composing

    def take_over(self, old: FieldChoice) -> None:
        """Go on with what was typed in the card that this one replaces, with the cursor; tell of a value that came."""
        at, box = QApplication.focusWidget(), old.editor
        if old.isVisible():
            self.show()
        if box is not None:
            writing = cast(Editor, box)
            writing.edited.disconnect(old._show_result)
            writing.edited.disconnect(old.decided)
            writing.edited.connect(self._show_result)
            writing.edited.connect(self.decided)
            old.editor, self.editor = None, box
            self._editing.fill(*self._told_of(old), box)
            if old._how == "rewrite":
                self.choose("rewrite")
        if at is not None and old.isAncestorOf(at):   # a button of a side that may be another one now
            self.take_focus()
        elif at is not None:
            at.setFocus(Qt.FocusReason.OtherFocusReason)

    def _told_of(self, old: FieldChoice) -> list[QWidget]:
        if old.came is None and {s.stamp for s in self.one.sides} <= {s.stamp for s in old.one.sides}:
            return []
        self.came = Notice("accent", tr("ほかのパソコンの値がとどきました。書いている内容はそのままです。"))
        announce(self, self.came.message.plain())
        return [self.came]

    def tell(self, text: str) -> None:
        """Say beside the box of 書き直す what happened to the field meanwhile."""
        if self.editor is not None and (self.came is None or self.came.message.plain() != text):
            if self.came is None:
                self.came = Notice("accent", text)
                self._editing.insertWidget(0, self.came)
            self.came.set_text(text)
            announce(self, text)

    def take_focus(self) -> None:
        """Put the cursor on the decision, or on the first side."""
        chosen = next((chip for chip in (*self.quick, self.both, self.rewrite) if chip.isChecked()), self.quick[0])
        chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _joined(self) -> Json:
        found = self._compared.joined if self._compared is not None else ""
        return found or contested.joined(self.one)

    def _show_compared(self, found: folding.Compared) -> None:
        if isValid(self):   # its record may have been decided meanwhile
            self._compared = found
            if self.places is not None:
                self.places.show_count(len(found.pieces))
            self._show_texts()

    def _show_texts(self) -> None:
        """The texts as they are looked at: whole, or around the difference one is at."""
        found, places = self._compared, self.places
        if found is None:
            return
        for n, shown in enumerate(self.sides):
            if places is None or places.whole.isChecked() or not found.pieces:
                shown.show_words(found.texts[n], [(*span, False) for span in found.spans[n]])
            else:
                shown.show_words(*folding.folded(found, n, places.at))
        self._show_result()

    def _readable(self) -> bool:
        return self.editor is None or bool(cast(Editor, self.editor).readable)

    def _open_editor(self) -> None:
        if self.editor is None and self._of is not None:
            made = EDITORS[self._of.kind](self._of, self._sources)
            made.setAccessibleName(tr("{field}を書き直す", field=self.one.label))
            editor = cast(Editor, made)
            begin = self._joined() if self.one.joins else self.one.sides[0].wire
            editor.set_value(from_wire(self._of, begin))
            editor.edited.connect(self._show_result)
            editor.edited.connect(self.decided)
            self.editor = made
            self._editing.fill(made)
        if self.editor is not None:
            self._edit_box.show()
            self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_result(self) -> None:
        words: object = ""
        if self._how == "both":
            waits = folding.is_long(self.one) and self._compared is None
            value: Json = tr("くらべています…") if waits else self._joined()
            words = value if isinstance(value, str) else "、".join(
                dict.fromkeys(word for s in self.one.sides for word in s.words.split("、") if word))
        elif self._how == "side" and self._side is not None:
            words = self._side.words
            if self.one.signed:
                words = (tr("訂正をはじめます。もう一度署名をいただくと、新しい版になります。") if self._side.shown
                         else tr("署名した内容に戻します。直した所は変更履歴に残ります。"))
            elif self.one.asked:
                words = (tr("あなたが認めた確定や訂正として残ります。") if self._side.shown
                         else tr("記録はいまのままです。お願いと署名は履歴に残ります。"))
            elif self.one.deletion:
                words = tr("記録は残ります。") if not self._side.deletes else (
                    tr("記録はごみ箱に入ります。30日のあいだ戻せます。"))
        if self.places is not None and self._compared is not None and not self.places.whole.isChecked():
            words = folding.near(self._compared, str(words), self.places.at)
        self._result.set_text(str(words) or tr("（空になります）"))
        self.result.setVisible(self._how in ("both", "side"))


def carry_over(old: QWidget, new: QWidget) -> None:
    """What was typed in a card goes on in the card that replaces it."""
    if isinstance(old, FieldChoice) and isinstance(new, FieldChoice):
        new.take_over(old)


def whose(side: Side | Writer) -> str:
    """このパソコン（高橋 直子）, or 端末 P7QK（佐々木 亮）."""
    other = tr("端末 {part}", part=side.laptop) if side.laptop else tr("ほかのパソコン")
    place = tr("このパソコン") if side.here else other
    return tr("{place}（{by}）", place=place, by=side.by) if side.by else place


def _short(one: Contested, side: Side) -> str:
    if one.signed:
        return tr("訂正として取り込む") if side.shown else tr("取り込まない")
    if one.asked:
        return tr("認める") if side.shown else tr("認めない")
    if one.deletion:
        return tr("消す") if side.deletes else tr("残す")
    others = [s for s in one.sides if not s.here]
    if side.here:
        return tr("自分")
    return tr("相手") if len(others) == 1 else tr("端末 {part}", part=side.laptop)


def _different(text: str, others: Sequence[str]) -> Sequence[tuple[int, int]]:
    return differences.spans(text, others[0] if others else "")
