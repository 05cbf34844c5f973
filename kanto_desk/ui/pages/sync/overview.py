"""What the sync page shows of a desk with a hub: what will be sent, how far it is, the receipt, what waits, by itself.

Asks services on the reading thread; `Syncing` runs the sync.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QProgressBar, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.services import mass_deletions, receipts, sending, syncing
from kanto_desk.services.merged_alone import titles
from kanto_desk.services.receipts import Automatic, Noted
from kanto_desk.services.sending import Unsent
from kanto_desk.services.unsent_files import NO_FILES, Files, unsent_files, why_refused
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.layout import Column, Flow, Part, Row, boxed, card, hairline, holder
from kanto_desk.ui.notices import Notice
from kanto_desk.ui.page import Key, Window
from kanto_desk.ui.pages.sync.deletions import DeletionsCard
from kanto_desk.ui.pages.sync.stick import StickPanel, size_words
from kanto_desk.ui.pages.sync.words import receipt_tone, receipt_words
from kanto_desk.ui.pages.sync_words import due_words, moment_words, spoken
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.syncing import Progress
from kanto_desk.ui.text import Elided, Label, Pill, Wrapped
from kanto_desk.ui.theme import look

STACKED_BELOW = 900
SHOWN_RECORDS, SHOWN_RECEIPTS, SHOWN_MERGED = 6, 6, 5
EVERY: Final[tuple[int, ...]] = (10, 30, 120)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read for the page."""

    hub: str
    person_at: str
    unsent: Unsent
    receipts: tuple[Noted, ...]
    automatic: Automatic
    must_join: bool = False
    files: Files = NO_FILES
    merged: tuple[tuple[tuple[Key, str], ...], ...] = ()
    """For each receipt shown, the records that became one by themselves, with their titles."""
    deletions: mass_deletions.Question | None = None


def read(store: Any, blobs: Any) -> Seen:
    """Everything the page shows."""
    known = syncing.hub_of(store)
    kept = receipts.kept(store)
    return Seen(known.hub if known else "", known.url.removeprefix("https://") if known else "", sending.unsent(store),
                kept, receipts.automatic(store), syncing.must_join_again(store),
                unsent_files(store, blobs), tuple(titles(store, one.merged) for one in kept[:SHOWN_RECEIPTS]),
                mass_deletions.question(store))


