"""The footer: what is saved and since when, the last finished action with 元に戻す, and two key hints.

Says "all saved" only while it is told that no key is missing on the disk; it never guesses.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy

from kanto_desk.clock import JST
from kanto_desk.i18n import tr
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.page import Verb
from kanto_desk.ui.text import Elided, KeyCap, Label, Picture, Tone

SAID_MS = 6_000
BUSY_MS = 1_500
"""A key is usually on the disk within a second: only what takes longer is called slow."""


class Footer(QFrame):
    """States: all saved, saved up to a moment, saving (slow), held. Emits `shown_changed` with new words."""

    shown_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "foot")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._picture = Picture("circle-check", "ok", 16)
        self.state = Label("", "caption")
        self.state.setObjectName("saved-state")   # read from outside by the kill tests
        self.said = Elided("", "caption", tone="text2")
        self.undo = Button(tr("元に戻す"), "undo-2", "chip", key="Ctrl+Z")
        self.said.hide()
        self.undo.hide()
        self.undo.clicked.connect(self._undo)
        self._keys = (KeyCap("Ctrl+Z"), Label(tr("元に戻す"), "caption"),
                      KeyCap("F1"), Label(tr("キーの一覧"), "caption"))
        self._said_divider = Label("｜", "caption")
        self._said_divider.hide()
        self.setLayout(Row(self._picture, self.state, self._said_divider, self.said, self.undo, None, *self._keys,
                           space=7, margins=(20, 0, 16, 0)))
        self._verb: Verb | None = None
        self._held = self._was_held = False
        self._saved_at: datetime | None = None
        self._oldest: datetime | None = None
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.setInterval(SAID_MS)
        self._over.timeout.connect(self._forget)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(BUSY_MS)
        self._slow.timeout.connect(self._say_slow)
        self._is_slow = False
        self.restyle()
        self._show_state()

    def restyle(self) -> None:
        """Take the sizes in use: one row of fixed height, so that nothing jumps when a line comes."""
        self.setFixedHeight(round(self.undo.sizeHint().height()) + 2)
        usual = tr("すべてこのパソコンに保存済み") + "　00:00:00"
        self.state.setMinimumWidth(self.state.fontMetrics().horizontalAdvance(usual) + 2)   # while typing it changes

    def set_narrow(self, narrow: bool) -> None:
        """Without the key hints when the window is small."""
        for part in self._keys:
            part.setVisible(not narrow)

    def saved(self, at: datetime | None = None) -> None:
        """Everything is on disk; `at` when the newest save arrived there, None for the one told before."""
        if at is not None:
            self._saved_at = at.astimezone(JST)
        self._slow.stop()
        self._oldest, self._held, self._is_slow = None, False, False
        self._show_state()
        if self._was_held:
            self._was_held = False
            announce(self.state, tr("保存できました。"))

    def note_saved(self, at: datetime) -> None:
        """A save is on disk, but newer keys are not: nothing changes in the words."""
        self._saved_at = at.astimezone(JST)

    def missing_since(self, oldest: datetime, *, under_way: bool = True) -> None:
        """The keys from this moment on are not all on disk yet; those before it are.

        Without `under_way` they wait for the user: a box holds what cannot be saved as it is.
        """
        if oldest.astimezone(JST) != self._oldest or not under_way:
            self._is_slow = False
            self._slow.stop()
        if under_way and not self._is_slow and not self._slow.isActive():
            self._slow.start()
        self._oldest, self._held = oldest.astimezone(JST), False
        self._show_state()

    def held(self) -> None:
        """The disk refused a save: what was typed is on the screen only."""
        if self._held:
            return
        self._slow.stop()
        self._held = self._was_held = True
        self._show_state()
        announce(self.state, self.state.text())

    def say(self, text: str, undo: Verb | None = None, *, tone: Tone | None = "text2") -> None:
        """A finished action for 6 s, with 元に戻す if `undo` is given."""
        self._verb = undo
        self.said.set_text(text)
        set_property(self.said, "tone", tone or "")
        for part, on in ((self.said, True), (self._said_divider, True), (self.undo, undo is not None)):
            part.setVisible(on)
        self._over.start()
        announce(self.said, text)

    def saved_words(self) -> str:
        """すべてこのパソコンに保存済み with the time, if anything was saved since the start."""
        words = tr("すべてこのパソコンに保存済み")
        return f"{words}　{self._saved_at:%H:%M:%S}" if self._saved_at else words

    @property
    def saved_at(self) -> datetime | None:
        """When the last save was on disk; None if nothing was saved since the start."""
        return self._saved_at

    def _say_slow(self) -> None:
        self._is_slow = True
        self._show_state()

    def _show_state(self) -> None:
        if self._held:
            self._show("triangle-alert", "danger", tr("まだ保存できていません"), "danger")
        elif self._oldest is None:
            self._show("circle-check", "ok", self.saved_words(), None)
        elif not self._is_slow:
            self._show("clock", "text2", tr("{time} まで保存済み", time=f"{self._oldest:%H:%M:%S}"), None)
        else:
            words = tr("保存しています…（{time} まで保存済み）", time=f"{self._oldest:%H:%M:%S}")
            self._show("clock", "text2", words, None)

    def _show(self, picture: str, token: str, words: str, tone: Tone | None) -> None:
        if words == self.state.text():
            return
        self._picture.set_icon(picture, token)
        self.state.setText(words)
        self.state.set_tone(tone)
        self.shown_changed.emit(words)

    def _undo(self) -> None:
        verb = self._verb
        self._forget()
        if verb is not None:
            verb()

    def _forget(self) -> None:
        self._verb = None
        self._over.stop()
        for part in (self.said, self._said_divider, self.undo):
            part.hide()
