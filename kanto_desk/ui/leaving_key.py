"""The choice whether a recovery key lies with the secretariat: a chip, and how it stands. Used where keys are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kanto_desk.i18n import tr
from kanto_desk.services import escrow, escrow_words
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.layout import Column, Row
from kanto_desk.ui.text import Wrapped

if TYPE_CHECKING:
    from kanto_desk.ui.frame import Frame


class LeavingKey(QWidget):
    """Shown by a desk that belongs to a hub; what is chosen counts at once."""

    def __init__(self, left: escrow.Left) -> None:
        super().__init__()
        self.chip = chip(on=left.wanted)
        self.standing = Wrapped("", "second")
        self.setLayout(Column(Row(self.chip, None), self.standing, meaning(), space=6))
        self.show_left(left)

    def show_left(self, left: escrow.Left) -> None:
        """How it stands now."""
        self.chip.setChecked(left.wanted)
        self.standing.set_text(escrow_words.standing(left))


def chip(*, on: bool) -> Chip:
    """The box to be ticked."""
    made = Chip(tr("回復用の鍵を事務局に預ける"))
    made.setChecked(on)
    return made


def meaning() -> Wrapped:
    """What it is good for, and what it means that the secretariat has it."""
    return Wrapped(tr("合言葉を忘れたとき、事務局に頼むと開けます。紙の鍵とは別の鍵です。"
                      "鍵を持つ人がこのパソコンも手にすると、記録を開けます。"), "caption")


def made_for(frame: Frame) -> LeavingKey | None:
    """The choice for a window's desk, carried out where it changes; None for a desk without a hub."""
    desk = frame.desk
    left = escrow.state(desk.store)
    if not left.joined or not desk.protected:
        return None
    part = LeavingKey(left)

    def look(*_: object) -> None:
        if isValid(part):
            part.show_left(escrow.state(desk.store))

    def changed(on: bool) -> None:
        def kept(_none: object) -> None:
            look()
            frame.syncing.begin()   # the hub hears it at once where it can be reached

        def failed(_error: Exception) -> bool:
            look()
            return False
        frame.write(lambda: escrow.want(desk) if on else escrow.take_back(desk), kept, failed)
    part.chip.clicked.connect(changed)
    frame.syncing.ended.connect(look)
    return part
