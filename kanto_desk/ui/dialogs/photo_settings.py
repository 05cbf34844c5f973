"""The card 写真 of the settings: whether originals and places are kept, of the photos that come from now on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from kanto_desk.i18n import tr
from kanto_desk.services import photo_intake
from kanto_desk.ui.buttons import Chip
from kanto_desk.ui.layout import Column, Flow, holder, set_property
from kanto_desk.ui.text import Label, Wrapped


class PhotoSettings(QFrame):
    """Emits `changed(name of the setting, on)`."""

    changed = Signal(str, bool)

    def __init__(self, *, originals: bool, places: bool) -> None:
        super().__init__()
        set_property(self, "box", "card")
        self.originals, self.places = Chip(tr("元の写真も残す")), Chip(tr("撮影場所の情報も残す"))
        for chip, name, on in ((self.originals, photo_intake.KEEP_ORIGINAL, originals),
                               (self.places, photo_intake.KEEP_PLACE, places)):
            chip.setChecked(on)
            chip.clicked.connect(lambda on=False, name=name: self.changed.emit(name, on))
        self.setLayout(Column(
            Label(tr("写真"), "h3"), holder(Flow(self.originals, self.places, space=8)),
            Wrapped(tr("記録に入るのは、長い辺が2048ドットまでの写しです。撮影場所の情報は、ふだんは取り除きます。"
                       "変えたあとに入れる写真から、そのようになります。"), "caption"),
            space=10, margins=(16, 12, 16, 12)))
