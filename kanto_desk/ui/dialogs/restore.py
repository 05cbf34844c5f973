"""バックアップから戻す: what each backup holds, to choose one where a desk does not open. Restores nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.japanese import calendar
from kanto_desk.services.restoring import Preview
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column, Row
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Label, Picture, Wrapped


class RestoreBox(Box):
    """Emits `chosen(Preview)` for the backup that is pressed, newest first."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, previews: Sequence[Preview]) -> None:
        super().__init__(parent, tr("バックアップから戻す"), width=640, height=520)
        self.lines = [self._line(one) for one in previews]
        words = (tr("戻すバックアップを選びます。壊れたファイルは消さずに、backups の damaged-… に残します。")
                 if previews else tr("読めるバックアップがありません。"))
        self.fill(Column(Wrapped(words), *self.lines, None, space=10, margins=(24, 16, 24, 16)))
        if self.lines:
            self.lines[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _line(self, one: Preview) -> Pressable:
        made = one.backup.made.astimezone(JST)
        day = calendar.wareki(made.date()) if language() == "ja" else made.date().isoformat()
        head = tr("{day} {time} のバックアップ", day=day, time=f"{made:%H:%M}")
        held = tr("企業 {companies}・相談 {visits}・最後の変更 {newest}", companies=one.counts.get("organization", 0),
                  visits=one.counts.get("consultation", 0), newest=one.newest.replace("T", " ")[:16] or "—")
        row = Row(Picture("history", "accent", 20), Column(Label(head, "bold"), Wrapped(held, "second"), space=2),
                  space=12, margins=(14, 10, 14, 10))
        row.setStretch(1, 1)
        line = Pressable(row, head, held)
        line.clicked.connect(lambda: self._choose(one))
        return line

    def _choose(self, one: Preview) -> None:
        self.chosen.emit(one)
        self.accept()
