"""The editor of one line where it stands, and how its text is laid out there."""

from __future__ import annotations

from PySide6.QtCore import QPersistentModelIndex
from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.ui.inputs import GrowingText
from kanto_desk.ui.layout import set_property


class LineEditor(GrowingText):
    """Edits one line in place. It is filled once: the view asks again at every change of the model."""

    def __init__(self, parent: QWidget | None, where: QPersistentModelIndex | None = None) -> None:
        super().__init__(role="entry")
        self.setParent(parent)
        self.where = where or QPersistentModelIndex()
        self.loaded = False
        set_property(self, "role", "entry")
        self.setAccessibleName(tr("行の編集"))

    def load(self, text: str) -> None:
        """Show the text of the line, once: what is being typed is not overwritten."""
        if not self.loaded:
            self.loaded = True
            self.set_text(text)
