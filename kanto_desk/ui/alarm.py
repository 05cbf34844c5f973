"""The banner that stays while what was typed cannot be saved. Says what happened, what is safe, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import failures
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Picture, Wrapped


class Alarm(QFrame):
    """Emits `again`, `elsewhere` (save the text at another place) and `leave` (close without saving).

    Red while the disk refuses; quiet while only a passphrase is missing: then `passphrase_asked`. Where a file is
    damaged: `restore_asked`.
    """

    again = Signal()
    elsewhere = Signal()
    leave = Signal()
    passphrase_asked = Signal()
    restore_asked = Signal()
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "alarm")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.words = Wrapped("")
        self._detail = Wrapped("", "caption", selectable=True)
        self._detail.hide()
        self.retry = Button(tr("もう一度保存する"), "rotate-ccw")
        self.protect = Button(tr("合言葉を決める"), "lock", "primary")
        self.protect.hide()
        self.restore = Button(tr("控えから戻す"), "history", "primary")
        self.restore.hide()
        self.other = Button(tr("別の場所へ保存"), "hard-drive")
        self.close_anyway = Button(tr("保存せずに閉じる"), kind="ghost")
        self.close_anyway.hide()
        self.loss = Wrapped("", "caption")
        self.loss.hide()
        self.fold = Button(tr("くわしく"), kind="ghost")
        self.shut = Button(tr("閉じる"), "x", "ghost")
        self.retry.clicked.connect(self.again)
        self.protect.clicked.connect(self.passphrase_asked)
        self.restore.clicked.connect(self.restore_asked)
        self.other.clicked.connect(self.elsewhere)
        self.close_anyway.clicked.connect(self.leave)
        self.fold.clicked.connect(lambda: self._detail.setVisible(self._detail.isHidden()))
        self.shut.clicked.connect(self._dismiss)
        self._low = False
        self._standing: Trouble | None = None
        self._picture = Picture("triangle-alert", "danger", 20)
        line = Row(self._picture, self.words, space=10)
        line.setStretch(1, 1)
        line.setAlignment(self._picture, Qt.AlignmentFlag.AlignTop)
        buttons = Row(self.protect, self.restore, self.retry, self.other, self.fold, self.close_anyway, self.shut, None)
        self.setLayout(Column(line, buttons, self.loss, self._detail, space=6, margins=(20, 10, 16, 10)))
        self.hide()

    def show_held(self, trouble: Trouble) -> None:
        """Saves are held: stays until they are on disk."""
        self._show(trouble, held=True)
        self.retry.setVisible(self._standing is None)   # a desk opened for reading takes nothing however often

    def show_open(self, trouble: Trouble) -> None:
        """Saves are held because the desk has no passphrase yet: nothing is wrong, so nothing is red."""
        self._show(trouble, held=True)
        self._colour("banner", "lock", "accent")
        self.retry.hide()
        self.protect.show()

    def stand(self, trouble: Trouble | None) -> None:
        """What is told whenever nothing else is: the desk was opened for reading only. It cannot be put away."""
        self._standing = trouble
        self.rest()

    def rest(self) -> None:
        """Nothing more is to be told, but for what stands."""
        if self._standing is None:
            self.hide()
        else:
            self._show(self._standing, held=False)
            self.shut.hide()

    def show_trouble(self, trouble: Trouble) -> None:
        """One thing failed and is not tried again: may be put away."""
        self._show(trouble, held=False)

    def show_low(self, trouble: Trouble) -> None:
        """Saves work, but will not for long: stays until `hide_low`. What is shown already is more urgent."""
        if self.isHidden() or self._low:
            if self._low and trouble.happened in self.accessibleName():
                return   # said already
            self._show(trouble, held=False)
            self.shut.hide()
            self._low = True

    def hide_low(self) -> None:
        """There is room again."""
        if self._low:
            self.rest()
            self._low = False

    def offer_leaving(self, count: int) -> None:
        """The user wants to close while so many saves are held: say what closing would cost."""
        self.loss.set_text(tr("このまま閉じると、まだ保存されていない{count}件の入力は失われます。「別の場所へ保存」を押すと、文が残ります。",
                              count=count))
        self.loss.show()
        self.close_anyway.show()
        first = next(one for one in (self.protect, self.retry, self.other) if not one.isHidden())
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, trouble: Trouble, *, held: bool) -> None:
        self._low = False
        damaged = failures.is_damage(trouble)
        to_do = tr("「控えから戻す」で、最後に確かめた控えに戻れます。") if damaged else trouble.to_do
        text = " ".join(part for part in (trouble.happened, trouble.safe, to_do) if part)
        self.words.set_text(text)
        self.setAccessibleName(text)
        self._detail.set_text(trouble.detail)
        self._detail.hide()
        self._colour("alarm", "triangle-alert", "danger")
        self.protect.hide()
        self.fold.setVisible(bool(trouble.detail))
        self.retry.setVisible(held)
        self.restore.setVisible(damaged)
        self.other.setVisible(held)
        self.shut.setVisible(not held)
        self.close_anyway.hide()
        self.loss.hide()
        self.show()
        announce(self, text)

    def _colour(self, box: str, icon: str, tone: str) -> None:
        set_property(self, "box", box)
        self._picture.set_icon(icon, tone)

    def _dismiss(self) -> None:
        self.rest()
        self.dismissed.emit()
