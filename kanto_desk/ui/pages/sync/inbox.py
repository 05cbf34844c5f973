"""確認が必要な変更: the records on the left, the fields of the chosen one on the right, and what the hub did not take.

One decision a field, one operation a record; everything stays where nothing is decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from kanto_desk.i18n import listed, tr
from kanto_desk.services import contested, handing, history, records, refusals
from kanto_desk.services.contested_sides import Contested
from kanto_desk.services.refusals import NotTaken
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Part, Row, card, holder, scrolling
from kanto_desk.ui.notices import EmptyState, Notice
from kanto_desk.ui.page import Key, Window
from kanto_desk.ui.pages.consultation.tab_order import follow_reading_order
from kanto_desk.ui.pages.consultation.words import sources
from kanto_desk.ui.pages.sync.choice import FieldChoice
from kanto_desk.ui.pages.sync_words import moment_words
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.text import Elided, Label, Pill, Wrapped
from kanto_desk.ui.theme import look

LIST_WIDTH, SIDE_BY_SIDE, STACKED_BELOW = 230, 760, 860
QWIDGETSIZE_MAX = (1 << 24) - 1   # Qt's own name for no bound


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was read: contested fields by record, and what the hub did not take."""

    contested: tuple[tuple[Key, tuple[Contested, ...]], ...]
    not_taken: tuple[NotTaken, ...]


