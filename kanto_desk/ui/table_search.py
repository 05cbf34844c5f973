"""Words to look for in the table below: ↓ and Enter go on to its rows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from kanto_desk.ui.composing import ENTER_KEYS
from kanto_desk.ui.inputs import LineInput, with_composed
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.table import TableView


class TableSearch(LineInput):
    """Tells of text being composed too, so that hits come before conversion."""

    def __init__(self, table: TableView, hint: str, name: str) -> None:
        super().__init__()
        self._table = table
        set_property(self, "look", "search")
        self.setPlaceholderText(hint)
        self.setAccessibleName(name)

    def whole(self) -> str:
        """The text with what is being composed at the cursor."""
        return with_composed(self.text(), self.cursorPosition(), self.preedit)

    def composition_changed(self) -> None:
        self.edited.emit()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        if event.key() in (*ENTER_KEYS, Qt.Key.Key_Down):
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self._table.current_uid() and self._table.rows.rowCount():
                self._table.selectRow(0)
        else:
            super().keyPressEvent(event)
