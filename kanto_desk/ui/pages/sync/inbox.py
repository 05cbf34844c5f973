"""確認が必要な変更: the records on the left, the fields of the chosen one on the right, and what the hub did not take.

One decision a field, one operation a record; everything stays where nothing is decided.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services import contested, history, records, refusals
from kanto_desk.services.contested_sides import Contested
from kanto_desk.services.presence import absent
from kanto_desk.services.refusals import NotTaken
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.form import Sources
from kanto_desk.ui.layout import Column, Flow, Row, holder, scrolling
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.page import Key, Window
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.consultation.words import sources
from kanto_desk.ui.pages.sync.blocks import Blocks, Item
from kanto_desk.ui.pages.sync.choice import FieldChoice, carry_over
from kanto_desk.ui.pages.sync.not_taken import NotTakenCard, NotTakenHead
from kanto_desk.ui.pages.sync.record_list import LINES, LINES_ABOVE, REFUSED, RecordList
from kanto_desk.ui.pages.sync_words import moment_words
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look

FIELDS = 20
"""So many fields of a record are made at first; more of them by scrolling or by the button."""
COMPOSED_AFTER_MS = 400
"""What a sync brought is looked at again so soon while text is being composed under 書き直す."""
LIST_WIDTH, SIDE_BY_SIDE, STACKED_BELOW = 230, 760, 860
QWIDGETSIZE_MAX = (1 << 24) - 1   # Qt's own name for no bound


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was read: contested fields by record, and what the hub did not take."""

    contested: tuple[tuple[Key, tuple[Contested, ...]], ...]
    not_taken: tuple[NotTaken, ...]
    taken_away: int = 0
    away: frozenset[Key] = frozenset()


def read(store: Any, before: Collection[Key] = ()) -> Waiting:
    """Everything that waits for the user; of the records `before`, `taken_away` were withdrawn undecided, and `away`
    are not here any more.
    """
    found = contested.by_record(contested.listing(store))
    gone = absent(store, [root for root in before if root not in found])
    return Waiting(tuple((root, tuple(fields)) for root, fields in found.items()), tuple(refusals.listing(store)),
                   sum(1 for how in gone.values() if how == "withdrawn"), frozenset(gone))


def _nothing() -> str:
    return tr("確認が必要な変更はありません。重ならない変更は、自動で1つになりました。")


