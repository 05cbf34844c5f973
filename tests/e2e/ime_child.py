"""The real window under a real input method, telling what it shows. Types nothing: the keys come from the X server.

`python -m tests.e2e.ime_child HOME TOLD`: starts IBus with Mozc on this session's bus, shows the window on the data folder
HOME, and appends one JSON object to the file TOLD whenever something that can be seen has changed. Ends when TOLD is gone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLineEdit, QTextEdit, QWidget

from kanto_desk import app
from kanto_desk.ui.main_window import MainWindow
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.first_run import FirstRunPage

LOOK_MS = 15


def start_input_method() -> None:
    """IBus with Mozc as its engine. Raises RuntimeError when it does not come up."""
    subprocess.run(["ibus-daemon", "--daemonize", "--xim=false", "--panel", "disable", "--emoji-extension", "disable"],
                   check=True)
    for _ in range(200):
        subprocess.run(["ibus", "engine", "mozc-jp"], check=False, capture_output=True)
        if b"mozc-jp" in subprocess.run(["ibus", "engine"], check=False, capture_output=True).stdout:
            return
        time.sleep(0.05)
    raise RuntimeError("IBus does not offer Mozc")


def seen(window: MainWindow) -> dict[str, Any]:
    """What somebody sees: where the cursor is, what stands there, what is being composed, the lines, name and reading."""
    box, page, gate = QApplication.focusWidget(), window.frame and window.frame.places.current, window.gate
    state: dict[str, Any] = {"title": window.windowTitle(), "focus": box.accessibleName() if box else "",
                             "text": _text(box), "composing": getattr(box, "preedit", "") or "", "lines": [],
                             "saved": window.frame is not None and not window.frame.saving.waiting}
    if isinstance(page, ConsultationPage):
        model = page.record.timeline.lines
        state["lines"] = [model.line(row).text for row in range(model.rowCount())]
        state["capture"] = page.record.capture.text.toPlainText()
    if isinstance(gate, FirstRunPage):
        state |= {"name": gate.name.text(), "kana": gate.kana.text(), "doubt": gate.kana.doubt_mark().isVisible()}
    return state


def _text(box: QWidget | None) -> str:
    if isinstance(box, QTextEdit):
        return box.toPlainText()
    return box.text() if isinstance(box, QLineEdit) else ""


def main() -> int:
    """Run until the file is gone."""
    home, told = Path(sys.argv[1]), Path(sys.argv[2])
    start_input_method()
    app.application()
    window = app.build(home, "ja")
    window.show()
    last: list[dict[str, Any]] = [{}]

    def look() -> None:
        if not told.exists():
            window.close()
            QApplication.quit()
            return
        now = seen(window)
        if now != last[0]:
            last[0] = now
            with told.open("a", encoding="utf-8") as file:
                file.write(json.dumps(now, ensure_ascii=False) + "\n")
    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    code = QApplication.exec()
    subprocess.run(["ibus", "exit"], check=False, capture_output=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
