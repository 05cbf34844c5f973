"""A window that goes while it waits for the disk takes its wait along, without an error on the way."""

from __future__ import annotations

import subprocess
import sys

TORN_DOWN = """
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QWidget
from kanto_desk.ui.layout import Column
from kanto_desk.ui.settling import Settling, WaitingBand
from kanto_desk.ui.theme import controller

application = QApplication([])
controller().start("light")
window = QWidget()
frame, band, box = QFrame(window), WaitingBand(), QLineEdit()
frame.setLayout(Column(band, box))
window.setLayout(Column(frame))
window.show()
settling = Settling(frame, band, lambda: 1, lambda: False)
settling.begin(application.quit, leaving=True)
box.setFocus()
QApplication.sendEvent(box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "a"))
QApplication.sendEvent(box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier))
window.deleteLater()
QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
print("gone")
"""


def test_a_window_torn_down_while_it_waits_ends_without_an_error() -> None:
    """In a process of its own: an error out of an application's filter ends the interpreter."""
    done = subprocess.run([sys.executable, "-c", TORN_DOWN], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "gone\n"), done.stderr
    assert "Error" not in done.stderr