class Inbox(QWidget):
    """Emits `left` to go back to the overview, and `settled` after every decision."""

    left = Signal()
    settled = Signal()

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._seen: Waiting | None = None
        self._at: Key | None = None
        self._refused_at = False
        self._part = ""
        self._deciding = False
        self.decided: Key | None = None   # the record decided last: what Ctrl+Z opens again
        self._shown: Key | None = None   # the record whose fields are in sight
        self._narrow = self._stacked = False
        self._gone = 0   # records that were withdrawn while they waited here, until others wait
        self.later = Button(tr("あとで決める"), "clock", key="Esc")
        self.later.clicked.connect(self.left)
        self.told = Wrapped("", "second")
        head = Row(Column(Label(tr("確認が必要な変更"), "h1"), self.told, space=2), self.later, space=12)
        head.setStretch(0, 1)
        head.setAlignment(self.later, Qt.AlignmentFlag.AlignTop)
        self.records = RecordList()
        self.records.chosen.connect(self._go_to)
        self._fields = Blocks(FIELDS, 18, tr("確認が必要な項目"))
        self.decide = Button(tr("この内容で決める"), "check", "primary", key="Ctrl+Enter")
        self.decide.clicked.connect(self.settle)
        self.missing = Wrapped("", "caption")
        self.open = Button(tr("記録をひらく"), "external-link")
        self.open.clicked.connect(self._open_record)
        self._foot = holder(Column(self.missing, holder(Flow(self.open, self.decide, space=10, spread=True)), space=4,
                                   margins=(24, 6, 24, 12)))
        self._body = Row(self.records, holder(Column(self._fields, None, space=0)), space=16)
        self._body.setStretch(1, 1)
        whole = Column(head, holder(self._body), None, space=12, margins=(24, 16, 24, 8))
        self._area = scrolling(holder(whole))
        self._area.verticalScrollBar().valueChanged.connect(self._grow)
        self._waiting = holder(Column(self._area, self._foot, space=0))
        self.none = EmptyState(_nothing(), tr("同期へもどる"), picture="check", key="Esc")
        self.none.acted.connect(self.left)
        self.stack = OneShown()
        self.stack.addWidget(self._waiting)
        self.stack.addWidget(self.none)
        self.setLayout(Column(self.stack, space=0))
        self.setAccessibleName(tr("確認が必要な変更"))

    @property
    def choices(self) -> list[FieldChoice]:
        """The fields that were made, from the top."""
        return [one for one in self._fields.widgets() if isinstance(one, FieldChoice)]

    @property
    def refused(self) -> list[NotTakenCard]:
        """The changes that were not taken, as far as they were made."""
        return [one for one in self._fields.widgets() if isinstance(one, NotTakenCard)]

    def open_at(self, root: Key | None, part: str = "") -> None:
        """Show what waits, at a record where one is named, and at its part of that uid."""
        self._part = part
        if root is not None:
            self._at, self._refused_at = root, False
        self.read(focus=True)

    def read(self, *, focus: bool = False) -> None:
        """Read again. What is being decided stays as it is while nothing of it has changed."""
        store = self._desk.store
        before = [root for root, _ in self._seen.contested] if self._seen is not None else []
        self._window.work(lambda: read(store, before), lambda found: self._show(found, focus=focus), lane="finding")

    def settle(self) -> None:
        """この内容で決める: what is decided of the record shown, in one step."""
        for choice in self.choices:
            choice.rescue()
        decided = [(choice.one, choice.value()) for choice in self.choices if choice.is_decided]
        if not decided or self._deciding:
            return
        store, title = self._desk.store, decided[0][0].title
        self._deciding = True

        def done(root: Key) -> None:
            self._deciding = False
            self._window.say(tr("{title}の変更を決めました", title=title), lambda: self._take_back(root))
            self._at, self.decided = None, root
            self.settled.emit()
            self.read(focus=True)

        def failed(_error: Exception) -> bool:
            self._deciding = False
            return False
        self._window.write(lambda: contested.settle(store, decided), done, failed)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: records above the fields, and sides one below the other, where the width is short."""
        width = self.width() * 100 / look().zoom
        stacked = self._stacked = width < STACKED_BELOW
        self._body.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)
        self.records.setMinimumWidth(0 if stacked else look().px(LIST_WIDTH))
        self.records.setMaximumWidth(QWIDGETSIZE_MAX if stacked else look().px(LIST_WIDTH))
        self._narrow = width - (0 if stacked else LIST_WIDTH) < SIDE_BY_SIDE
        for choice in self.choices:
            choice.set_narrow(self._narrow)
        self.records.blocks.block = LINES_ABOVE if stacked else LINES

    def _take_back(self, root: Key) -> None:
        def done(_done: Any) -> None:
            self._at = root
            self.settled.emit()
            self.read(focus=True)
        self._window.write(lambda: history.undo(self._desk.store, root), done)

    def _show(self, found: Waiting, *, focus: bool) -> None:
        if found == self._seen and not focus:
            return
        if not focus and any(choice.composing for choice in self.choices):
            QTimer.singleShot(COMPOSED_AFTER_MS, self, self.read)   # a box that moves would end the composition
            return
        found = found if focus else self._with_written(found)
        self._gone = (self._gone if not found.contested else 0) + found.taken_away
        self.none.words.set_text(
            tr("確認が必要な変更はありません。{n}件の記録は、決める前に、このパソコンでは見られなくなりました。",
               n=self._gone) if self._gone else _nothing())
        self.none.setAccessibleName(self.none.words.plain())
        roots = [root for root, _ in found.contested]
        if self._at not in roots:
            self._at = roots[0] if roots else None
        self._refused_at = bool(found.not_taken) and (self._refused_at or self._at is None)
        self._seen = found
        self.stack.setCurrentWidget(self._waiting if found.contested or found.not_taken else self.none)
        self.told.set_text(
            tr("値はこのパソコンに残っています。あとで決めても仕事は続けられます。")
            if found.not_taken and not found.contested else
            tr("ほかの人が、あなたの相談の確定や訂正の確認をお願いしています。認めるまで、記録はいまのままです。")
            if all(one.asked for _, fields in found.contested for one in fields) else
            tr("同じ記録を2台で直しました。どちらも失われていません。あとで決めても仕事は続けられます。"))
        self.records.show_records(found.contested, len(found.not_taken))
        self._show_fields()
        if focus:
            self._take_focus()

    def _with_written(self, found: Waiting) -> Waiting:
        """What is being rewritten here stays, also where somebody elsewhere decided it meanwhile."""
        waits, asked = dict(found.contested), {one.key for _, fields in found.contested for one in fields}
        for choice in self.choices:
            if choice.writing and choice.one.key not in asked and choice.one.root not in found.away:
                waits[choice.one.root] = (*waits.get(choice.one.root, ()), choice.one)
                choice.tell(tr("ほかのパソコンで決まりました。書いている内容はそのままです。決めると、もう1つの値になります。"))
        return replace(found, contested=tuple(waits.items()))

    def _take_focus(self) -> None:
        if self.stack.currentWidget() is self.none:
            (self.none.button or self.later).setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.choices and not self._refused_at:
            wanted = next((one for one in self._waiting_here() if one.uid == self._part), None)
            at = self._fields.ensure(wanted.key) if wanted is not None else None
            at = at if isinstance(at, FieldChoice) else self.choices[0]
            at.take_focus()
            self._area.ensureWidgetVisible(at)
        elif self.refused:
            self.refused[0].again.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.later.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_to(self, root: Key) -> None:
        self._refused_at, self._part = root == REFUSED, ""
        self._at = self._at if self._refused_at else root
        if self._seen is not None:
            self._show_fields()

    def _waiting_here(self) -> Sequence[Contested]:
        """Every contested field of the record shown, also those that were not made yet."""
        if self._seen is None or self._at is None or self._refused_at:
            return ()
        return dict(self._seen.contested).get(self._at, ())

    def _show_fields(self) -> None:
        """What is being decided stays as it stands; other fields are made, the first ones of them at once."""
        now = self._window.clock()
        items: list[Item] = []
        if self._refused_at and self._seen is not None:
            told = tr("同期先が受け取らなかった変更です。値はこのパソコンに残っていて、ほかの変更は送られています。")
            several = sum(1 for one in self._seen.not_taken if one.still_here and not one.held)
            items.append(Item("told", (told, several), partial(NotTakenHead, told, several, self._again, self._window,
                                                               self._desk)))
            items += [Item(one.seq, one, partial(NotTakenCard, one, self._again, self._window, self._desk,
                                                 moment_words(one.at, now))) for one in self._seen.not_taken]
        else:
            known = sources(self._desk)
            items += [Item(one.key, one, partial(self._choice, one, known, now), carry_over)
                      for one in self._waiting_here()]
        here = REFUSED if self._refused_at else self._at
        self._fields.show_items(items)
        self.records.choose(None if self._refused_at else self._at)
        self._foot.setVisible(not self._refused_at)
        if here != self._shown:
            self._shown = here
            self._area.verticalScrollBar().setValue(0)
        self.restyle()
        self._show_foot()
        follow_reading_order(self)   # what was built anew would come last

    def _choice(self, one: Contested, known: Sources, now: datetime) -> QWidget:
        of = next((f for f in records.fields(one.type) if f.name == one.field), None)
        choice = FieldChoice(one, None if of is None or of.bookkeeping else of, known, now,
                             lambda job, done: self._window.work(job, done, lane="finding"))
        choice.set_narrow(self._narrow)
        choice.decided.connect(self._show_foot)
        return choice

    def _again(self) -> None:
        self.settled.emit()
        self.read(focus=True)

    def _grow(self) -> None:
        """The end of what was made comes near: make more."""
        if not self._stacked:   # there the records stand above the fields, which would never be reached
            self.records.blocks.grow_near(self._area)
        self._fields.grow_near(self._area)

    def _show_foot(self) -> None:
        ready = sum(1 for choice in self.choices if choice.is_decided)
        self.decide.setEnabled(ready > 0)
        left = len(self._waiting_here()) - ready
        self.missing.set_text(tr("えらんでいない項目 {n}件は、あとに残ります", n=left) if left and ready else
                              tr("残すほうをえらびます") if left else "")

    def _open_record(self) -> None:
        if self._at is not None:
            (self._window.open_consultation if self._at[0] == "consultation" else self._window.open_organization)(
                self._at[1])
