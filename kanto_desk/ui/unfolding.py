"""A button that shows and hides a panel below it. Knows neither what the panel holds nor where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget


class Unfolding(QObject):
    """Ties a panel to a checkable button: Esc in the panel puts it away, and the cursor goes back to the button."""

    def __init__(self, button: QPushButton, panel: QWidget) -> None:
        super().__init__(panel)
        self._button, self._panel = button, panel
        panel.hide()
        panel.installEventFilter(self)
        button.toggled.connect(self._show)

    def eventFilter(self, watched: QObject, event: QEvent, /) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress \
                and event.key() == Qt.Key.Key_Escape and self._button.isChecked():
            self._button.setChecked(False)
            return True
        return super().eventFilter(watched, event)

    def _show(self, on: bool) -> None:
        focus = self._panel.window().focusWidget()
        if not on and focus is not None and (focus is self._panel or self._panel.isAncestorOf(focus)):
            self._button.setFocus(Qt.FocusReason.OtherFocusReason)   # else Qt hands it to whatever comes next
        self._panel.setVisible(on)