def read(store: Any) -> Waiting:
    """Everything that waits for the user."""
    return Waiting(tuple((root, tuple(found)) for root, found in
                         contested.by_record(contested.listing(store)).items()), tuple(refusals.listing(store)))


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
        self.choices: list[FieldChoice] = []
        self.refused: list[_NotTakenCard] = []
        self.lines: dict[Key, Pressable] = {}
        self.refused_line: Pressable | None = None
        self.later = Button(tr("あとで決める"), "clock", key="Esc")
        self.later.clicked.connect(self.left)
        self.told = Wrapped("", "second")
        head = Row(Column(Label(tr("確認が必要な変更"), "h1"), self.told, space=2), self.later, space=12)
        head.setStretch(0, 1)
        head.setAlignment(self.later, Qt.AlignmentFlag.AlignTop)
        # Layouts that are filled again are a widget's own: with a layout's wrapper PySide lets go of those inside it.
        self._list, self._fields = Column(space=8), Column(space=18)
        self._side = holder(self._list)
        self.decide = Button(tr("この内容で決める"), "check", "primary", key="Ctrl+Enter")
        self.decide.clicked.connect(self.settle)
        self.missing = Wrapped("", "caption")
        self.open = Button(tr("記録をひらく"), "external-link")
        self.open.clicked.connect(self._open_record)
        self._foot = holder(Column(self.missing, holder(Flow(self.open, self.decide, space=10, spread=True)), space=4,
                                   margins=(24, 6, 24, 12)))
        self._body = Row(self._side, holder(self._fields), space=16)
        self._body.setStretch(1, 1)
        whole = Column(head, holder(self._body), None, space=12, margins=(24, 16, 24, 8))
        self._area = scrolling(holder(whole))
        self._waiting = holder(Column(self._area, self._foot, space=0))
        self.none = EmptyState(tr("確認が必要な変更はありません。重ならない変更は、自動で1つになりました。"),
                               tr("同期へもどる"), picture="check", key="Esc")
        self.none.acted.connect(self.left)
        self.stack = OneShown()
        self.stack.addWidget(self._waiting)
        self.stack.addWidget(self.none)
        self.setLayout(Column(self.stack, space=0))
        self.setAccessibleName(tr("確認が必要な変更"))

    def open_at(self, root: Key | None, part: str = "") -> None:
        """Show what waits, at a record where one is named, and at its part of that uid."""
        self._part = part
        if root is not None:
            self._at, self._refused_at = root, False
        self.read(focus=True)

    def read(self, *, focus: bool = False) -> None:
        """Read again. What is being decided stays as it is while nothing of it has changed."""
        store = self._desk.store
        self._window.work(lambda: read(store), lambda found: self._show(found, focus=focus), lane="finding")

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
        stacked = width < STACKED_BELOW
        self._body.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)
        self._side.setMinimumWidth(0 if stacked else look().px(LIST_WIDTH))
        self._side.setMaximumWidth(QWIDGETSIZE_MAX if stacked else look().px(LIST_WIDTH))
        for choice in self.choices:
            choice.set_narrow(width - (0 if stacked else LIST_WIDTH) < SIDE_BY_SIDE)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        """↑ and ↓ go from record to record in the list."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, Pressable):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            lines = [*self.lines.values(), *([self.refused_line] if self.refused_line else [])]
            if step is not None and watched in lines:
                at = lines.index(watched) + step
                if 0 <= at < len(lines):
                    lines[at].setFocus(Qt.FocusReason.TabFocusReason)
                    lines[at].click()
                return True
        return super().eventFilter(watched, event)

    def _take_back(self, root: Key) -> None:
        def done(_done: Any) -> None:
            self._at = root
            self.settled.emit()
            self.read(focus=True)
        self._window.write(lambda: history.undo(self._desk.store, root), done)

    def _show(self, found: Waiting, *, focus: bool) -> None:
        if found == self._seen and not focus:
            return
        roots = [root for root, _ in found.contested]
        if self._at not in roots:
            self._at = roots[0] if roots else None
        self._refused_at = bool(found.not_taken) and (self._refused_at or self._at is None)
        before = dict(self._seen.contested) if self._seen else {}
        same = (self._at is not None and not self._refused_at and bool(self.choices)
                and self.choices[0].one.root == self._at and before.get(self._at) == dict(found.contested)[self._at])
        self._seen = found
        self.stack.setCurrentWidget(self._waiting if found.contested or found.not_taken else self.none)
        self._show_list(found)
        if not same:   # what is being decided stays as it stands
            self._show_fields()
        if focus:
            self._take_focus()

    def _take_focus(self) -> None:
        if self.stack.currentWidget() is self.none:
            (self.none.button or self.later).setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.choices and not self._refused_at:
            at = next((one for one in self.choices if one.one.uid == self._part), self.choices[0])
            at.take_focus()
            self._area.ensureWidgetVisible(at)
        elif self.refused:
            self.refused[0].again.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.later.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_list(self, found: Waiting) -> None:
        parts: list[Part] = []
        self.told.set_text(
            tr("値はこのパソコンに残っています。あとで決めても仕事は続けられます。")
            if found.not_taken and not found.contested else
            tr("同じ記録を2台で直しました。どちらも失われていません。あとで決めても仕事は続けられます。"))
        self.lines = {}
        if found.contested:
            parts.append(Label(tr("{n}件の記録", n=len(found.contested)), "bold"))
        for root, fields in found.contested:
            labels = listed(dict.fromkeys(one.label for one in fields))
            line = self._line(fields[0].title, tr("{n}か所・{fields}", n=len(fields), fields=labels),
                              chosen=root == self._at and not self._refused_at)
            line.clicked.connect(lambda _on=False, root=root: self._go_to(root))
            self.lines[root] = line
            parts.append(line)
        self.refused_line = None
        if found.not_taken:
            self.refused_line = self._line(tr("受け取られなかった変更"), tr("変更{n}件", n=len(found.not_taken)),
                                           chosen=self._refused_at)
            self.refused_line.clicked.connect(lambda: self._go_to(None))
            parts.append(self.refused_line)
        focus = self.window().focusWidget()
        told = focus.accessibleName() if isinstance(focus, Pressable) and self._side.isAncestorOf(focus) else ""
        _refill(self._list, parts)
        if told:
            again = next((one for one in (*self.lines.values(), self.refused_line)
                          if one is not None and one.accessibleName() == told), None)
            if again is not None:
                again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, title: str, more: str, *, chosen: bool) -> Pressable:
        words = Column(Elided(title, "bold"), Wrapped(more, "caption"), space=2, margins=(12, 8, 12, 8))
        made = Pressable(words, title, more, edge="accent" if chosen else "border")
        made.installEventFilter(self)
        return made

    def _go_to(self, root: Key | None) -> None:
        self._refused_at, self._part = root is None, ""
        self._at = root or self._at
        if self._seen is not None:
            self._show_list(self._seen)
            self._show_fields()

    def _show_fields(self) -> None:
        self.choices, self.refused = [], []
        parts: list[Part] = []
        now = self._window.clock()
        if self._refused_at and self._seen is not None:
            self.refused = [_NotTakenCard(one, self, self._window, self._desk, moment_words(one.at, now))
                            for one in self._seen.not_taken]
            told = tr("同期先が受け取らなかった変更です。値はこのパソコンに残っていて、ほかの変更は送られています。")
            parts += [Notice("warn", told), *self.refused]
        elif self._seen is not None and self._at is not None:
            known = sources(self._desk)
            for one in dict(self._seen.contested)[self._at]:
                of = next((f for f in records.fields(one.type) if f.name == one.field), None)
                choice = FieldChoice(one, None if of is None or of.bookkeeping else of, known, now)
                choice.decided.connect(self._show_foot)
                self.choices.append(choice)
                parts.append(choice)
        _refill(self._fields, parts)
        self._foot.setVisible(not self._refused_at)
        self._area.verticalScrollBar().setValue(0)
        self.restyle()
        self._show_foot()
        follow_reading_order(self)   # what was built anew would come last

    def _show_foot(self) -> None:
        ready = sum(1 for choice in self.choices if choice.is_decided)
        self.decide.setEnabled(ready > 0)
        left = len(self.choices) - ready
        self.missing.set_text(tr("えらんでいない項目 {n}件は、あとに残ります", n=left) if left and ready else
                              tr("残すほうをえらびます") if left else "")

    def _open_record(self) -> None:
        if self._at is not None:
            (self._window.open_consultation if self._at[0] == "consultation" else self._window.open_organization)(
                self._at[1])


class _NotTakenCard(QWidget):
    """One change that the hub did not take, with the ways out."""

    def __init__(self, one: NotTaken, inbox: Inbox, window: Window, desk: Any, when: str) -> None:
        super().__init__()
        self._one, self._inbox, self._window, self._store = one, inbox, window, desk.store
        self.again = Button(tr("もう一度送る"), "send", name=tr("{title} をもう一度送る", title=one.title))
        self.again.clicked.connect(self._again)
        self.again.setEnabled(one.still_here)
        self.save = Button(tr("ファイルに書き出す"), "file-output")
        self.save.clicked.connect(self._save)
        self.away = Button(tr("片付ける"), "check")
        self.away.clicked.connect(self._away)
        values = "\n".join(tr("{label}：{value}", label=label, value=value) for label, value in one.values if value)
        state = Pill(tr("保留"), "warn", "clock") if one.held else Pill(tr("受け取られなかった"), "danger", "ban")
        title = one.title + (f"　{one.part}" if one.part else "")
        parts: list[Part] = [Row(Elided(title, "h3"), None, state, Label(when, "caption")), Wrapped(one.why)]
        if values:
            parts.append(card(Wrapped(values), box="soft"))
        self.setLayout(Column(card(*parts, holder(Flow(self.again, self.save, self.away, space=8)), space=8), space=0))

    def _again(self) -> None:
        self._do(lambda: refusals.send_again(self._store, self._one), tr("次の同期で、もう一度送ります"))

    def _away(self) -> None:
        self._do(lambda: refusals.put_away(self._store, self._one), tr("片付けました。値はこのパソコンに残っています"),
                 lambda: self._do(lambda: refusals.bring_back(self._store, self._one), tr("もとに戻しました")))

    def _do(self, job: Any, words: str, back: Any = None) -> None:
        inbox, window = self._inbox, self._window   # this card is gone when the answer comes

        def done(_none: Any) -> None:
            window.say(words, back)
            inbox.settled.emit()
            inbox.read(focus=True)
        window.write(job, done)

    def _save(self) -> None:
        name = tr("受け取られなかった変更") + f"_{self._one.seq}.txt"
        path = self._window.files.save(self, tr("ファイルに書き出す"), name, "*.txt")
        if path is not None:
            handing.save_text(path, refusals.as_text(self._one))
            self._window.say(tr("{name} に書き出しました（暗号化されていません）", name=path.name))


def _refill(column: Column, parts: Sequence[Part]) -> None:
    while (item := column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
    column.fill(*parts, None)