class Overview(QWidget):
    """Emits `contested_asked`, `joining_asked` and `automatic_changed(Automatic)`."""

    contested_asked = Signal()
    joining_asked = Signal()
    automatic_changed = Signal(object)

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._seen: Seen | None = None
        self.state = Label("", "h3")
        self.more = Wrapped("", "second")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("同期の進み"))
        self.bar.hide()
        self.stop = Button(tr("ここで止める"), "x")
        self.stop.clicked.connect(self._stop)
        self.stop.hide()
        self.trouble = Notice("warn", "")
        self.trouble.hide()
        self.clock = Notice("warn", "")
        self.clock.hide()
        self.join = Button(tr("新しい1行で参加する"), "refresh-cw")
        self.join.clicked.connect(self.joining_asked)
        self.join.hide()
        self.status = card(Row(self.state, None, self.stop), self.bar, self.more, self.trouble, Row(self.join, None),
                           self.clock, space=8)
        # Each the layout of its own card: with the wrapper of a layout PySide lets go of the layouts inside it.
        self._unsent, self._waiting, self._receipts, self._auto = (
            Column(space=6, margins=(16, 12, 16, 12)) for _ in range(4))
        self.stick = StickPanel(desk, window)
        left = Column(self.status, boxed("card", self._unsent), boxed("card", Column(self.stick, space=0)), None,
                      space=14)
        right = Column(*(boxed("card", one) for one in (self._waiting, self._receipts, self._auto)), None, space=14)
        self._columns = Row(holder(left), holder(right), space=16)
        self._columns.setStretch(0, 54)
        self._columns.setStretch(1, 46)
        self.deletions = DeletionsCard(desk, window)
        self.setLayout(Column(self.deletions, holder(self._columns), None, space=14))
        self.joining = False   # the page asks for a line already
        self.every: dict[int, Chip] = {}
        self.on: Chip | None = None
        self.confirm: Button | None = None

    def show_seen(self, seen: Seen) -> None:
        """Show what was read."""
        self._seen = seen
        self._fill(self._unsent, self._unsent_parts(seen.unsent, seen.files))
        self._fill(self._receipts, self._receipt_parts(seen.receipts, seen.merged))
        if not self.every:
            self._fill(self._auto, self._auto_parts())
        self._show_automatic(seen.automatic)
        self.stick.read()
        self.deletions.show_asked(seen.deletions)
        self.show_state()

    def show_state(self) -> None:
        """Show how far the sync is, or how the last one went."""
        running, syncing_ = self._window.syncing.running, self._window.syncing
        self._show_waiting()
        self.stick.show_running(running=running)
        self.deletions.show_running(running=running)
        self.bar.setVisible(running)
        self.stop.setVisible(running)
        self.stop.setEnabled(not syncing_.stopping)
        last = self._seen.receipts[0] if self._seen and self._seen.receipts else None
        trouble = None if running else syncing_.trouble
        self.trouble.setVisible(trouble is not None)
        if trouble is not None:
            self.trouble.set_text(spoken(trouble))
        self.join.setVisible(not running and not self.joining and self._seen is not None and self._seen.must_join)
        if running:
            self._show_running()
        elif last is None:
            self.state.setText(tr("まだ同期していません"))
            self.more.set_text(tr("ネットワークにつながっているときに「いま同期する」を押します。"))
        else:
            word = receipt_tone(last)[2]
            when = moment_words(last.moment, self._window.clock())
            self.state.setText(tr("{when}の同期：{how}", when=when, how=word))
            self.more.set_text("" if last.trouble and trouble is not None and not last.sent else receipt_words(last))
        self.more.setVisible(bool(self.more.plain()))
        self._show_clock(last)

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use: one column when two would be too narrow."""
        stacked = self.width() * 100 / look().zoom < STACKED_BELOW
        self._columns.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)

    def _show_running(self) -> None:
        syncing_ = self._window.syncing
        done, until = syncing_.progress, syncing_.waits_until
        self.state.setText(tr("この分まで送って止めます") if syncing_.stopping else tr("同期しています"))
        if until is not None and not syncing_.stopping:
            self.state.setText(tr("同期先が空くのを待っています"))
            self.bar.setRange(0, 0)
            self.more.set_text(tr("同期先が混み合っています。{time} まで待って、続きから自動で始めます。"
                                  "書きつづけられます。", time=f"{until.astimezone(JST):%H:%M:%S}"))
            return
        if done.files is not None:
            self._show_carrying(done, done.files)
            return
        total = max(self._seen.unsent.changes if self._seen else 0, done.sent)
        self.bar.setRange(0, max(1, total) if done.left or not done.came else 0)
        self.bar.setValue(done.sent)
        self.more.set_text(tr("送った変更 {sent}／{total}件・受け取った記録 {came}件。書きつづけられます。",
                              sent=f"{done.sent:,}", total=f"{total:,}", came=f"{done.came:,}"))

    def _show_carrying(self, done: Progress, files: Files) -> None:
        """The records have gone; photos and files follow, and what was not carried waits for the next sync."""
        self.state.setText(tr("この分まで送って止めます") if self._window.syncing.stopping else
                           tr("写真とファイルを送っています") if files.count else tr("写真を受け取っています"))
        self.bar.setRange(0, max(1, files.size >> 10) if files.count else 0)
        self.bar.setValue(min(done.bytes_sent, files.size) >> 10)
        told = tr("送った写真とファイル {sent}／{total}件・{size}／{whole}", sent=f"{done.files_sent:,}",
                  total=f"{files.count:,}", size=size_words(done.bytes_sent), whole=size_words(files.size))
        came = tr("受け取った写真とファイル {n}件", n=f"{done.files_came:,}")
        words = tr("・").join(filter(None, (told if files.count else "", came if done.files_came else "")))
        parts = [tr("記録は送り終えました。"), tr("{words}。", words=words) if words else "",
                 tr("止めても、続きは次の同期で送ります。")]
        self.more.set_text((" " if language() == "en" else "").join(filter(None, parts)))

    def _show_clock(self, last: Noted | None) -> None:
        off = last.clock_ms if last is not None else 0
        self.clock.setVisible(bool(off))
        if off:
            minutes = max(1, abs(off) // 60_000)
            words = tr("このパソコンの時計は、同期先より約{n}分おくれています。", n=f"{minutes:,}") if off > 0 else (
                tr("このパソコンの時計は、同期先より約{n}分すすんでいます。", n=f"{minutes:,}"))
            self.clock.set_text(words + tr("記録は失われません。パソコンの日付と時刻の設定を確かめると、"
                                           "記録の時刻が正しくなります。"))

    def _show_waiting(self) -> None:
        marks = self._window.syncing.marks
        parts: list[Part] = [Label(tr("確認が必要な変更"), "h3")]
        self.confirm = None
        if marks.conflicts or marks.refused:
            if marks.conflicts:
                parts.append(Pill(tr("2台で直した項目 {n}件", n=marks.conflicts), "danger", "triangle-alert"))
            if marks.refused:
                parts.append(Pill(tr("受け取られなかった変更 {n}件", n=marks.refused), "danger", "ban"))
            parts.append(Wrapped(tr("どちらも失われていません。あとで決めても、仕事は続けられます。"), "second"))
            self.confirm = Button(tr("確認する"), "triangle-alert")
            self.confirm.clicked.connect(self.contested_asked)
            parts.append(Row(self.confirm, None))
        else:
            parts.append(Wrapped(tr("いまはありません。重ならない変更は、自動で1つになります。"), "second"))
        told = (marks.conflicts, marks.refused)
        if self._waiting.count() and getattr(self, "_told", None) == told:
            self.confirm = next(iter(self.findChildren(Button, "confirm")), None)
            return
        if self.confirm is not None:
            self.confirm.setObjectName("confirm")
        self._told = told
        self._fill(self._waiting, parts)

    def _unsent_parts(self, unsent: Unsent, files: Files) -> list[Part]:
        parts: list[Part] = [Label(tr("つぎの同期で送るもの"), "h3")]
        if files.going:
            parts.append(Wrapped(tr("写真とファイル {n}件・{size}（このパソコンだけにあります）", n=f"{files.going:,}",
                                    size=size_words(files.size - files.refused_size))))
        parts += [Notice("warn", tr("受け取られない写真とファイル {n}件（このパソコンだけにあります）。{why}",
                                    n=f"{n:,}", why=why_refused(reason))) for reason, n in files.refused]
        if not unsent.changes:
            return parts if files.count else [*parts, Wrapped(tr("まだ送っていない記録はありません。"), "second")]
        if unsent.due is not None:
            words, tone, icon = due_words(unsent.due)
            since = tr("{month}/{day} からの変更", month=unsent.due.since.month, day=unsent.due.since.day)
            parts += [Row(Pill(words, tone, icon), None), Label(since, "caption")]
        kinds = tr("、").join(f"{kind} {n:,}" for kind, n in unsent.kinds)
        parts.append(Wrapped(tr("変更 {n}件・約 {size}（{kinds}）", n=f"{unsent.changes:,}", kinds=kinds,
                                size=size_words(unsent.size))))
        parts.append(hairline())
        for one in unsent.records[:SHOWN_RECORDS]:
            parts.append(self._record_line(one.root, one.title, tr("変更{n}件", n=f"{one.changes:,}")))
        if len(unsent.records) > SHOWN_RECORDS:
            parts.append(Label(tr("ほか{n}件の記録", n=f"{len(unsent.records) - SHOWN_RECORDS:,}"), "caption"))
        return parts

    def _record_line(self, root: Key, title: str, more: str) -> QWidget:
        line = Row(Elided(title), Label(more, "caption"), space=9, margins=(2, 3, 2, 3))
        line.setStretch(0, 1)
        if root[0] not in ("consultation", "organization"):
            return holder(line)
        made = Pressable(line, title, more, edge="none")
        open_ = self._window.open_consultation if root[0] == "consultation" else self._window.open_organization
        made.clicked.connect(lambda: open_(root[1]))
        return made

    def _receipt_parts(self, kept: tuple[Noted, ...], merged: Sequence[Sequence[tuple[Key, str]]]) -> list[Part]:
        parts: list[Part] = [Label(tr("これまでの同期"), "h3")]
        if not kept:
            parts.append(Wrapped(tr("同期すると、ここに控えが残ります。"), "second"))
        for n, one in enumerate(kept[:SHOWN_RECEIPTS]):
            tone, icon, word = receipt_tone(one)
            how = tr("（自動）") if one.automatic else tr("（ファイル）") if one.by_file else ""
            when = moment_words(one.moment, self._window.clock()) + how
            if n:
                parts.append(hairline())
            parts += [Row(Label(when, "bold"), None, Pill(word, tone, icon)), Wrapped(receipt_words(one), "second")]
            became = merged[n] if n < len(merged) else ()
            if became:
                parts.append(Label(tr("重ならない変更が、自動で1つになった記録 {n}件", n=len(became)), "caption"))
                parts += [self._record_line(root, title, "") for root, title in became[:SHOWN_MERGED]]
            if len(became) > SHOWN_MERGED:
                parts.append(Label(tr("ほか{n}件の記録", n=len(became) - SHOWN_MERGED), "caption"))
        return parts

    def _auto_parts(self) -> list[Part]:
        self.on = Chip(tr("自動で同期する"))
        self.on.clicked.connect(self._change)
        self.every = {n: Chip(tr("{n}分ごと", n=n) if n < 60 else tr("{n}時間ごと", n=n // 60)) for n in EVERY}
        for minutes, chip in self.every.items():
            chip.clicked.connect(lambda _on=False, minutes=minutes: self._change(minutes=minutes))
        return [Label(tr("自動の同期"), "h3"), Wrapped(
            tr("ネットワークにつながったときと、決めた間隔で、静かに同期します。書いている途中でも邪魔をしません。"),
            "second"), holder(Flow(self.on, *self.every.values()))]

    def _change(self, _on: bool = False, *, minutes: int = 0) -> None:
        if self._seen is None or self.on is None:
            return
        wanted = Automatic(self.on.isChecked(), minutes or self._seen.automatic.minutes)
        self._seen = replace(self._seen, automatic=wanted)
        self._show_automatic(wanted)
        self.automatic_changed.emit(wanted)

    def _show_automatic(self, wanted: Automatic) -> None:
        if self.on is not None:
            self.on.setChecked(wanted.on)
        for minutes, chip in self.every.items():
            chip.setChecked(minutes == wanted.minutes)
            chip.setEnabled(wanted.on)

    def _stop(self) -> None:
        self._window.syncing.stop()

    def _fill(self, column: Column, parts: list[Part]) -> None:
        """Show other parts; what had the focus has it again where it is still there."""
        focus = self.window().focusWidget()
        told = focus.accessibleName() if focus is not None and self.isAncestorOf(focus) else ""
        while (item := column.takeAt(0)) is not None:
            _drop(item)
        column.fill(*parts)
        if told and (focus is None or not focus.isVisibleTo(self)):
            again = next((w for w in self.findChildren(QWidget) if w.accessibleName() == told and w.isVisibleTo(self)
                          and w.focusPolicy() & Qt.FocusPolicy.TabFocus), None)
            if again is not None:
                again.setFocus(Qt.FocusReason.OtherFocusReason)


def _drop(item: Any) -> None:
    widget, layout = item.widget(), item.layout()
    if widget is not None:
        widget.hide()
        widget.deleteLater()
    while layout is not None and (inner := layout.takeAt(0)) is not None:
        _drop(inner)
