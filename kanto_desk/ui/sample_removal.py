"""消す of the sample mark: at once while nothing was written on the samples, else a quiet banner first says what."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame

from kanto_desk.i18n import tr
from kanto_desk.services.samples import Written
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.text import Picture, Wrapped


def what_goes(written: Written) -> str:
    """What of the user's own goes with the samples, in one sentence."""
    parts = []
    if written.lines:
        parts.append(tr("{n} 行", n=written.lines))
    if written.photos:
        parts.append(tr("写真 {n} 枚", n=written.photos))
    if not parts:
        return tr("見本に書いたことも消えます。")
    if written.other:
        parts.append(tr("そのほかの書き込み"))
    return tr("見本に書いた {what}も消えます。", what=tr("、").join(parts))


class SampleRemoval(QFrame):
    """Emits `agreed` when the samples are to go, and `left` when やめる or Esc was pressed."""

    agreed = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "accent")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.words = Wrapped("")
        self.remove = Button(tr("消す"), "trash-2", name=tr("見本データを消す"))
        self.keep = Button(tr("やめる"), kind="ghost")
        self.remove.clicked.connect(self._agree)
        self.keep.clicked.connect(self._leave)
        row = Row(Picture("info", "accent", 20), self.words, self.remove, self.keep, space=10,
                  margins=(20, 8, 16, 8))
        row.setStretch(1, 1)
        self.setLayout(row)
        self.hide()

    def ask(self, written: Written) -> None:
        """Say what goes, or agree at once when nothing does. The key that does no harm has the focus."""
        if not written:
            self.agreed.emit()
            return
        words = what_goes(written)
        self.words.set_text(words)
        self.setAccessibleName(words)
        self.show()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, words)

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _agree(self) -> None:
        self.hide()
        self.agreed.emit()

    def _leave(self) -> None:
        self.hide()
        self.left.emit()
