"""The question before a sync deletes much of what lies here: what, by whom and when; 消す or 消さずに残す."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import language, tr
from kanto_desk.services import mass_deletions
from kanto_desk.services.mass_deletions import Question
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Row, card, holder
from kanto_desk.ui.page import Window
from kanto_desk.ui.text import Label, Picture, Wrapped

SHOWN_DELETERS = 4


class DeletionsCard(QWidget):
    """In sight while a question waits. Emits `answered` when it was answered."""

    answered = Signal()

    def __init__(self, desk: Any, window: Window) -> None:
        super().__init__()
        self._desk, self._window = desk, window
        self._busy = False
        self.heading = Label(tr("同期が、たくさんの記録を消そうとしています"), "h3")
        self.words, self.who = Wrapped(""), Wrapped("", "second")
        self.safe = Wrapped(tr("答えるまで、1件も消しません。ほかの変更の同期は続きます。"), "second")
        self.keep = Button(tr("消さずに残す"), "rotate-ccw")
        self.keep.clicked.connect(lambda: self._answer(keep=True))
        self.delete = Button(tr("消す"), "trash-2")
        self.delete.clicked.connect(lambda: self._answer(keep=False))
        self.setLayout(Column(card(Row(Picture("triangle-alert", "danger", 18), self.heading, None, space=8),
                                   self.words, self.who, self.safe,
                                   holder(Flow(self.keep, self.delete, space=8)), space=8), space=0))
        self.hide()

    def show_asked(self, asked: Question | None) -> None:
        """Show what waits; nothing is shown for nothing."""
        self.setVisible(asked is not None)
        if asked is None:
            return
        names = tr("、").join(asked.titles)
        rest = asked.records - len(asked.titles)
        named = tr("{names} ほか{n}件", names=names, n=f"{rest:,}") if rest else names
        self.words.set_text(_joined(tr("このパソコンから {kinds} が消えます。",
                                       kinds=mass_deletions.kinds_words(asked)), tr("（{names}）", names=named)))
        lines = [mass_deletions.who_words(one) for one in asked.deleters[:SHOWN_DELETERS]]
        if len(asked.deleters) > SHOWN_DELETERS:
            lines.append(tr("ほか{n}人", n=len(asked.deleters) - SHOWN_DELETERS))
        self.who.set_text("\n".join((tr("消した人："), *lines)))
        self.setAccessibleName(self.heading.text())

    def show_running(self, *, running: bool) -> None:
        """While a sync runs nothing is answered: it may bring more."""
        for button in (self.keep, self.delete):
            button.setEnabled(not running and not self._busy)

    def _answer(self, *, keep: bool) -> None:
        store = self._desk.store
        self._busy = True
        self.show_running(running=self._window.syncing.running)

        def failed(_error: Exception) -> bool:
            self._busy = False
            self.show_running(running=self._window.syncing.running)
            return False   # the window says why

        def done(n: int) -> None:
            self._busy = False
            self.show_running(running=self._window.syncing.running)
            self._window.say(
                tr("{n}件の記録を残しました。次の同期で、ほかのパソコンにも戻ります", n=f"{n:,}") if keep else
                tr("{n}件の記録をごみ箱に入れました", n=f"{n:,}"))
            self.answered.emit()
        self._window.write(lambda: (mass_deletions.keep if keep else mass_deletions.delete)(store), done, failed)


def _joined(*parts: str) -> str:
    return (" " if language() == "en" else "").join(parts)
